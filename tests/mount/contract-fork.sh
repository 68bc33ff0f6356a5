#!/bin/sh
# SPDX-License-Identifier: MIT
#
# fork: its words, and each errno in the order of the call's checks.
. "${abs_top_srcdir:-.}/tests/lib.sh"
. "$abs_top_srcdir/tests/acts.sh"

# refuses NAME ERRNO PROCESS LINE
refuses() {
	is "$1" "$(act "$M/$3/fork" "$4")" "$2"
}

world
born "$M/1/fork" comm=parent
p=$pid

# --- words
born "$M/$p/fork"
is 'plain: the child is the parent again' "$(stat_field 2,4,5,6,38 "$M/$pid/stat")" "(parent) $p 1 1 17"
born "$M/$p/fork" 'comm=abcdefghijklmnopqrs uid=77'
is 'comm is cut at 15 bytes' "$(cat "$M/$pid/comm")" abcdefghijklmno
is 'uid' "$(field Uid "$M/$pid/status")" '77	77	77	77'
born "$M/$p/fork" "-- /usr/bin/env A=b 'c d'"
is 'an argument vector is executed' "$(tr '\0' '|' <"$M/$pid/cmdline")" '/usr/bin/env|A=b|c d|'
is 'and gives the name' "$(cat "$M/$pid/comm")" env
born "$M/$p/fork" 'comm=other -- /bin/env'
is 'unless another is given' "$(cat "$M/$pid/comm")" other
is 'count' "$(ask "$M/$p/fork" 'count=3 comm=many')" "$((pid + 1));$((pid + 2));$((pid + 3))"
born "$M/$p/fork" exit_signal=USR1
is 'exit_signal' "$(stat_field 38 "$M/$pid/stat")" 10
born "$M/$p/fork" exit_signal=0
is 'exit_signal=0 is none' "$(stat_field 38 "$M/$pid/stat")" 0
born "$M/$p/fork" exit_signal=SIGRTMIN+1
is 'by any name' "$(stat_field 38 "$M/$pid/stat")" 35
born "$M/$p/fork" thread
is 'thread' "$(field Tgid "$M/$pid/status")" "$p"
is 'has no exit signal' "$(stat_field 38 "$M/$pid/stat")" -1
born "$M/$p/fork" 'CLONE_THREAD CLONE_SIGHAND CLONE_VM exit_signal=0'
is 'the same by exact names' "$(field Tgid "$M/$pid/status")" "$p"
born "$M/$p/fork" 'flags=0x10900 exit_signal=0'
is 'and by bits' "$(field Tgid "$M/$pid/status")" "$p"
born "$M/$p/fork" parent
is 'parent: a sibling' "$(field PPid "$M/$pid/status")" 1
is 'with the exit signal of the caller' "$(stat_field 38 "$M/$pid/stat")" 17
born "$M/$p/fork" newpid
is 'newpid: a line has a number for each level' "$ids" "$pid 1"
box=$pid
is 'which are those of NSpid' "$(field NSpid "$M/$pid/status" | tr '\t' ' ')" "$ids"
born "$(view_of "$M/$box")/1/fork" newpid
is 'seen from inside it begins there' "$ids" '2 1'
born "$M/$box/fork" 'set_tid=9'
is 'seen from outside it has them all' "$ids" "$pid 9"
is 'set_tid: innermost first' "$(ask "$M/$box/fork" 'set_tid=1,7,600 newpid')" '600 7 1'
for word in newuser newns newmnt newuts newipc newnet newcgroup newtime fs files sighand,vm vm \
	pidfd ptrace vfork sysvsem settls parent_settid child_cleartid child_settid untraced io \
	clear_sighand; do
	is "the flag $word" "$(ask "$M/$p/fork" "comm=flag $(echo "$word" | tr , ' ')" | tr -d 0-9)" ''
