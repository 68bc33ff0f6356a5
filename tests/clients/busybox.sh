#!/bin/sh
# SPDX-License-Identifier: MIT
#
# busybox takes a view for /proc: ps, top, pidof, and what else of it is there.
# (Debian's has neither pstree nor pgrep.)
. "${abs_top_srcdir:-.}/tests/lib.sh"
. "$abs_top_srcdir/tests/clients/fixture.sh"

need busybox

# applet NAME: is it in this busybox?
applet() {
	busybox --list | grep -q -x "$1"
}

fixture

is 'ps' "$(in_view busybox ps)" "\
PID   USER     COMMAND
    1 root     [init]
   10 root     /usr/sbin/sshd -D
   11 root     /bin/bash -l
   12 root     /usr/bin/vim to do.txt
   20 daemon   nginx: master process /usr/sbin/nginx
   21 nobody   nginx: worker process
   22 nobody   nginx: worker process
   30 root     /usr/bin/java -jar server.jar
   40 root     {shim} /usr/bin/containerd-shim -id box
   41 root     /usr/bin/catatonit -P
   42 root     /app --serve
   43 root     [worker]
   44 root     runc init
   45 root     deep --down
   50 root     [defunct]
   60 root     a) R (b x
   61 root     naïve%s\\x
4194303 nobody   last --of all"
is 'ps -T has the threads' "$(in_view busybox ps -T | grep java)" "\
   30 root     /usr/bin/java -jar server.jar
   31 root     {GC Thread#0} /usr/bin/java -jar server.jar
   32 root     {main loop} /usr/bin/java -jar server.jar"
is 'ps -o' "$(in_view busybox ps -o pid,ppid,pgid,sid,user,comm,stat,vsz,rss,nice |
	grep -e nginx -e ' Z ' -e vim | sed 's/\([ST]\)W/\1/' | words)" "\
12 11 12 11 root vim T 0 0 0 \
20 1 20 20 daemon nginx S< 64m 8192 -5 \
21 20 20 20 nobody nginx R 32m 4096 0 \
22 20 20 20 nobody nginx S 0 0 0 \
43 42 1 1 root worker Z 0 0 0 \
50 1 1 1 root defunct Z 0 0 0"
is 'top' "$(in_view busybox top -b -n 1 | sed -n '/PID/,$p' |
	awk '$1 ~ /[0-9]/ && $5 != 0 { print $1, $2, $3, $4, $NF }' | head -n 3)" "\
30 1 root S server.jar
20 1 daemon S< /usr/sbin/nginx
21 20 nobody R process"
is 'top has all of them' "$(in_view busybox top -b -n 1 |
	awk 'seen && NF { n++ } /PID/ { seen = 1 } END { print n }')" 18
is 'its load' "$(in_view busybox top -b -n 1 | sed -n 's/^Load average: //p')" \
	"$(cut -d' ' -f1-5 "$M/loadavg")"
is 'pidof' "$(in_view busybox pidof nginx)" '22 21 20'
is 'in a container' "$(in_view_of "$box" busybox ps)" "\
PID   USER     COMMAND
    1 root     /usr/bin/catatonit -P
    2 root     /app --serve
    3 root     [worker]
    4 root     runc init
    5 root     deep --down"
fails 'killall finds nobody to signal' in_view busybox killall nginx

if applet pstree; then
	is 'pstree' "$(in_view busybox pstree -p 20)" "\
nginx(20)-+-nginx(21)
          \`-nginx(22)"
fi
if applet pgrep; then
	is 'pgrep' "$(in_view busybox pgrep nginx | words)" '20 21 22'
fi

done_testing
