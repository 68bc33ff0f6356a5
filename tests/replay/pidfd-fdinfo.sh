#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The cases of the kernel's pidfd/pidfd_fdinfo_test.c.
. "${abs_top_srcdir:-.}/tests/lib.sh"
. "$abs_top_srcdir/tests/acts.sh"

# nspid PROCESS FD
nspid() {
	field NSpid "$1/fdinfo/$2" | tr '\t' ' '
}

world
born "$M/1/fork"
p=$pid
born "$M/$p/fork" newpid
a=$pid
is 'a pidfd of the first' "$(ask "$M/$p/pidfd" "open $a")" 3
# It inherits the descriptor.
born "$M/$p/fork" newpid
b=$pid
is 'and of the second' "$(ask "$M/$p/pidfd" "open $b")" 4
is 'the first, seen from outside' "$(nspid "$M/$p" 3)" "$a 1"
is 'the second, seen from outside' "$(nspid "$M/$p" 4)" "$b 1"
is 'the first, seen by its sibling' "$(nspid "$(view_of "$M/$b")/1" 3)" 0
is 'by Pid, too' "$(field Pid "$(view_of "$M/$b")/1/fdinfo/3")" 0
is 'the first dies' "$(act "$M/$a/kill" KILL)" ok
is 'reaped' "$(ask "$M/$p/reap")" "$a killed KILL"
is 'it is dead' "$(field Pid "$M/$p/fdinfo/3") $(nspid "$M/$p" 3)" '-1 -1'
is 'wherever it is seen' "$(field Pid "$(view_of "$M/$b")/1/fdinfo/3")" -1

done_testing
