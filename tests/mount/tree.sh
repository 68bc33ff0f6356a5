#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The tree and the control files, as a shell meets them.
. "${abs_top_srcdir:-.}/tests/lib.sh"

# ask FILE LINE: writes the line and prints what is read back.
ask() {
	exec 3<>"$1" || return
	printf '%s\n' "$2" >&3 && cat <&3
	exec 3>&-
}

world

# --- a fresh world
is 'one process' "$(ls "$M" | grep -c '^[0-9]')" 1
is 'it is init' "$(cat "$M/1/comm")" init
is 'own group and session' "$(cut -d' ' -f5,6 "$M/1/stat")" '1 1'
is 'last pid' "$(cat "$M/sys/kernel/ns_last_pid")" 1
is 'self' "$(readlink "$M/self")" 1
is 'thread-self' "$(readlink "$M/thread-self")" 1/task/1
is 'pidns has its keys' "$(cut -f1 "$M/pidns" | tr -d '\n')" \
	Inum:Level:Parent:Owner:Child_reaper:Pids:Pid_max:Last_pid:Accepting:

# --- fork, exit, reap
is 'fork tells the number' "$(ask "$M/1/fork" '')" 2
is 'fork with a name' "$(ask "$M/1/fork" 'comm=worker')" 3
is 'comm' "$(cat "$M/3/comm")" worker
is 'the child of init' "$(sed -n 's/^PPid:	//p' "$M/3/status")" 1
is 'children' "$(cat "$M/1/task/1/children")" '2 3 '
is 'exit' "$(w 3 "$M/2/exit")" ok
is 'a zombie' "$(sed -n 's/^State:	//p' "$M/2/status")" 'Z (zombie)'
is 'a zombie does nothing more' "$(w '' "$M/2/fork")" ESRCH
is 'a zombie can be signalled' "$(w KILL "$M/2/kill")" ok
is 'reap' "$(ask "$M/1/reap" '')" '2 exited 3'
fails 'it is gone' test -e "$M/2"
is 'nothing to reap yet' "$(ask "$M/1/reap" nohang)" 0
is 'no such child' "$(w 77 "$M/1/reap")" ECHILD
is 'kill' "$(w TERM "$M/3/kill")" ok
is 'killed' "$(ask "$M/1/reap" '')" '3 killed TERM'
is 'init cannot end' "$(w 0 "$M/1/exit")" EPERM
check 'and why is told' grep -q '^1 exit: 0: EPERM .*panics' "$M/errors"

# --- count, set_tid, exec
is 'count' "$(ask "$M/1/fork" 'count=3' | tr '\n' ' ')" '4 5 6 '
is 'set_tid' "$(ask "$M/1/fork" 'set_tid=100')" 100
is 'set_tid taken' "$(w 'set_tid=100' "$M/1/fork")" EEXIST
is 'set_tid out of range' "$(w 'set_tid=0' "$M/1/fork")" EINVAL
is 'set_tid for too many levels' "$(w 'set_tid=101,102' "$M/1/fork")" EINVAL
is 'argv' "$(ask "$M/1/fork" "-- /usr/bin/printf 'a b' c")" 7
is 'cmdline' "$(tr '\0' '|' <"$M/7/cmdline")" '/usr/bin/printf|a b|c|'
is 'comm of argv' "$(cat "$M/7/comm")" printf
is 'exec' "$(w '/bin/cat -n' "$M/7/exec")" ok
is 'comm of exec' "$(cat "$M/7/comm")" cat

# --- threads
is 'a thread' "$(ask "$M/4/fork" thread)" 8
is 'threads' "$(ls "$M/4/task" | tr '\n' ' ')" '4 8 '
fails 'a thread is not listed' sh -c "ls '$M' | grep -qx 8"
is 'but it can be looked up' "$(sed -n 's/^Tgid:	//p' "$M/8/status")" 4
is 'two threads' "$(sed -n 's/^Threads:	//p' "$M/4/status")" 2
fails "another's thread" test -e "$M/5/task/8"
is 'the leader exits alone' "$(w 0 "$M/4/task/4/exit")" ok
is 'the other goes on' "$(ask "$M/4/task/8/fork" '')" 9
is 'not yet to be waited for' "$(ask "$M/1/reap" '4 nohang')" 0
is 'the last one exits' "$(w 7 "$M/4/task/8/exit")" ok
is 'its code counts' "$(ask "$M/1/reap" 4)" '4 exited 7'

