#!/bin/sh
# SPDX-License-Identifier: MIT
#
# What the kernel keeps, and that it is taken back.  All is counted, nothing is
# timed.  Each thing that must be taken back has a twin: in a world with
# notify=off the same steps must end with the old answer, or the first test would
# prove nothing.
. "${abs_top_srcdir:-.}/tests/lib.sh"

# asked KIND...: how many requests of these kinds there were.
asked() {
	_sum=0
	for _kind; do
		_n=$(sed -n "s/^$_kind:	//p" "$M/.live/requests")
		_sum=$((_sum + _n))
	done
	echo "$_sum"
}

# costs_nothing KINDS COMMAND...: the command makes no such requests, the second
# time.  To ask makes some, too: those are known from asking twice.  The kernel
# may drop what it keeps at any moment, so it may try again.
costs_nothing() {
	_kinds=$1
	shift
	for _try in 1 2 3 4 5; do
		"$@" >/dev/null 2>&1
		# shellcheck disable=SC2086 # they are words
		{
			_first=$(asked $_kinds)
			_before=$(asked $_kinds)
			"$@" >/dev/null 2>&1
			_after=$(asked $_kinds)
		}
		[ $((_after - _before)) != $((_before - _first)) ] || return 0
	done
	return 1
}

# --- what is kept
world
for _ in 1 2 3 4 5 6 7 8; do
	echo >"$M/1/fork"
done
check 'a listing' costs_nothing 'Readdir Readdirplus' ls "$M"
check 'one with attributes' costs_nothing 'Lookup Readdir Readdirplus' ls -ld "$M/1" "$M/2" "$M/3"
check 'names' costs_nothing Lookup test -e "$M/3/status"
check 'names that are not there' costs_nothing Lookup test -e "$M/nobody"
check 'and not there in a process' costs_nothing Lookup test -e "$M/3/nothing"
check 'contents' costs_nothing Read cmp "$M/3/status" "$M/3/status"
check 'the table' costs_nothing Read cmp "$M/table" "$M/table"
check 'the tree' costs_nothing Read cmp "$M/tree" "$M/tree"
check 'a listing of threads' costs_nothing 'Readdir Readdirplus' ls "$M/3/task"
fails 'what moves with time is asked for' costs_nothing Read cat "$M/uptime"
fails 'a number that nobody has may be the reader' costs_nothing Lookup test -e "$M/4194000"

# A reader's own number is himself, but for nobody else.
# shellcheck disable=SC2016 # that shell's number
mine=$(sh -c 'test -e "$1/$$/stat" && echo $$' sh "$M")
check 'a reader is there' test -n "$mine"
is 'and nobody sees him' "$(errno_of cat "$M/$mine/stat")" ENOENT

# Nobody has looked: nobody is told.
for _ in 1 2 3 4 5 6 7 8 9 10; do
	echo >"$M/1/fork"
done
ls "$M" >"$T/.out"
before=$(asked Inval_inode Inval_entry Delete)
for _ in 1 2 3 4 5 6 7 8 9 10; do
	echo count=10 >"$M/1/fork"
done
told=$(($(asked Inval_inode Inval_entry Delete) - before))
check "a hundred that nobody knows are $told notices" test "$told" -lt 60
check 'unmounting' unworld

# --- what is taken back
#
# Each of these makes something, looks at it, changes it, looks again, and says
# whether what it saw was the `new' or the `old' state, or else what.

# child [LINE]: a new process, $child.
last=1
child() {
	last=$((last + 1))
	child=$last
	echo "$*" >"$M/1/fork"
}

gone() {
	echo >"$M/$1/exit"
	echo "$1" >"$M/1/reap"
}

verdict() { # WHAT IT WAS, WHAT IT IS, and what it should be
	case $2 in
	"$1") echo old ;;
	"$3") echo new ;;
	*) echo "before: $1, now: $2" ;;
	esac
}

a_listing() {
	was=$(ls "$M" | grep -c '^[0-9]')
	child
	verdict "$was" "$(ls "$M" | grep -c '^[0-9]')" $((was + 1))
}

a_listing_of_the_dead() {
	child
	was=$(ls "$M" | grep -c '^[0-9]')
	gone "$child"
	verdict "$was" "$(ls "$M" | grep -c '^[0-9]')" $((was - 1))
}

a_name() {
	child
	was=$(errno_of stat "$M/$child")
	gone "$child"
	verdict "$was" "$(errno_of stat "$M/$child")" ENOENT
}

a_name_in_use() {
	child
	stat "$M/$child/comm" >/dev/null
	exec 7<"$M/$child/comm"
	gone "$child"
	now=$(errno_of stat "$M/$child")
	exec 7<&-
	verdict ok "$now" ENOENT
}

a_text() {
	child comm=old
	read -r was <"$M/$child/comm"
	echo comm=new >"$M/$child/set"
	read -r now <"$M/$child/comm"
	verdict "$was" "$now" new
}

an_open_text() {
	child comm=old
	exec 7<"$M/$child/comm"
	was=$(dd bs=64 count=1 status=none <&7)
	echo comm=new >"$M/$child/set"
	now=$("$abs_top_builddir/tests/talk" -r "/dev/fd/7" pread 0)
	exec 7<&-
	verdict "$was" "$now" new
}

