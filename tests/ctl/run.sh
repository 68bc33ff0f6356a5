#!/bin/sh
# SPDX-License-Identifier: MIT
#
# pidnsctl run: a command has a view as its /proc, finds itself, and leaves
# nothing behind, however it ends.
. "${abs_top_srcdir:-.}/tests/lib.sh"
. "$abs_top_srcdir/tests/ctl/world.sh"
need_run

world
at sys/kernel/pid_max 4194304
at 1/fork 'newpid comm=box'
at 2/fork 'comm=inner count=2'
at 1/fork 'set_tid=4194303 comm=last'
V=$M

# --- what it sees
is 'the view is its /proc' "$(run ps -e -o pid=,comm= | tr -s ' \n' ' ;')" \
	' 1 init; 2 box; 3 inner; 4 inner;4194303 last;'
is 'and nothing is said about it' "$(cat "$T/said")" ''
V=$(readlink -f "$M/2/inner/..")
is 'an inner one' "$(run ps -e -o pid=,comm= | tr -s ' \n' ' ;')" ' 1 box; 2 inner; 3 inner;'
V=$M
is 'its mounts are its own' "$(run sh -c 'grep -c " /proc fuse.pidnsfs " /proc/mounts || cut -d" " -f2,3 /proc/self/mounts' |
	grep -c 'proc fuse.pidnsfs\|^1$')" 1
is 'outside there are none' "$(grep -c " /proc .* - fuse.pidnsfs" /proc/self/mountinfo)" 0

# --- how it sees it
# mounts_of [OPTION]: what is on its /proc.
mounts_of() {
	timeout -k 5 60 "$CTL" run "$@" "$V" -- sed -n 's|^\([^ ]*\) /proc fuse.pidnsfs \(r[ow]\).*|\1 \2|p' /proc/mounts </dev/null
}
is 'a mount of its own, to read' "$(mounts_of)" 'view ro'
is 'or that of the world' "$(mounts_of -w)" 'virtual rw'
is 'in the first nothing is written' "$(run sh -c 'echo new >/proc/2/comm' 2>/dev/null; errno_name "$(cat "$T/said")")" EROFS
check 'in the other it is' timeout 60 "$CTL" run --writable "$V" -- sh -c 'echo other >/proc/2/comm; echo comm=box >/proc/2/set'
at 1/fork 'set_tid=100 comm=first'
# shellcheck disable=SC2016
is 'what changes is seen at once' "$(run sh -c '
	ls -l /proc /proc/100 >/dev/null; cat /proc/100/comm
	echo comm=late >"$1/100/set"; cat /proc/100/comm
	kill -KILL 100; sed "s/.*) \(.\).*/\1/" /proc/100/stat
	echo 100 >"$1/1/reap"; [ ! -e /proc/100 ] || echo still there
	echo set_tid=101 comm=second >"$1/1/fork"; ls /proc | grep "^10"; cat /proc/101/comm
	kill -KILL 101; echo 101 >"$1/1/reap"; ls /proc | grep "^10"' sh "$M" | tr '\n' ' ')" \
	'first late Z 101 second '

# --- who it is
# shellcheck disable=SC2016
is 'its number is nobody'"'"'s' "$(run sh -c 'echo $$')" 4000000
is 'its children have the next ones' "$(run sh -c 'sh -c "echo \$\$"; true')" 4000001
is 'it is itself' "$(run cat /proc/self/comm)" cat
is 'by its number, too' "$(run bash -c 'read -r comm </proc/$BASHPID/comm; echo $comm')" bash
is 'and so are others of its own' "$(run bash -c 'sleep 60 & while read -r comm </proc/$!/comm; do
	[ "$comm" != sleep ] || break; done; echo "$comm"; kill $!')" sleep
is 'threads find themselves' "$(run sh -c 'readlink /proc/thread-self; cat /proc/thread-self/comm')" \
	".host/thread-self${_nl}cat"
