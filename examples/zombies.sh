#!/bin/sh
# SPDX-License-Identifier: MIT
#
# A zombie storm and its cure: a parent that never waits for its children uses up
# all the numbers of a machine.
. "$(dirname "$0")/common.sh"

# zombies: how many there are
zombies() {
	awk '$6 == "Z"' table | wc -l
}

say 'An init that lets its children go, and a process that does not.'
show pidnsctl sigaction 1 CHLD ignore
show pidnsctl fork 1 comm=careless
say 'What it does with SIGCHLD it has inherited; a program that thinks nothing of it has the default.'
show pidnsctl sigaction 2 CHLD default

say 'The machine has 400 numbers.' 'The careless one forks a thousand times, or tries to.'
echo 401 >sys/kernel/pid_max
pidnsctl fork 2 count=1000 comm=child >/dev/null
show tail -n 1 errors

say 'Each child ends at once.  Nobody asks how: what is left of it keeps its number.'
tail -n +2 table | while read -r pid _ _ _ _ _ _ _ _ comm; do
	[ "$comm" != child ] || echo 0 >"$pid/exit"
done
echo "$(zombies) zombies"
say 'So nobody can do anything any more, not even init:'
show pidnsctl fork 1

say 'Cure 1: the parent waits.  Each wait frees one number (those below 300 are not given out' \
	'a second time).'
show pidnsctl reap 2 350
show pidnsctl fork 1 comm=rescuer

say 'Cure 2: the parent says that it will never ask.  That is for the children to come' \
	'and frees none of those that are dead already.'
show pidnsctl sigaction 2 CHLD ignore
echo "$(zombies) zombies"

say 'Cure 3: the parent dies.  Init takes over its children, and does not keep them.'
show pidnsctl kill 2 KILL
echo "$(zombies) zombies"
show pidnsctl run . -- ps -e -o pid,ppid,stat,comm