a_size() {
	child comm=old
	was=$(stat -c %s "$M/$child/comm")
	echo comm=longer >"$M/$child/set"
	verdict "$was" "$(stat -c %s "$M/$child/comm")" 7
}

an_owner() {
	child
	was=$(stat -c %u "$M/$child/stat")
	echo uid=4711 >"$M/$child/set"
	verdict "$was" "$(stat -c %u "$M/$child/stat")" 4711
}

a_state() {
	child
	read -r _ _ was _ <"$M/$child/stat"
	echo STOP >"$M/$child/kill"
	read -r _ _ now _ <"$M/$child/stat"
	verdict "$was" "$now" T
}

a_parent() {
	child
	middle=$child
	echo >"$M/$middle/fork"
	last=$((last + 1))
	read -r _ _ _ was _ <"$M/$last/stat"
	echo >"$M/$middle/exit"
	read -r _ _ _ now _ <"$M/$last/stat"
	verdict "$was" "$now" 1
}

children() {
	child
	was=$(wc -w <"$M/1/children")
	child
	verdict "$was" "$(wc -w <"$M/1/children")" $((was + 1))
}

the_table() {
	was=$(wc -l <"$M/table")
	child
	verdict "$was" "$(wc -l <"$M/table")" $((was + 1))
}

the_tree() {
	was=$(wc -l <"$M/tree")
	child
	verdict "$was" "$(wc -l <"$M/tree")" $((was + 1))
}

facts_of_a_namespace() {
	was=$(sed -n 's/^Last_pid:	//p' "$M/pidns")
	child
	verdict "$was" "$(sed -n 's/^Last_pid:	//p' "$M/pidns")" "$child"
}

the_last_pid() {
	read -r was <"$M/sys/kernel/ns_last_pid"
	child
	read -r now <"$M/sys/kernel/ns_last_pid"
	verdict "$was" "$now" "$child"
}

threads() {
	child
	was=$(ls "$M/$child/task" | wc -l)
	echo thread >"$M/$child/fork"
	last=$((last + 1))
	verdict "$was" "$(ls "$M/$child/task" | wc -l)" 2
}

a_thread() {
	child
	echo thread >"$M/$child/fork"
	last=$((last + 1))
	was=$(errno_of stat "$M/$child/task/$last")
	echo >"$M/$child/task/$last/exit"
	verdict "$was" "$(errno_of stat "$M/$child/task/$last")" ENOENT
}

namespaces() {
	was=$(ls "$M/ns" | wc -l)
	child newpid
	verdict "$was" "$(ls "$M/ns" | wc -l)" $((was + 1))
}

a_namespace() {
	child newpid
	inum=$(readlink "$M/$child/inner")
	inum=${inum#../ns/}
	inum=${inum%/1}
	was=$(errno_of stat "$M/ns/$inum")
	gone "$child"
	verdict "$was" "$(errno_of stat "$M/ns/$inum")" ENOENT
}

a_view_below() {
	child newpid
	inner=$(readlink "$M/$child/inner")
	below=$M/ns/$(basename "$(dirname "$inner")")
	# To have listed it is a change of atime, for which it is asked once more.
	ls "$below" >/dev/null
	was=$(ls "$below" | grep -c '^[0-9]')
	echo >"$M/$child/fork"
	last=$((last + 1))
	verdict "$was" "$(ls "$below" | grep -c '^[0-9]')" 2
}

in_the_place_of_the_dead() {
	child
	now=$(
		cd "$M/$child" || exit
		cat comm >/dev/null
		gone "$child"
		errno_of cat comm
	)
	case $now in
	ESRCH | ENOENT) echo new ;;
	*) echo old ;;
	esac
}

an_heir() {
	child comm=old
	read -r was <"$M/$child/comm"
	gone "$child"
	echo $((child - 1)) >"$M/sys/kernel/ns_last_pid"
	echo comm=heir >"$M/1/fork"
	now=
	{ read -r now <"$M/$child/comm"; } 2>/dev/null
	# The dead one's name leads nowhere now.
	verdict '' "$now" heir
}

cases='a_listing a_listing_of_the_dead a_name a_name_in_use a_text an_open_text a_size an_owner
	a_state a_parent children the_table the_tree facts_of_a_namespace the_last_pid threads
	a_thread namespaces a_namespace a_view_below an_heir'
# Once a file is opened the daemon is asked, and it never tells of the dead.
no_twin=in_the_place_of_the_dead

world
for case in $cases $no_twin; do
	# Several times: it is the second look that may be wrong.
	# Not in a subshell: they count what was born.
	{ $case && $case; } >"$T/.saw"
	is "$case" "$(tr '\n' ' ' <"$T/.saw")" 'new new '
done
check 'unmounting' unworld

last=1
world -o notify=off
for case in $cases; do
	# What the kernel has dropped by itself meanwhile is not old.
	for _ in 1 2 3 4 5; do
		$case >"$T/.saw"
		read -r saw <"$T/.saw"
		[ "$saw" != old ] || break
	done
	is "$case: old if nobody is told" "$saw" old
done
is 'notices are told to nobody' "$(asked Inval_inode Inval_entry Delete)" 0
done_testing
