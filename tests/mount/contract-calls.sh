#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The other verbs: each form of their lines, each reply, each errno.
. "${abs_top_srcdir:-.}/tests/lib.sh"
. "$abs_top_srcdir/tests/acts.sh"

# does WANTED FILE LINE...: each line, written to the control file, gives that.
does() {
	_want=$1
	_file=$2
	shift 2
	for _line; do
		set -- "$@" each "$_line"
		shift
	done
	talk "$M/$_file" "$@" >"$T/did"
	while [ "$#" -gt 0 ]; do
		read -r _did || _did='nothing at all'
		is "$_file: $2: $_want" "$_did" "$_want"
		shift 2
	done <"$T/did"
}

# child [LINE]: forks one from 1, which is $c then.
child() {
	born "$M/1/fork" "$@"
	c=$pid
}

# state PROCESS
state() {
	stat_field 3 "$M/$1/stat"
}

world
root=$(inum_of "$M/1")

# --- exit
child
does EINVAL "$c/exit" x '1 2' 99999999999 "''"
is 'exit 259' "$(act "$M/$c/exit" 259)" ok
is 'is exit 3' "$(ask "$M/1/reap" "$c")" "$c exited 3"
child
is 'exit -1' "$(act "$M/$c/exit" -1)" ok
is 'is exit 255' "$(ask "$M/1/reap" "$c")" "$c exited 255"
child
is 'exit alone' "$(act "$M/$c/exit")" ok
does ESRCH "$c/exit" '' 5
is 'is exit 0, of the first time' "$(ask "$M/1/reap" "$c")" "$c exited 0"
does EPERM 1/exit '' 5
does EPERM 1/task/1/exit ''
child
born "$M/$c/fork" thread
does ok "$c/task/$pid/exit" 7
fails 'a thread that exits is gone at once' test -e "$M/$pid"
does ok "$c/task/$c/exit" 8
is 'the last thread ends the process' "$(ask "$M/1/reap" "$c")" "$c exited 8"
child
born "$M/$c/fork" thread
does ok "$c/exit" 9
fails 'exit_group ends all threads' test -e "$M/$pid"
is 'with one code' "$(ask "$M/1/reap" "$c")" "$c exited 9"

# --- exec
child
does EINVAL "$c/exec" '' "'" '-- '
does ok "$c/exec" "/a/b/name-of-seventeen 'x y' \"\""
is 'comm' "$(cat "$M/$c/comm")" name-of-sevente
is 'cmdline' "$(tr '\0' '|' <"$M/$c/cmdline")" '/a/b/name-of-seventeen|x y||'
does ok "$c/exec" '-- true'
is 'after --' "$(cat "$M/$c/comm")" true
born "$M/$c/fork" thread
is 'exec by a thread' "$(act "$M/$c/task/$pid/exec" /bin/cat)" ok
is 'is the only one left' "$(ls "$M/$c/task")" "$c"
fails 'and its number is free' test -e "$M/$pid"
does ok "$c/exit" ''
does ESRCH "$c/exec" /bin/cat
does ok 1/reap "$c"

# --- kill
child
does ok "$c/kill" 0 STOP
is 'stopped' "$(state "$c")" T
does ok "$c/kill" cont SIGSTOP SIGCONT 19 18 URG SIGWINCH
is 'continued' "$(state "$c")" S
does EINVAL "$c/kill" '' KILL9 -1x 65 -1 'KILL x' 'KILL 1 x' 'KILL 1 1 1' '65 1' '65 1 1'
does ok 1/kill "0 $c" "0 0" "0 -1" "0 -1 " "URG $c" "0 $c $c"
does ESRCH 1/kill '0 99999' '65 99999' '0 -99999' '0 -2147483648' '0 99999 99999' "0 1 $c" "0 $c 1" \
	"65 $c 1"
