#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The cases of the kernel's pidfd/pidfd_poll_test.c, of the first half of
# pidfd_test.c, and LTP's pidfd_open03.  What a pidfd is to poll(2) there is
# the file wait here: ready when the process is dead with all its threads.
. "${abs_top_srcdir:-.}/tests/lib.sh"
. "$abs_top_srcdir/tests/acts.sh"

world
# Killed while somebody polls, some 20 times over.
for _ in $(seq 20); do
	born "$M/1/fork"
	said=$(talk -rn "$M/$pid/wait" poll run "echo KILL >'$M/$pid/kill'" poll read)
	[ "$said" = "$(printf 'busy\nready\nkilled KILL')" ] || not_ok "$said"
	[ "$(ask "$M/1/reap" "$pid")" = "$pid killed KILL" ] || not_ok 'not reaped'
done
ok 'twenty deaths were seen'

# --- no early notice when a thread executes a program
born "$M/1/fork" 'comm=exec'
p=$pid
born "$M/$p/fork" thread
is 'exec by a thread, then exit' "$(talk -rn "$M/$p/wait" poll \
	run "echo '/bin/sleep 3' >'$M/$p/task/$pid/exec'" poll read run "echo 3 >'$M/$p/exit'" poll read)" \
	"$(printf 'busy\nbusy\nEAGAIN\nready\nexited 3')"
is 'the parent waits for the same' "$(ask "$M/1/reap" "$p")" "$p exited 3"

# --- no early notice when the leader exits before its threads
born "$M/1/fork"
p=$pid
born "$M/$p/fork" thread
a=$pid
born "$M/$p/fork" thread
b=$pid
is 'the leader, one thread, the other' "$(talk -rn "$M/$p/wait" poll \
	run "echo 0 >'$M/$p/task/$p/exit'" poll run "echo 1 >'$M/$p/task/$a/exit'" poll \
	run "echo 2 >'$M/$p/task/$b/exit'" poll read)" "$(printf 'busy\nbusy\nbusy\nready\nexited 2')"
is 'the parent waits for the same' "$(ask "$M/1/reap" "$p")" "$p exited 2"
born "$M/1/fork"
p=$pid
born "$M/$p/fork" thread
act "$M/$p/task/$p/exit" >/dev/null
is 'nor does the parent get it early' "$(ask "$M/1/reap" "$p nohang")" 0

done_testing
