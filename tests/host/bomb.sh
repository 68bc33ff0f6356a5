#!/bin/sh
# SPDX-License-Identifier: MIT
#
# A fork bomb, of which most is lost on the way: afterwards the mirror is what
# /proc says.  It goes on for ten seconds where a socket's buffer runs over, for two
# elsewhere; PIDNSFS_TEST_BOMB is for how many everywhere.
. "${abs_top_srcdir:-.}/tests/lib.sh"
. "${abs_top_srcdir:-.}/tests/host/setup.sh"

bomb=$abs_top_builddir/tests/host/bomb
[ -x "$bomb" ] || bail "there is no program $bomb"
_why=$(_cannot_host)
[ -z "$_why" ] || skip_all "$_why"

# explosion SECONDS SOURCE [OPTION]: what tells has next to no room, somebody lists,
# and somebody reads events.
explosion() {
	seconds=${PIDNSFS_TEST_BOMB:-$1}
	shift
	_why=$(cannot "$1")
	[ -z "$_why" ] || {
		skip "$1" "$_why"
		return
	}
	_options=source=$1${2:+,$2}
	host -o "$_options"
	ls "$M/ns" | grep -x '[0-9]*' | sort >"$T/ns.before"
	cat "$M/events" >"$T/events" &
	reader=$!
	started "$reader"
	unshare -pf --kill-child unshare -pf --kill-child "$bomb" "$seconds" 40 >"$T/n" &
	one=$!
	started "$one"
	while _alive "$one"; do
		ls "$M" >"$T/.out" 2>&1 || not_ok "$1: listings go on"
	done
	wait "$one"
	ended "$one"
	check "$1: it has exploded" test "$(cat "$T/n")" -gt 100
	{
		listed /proc
		listed "$M"
	} | sort -u >"$T/odd"
	check "$1: no ghost, and nobody is missing" wait_for 60 same
	check "$1: nor a namespace" wait_for 60 no_namespace
	if [ -n "${2-}" ]; then
		check "$1: pidns counts what was lost" test "$(value Lost "$M/pidns")" -gt 0
		check "$1: and how often all was looked at" test "$(value Scans "$M/pidns")" -gt 0
		check "$1: events mark it" wait_for 60 grep -q '^lost [0-9]*$' "$T/events"
	else
		check "$1: all was looked at" test "$(value Scans "$M/pidns")" -gt 0
	fi
	echo "# $1: $(cat "$T/n") forks, $(value Lost "$M/pidns") facts lost, $(value Scans "$M/pidns") scans"
	kill "$reader"
	wait "$reader" 2>"$T/.out"
	ended "$reader"
	check "$1: unmounted" unworld
}

# None that was not there before, or is not in /proc.
no_namespace() {
	for _ns in $(ls "$M/ns" | grep -x '[0-9]*' | sort | comm -13 "$T/ns.before" -); do
		readlink /proc/[0-9]*/ns/pid 2>/dev/null | grep -q -F "[$_ns]" || return 1
	done
}

explosion 2 bpf source_buffer=4096
explosion 10 connector source_buffer=2304
explosion 2 scan

done_testing
