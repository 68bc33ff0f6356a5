#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Cases of the kernel's proc/: proc-loadavg-001, proc-tid0, proc-uptime-001 and 002,
# proc-self-wchan, self, thread-self, fd-001-lookup, proc-multiple-procfs, proc-pidns.
. "${abs_top_srcdir:-.}/tests/lib.sh"
. "$abs_top_srcdir/tests/acts.sh"

world

# --- proc-loadavg-001: the last field counts in a new namespace
born "$M/1/fork"
p=$pid
is 'unshare' "$(act "$M/$p/unshare" newpid)" ok
born "$M/$p/fork"
V=$(view_of "$M/$pid")
exec 4<"$V/loadavg"
is 'it ends with 1' "$(sed 's/.* //' <&4)" 1
is 'a child' "$(ask "$V/1/fork")" 2
is 'exits' "$(act "$V/2/exit")" ok
is 'and is waited for' "$(ask "$V/1/reap")" '2 exited 0'
is 'read again it ends with 2' "$(talk -r "$V/loadavg" read pread 0 | sed 's/.* //' | tr '\n' ' ')" '2 2 '
exec 4<&-

# --- proc-tid0: neither a process nor a thread 0
for dir in "$M" "$M/1/task" "$M/1/.." "$V" "$V/1/task"; do
	is 'no 0 is listed' "$(ls -a "$dir" | grep -cx 0)" 0
	is 'or found' "$(errno_of stat "$dir/0")" ENOENT
	is '00 neither' "$(errno_of stat "$dir/00")" ENOENT
done

# --- proc-uptime-001, -002: it never goes back, and nor does idle
last=0
bad=
for _ in $(seq 50); do
	read -r now _ <"$M/uptime"
	now=${now%.*}${now#*.}
	[ "$now" -ge "$last" ] || bad="$bad $last>$now"
	last=$now
done
is 'uptime never goes back' "$bad" ''

# --- self, thread-self
is 'self' "$(readlink "$M/self")" 1
is 'thread-self' "$(readlink "$M/thread-self")" 1/task/1
# --- fd-001-lookup: descriptors by names that are numbers, and by nothing else
is 'a descriptor' "$(ask "$M/1/pidfd" 'open 1')" 3
check 'is found' test -L "$M/1/fd/3"
for name in -1 -2147483648 2147483647 2147483648 4294967296 4294967299 18446744073709551616 03 003 3x \
	x3 +3 ' 3' '3 ' 4; do
	is "not as '$name'" "$(errno_of readlink "$M/1/fd/$name" | sed 's/^status 1.*/ENOENT/')" ENOENT
	fails "'$name' is not there" test -L "$M/1/fd/$name"
done

# --- proc-multiple-procfs: two mounts are two file systems
M=$T/second
world
fails 'another mount is another device' test "$(stat -c %d "$T/mnt")" = "$(stat -c %d "$T/second")"
M=$T/mnt

# --- proc-pidns: each view shows its own namespace
fails 'the view of another namespace' test "$(readlink "$M/1/ns/pid")" = "$(readlink "$V/1/ns/pid")"
is 'has its own numbers' "$(ls "$V" | grep '^[0-9]' | tr '\n' ' ')" '1 '

done_testing
