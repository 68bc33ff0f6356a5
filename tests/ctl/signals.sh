#!/bin/sh
# SPDX-License-Identifier: MIT
#
# pidnsctl run: signals to processes of the view reach them, by each system call
# that sends any, with the errno that they would have; and by real tools.
#
# shellcheck disable=SC2034 # V is for run, in another file
. "${abs_top_srcdir:-.}/tests/lib.sh"
. "$abs_top_srcdir/tests/ctl/world.sh"
need_run

world
at sys/kernel/pid_max 4194304
at 1/fork 'comm=nginx count=9' # 2 to 10
at 1/fork 'newpid comm=box' # 11
at 11/fork 'comm=inner count=2' # 12 13
at 2/fork thread # 14
at 1/fork 'set_tid=4194303 comm=last'
V=$M

# --- the calls
is 'kill' "$(probe kill 3 9)" '0;'
is 'it is dead' "$(ended 3)" 'killed KILL'
is 'kill with 0, of a zombie, of nobody' "$(probe kill 2 0 , kill 3 0 , kill 99 0)" '0;0;ESRCH;'
is 'no such signal' "$(probe kill 2 65 , kill 2 -1 , kill 99 65 , kill -99 65)" 'EINVAL;EINVAL;ESRCH;EINVAL;'
is 'by a number near the end' "$(probe kill 4194303 15)" '0;'
is 'it is dead, too' "$(ended 4194303)" 'killed TERM'
is "init stays" "$(probe kill 1 9 , kill 1 15)" '0;0;'
is 'it does' "$(state 1)" S
is 'tgkill' "$(probe tgkill 2 14 0 , tgkill 2 4 0 , tgkill 99 99 9 , tgkill 0 2 9 , tgkill 2 14 99)" \
	'0;ESRCH;ESRCH;EINVAL;EINVAL;'
is 'tkill' "$(probe tkill 14 0 , tkill 99 9 , tkill 0 9 , tkill 4 9)" '0;ESRCH;EINVAL;0;'
is 'that is dead' "$(ended 4)" 'killed KILL'
is 'sigqueue' "$(probe sigqueue 5 15 -1 , sigqueue 6 15 0 , sigqueue 6 15 -6 , sigqueue 99 15 -1)" '0;EPERM;EPERM;ESRCH;'
is 'to one, and not to the other' "$(ended 5) $(state 6)" 'killed TERM S'
is 'tgsigqueue' "$(probe tgsigqueue 2 14 0 -1 , tgsigqueue 2 14 9 0 , tgsigqueue 6 6 15 -1)" '0;EPERM;0;'
is 'to that one' "$(ended 6)" 'killed TERM'
is 'a group' "$(w 7 "$M/7/setpgid"; w 7 "$M/8/setpgid"; probe kill -7 0 , kill -7 12 , kill -8 0)" \
	"ok${_nl}ok${_nl}0;0;ESRCH;"
is 'all of it' "$(ended 7) $(ended 8)" 'killed USR2 killed USR2'
is 'stop and go' "$(probe kill 9 19; state 9; probe kill 9 18; state 9)" "0;T${_nl}0;S"
is 'itself' "$(probe kill self 0 , tgkill self self 0 , kill 0 0)" '0;0;0;'

# --- descriptors
is 'a pidfd' "$(probe pidfd_open 9 0 , cloexec , poll 0 , pidfd_send 0 0 , pidfd_send 10 0 , poll 60000 , pidfd_send 0 0)" \
	'0;1;0;0;0;1;0;'
is 'its signal' "$(ended 9)" 'killed USR1'
is 'of nobody' "$(probe pidfd_open 99 0 , pidfd_open 2 64 , pidfd_open 2 2048)" 'ESRCH;EINVAL;0;'
is 'of a thread' "$(probe pidfd_open 14 0 , pidfd_open 14 128 , pidfd_send 0 0)" 'EINVAL;0;0;'
is 'no child' "$(probe pidfd_open 2 0 , wait_pidfd)" '0;ECHILD;'
is 'flags and signals of its sending' \
	"$(probe pidfd_open 2 0 , pidfd_send 0 8 , pidfd_send 0 3 , pidfd_send 65 0 , pidfd_send 0 1 , pidfd_send 0 2 , pidfd_send 0 4)" \
	'0;EINVAL;EINVAL;EINVAL;0;0;ESRCH;'
is 'what comes along' "$(probe pidfd_open 2 0 , pidfd_info 10 12 -1 , pidfd_info 10 10 0 , pidfd_info 0 0 -1)" \
	'0;EINVAL;EPERM;0;'
