#!/bin/sh
# SPDX-License-Identifier: MIT
#
# pidnsctl run in a terminal: full-screen programs, their keys that act, and job
# control.
. "${abs_top_srcdir:-.}/tests/lib.sh"
. "$abs_top_srcdir/tests/ctl/world.sh"
need_run
for command in tmux htop; do
	command -v "$command" >/dev/null || skip_all "there is no $command"
done

TERM=screen
LC_ALL=C.UTF-8
HOME=$T # htop's settings are nobody's
export TERM LC_ALL HOME
unset TMUX XDG_CONFIG_HOME

terminal() {
	tmux -S "$T/tmux" "$@"
}

# keys KEY...
keys() {
	terminal send-keys "$@"
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

world
at 1/fork 'comm=nginx count=3' # 2 to 4
terminal -f /dev/null new-session -d -x 90 -y 24 'env PS1="ready> " sh -i' || bail 'tmux'
started "$(terminal display-message -p '#{pid}')"
on_screen 'a shell' 'ready>'

# --- htop
keys "$CTL run $M -- htop -p 3; echo status=\$?" Enter
on_screen 'htop shows the process' ' 3 .* nginx'
keys F9
on_screen 'it asks for a signal' 'Send signal:'
keys Enter
check 'F9 kills' wait_for 60 test "$(ended 3)" = 'killed TERM' -o -n "$(timeout 60 cat "$M/3/wait")"
is 'it' "$(ended 3)$(ended 2)$(ended 4)" 'killed TERM'
keys q
on_screen 'it ends' 'status=0'

# --- keys of the terminal
keys "clear; $CTL run $M -- sleep 6543; echo status=\$?" Enter
# There is no event for a shell that waits: the command itself is looked for.
sleeps() {
	pgrep -f "^sleep 6543$" >/dev/null
}
check 'a command' wait_for 60 sleeps
keys C-c
on_screen 'is interrupted' 'status=130'
keys "clear; $CTL run $M -- sh -c 'echo begun; kill -STOP \$\$; echo going on; for i in \$(seq 600); do sleep 0.1; done'" Enter
on_screen 'a command that stops itself' 'begun'
on_screen 'stops its parent' 'Stopped'
keys 'clear; fg' Enter
on_screen 'and goes on with it' '^going on'
keys C-c
# shellcheck disable=SC2016
keys 'echo rc=$?' Enter
on_screen 'is interrupted, too' 'rc=130'
terminal kill-server

done_testing
