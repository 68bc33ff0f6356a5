#!/bin/sh
# SPDX-License-Identifier: MIT
#
# A million processes, and listings while processes come and go.
. "${abs_top_srcdir:-.}/tests/lib.sh"

# Sanitizers make everything some ten times as dear.
N=1000000
[ -z "${PIDNSFS_SANITIZERS-}" ] || N=20000

# kilobytes: the resident memory of the daemon
kilobytes() {
	sed -n 's/^VmRSS:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$(_daemon_of "$M")/status"
}

world
small=$(kilobytes)
is 'pid_max' "$(w 4194304 "$M/sys/kernel/pid_max")" ok
is "$N in one write" "$(w "count=$N" "$M/1/fork")" ok
is 'ls says so' "$(ls -f "$M" | grep -c '^[0-9]')" $((N + 1))
large=$(kilobytes)
is 'kill all' "$(w 'KILL -1' "$M/1/kill")" ok
is 'all are zombies' "$(cut -d' ' -f3 "$M/$((N + 1))/stat")" Z
exec 3<>"$M/1/reap"
yes | head -n $((N / 2)) | tr -d y >&3
cat <&3 >"$T/reaped"
exec 3>&-
is 'half are reaped by hand' "$(wc -l <"$T/reaped")" $((N / 2))
is 'from now on nobody needs to' "$(w 'CHLD ignore' "$M/1/sigaction")" ok
is 'a namespace of many' "$(w newpid "$M/1/fork")" ok
box=$(cat "$M/sys/kernel/ns_last_pid")
is 'filled' "$(w "count=$((N / 10))" "$M/$box/fork")" ok
is 'and killed at once' "$(w KILL "$M/$box/kill")" ok
fails 'it is gone' test -e "$M/$box"
exec 3<>"$M/1/reap"
yes | head -n $((N - N / 2)) | tr -d y >&3
exec 3>&-
is 'nobody is left' "$(ls -f "$M" | grep -c '^[0-9]')" 1
[ -n "${PIDNSFS_SANITIZERS-}" ] ||
	check 'memory goes back down' test "$(kilobytes)" -lt $((small + (large - small) / 4))

# --- a listing while others come and go
printf 'count=3000 comm=stays\n' >"$M/1/fork"
ls -f "$M" | grep '^[0-9]' | sort >"$T/stays"
(
	i=0
	while [ "$i" -lt 150 ]; do
		printf 'count=50 comm=goes -- goes\n' >"$M/1/fork"
		for pid in $(awk '$10 == "goes" { print $1 }' "$M/table"); do
			printf 'KILL\n' >"$M/$pid/kill"
			i=$((i + 1))
		done
	done
) &
storm=$!
started "$storm"
bad=0
for round in 1 2 3 4 5 6 7 8 9 10; do
	ls -f "$M" | grep '^[0-9]' | sort >"$T/now"
	[ -z "$(uniq -d "$T/now")" ] || bad="repeated in round $round"
	[ -z "$(join -v 1 "$T/stays" "$T/now" | head -n 1)" ] || bad="missed in round $round"
done
wait "$storm"
is 'a listing neither repeats nor misses one' "$bad" 0

done_testing
