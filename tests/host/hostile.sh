#!/bin/sh
# SPDX-License-Identifier: MIT
#
# A container that does not want to be looked at can neither hang the mount nor fool it.
. "${abs_top_srcdir:-.}/tests/lib.sh"
. "${abs_top_srcdir:-.}/tests/host/setup.sh"

hostile=$abs_top_builddir/tests/host/hostile
[ -x "$hostile" ] || bail "there is no program $hostile"
host

# soon COMMAND...: as long as it would take on a busy machine, and no longer.
soon() {
	timeout -k 5 60 "$@"
}

# --- its /proc, and the names of its cgroups

mkdir "$T/own"
# shellcheck disable=SC2016
begun unshare -pmf --propagation slave --kill-child sh -c '
	mount -t tmpfs own /proc
	mkdir -p /proc/1/ns /proc/1/root/etc /proc/self
	echo liar >/proc/1/comm
	echo "0::/docker/$(printf %064d 1)" >/proc/1/cgroup
	printf "Name:\tliar\nState:\tS\nNSpid:\t1\nUid:\t7 7 7 7\n" >/proc/1/status
	ln -s "$2" /proc/1/cwd
	ln -s /proc/1/cwd /proc/self/cwd
	mkfifo /proc/1/cmdline
	echo >"$1"
	exec sleep 10000' sh "$ready" "$T"
init=$(child "$begun")
inner=$M/ns/$(inum "$init")
wait_for 60 grep -q '^sleep$' "$inner/1/comm"
is 'whoever has another /proc' "$(soon cat "$inner/1/comm")" sleep
is 'is who he is' "$(soon sed -n 's/^Uid:[[:blank:]]*//p' "$inner/1/status" | tr '\t' ' ')" '0 0 0 0'
is 'his arguments, too' "$(soon cat "$inner/1/cmdline" | tr '\0' ' ')" 'sleep 10000 '
is 'and where he is' "$(soon readlink "$inner/1/cwd")" "$(readlink "/proc/$init/cwd")"
is 'he has no name that he gave himself' "$(soon ls "$M/ns/by-name" | grep -c '^0000000000')" 0
run "$M/$init/fork" '-- cat /proc/1/comm' >"$T/said"
is 'what is run there believes him' "$(sed -n 2p "$T/said")" liar
run "$M/$init/fork" 'mounts=host -- cat /proc/1/comm' >"$T/said"
is 'but not with the files of the host' "$(sed -n 2p "$T/said")" sleep
is 'he is killed' "$(w KILL "$M/$init/kill")" ok
check 'and gone' wait_for 60 gone "$inner"

# --- a file system that never answers, and a memory that is locked

mkdir "$T/fs"
unshare -pmf --propagation slave --mount-proc --kill-child "$hostile" "$T/fs" "$ready" \
	3>&- </dev/null >"$T/.begun" 2>&1 9>&- &
begun=$!
started "$begun"
read -r nr how <&9
init=$(child "$begun")
inner=$M/ns/$(inum "$init")

is 'its name is on one line of the table' "$(soon awk '$1 == 1' "$inner/table" | wc -l)" 1
is 'nobody else is there' "$(soon ls "$inner" | grep -x '[0-9]*' | tr '\n' ' ')" '1 2 '
check 'nor in the tree of it' sh -c '[ "$1" -le 3 ]' sh "$(soon cat "$inner/tree" | wc -l)"
check 'where it has no escapes' sh -c '! grep -q "$(printf "\033")" "$1"' sh "$inner/tree"
is 'it is in there as the first' "$nr" 1
is 'its threads are counted' "$(soon sed -n 's/^Threads:[[:blank:]]*//p' "$inner/1/status")" 3
is 'its directory' "$(soon readlink "$inner/1/cwd")" "$(soon readlink "/proc/$init/cwd")"
is 'its program' "$(soon readlink "$inner/1/exe" | sed 's|.*/||')" program
check 'its descriptors are listed' soon ls -l "$inner/1/fd"
check 'and its files' soon ls -l "$inner/1"

# What is run there has to pass through the file system: it ends, one way or the other.
w '-- true' "$M/$init/fork" >"$T/entered" &
enters=$!

if [ "$how" = locked ]; then
	readers=
	for n in $(seq 30); do
		timeout -k 5 100 cat "$inner/1/cmdline" >"$T/reader.$n" 2>&1 &
		readers="$readers $!"
	done
	is 'while thirty wait for its arguments' "$(soon cat "$M/$$/comm")" sh
	check 'everybody is listed' soon ls "$M"
	is 'others have theirs' "$(soon cat "$M/$$/cmdline" | tr '\0' ' ')" "$(tr '\0' ' ' <"/proc/$$/cmdline")"
	is 'its other files are read' "$(soon sed -n 's/^Threads:[[:blank:]]*//p' "$inner/1/status")" 3
	for pid in $readers; do wait "$pid"; done
	is 'they are told' "$(sed 's/.*: //' "$T"/reader.* | sort -u)" 'Connection timed out'
	soon cat "$inner/1/cmdline" >"$T/.out" 2>&1
	is 'those who come then at once' "$(errno_of soon cat "$inner/1/cmdline")" ETIMEDOUT
else
	skip 'thirty wait for its arguments' 'on this kernel its memory could not be locked'
fi
wait "$enters"
check 'who enters is not kept' grep -q -x 'ok\|ETIMEDOUT' "$T/entered"
check 'and everybody is listed as before' soon ls "$M"

# Until its file system has gone it cannot even die.
is 'who does not answer is killed' "$(w KILL "$inner/2/kill")" ok
is 'it is killed' "$(w KILL "$M/$init/kill")" ok
check 'and gone' wait_for 60 gone "$inner"
check 'unmounted' unworld

done_testing