# --- namespaces
is 'newpid' "$(ask "$M/1/fork" newpid)" '10 1'
ns=$(sed -n 's/^pid:\[\(.*\)\]$/\1/p' <<END
$(readlink "$M/10/ns/pid")
END
)
is 'the inner view' "$(ls "$M/ns/$ns" | grep '^[0-9]')" 1
is 'inner' "$(readlink "$M/10/inner")" "../ns/$ns/1"
is 'outer' "$(readlink "$M/ns/$ns/1/outer")" ../../../10
is 'inner is the same process' "$(sed -n 's/^NSpid:	//p' "$M/10/inner/status")" 1
is 'outer is the same process' "$(sed -n 's/^NSpid:	//p' "$M/ns/$ns/1/outer/status")" '10	1'
is 'a link of ns/ has the number' "$(stat -L -c %i "$M/10/ns/pid")" "$ns"
is 'a fork seen from inside' "$(ask "$M/ns/$ns/1/fork" '')" 2
is 'the same seen from outside' "$(ask "$M/10/fork" '')" '12 3'
is 'init is immune inside' "$(w KILL "$M/ns/$ns/1/kill")" ok
check 'it lives' test -e "$M/10"
is 'setns' "$(w "$ns" "$M/5/setns")" ok
is 'a child is born there' "$(ask "$M/5/fork" '')" '13 4'
is 'its parent is not there' "$(sed -n 's/^PPid:	//p' "$M/ns/$ns/4/status")" 0
is 'setns to nothing' "$(w 1 "$M/5/setns")" EBADF
is 'setns upward' "$(w 4026531836 "$M/ns/$ns/1/setns")" EINVAL
is 'unshare' "$(w newpid "$M/6/unshare")" ok
is 'no children yet' "$(errno_of readlink "$M/6/ns/pid_for_children")" 'status 1: '
is 'unshare again' "$(w newpid "$M/6/unshare")" EINVAL
is 'the first must be 1' "$(w set_tid=2 "$M/6/fork")" EINVAL
exec 4<"$M/ns/$ns/pidns"
is 'mortal from outside' "$(w KILL "$M/10/kill")" ok
# The injected one has a parent outside, which must reap it first.
is 'an injected zombie keeps it' "$(ask "$M/5/reap" '')" '13 killed KILL'
is 'then it is dead' "$(ask "$M/1/reap" 10)" '10 killed KILL'
fails 'so is the view' test -e "$M/ns/$ns"
is 'who has it open can enter it' "$(w "$ns" "$M/1/setns")" ok
is 'but not be born there' "$(w '' "$M/1/fork")" ENOMEM
exec 4<&-
is 'back' "$(w 4026531836 "$M/1/setns")" ok

