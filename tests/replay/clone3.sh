#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The cases of the kernel's clone3/clone3.c and clone3_clear_sighand.c, and of LTP's
# clone301 and clone302, as far as a line of text can be one of theirs.
. "${abs_top_srcdir:-.}/tests/lib.sh"
. "$abs_top_srcdir/tests/acts.sh"

world
born "$M/1/fork"
p=$pid

# runs WANTED LINE: forks, and the child ends and is reaped as its parent sees fit.
runs() {
	_said=$(ask "$M/$p/fork" "$2")
	case $_said in
	[0-9]*)
		act "$M/${_said%% *}/exit" 0 >/dev/null
		_said=$(ask "$M/$p/reap" all)
		_said=${_said#* }
		;;
	esac
	is "$2: $1" "$_said" "$1"
}

# --- clone3.c: what is right and what is not in exit_signal
runs 'exited 0' ''
runs 'exited 0' newpid
runs 'exited 0' 'flags=0 exit_signal=0'
runs EINVAL exit_signal=2147483648
runs EINVAL exit_signal=256
runs EINVAL exit_signal=240
runs EINVAL exit_signal=-2147483648

# --- clone301
runs 'exited 0' exit_signal=CHLD
is 'a signal that is caught' "$(act "$M/$p/sigaction" 'USR2 catch')" ok
runs 'exited 0' exit_signal=USR2
is 'the parent lives' "$(stat_field 3 "$M/$p/stat")" S
runs 'exited 0' fs
runs 'exited 0' 'parent_settid child_settid pidfd'

# --- clone302
runs EINVAL CLONE_SIGHAND
runs EINVAL CLONE_THREAD
runs EINVAL 'CLONE_FS CLONE_NEWNS'
runs EINVAL exit_signal=256

# --- clone3_clear_sighand.c
runs EINVAL 'CLONE_CLEAR_SIGHAND CLONE_SIGHAND'
is 'two handlers' "$(talk "$M/$p/sigaction" line 'USR1 catch' line 'USR2 catch')" "$(printf 'ok\nok')"
born "$M/$p/fork"
is 'a child has them' "$(field SigCgt "$M/$pid/status")" 0000000000000a00
born "$M/$p/fork" clear_sighand
is 'or has not' "$(field SigCgt "$M/$pid/status")" 0000000000000000

done_testing
