#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Ten thousand processes more, and who counts them.
. "${abs_top_srcdir:-.}/tests/lib.sh"
. "$abs_top_srcdir/tests/clients/fixture.sh"

need ps top pidof

fixture
at sys/kernel/ns_last_pid 99999
at 1/fork 'count=10000 comm=many -- many'

in_view ps -e -o pid=,ppid=,comm= >"$T/ps"
is 'ps has all of them' "$(wc -l <"$T/ps" | words)" 10018
is 'each once, in the order of their numbers' "$(awk '{ print $1 }' "$T/ps" |
	sort -n -c -u && echo so)" so
is 'the first and the last' "$(awk '$3 == "many"' "$T/ps" | sed -n '1p;$p' | words)" \
	'100000 1 many 109999 1 many'
is 'it has nothing to complain of' "$(complaint)" ''
is 'top counts them' "$(in_view top -b -n 1 | sed -n 's/^Tasks: *//p' | words)" \
	'10018 total, 1 running, 10014 sleeping, 1 stopped, 2 zombie'
is 'pidof finds them' "$(in_view pidof many | wc -w | words)" 10000

done_testing
