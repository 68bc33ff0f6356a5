#!/bin/sh
# SPDX-License-Identifier: MIT
#
# pidnsctl exec and fork: a program where a process is, with what stands on our standard
# input, or with a terminal.
. "${abs_top_srcdir:-.}/tests/lib.sh"
. "${abs_top_srcdir:-.}/tests/host/setup.sh"
. "${abs_top_srcdir:-.}/tests/host/boxes.sh"

CTL=$abs_top_builddir/pidnsctl
[ -x "$CTL" ] || bail "there is no program $CTL"

# status_of COMMAND...: its exit status; what it says is in $T/out and $T/err.
status_of() {
	timeout 100 "$@" >"$T/out" 2>"$T/err" 3>&- 9>&-
	echo "$?"
}

# --- of a world that is invented

world
is 'invented processes run nothing' "$(status_of "$CTL" exec -t "$M/1" -- sh)" 1
check 'which is said' grep -q 'invented: they run nothing' "$T/err"
is 'they execute without running' "$(status_of "$CTL" exec "$M/1" nothing):$(cat "$M/1/comm")" 0:nothing
check 'unmounted' unworld

# --- standard input, output and errors

host -o allow_other
begun unshare -pfm --propagation slave --kill-child --mount-proc sh -c 'echo >"$1"; exec sleep 10000' sh "$ready"
outer=$(child "$begun")
wait_for 60 grep -q '^sleep$' "$M/$outer/comm"
inner=$M/ns/$(inum "$outer")/1
is 'its status is the command'"'s" "$(status_of "$CTL" exec "$inner" -- sh -c 'echo out; echo err >&2; exit 7')" 7
is 'its output' "$(cat "$T/out")" out
is 'its errors' "$(cat "$T/err")" err
echo 'in and out' | timeout 60 "$CTL" exec "$M/$outer" cat >"$T/out"
is 'its input' "$(cat "$T/out")" 'in and out'
is 'much of it' "$(seq 100000 | timeout 60 "$CTL" fork "$M/$outer" -- md5sum)" "$(seq 100000 | md5sum)"
is 'it is there' "$(timeout 60 "$CTL" exec "$M/$outer" -- readlink /proc/self/ns/pid)" \
	"pid:[$(inum "$outer")]"
is 'a signal kills it' "$(status_of "$CTL" fork "$M/$outer" -- sh -c 'kill -KILL $$')" 137
is 'there is no such program' "$(status_of "$CTL" exec "$M/$outer" /nowhere/program)" 127
is 'that is none' "$(status_of "$CTL" exec "$M/$outer" /etc/passwd)" 126
is 'no command' "$(status_of "$CTL" exec "$M/$outer" like=target)" 125
is 'a key that there is not' "$(status_of "$CTL" exec "$M/$outer" like=traget -- touch "$T/mistaken")" 125
check 'which is said' grep -q 'like=target' "$T/err"
check 'and runs nothing' gone "$T/mistaken"
is 'a user that is none' "$(status_of "$CTL" exec "$M/$outer" uid=root id)" 125
is 'two that it is to be' "$(status_of "$CTL" exec "$M/$outer" like=target uid=4242 id)" 125
is 'a view is no process' "$(status_of "$CTL" exec "${inner%/1}" id)" 4
check 'which is said, too' grep -q 'is a view' "$T/err"
is 'no terminal' "$(status_of "$CTL" exec -t "$M/$outer" true </dev/null)" 125
is 'a fork without a command is what it was' "$(status_of "$CTL" fork "$M/$outer" newpid)" 1
is 'as a user' "$(timeout 60 "$CTL" exec "$M/$outer" uid=4242 -- id -u)" 4242
is 'in namespaces of its own' "$(timeout 60 "$CTL" exec "$M/$outer" newpid -- sh -c 'echo $$')" 1
is 'the mount is of this namespace' \
	"$(status_of unshare -pfm --propagation slave --kill-child --mount-proc "$CTL" exec "$M/$outer" true)" 125
check 'which is said' grep -q 'another pid namespace' "$T/err"
timeout 100 "$CTL" exec "$M/$outer" -- sh -c 'echo >"$1"; exec sleep 10000' sh "$ready" 3>&- 9>&- &
waiter=$!
read -r _ <&9
kill "$waiter"
wait "$waiter"
is 'a signal for it reaches it' "$?" 143
# Not even of what was told is more said than is so.
cp "$CTL" "$T/pidnsctl"
is 'who may not' "$(cd / && status_of setpriv --reuid 4242 --regid 4242 --clear-groups \
	"$T/pidnsctl" exec "$M/$outer" true)" 125
