#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Packages of npm that read /proc take a view for it.  They are in build/node of
# the source tree: `./bootstrap check' installs them there.
. "${abs_top_srcdir:-.}/tests/lib.sh"
. "$abs_top_srcdir/tests/clients/fixture.sh"

need node ps

modules=$abs_top_srcdir/build/node
[ -e "$modules/installed" ] ||
	skip_all "$modules has no packages: ./bootstrap check installs them"

fixture
in_view node "$abs_top_srcdir/tests/clients/node/look.mjs" "$modules" >"$T/looked"
is 'they have nothing to complain of' "$(complaint)" ''

# look NAME: what that one found.
look() {
	awk -v name="$1" '/^==/ { on = $2 == name; next } on' "$T/looked"
}

look systeminformation >"$T/si"
is 'systeminformation has all processes' "$(sed '/^sum/d' "$T/si" | cut -d' ' -f1-4)" "\
1 0 root sleeping
10 1 root sleeping
11 10 root sleeping
12 11 root stopped
20 1 daemon sleeping
21 20 nobody running
22 20 nobody sleeping
30 1 root sleeping
40 1 root sleeping
41 40 root sleeping
42 41 root sleeping
43 42 root zombie
44 41 root sleeping
45 44 root sleeping
50 1 root zombie
60 1 root sleeping
61 1 root sleeping
4194303 1 nobody sleeping"
is 'and their names' "$(awk '$1 == 11 || $1 == 20 || $1 == 4194303 { print $5 }' "$T/si" | words)" \
	'bash nginx last'
is 'all, running, blocked, sleeping' "$(sed -n 's/^sum //p' "$T/si")" '18 1 0 14'
is 'memory' "$(look memory)" \
	"$(awk '/^MemTotal|^MemFree/ { printf "%s%s", sep, $2; sep = " " }' "$M/meminfo")"
is 'load, and the processors' "$(look load | words)" "0 $(grep -c '^cpu[0-9]' "$M/stat")"
is 'uptime' "$(look uptime)" true

# What is behind ps-list, pidusage and pidtree is ps, partly.
look ps-list >"$T/list"
is 'ps-list has all processes' "$(cut -d' ' -f1-4 "$T/list" | grep -v ' ps$' | head -n 6)" "\
1 0 0 init
10 1 0 sshd
11 10 0 bash
12 11 0 vim
20 1 1 nginx
21 20 65534 nginx"
is 'and what they run' "$(sed -n 's/^20 1 1 nginx //p' "$T/list")" \
	'nginx: master process /usr/sbin/nginx'
is 'pidusage' "$(look pidusage)" "\
20 1 8388608 4000
30 1 268435456 3000"
is 'pidtree' "$(look pidtree)" '41 42 43 44 45'

done_testing
