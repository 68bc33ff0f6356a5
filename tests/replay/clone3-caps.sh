#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The cases of the kernel's clone3/clone3_cap_checkpoint_restore.c and of LTP's
# clone304.
. "${abs_top_srcdir:-.}/tests/lib.sh"
. "$abs_top_srcdir/tests/acts.sh"

world

# --- clone3_cap_checkpoint_restore.c
born "$M/1/fork" uid=65534
p=$pid
born "$M/$p/fork"
free=$pid
act "$M/$free/exit" >/dev/null
act "$M/$p/reap" >/dev/null
is 'neither capability' "$(act "$M/$p/set" caps=none)" ok
is 'set_tid' "$(act "$M/$p/fork" "set_tid=$free")" EPERM
is 'CAP_CHECKPOINT_RESTORE alone' "$(act "$M/$p/set" caps=0x10000000000)" ok
is 'set_tid' "$(ask "$M/$p/fork" "set_tid=$free")" "$free"

# --- clone304: CAP_SYS_ADMIN is dropped, and CAP_CHECKPOINT_RESTORE with it
born "$M/1/fork"
p=$pid
is 'root without them' "$(act "$M/$p/set" caps=0xfeffffdfffff)" EINVAL
is 'root without them' "$(act "$M/$p/set" caps=0xffffdfffff)" ok
for flag in newpid newcgroup newipc newnet newns newuts; do
	is "$flag" "$(act "$M/$p/fork" "$flag")" EPERM
	is "$flag with set_tid" "$(act "$M/$p/fork" "$flag set_tid=1")" EPERM
done
is 'set_tid alone' "$(act "$M/$p/fork" set_tid=777)" EPERM
is 'nobody was made' "$(cat "$M/$p/children")" ''

done_testing
