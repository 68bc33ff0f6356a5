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
check 'the command is told' grep -q '^make bench N="20" LOADS="0 100" ROUNDS=1$' "$T/said"
for work in 'listing' 'listing + stat' 'PID/stat of all' 'PID/status of all' 'calls of ps -e' \
	'calls of htop' 'one PID/status' 'stat()' 'ls /proc'; do
	is "both sides have done it, twice: $work" \
		"$(grep -c -F "$(printf '%-28s' "$work")" "$T/said") $(grep -F "$(printf '%-28s' "$work")" "$T/said" |
			cut -c29- | awk '$1 > 0 && $2 > 0 && $3 != "-"' | wc -l)" '2 2'
done
for work in 'control write' table; do
	is "the mount alone: $work" "$(grep -F "$(printf '%-28s' "$work")" "$T/said" |
		cut -c29- | awk '$1 == "-" && $2 > 0' | wc -l)" 2
done
check 'requests are counted' sh -c "grep '^one PID/status' '$T/said' | cut -c29- | awk '\$6 != \"-\" { n++ } END { exit !n }'"
check 'there was a storm on both' grep -q '^reached by proc ' "$T/said"
check 'the memory is told' grep -q 'daemon, a virtual process' "$T/said"
check 'the picture is one' grep -q '</svg>' "$T/bench.svg"
is 'nothing stays mounted' "$(grep -c -F " $T/" /proc/self/mountinfo)" 0
is 'or running' "$(pgrep -f "$T/pidnsfs-bench" | wc -l)" 0
is 'nothing was left behind' "$(find "$T" -name 'pidnsfs-bench.*')" ''

done_testing
