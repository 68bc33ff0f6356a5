#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The cases of the kernel's clone3/clone3_set_tid.c and pid_namespace/
# pidns_init_via_setns.c (6.18 cannot do what that one does yet, nor can we).
. "${abs_top_srcdir:-.}/tests/lib.sh"
. "$abs_top_srcdir/tests/acts.sh"

# try WANTED PROCESS LINE: `ok' is a child that then ends and is reaped.
try() {
	_said=$(ask "$M/$2/fork" "$3")
	case $_said in
	[0-9]*)
		act "$M/${_said%% *}/exit" 0 >/dev/null
		act "$M/$2/reap" all >/dev/null
		_said=ok
		;;
	esac
	is "$(printf '%s: %.40s' "$1" "$3")" "$_said" "$1"
}

# numbers N NUMBER: an array of so many.
numbers() {
	yes "$2" | head -n "$1" | paste -sd,
}

world
born "$M/1/fork"
p=$pid
max=$(cat "$M/sys/kernel/pid_max")

for number in 0 -1; do
	for n in 33 64 65 1344 31; do
		# A line has 4096 bytes at most; more than 33 numbers are no different to the call.
		[ "$n" = 1344 ] && n=1300
		try EINVAL "$p" "set_tid=$(numbers "$n" "$number")"
	done
done
try EINVAL "$p" set_tid=0
try EINVAL "$p" set_tid=-1
try EINVAL "$p" set_tid=-1,0
try EINVAL "$p" 'newpid set_tid=-1'
try EEXIST "$p" set_tid=1
try ok "$p" 'newpid set_tid=1'
try EINVAL "$p" "set_tid=$max"
try EINVAL "$p" "newpid set_tid=$max"

born "$M/$p/fork"
free=$pid
act "$M/$free/exit" >/dev/null
act "$M/$p/reap" "$free" >/dev/null
try ok "$p" "set_tid=$free"
try EINVAL "$p" "newpid set_tid=$free"
try ok "$p" "newpid set_tid=1,$free"

is 'unshare' "$(act "$M/$p/unshare" newpid)" ok
try EINVAL "$p" "set_tid=$free"
born "$M/$p/fork"
init=$pid
is 'the first one is pid 1' "$ids" "$pid 1"
is 'there, 2 can be had' "$(ask "$M/$init/fork" set_tid=2 | cut -d' ' -f2)" 2
try EINVAL "$init" "newpid set_tid=1,-1,$free"
try EINVAL "$init" "newpid set_tid=1,42,$free,1"
born "$M/$init/fork" "newpid set_tid=1,42,$free"
is 'all numbers were chosen' "$(field NSpid "$M/$free/status" | tr '\t' ' ')" "$free 42 1"
is 'the caller is told its own' "$(ask "$M/$init/reap" 'nohang 42')" 0
is 'it ends' "$(act "$M/$free/exit")" ok
is 'and is waited for by that number' "$(ask "$M/$init/reap" 42)" '42 exited 0'

# A namespace that has no init yet cannot be entered by its link.
born "$M/1/fork"
u=$pid
is 'unshare' "$(act "$M/$u/unshare" newpid)" ok
is 'pid_for_children leads nowhere' "$(errno_of stat -L "$M/$u/ns/pid_for_children")" ENOENT

done_testing
