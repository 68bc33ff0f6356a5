#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Views: their numbers, links between them, what is unlisted, who reads, and a
# namespace that is held after its death.
. "${abs_top_srcdir:-.}/tests/lib.sh"
. "$abs_top_srcdir/tests/acts.sh"

# pids DIRECTORY: the numbers in its listing, as they come.
pids() {
	ls -f "$1" | grep '^[0-9]*$' | tr '\n' ' '
}

world
root=$(inum_of "$M/1")
born "$M/1/fork" 'newpid comm=box'
b=$pid
box=$(inum_of "$M/$b")
V=$M/ns/$box
born "$M/$b/fork" 'newpid comm=nested'
n=$pid
nested=$(inum_of "$M/$n")
born "$M/$b/fork" 'comm=inside'
i=$pid
born "$M/$i/fork" 'thread'
t=$pid
born "$M/1/fork" 'comm=outside set_tid=900'
o=$pid

# --- numbers
is 'the root lists all' "$(pids "$M")" "1 $b $n $i $o "
is 'a view lists its own' "$(pids "$V")" '1 2 3 '
is 'an inner one those of its own' "$(pids "$M/ns/$nested")" '1 '
is 'the namespaces' "$(ls "$M/ns" | sort -n | tr '\n' ' ')" "$(printf '%s\n' "$root" "$box" "$nested" | sort -n | tr '\n' ' ')"
is 'the root as a view lists the same' "$(pids "$M/ns/$root")" "$(pids "$M")"
is 'NSpid begins with the view' "$(field NSpid "$M/$n/status" | tr '\t' ' ')|$(field NSpid "$V/2/status" | tr '\t' ' ')" \
	"$n 2 1|2 1"
is 'a parent that is not there is 0' "$(stat_field 4 "$V/1/stat") $(field PPid "$V/1/status")" '0 0'
is 'so are its group and session' "$(stat_field 5,6 "$V/1/stat")" '0 0'
is 'also level by level' "$(field NSpgid "$M/$b/status" | tr '\t' ' ')" '1 0'
is 'setsid answers in numbers of its own' "$(ask "$M/$i/setsid")" 3
is 'which the root sees as its own' "$(stat_field 5,6 "$M/$i/stat")" "$i $i"
is 'fork answers in numbers of the view first' "$(ask "$V/3/fork"; ask "$M/$i/fork" | cut -d' ' -f2)" "$(printf '5\n6')"
is 'who is not in a view is not there' "$(errno_of ls "$V/$o")" ENOENT

# --- pidns
for key in "Inum $box" 'Level 1' "Parent $root" 'Child_reaper 1' 'Pids 6' 'Last_pid 6' 'Accepting 1' \
	"Owner $(readlink "$M/1/ns/user" | tr -dc 0-9)" "Pid_max $(cat "$V/sys/kernel/pid_max")"; do
	value=$(field "${key%% *}" "$V/pidns")
	[ "${key%% *}" != Accepting ] || value=$(echo "$value" | sed 's/yes/1/')
	is "pidns: $key" "$value" "${key#* }"
done
is 'the root has no parent' "$(field Parent "$M/pidns")" 0
is 'loadavg ends with the last pid of the view' "$(sed 's/.* //' "$V/loadavg")" 6
is 'ns_last_pid' "$(cat "$V/sys/kernel/ns_last_pid")" 6
is 'it can be written' "$(act "$V/sys/kernel/ns_last_pid" 40)" ok
is 'and counts there' "$(ask "$V/1/fork")" 41
is 'alone' "$(field Last_pid "$M/ns/$nested/pidns")" 1
check 'tree of a view' grep -q '^1 box' "$V/tree"
is 'table of a view' "$(awk 'NR > 1 { print $1 }' "$V/table" | tr '\n' ' ')" "$(pids "$V")"
is 'its first line has names' "$(head -n 1 "$V/table" | cut -d' ' -f1-3)" 'PID PPID PGRP'

