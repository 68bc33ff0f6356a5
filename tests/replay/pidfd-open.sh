#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The cases of the kernel's pidfd/pidfd_open_test.c and LTP's pidfd_open01, 02 and 04.
. "${abs_top_srcdir:-.}/tests/lib.sh"
. "$abs_top_srcdir/tests/acts.sh"

for kernel in 6.12 6.18; do
	fresh -o kernel=$kernel
	born "$M/1/fork"
	p=$pid
	is "$kernel: pid -1" "$(ask "$M/$p/pidfd" 'open -1')" EINVAL
	is 'pid 0' "$(ask "$M/$p/pidfd" 'open 0')" EINVAL
	is 'flag 1' "$(ask "$M/$p/pidfd" "open $p flags=1")" EINVAL
	is 'flags 0xffffffff' "$(ask "$M/$p/pidfd" "open $p flags=0xffffffff")" EINVAL
	is 'itself' "$(ask "$M/$p/pidfd" "open $p")" 3
	is 'which fdinfo knows' "$(field Pid "$M/$p/fdinfo/3")" "$p"
	is 'a pid that is expired' "$(ask "$M/$p/pidfd" 'open 999')" ESRCH
	born "$M/$p/fork" thread
	is 'a thread' "$(ask "$M/$p/pidfd" "open $pid")" "$([ "$kernel" = 6.12 ] && echo EINVAL || echo ENOENT)"
	is 'with PIDFD_THREAD' "$(ask "$M/$p/pidfd" "open $pid flags=0x80")" 4

	# pidfd_open04: one that does not block
	born "$M/$p/fork"
	is 'PIDFD_NONBLOCK' "$(ask "$M/$p/pidfd" "open $pid flags=0x800")" 5
	check 'is in its flags' grep -q "^flags:	0[0-7]*[4-7][0-7][0-7][0-7]$" "$M/$p/fdinfo/5"
	is 'waitid does not wait' "$(ask "$M/$p/reap" fd=5)" EAGAIN
	is 'the child exits' "$(act "$M/$pid/exit")" ok
	is 'waitid has it' "$(ask "$M/$p/reap" fd=5)" "$pid exited 0"
	# A leader whose struct pid lives on as a group's number has no task.
	born "$M/$p/fork"
	g=$pid
	born "$M/$p/fork"
	is 'a group' "$(talk "$M/$p/setpgid" line "$g 0" line "$pid $g")" "$(printf 'ok\nok')"
	is 'its leader exits' "$(act "$M/$g/exit")" ok
	is 'and is reaped' "$(ask "$M/$p/reap" "$g")" "$g exited 0"
	is 'a number without a task' "$(ask "$M/$p/pidfd" "open $g")" \
		"$([ "$kernel" = 6.12 ] && echo EINVAL || echo ESRCH)"
done

done_testing