is 'a directory of /proc will do' "$(probe process_dir 10 , pidfd_send 0 0 , pidfd_send 9 0)" '0;0;0;'
is 'for that, too' "$(ended 10)" 'killed KILL'
# The number is another's while the descriptor is open.
at 1/reap 10
# stranger [OPTION]: what happens to a process that has the number of another by then.
stranger() {
	PROBE_WORLD=$M timeout -k 5 60 "$CTL" run "$@" "$V" -- "$PROBE" \
		process_dir 2 , pidfd_send 0 0 , pidfd_open 2 0 , kill 2 9 , poll 60000 , reuse 2 , pidfd_send 15 0 </dev/null | tr '\n' ';'
}
is 'never a stranger' "$(stranger)" '0;0;0;0;1;0;ESRCH;'
is 'the stranger lives' "$(state 2)" S
is 'nor in the mount itself' "$(stranger -w)" '0;0;0;0;1;0;ESRCH;'
is 'who lives there' "$(state 2)" S

# --- the inner view's own numbers and its own init
V=$(readlink -f "$M/11/inner/..")
is 'init of a view is immune in it' "$(probe kill 1 9 , kill 1 15)" '0;0;'
is 'it is' "$(state 11)" S
is 'another number for the same' "$(probe kill 2 15)" '0;'
is 'dead outside' "$(ended 12)" 'killed TERM'
is 'all but init' "$(probe kill -1 9)" '0;'
is 'all are dead' "$(ended 13)" 'killed KILL'
is 'but init and those outside' "$(state 11)$(state 2)" SS
V=$M
is 'from above it is mortal' "$(probe kill 11 9)" '0;'
is 'as one can see' "$(ended 11)" 'killed KILL'

# --- tools
at 1/fork 'comm=nginx count=6'
first=$(ls "$M" | grep '^[0-9]' | sort -n | while read -r n; do [ "$(cat "$M/$n/comm")" = nginx ] && [ "$(state "$n")" = S ] && echo "$n" && break; done)
check 'kill(1)' run "$(command -v kill)" -USR1 "$first"
is 'it was killed' "$(ended "$first")" 'killed USR1'
check 'the shell'"'"'s' run sh -c "kill -USR2 $((first + 1))"
is 'it was, too' "$(ended $((first + 1)))" 'killed USR2'
check 'killall' run killall -q -KILL --verbose nginx
is 'all were killed' "$(ended $((first + 2))) $(ended $((first + 5)))" 'killed KILL killed KILL'
at 1/fork 'comm=worker count=2'
at 1/fork 'comm=other'
check 'pkill' run pkill -TERM worker
is 'who has the name' "$(run pgrep -r S worker; run pgrep -c -r Z worker)" 2
check 'skill, by pid' run kill -s HUP "$(run pgrep other)"
is 'nobody is left to be told' "$(run pkill -0 -r S other; echo $?)" 1
at 1/fork 'comm=waited'
pid=$(run pgrep waited)
mkdir "$T/bin"
cp "$(command -v pidwait)" "$T/bin/pidwait"
# waits: has it a descriptor to wait with?
waits() {
	for _proc in /proc/[0-9]*; do
		# shellcheck disable=SC3013
		[ "$_proc/exe" -ef "$T/bin/pidwait" ] || continue
		! find "$_proc/fd" -lname '*.wait' | grep -q . || return 0
	done 2>/dev/null
	return 1
}
run "$T/bin/pidwait" waited &
job=$!
check 'a wait' wait_for 60 waits
at "$pid/kill" TERM
wait "$job"
is 'pidwait' "$?" 0

# --- another user
if [ "$(id -u)" = 0 ]; then
	at 1/fork 'comm=mine uid=65534'
	at 1/fork 'comm=others'
	mine=$(run pgrep mine)
	others=$(run pgrep others)
	is 'who is somebody else' "$(run setpriv --reuid 65534 --clear-groups "$PROBE" \
		kill "$others" 0 , kill "$others" 9 , tgkill "$others" "$others" 9 , pidfd_open "$others" 0 , pidfd_send 9 0 , kill -1 9 |
		tr '\n' ';')" 'EPERM;EPERM;EPERM;0;EPERM;EPERM;'
	is 'lives' "$(state "$others")" S
	is 'one'"'"'s own' "$(run setpriv --reuid 65534 --clear-groups "$PROBE" kill "$mine" 0 , kill "$mine" 15 | tr '\n' ';')" '0;0;'
	is 'dies' "$(ended "$mine")" 'killed TERM'
else
	skip 'another user' 'only root can be two'
fi

done_testing
