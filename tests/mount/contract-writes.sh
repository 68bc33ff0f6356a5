#!/bin/sh
# SPDX-License-Identifier: MIT
#
# How lines reach a control file and replies come back, whatever the verb.
. "${abs_top_srcdir:-.}/tests/lib.sh"
. "$abs_top_srcdir/tests/acts.sh"

# last: comm and number of the youngest child of 1.
last() {
	_pid=$(cat "$M/1/children")
	_pid=${_pid% }
	_pid=${_pid##* }
	echo "$_pid $(cat "$M/$_pid/comm")"
}

# processes: how many there are.
processes() {
	ls "$M" | grep -c '^[0-9]'
}

world

# --- one line, many lines
is 'each line is a command, and replies come in order' \
	"$(talk "$M/1/fork" write 'comm=a\ncomm=b\ncount=2\n' read read)" "$(printf 'ok\n2;3;4;5\n')"
is 'the last line needs no newline' "$(talk "$M/1/fork" write 'comm=c' read)" "$(printf 'ok\n6')"
is 'an empty line is the bare verb' "$(talk "$M/1/fork" write '\n\n' read)" "$(printf 'ok\n7;8')"
is 'so is one of blanks' "$(talk "$M/1/fork" write ' 	\n' read)" "$(printf 'ok\n9')"
is 'a comment is no command' "$(talk "$M/1/fork" write '# comm=x\n   # y\n' read)" "$(printf 'ok\n')"
is 'and can stand behind words' "$(talk "$M/1/fork" write 'comm=d # e f\n' read)" "$(printf 'ok\n10')"
is 'that was not taken for words' "$(last)" '10 d'
is 'a # inside of a word is none' "$(talk "$M/1/fork" write 'comm=d#e\n' read)" "$(printf 'ok\n11')"
is 'but a letter' "$(last)" '11 d#e'
is 'nothing written is nothing done' "$(talk "$M/1/fork" write '' read)" "$(printf 'ok\n%s' \
	"$(talk "$M/1/fork" read)")"
is 'one write after the other' "$(talk "$M/1/fork" write 'comm=e' read write 'comm=f' read)" \
	"$(printf 'ok\n12\nok\n13')"

# --- failures
is 'done lines count, the failed one and the rest do not' \
	"$(talk "$M/1/fork" write 'comm=g\nbad\ncomm=h\n')" 7
is 'the youngest' "$(last)" '14 g'
is 'a comment in front is not a done line' "$(talk "$M/1/fork" write '# x\nbad\ncomm=h\n')" EINVAL
is 'afterwards the open file is cancelled' \
	"$(talk "$M/1/fork" write 'bad\n' line '' write 'comm=x' ask '' line '# x')" \
	"$(printf 'EINVAL\nECANCELED\nECANCELED\nECANCELED\nECANCELED')"
is 'so it is when some lines were done' "$(talk "$M/1/fork" write '\nbad\n' line '')" \
	"$(printf '1\nECANCELED')"
is 'what came back of them can still be read' "$(talk "$M/1/fork" write '\nbad\n' read read)" \
	"$(printf '1\n16\n')"
is 'another open file is not' "$(talk "$M/1/fork" write 'bad\n' run "true" \
	try "$M/1/fork"; act "$M/1/fork")" "$(printf 'EINVAL\nok\nok')"
is 'an errno of the call cancels as well' "$(talk "$M/1/fork" line set_tid=1 line '')" \
	"$(printf 'EEXIST\nECANCELED')"
is 'an empty write after that' "$(talk "$M/1/fork" line bad write '')" "$(printf 'EINVAL\n%s' \
	"$(talk "$M/1/fork" line bad write '' | tail -n 1)")"

# The same in every shell, whether it writes a line at a time or all at once.
for sh in bash dash 'busybox sh'; do
	# shellcheck disable=SC2016
	$sh -c 'printf "comm=one\ncomm=two\nbad\ncomm=three\n" >"$1/1/fork"' sh "$M" 2>/dev/null
	is "$sh: printf stops at the first failure" "$(last | cut -d' ' -f2)" two
	# shellcheck disable=SC2016
	$sh -c 'for i in comm=four bad comm=five; do echo $i; done >"$1/1/fork"' sh "$M" 2>/dev/null
	is "$sh: so does a loop of echo" "$(last | cut -d' ' -f2)" four
	# shellcheck disable=SC2016
	$sh -c 'cat >"$1/1/fork" <<END
comm=six
bad
comm=seven
END' sh "$M" 2>/dev/null
	is "$sh: and cat" "$(last | cut -d' ' -f2)" six
	printf 'comm=eight\nbad\ncomm=nine\n' >"$T/lines"
	$sh -c 'cp "$2" "$1/1/fork"' sh "$M" "$T/lines" 2>/dev/null
	is "$sh: and cp" "$(last | cut -d' ' -f2)" eight
	$sh -c 'dd if="$2" of="$1/1/fork" bs=64 conv=notrunc 2>/dev/null' sh "$M" "$T/lines"
	is "$sh: and dd" "$(last | cut -d' ' -f2)" eight
	# shellcheck disable=SC2016
	is "$sh: a failure is a failure of the command" \
		"$($sh -c 'echo bad >"$1/1/fork" && echo done' sh "$M" 2>/dev/null)" ''
done

# --- long lines
n=$(processes)
is 'a line of 4095 bytes' "$(talk "$M/1/fork" fill 4095 comm=l1 read | sed 's/[0-9][0-9]*/N/')" \
	"$(printf 'ok\nN')"
is 'was run at once' "$(last | cut -d' ' -f2)" l1
is 'a write of 4096 bytes without an end goes on in the next' \
	"$(talk "$M/1/fork" fill 4096 comm=l2 run "ls '$M' | grep -c '^[0-9]'" write '\n' \
		run "ls '$M' | grep -c '^[0-9]'")" "$(printf 'ok\n%d\nok\n%d' $((n + 1)) $((n + 2)))"
is 'as one line' "$(last | cut -d' ' -f2)" l2
is 'one byte more is too long' "$(talk "$M/1/fork" fill 4096 comm=l3 write 'x\n')" "$(printf 'ok\nE2BIG')"
is 'at once, too' "$(talk "$M/1/fork" fill 4097 comm=l3 line '')" "$(printf 'E2BIG\nECANCELED')"
is 'and much longer' "$(talk "$M/1/fork" fill 60000 comm=l3)" E2BIG
check 'with a sentence' grep -q '^1 fork: .*E2BIG.*: the line is longer than 4096 bytes$' "$M/errors"
is 'closing does not end a line' "$(talk "$M/1/fork" fill 4096 comm=l4)" ok
is 'nothing of all that was done' "$(processes)" $((n + 2))
long=$(printf '#%4090s' x)
is 'a word cut in two by its writer' "$(talk "$M/1/fork" write "$long\\ncomm=cu" write 't\n')" \
	"$(printf 'ok\nok')"
is 'is one word' "$(last | cut -d' ' -f2)" cut
is 'a short write ends its line in the middle of a word' \
	"$(talk "$M/1/fork" write 'comm=lon' write 'g')" "$(printf 'ok\nEINVAL')"
is 'which was what was run' "$(last | cut -d' ' -f2)" lon
for size in 1 7 64 4096; do
	n=$(processes)
	# 2,000 lines of 9 bytes, and dd cuts where it likes.
	if [ "$size" -lt 4096 ]; then
		echo >"$T/lines"
	else
		yes comm=cccc | head -n 2000 >"$T/lines"
	fi
	is "pieces of $size bytes" "$(errno_of dd if="$T/lines" of="$M/1/fork" bs="$size" conv=notrunc status=none)" ok
	is 'all were done' $(($(processes) - n)) "$(wc -l <"$T/lines")"
done

# --- what comes back
usage=$(talk "$M/1/fork" read)
check 'the usage says what can be written' test "${usage#*fork: \[FLAG…\] \[KEY=VALUE…\]}" != "$usage"
for verb in fork exec exit kill setns unshare setsid setpgid reap sigaction prctl pidfd set; do
	is "usage of $verb, then the end" "$(talk "$M/1/$verb" read read | sed 's/:.*//')" "$(printf '%s\n' "$verb")"
	is "of $verb without waiting" "$(talk -n "$M/1/$verb" read | sed 's/:.*//')" "$verb"
	is "$verb does not seek" "$(talk "$M/1/$verb" seek 1 pread 0)" "$(printf 'ESPIPE\nESPIPE')"
done
is 'the end follows a command that gives nothing back' \
	"$(talk "$M/1/sigaction" read line 'USR1 ignore' read read | tail -n +2)" "$(printf 'ok\n\n')"
is 'the reply, the end, the next reply' \
	"$(talk "$M/1/setsid" ask bad; talk "$M/1/reap" line nohang read read line nohang read)" \
	"$(printf 'EINVAL\nok\n0\n\nok\n0')"
is 'unread replies wait for their reader' "$(talk "$M/1/reap" line nohang line nohang read)" \
	"$(printf 'ok\nok\n0;0')"
is 'a reader that waits is told without waiting' \
	"$(talk -n "$M/1/reap" line "" poll read poll)" "$(printf 'ok\nbusy\nEAGAIN\nbusy')"
is 'a control file can be polled' "$(talk "$M/1/reap" poll line nohang poll read)" \
	"$(printf 'ready\nok\nready\n0')"
is 'opened to append' "$(talk -a "$M/1/reap" ask nohang)" 0
is 'opened to be cut' "$(talk -t "$M/1/reap" truncate 0 truncate 5 ask nohang)" "$(printf 'ok\nok\n0')"
is 'opened to read it cannot be written' "$(talk -r "$M/1/reap" line nohang)" EBADF
n=$(processes)
for verb in fork exit setsid reap; do
	is "$verb: opening, cutting, reading and closing does nothing" \
		"$(talk -t "$M/1/$verb" truncate 0 read poll | tail -n 1)" ready
done
is 'nothing was done' "$(processes)" "$n"

# --- bad bytes
is 'NUL' "$(talk "$M/1/fork" write 'comm=\0\n')" EINVAL
is 'an open quote' "$(ask "$M/1/fork" "-- 'a")" EINVAL
is 'a lonely backslash' "$(talk "$M/1/fork" write 'comm=a\\\n')" EINVAL
is 'a quoted newline cannot be' "$(talk "$M/1/fork" write "-- 'a\\nb'\\n")" EINVAL
for word in '' ' ' '#x'; do
	is "exec of '$word'" "$(act "$M/1/exec" "$word")" "$(case $word in '#x') echo ok ;; *) echo EINVAL ;; esac)"
done
born "$M/1/fork" "comm='a b' -- \"x\\\"y\" 'p q' r\\ s"
is 'quotes are a shell'\''s' "$(tr '\0' '|' <"$M/$pid/cmdline")" 'x"y|p q|r s|'
is 'also in values' "$(cat "$M/$pid/comm")" 'a b'

# --- a dead target, a stranger with its number
w 'CHLD ignore' "$M/1/sigaction" >/dev/null
born "$M/1/fork" comm=old
old=$pid
exec 4<>"$M/$old/fork" 5<>"$M/$old/kill" 6<>"$M/$old/set"
is 'the target dies' "$(act "$M/$old/kill" KILL)" ok
w $((old - 1)) "$M/sys/kernel/ns_last_pid" >/dev/null
born "$M/1/fork" comm=stranger
is 'its number is a stranger'\''s' "$pid" "$old"
is 'the open fork is not' "$(errno_name "$({ env echo >&4; } 2>&1)")" ESRCH
is 'nor kill' "$(errno_name "$({ env echo 0 >&5; } 2>&1)")" ESRCH
is 'nor set' "$(errno_name "$({ env echo utime=1 >&6; } 2>&1)")" ESRCH
exec 4>&- 5>&- 6>&-
is 'it lives' "$(cat "$M/$old/comm")" stranger
check 'errors says who is gone' grep -q "^$old kill: 0: ESRCH " "$M/errors"

done_testing
