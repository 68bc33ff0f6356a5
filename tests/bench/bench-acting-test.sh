#!/bin/sh
# SPDX-License-Identifier: MIT
#
# make bench-acting, with few processes: that it measures both ways and leaves nothing.
. "${abs_top_srcdir:-.}/tests/lib.sh"
. "$abs_top_srcdir/tests/ctl/world.sh"
need_run

# A container may forbid clone3, and old kernels have no set_tid.
bench=$abs_top_builddir/tests/bench/bench-acting
why=$("$bench" stand-ins 1 2>&1 >"$T/one") || case $why in
*'clone3 with set_tid'*) skip_all "$why" ;;
esac

N=50 TMPDIR=$T sh "$abs_top_srcdir/tests/bench/bench-acting.sh" "$PIDNSFS" "$CTL" \
	"$bench" >"$T/report" 2>&1
is 'it ends well' "$?" 0
[ "$_failed" = 0 ] || diag <"$T/report"
check 'the command is told' grep -q '^make bench-acting N=50$' "$T/report"
is 'stand-ins are made' "$(grep -c '^before the command can begin, us  *[0-9.]*[1-9][0-9.]*  *-$' "$T/report")" 1
for what in 'pages of its own' 'tables of pages'; do
	check "their memory is told: $what" grep -q "^memory: $what, bytes  *[1-9][0-9.]*  *-$" "$T/report"
done
for call in 0 KILL; do
	is "both ways were called: kill(pid, $call)" "$(grep -F "kill(pid, $call), us" "$T/report" |
		cut -c46- | awk '$1 > 0 && $2 > 0' | wc -l)" 1
done
is 'nothing stays mounted' "$(grep -c -F " $T/" /proc/self/mountinfo)" 0
is 'nothing was left behind' "$(find "$T" -name 'pidnsfs-bench.*')" ''

done_testing
