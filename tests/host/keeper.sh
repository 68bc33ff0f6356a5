#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Two processes: the driver, which has no rights at all, and the keeper, which has
# them and no part in the mount.  Neither lives without the other.
. "${abs_top_srcdir:-.}/tests/lib.sh"
. "${abs_top_srcdir:-.}/tests/host/setup.sh"

has_fuse() {
	ls -l "/proc/$1/fd" 2>/dev/null | grep -q ' /dev/fuse$'
}

# $driver and $keeper of the mount.
find_both() {
	driver='' keeper=''
	for pid in $(_all_of "$M"); do
		if has_fuse "$pid"; then
			driver="$driver$pid"
		else
			keeper="$keeper$pid"
		fi
	done
	started "$driver"
}

# Of all its threads, what stands behind KEY, each value once.
of_threads() {
	cat /proc/"$driver"/task/*/status | sed -n "s/^$1:[[:blank:]]*//p" | sort -u
}

ended() {
	! mounted "$M" && ! _alive "$driver" && ! _alive "$keeper"
}

# over NAME: both and the mount go by themselves.
over() {
	check "$1: both end, and the mount goes" wait_for 60 ended
	: >"$T/.worlds"
}

host -o allow_other
find_both
check 'one process has the mount' _alive "$driver"
check 'another one has not' _alive "$keeper"
is 'it has no capabilities' "$(for set in CapInh CapPrm CapEff CapBnd CapAmb; do
	of_threads $set
done | sort -u)" 0000000000000000
is 'nor can it get any' "$(of_threads NoNewPrivs)" 1
is 'it is nobody' "$(of_threads Uid | tr '\t' ' ') $(of_threads Gid | tr '\t' ' ')" \
	'65534 65534 65534 65534 65534 65534 65534 65534'
is 'of no group' "$(of_threads Groups | tr -d ' ')" ''
is 'and is not to be looked into' "$(stat -c %u "/proc/$driver/mem")" 0
check 'the keeper has what there is' test "$(sed -n 's/^CapEff:[^0-9a-f]*//p' "/proc/$keeper/status")" = \
	"$(sed -n 's/^CapEff:[^0-9a-f]*//p' /proc/self/status)"
is 'what only root may see is shown to root' "$(readlink "$M/1/ns/net")" "$(readlink /proc/1/ns/net)"

# --- callers of another user namespace

# others: the keeper's children but for the driver and who unmounts in the end.
others() {
	for _child in $(cat "/proc/$keeper/task"/*/children); do
		[ "$_child" = "$driver" ] || ! [ "$(cat "/proc/$_child/comm")" = pidnsfs:keeper ] || echo "$_child"
	done
}

has_gone() {
	[ -z "$(others)" ]
}

one_looks() {
	of=$(others)
	[ "$(echo "$of" | wc -w)" = 1 ] && of=$(readlink "/proc/$of/ns/user")
}

if unshare -Ur true 2>"$T/.out"; then
	: >"$T/looking"
	unshare -Ur sh -c 'while [ -e "$2" ]; do cat "$1/1/comm" "$1/self/environ"; done' sh "$M" "$T/looking" \
		>"$T/.looks" 2>&1 &
	looker=$!
	started "$looker"
	check 'one process looks for them' wait_for 60 one_looks
	is 'in their user namespace' "$of" "$(readlink "/proc/$looker/ns/user")"
	rm "$T/looking"
	wait "$looker"
	check 'until it has idled for a while' wait_for 60 has_gone
else
	skip 'one process looks for them' 'no user namespace can be made here'
fi

# --- ends

kill -KILL "$driver"
over 'the driver dies'

host -o no_auto_unmount
find_both
kill -KILL "$driver"
check 'as asked for the mount of a dead driver stays' wait_for 60 sh -c '! kill -0 "$1"' sh "$keeper"
check 'until it is unmounted' umount "$M"
over 'then'

host
find_both
exec 7<"$M/events"
kill -KILL "$keeper"
over 'the keeper dies'
exec 7<&-

host
find_both
kill -TERM "$keeper"
over 'the keeper is told to end'

host
find_both
kill -TERM "$driver"
over 'the driver is'

host
find_both
check 'unmounted' unworld
over 'it is unmounted'

# In the foreground, as from a unit of systemd: how the driver ended is the status.
"$PIDNSFS" -f host "$M" &
front=$!
wait_for 60 mounted "$M"
find_both
is 'in front is the keeper' "$keeper" "$front"
check 'which shows the tree' test -d "$M/$front"
kill -TERM "$front"
wait "$front"
is 'told to end it does so well' "$?" 0
over 'in front'

done_testing