is 'where it is' "$(run sh -c 'readlink /proc/self/cwd')" "$(readlink /proc/self/cwd)"
is 'its descriptors' "$(run bash -c 'cat < <(echo through a pipe); echo hi >/dev/stdout; echo ho >/dev/fd/1' |
	tr '\n' ';')" 'through a pipe;hi;ho;'
is 'ps finds itself' "$(run ps -o comm= -p 2)" box
is 'pgrep leaves nobody out' "$(run pgrep . | tr '\n' ' ')" '1 2 3 4 4194303 '
is 'who it runs as' "$(run id -u)" "$(id -u)"
# shellcheck disable=SC2016
is 'its environment and arguments' "$(A=b run sh -c 'echo "$A" "$@"' sh 'c  d' -- -e)" 'b c  d -- -e'
is 'its input' "$(echo word | timeout 60 "$CTL" run "$V" cat)" word

# --- its status
run true
is 'true' "$?" 0
run sh -c 'exit 7'
is 'an exit code' "$?" 7
# shellcheck disable=SC2016
run sh -c 'kill -TERM $$'
is 'a signal' "$?" 143
# shellcheck disable=SC2016
run sh -c 'kill -KILL $$'
is 'a hard one' "$?" 137
run "$T/none"
is 'no such command' "$?" 127
is 'its name' "$(sed "s|$T|T|" "$T/said")" 'pidnsctl: run: T/none: No such file or directory'
: >"$T/plain"
run "$T/plain"
is 'no command' "$?" 126

# --- what is its own
is 'children are waited for' "$(run sh -c '(exit 3) & wait $!; echo $?')" 3
is 'and signalled' "$(run bash -c 'sleep 60 & kill $!; wait $!; echo $?')" 143
is 'orphans are, too' "$(run sh -c '(sh -c "exec sleep 0" &); exit 5'; echo $?)" 5
is 'what it leaves running ends' "$(run sh -c 'sleep 600 & echo done')" 'done'
# shellcheck disable=SC2016
is 'its own group' "$(run sh -c 'trap "echo caught" USR1; kill -USR1 0; echo after' | tr '\n' ' ')" 'caught after '
# shellcheck disable=SC2016
is 'nobody else of the pipeline is in it' "$( (
	trap 'echo wrong' USR1
	timeout 60 "$CTL" run "$V" -- sh -c 'trap "" USR1; kill -USR1 0; echo right'
) )" right
is 'kill -1 spares it' "$(run sh -c 'kill -0 -1; echo $?')" 0
is 'jobs' "$(run bash -c 'set -m; sleep 600 & kill -STOP %1; wait -n 2>/dev/null; jobs; kill -KILL %1' |
	grep -c Stopped)" 1

# --- it cannot reach anybody outside
sleep 600 &
victim=$!
started "$victim"
is 'a real process is nobody' "$(run kill -0 "$victim"; cat "$T/said" | grep -c 'No such process')" 1
run sh -c 'kill -KILL -1'
check 'nor does kill -1 find it' kill -0 "$victim"
kill "$victim"

# --- signals for it
# wait_line FILE WORD
wait_line() {
	wait_for 60 grep -q "$2" "$1"
}
for sig in TERM HUP USR1 INT; do
	: >"$T/trap" # what the one before has said is no news
	env --default-signal=INT "$CTL" run "$V" -- \
		bash -c "trap 'echo got $sig; exit 9' $sig; echo ready; for i in {1..600}; do sleep 0.1; done" \
		>"$T/trap" 2>&1 </dev/null &
	pid=$!
	started "$pid"
	wait_line "$T/trap" ready
	kill -s "$sig" "$pid"
	wait "$pid"
	is "SIG$sig is passed on" "$? $(tail -n 1 "$T/trap")" "9 got $sig"
done