# --- sessions, groups, signals
is 'setsid' "$(ask "$M/5/setsid" '')" 5
is 'setsid again' "$(w '' "$M/5/setsid")" EPERM
is 'setpgid' "$(w '6 6' "$M/1/setpgid")" ok
is 'setpgid of a stranger' "$(w '100 100' "$M/5/setpgid")" ESRCH
is 'stop' "$(w STOP "$M/6/kill")" ok
is 'it is stopped' "$(sed -n 's/^State:	//p' "$M/6/status")" 'T (stopped)'
is 'the parent hears' "$(ask "$M/1/reap" 'stopped nohang')" '6 stopped STOP'
is 'continue' "$(w CONT "$M/6/kill")" ok
is 'the parent hears' "$(ask "$M/1/reap" '-6 continued')" '6 continued'
is 'kill by a process' "$(w 'KILL 6' "$M/1/kill")" ok
is 'kill nobody' "$(w 'KILL 9999' "$M/1/kill")" ESRCH
is 'a bad signal to nobody' "$(w '66 9999' "$M/1/kill")" ESRCH
is 'a bad signal' "$(w 66 "$M/5/kill")" EINVAL
is 'signal 0' "$(w 0 "$M/5/kill")" ok
is 'CHLD ignore' "$(w 'CHLD ignore' "$M/1/sigaction")" ok
is 'caps' "$(w 'caps=200000' "$M/5/set")" ok
is 'caps are there' "$(sed -n 's/^CapEff:	//p' "$M/5/status")" 0000000000200000
is 'no caps' "$(w 'caps=none' "$M/5/set"; w newpid "$M/5/unshare")" "ok${_nl}EPERM"
is 'no mask' "$(w 'caps=some' "$M/5/set")" EINVAL
is 'block' "$(w 'USR1 block' "$M/5/sigaction")" ok
is 'it pends' "$(w USR1 "$M/5/kill"; sed -n '/^ShdPnd\|^SigBlk/s/.*	//p' "$M/5/status" | uniq)" \
	"ok${_nl}0000000000000200"
is 'caught by now' "$(w 'USR1 catch' "$M/5/sigaction")" ok
is 'unblock' "$(w 'USR1 unblock' "$M/5/sigaction")" ok
is 'it was caught' "$(sed -n '/^ShdPnd\|^SigBlk/s/.*	//p' "$M/5/status" | uniq)" \
	0000000000000000
is 'no such signal' "$(w '65 block' "$M/5/sigaction")" EINVAL
is 'kill all' "$(w 'KILL -1' "$M/1/kill")" ok
is 'they are not reaped twice' "$(ls "$M" | grep '^[0-9]' | tr '\n' ' ')" '1 6 '
is 'pidfd' "$(ask "$M/1/pidfd" 'open 1')" 3
is 'no pidfd' "$(w 'send_signal 7 0' "$M/1/pidfd")" EBADF
is 'set' "$(w 'utime=7 rss=8192 state=R' "$M/1/set")" ok
is 'utime and state' "$(cut -d' ' -f3,14 "$M/1/stat")" 'R 7'
is 'set is all or nothing' "$(w 'utime=9 nonsense=1' "$M/1/set")" EINVAL
is 'nothing' "$(cut -d' ' -f14 "$M/1/stat")" 7
is 'comm is written' "$(w longer-than-fifteen-bytes "$M/1/comm")" ok
is 'and cut' "$(cat "$M/1/comm")" longer-than-fif

# --- sysctls
is 'pid_max' "$(w 301 "$M/sys/kernel/pid_max")" ok
is 'too small' "$(w 300 "$M/sys/kernel/pid_max")" EINVAL
is 'too large' "$(w 4194305 "$M/sys/kernel/pid_max")" EINVAL
is 'no number' "$(w many "$M/sys/kernel/pid_max")" EINVAL
is 'ns_last_pid' "$(w 299 "$M/sys/kernel/ns_last_pid")" ok
is 'the last one' "$(ask "$M/1/fork" '')" 300
is 'no number is left' "$(w '' "$M/1/fork")" EAGAIN
is 'loadavg ends with it' "$(sed 's/.* //' "$M/loadavg")" 300

# --- a view to be mounted on /proc: who looks is nobody of this world
is '.run is not listed' "$(ls -a "$M" | grep -c run)" 0
is 'each name is there once' "$(ls "$M/.run" | sort | uniq -d)" ''
is 'self is real there' "$(ls -l "$M/.run" >/dev/null; readlink "$M/.run/self" "$M/.run/thread-self" | tr '\n' ' ')" \
	'.host/self .host/thread-self '
is 'as is a number that is nobody' "$(readlink "$M/.run/4000000")" .host/4000000
is 'the others are there' "$(cat "$M/.run/1/stat")" "$(cat "$M/1/stat")"
is 'a place to mount on' "$(ls -A "$M/.run/.host")" ''
fails 'no further views' test -e "$M/.run/.run" -o -e "$M/.run/ns" -o -e "$M/.run/errors"

done_testing