does EINVAL 1/kill '0 0 1' '0 1 0' '0 -1 1' "0 $c -1" '0 2147483648'
does ok "$c/setpgid" 0
does ok 1/kill "KILL -$c"
is 'kill -PGRP' "$(ask "$M/1/reap")" "$c killed KILL"
child
born "$M/$c/fork" thread
does ok "$c/task/$pid/kill" TERM
is 'a fatal signal to a thread kills the process' "$(ask "$M/1/reap")" "$c killed TERM"
child 'uid=1000'
does ok "$c/set" caps=0
born "$M/1/fork" uid=1001
does EPERM "$c/kill" "TERM $pid" "0 $pid" 'TERM 1' "TERM $pid $pid"
does ok "$c/kill" "0 $c"
does ok "$pid/kill" KILL
does ok "$c/kill" KILL
is 'who signals through the view may always' "$(ask "$M/1/reap" "$c")" "$c killed KILL"
does ok 1/reap ''
child
does ok "$c/sigaction" 'TERM catch' 'INT ignore'
does ok "$c/kill" TERM INT
is 'caught and ignored' "$(state "$c")" S
does ok "$c/exit" ''
does ok "$c/kill" KILL 0
does ok 1/reap ''
child newpid
born "$M/$c/fork"
born "$M/$c/fork" newpid
inner=$(inum_of "$M/$pid")
box=$(inum_of "$M/$c")
does ok "ns/$box/1/kill" KILL TERM STOP
does ok "ns/$inner/1/kill" KILL
is 'init is immune through its own view' "$(state "$c")$(state "$pid")" SS
does ESRCH "ns/$inner/1/kill" 'KILL -1'
does ok "ns/$box/3/kill" KILL
is 'mortal through the parent'\''s' "$(ask "$M/$c/reap" 3)" '3 killed KILL'
does ok "$c/kill" TERM
is 'from outside others are dropped' "$(state "$c")" S
does ok "$c/kill" STOP
is 'but STOP works' "$(state "$c")" T
does ok "$c/kill" CONT KILL
is 'and KILL' "$(ask "$M/1/reap" "$c")" "$c killed KILL"

# --- setns
child newpid
box=$(inum_of "$M/$c")
b=$c
child
does EINVAL "$c/setns" '' x 'pid:[x]' "pid:[$box" 'pid=x' "$box nonsense" "$box type=x" "$box newuser" \
	"$box newpid newuser" "pid=$b type=0" "pid=$b vm" "pid=$b newpid vm" "pid=$b type=0x100" \
	99999999999 4294967296
does EBADF "$c/setns" 1 0 4294967295 'pid:[1]'
does ESRCH "$c/setns" pid=99999
does ok "$c/setns" "$box" "$root" "pid:[$box]" "$root newpid" "$box type=0x20000000" "$root type=0" \
	"pid=$b" pid=1 "pid=$b newpid" "$root" "pid=$b CLONE_NEWPID"
is 'children go there' "$(ask "$M/$c/fork" | sed 's/.* //')" 2
is 'it stays itself' "$(inum_of "$M/$c")" "$root"
is 'and shows it' "$(readlink "$M/$c/ns/pid_for_children")" "pid:[$box]"
does EINVAL "$b/setns" "$root" "ns/$box"
child newpid
does EINVAL "$b/setns" "$(inum_of "$M/$c")"
does ok "$c/kill" KILL
does ESRCH "$b/setns" "pid=$c"
child
does ESRCH "$c/setns" "pid=$((c - 1))"
is 'no capability' "$(act "$M/$c/set" caps=0)" ok
does EPERM "$c/setns" "$box" "$root"
does ok 1/reap "$((c - 1))"
born "$M/$b/fork"
does ok 1/kill "KILL $b"

# --- unshare
child
does EINVAL "$c/unshare" nonsense parent CLONE_PARENT flags=x flags=0x8000 "newpid x"
does ok "$c/unshare" '' fs files sysvsem thread sighand vm newns newuts newipc newnet newcgroup newtime flags=0
does ok "$c/unshare" newpid
does EINVAL "$c/unshare" newpid CLONE_NEWPID flags=0x20000000
does ok "$c/setns" "$root"
does ok "$c/unshare" flags=0x20000000
born "$M/$c/fork"
is 'the first one is init' "$ids" "$pid 1"
does EINVAL "$c/unshare" newpid
child
born "$M/$c/fork" thread
does EINVAL "$c/unshare" thread sighand vm newuser
does ok "$c/unshare" fs newns newpid
does ok "$c/task/$pid/unshare" newpid
does ok "$c/exit" ''
child 'uid=1000'
does ok "$c/set" caps=0
does EPERM "$c/unshare" newpid newns
does ok "$c/unshare" 'newuser newpid'
born "$M/1/fork" newpid
for _ in $(seq 2 32); do
	born "$M/$pid/fork" newpid
done
does ENOSPC "$pid/unshare" newpid

# --- setsid, setpgid
fresh
child
is 'setsid' "$(ask "$M/$c/setsid")" "$c"
does EPERM "$c/setsid" ''
does EINVAL "$c/setsid" x 0
is 'session and group' "$(stat_field 5,6 "$M/$c/stat")" "$c $c"
born "$M/$c/fork"
g=$pid
does EINVAL "$g/setpgid" '' x '1 x' '1 2 3' -1 '0 -5'
does ESRCH "$g/setpgid" '99999 0' '-5 1' "$c 0" '1 0'
does EPERM "$g/setpgid" 99999 1 "0 1"
does EPERM "$c/setpgid" 0
does ok "$g/setpgid" 0 "$c" "$g" '0 0'
is 'a group of its own' "$(stat_field 5 "$M/$g/stat")" "$g"
does EPERM "$g/setsid" ''
does ok "$c/setpgid" "$g $c" "$g 0" "$g $c"
does ok "$g/exec" /bin/true
does EACCES "$c/setpgid" "$g 0"
does EPERM 1/setpgid "$c 0"
born "$M/$c/fork" thread
does EINVAL "$c/setpgid" "$pid 0"
born "$M/$g/fork"
does ESRCH "$c/setpgid" "$pid 0"

