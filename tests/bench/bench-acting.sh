#!/bin/sh
# SPDX-License-Identifier: MIT
#
# What it costs to let a command act on virtual processes: a real stand-in for each, or
# an answer to each call, which is what `pidnsctl run' does.
#
#	bench-acting.sh PIDNSFS PIDNSCTL PROGRAM
#
# `make bench-acting' starts it.  The environment:
#	N  how many processes (1000; up to 30000)

set -u
LC_ALL=C
export LC_ALL
: "${N:=1000}"
pidnsfs=$1
ctl=$2
program=$3

T=$(mktemp -d "${TMPDIR:-/tmp}/pidnsfs-bench.XXXXXX") || exit 1
cleanup() {
	trap - EXIT
	trap '' HUP INT TERM
	if grep -q -F " $T/world " /proc/self/mountinfo; then
		umount "$T/world" 2>/dev/null || fusermount3 -u -z "$T/world"
	fi
	rm -rf "$T"
}
trap cleanup EXIT
trap 'exit 130' HUP INT TERM

"$program" stand-ins "$N" >"$T/stand-ins" || exit 1
mkdir "$T/world"
"$pidnsfs" "$T/world" || exit 1
printf 'count=%d comm=one\n' "$N" >"$T/world/1/fork" || exit 1
"$ctl" run "$T/world" -- "$program" calls "$N" >"$T/calls" || exit 1
# What is left of the killed are zombies, whose init does not ask.
[ "$(cat "$T/world"/[0-9]*/status | grep '^State:' | grep -v -c 'Z (zombie)')" = 1 ] || {
	echo 'bench-acting: who was killed lives on' >&2
	exit 1
}

value() {
	awk -v name="$2" '$1 == name { print $2 }' "$T/$1"
}
printf 'make bench-acting N=%s\n\n' "$N"
printf '%-46s %12s %12s\n' 'for each process, medians' 'stand-in' 'answer'
printf '%-46s %12s %12s\n' \
	'before the command can begin, us' "$(value stand-ins make)" - \
	'memory: pages of its own, bytes' "$(value stand-ins pages)" - \
	'memory: tables of pages, bytes' "$(value stand-ins tables)" - \
	'memory: stack of the kernel, bytes' "$(value stand-ins stack)" - \
	'kill(pid, 0), us' "$(value stand-ins call)" "$(value calls call)" \
	'kill(pid, KILL), us' "$(value stand-ins kill)" "$(value calls kill)"
cat <<'END'

A stand-in's KILL is over when its keeper has noticed: he has yet to tell the world, which
an answer has done.  Each fork and each exit of the world costs one more making or kill.
END
awk -v make="$(value stand-ins make)" -v one="$(value stand-ins call)" \
	-v answer="$(value calls call)" 'BEGIN {
	if (answer > one)
		printf "Stand-ins pay from %.0f calls on for each process of the view.\n",
			make / (answer - one)
}'
