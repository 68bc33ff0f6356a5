#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Processes that die under a reader's eyes: what cat, ls and ps make of it.
. "${abs_top_srcdir:-.}/tests/lib.sh"
. "$abs_top_srcdir/tests/acts.sh"

# numbers: of the processes that a listing names.
numbers() {
	find "$M" -maxdepth 1 -name '[0-9]*' -printf '%f ' | sed 's/ $//'
}

world
is 'three processes' "$(ask "$M/1/fork" 'count=3')" '2;3;4'

# --- between the listing and the open
is 'list' "$(act "$M/3/fault" list)" ok
is 'who knows the number finds it as ever' "$(cat "$M/3/comm")" init
is 'a listing still names it' "$(numbers)" '1 2 3 4'
is 'then its files are not there' "$(errno_of cat "$M/3/comm")" ENOENT
is 'nor is it named again' "$(numbers)" '1 2 4'
is 'its parent has waited for it' "$(act "$M/1/reap" '3 nohang')" ECHILD
is 'list, for a reader that lists first' "$(act "$M/2/fault" 'list gone')" ok
is 'ls complains of that one alone' "$(LC_ALL=C ls -l "$M" 2>&1 >/dev/null |
	sed 's/.*access //')" "'$M/2': No such file or directory"

# --- between open and read
is 'open' "$(act "$M/4/fault" open)" ok
is 'a listing does nothing to it' "$(numbers)" '1 4'
check 'a stat neither' stat "$M/4/stat"
is 'the read of an opened file finds nobody' "$(errno_of cat "$M/4/stat")" ESRCH
is 'then it is gone' "$(numbers)" 1

# One death for each of the files, all by the same way.
for file in status stat statm cmdline comm children; do
	born "$M/1/fork" ''
	act "$M/$pid/fault" open >/dev/null
	is "$file of one that is gone" "$(errno_of cat "$M/$pid/$file")" ESRCH
done
born "$M/1/fork" ''
act "$M/$pid/fault" open >/dev/null
is 'a file that was open before' "$(talk -r "$M/$pid/comm" run "cat '$M/$pid/comm' 2>/dev/null" \
	read)" ESRCH

# --- a zombie
born "$M/1/fork" '-- /bin/sleep 1'
is 'zombie' "$(act "$M/$pid/fault" 'open zombie')" ok
is 'cmdline of one that died meanwhile is empty' "$(talk -r "$M/$pid/cmdline" read)" ''
is 'status tells what it is' "$(field State "$M/$pid/status")" 'Z (zombie)'
is 'its parent can wait for it' "$(ask "$M/1/reap" "$pid nohang")" "$pid killed KILL"

# --- the number is another's at once
born "$M/1/fork" 'comm=old'
at=$(field Pid "$M/$pid/status")
is 'reuse' "$(act "$M/$pid/fault" 'open reuse')" ok
is 'what is open is the old one' "$(errno_of cat "$M/$pid/comm")" ESRCH
is 'what is opened is the new one' "$(cat "$M/$pid/comm")" init
is 'which is another process' "$(field Pid "$M/$pid/status")" "$at"
is 'reuse behind a listing' "$(act "$M/$pid/comm" middle; act "$M/$pid/fault" 'list reuse')" 'ok
ok'
is 'names it' "$(numbers)" "1 $pid"
is 'and who opens it reads of somebody else' "$(cat "$M/$pid/comm")" init
born "$M/1/fork" ''
is 'a session that lives on keeps the number' "$(act "$M/$pid/setsid"
	ask "$M/$pid/fork" '' >/dev/null
	act "$M/$pid/fault" 'open reuse'
	errno_of cat "$M/$pid/comm"
	errno_of cat "$M/$pid/comm")" 'ok
ok
ESRCH
ENOENT'

# --- families
fresh
born "$M/1/fork" 'newpid comm=box'
is 'threads go with their process' "$(ask "$M/$pid/fork" thread >/dev/null
	act "$M/$pid/fault" open; errno_of cat "$M/$pid/task/$pid/comm"; numbers)" "ok
ESRCH
1"
born "$M/1/fork" 'newpid comm=box'
ids=${ids%% *}
in=$(view_of "$M/$pid")
ask "$in/1/fork" 'count=2' >/dev/null
is 'in the view of a container' "$(act "$in/3/fault" list; ls "$in" | grep '^[0-9]' | tr '\n' ' ';
	errno_of cat "$in/3/comm")" 'ok
1 2 3 ENOENT'
is 'its number is used again on every level' "$(ids=$(sed -n 's/^NSpid:	//p' "$in/2/status")
	outer=$(readlink "$in/2/outer")
	act "$in/2/fault" 'open reuse'
	errno_of cat "$in/2/status"
	[ "$ids" = "$(sed -n 's/^NSpid:	//p' "$in/2/status")" ] && echo same
	[ "$outer" = "$(readlink "$in/2/outer")" ] && echo same)" 'ok
ESRCH
same
same'
is 'with an init its namespace goes' "$(act "$M/$ids/fault" open; errno_of cat "$M/$ids/stat"
	numbers; test -e "$in" || echo ' and gone')" 'ok
ESRCH
1 and gone'

# --- commands
is 'the first init cannot die' "$(act "$M/1/fault" list)" EPERM
born "$M/1/fork" ''
is 'off' "$(act "$M/$pid/fault" list; act "$M/$pid/fault" off; numbers >/dev/null
	cat "$M/$pid/comm")" 'ok
ok
init'
is 'off when there is nothing' "$(act "$M/$pid/fault" off)" ok
is 'no word' "$(act "$M/$pid/fault" '')" EINVAL
is 'two words for when' "$(act "$M/$pid/fault" 'list open')" EINVAL
is 'off and how' "$(act "$M/$pid/fault" 'off reuse')" EINVAL
is 'another word' "$(act "$M/$pid/fault" later)" EINVAL
is 'how alone is behind a listing' "$(act "$M/$pid/fault" zombie; numbers >/dev/null
	field State "$M/$pid/status")" 'ok
Z (zombie)'
is 'a zombie dies no more' "$(act "$M/$pid/fault" list)" ESRCH
is 'reading tells how' "$(sed -n '1s/:.*//p' "$M/1/fault")" fault

done_testing