done
is 'they were made' "$(grep -c ' flag$' "$M/table")" 23
is 'the flag CLONE_NEWPID' "$(ask "$M/$p/fork" CLONE_NEWPID | sed 's/.* //')" 1
for ns in user mnt uts ipc net cgroup; do
	flag=new$ns
	[ "$ns" != mnt ] || flag=newns
	born "$M/$p/fork" "$flag"
	fails "$flag makes a namespace" \
		test "$(readlink "$M/$pid/ns/$ns")" = "$(readlink "$M/$p/ns/$ns")"
	for other in user mnt uts ipc net cgroup pid; do
		[ "$other" = "$ns" ] ||
			[ "$(readlink "$M/$pid/ns/$other")" = "$(readlink "$M/$p/ns/$other")" ] ||
			not_ok "$flag makes no $other namespace"
	done
done

# --- lines that are none
for line in nonsense newpid,newuser NEWPID Newpid CLONE_newpid CLONE_ CLONE_NONE = set_tid set_tid= \
	'set_tid=,' 'set_tid=1,' set_tid=,1 set_tid=x set_tid=1x set_tid=2147483648 set_tid=-2147483649 \
	exit_signal= exit_signal=NOTHING exit_signal=-x count= count=0 count=-1 count=x \
	count=99999999999999999999 uid=x uid=-1 uid=4294967295 uid=4294967296 flags= flags=x \
	flags=0x10000000000000000 -- '--' 'comm=a --' '- x'; do
	refuses "no line: $line" EINVAL "$p" "$line"
done
check 'the reason is told' grep -q "^$p fork: .*'NEWPID' is not known here" "$M/errors"
n=$(wc -l <"$M/table")

# --- the call's checks, in their order
refuses '3: 33 numbers' EINVAL "$p" "set_tid=$(yes 1 | head -n 33 | paste -sd,) flags=0x8000000000000000"
refuses '4: an exit signal above 64' EINVAL "$p" exit_signal=65
refuses '4: above 0xff' EINVAL "$p" exit_signal=256
refuses '4: negative' EINVAL "$p" exit_signal=-1
refuses '6: flags above INTO_CGROUP' EINVAL "$p" flags=0x400000000
refuses '6: DETACHED' EINVAL "$p" CLONE_DETACHED
refuses '6: bits of an exit signal' EINVAL "$p" flags=0x11
refuses '7: SIGHAND with CLEAR_SIGHAND' EINVAL "$p" 'vm sighand clear_sighand'
refuses '8: THREAD with an exit signal' EINVAL "$p" 'CLONE_THREAD CLONE_SIGHAND CLONE_VM'
refuses '8: thread with one that was asked for' EINVAL "$p" 'thread exit_signal=CHLD'
refuses '8: PARENT with an exit signal' EINVAL "$p" CLONE_PARENT
refuses '10: NEWNS with FS' EINVAL "$p" 'newns fs'
refuses '10: NEWUSER with FS' EINVAL "$p" 'newuser fs'
refuses '10: THREAD without SIGHAND' EINVAL "$p" 'CLONE_THREAD CLONE_VM exit_signal=0'
refuses '10: SIGHAND without VM' EINVAL "$p" sighand
refuses '11: PARENT by init' EINVAL 1 parent
refuses '11: by the init of a container' EINVAL "$box" parent
refuses '12: THREAD with NEWPID' EINVAL "$p" 'thread newpid'
refuses '12: THREAD with NEWUSER' EINVAL "$p" 'thread newuser'
is 'somebody unshares' "$(act "$M/$p/unshare" newpid)" ok
refuses '12: THREAD after unshare' EINVAL "$p" thread
refuses '17: NEWPID after unshare' EINVAL "$p" newpid
is 'the way back' "$(act "$M/$p/setns" "$(inum_of "$M/$p")")" ok
refuses '12: THREAD afterwards' ok "$p" thread
is 'nobody was made but that thread' "$(wc -l <"$M/table")" "$n"

