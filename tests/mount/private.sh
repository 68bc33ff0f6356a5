#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Who may look at what of a process, when others than the mounter may look at all.
. "${abs_top_srcdir:-.}/tests/lib.sh"

[ "$(id -u)" = 0 ] || skip_all 'only root can be somebody else'
setpriv --reuid 65534 --clear-groups true 2>"$T/.out" || skip_all 'setpriv cannot change the user here'

# other COMMAND...: what it says, by a user who is nobody here.
other() {
	setpriv --reuid 65534 --clear-groups "$@"
}

world -o allow_other
printf 'comm=mine uid=65534 environ=A=1 exe=/bin/mine fd=3:pipe:[5]\n' >"$M/1/fork"   # 2
printf 'comm=yours uid=1000 environ=B=1 exe=/bin/yours fd=3:pipe:[6]\n' >"$M/1/fork" # 3

for file in stat status statm cmdline comm cgroup limits maps wchan sched oom_score loginuid; do
	check "everybody may read $file" other cat "$M/3/$file"
done
for file in environ io personality syscall mountstats; do
	is "not $file" "$(errno_of other cat "$M/3/$file")" EACCES
	check "but one's own" other cat "$M/2/$file"
	is 'the thread, too' "$(errno_of other cat "$M/3/task/3/$file")" \
		"$([ "$file" = mountstats ] && echo ENOENT || echo EACCES)"
done
for link in exe cwd root fd/3 ns/pid; do
	is "where $link leads" "$(errno_of other readlink -v "$M/3/$link")" EACCES
	check "of one's own" other readlink "$M/2/$link"
done
for dir in fd fdinfo ns; do
	is "what is in $dir" "$(errno_of other ls "$M/3/$dir")" EACCES
	check "of one's own" other ls "$M/2/$dir"
done
is 'a descriptor' "$(errno_of other cat "$M/3/fdinfo/3")" EACCES
is 'root may' "$(tr '\0' ' ' <"$M/3/environ")$(readlink "$M/3/fd/3")" 'B=1 pipe:[6]'
for file in 2/set 2/kill 2/comm 2/oom_score_adj set clock; do
	# shellcheck disable=SC2016
	is "nobody else writes $file" "$(errno_of other dd if=/dev/null of="$M/$file" conv=notrunc status=none)" EACCES
done
done_testing
