#!/bin/sh
# SPDX-License-Identifier: MIT
#
# lsns, lsfd, nsenter, findmnt and lscpu take a view for /proc.
. "${abs_top_srcdir:-.}/tests/lib.sh"
. "$abs_top_srcdir/tests/clients/fixture.sh"

need lsns nsenter findmnt lscpu

fixture
root=4026531836

# --- lsns.  A zombie has left all namespaces but its pid and user ones.
is 'lsns has every namespace once' "$(in_view lsns -r -n -o TYPE,NPROCS,PID,USER,COMMAND)" "\
time 16 1 root init
cgroup 16 1 root init
pid 13 1 root init
user 18 1 root init
uts 16 1 root init
ipc 16 1 root init
net 16 1 root init
mnt 16 1 root init
pid 3 41 root /usr/bin/catatonit\\x20-P
pid 2 44 root \`-runc\\x20init"
is 'it has nothing to complain of' "$(complaint)" ''
is 'lsns -t pid' "$(in_view lsns -t pid -n -o NS,NPROCS,PID,PPID,UID,COMMAND | tr -s ' ')" "\
$root 13 1 0 0 init
$box 3 41 40 0 /usr/bin/catatonit -P
$nested 2 44 41 0 \`-runc init"
is 'lsns -p' "$(in_view lsns -p 45 -t pid -n -o NS,NPROCS,PID | words)" "$nested 2 44"
is 'lsns NAMESPACE has its processes' "$(in_view lsns -n -o PID,PPID,USER,COMMAND "$box")" "\
 41   40 root /usr/bin/catatonit -P
 42   41 root \`-/app --serve
 43   42 root   \`-worker"
is 'lsns in a container' "$(in_view_of "$box" lsns -t pid -n -o NS,NPROCS,PID,COMMAND | tr -s ' ')" "\
$box 3 1 /usr/bin/catatonit -P
$nested 2 4 \`-runc init"

# --- lsfd (util-linux 2.38 and newer)
if command -v lsfd >/dev/null; then
	is 'lsfd has the namespaces of a process' \
		"$(in_view lsfd -p 45 -n -o COMMAND,PID,USER,ASSOC,INODE,NAME |
			awk '$4 == "pid" || $4 == "uts"' | sort | tr -s ' ')" "\
deep 45 root pid $nested pid:[$nested]
deep 45 root uts 4026531838 uts:[4026531838]"
else
	skip 'lsfd has the namespaces of a process' 'lsfd is not in this util-linux'
fi

# --- nsenter finds the process and its namespaces, which nobody can enter: they
# are files only.
is 'nsenter finds a namespace, and cannot enter it' \
	"$(in_view nsenter -t 41 -p true || echo $?; complaint)" "1
nsenter: reassociate to namespace 'ns/pid' failed: Invalid argument"
is 'nsenter to nobody' "$(in_view nsenter -t 9999 -p true || echo $?; complaint)" "1
nsenter: cannot open /proc/9999/ns/pid: No such file or directory"

# --- what is of the reader itself is true
is 'findmnt sees the mounts that there are' \
	"$(in_view findmnt -n -r -o FSTYPE,TARGET | grep -e ' /proc$' -e ' /proc/.host$' | sort -u)" \
	'fuse.pidnsfs /proc
proc /proc
proc /proc/.host'
is 'lscpu has as many processors' "$(in_view lscpu -J | grep -A 1 '"CPU(s):"' |
	sed -n 's/.*"data": "\([0-9]*\)".*/\1/p')" "$(grep -c '^processor' "$M/cpuinfo")"
is 'whose vendor is none that sells any' \
	"$(in_view lscpu | sed -n 's/^Vendor ID: *//p')" pidnsfs

done_testing
