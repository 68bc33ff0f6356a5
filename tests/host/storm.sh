#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The mirror after a storm of forks: no ghost, and nobody missing, whatever was
# lost on the way.
. "${abs_top_srcdir:-.}/tests/lib.sh"
. "${abs_top_srcdir:-.}/tests/host/setup.sh"

storm=$abs_top_builddir/tests/host/storm
[ -x "$storm" ] || bail "there is no program $storm"

# weather NAME [OPTION...]: a world, a storm in a namespace of its own, and after
# it.
weather() {
	_weather=$1
	shift
	host "$@"
	begun unshare -pf --kill-child sh -c 'echo >"$1"; exec sleep 10000' sh "$ready"
	inner=$(inum "$(child "$begun")")
	"$storm" 1500 >"$T/n1" &
	one=$!
	run "$M/ns/$inner/1/fork" "mounts=host -- $storm 1500" >"$T/n2" &
	two=$!
	# Somebody looks at it meanwhile.
	while _alive "$one"; do
		ls "$M" "$M/ns/$inner" >"$T/.out" 2>&1 || not_ok "$_weather: listings go on"
	done
	wait "$one" "$two"
	check "$_weather: there was a storm" test "$(cat "$T/n1")" -gt 10
	is "$_weather: inside, too" "$(tail -n 1 "$T/n2")" 'exited 0'
	{ listed /proc; listed "$M"; } | sort -u >"$T/odd"
	check "$_weather: then it is what /proc says" wait_for 60 same
	is "$_weather: and its view who is there" "$(listed "$M/ns/$inner" | tr '\n' ' ')" '1 '
	is "$_weather: by its own count" "$(value Pids "$M/ns/$inner/pidns")" 1
	w KILL "$M/ns/$inner/1/kill" >"$T/.out"
	check "$_weather: until it is gone" wait_for 60 gone "$M/ns/$inner"
	wait "$begun" 2>"$T/.out"
	ended "$begun"
	case $_weather in
	*'much is lost') check "$_weather: and is counted" test "$(value Lost "$M/pidns")" -gt 0 ;;
	esac
	check "$_weather: unmounted" unworld
}

# with SOURCE NAME [OPTION...]: a weather, if there is that source.
with() {
	_why=$(cannot "$1")
	_name="$1: $2"
	if [ -n "$_why" ]; then
		skip "$_name" "$_why"
		return
	fi
	_options=source=$1${3:+,$3}
	weather "$_name" -o "$_options"
}

with bpf 'what is told'
with bpf 'much is lost' source_buffer=4096
with connector 'what is told'
with connector 'much is lost' source_buffer=2304
with scan 'nothing is told'
export PIDNSFS_PROCFS_FROM_INSIDE=1
weather 'an older kernel'
unset PIDNSFS_PROCFS_FROM_INSIDE

done_testing