# --- reap
fresh
does ECHILD 1/reap '' nohang 5 0 -1 -5 'exited stopped'
does ESRCH 1/reap -2147483648
does EINVAL 1/reap x '5 6' nonsense fd= fd=x 'fd=-1' '5 fd=3' 99999999999
does EBADF 1/reap fd=9
child
is 'nothing is ready' "$(ask "$M/1/reap" nohang)" 0
is 'a pid' "$(ask "$M/1/reap" "$c nohang")" 0
is '0 is the own group' "$(ask "$M/1/reap" '0 nohang')" 0
is '-1 is everybody' "$(ask "$M/1/reap" '-1 nohang')" 0
does ECHILD 1/reap "-$c" 'clone nohang'
is 'all' "$(ask "$M/1/reap" 'all nohang')" 0
does ok "$c/kill" STOP
does ok "$c/kill" 0
is 'exited alone does not tell of stops' "$(ask "$M/1/reap" nohang)" 0
is 'stopped nowait' "$(ask "$M/1/reap" 'stopped nowait')" "$c stopped STOP"
is 'stopped' "$(ask "$M/1/reap" stopped)" "$c stopped STOP"
is 'once' "$(ask "$M/1/reap" 'stopped nohang')" 0
does ok "$c/kill" CONT
is 'continued nowait' "$(ask "$M/1/reap" 'continued nowait')" "$c continued"
is 'continued' "$(ask "$M/1/reap" 'exited stopped continued')" "$c continued"
does ok "$c/setpgid" 0
is '-PGRP' "$(ask "$M/1/reap" "-$c nohang")" 0
does ECHILD 1/reap '0 nohang'
is 'a descriptor' "$(ask "$M/1/pidfd" "open $c")" 3
is 'by a descriptor' "$(ask "$M/1/reap" 'fd=3 nohang')" 0
is 'one that does not wait' "$(ask "$M/1/pidfd" "open $c nonblock")" 4
does EAGAIN 1/reap fd=4
is 'unless it is told to' "$(ask "$M/1/reap" 'fd=4 nohang')" 0
does ok "$c/exit" 5
is 'nowait leaves it' "$(ask "$M/1/reap" nowait)" "$c exited 5"
is 'by a descriptor' "$(ask "$M/1/reap" fd=4)" "$c exited 5"
does ECHILD 1/reap fd=3 fd=4
child
does ok "$c/set" core=1
does ok "$c/kill" ABRT
is 'dumped' "$(ask "$M/1/reap" "$c")" "$c dumped ABRT"
born "$M/1/fork" exit_signal=USR1
does ok 1/sigaction 'USR1 ignore'
does ok "$pid/exit" 4
does ECHILD 1/reap ''
is 'clone' "$(ask "$M/1/reap" clone)" "$pid exited 4"
born "$M/1/fork" exit_signal=0
does ok "$pid/exit" 4
is 'all' "$(ask "$M/1/reap" all)" "$pid exited 4"
born "$M/1/fork" thread
t=$pid
born "$M/1/task/$t/fork"
does ok "$pid/exit" 4
does ECHILD 1/reap nothread
is 'nothread is for its own' "$(ask "$M/1/task/$t/reap" nothread)" "$pid exited 4"

# --- sigaction
child
does ok "$c/sigaction" 'TERM ignore' 'SIGTERM default' '15 catch' 'USR1 ignore' 'RTMIN+2 catch' \
	'CHLD nocldwait'
is 'status has it' "$(field SigIgn "$M/$c/status") $(field SigCgt "$M/$c/status")" \
	'0000000000000200 0000000800004000'
does EINVAL "$c/sigaction" '' TERM 'TERM ' 'TERM handle' 'TERM ignore x' 'NO ignore' 'KILL ignore' \
	'STOP catch' '9 catch' '0 ignore' '65 ignore' '-1 ignore'
born "$M/$c/fork"
does ok "$pid/exit" ''
fails 'nocldwait reaps' test -e "$M/$pid"

# --- prctl
does ok "$c/prctl" 'set_child_subreaper 1' 'set_child_subreaper 0' 'set_child_subreaper 1' \
	'set_pdeathsig USR1' 'set_pdeathsig 0' 'set_pdeathsig KILL'
