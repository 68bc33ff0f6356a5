#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Three pid namespaces, one in the other: started, seen, entered, signalled,
# killed, gone.
. "${abs_top_srcdir:-.}/tests/lib.sh"
. "${abs_top_srcdir:-.}/tests/host/setup.sh"

host
check 'pidns says where it knows from' grep -q '^Source:	' "$M/pidns"
check 'and what was lost' grep -q '^Lost:	[0-9]*$' "$M/pidns"
is 'the inner namespace is that of pid 1' "$(value Inum "$M/pidns")" \
	"$(readlink "/proc/self/ns/pid" | tr -dc '0-9')"
is 'a process finds itself' "$(cat "$M/self/comm")" cat

# --- started, seen

begun unshare -pf --kill-child unshare -pf --kill-child unshare -pf --kill-child \
	sh -c 'echo ready >"$1"; exec sleep 10000' sh "$ready"
first=$(child "$begun")
second=$(child "$first")
third=$(child "$second")
check 'there are three generations' test -n "$third"
inum1=$(inum "$first")
inum2=$(inum "$second")
inum3=$(inum "$third")
wait_for 60 grep -q '^sleep$' "$M/$third/comm"

is 'each namespace is listed' \
	"$(ls "$M/ns" | grep -c -x -e "$inum1" -e "$inum2" -e "$inum3")" 3
is 'by its level' "$(value Level "$M/ns/$inum1/pidns") $(value Level "$M/ns/$inum2/pidns")" '1 2'
is 'below its parent' "$(value Parent "$M/ns/$inum3/pidns")" "$inum2"
is 'with its init' "$(value Child_reaper "$M/ns/$inum3/pidns")" 1
is 'the outermost one sees all' "$(ls "$M/ns/$inum1" | grep -x '[0-9]*' | tr '\n' ' ')" '1 2 3 '
is 'the next one all but its maker' "$(ls "$M/ns/$inum2" | grep -x '[0-9]*' | tr '\n' ' ')" '1 2 '
is 'the innermost one itself' "$(ls "$M/ns/$inum3" | grep -x '[0-9]*' | tr '\n' ' ')" '1 '
numbers() {
	sed -n 's/^NSpid:[[:blank:]]*//p' "$1/status" | tr '\t' ' '
}
is 'its numbers, from here' "$(numbers "$M/$third")" "$third 3 2 1"
is 'from the first namespace' "$(numbers "$M/ns/$inum1/3")" '3 2 1'
is 'from its own' "$(numbers "$M/ns/$inum3/1")" 1
is 'inner leads there' "$(numbers "$M/$third/inner")" 1
is 'outer leads back' "$(numbers "$M/ns/$inum3/1/outer")" "$third 3 2 1"
is 'from the middle, too' "$(numbers "$M/ns/$inum2/2/outer")" "$third 3 2 1"
is 'a parent from outside is 0' "$(value PPid "$M/ns/$inum3/1/status")" 0
is 'the table of a view' "$(awk '$NF == "sleep" { print $1, $2, $8, $9 }' "$M/ns/$inum2/table")" \
	"2 1 $inum3 1"
check 'the tree marks the namespace' grep -q "sleep .*pid:\[$inum3\] 1" "$M/ns/$inum1/tree"
is 'a number that nobody has' "$(errno_of cat "$M/ns/$inum3/99/comm")" ENOENT
is 'its thread' "$(ls "$M/ns/$inum2/2/task")" 2
is "the thread's numbers" "$(numbers "$M/ns/$inum2/2/task/2")" '2 1'

# --- the bytes that a process inside would read

run "$M/$third/fork" 'mounts=host -- cat /proc/1/status /proc/1/limits /proc/1/comm' |
	sed '1d;$d' | grep -v SigQ >"$T/inside"
# SigQ counts the whole user's.
(cd "$M/ns/$inum3/1" && cat status limits comm) | grep -v SigQ >"$T/outside"
check 'the same as inside' cmp "$T/inside" "$T/outside"
is 'endless files are not there' "$(errno_of cat "$M/$third/pagemap")" ENOENT
is 'nor is memory' "$(errno_of cat "$M/$third/mem")" ENOENT
is 'nor kmsg' "$(errno_of cat "$M/kmsg")" ENOENT
is 'or are they listed' "$(ls "$M/$third" "$M" | grep -c -x -e mem -e pagemap -e kmsg -e kcore)" 0
is 'descriptors' "$(readlink "$M/$third/fd/0")" /dev/null
is 'namespaces' "$(readlink "$M/ns/$inum2/2/ns/pid")" "pid:[$inum3]"
is 'what can only be read is not written' "$(w 100 "$M/$third/oom_score_adj")" EPERM

# --- entered

run "$M/$third/fork" '-- sh -c "echo here \$\$; exit 3"' >"$T/said"
is 'a program is run inside' "$(sed -n 2p "$T/said")" "here $(sed -n '1s/.* //p' "$T/said")"
is 'its numbers are four' "$(sed -n 1p "$T/said" | wc -w)" 4
is 'how it ended is read back' "$(sed -n '$p' "$T/said")" 'exited 3'
run "$M/ns/$inum3/1/fork" '-- sh -c "echo here \$\$"' >"$T/said"
is 'through its own view it has one' "$(sed -n 1p "$T/said" | wc -w)" 1
is 'output without an end of line' "$(run "$M/$third/fork" '-- printf x' | tail -n 2 | tr '\n' ' ')" \
	'x exited 0 '
