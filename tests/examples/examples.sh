#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The examples: what they tell is what happens.
. "${abs_top_srcdir:-.}/tests/lib.sh"
. "$abs_top_srcdir/tests/ctl/world.sh"
need_run

mkdir "$T/bin"
ln -s "$PIDNSFS" "$CTL" "$T/bin"
PATH=$T/bin:$PATH
TMPDIR=$T
export TMPDIR

# example NAME: runs it; what it says is in $T/said.
example() {
	timeout -k 5 100 sh "$abs_top_srcdir/examples/$1.sh" >"$T/said" 2>&1 </dev/null
	is "$1 ends well" "$?" 0
	check 'and leaves nothing' sh -c "! grep -q '$T' /proc/self/mountinfo"
}

# says NAME LINE: the line is said, once at least.
says() {
	grep -q -x -F -e "$2" "$T/said" && ok "$1" && return
	not_ok "$1" "$(cat "$T/said")"
}

# after LINE N: what follows the first such line, N lines joined by `;'.
after() {
	grep -x -F -m 1 -A "$2" -e "$1" "$T/said" | sed 1d | tr -s ' ' | sed 's/^ //' | tr '\n' ';'
}

example zombies
check 'the storm' grep -q '398 of 1000 were made' "$T/said"
says 'all of them' '398 zombies'
is 'nobody can fork' "$(after '$ pidnsctl fork 1' 2)" \
	'pidnsctl: fork 1: Resource temporarily unavailable: every number below pid_max is taken;(status 1);'
is 'a wait frees one' "$(after '$ pidnsctl reap 2 350' 3)" '350 exited 0;$ pidnsctl fork 1 comm=rescuer;350;'
is 'to ignore frees none' "$(after '$ pidnsctl sigaction 2 CHLD ignore' 1)" '397 zombies;'
is 'death frees all' "$(after '$ pidnsctl kill 2 KILL' 1)" '0 zombies;'
is 'what is left' "$(after '$ pidnsctl run . -- ps -e -o pid,ppid,stat,comm' 3)" \
	'PID PPID STAT COMMAND;1 0 Ss init;350 1 S rescuer;'

example pid-reuse
says 'the number is used again' 'database is 2'
is 'the descriptor is not fooled' "$(after '$ pidnsctl pidfd 1 send_signal 3 TERM' 2)" \
	'pidnsctl: pidfd 1: No such process: that process has been reaped;(status 1);'
is 'the number is' "$(after '$ pidnsctl wait 2' 2)" 'killed TERM;that was the database;'

example bad-init
is 'before' "$(after '$ pidnsctl run 2/inner/.. -- ps -e -o pid,ppid,stat,comm' 4)" \
	'PID PPID STAT COMMAND;1 0 S app;2 1 S worker;3 2 S helper;'
is 'a zombie stays' "$(after '$ pidnsctl exit 2/inner/../3' 4)" \
	'$ pidnsctl run 2/inner/.. -- ps -e -o pid,ppid,stat,comm;PID PPID STAT COMMAND;1 0 S app;3 1 Z helper;'
is 'TERM does nothing' "$(after '$ pidnsctl kill 2 TERM' 4)" \
	'$ pidnsctl run 2/inner/.. -- ps -e -o pid,ppid,stat,comm;PID PPID STAT COMMAND;1 0 S app;3 1 Z helper;'
is 'nor KILL from within' "$(after '$ pidnsctl run 2/inner/.. -- pgrep app' 1)" '1;'
is 'but from outside' "$(after '$ pidnsctl wait 2' 1)" 'killed KILL;'
is 'the cure' "$(after '$ pidnsctl run 5/inner/.. -- ps -e -o pid,ppid,stat,comm' 3)" \
	'PID PPID STAT COMMAND;1 0 S tini;2 1 S app;'

example exporter
says 'the numbers' 'cpu_seconds_total{name="nginx"} 4.00'
says 'the test passes' 'ok: it says what the fixture dictates'
check 'a worker dies while it is read' grep -q '4/stat: No such process' "$T/said"
says 'two are left' 'procs{name="nginx"} 2'
cp "$T/said" "$T/first"
example exporter
is 'another run says the same' "$(grep '^[a-z_]*{' "$T/said")" "$(grep '^[a-z_]*{' "$T/first")"

example namespaces
is 'two numbers' "$(after '$ pidnsctl fork 2 newpid comm=box' 1)" '3 1;'
is 'what the box sees' "$(after '$ pidnsctl run 3/inner/.. -- ps -e -o pid,ppid,comm' 4)" \
	'PID PPID COMMAND;1 0 box;2 1 job;3 1 job;'
is 'three numbers' "$(after '$ pidnsctl fork 4 newpid comm=inner' 1)" '6 4 1;'
says 'one in each' '3/inner/..: job'
says 'or nobody' '6/inner/..: nobody'
is 'never up' "$(after '$ pidnsctl kill 6/inner KILL 5' 2 | grep -c 'No such process.*status 1')" 1
is 'the guest' "$(after '$ pidnsctl fork 2 comm=guest' 1)" '7 5;'
is 'all die' "$(after '$ pidnsctl kill 3 KILL' 5 | tr -d '│├└─ ')" \
	'$cattree;1init;2shell;3box[pid:[4026532000]1];7guest(zombie)[pid:[4026532000]5];'
is 'the box when all are gone' "$(after '$ pidnsctl reap 2 7' 5 | grep -c '3 box (zombie)')" 1
is 'nobody is born there' "$(after '$ pidnsctl fork 2' 2 | grep -c 'Cannot allocate memory.*status 1')" 1

done_testing
