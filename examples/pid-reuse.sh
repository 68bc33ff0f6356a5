#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Pid reuse: why `kill $(cat pidfile)' is a gamble, and what is not.
. "$(dirname "$0")/common.sh"

say 'A server writes its number into a file, as servers do.'
server=$(pidnsctl fork 1 comm=server)
echo "server is $server"

say 'A manager that knows better takes a descriptor of it.'
fd=$(pidnsctl pidfd 1 open "$server")
echo "descriptor $fd of init"

say 'The server crashes, and its parent waits for it: the number is free.'
show pidnsctl kill "$server" SEGV
show pidnsctl reap 1

say 'Numbers are given out in turn, so it takes a while until this one is again anybody'"'"'s:' \
	'as many forks as there are numbers.  ns_last_pid saves us the time.'
show sh -c "echo $((server - 1)) >sys/kernel/ns_last_pid"
stranger=$(pidnsctl fork 1 comm=database)
echo "database is $stranger"

say 'The descriptor still stands for the server, which is gone:'
show pidnsctl pidfd 1 send_signal "$fd" TERM
say 'So does a file of its directory that is open.  But the number is the number:'
show pidnsctl kill "$server" TERM
show pidnsctl wait "$server"
echo "that was the $(cat "$stranger/comm")"
