#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Bad input, split input, and every shell.
. "${abs_top_srcdir:-.}/tests/lib.sh"

world

before=$(cat "$M/table")
is 'an unknown word' "$(w nonsense "$M/1/fork")" EINVAL
is 'a number that is none' "$(w set_tid=x "$M/1/fork")" EINVAL
is 'a number too large for its type' "$(w set_tid=99999999999 "$M/1/fork")" EINVAL
is 'an open quote' "$(w "'a" "$M/1/exec")" EINVAL
is 'a line of 4097 bytes' "$(w "$(printf '%4097s' x)" "$M/1/fork")" E2BIG
printf 'a\0b\n' >"$T/nul"
is 'NUL bytes' "$(errno_of dd if="$T/nul" of="$M/1/fork" conv=notrunc status=none)" EINVAL
head -c 4096 /dev/urandom >"$T/noise"
no=$(errno_of dd if="$T/noise" of="$M/1/fork" bs=4096 conv=notrunc status=none)
case $no in
EINVAL | E2BIG | ok) ok '4 KiB of noise' ;;
*) not_ok '4 KiB of noise' "$no" ;;
esac
is 'nothing has changed' "$(cat "$M/table")" "$before"
check 'each has a sentence' test "$(wc -l <"$M/errors")" -ge 5

# --- many lines
is 'many lines in one write' "$(w "$(printf 'comm=a\ncomm=b\n# a comment\ncomm=c')" "$M/1/fork")" ok
is 'in order' "$(cat "$M/2/comm" "$M/3/comm" "$M/4/comm" | tr -d '\n')" abc
exec 3<>"$M/1/fork"
w1=$(printf 'comm=d\nbad\ncomm=e\n' | dd of="$M/1/fork" bs=1M iflag=fullblock conv=notrunc 2>&1)
case $w1 in
*'7 bytes'* | *'Invalid'*) ok 'a refused line ends the write' ;;
*) not_ok 'a refused line ends the write' "$w1" ;;
esac
fails 'what stood behind it was not done' test -e "$M/6"
check 'what stood before it was' test -e "$M/5"
exec 3>&-
# bash writes line by line, dash all at once: the same in the end.
for sh in bash dash 'busybox sh'; do
	n=$(ls "$M" | grep -c '^[0-9]')
	$sh -c 'printf "\nbad\n\n" >"$1"/1/fork' sh "$M" 2>/dev/null
	is "$sh: one of three" "$(($(ls "$M" | grep -c '^[0-9]') - n))" 1
	$sh -c 'echo >"$1"/1/fork; echo >>"$1"/1/fork; echo 1<>"$1"/1/fork' sh "$M"
	is "$sh: >, >> and <>" "$(($(ls "$M" | grep -c '^[0-9]') - n))" 4
	$sh -c 'echo | tee "$1"/1/fork >/dev/null; echo | cat >"$1"/1/fork' sh "$M"
	is "$sh: tee and cat" "$(($(ls "$M" | grep -c '^[0-9]') - n))" 6
	# shellcheck disable=SC2016
	is "$sh: the reply on the same file" \
		"$($sh -c 'exec 3<>"$1"/1/fork; echo >&3; read -r pid <&3; test -d "$1/$pid" && echo good' sh "$M")" good
done

# --- reading acts never
n=$(ls "$M" | grep -c '^[0-9]')
check 'the usage is read' grep -q '^fork: ' "$M/1/fork"
check 'grep -r ends' sh -c "grep -r init '$M' >/dev/null; test \$? -lt 2"
check 'find and cat end' sh -c "find '$M' -type f -exec cat {} + >/dev/null"
check 'tar ends' sh -c "tar -cf - -C '$M' . 2>/dev/null | cat >/dev/null"
mkdir "$T/copy"
cp -r "$M/1" "$T/copy/" 2>"$T/said"
# As in /proc, nobody can tell what a process executes that has executed nothing.
is 'cp -r ends, and has copied all but that' "$(grep -v "symbolic link '[^']*/exe'" "$T/said")" ''
is 'cp -r has copied what is there' "$(cat "$T/copy/1/comm")" init
is 'nothing has changed' "$(ls "$M" | grep -c '^[0-9]')" "$n"

# --- pids that come and go
exec 4<>"$M/5/fork"
printf 'CHLD ignore\n' >"$M/1/sigaction"
is 'a child ends' "$(w KILL "$M/5/kill")" ok
printf '4\n' >"$M/sys/kernel/ns_last_pid"
is 'its number comes again' "$(w '' "$M/1/fork")" ok
check 'as another one' test -e "$M/5"
is 'the open file is of the old one' \
	"$(errno_name "$({ env printf '\n' >&4; } 2>&1)")" ESRCH
exec 4>&-

# --- what nobody can do
is 'create' "$(errno_of touch "$M/new")" EPERM
is 'mkdir' "$(errno_of mkdir "$M/77")" EPERM
is 'rmdir' "$(errno_of rmdir "$M/1")" EPERM
is 'rm' "$(errno_of rm -f "$M/1/fork")" EPERM
is 'mv' "$(errno_of mv "$M/1/stat" "$M/1/tats")" EPERM
is 'ln' "$(errno_of ln "$M/1/stat" "$M/1/tats")" EPERM
is 'ln -s' "$(errno_of ln -s stat "$M/1/tats")" EPERM
is 'chmod' "$(errno_of chmod 777 "$M/1/stat")" EPERM
is 'truncate a fact' "$(errno_of truncate -s 0 "$M/1/stat")" EPERM
is 'truncate a control file' "$(errno_of truncate -s 0 "$M/1/fork")" ok
is 'write a fact' "$(w x "$M/1/stat")" EPERM
# shellcheck disable=SC2016
check 'control files do not seek' sh -c \
	'strace -e trace=lseek dd if="$1/1/fork" of=/dev/null bs=1 skip=1 2>&1 | grep -q ESPIPE' sh "$M"
is 'no such number' "$(errno_of ls "$M/01")" ENOENT
is 'no number 0' "$(errno_of ls "$M/0")" ENOENT

done_testing
