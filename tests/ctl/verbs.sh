#!/bin/sh
# SPDX-License-Identifier: MIT
#
# pidnsctl VERB PATH: a line for every control file.
. "${abs_top_srcdir:-.}/tests/lib.sh"
CTL=$abs_top_builddir/pidnsctl

# ctl WORD...: what it prints and its status, with `;' for newlines; what it
# complains about is in $T/said.
ctl() {
	"$CTL" "$@" 2>"$T/said" </dev/null >"$T/out"
	_rc=$?
	tr '\n' ';' <"$T/out"
	echo "$_rc"
}

complaint() {
	sed "s|$M|MNT|g" "$T/said"
}

world

# --- each verb
is 'fork' "$(ctl fork "$M/1")" '2;0'
is 'fork with flags and keys' "$(ctl fork "$M/1" newpid comm=box)" '3 1;0'
is 'fork with arguments' "$(ctl fork "$M/1" -- sh -c "echo 'a b' \"c\" \\ #d" '')" '4;0'
is 'they arrive as they are' "$(tr '\0' '|' <"$M/4/cmdline")" "sh|-c|echo 'a b' \"c\" \\ #d||"
is 'fork of many' "$(ctl fork "$M/2" count=3)" '5;6;7;0'
is 'fork in an inner view' "$(ctl fork "$M/3/inner")" '2;0'
is 'a thread' "$(ctl fork "$M/2" thread)" '9;0'
is 'fork by a thread' "$(ctl fork "$M/2/task/9")" '10;0'
is 'exec' "$(ctl exec "$M/5" /bin/cat -n)" 0
is 'what it is now' "$(cat "$M/5/comm")" cat
is 'set' "$(ctl set "$M/5" utime=7 state=D)" 0
is 'what was set' "$(cut -d' ' -f3,14 "$M/5/stat")" 'D 7'
is 'kill' "$(ctl kill "$M/6" KILL)" 0
is 'kill by it' "$(ctl kill "$M/2" TERM 7)" 0
is 'tgkill' "$(ctl kill "$M/2" 0 2 9)" 0
is 'reap' "$(ctl reap "$M/2")" '6 killed KILL;0'
is 'reap with arguments' "$(ctl reap "$M/2" 7 nohang)" '7 killed TERM;0'
is 'exit of a thread' "$(ctl exit "$M/2/task/9")" 0
is 'exit with a code' "$(ctl exit "$M/5" 3)" 0
is 'wait' "$(ctl wait "$M/5")" 'exited 3;0'
is 'sigaction' "$(ctl sigaction "$M/1" CHLD ignore)" 0
is 'prctl' "$(ctl prctl "$M/1" set_child_subreaper 1)" 0
is 'setsid' "$(ctl setsid "$M/4")" '4;0'
is 'setpgid' "$(ctl setpgid "$M/1" 2 2)" 0
is 'unshare' "$(ctl unshare "$M/4" newpid)" 0
is 'setns' "$(ctl setns "$M/2" pid=3)" 0
is 'pidfd' "$(ctl pidfd "$M/1" open 2)" '3;0'
is 'pidfd, again' "$(ctl pidfd "$M/1" send_signal 3 0)" 0

# --- a reap that waits
"$CTL" reap "$M/1" 4 >"$T/reaped" &
pid=$!
check 'a wait for a child' ctl exit "$M/4"
wait "$pid"
is 'ends with it' "$?" 1 # CHLD is ignored: nothing is left to tell

# --- refusals
is 'no child' "$(ctl reap "$M/2" 99)" 1
is 'why' "$(complaint)" "pidnsctl: reap MNT/2: No child processes: $(tail -n 1 "$M/errors" | sed 's/.*): //')"
is 'no such word' "$(ctl fork "$M/1" nonsense)" 1
is 'it is named' "$(complaint | grep -c nonsense)" 1
is 'the world would end' "$(ctl exit "$M/1")" 1
is 'why not' "$(complaint | sed 's/permitted: .*: pid/permitted: … pid/')" \
	'pidnsctl: exit MNT/1: Operation not permitted: … pid 1 of the root namespace cannot end'
is 'too long' "$(ctl exec "$M/2" "$(printf %5000s x)")" 1
is 'how' "$(complaint | sed 's/too long:.*/too long/')" 'pidnsctl: exec MNT/2: Argument list too long'

# --- who is not there
is 'nobody' "$(ctl kill "$M/99" TERM)" 4
is 'it says so' "$(complaint)" 'pidnsctl: MNT/99: No such file or directory'
is 'no such verb' "$(ctl dance "$M/1")" 4
is 'it says so, too' "$(complaint)" 'pidnsctl: MNT/1 has no dance'
is 'a view' "$(ctl fork "$M")" 4
is 'a file' "$(ctl fork "$M/1/stat")" 4
is 'no path in it' "$(ctl fork "$T")" 3
is 'that' "$(sed "s|$T|T|" "$T/said")" 'pidnsctl: T: is not in a mounted pidnsfs'
is 'no path at all' "$(ctl fork /none)" 4

# --- usage
is 'nothing' "$(ctl)" 2
is 'no path given' "$(ctl fork)" 2
is 'no option' "$(ctl --dance)" 2
is 'a verb with a slash' "$(ctl ../1/fork "$M/1")" 2
is 'a newline' "$(ctl exec "$M/1" 'a
b')" 2
is 'wait takes nothing' "$(ctl wait "$M/1" 7)" 2
is 'run of nothing' "$(ctl run)" 125
is 'run without a command' "$(ctl run "$M" --)" 125
is 'run elsewhere' "$(ctl run "$T" true)" 125
is 'run in a process' "$(ctl run "$M/1" true)" 125
is 'help' "$(ctl --help | grep -o '[0-9]*$')" 0
check 'fits a screen' test "$(wc -l <"$T/out")" -le 40
check 'and 80 columns and a bit' awk 'length > 100 { exit 1 }' "$T/out"
for verb in fork exec exit kill setns unshare setsid setpgid reap sigaction prctl pidfd fault set wait; do
	check "it names $verb" grep -q -w "$verb" "$T/out"
done
is 'version' "$(ctl -V)" "pidnsctl ${PIDNSFS_VERSION-};0"

# --- in a world that can only be read
unworld
world -o ro
is 'read only' "$(ctl fork "$M/1")" 1
is 'so it says' "$(complaint)" 'pidnsctl: fork MNT/1: Read-only file system'

done_testing
