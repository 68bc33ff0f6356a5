#!/bin/sh
# SPDX-License-Identifier: MIT
#
# A container with a bad init: an application that is process 1 and does not know.
. "$(dirname "$0")/common.sh"

inside() {
	show pidnsctl run "$box" -- "$@"
}

say 'A container is, among other things, a PID namespace.  This one'"'"'s first process is the' \
	'application itself.'
app=$(pidnsctl fork 1 newpid comm=app | cut -d' ' -f1)
box=$app/inner/..
pidnsctl fork "$app" comm=worker >/dev/null
pidnsctl fork "$box/2" comm=helper >/dev/null
inside ps -e -o pid,ppid,stat,comm

say 'The worker ends, and is waited for.  Its child is an orphan, and falls to process 1.'
show pidnsctl exit "$box/2"
show pidnsctl reap "$app"
show pidnsctl exit "$box/3"
inside ps -e -o pid,ppid,stat,comm
say 'The application never heard of a helper.  It will stay a zombie, and so will all that follow.'

say 'Now stop the container.  TERM is sent from outside, and nothing happens: what process 1' \
	'has no handler for, it does not get.'
show pidnsctl kill "$app" TERM
inside ps -e -o pid,ppid,stat,comm
say 'From within not even KILL works:'
inside kill -KILL 1
inside pgrep app

say 'Ten seconds later the runtime sends KILL, from outside, and the kernel ends all that is in it.'
show pidnsctl kill "$app" KILL
show pidnsctl wait "$app"
pidnsctl reap 1 >/dev/null

say 'The cure: an init that waits for whoever falls to it, and passes TERM on.'
tini=$(pidnsctl fork 1 newpid comm=tini | cut -d' ' -f1)
box=$tini/inner/..
pidnsctl sigaction "$tini" CHLD ignore
pidnsctl sigaction "$tini" TERM catch
for comm in app worker helper; do
	pidnsctl fork "$box/$(tail -n 1 "$box/table" | cut -d' ' -f1)" comm=$comm >/dev/null
done
show pidnsctl exit "$box/3"
show pidnsctl exit "$box/4"
inside ps -e -o pid,ppid,stat,comm
