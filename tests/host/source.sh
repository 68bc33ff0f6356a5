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

done_testing