# --- however it ends, nothing is left
# left: how many processes of ours there are beside pidnsctl itself
marker=$T/marker-$$
cp "$(command -v sleep)" "$marker"
left() {
	for _proc in /proc/[0-9]*; do
		# shellcheck disable=SC3013
		[ "$_proc/exe" -ef "$marker" ] && echo "${_proc#/proc/}"
	done 2>/dev/null
}
none_left() {
	[ -z "$(left)" ]
}
"$CTL" run "$V" -- sh -c "'$marker' 600 & '$marker' 600" </dev/null >/dev/null 2>&1 &
pid=$!
started "$pid"
check 'it runs' wait_for 60 sh -c "for p in /proc/[0-9]*; do [ \$p/exe -ef '$marker' ] && exit; done; false"
kill -KILL "$pid"
wait "$pid" 2>/dev/null
check 'killed -9 with all of its own' wait_for 60 none_left
is 'no mounts' "$(grep -c "$T" /proc/self/mountinfo)" 1
# The daemon has a descriptor for each mount that it serves.
served() {
	[ "$(find "/proc/$1/fd" -lname /dev/fuse | wc -l)" = 1 ]
}
check 'nobody serves what is gone' wait_for 60 served "$(_daemon_of "$M")"

# --- with less
is 'isolated it only looks' "$(timeout 60 "$CTL" run -i "$V" sh -c 'kill -KILL 2 2>&1; ps -o comm= -p 2')" \
	"sh: 1: kill: No such process${_nl}${_nl}box"
is 'not even its own group is ours' "$(timeout 60 "$CTL" run -i "$V" sh -c 'kill -TERM 0'; echo $?)" 143
# shellcheck disable=SC2016
is 'one inside another says what it cannot' \
	"$(run "$CTL" run "$V" -- sh -c 'echo $$'; grep -c 'an outer pidnsctl does so' "$T/said")" "4000000${_nl}1"

# --- numbers that are taken
at 1/fork 'set_tid=4000000 comm=taken'
at 1/fork 'set_tid=4100000 comm=taken'
# shellcheck disable=SC2016
number=$(run sh -c 'echo $$')
check 'another number then' test "$number" -gt 1000 -a "$number" != 4000000
fails 'which is nobody'"'"'s' test -e "$M/$number"
unworld

# --- what it costs
# requests COMMAND...: how many of them, of all kinds.
requests() {
	_before=$(awk '{ n += $2 } END { print n }' "$M/.live/requests")
	"$@" >/dev/null 2>&1
	echo $(($(awk '{ n += $2 } END { print n }' "$M/.live/requests") - _before))
}
world
at 1/fork 'count=300'
shared=$(requests timeout 60 "$CTL" run -w "$V" -- ps -e)
own=$(requests timeout 60 "$CTL" run "$V" -- ps -e)
check "$own requests are no more than $shared" test "$own" -gt 300 -a "$own" -le "$shared"
unworld

# --- the world ends first
world
run sh -c 'ls -l /proc /proc/1 >"$1"; cat /proc/1/comm; n=0
	while [ -e /proc/1/comm ] && [ $n -lt 600 ]; do sleep 0.1; n=$((n + 1)); done
	[ -e /proc/1/comm ] && echo still there || echo gone' sh "$T/listing" >"$T/lived" &
pid=$!
started "$pid"
check 'who looks' wait_line "$T/lived" init
kill -TERM "$(_daemon_of "$M")"
wait "$pid"
is 'sees nothing that is no more' "$(tail -n 1 "$T/lived")" gone
check 'the world has ended' unworld

# --- the twin: nobody is told, and the view believes what it was told once
world -o notify=off
at 1/fork 'comm=old'
# shellcheck disable=SC2016
is 'untold it says what was' "$(run sh -c 'cat /proc/2/comm; echo comm=new >"$1/2/set"; cat /proc/2/comm' sh "$M" |
	tr '\n' ' ')" 'old old '

done_testing
