#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The daemon is killed while the kernel is being told of changes and readers wait
# for answers: each of them ends, and nothing stays mounted.
. "${abs_top_srcdir:-.}/tests/lib.sh"

V=$T/view

unmounted() {
	! mounted "$1"
}

# reader DIRECTORY COMMAND...: until there is no view in it any more.
reader() {
	_dir=$1
	shift
	while [ -d "$_dir/1" ]; do
		"$@" >/dev/null 2>&1
	done
}

# Names that readers have looked up come and go, so that there is much to tell.
# shellcheck disable=SC2016 # that shell's
changes='
	exec 8>"$1/1/fork" 9>"$1/1/kill" || exit
	while echo "count=20 comm=goes" >&8; do
		echo "KILL -1" >&9 || exit
	done 2>/dev/null'

# killed SIGNAL: in the middle of all that.
killed() {
	world
	mkdir -p "$V"
	echo 'CHLD ignore' >"$M/1/sigaction"
	echo newpid >"$M/1/fork"
	"$PIDNSFS" "$M" "$V" </dev/null || bail 'no view'
	daemon=$(_daemon_of "$M")
	sh -c "$changes" sh "$M" &
	pids=$!
	for at in "$M" "$V"; do
		reader "$at" ls -l "$at" &
		pids="$pids $!"
		reader "$at" find "$at" -maxdepth 2 -name 'st*' &
		pids="$pids $!"
	done
	for pid in $pids; do
		started "$pid"
	done
	wait_for 60 told 200
	kill -s "$1" "$daemon"
	# shellcheck disable=SC2086 # they are words
	wait_for 60 none_of $pids
	ended=$?
	wait_for 60 unmounted "$V" && wait_for 60 unmounted "$M"
	echo "$ended$?" >"$T/ended"
	: >"$T/.worlds"
	[ "$ended" = 0 ]
}

# told N: has the kernel been told of so many changes?
told() {
	[ "$(sed -n 's/^Inval_inode:	//p' "$M/.live/requests")" -gt "$1" ]
}

fails_to_answer() {
	[ "$(errno_of stat "$M/1")" = ENOTCONN ]
}

none_of() {
	for _one; do
		! _alive "$_one" || return 1
	done
}

for round in 1 2 3 4; do
	killed KILL
	is "killed, all ends ($round)" "$(cat "$T/ended")" 00 || break
done
# A sanitizer would have something to say about it.
if [ -z "${PIDNSFS_SANITIZERS-}" ]; then
	# shellcheck disable=SC3045 # those that do not know it may dump one
	ulimit -c 0 2>/dev/null
	for round in 1 2; do
		killed SEGV
		is "crashed, all ends ($round)" "$(cat "$T/ended")" 00 || break
	done
fi

world -o no_auto_unmount
daemon=$(_daemon_of "$M")
kill -KILL "$daemon"
check 'no_auto_unmount: nobody answers' wait_for 60 fails_to_answer
check 'but it stays mounted' mounted "$M"
_unmount "$M"
: >"$T/.worlds"
done_testing
