#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The cases of the kernel's pid_namespace/regression_enomem.c and pid_max.c.
. "${abs_top_srcdir:-.}/tests/lib.sh"
. "$abs_top_srcdir/tests/acts.sh"

# --- regression_enomem.c
world -o kernel=6.18
born "$M/1/fork"
p=$pid
is 'unshare' "$(act "$M/$p/unshare" newpid)" ok
born "$M/$p/fork"
is 'the init of it' "$ids" "$pid 1"
is 'exits' "$(act "$M/$pid/exit")" ok
is 'and is reaped' "$(ask "$M/$p/reap")" "$pid exited 0"
is 'then nobody can be born there' "$(act "$M/$p/fork")" ENOMEM

# --- pid_max.c, with numbers that suit any number of CPUs
least=$(($(cat "$M/sys/kernel/pid_max") > 0 ? 301 : 0))
while [ "$(act "$M/sys/kernel/pid_max" "$least")" = EINVAL ]; do
	least=$((least + 1))
done
act "$M/sys/kernel/pid_max" 4194304 >/dev/null
outer=$((least + 100))
inner=$((least + 200))
w 'CHLD ignore' "$M/1/sigaction" >/dev/null

# comes_and_goes VIEW N: so many children of 1, which end at once; prints the largest number.
comes_and_goes() {
	_most=0
	while IFS=' ;' read -r _got; do
		[ "$_got" -le "$_most" ] || _most=$_got
	done <<END
$(yes "$1/1/fork" | head -n "$2" | while read -r _file; do
		_got=$(ask "$_file")
		_got=${_got%% *}
		echo 0 >"$1/$_got/exit"
		echo "$_got"
	done)
END
	echo "$_most"
}

born "$M/1/fork" newpid
V=$(view_of "$M/$pid")
w 'CHLD ignore' "$V/1/sigaction" >/dev/null
is 'a new namespace has no limit of its own' "$(cat "$V/sys/kernel/pid_max")" 4194304
is 'simple: it can have one' "$(act "$V/sys/kernel/pid_max" "$inner")" ok
is 'the outer one has its own' "$(cat "$M/sys/kernel/pid_max")" 4194304
is 'simple: near the limit' "$(act "$V/sys/kernel/ns_last_pid" $((inner - 6)))" ok
is 'simple: no number is beyond it' "$(comes_and_goes "$V" 10)" $((inner - 1))

# nest: a namespace $V with the outer limit, and in it $W with the inner one.
nest() {
	born "$M/1/fork" newpid
	V=$(view_of "$M/$pid")
	w 'CHLD ignore' "$V/1/sigaction" >/dev/null
	is "$1: outer" "$(act "$V/sys/kernel/pid_max" "$outer")" ok
	born "$V/1/fork" newpid
	W=$(view_of "$V/$pid")
	w 'CHLD ignore' "$W/1/sigaction" >/dev/null
	is "$1: inner" "$(act "$W/sys/kernel/pid_max" "$inner")" ok
}

nest nested_limit
is 'nested_limit: forks up to the outer limit' "$(act "$W/1/fork" "count=$inner")" ok
is 'nested_limit: no more than that' "$(act "$W/1/fork")" EAGAIN
check 'nested_limit: which is less than the inner one' test "$(field Pids "$W/pidns")" -lt "$outer"

# The refused fork costs a number within.
nest nested
is 'nested: but for one the outer one is filled' "$(act "$V/1/fork" "count=$((outer - 4))")" ok
is 'nested: one' "$(act "$W/1/fork")" ok
is 'nested: not two' "$(act "$W/1/fork")" EAGAIN
is 'nested: that one ends' "$(act "$W/1/kill" 'KILL -1')" ok
is 'nested: numbers within go on' "$(comes_and_goes "$W" 10)" 13
is 'nested: those without come again and again' "$(cat "$V/sys/kernel/ns_last_pid")" $((outer - 1))

# 6.12 has one limit for all.
unworld
world -o kernel=6.12
born "$M/1/fork" newpid
V=$(view_of "$M/$pid")
is 'before 6.14: written in one' "$(act "$V/sys/kernel/pid_max" "$outer")" ok
is 'read in the other' "$(cat "$M/sys/kernel/pid_max")" "$outer"

done_testing
