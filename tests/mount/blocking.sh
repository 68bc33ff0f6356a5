#!/bin/sh
# SPDX-License-Identifier: MIT
#
# What waits: wait, events, and the reply of reap.
. "${abs_top_srcdir:-.}/tests/lib.sh"

world
printf '\n\n\n\n' >"$M/1/fork" # 2 to 5

# --- wait
cat "$M/2/wait" >"$T/how" &
reader=$!
started "$reader"
printf '3\n' >"$M/2/exit"
wait "$reader"
is 'a death by exit' "$(cat "$T/how")" 'exited 3'
is 'of a zombie at once' "$(cat "$M/2/wait")" 'exited 3'
exec 4<"$M/3/wait"
cat <&4 >"$T/how" &
reader=$!
started "$reader"
printf 'CHLD ignore\n' >"$M/1/sigaction"
printf 'TERM\n' >"$M/3/kill"
wait "$reader"
exec 4<&-
is 'a death that nobody waits for' "$(cat "$T/how")" 'killed TERM'
exec 4<"$M/4/wait"
printf 'core=1\n' >"$M/4/set"
printf 'SEGV\n' >"$M/4/kill"
is 'who has it open knows it afterwards' "$(cat <&4)" 'dumped SEGV'
is 'once' "$(cat <&4)" ''
exec 4<&-

# --- without waiting, and called off
is 'O_NONBLOCK' "$(errno_of dd if="$M/5/wait" iflag=nonblock of=/dev/null status=none)" EAGAIN
is 'events, O_NONBLOCK' "$(errno_of dd if="$M/events" iflag=nonblock of=/dev/null status=none)" EAGAIN
cat "$M/5/wait" >/dev/null &
reader=$!
started "$reader"
wait_for 10 grep -q -s request_wait_answer "/proc/$reader/wchan" || :
kill -KILL "$reader"
wait "$reader" 2>/dev/null
is 'a blocked reader can be killed' "$?" 137
check 'the world goes on' test -d "$M/5"

# --- reap
printf 'CHLD default\n' >"$M/1/sigaction"
exec 3<>"$M/1/reap"
echo 5 >&3
cat <&3 >"$T/how" &
reader=$!
started "$reader"
printf '7\n' >"$M/5/exit"
wait "$reader"
is 'the reply of reap waits' "$(cat "$T/how")" '5 exited 7'
exec 3>&-
printf '\n' >"$M/1/fork" # 6
exec 3<>"$M/1/reap"
echo 6 >&3
exec 3>&-
printf '1\n' >"$M/6/exit"
check 'closing calls it off' grep -q zombie "$M/6/status"
printf '6\n' >"$M/1/reap"
fails 'reaped' test -e "$M/6"

# --- events
exec 5<"$M/events"
printf 'newpid comm=box\n' >"$M/1/fork" # 7
printf '\n' >"$M/7/fork" # 8
ns=$(readlink "$M/7/inner")
exec 6<"$M/7/${ns%/*}/events"
printf 'STOP\n' >"$M/8/kill"
printf 'CONT\n' >"$M/8/kill"
printf '/bin/true\n' >"$M/8/exec"
printf '4\n' >"$M/8/exit"
is 'the events of the root view' \
	"$(timeout 1 cat <&5 | cut -d' ' -f2- | tr '\n' ';')" \
	'fork 7 by 1;fork 8 by 7;stop 8 STOP;cont 8;exec 8 true;exit 8 exited 4;'
is 'the same from inside' "$(timeout 1 cat <&6 | cut -d' ' -f2- | tr '\n' ';')" \
	'stop 2 STOP;cont 2;exec 2 true;exit 2 exited 4;'
cat <&6 >"$T/how" &
reader=$!
started "$reader"
printf 'KILL\n' >"$M/7/kill"
printf '7\n' >"$M/1/reap"
wait "$reader"
is 'the end of a namespace ends its events' "$(cut -d' ' -f2- "$T/how" | head -n 2 | tr '\n' ';')" \
	'reap 2;exit 1 killed KILL;'
exec 5<&- 6<&-

# --- what was lost is told
exec 5<"$M/events"
printf '%d\n' 4194304 >"$M/sys/kernel/pid_max"
printf 'count=70000\n' >"$M/1/fork"
is 'what was dropped is told' "$(dd bs=64 count=1 status=none <&5 | head -n 1)" 'lost 4464'
exec 5<&-

# --- the end
cat "$M/1/wait" >/dev/null 2>"$T/how" &
reader=$!
started "$reader"
wait_for 10 grep -q -s request_wait_answer "/proc/$reader/wchan" || :
kill -TERM "$(_daemon_of "$M")"
wait "$reader"
check 'a blocked reader gets an answer when the daemon ends' test "$?" != 0
unworld

done_testing
