#!/bin/sh
# SPDX-License-Identifier: MIT
#
# poll(2) on what blocks, and several at one open file.
. "${abs_top_srcdir:-.}/tests/lib.sh"

poller=$abs_top_builddir/tests/mount/poller

# watch FILE: starts a poller and returns when it has looked once.
watch() {
	: >"$T/saw"
	"$poller" "$1" >"$T/saw" 2>&1 &
	watcher=$!
	started "$watcher"
	wait_for 10 grep -q . "$T/saw"
}

# saw: what the poller has told, which must have ended.  (Only its parent can
# wait for it, and $(saw) would not be that.)
saw() {
	tr '\n' ' ' <"$T/saw"
}

world
printf '\n\n\n\n\n' >"$M/1/fork" # 2 to 6
watch "$M/1/stat"
wait "$watcher"
is 'a fact is always ready' "$(saw | cut -c1-18)" 'ready ready 1 (ini'
watch "$M/1/fork"
wait "$watcher"
is 'a control file has its usage' "$(saw | cut -c1-17)" 'ready ready fork:'

watch "$M/2/wait"
printf '3\n' >"$M/2/exit"
wait "$watcher"
is 'wait' "$(saw)" 'busy ready exited 3 '
watch "$M/events"
printf 'TERM\n' >"$M/3/kill"
wait "$watcher"
is 'events' "$(saw | sed 's/[0-9.]* exit/exit/')" 'busy ready exit 3 killed TERM '
watch "$M/2/wait"
wait "$watcher"
is 'of a zombie' "$(saw)" 'ready ready exited 3 '

# A poller that is killed, and one that the others must not disturb.
watch "$M/4/wait"
first=$watcher
watch "$M/4/wait"
kill -KILL "$first"
wait "$first" 2>/dev/null
printf '4\n' >"$M/4/exit"
wait "$watcher"
is 'two pollers, one killed' "$(saw)" 'busy ready exited 4 '

# --- one open file and many that use it
exec 3<"$M/5/wait"
cat <&3 >"$T/one" &
one=$!
cat <&3 >"$T/two" &
two=$!
started "$one"
started "$two"
wait_for 10 grep -q -s request_wait_answer "/proc/$one/wchan" || :
wait_for 10 grep -q -s request_wait_answer "/proc/$two/wchan" || :
kill -KILL "$one"
wait "$one" 2>/dev/null
is 'one of two blocked readers is killed' "$?" 137
printf '5\n' >"$M/5/exit"
wait "$two"
is 'the other one gets the answer' "$(cat "$T/one" "$T/two")" 'exited 5'
exec 3<&-

exec 3<>"$M/1/reap"
echo 6 >&3
cat <&3 >"$T/one" &
one=$!
started "$one"
wait_for 10 grep -q -s request_wait_answer "/proc/$one/wchan" || :
echo '5 nohang' >&3
ok 'a write beside a blocked read does not block'
wait "$one"
is 'a new command calls the wait off' "$(cat "$T/one")" '5 exited 5'
exec 3>&-

# --- many at once
printf 'count=50 comm=crowd\n' >"$M/1/fork"
crowd=$(awk '$10 == "crowd" { print $1 }' "$M/table")
for pid in $crowd; do
	cat "$M/$pid/wait" >"$T/crowd.$pid" &
	started "$!"
done
exec 4<"$M/events"
for pid in $crowd; do
	# Every one must be open before its process is reaped.
	wait_for 10 sh -c "ls -l /proc/[0-9]*/fd 2>/dev/null | grep -q '$M/.live/.*wait'" || :
	printf '%d\n' $((pid % 100)) >"$M/$pid/exit"
done
wait
bad=
for pid in $crowd; do
	[ "$(cat "$T/crowd.$pid")" = "exited $((pid % 100))" ] || bad="$bad $pid"
done
is 'fifty readers, fifty answers' "$bad" ''
is 'and fifty events' "$(timeout 1 cat <&4 | grep -c ' exit ')" 50
exec 4<&-

# --- polls and reads that are left when the daemon ends
watch "$M/1/wait"
pid=$watcher
cat "$M/1/wait" "$M/events" >/dev/null 2>&1 &
reader=$!
started "$reader"
wait_for 10 grep -q -s request_wait_answer "/proc/$reader/wchan" || :
kill -TERM "$(_daemon_of "$M")"
wait "$pid"
ok 'a poller ends with the daemon'
wait "$reader"
ok 'and a reader of two files'
check 'unmounted' unworld

done_testing
