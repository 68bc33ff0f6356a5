#!/bin/sh
# SPDX-License-Identifier: MIT
#
# LTP's containers/pidns, test by test.
. "${abs_top_srcdir:-.}/tests/lib.sh"
. "$abs_top_srcdir/tests/acts.sh"

# container: a child in a new namespace: $V is its view, $c its number outside.
container() {
	born "$M/1/fork" newpid
	c=$pid
	V=$(view_of "$M/$c")
}

world

# 01: it is 1, and its parent 0
container
is '01' "$(stat_field 1,4 "$V/1/stat")" '1 0'

# 02: neither session nor group is there until it makes them
is '02: before' "$(stat_field 5,6 "$V/1/stat")" '0 0'
is '02: setsid' "$(ask "$V/1/setsid")" 1
is '02: after' "$(stat_field 5,6 "$V/1/stat")" '1 1'

# 03: the /proc of the container is its own
is '03' "$(field Pid "$M/$c/inner/status")" 1

# 04: it cannot kill itself
is '04: kill(getpid(), SIGKILL)' "$(act "$V/1/kill" 'KILL 1')" ok
is '04: lives' "$(stat_field 3 "$V/1/stat")" S

# 05: five of them, each in the other, die with the outermost
container
deep=$c
numbers=$c
for _ in 2 3 4 5; do
	born "$M/$deep/fork" newpid
	deep=$pid
	numbers="$numbers $pid"
	[ "$(stat_field 1,4 "$M/$deep/inner/stat")" = '1 0' ] || not_ok "05: $deep is no init"
done
is '05: five levels' "$(field NSpid "$M/$deep/status" | wc -w)" 6
is '05: kill' "$(act "$M/1/kill" "KILL $c")" ok
is '05: wait' "$(ask "$M/1/reap" "$c")" "$c killed KILL"
left=
for number in $numbers; do
	[ ! -e "$M/$number" ] || left="$left $number"
done
is '05: none is left' "$left" ''

# 06: the parent is not there to be killed
container
born "$M/1/fork" set_tid=4000
born "$M/$pid/fork" newpid
V=$(view_of "$M/$pid")
is '06' "$(act "$V/1/kill" 'KILL 4000')" ESRCH

# 10: nobody else is there to be killed
is '10' "$(act "$V/1/kill" 'KILL -1')" ESRCH

# 12, 16: seen from the inside the sender from outside has no number, itself has one
container
is '16: a handler' "$(act "$V/1/sigaction" 'USR1 catch')" ok
is '12, 16: a signal from outside' "$(act "$M/1/kill" "USR1 $c")" ok
is '16: from inside' "$(act "$V/1/kill" 'USR1 1')" ok
is '16: both were caught' "$(stat_field 3 "$V/1/stat")" S

# 17: ten children are killed by one signal
container
is '17: ten children' "$(act "$V/1/fork" count=10)" ok
is '17: kill(-1, SIGUSR1)' "$(act "$V/1/kill" 'USR1 -1')" ok
is '17: init lives' "$(stat_field 3 "$V/1/stat")" S
is '17: all were' "$(for n in $(seq 2 11); do ask "$V/1/reap" "$n"; done | tr '\n' ';')" \
	"$(for n in $(seq 2 11); do echo "$n killed USR1"; done | tr '\n' ';')"

# 20: a blocked signal waits for its handler
container
is '20: blocked' "$(act "$V/1/sigaction" 'USR1 block')" ok
is '20: sent from outside' "$(act "$M/1/kill" "USR1 $c")" ok
is '20: pends' "$(field ShdPnd "$M/$c/status")" 0000000000000200
is '20: a handler' "$(act "$V/1/sigaction" 'USR1 catch')" ok
is '20: unblocked' "$(act "$V/1/sigaction" 'USR1 unblock')" ok
is '20: was caught' "$(field ShdPnd "$M/$c/status")$(stat_field 3 "$M/$c/stat")" 0000000000000000S

# 21 (of older LTP): without a handler, init is not killed by one that it had blocked;
# a child of it is.
container
is '21: blocked' "$(act "$V/1/sigaction" 'USR1 block')" ok
is '21: sent from outside' "$(act "$M/1/kill" "USR1 $c")" ok
is '21: unblocked' "$(act "$V/1/sigaction" 'USR1 unblock')" ok
is '21: init lives' "$(stat_field 3 "$M/$c/stat")" S
is '21: a child' "$(ask "$V/1/fork")" 2
is '21: blocked' "$(act "$V/2/sigaction" 'USR1 block')" ok
is '21: sent' "$(act "$V/1/kill" 'USR1 2')" ok
is '21: unblocked' "$(act "$V/2/sigaction" 'USR1 unblock')" ok
is '21: the child is killed' "$(ask "$V/1/reap")" '2 killed USR1'

# 14 (of older LTP) wanted USR1 to kill init, which no kernel of today does.
is '14: USR1 from outside' "$(act "$M/1/kill" "USR1 $c")" ok
is '14: init lives' "$(stat_field 3 "$M/$c/stat")" S

# 32: 32 levels and not one more
container
for _ in $(seq 2 32); do
	born "$M/$pid/fork" newpid
done
is '32: levels' "$(echo "$ids" | wc -w)" 33
is '32: no more' "$(act "$M/$pid/fork" newpid)" ENOSPC

done_testing
