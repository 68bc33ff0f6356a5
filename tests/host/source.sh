#!/bin/sh
# SPDX-License-Identifier: MIT
#
# What tells the host world of comings and goings: which is taken, what is said of
# it, and that it costs nothing while nobody asks.
. "${abs_top_srcdir:-.}/tests/lib.sh"
. "${abs_top_srcdir:-.}/tests/host/setup.sh"

storm=$abs_top_builddir/tests/host/storm
[ -x "$storm" ] || bail "there is no program $storm"

_why=$(_cannot_host)
[ -z "$_why" ] || skip_all "$_why"

# refused WORDS [ARGUMENT...]: it is not mounted, and says so.
refused() {
	_words=$1
	shift
	mkdir -p "$T/nowhere"
	! "$PIDNSFS" "$@" >"$T/.refused" 2>&1 && grep -q "$_words" "$T/.refused"
}

check 'a source that there is not' refused 'there are auto, bpf, connector and scan' \
	host "$T/nowhere" -o source=ears
check 'a source of a virtual world' refused 'of the host world' "$T/nowhere" -o source=scan
check 'a buffer of nothing' refused 'number of bytes' host "$T/nowhere" -o source_buffer=0

# asked: how often all was brought up to date.
asked() {
	value Updates "$M/pidns"
}

# at_rest SOURCE NAME [OPTION...]: nothing is done for those who do not ask.
at_rest() {
	_source=$1
	_says=$2
	shift 2
	_why=$(cannot "$_source")
	[ -z "$_why" ] || {
		skip "$_source" "$_why"
		return
	}
	host -o source="$_source" "$@"
	check "$_source: pidns says so" sh -c 'echo "$1" | grep -q "^$2"' sh "$(value Source "$M/pidns")" "$_says"
	_first=$(asked)
	_second=$(asked)
	"$storm" 300 >"$T/n"
	_third=$(asked)
	check "$_source: there was a storm" test "$(cat "$T/n")" -gt 10
	is "$_source: nobody asked for anything meanwhile" "$((_third - _second))" "$((_second - _first))"
	check "$_source: unmounted" unworld
}

at_rest bpf BPF
at_rest connector 'proc connector'
at_rest scan 'scanning (as asked for)'

# lived SOURCE VIEW: what the view says of the last one who ended with 193.
lived() {
	sed -n "s/^[0-9]*[.][0-9][0-9] //p" "$2/recent" >"$T/recent"
	_nr=$(sed -n 's/^exit \([0-9]*\) exited 193$/\1/p' "$T/recent" | tail -n 1)
	awk -v nr="$_nr" '$2 == nr && nr != "" { $2 = "N"; if ($3 == "by") $4 = "M"; print }' "$T/recent" |
		tr '\n' ';'
}

# came_and_went SOURCE: what happened while nobody read.
came_and_went() {
	_why=$(cannot "$1")
	[ -z "$_why" ] || {
		skip "$1: what came and went" "$_why"
		return
	}
	host -o source="$1"
	begun unshare -pf --kill-child sh -c 'echo >"$1"; read -r _ <"$2"; sh -c "exit 193"; echo >"$1"; exec sleep 10000' \
		sh "$ready" "$go"
	_inum=$(inum "$(child "$begun")")
	echo >"$go"
	read -r _ <&9
	_here=$(lived "$1" "$M")
	_there=$(lived "$1" "$M/ns/$_inum")
	case $1 in
	bpf)
		is "$1: what came and went" "$_here" 'fork N by M;exec N sh;exit N exited 193;reap N;'
		is "$1: and in its own view, though nobody saw it" "$_there" "$_here"
		;;
	*) check "$1: what came and went" sh -c 'case $1 in "fork N by M;"*"exit N exited 193;"*) ;; *) false; esac' \
		sh "$_here" ;;
	esac
	is "$1: a stream begins with what is to come" \
		"$(errno_of dd if="$M/ns/$_inum/.live/events" iflag=nonblock status=none)" EAGAIN
	w KILL "$M/ns/$_inum/1/kill" >"$T/.out"
	check "$1: unmounted" unworld
}

go=$T/go
mkfifo "$go"
came_and_went bpf
came_and_went connector

world
check 'a virtual world keeps nothing' gone "$M/recent"
check 'it is unmounted' unworld

done_testing
