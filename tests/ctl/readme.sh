#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The lines about pidnsctl in README, and the examples of its manual page.
. "${abs_top_srcdir:-.}/tests/lib.sh"
. "$abs_top_srcdir/tests/ctl/world.sh"
need_run

mkdir "$T/bin"
ln -s "$PIDNSFS" "$CTL" "$T/bin"
PATH=$T/bin:$PATH

# In the place of the README's directory there is one of the test's own.
mkdir "$T/w"
sed -n '/^Real commands on it$/,/^Programs that/s/^    //p' "$abs_top_srcdir/README" |
	sed "s|/tmp/world|$T/w|g" >"$T/lines"
is 'six lines' "$(wc -l <"$T/lines")" 6
for sh in bash dash; do
	# The last one unmounts: somebody may still have a look.
	sed '$d' "$T/lines" | $sh -e >"$T/said" 2>&1
	is "$sh runs them" "$?" 0
	is 'ps saw the world' "$(grep -c '\[nginx\]$' "$T/said")" 3
	check 'pkill killed one' grep -q -x 'killed TERM' "$T/said"
	check 'the box saw itself alone' grep -q ' 1 .* box$' "$T/said"
	is 'renice reniced' "$(tail -n 1 "$T/said")" 5
	check 'the last line' wait_for 60 sh -e -c "$(tail -n 1 "$T/lines")"
done

# --- man pidnsctl
world
sed -n '/^\.SH EXAMPLES/,/^\.fi/s/^    //p' "$abs_top_srcdir/man/pidnsctl.1" |
	sed "s|\\\\-|-|g; s|/mnt|$M|g" | grep -v 'htop\|pidnsctl exec' >"$T/lines"
is 'seven lines' "$(grep -c pidnsctl "$T/lines")" 7
bash "$T/lines" >"$T/said" 2>&1
is 'they run' "$?" 0
# The last one kills who was forked by the second.
check 'one of them kills' grep -q -x 'killed TERM' "$T/said"
is 'another sees who was made' "$(grep -c '\[box\]' "$T/said")" 1
check 'man has nothing to complain about' sh -c "! man -l --warnings '$abs_top_srcdir/man/pidnsctl.1' 2>&1 >/dev/null | grep ."

done_testing
