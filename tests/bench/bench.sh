#!/bin/sh
# SPDX-License-Identifier: MIT
#
# A mount beside /proc, as a table, and as a picture of the ratios.
#
#	bench.sh PIDNSFS BENCH [SVG]
#
# `make bench' starts it.  Needs root.  The environment:
#	N       how many processes, several numbers in one word ("1000 10000")
#	LOADS   forks and exits a second beside the reading ("0"; "0 1000 10000")
#	ROUNDS  the median of so many is told (5)
#	COLD    not empty: also with the kernel's caches dropped, which all will feel
#	TOOLS   programs to run, one a line
#	OPTIONS of the mount, as -o takes them
# Beyond 200000 there are no real processes, and of the mount is measured what is not
# done for each of them.  Beyond LOADS_MAX processes (10000) there is no load.

set -u
: "${N:=1000 10000}" "${LOADS:=0}" "${LOADS_MAX:=10000}" "${ROUNDS:=5}" "${COLD=}" "${OPTIONS=}"
: "${TOOLS=ls /proc
ls -l /proc
find /proc -maxdepth 1
ps -e
ps -ef
pstree}"
pidnsfs=$1
bench=$2
svg=${3-}
here=$(dirname "$0")
REAL_MAX=200000 # more than that needs more memory than most machines have

[ "$(id -u)" = 0 ] || {
	echo 'bench: only root can have the real processes in a namespace of their own' >&2
	exit 1
}
T=$(mktemp -d "${TMPDIR:-/tmp}/pidnsfs-bench.XXXXXX") || exit 1
pid_max=$(cat /proc/sys/kernel/pid_max)
threads_max=$(cat /proc/sys/kernel/threads-max)
raised=

unmount() {
	for _at in "$T/view" "$T/world"; do
		_tries=100
		while grep -q -F " $_at " /proc/self/mountinfo && [ "$_tries" -gt 0 ]; do
			umount "$_at" 2>/dev/null || sleep 0.1
			_tries=$((_tries - 1))
		done
		umount -l "$_at" 2>/dev/null
	done
}

cleanup() {
	trap - EXIT
	trap '' HUP INT TERM
	unmount
	if [ -n "$raised" ]; then
		echo "$pid_max" >/proc/sys/kernel/pid_max
		echo "$threads_max" >/proc/sys/kernel/threads-max
	fi
	rm -rf "$T"
}
trap cleanup EXIT
trap 'echo "bench: called off; what there is until now:"; tell; exit 130' HUP INT TERM

# tell: all tables
tell() {
	echo "make bench N=\"$N\" LOADS=\"$LOADS\" ROUNDS=$ROUNDS${COLD:+ COLD=$COLD}${OPTIONS:+ OPTIONS=$OPTIONS}"
	echo "Linux $(uname -r), $(nproc) CPUs; $("$pidnsfs" -V | head -n 1)"
	awk -f "$here/bench-table.awk" "$T/results" || return 1
	printf '\nFor README:\n'
	awk -f "$here/bench-ratios.awk" "$T/results"
}

# once N LOAD
once() {
	mkdir -p "$T/world" "$T/view" "$T/proc"
	"$pidnsfs" -f "$T/world" ${OPTIONS:+-o "$OPTIONS"} &
	daemon=$!
	_tries=600
	until [ -d "$T/world/1" ]; do
		[ "$_tries" -gt 0 ] && kill -0 "$daemon" 2>/dev/null || return 1
		_tries=$((_tries - 1))
		sleep 0.1
	done
	set -- "$@" -n "$1" -s "$2" -r "$ROUNDS"
	shift 2
	[ -z "$COLD" ] || set -- "$@" -c
	if [ "$n" -le "$REAL_MAX" ]; then
		set -- "$@" -p "$T/proc"
		# The machine has others, too.
		_most=$((2 * n + 10000))
		if [ "$pid_max" -lt "$_most" ] || [ "$threads_max" -lt "$_most" ]; then
			raised=y
			[ "$pid_max" -ge "$_most" ] || echo "$_most" >/proc/sys/kernel/pid_max
			[ "$threads_max" -ge "$_most" ] || echo "$_most" >/proc/sys/kernel/threads-max
		fi
	fi
	set -- "$@" -v "$T/view" -m "$pidnsfs" -o "ro${OPTIONS:+,$OPTIONS}"
	while IFS= read -r _tool; do
		# It looks at each namespace of each process: that takes minutes.
		[ "$_tool" != pstree ] || [ "$n" -le 20000 ] || continue
		! command -v "${_tool%% *}" >/dev/null || set -- "$@" -t "$_tool"
	done <<END
$TOOLS
END
	"$bench" "$@" "$T/world" "$daemon" >>"$T/results"
	_rc=$?
	unmount
	wait "$daemon"
	return "$_rc"
}

: >"$T/results"
for n in $N; do
	for rate in $LOADS; do
		[ "$rate" = 0 ] || [ "$n" -le "$LOADS_MAX" ] || continue
		echo "bench: $(date +%H:%M:%S): $n processes, $rate forks a second" >&2
		once "$n" "$rate" || {
			echo "bench: $n processes under $rate forks a second: failed" >&2
			exit 1
		}
	done
done

tell || exit 1
[ -z "$svg" ] || {
	awk -f "$here/bench-svg.awk" "$T/results" >"$svg" || exit 1
	echo "The ratios over the number of processes: $svg"
}
