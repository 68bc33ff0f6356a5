#!/bin/sh
# SPDX-License-Identifier: MIT
#
# lsof, fuser and lsfd take a view for /proc: who has what open.
. "${abs_top_srcdir:-.}/tests/lib.sh"
. "$abs_top_srcdir/tests/clients/fixture.sh"

need lsof fuser

fixture

# COMMAND PID USER FD TYPE DEVICE SIZE/OFF NODE NAME
is 'lsof -p' "$(in_view lsof -n -w -p 20 | awk '{ print $1, $2, $3, $4 }')" "\
COMMAND PID USER FD
nginx 20 daemon cwd
nginx 20 daemon rtd
nginx 20 daemon txt
nginx 20 daemon 0u
nginx 20 daemon 1u
nginx 20 daemon 2u
nginx 20 daemon 3u
nginx 20 daemon 4u"
is 'it has nothing to complain of' "$(complaint)" ''
is 'and their names' "$(in_view lsof -n -w -p 20 -F n | sed -n 's/^n//p' | sed 's/ (stat:.*//')" "\
/var
/
/usr/sbin/nginx
/dev/null
/dev/null
/dev/null
can't identify protocol
/var/log/access.log"
is 'its socket has its number' "$(in_view lsof -n -w -a -p 20 -d 3 -F ti | words)" 'p20 tsock i4242'
is 'lsof DIRECTORY' "$(in_view lsof -t -w /var)" 20
is 'lsof -c' "$(in_view lsof -n -w -t -c java)" 30
is 'lsof -u' "$(in_view lsof -n -w -t -u nobody | words)" '21 22 4194303'
is 'lsof -d cwd has every process that has a directory' \
	"$(in_view lsof -n -w -a -d cwd -F p | sed 's/^p//; /^f/d' | words)" \
	'1 10 11 12 20 21 22 30 40 41 42 44 45 60 61 4194303'
is 'lsof in a container' "$(in_view_of "$box" lsof -n -w -a -d cwd -F pc | sed '/^f/d' | words)" \
	'p1 ccatatonit p2 capp p4 crunc p5 cdeep'

is 'fuser' "$(in_view fuser /var | words)" 20
is 'fuser -v' "$(in_view fuser -v /var >/dev/null; complaint | words)" \
	'USER PID ACCESS COMMAND /var: daemon ..c.. nginx'
is 'fuser of what nobody has' "$(in_view fuser "$T/top" 2>/dev/null || echo none)" none
is 'fuser -k signals nobody' "$(in_view fuser -k /var >/dev/null; in_view fuser /var | words)" 20

if command -v lsfd >/dev/null; then
	is 'lsfd' "$(in_view lsfd -p 20 -n -o COMMAND,PID,ASSOC,MODE,INODE,NAME |
		awk '$3 ~ /^[0-9]$/ { print $1, $2, $3, $4, $NF }')" "\
nginx 20 0 rw- /dev/null
nginx 20 1 rw- /dev/null
nginx 20 2 rw- /dev/null
nginx 20 3 rw- socket:[4242]"
else
	skip 'lsfd' 'lsfd is not in this util-linux'
fi

done_testing
