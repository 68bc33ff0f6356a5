#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The cases of the kernel's pidfd/pidfd_wait.c.
. "${abs_top_srcdir:-.}/tests/lib.sh"
. "$abs_top_srcdir/tests/acts.sh"

world
born "$M/1/fork"
p=$pid

# --- wait_simple
is 'what is no descriptor' "$(ask "$M/$p/reap" fd=77)" EBADF
is 'what is no pidfd' "$(ask "$M/$p/reap" fd=1)" EBADF
born "$M/$p/fork"
c=$pid
is 'open' "$(ask "$M/$p/pidfd" "open $c")" 3
is 'it exits' "$(act "$M/$c/exit" 0)" ok
is 'WEXITED' "$(ask "$M/$p/reap" 'fd=3 exited')" "$c exited 0"
is 'only once' "$(ask "$M/$p/reap" 'fd=3 exited')" ECHILD
is 'close' "$(act "$M/$p/pidfd" 'close 3')" ok

# --- wait_states
born "$M/$p/fork"
c=$pid
is 'open' "$(ask "$M/$p/pidfd" "open $c")" 3
is 'it stops itself' "$(act "$M/$c/kill" "STOP $c")" ok
is 'WSTOPPED' "$(ask "$M/$p/reap" 'fd=3 stopped')" "$c stopped STOP"
is 'SIGCONT through the pidfd' "$(act "$M/$p/pidfd" 'send_signal 3 CONT')" ok
is 'WCONTINUED' "$(ask "$M/$p/reap" 'fd=3 continued')" "$c continued"
is 'it stops itself again' "$(act "$M/$c/kill" "STOP $c")" ok
is 'WUNTRACED' "$(ask "$M/$p/reap" 'fd=3 stopped')" "$c stopped STOP"
is 'SIGKILL through the pidfd' "$(act "$M/$p/pidfd" 'send_signal 3 KILL')" ok
is 'WEXITED' "$(ask "$M/$p/reap" 'fd=3 exited')" "$c killed KILL"

# --- wait_nonblock
is 'no child at all' "$(ask "$M/$p/reap" nohang)" ECHILD
born "$M/$p/fork"
c=$pid
is 'open' "$(ask "$M/$p/pidfd" "open $c nonblock")" 4
is 'WEXITED' "$(ask "$M/$p/reap" 'fd=4 exited')" EAGAIN
is 'WEXITED | WNOHANG' "$(ask "$M/$p/reap" 'fd=4 exited nohang')" 0
is 'it exits' "$(act "$M/$c/exit" 3)" ok
is 'WEXITED' "$(ask "$M/$p/reap" 'fd=4 exited')" "$c exited 3"

done_testing
