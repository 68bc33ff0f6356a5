#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Readers while processes come and go: what they see is compared with history.
# PIDNSFS_TEST_CHURN=60 does it for a minute.
. "${abs_top_srcdir:-.}/tests/lib.sh"
. "$abs_top_srcdir/tests/acts.sh"

seconds=${PIDNSFS_TEST_CHURN:-2}

# run_churn: in the world at $M; prints its status.
run_churn() {
	act "$M/sys/kernel/pid_max" 4194304 >/dev/null
	born "$M/1/fork" newpid
	inner=$(view_of "$M/$pid")
	talk "$M/1/sigaction" line 'CHLD ignore' open "$inner/1/sigaction" line 'CHLD ignore' >/dev/null
	"$abs_top_builddir/tests/mount/churn" "$M" "$pid" "$inner" "$seconds" >"$T/said" 2>&1
	echo "$?"
}

world
is 'every listing is what history has' "$(run_churn)" 0
diag <"$T/said"
is 'all are killed' "$(act "$M/1/kill" 'KILL -1')" ok
is 'nobody is left' "$(ls "$M" | grep -c '^[0-9]')" 1
unworld

# The twin: where the kernel is not told of changes, what it shows is stale, and the
# comparison must see that.
world -o notify=off
seconds=1
is 'without notices it is not' "$(run_churn)" 1
check 'but stale' grep -q 'after its \(birth\|death\)\|though it' "$T/said"

done_testing