# --- links
is 'inner' "$(readlink "$M/$n/inner")" "../ns/$nested/1"
is 'inner in a view' "$(readlink "$V/2/inner")" "../../$nested/1"
is 'inner of one that is at home' "$(readlink "$M/$o/inner")" "../ns/$root/$o"
is 'outer' "$(readlink "$M/$n/outer")" "../$n"
is 'outer in a view' "$(readlink "$V/2/outer")" "../../../$n"
for dir in "$M/$n" "$V/2" "$M/ns/$nested/1"; do
	is 'inner and outer lead to the process' \
		"$(cat "$dir/inner/comm" "$dir/outer/comm" | tr '\n' ' ')" 'nested nested '
	is 'there and back' "$(field NSpid "$dir/inner/outer/status")" "$(field NSpid "$M/$n/status")"
done
is 'ns/pid of both views is the same' "$(readlink "$M/$n/ns/pid")" "$(readlink "$V/2/ns/pid")"

# --- what is not listed
fails 'a thread is not listed' sh -c "ls '$M' | grep -qx $t"
is 'but can be looked up' "$(field Pid "$M/$t/status") $(field Tgid "$M/$t/status")" "$t $i"
is 'in its view as well' "$(field Pid "$V/4/status") $(field Tgid "$V/4/status")" '4 3'
is 'task/ is the group'\''s' "$(ls "$M/$t/task" | tr '\n' ' ')" "$i $t "
is 'inner' "$(readlink "$M/$t/inner")" "../ns/$box/4"
is 'outer' "$(readlink "$V/4/outer")" "../../../$t"
is 'a thread acts in task/' "$(act "$M/$i/task/$t/setsid")" EPERM
is 'fork in task/ is by the thread' "$(ask "$M/$i/task/$t/fork" comm=bythread | cut -d' ' -f2)" 42
is 'who is its parent' "$(cat "$M/$i/task/$t/children" | wc -w)" 1
for name in 0 01 -1 +1 1x 99999999999 4294967297; do
	is "no process '$name'" "$(errno_of ls "$V/$name")" ENOENT
	is "no thread '$name'" "$(errno_of ls "$V/3/task/$name")" ENOENT
done
is 'no thread of another' "$(errno_of ls "$V/1/task/4")" ENOENT

# --- the reader
is 'self' "$(readlink "$M/self") $(readlink "$M/thread-self")" '1 1/task/1'
is 'a view has no self for who is not in it' "$(errno_of cat "$V/self/comm")" ENOENT
# shellcheck disable=SC2016
is 'under its own number as whom it acts as' "$(sh -c 'read -r x <"$1/$$/comm"; echo "$x"' sh "$M")" init
# shellcheck disable=SC2016
is 'unlisted' "$(sh -c 'ls "$1" | grep -cx $$' sh "$M")" 0
# shellcheck disable=SC2016
is 'a virtual process of that number wins' "$(sh -c '
	read -r max <"$1/sys/kernel/pid_max"
	[ "$$" -lt "$max" ] || echo 4194304 >"$1/sys/kernel/pid_max"
	"$2" "$1/1/fork" line "set_tid=$$ comm=wins" >/dev/null; read -r x <"$1/$$/comm"; echo "$x"' \
	sh "$M" "$abs_top_builddir/tests/talk")" wins

