#!/bin/sh
# SPDX-License-Identifier: MIT
#
# make bench, with very few processes: that it measures and leaves nothing.
. "${abs_top_srcdir:-.}/tests/lib.sh"

why=$(_cannot_mount)
[ -z "$why" ] || skip_all "$why"
[ "$(id -u)" = 0 ] || skip_all 'only root can make the real processes'
unshare -pf --mount-proc true 2>/dev/null ||
	skip_all 'no PID namespace with a /proc of its own can be made'

N=20 LOADS='0 100' ROUNDS=1 TOOLS='ls /proc' TMPDIR=$T sh "$abs_top_srcdir/tests/bench/bench.sh" \
	"$PIDNSFS" "$abs_top_builddir/tests/bench/bench" "$T/bench.svg" >"$T/said" 2>&1
is 'it ends well' "$?" 0
[ "$_failed" = 0 ] || diag <"$T/said"
sed '/^For README/,$d' "$T/said" >"$T/table"
check 'the command is told' grep -q '^make bench N="20" LOADS="0 100" ROUNDS=1$' "$T/said"
for work in 'listing' 'listing + stat' 'PID/stat of all' 'PID/status of all' 'calls of ps -e' \
	'calls of htop' 'one PID/status' 'stat()' 'ls /proc'; do
	is "both sides have done it, twice: $work" \
		"$(grep -c -F "$(printf '%-24s' "$work")" "$T/table") $(grep -F "$(printf '%-24s' "$work")" "$T/table" |
			cut -c25- | awk '$1 > 0 && $2 > 0 && $3 != "-"' | wc -l)" '2 2'
done
for work in 'control write' table; do
	is "the mount alone: $work" "$(grep -F "$(printf '%-24s' "$work")" "$T/table" |
		cut -c25- | awk '$1 == "-" && $2 > 0' | wc -l)" 2
done
for work in 'listing' 'one PID/status' 'ls /proc'; do
	is "and so has the view: $work" "$(grep -F "$(printf '%-24s' "$work")" "$T/table" |
		cut -c25- | awk '$6 > 0 && $7 != "-"' | wc -l)" 2
done
is 'requests are counted, one at least for each that asks for nothing' "$(grep '^bare round trip ' "$T/table" |
	cut -c25- | awk '$4 >= 1' | wc -l)" 2
is 'ratios and aims for README' "$(sed -n '/^For README/,$p' "$T/said" | grep -c -E '^    listing  .*[0-9] \|.*[0-9]   0.1; 0.07$')" 1
check 'births and deaths in bulk' sh -c "grep -q 'us a process, fork' '$T/said' && grep -q 'us a process, death' '$T/said'"
is 'no line is too long for it' "$(sed -n '/^For README/,$p' "$T/said" | grep -v svg | awk 'length > 100')" ''
check 'there was a storm on both' grep -q '^reached by proc ' "$T/said"
check 'the memory is told' grep -q 'daemon, a virtual process' "$T/said"
check 'the picture is one' grep -q '</svg>' "$T/bench.svg"
is 'nothing stays mounted' "$(grep -c -F " $T/" /proc/self/mountinfo)" 0
is 'or running' "$(pgrep -f "$T/pidnsfs-bench" | wc -l)" 0
is 'nothing was left behind' "$(find "$T" -name 'pidnsfs-bench.*')" ''

done_testing