is 'which came before the end' \
	"$(run "$M/$third/fork" "-- sh -c 'printf x; sleep 1'" | tail -n 2 | tr '\n' ' ')" 'x exited 0 '
is 'much output' "$(run "$M/$third/fork" '-- seq 200000' | tail -n 2 | tr '\n' ' ')" \
	'200000 exited 0 '
is 'no program' "$(w '-- /nowhere/program' "$M/$third/fork")" ENOENT
check 'is told in words' grep -q 'ENOENT.*the program cannot be executed' "$M/errors"
is 'a fork without a program' "$(w newpid "$M/$third/fork")" EINVAL
is 'a namespace of its own' "$(run "$M/$third/fork" 'newpid -- sh -c "echo \$\$"' | sed -n 2p)" 1
is 'like its target' "$(run "$M/$third/fork" 'like=target -- cat /proc/self/limits' | sed '1d;$d')" \
	"$(cat "$M/$third/limits")"
is 'as a user' "$(run "$M/$third/fork" 'uid=65534 -- id -u' | sed -n 2p)" 65534
is 'exec says what there is instead' "$(grep -c fork "$M/$third/exec")" 1
is 'and is not shown as one to be written to' \
	"$(cd "$M/$third" && stat -c '%a' exit setns exec fault kill fork | tr '\n' ' ')" '444 444 444 444 644 644 '
check 'nothing goes wrong at will here' grep -q '^fault: nothing goes wrong' "$M/$third/fault"
is 'and does nothing' "$(w 'true' "$M/$third/exec")" EOPNOTSUPP
for verb in exit setns unshare setsid setpgid reap sigaction prctl pidfd set; do
	[ "$(w '' "$M/$third/$verb")" != ok ] || not_ok "$verb is refused"
	grep -q 'nstead\|To see it\|virtual' "$M/$third/$verb" ||
		not_ok "$verb says what there is instead"
done

# --- signalled

exec 4<>"$M/$third/fork"
echo '-- sleep 10000' >&4
read -r pid rest <&4
is 'one that stays' "$(numbers "$M/$pid")" "$pid $rest"
exec 7<"$M/$pid/wait"
exec 5<>"$M/$pid/kill"
cat <&5 >"$T/.out"
nr=${rest##* }
is 'signalled through its own view' "$(w TERM "$M/ns/$inum3/$nr/kill")" ok
read -r how <&4
is 'who has begun it reads its end' "$how" 'killed TERM'
is 'so does who waits' "$(cat <&7)" 'killed TERM'
exec 4>&-
check 'it is gone' wait_for 60 gone "$M/$pid"
# Its number lives again in its namespace, for somebody else.
exec 4<>"$M/$third/fork"
echo "mounts=host -- sh -c 'echo $((nr - 1)) >/proc/sys/kernel/ns_last_pid; sleep 10000 & echo \$!; wait'" >&4
read -r _ <&4
read -r again <&4
is 'its number lives again' "$again" "$nr"
is 'by another process' "$(cat "$M/ns/$inum3/$nr/comm")" sleep
is 'which an open file of the dead one does not reach' \
	"$(errno_of sh -c 'printf "KILL\n" | dd bs=1M iflag=fullblock status=none >&5')" ESRCH
check 'and it goes on' test -d "$M/ns/$inum3/$nr"
exec 5>&-
is 'init of a namespace is immune from inside' \
	"$(run "$M/$third/fork" '-- sh -c "kill -KILL 1"' | sed -n '$p')" 'exited 0'
check 'and lives' test -d "$M/ns/$inum3/1"

# --- killed, gone

exec 7<"$M/$third/wait"
is 'mortal from outside' "$(w KILL "$M/$first/kill")" ok
is 'all within die with it' "$(cat <&7)" 'killed KILL'
exec 4>&-
exec 7<&-
check 'the innermost namespace is gone' wait_for 60 gone "$M/ns/$inum3"
check 'the middle one, too' wait_for 60 gone "$M/ns/$inum2"
check 'and the outermost' wait_for 60 gone "$M/ns/$inum1"
check 'with all that were in them' gone "$M/$third"

# --- whoever has a dead namespace's number next

# The kernel gives it to the next one, if nobody else is faster.
: >"$T/strange"
for n in 1 2 3 4; do
	begun unshare -pf --kill-child sh -c 'echo ready >"$1"; exec sleep 10000' sh "$ready"
	# What was before the first process is somebody else's.
	sed -n 's/^[0-9.]* //p' "$M/ns/$(inum "$(child "$begun")")/recent" >"$T/recent"
	grep -n '^fork 1 by' "$T/recent" | tail -n 1 | grep -v '^1:' >>"$T/strange"
	[ "$n" = 1 ] || timeout 60 cat <&6 >"$T/stream.$n" || echo "no end of $n" >>"$T/strange"
	exec 6<"$M/ns/$(inum "$(child "$begun")")/events"
	w KILL "$M/$(child "$begun")/kill" >/dev/null
	wait "$begun"
	ended "$begun"
done
exec 6<&-
is 'neither its events nor recent tell of the one before' "$(cat "$T/strange")" ''
is 'events end with it' "$(tail -q -n 1 "$T"/stream.* | sed 's/^[0-9.]* //; s/ [0-9]*$//' | sort -u)" 'nsdead 1'

done_testing