born "$M/1/fork" 'comm=poor uid=1000'
poor=$pid
is 'a limit' "$(act "$M/$poor/set" 'nproc=2 caps=0')" ok
refuses '14: within it' ok "$poor" comm=poor
refuses '14: RLIMIT_NPROC' EAGAIN "$poor" comm=poor
refuses '14: which comes before capabilities' EAGAIN "$poor" newpid
is 'no limit' "$(act "$M/$poor/set" nproc=-1)" ok
refuses '16: NEWPID without CAP_SYS_ADMIN' EPERM "$poor" newpid
refuses '16: but in a user namespace of its own' ok "$poor" 'newpid newuser'
refuses '20: set_tid without a capability' EPERM "$poor" set_tid=5000
is 'CAP_CHECKPOINT_RESTORE' "$(act "$M/$poor/set" caps=10000000000)" ok
refuses '20: is enough' ok "$poor" set_tid=5000
born "$M/1/fork" newuser
is 'ids that are not mapped' "$(act "$M/$pid/set" mapped=0)" ok
refuses '15: NEWUSER by them' EPERM "$pid" newuser
refuses '15: comes before 16' EPERM "$pid" 'newuser newpid'

born "$M/1/fork" newuser
is 'mapped' "$(act "$M/$pid/set" mapped=1)" ok
for level in $(seq 2 32); do
	born "$M/$pid/fork" newuser
	[ "$(act "$M/$pid/set" mapped=1)" = ok ] || not_ok "level $level is mapped"
done
refuses '15: user namespaces below the 32nd level' ENOSPC "$pid" newuser

born "$M/1/fork" newpid
for level in $(seq 2 32); do
	born "$M/$pid/fork" newpid
done
is '19: 32 levels' "$(echo "$ids" | wc -w)" 33
refuses '19: no 33rd' ENOSPC "$pid" newpid
refuses '19: 32 numbers and one are too many for set_tid' EINVAL "$pid" \
	"set_tid=$(yes 700 | head -n 33 | paste -sd,)"
is '20: 32 numbers' "$(ask "$M/$pid/fork" "set_tid=$(yes 700 | head -n 32 | paste -sd,)" |
	tr ' ' '\n' | tail -n +2 | sort -u)" 700

# --- alloc_pid()
max=$(cat "$M/sys/kernel/pid_max")
refuses '20: more numbers than levels' EINVAL "$p" set_tid=5,6
refuses '20: number 0' EINVAL "$p" set_tid=0
refuses '20: a negative one' EINVAL "$p" set_tid=-1
refuses '20: pid_max' EINVAL "$p" "set_tid=$max"
refuses '20: pid_max - 1' ok "$p" "set_tid=$((max - 1))"
refuses '20: again' EEXIST "$p" "set_tid=$((max - 1))"
refuses '20: the first one must be 1' EINVAL "$p" 'newpid set_tid=2'
refuses '20: and 1 it may be' ok "$p" 'newpid set_tid=1'
refuses '20: EINVAL of an outer level' EINVAL "$p" 'newpid set_tid=1,0'
refuses '20: EEXIST of an outer level' EEXIST "$p" "newpid set_tid=1,$p"

fresh
is 'pid_max' "$(w 303 "$M/sys/kernel/pid_max")" ok
is 'ns_last_pid' "$(w 299 "$M/sys/kernel/ns_last_pid")" ok
is 'count ends with the numbers' "$(talk "$M/1/fork" line count=10 read line '# still good' read)" \
	"$(printf 'ok\n300;301;302\nok\n')"
check 'and says so' grep -q '^1 fork: count=10: EAGAIN .*: 3 of 10 were made, then: ' "$M/errors"
refuses '20: no number is left' EAGAIN 1 ''
refuses 'so nothing is made of many' EAGAIN 1 count=10
w 4000 "$M/sys/kernel/pid_max" >/dev/null
born "$M/1/fork" newpid
dying=$pid
born "$M/1/fork" comm=inner
late=$pid
is 'somebody will fork into a namespace' "$(act "$M/$late/setns" "pid=$dying")" ok
is 'whose init dies' "$(act "$M/$dying/kill" KILL)" ok
is 'and is reaped' "$(ask "$M/1/reap" "$dying")" "$dying killed KILL"
last=$(cat "$M/sys/kernel/ns_last_pid")
refuses '20: a dead namespace' ENOMEM "$late" ''
is 'which costs a number outside' "$(cat "$M/sys/kernel/ns_last_pid")" $((last + 1))
refuses '20: EEXIST wins over it' EEXIST "$late" "set_tid=50,1"

done_testing