# --- what can be done nowhere
for dir in "$M" "$M/ns" "$V" "$M/1" "$M/1/task" "$M/1/ns" "$M/1/task/1" "$M/sys/kernel" "$M/.live"; do
	at=${dir#"$M"}/
	is "create in $at" "$(errno_of touch "$dir/new")" EPERM
	is "mkdir in $at" "$(errno_of mkdir "$dir/new")" EPERM
	is "mknod in $at" "$(errno_of mkfifo "$dir/new")" EPERM
	is "symlink in $at" "$(errno_of ln -s x "$dir/new")" EPERM
done
is 'unlink' "$(errno_of rm -f "$M/1/stat")" EPERM
is 'unlink a link' "$(errno_of rm -f "$M/1/inner")" EPERM
is 'rmdir' "$(errno_of rmdir "$M/$o")" EPERM
is 'rename' "$(errno_of mv -T "$M/$o" "$M/77777")" EPERM
is 'rename a control file' "$(errno_of mv -f "$M/1/fork" "$M/1/exec")" EPERM
is 'link' "$(errno_of ln "$M/1/stat" "$M/1/new")" EPERM
is 'truncate a fact' "$(errno_of truncate -s 0 "$M/1/stat")" EPERM
is 'write a fact' "$(w x "$M/1/stat")" EPERM
is 'write pidns' "$(w x "$V/pidns")" EPERM
is 'chmod' "$(errno_of chmod 600 "$M/1/fork")" EPERM
is 'nothing has happened' "$(cat "$M/$o/comm")" outside

# --- who may write
if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null; then
	M=$T/others
	world -o allow_other
	cp "$abs_top_builddir/tests/talk" "$T/talk"
	chmod 755 "$T/talk"
	is 'others may read' "$(setpriv --reuid 65534 --regid 65534 --clear-groups cat "$M/1/comm")" init
	is 'and not write' "$(setpriv --reuid 65534 --regid 65534 --clear-groups "$T/talk" "$M/1/fork" line '')" EACCES
	is 'neither a sysctl' "$(setpriv --reuid 65534 --regid 65534 --clear-groups \
		"$T/talk" "$M/sys/kernel/pid_max" line 4000)" EACCES
	is 'root may' "$(act "$M/1/fork")" ok
	M=$T/mnt
else
	skip 'who may write' 'only root can be others, too'
fi

# --- wait and events
is 'wait is a link that no listing shows' "$(readlink "$M/1/wait") $(readlink "$M/events")" \
	"$(readlink "$M/1/wait") .live/events"
is 'find does not meet them' "$(find "$M" "$V" -type f \( -name wait -o -name events \))" ''
is 'wait without waiting' "$(talk -rn "$M/$o/wait" poll read)" "$(printf 'busy\nEAGAIN')"
is 'events without waiting' "$(talk -rn "$M/events" poll read)" "$(printf 'busy\nEAGAIN')"
is 'of a view' "$(talk -rn "$V/events" read)" EAGAIN
is 'a death is told once, then the end' \
	"$(talk -r "$M/$o/wait" poll run "echo 300 >'$M/$o/exit'" poll read read poll)" \
	"$(printf 'busy\nready\nexited 44\n\nready')"
is 'events have numbers of their view' \
	"$(talk -rn "$V/events" run "echo comm=x >'$M/$i/fork'" poll read | sed 's/[0-9.]* fork/fork/')" \
	"$(printf 'ready\nfork 43 by 3')"
is 'a view does not hear of others' "$(talk -rn "$V/events" run "echo >'$M/1/fork'" read)" EAGAIN

# --- a namespace that is held
is 'who will fork into it' "$(act "$M/1/reap" "$o")" ok
born "$M/1/fork" comm=late
late=$pid
born "$M/1/fork" newpid
dying=$pid
dead=$(inum_of "$M/$pid")
exec 4<"$M/ns/$dead/pidns"
is 'its init dies' "$(act "$M/$dying/kill" KILL)" ok
is 'and is reaped' "$(ask "$M/1/reap" "$dying")" "$dying killed KILL"
is 'the view is gone' "$(errno_of ls "$M/ns/$dead")" ENOENT
is 'not listed' "$(ls "$M/ns" | grep -cx "$dead")" 0
is 'setns still finds it' "$(act "$M/$late/setns" "$dead")" ok
is 'a fork there' "$(act "$M/$late/fork")" ENOMEM
is 'again' "$(act "$M/$late/fork")" ENOMEM
exec 4<&-
is 'the way back' "$(act "$M/$late/setns" "$root")" ok
is 'and it is forgotten' "$(act "$M/$late/setns" "$dead")" EBADF
born "$M/1/fork" newpid
check 'its number is not used again' test "$(inum_of "$M/$pid")" -gt "$dead"

done_testing