does EINVAL "$c/prctl" '' set_child_subreaper 'set_child_subreaper x' 'set_child_subreaper 1 2' \
	'set_pdeathsig 65' 'set_pdeathsig x' 'get_pdeathsig 0' "set_name"
does ok "$c/prctl" "set_name 'a name of many bytes'"
is 'set_name' "$(cat "$M/$c/comm")" 'a name of many '
born "$M/$c/fork"
born "$M/$pid/fork"
does ok "$(field PPid "$M/$pid/status")/exit" ''
is 'a subreaper adopts' "$(field PPid "$M/$pid/status")" "$c"
is 'pdeathsig' "$(act "$M/$pid/prctl" 'set_pdeathsig INT')" ok
does ok "$c/exit" ''
is 'kills its child' "$(ask "$M/1/reap" "$pid")" "$pid killed INT"

# --- pidfd
fresh
child
does EINVAL "$c/pidfd" '' open 'open x' 'open 0' 'open -1' 'open 1 flags=1' 'open 1 nonsense' \
	'open 1 group' getfd 'getfd 3' 'getfd 3 x' 'send_signal 3' 'send_signal 3 NO' close 'close x' \
	'close 3 4' dup
does ESRCH "$c/pidfd" 'open 99999'
is 'open' "$(ask "$M/$c/pidfd" 'open 1')" 3
is 'open' "$(ask "$M/$c/pidfd" "open $c nonblock thread")" 4
born "$M/$c/fork" thread
does EINVAL "$c/pidfd" "open $pid"
is 'of a thread' "$(ask "$M/$c/pidfd" "open $pid thread")" 5
does EINVAL "$c/pidfd" 'send_signal 3 65' 'send_signal 3 0 thread group' 'send_signal 3 0 flags=8' \
	'getfd 3 0 flags=1' 'getfd 3 0 thread'
does EBADF "$c/pidfd" 'send_signal 9 0' 'close 9' 'getfd 9 3' 'close -1' 'getfd 3 999'
does ok "$c/pidfd" 'send_signal 4 0' 'send_signal 4 0 thread' 'send_signal 4 0 group' \
	'send_signal 3 URG pgrp' 'send_signal 5 0'
does ESRCH "$c/pidfd" 'send_signal 4 URG pgrp'
is 'getfd' "$(ask "$M/$c/pidfd" 'getfd 4 5')" 6
does ok "$c/pidfd" 'close 6' 'close 5'
is 'the lowest free one' "$(ask "$M/$c/pidfd" 'open 1')" 5
born "$M/1/fork"
is 'open' "$(ask "$M/$c/pidfd" "open $pid")" 6
does ok "$pid/exit" ''
does ok "$c/pidfd" 'send_signal 6 0'
does ESRCH "$c/pidfd" 'getfd 6 0'
does ok 1/reap "$pid"
does ESRCH "$c/pidfd" 'send_signal 6 0' 'getfd 6 0'
child newpid
born "$M/$c/fork"
is 'a box has pids of its own' "$(ask "$M/$c/pidfd" 'open 2')" 3
does ESRCH "$c/pidfd" 'open 3'
child 'uid=1000'
is 'open' "$(ask "$M/$c/pidfd" 'open 1')" 3
does ok "$c/set" caps=0
does EPERM "$c/pidfd" 'getfd 3 0' 'send_signal 3 TERM'

# --- set
child
does ok "$c/set" 'utime=1 stime=2 cutime=3 cstime=4 starttime=5' 'minflt=6 majflt=7 cminflt=8 cmajflt=9' \
	'rss=40960 vsize=81920 state=D nice=-5 processor=1' 'wchan=here comm=me uid=5 gid=6'
is 'stat has it' "$(stat_field 2,3,10-17,19,22-24,39 "$M/$c/stat")" \
	'(me) D 6 8 7 9 1 2 3 4 -5 5 81920 10 1'
is 'status has it' "$(field Uid "$M/$c/status" | cut -f1) $(field Gid "$M/$c/status" | cut -f1)" '5 6'
does EINVAL "$c/set" '' x utime utime= utime=x utime=-1 =1 'utime=1 x' state=Z state=SS nice=20 nice=-21 \
	processor=-1 uid=-1 core=2 nothing=1 caps=x caps=20000000000
does ok "$c/kill" KILL
does ESRCH "$c/set" utime=1

# --- what cannot be parsed has its reason, one line each
check 'every refusal of a while is told' test "$(wc -l <"$M/errors")" -ge 30
is 'in words' "$(grep -c ': E[A-Z0-9]* (.*): .*[a-z]' "$M/errors")" "$(wc -l <"$M/errors")"

done_testing
