#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The lines of README that can be copied, in each shell; and the tour.
. "${abs_top_srcdir:-.}/tests/lib.sh"

why=$(_cannot_mount)
[ -z "$why" ] || skip_all "$why"

# The indented lines below a heading, with this test's program and directory.
lines() {
	sed -n "/^$1\$/,/^[A-Z].*\$/{/^$1\$/d;s/^    //p;}" "$abs_top_srcdir/README" |
		sed "s|/tmp/world|$T/w|g; s|pidnsfs $T/w|'$PIDNSFS' $T/w|"
}

lines 'Five lines to play with' >"$T/lines"
is 'five lines' "$(wc -l <"$T/lines")" 5
sed -n "s|^    \(exec 3<>.*\)|\1|p" "$abs_top_srcdir/README" | sed "s|/tmp/world|$T/w|g" >"$T/reply"
is 'and one more' "$(wc -l <"$T/reply")" 1
for sh in bash dash 'busybox sh'; do
	$sh -e "$T/lines" >"$T/said" 2>&1
	is "$sh runs them" "$?" 0
	check 'the tree was drawn' grep -q '2 box  \[pid:\[[0-9]*\] 1\]' "$T/said"
	check 'the inner table, too' grep -q '^1 0 0 0 .* 1 box$' "$T/said"
	mounted "$T/w" && not_ok 'it is unmounted'
	"$PIDNSFS" "$T/w"
	# shellcheck disable=SC2016
	is "$sh reads a reply" "$($sh -c '. "$1"; echo "$pid"' sh "$T/reply")" 2
	wait_for 5 fusermount3 -u "$T/w"
done
sh "$abs_top_srcdir/tests/tour.sh" "$abs_top_builddir" >"$T/said" 2>&1
is 'the tour' "$?" 0
check 'has a nested namespace' grep -q 'box  \[pid:' "$T/said"
check 'a zombie and its reaping' grep -q '^2 exited 7$' "$T/said"
check 'a refused command and its reason' grep -q 'EPERM.*panics' "$T/said"
# HOME is where the lines make their world.
sed -n '/^Go on by hand:$/,$s/^    //p' "$T/said" >"$T/lines"
check 'it ends with lines to go on with' test -s "$T/lines"
for sh in bash dash 'busybox sh'; do
	HOME=$T $sh -e "$T/lines" >"$T/went" 2>&1 || diag <"$T/went"
	fails "$sh: and they leave no mount" mounted "$T/world"
	check "$sh: but a tree" grep -q '^├─ 2 init  \[pid:' "$T/went"
done
check 'and leaves no mount' sh -c '! grep -q pidnsfs-tour /proc/self/mountinfo'

done_testing
