#!/bin/sh
# SPDX-License-Identifier: MIT
#
# A view as a mount of its own: what is in it, that the kernel asks for nothing
# twice, that it is never out of date, and its end.
. "${abs_top_srcdir:-.}/tests/lib.sh"

V=$T/view

asked() {
	_sum=0
	for _kind; do
		_n=$(sed -n "s/^$_kind:	//p" "$M/.live/requests")
		_sum=$((_sum + _n))
	done
	echo "$_sum"
}

# In a view nothing is opened, so that asking there costs nothing by itself.
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

unmounted() {
	! mounted "$1"
}

view() { # SOURCE [OPTION...]
	mkdir -p "$V"
	_source=$1
	shift
	"$PIDNSFS" "$_source" "$V" "$@" </dev/null
}

unview() {
	if mounted "$V"; then
		wait_for 30 _unmount "$V"
	fi
	! mounted "$V"
}

world
echo newpid comm=box >"$M/1/fork" # 2
echo count=3 >"$M/2/fork"         # 3 4 5
inum=$(readlink "$M/2/inner")
inum=${inum#../ns/}
inum=${inum%/*}

# --- what is in it
check 'a view is mounted' view "$M" -o ro
is 'the processes' "$(ls "$V" | grep '^[0-9]' | tr '\n' ' ')" '1 2 3 4 5 '
is 'nothing of ours' "$(cd "$V" && ls -d ns events tree errors set clock .live .run 2>/dev/null)" ''
is 'no control files' "$(cd "$V/2" && ls -d fork kill exit wait inner outer set 2>/dev/null)" ''
is 'but facts of the namespace' "$(sed -n 's/^Pids:	//p' "$V/pidns")" 5
is 'and the table' "$(wc -l <"$V/table")" 6
is 'the same texts' "$(cat "$V/2/status" "$V/2/stat")" "$(cat "$M/2/status" "$M/2/stat")"
is 'self' "$(readlink "$V/self")" 1
is 'a size is true' "$(stat -c %s "$V/3/stat")" "$(wc -c <"$M/3/stat")"
is 'also of what moves' "$(cat "$V/uptime" | wc -w)" 2
is 'nothing can be written' "$(w name "$V/2/comm")" EROFS
is 'nor made' "$(errno_of mkdir "$V/9")" EROFS

# --- nothing twice
check 'no open' costs_nothing Open cat "$V/2/stat" "$V/3/stat" "$V/table"
check 'no opendir' costs_nothing Opendir ls "$V" "$V/2"
check 'no read' costs_nothing Read cat "$V/2/stat" "$V/3/status" "$V/table"
check 'no listing' costs_nothing 'Readdir Readdirplus' ls -l "$V" "$V/2"
check 'no name' costs_nothing Lookup stat "$V/2/stat" "$V/3/status" "$V/nobody"
check 'no attributes' costs_nothing Getattr stat "$V/2/stat" "$V/3/status"
check 'nor of namespaces' costs_nothing Getattr stat -L "$V/2/ns/pid" "$V/3/ns/uts"

# --- never out of date
ls -l "$V" >"$T/.out"
echo >"$M/2/fork" # 6
is 'who is born' "$(ls "$V" | grep '^[0-9]' | tr '\n' ' ')" '1 2 3 4 5 6 '
is 'has a line' "$(grep -c '^6 ' "$V/table")" 1
cat "$V/6/comm" >"$T/.out"
echo comm=other >"$M/6/set"
is 'what it says' "$(cat "$V/6/comm")" other
is 'how long that is' "$(stat -c %s "$V/6/comm")" 6
echo >"$M/6/exit"
is 'a zombie' "$(cut -d ' ' -f 3 "$V/6/stat")" Z
echo >"$M/2/reap"
is 'a name is gone' "$(errno_of stat "$V/6")" ENOENT
is 'and its line' "$(grep -c '^6 ' "$V/table")" 0
is 'and out of the listing' "$(ls "$V" | grep '^[0-9]' | tr '\n' ' ')" '1 2 3 4 5 '

# A namespace is another's as soon as its process has left it.
was=$(stat -L -c %i "$V/5/ns/uts")
is 'a namespace' "$(readlink "$V/5/ns/uts")" "uts:[$was]"
echo newuts >"$M/5/unshare"
is 'is another' "$(readlink "$V/5/ns/uts")" "uts:[$(stat -L -c %i "$V/5/ns/uts")]"
is 'and no more what it was' "$(errno_of stat "$V/5/ns/uts:[$was]")" ENOENT

# --- others
is 'it is mounted already' "$(view "$M" 2>&1)" \
	"pidnsfs: $V: is mounted already; fusermount3 -u it first"
check 'it ends by itself' unview
check 'the world does not' test -d "$M/2"
check 'one of a namespace, seen by 2' view "$M/ns/$inum" -o ro,self=2
is 'its numbers' "$(ls "$V" | grep '^[0-9]' | tr '\n' ' ')" '1 2 3 4 '
is 'its self' "$(readlink "$V/self")" 2
is 'its init' "$(cat "$V/1/comm")" box
check 'it ends' unview
check 'one for real readers' view "$M/ns/$inum" -o self=real
is 'they are not here' "$(readlink "$V/self" "$V/4711" | tr '\n' ' ')" '.host/self .host/4711 '
is 'each name once' "$(ls "$V" | sort | uniq -d)" ''
check 'there is a place for them' test -d "$V/.host"
check 'it ends, too' unview
check 'a view of a world that ends' view "$M"
check 'unmounting the world' unworld
check 'the view is gone with it' wait_for 60 unmounted "$V"

# --- warmed
# warm: is all that the view has read ahead?
warm() {
	[ "$(sed -n 's/^Warmed:	\([0-9]*\) of \1$/warm/p' "$V/pidns")" = warm ]
}

# costs COMMAND...: the first time.
costs() {
	_first=$(asked Lookup Read Getattr)
	_before=$(asked Lookup Read Getattr)
	"$@" >/dev/null 2>&1
	_after=$(asked Lookup Read Getattr)
	echo $((_after - _before - (_before - _first)))
}

# What nobody but the warmer has read; should the kernel have dropped any, once more.
read_ahead() { # CHANGE, OPTION...
	_change=$1
	shift
	for _try in 1 2 3 4 5; do
		view "$M" -o ro "$@" || return 1
		[ $# != 0 ] || wait_for 60 warm || return 1
		if [ -n "$_change" ]; then
			echo "comm=try$_try" >"$M/7/set"
			echo >"$M/1/fork"
			[ $# != 0 ] || wait_for 60 warm || return 1
		fi
		_cost=$(costs sh -c 'cd "$1" && cat 2/stat 7/status 7/stat 99/cmdline 300/stat' sh "$V")
		unview || return 1
		[ "$_cost" -gt 0 ] || return 0
	done
	return 1
}

world
echo count=300 >"$M/1/fork"
check 'all is read ahead' read_ahead ''
check 'and again what has changed' read_ahead changes
fails 'but not with warm=off' read_ahead '' -o warm=off
check 'a view of many' view "$M"
is 'says how far that is' "$(grep -c '^Warmed:	[0-9]* of 3[0-9]*$' "$V/pidns")" 1
check 'is unmounted meanwhile' unview
check 'and then the world' unworld

# --- refused
mkdir "$T/empty"
view "$T/empty" >"$T/said" 2>&1
is 'no view' "$?" 1
is 'is no source' "$(cat "$T/said")" \
	"pidnsfs: $T/empty: no such source: there are 'virtual', 'host' and the views of a mount"
"$PIDNSFS" "$M" -o self=real >"$T/said" 2>&1
is 'a world has no real readers' "$?" 1
is 'it says so' "$(cat "$T/said")" \
	'pidnsfs: self=real: only readers of a mounted view may be real'

# --- the twin: nobody is told, and the view believes what it was told once
world -o notify=off
echo comm=old >"$M/1/fork" # 2
check 'a view that is not told' view "$M"
for _ in 1 2; do
	ls -l "$V" >"$T/.out"
	cat "$V/2/comm" >"$T/.out"
done
echo comm=new >"$M/2/set"
echo >"$M/1/fork" # 3
is 'says what was' "$(cat "$V/2/comm")" old
is 'lists who was there' "$(ls "$V" | grep '^[0-9]' | tr '\n' ' ')" '1 2 '
echo >"$M/2/exit"
echo 2 >"$M/1/reap"
is 'has names of the dead' "$(errno_of stat "$V/2")" ok
check 'it ends all the same' unview
check 'and so does its world' unworld

# --- the daemon's death
world
check 'a view' view "$M"
daemon=$(_daemon_of "$M")
kill -KILL "$daemon"
check 'that the daemon leaves behind is cleared away' wait_for 60 unmounted "$V"
check 'the world, too' wait_for 60 unmounted "$M"
: >"$T/.worlds"

# --- io_uring
case $(fusermount3 -V) in
*' '3.1[0-7]* | *' '3.[0-9].*)
	"$PIDNSFS" "$M" -o io_uring >"$T/said" 2>&1
	is 'io_uring that libfuse does not have' "$?" 1
	check 'is refused in a clear line' grep -q \
		'^pidnsfs: io_uring: this libfuse ([0-9.]*) cannot; build pidnsfs with 3.18 or newer$' \
		"$T/said"
	;;
esac
done_testing
