#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Who reads all that there is, as grep -r, cp -r, tar and stress-ng do, comes to
# an end and changes nothing.
. "${abs_top_srcdir:-.}/tests/lib.sh"
. "$abs_top_srcdir/tests/acts.sh"
. "$abs_top_srcdir/tests/clients/fixture.sh"

need stress-ng tar grep

# same: has nothing changed since `table' and `last' were noted?
note() {
	cp "$M/table" "$T/table"
	cp "$M/sys/kernel/ns_last_pid" "$T/last"
	cp "$M/errors" "$T/errors"
}

same() {
	cmp "$M/table" "$T/table" && cmp "$M/sys/kernel/ns_last_pid" "$T/last" &&
		cmp "$M/errors" "$T/errors"
}

# whole COMMAND...: runs it, and not for ever; 1 is what grep and cp say when a
# file could not be read.
whole() {
	timeout -k 5 150 "$@" >"$T/walked" 2>"$T/.err"
	_rc=$?
	[ "$_rc" -le 2 ] || return "$_rc"
}

fixture
note

check 'grep -r comes to an end' whole grep -r -a -c . "$M"
is 'it has read every kind of file of a process' \
	"$(for file in status stat statm comm cmdline environ maps limits io cgroup sched wait fork kill \
		task/20/status task/20/fork; do
		grep -q "^$M/20/$file:" "$T/walked" || echo "$file"
	done)" wait
check 'and changed nothing' same

mkdir "$T/copy"
check 'cp -r comes to an end' whole cp -r "$M/20" "$M/ns/$box" "$M/sys" "$T/copy"
is 'it has copied what there is to read' "$(cat "$T/copy/20/comm" "$T/copy/$box/1/comm" | words)" \
	'nginx catatonit'
check 'and changed nothing' same

check 'tar comes to an end' whole tar -cf "$T/copy.tar" -C "$M" 20 ns sys
check 'and changed nothing' same

check 'find -exec cat comes to an end' whole find "$M/45" "$M/50" "$M/net" -type f -exec cat {} +
is 'it has read of the dead, too' "$(grep -a -c '^State:	Z' "$T/walked")" 2
check 'and changed nothing' same

# What asks for size, type and place alone.
check 'ls -lR comes to an end' whole ls -lR "$M"
check 'du comes to an end' whole du -s "$M"

is 'stress-ng --procfs comes to an end' "$(in_plain_view stress-ng --procfs 1 --procfs-ops 40 \
	--timeout 60 --temp-path "$T" >/dev/null; echo $?)" 0
check 'and is content' grep -q 'successful run completed' "$T/.err"
check 'and changed nothing' same
check 'the world goes on' test "$(ask "$M/1/fork" 'set_tid=80')" = 80

done_testing
