#!/bin/sh
# SPDX-License-Identifier: MIT
#
# A lesson on PID namespaces, for a class or for oneself.
. "$(dirname "$0")/common.sh"

say '1. A process has a number.  The first one is 1.'
show pidnsctl fork 1 comm=shell
show cat tree

say '2. A PID namespace is a set of numbers of its own.  Who is born into a new one is its' \
	'number 1, and has another number here.'
show pidnsctl fork 2 newpid comm=box
say '   The first number is ours, the second its own.  status tells both:'
show grep NSpid 3/status

say '3. What does the box see?  Itself, and its children.'
pidnsctl fork 3 comm=job count=2 >/dev/null
show pidnsctl run . -- ps -e -o pid,ppid,comm
show pidnsctl run 3/inner/.. -- ps -e -o pid,ppid,comm
say '   Its parent is not there, and so has the number 0.'

say '4. Namespaces nest.  A process has a number in its own and in each one above.'
show pidnsctl fork 4 newpid comm=inner
show grep NSpid 6/status
show cat tree

say '5. Numbers mean something in a namespace alone.  2 is somebody in each:'
for view in . 3/inner/.. 6/inner/..; do
	printf '%s: ' "$view"
	cat "$view/2/comm" 2>/dev/null || echo nobody
done

say '6. One looks down, never up.  The inner one cannot so much as name its parent:'
show pidnsctl kill 6/inner KILL 5
show tail -n 1 errors

say '7. To enter a namespace is something for one'"'"'s children: numbers do not change.'
show pidnsctl setns 2 pid=3
show pidnsctl fork 2 comm=guest
show grep NSpid 7/status

say '8. When the first one of a namespace dies, all in it die with it, those further in, too.'
show pidnsctl kill 3 KILL
show cat tree
say '   The box itself waits for all of them to be gone, and one of them is the shell'"'"'s child:'
show pidnsctl reap 2 7
show cat tree
say '   And nobody can be born there any more:'
show pidnsctl fork 2
