#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The cases of the kernel's pidfd/pidfd_setns_test.c and LTP's setns01 and 02.
. "${abs_top_srcdir:-.}/tests/lib.sh"
. "$abs_top_srcdir/tests/acts.sh"

all='newuser newns newpid newuts newipc newnet newcgroup newtime'

# nses PROCESS: all of its namespaces.
nses() {
	for _ns in user mnt pid uts ipc net cgroup pid_for_children; do
		readlink "$M/$1/ns/$_ns"
	done
}

world
born "$M/1/fork"
p=$pid
own=$(nses "$p")
born "$M/$p/fork" 'newuser newnet'
dead=$pid
act "$M/$dead/exit" >/dev/null
made='newuser newns newcgroup newipc newuts newpid newnet'
born "$M/$p/fork" "$made"
one=$pid
born "$M/$p/fork" "$made"
two=$pid

# --- invalid_flags
is 'no flag' "$(act "$M/$p/setns" "pid=$p type=0")" EINVAL
is 'all bits' "$(act "$M/$p/setns" "pid=$p type=0xffffffff")" EINVAL
is 'VM' "$(act "$M/$p/setns" "pid=$p vm")" EINVAL
is 'NEWUSER and VM' "$(act "$M/$p/setns" "pid=$p newuser vm")" EINVAL

# --- pidfd_exited_child
is 'a child that has exited' "$(act "$M/$p/setns" "pid=$dead newuser newnet")" ESRCH
is 'nothing has changed' "$(nses "$p")" "$own"

# --- setns_einval and LTP setns01
is 'what is no namespace' "$(act "$M/$p/setns" 77)" EBADF
inum=$(inum_of "$M/$one")
for type in newuser newns newuts newipc newnet newcgroup; do
	is "the wrong type: $type" "$(act "$M/$p/setns" "$inum $type")" EINVAL
done
born "$M/$p/fork" 'newuser'
u=$pid
is 'somebody without capabilities there' "$(act "$M/$u/setns" "$(inum_of "$M/1")")" EPERM

# --- nsfd_incremental_setns, of PID namespaces
born "$M/$p/fork"
c=$pid
is 'by its number' "$(act "$M/$c/setns" "$inum newpid")" ok
is 'its own has not changed' "$(readlink "$M/$c/ns/pid")" "$(readlink "$M/$p/ns/pid")"
is 'its children'\''s has' "$(readlink "$M/$c/ns/pid_for_children")" "pid:[$inum]"

# --- pidfd_incremental_setns: one by one, the user namespace first
born "$M/$p/fork"
c=$pid
for flag in newuser newns newpid newuts newipc newnet newcgroup; do
	is "one by one: $flag" "$(act "$M/$c/setns" "pid=$one $flag")" ok
done
is 'it is everywhere' "$(nses "$c" | grep -v '^pid')" "$(nses "$one" | grep -v '^pid')"
is 'its own PID namespace excepted' "$(inum_of "$M/$c")" "$(inum_of "$M/$p")"
is 'where its children will not be' "$(readlink "$M/$c/ns/pid_for_children")" "pid:[$inum]"

# --- pidfd_one_shot_setns
born "$M/$p/fork"
c=$pid
is 'all at once' "$(act "$M/$c/setns" "pid=$one $all")" ok
is 'it is everywhere' "$(nses "$c" | grep -v '^pid')" "$(nses "$one" | grep -v '^pid')"
is 'a child is' "$(ask "$M/$c/fork" | wc -w)" 2

# --- no_foul_play: from within one user namespace nothing of its sibling can be had
for flag in newuser newns newpid newuts newipc newnet newcgroup; do
	is "of a sibling: $flag" "$(act "$M/$c/setns" "pid=$two $flag")" EPERM
done
is 'its PID namespace by number' "$(act "$M/$c/setns" "$(inum_of "$M/$two")")" EPERM

done_testing
