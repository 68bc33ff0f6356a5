#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The cases of the kernel's pidfd/pidfd_getfd_test.c and LTP's pidfd_getfd01 and 02.
. "${abs_top_srcdir:-.}/tests/lib.sh"
. "$abs_top_srcdir/tests/acts.sh"

world
born "$M/1/fork"
p=$pid
born "$M/$p/fork"
c=$pid
is 'the child has a descriptor' "$(ask "$M/$c/pidfd" "open $p")" 3
is 'the parent has one of the child' "$(ask "$M/$p/pidfd" "open $c")" 3
is 'fetch_fd' "$(ask "$M/$p/pidfd" 'getfd 3 3')" 4
is 'it is the same' "$(readlink "$M/$p/fd/4") $(field Pid "$M/$p/fdinfo/4")" \
	"$(readlink "$M/$c/fd/3") $p"
is 'unknown_fd' "$(ask "$M/$p/pidfd" 'getfd 3 111')" EBADF
is 'a negative one' "$(ask "$M/$p/pidfd" 'getfd 3 -1')" EBADF
is 'flags_set' "$(ask "$M/$p/pidfd" 'getfd 0 0 flags=1')" EINVAL
is 'what is no pidfd' "$(ask "$M/$p/pidfd" 'getfd -1 0')" EBADF

# disable_ptrace: somebody else without the capability
born "$M/1/fork" uid=65534
n=$pid
is 'all capabilities' "$(act "$M/$n/set" caps=all)" ok
is 'open' "$(ask "$M/$n/pidfd" "open $c")" 3
is 'nobody, with all capabilities' "$(ask "$M/$n/pidfd" 'getfd 3 3')" 4
is 'without them' "$(act "$M/$n/set" caps=0)" ok
is 'getfd' "$(ask "$M/$n/pidfd" 'getfd 3 3')" EPERM

# the process is gone
is 'it exits' "$(act "$M/$c/exit")" ok
is 'a zombie' "$(ask "$M/$p/pidfd" 'getfd 3 3')" ESRCH
is 'waited on' "$(ask "$M/$p/reap")" "$c exited 0"
is 'gone' "$(ask "$M/$p/pidfd" 'getfd 3 3')" ESRCH

done_testing
