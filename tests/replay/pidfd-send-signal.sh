#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The cases of the second half of the kernel's pidfd/pidfd_test.c and LTP's
# pidfd_send_signal02 and 03.
. "${abs_top_srcdir:-.}/tests/lib.sh"
. "$abs_top_srcdir/tests/acts.sh"

world
born "$M/1/fork"
p=$pid

# --- simple_success
is 'a handler' "$(act "$M/$p/sigaction" 'USR1 catch')" ok
is 'a pidfd of itself' "$(ask "$M/$p/pidfd" "open $p")" 3
is 'a signal through it' "$(act "$M/$p/pidfd" 'send_signal 3 USR1')" ok
is 'was caught' "$(stat_field 3 "$M/$p/stat")" S
is 'signal 0' "$(act "$M/$p/pidfd" 'send_signal 3 0')" ok

# --- exited_fail
born "$M/$p/fork"
is 'open' "$(ask "$M/$p/pidfd" "open $pid")" 4
is 'it exits' "$(act "$M/$pid/exit")" ok
is 'a zombie' "$(act "$M/$p/pidfd" 'send_signal 4 0')" ok
is 'reaped' "$(ask "$M/$p/reap")" "$pid exited 0"
is 'signal 0 to it' "$(act "$M/$p/pidfd" 'send_signal 4 0')" ESRCH

# --- recycled_pid_fail, pidfd_send_signal03: in a namespace, number 1000
is 'unshare' "$(act "$M/$p/unshare" newpid)" ok
born "$M/$p/fork"
V=$(view_of "$M/$pid")
is 'near the number' "$(act "$V/sys/kernel/ns_last_pid" 999)" ok
is 'it comes' "$(ask "$V/1/fork")" 1000
old=$(stat -c %i "$V/1000")
is 'open' "$(ask "$V/1/pidfd" 'open 1000')" 5
is 'it exits' "$(act "$V/1000/exit")" ok
is 'reaped' "$(ask "$V/1/reap")" '1000 exited 0'
is 'again' "$(act "$V/sys/kernel/ns_last_pid" 999)" ok
is 'the same number' "$(ask "$V/1/fork")" 1000
fails 'is another process' test "$(stat -c %i "$V/1000")" = "$old"
is 'stopped' "$(act "$V/1/kill" 'STOP 1000')" ok
is 'a signal to the old one' "$(act "$V/1/pidfd" 'send_signal 5 CONT')" ESRCH
is 'does not reach the new one' "$(stat_field 3 "$V/1000/stat")" T
is 'nor does USR1' "$(act "$V/1/pidfd" 'send_signal 5 USR1')" ESRCH
is 'a signal to the new one does' "$(act "$V/1/kill" 'CONT 1000')$(stat_field 3 "$V/1000/stat")" okS

# --- pidfd_send_signal02
is 'flags 99999' "$(act "$M/$p/pidfd" 'send_signal 3 USR1 flags=99999')" EINVAL
is 'what is no pidfd' "$(act "$M/$p/pidfd" 'send_signal 1 USR1')" EBADF
born "$M/1/fork" uid=65534
n=$pid
is 'nobody' "$(act "$M/$n/set" caps=0)" ok
is 'has a pidfd of init' "$(ask "$M/$n/pidfd" 'open 1')" 3
is 'and no right to signal it' "$(act "$M/$n/pidfd" 'send_signal 3 USR1')" EPERM

done_testing