check 'is told so' grep -q 'not permitted' "$T/err"
is 'there is nobody' "$(status_of "$CTL" exec "$M/4194304" true)" 4

# --- a terminal

for command in tmux busybox runc; do
	command -v "$command" >/dev/null || skip_all "there is no $command"
done
runc_box exec || skip_all "runc makes no container here: $(tail -n 1 "$T/.out")"
wait_for 60 grep -q '^work$' "$M/$init/comm"
unset TMUX

terminal() {
	timeout 60 tmux -S "$T/tmux" "$@"
}

# type LINE
type_line() {
	terminal send-keys "$1" Enter
}

# shows PATTERN: is it on the screen?
shows() {
	terminal capture-pane -p >"$T/screen" && grep -q -e "$1" "$T/screen"
}

# on_screen NAME PATTERN: it comes.
on_screen() {
	wait_for 60 shows "$2" && ok "$1" && return
	not_ok "$1" "$(cat "$T/screen")"
}

terminal -f /dev/null new-session -d -x 90 -y 24 'env PS1="out> " TERM=screen sh -i' 3>&- 9>&- || bail 'tmux'
started "$(terminal display-message -p '#{pid}')"
on_screen 'a shell outside' '^out>'
type_line "stty -g >$T/before; $CTL exec -t $M/$init -- sh -i; echo status=\$?; stty -g >$T/after"
on_screen 'a shell inside' '^/root #'
# shellcheck disable=SC2016
type_line 'clear; PS1="in> "; tty; stty size; echo TERM=$TERM'
on_screen 'has a terminal of the container' '^/dev/pts/0$'
on_screen 'of the same size' '^24 90$'
on_screen 'and kind' '^TERM=screen$'
terminal resize-window -x 80 -y 20
# shellcheck disable=SC2016
type_line 'clear; until [ "$(stty size)" = "20 80" ]; do sleep 1; done; echo re""sized'
on_screen 'which changes' '^resized$'
type_line 'clear; echo slee""ps; sleep 5000'
on_screen 'a command in it' '^sleeps$'
sleeps() {
	[ -n "$(pgrep -f '^sleep 5000$')" ]
}
wait_for 60 sleeps
terminal send-keys C-c
# shellcheck disable=SC2016
type_line 'echo rc=$?'
on_screen 'is interrupted' '^rc=130$'
type_line 'clear; exit 3'
on_screen 'its status' '^status=3$'
check 'our terminal is as it was' wait_for 60 cmp "$T/before" "$T/after"

# --- whoever ends it

type_line "clear; $CTL fork $M/$init -- work"
begins() {
	ctl=$(pgrep -f "^$CTL fork $M/$init -- work\$") && [ -n "$ctl" ] &&
		program=$(pgrep -P "$ctl" -x work) && [ -n "$program" ]
}
check 'fork has a terminal by itself' wait_for 60 begins
is 'of the container' "$(readlink "/proc/$program/fd/0")" /dev/pts/0
raw() {
	stty -a <"/proc/$ctl/fd/0" | grep -q -e '-icanon'
}
cooked() {
	stty -a <"/proc/$ctl/fd/0" | grep -q '[^-]icanon'
}
check 'ours is raw' wait_for 60 raw
kill -TSTP "$ctl"
check 'but not while it is stopped' wait_for 60 cooked
kill -CONT "$ctl"
type_line 'fg'
check 'it is again' wait_for 60 raw
exec 7<"$M/$program/wait"
kill -TERM "$ctl"
check 'when it is killed' wait_for 60 _gone "$ctl"
type_line "echo status=\$?; stty -g >$T/killed"
on_screen 'so it ends' '^status=143$'
check 'the terminal is as it was' wait_for 60 cmp "$T/before" "$T/killed"
is 'and the program is told' "$(cat <&7)" 'killed HUP'
exec 7<&-

# --- without a devpts

type_line "clear; $CTL exec -t $M/$outer mounts=host -- sh -c 'test -t 0; echo termi''nal \$?'"
on_screen 'with the files of the host' '^terminal 0$'
terminal kill-server
check 'nothing is left of it' end_boxes

done_testing
