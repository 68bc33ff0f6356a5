#!/bin/sh
# SPDX-License-Identifier: MIT
#
# top, free, vmstat, uptime, w, slabtop, pmap and pwdx take a view for /proc.
. "${abs_top_srcdir:-.}/tests/lib.sh"
. "$abs_top_srcdir/tests/clients/fixture.sh"

need top free vmstat uptime w slabtop pmap pwdx

# meminfo KEY: in kB.
meminfo() {
	awk -v key="$1:" '$1 == key { print $2 }' "$M/meminfo"
}

fixture

# --- top.  PID USER PR NI VIRT RES SHR S %CPU %MEM TIME+ COMMAND
in_view top -b -n 3 -d 0.1 -w 200 >"$T/top"
is 'top has nothing to complain of' "$(complaint)" ''
is 'top counts the tasks, three times' "$(sed -n 's/^Tasks: *//p' "$T/top" | tr -s ' ')" "\
18 total, 1 running, 14 sleeping, 1 stopped, 2 zombie
18 total, 1 running, 14 sleeping, 1 stopped, 2 zombie
18 total, 1 running, 14 sleeping, 1 stopped, 2 zombie"
is 'it lists all of them, three times' \
	"$(awk '$1 ~ /^[0-9]+$/ { n[$1]++ } END { for (p in n) print n[p] }' "$T/top" |
		sort | uniq -c | words)" '18 3'
is 'and says what they have' "$(awk '$1 == "PID" { round++ }
	round == 1 && ($1 == 12 || $1 == 20 || $1 == 21 || $1 == 30 || $1 == 4194303) {
		print $1, $2, $3, $4, $5, $6, $8, $11, $12 }' "$T/top" | sort -n)" "\
12 root 20 0 0 0 T 0:00.00 vim
20 daemon 15 -5 65536 8192 S 0:04.00 nginx
21 nobody 20 0 32768 4096 R 0:10.00 nginx
30 root 20 0 4194304 262144 S 0:03.00 java
4194303 nobody 20 0 0 0 S 0:00.00 last"
is 'nothing is done between two looks' "$(sed -n 's/^%Cpu(s):.*,\(.*\) id,.*/\1/p' "$T/top" |
	tail -n 2 | words)" '100.0 100.0'
is 'memory in MiB' "$(sed -n 's/^MiB Mem : *\([0-9.]*\) total.*/\1/p' "$T/top" | sort -u)" \
	"$(awk -v kb="$(meminfo MemTotal)" 'BEGIN { printf "%.1f", kb / 1024 }')"
is 'top -p' "$(in_view top -b -n 1 -p 10,4194303 | awk '$1 ~ /^[0-9]+$/ { print $1 }' |
	sort -n | words)" '10 4194303'
is 'top -u' "$(in_view top -b -n 1 -u daemon | awk '$1 ~ /^[0-9]+$/ { print $1 }')" 20
is 'top -H has the threads' "$(in_view top -b -n 1 -H -p 30 -w 200 | awk '
	$1 == "Threads:" { print $2 } $1 ~ /^[0-9]+$/ { print $1, $2, $4, $12, $13 }' |
	sort -n | words)" '3 30 root 0 java 31 root 0 GC Thread#0 32 root 5 main loop'
is 'top in a container' "$(in_view_of "$box" top -b -n 1 -w 200 | awk '
	$1 == "Tasks:" { print $2 } $1 ~ /^[0-9]+$/ { print $1, $12 }' | sort -n | words)" \
	'1 catatonit 2 app 3 worker 4 runc 5 5 deep'

# A process that works between two looks.
: >"$T/looks"
# shellcheck disable=SC2016
in_view sh -c 'top -b -d 0.3 -w 200 >"$1/looks" &
	until [ -e "$1/enough" ]; do sleep 0.1; done
	kill "$!"' sh "$T" &
looking=$!
wait_for 60 grep -q last "$T/looks"
at 22/set utime=5000
at 1/fork 'set_tid=70 comm=late'
wait_for 60 grep -q late "$T/looks"
: >"$T/enough"
wait "$looking"
is 'top sees who has worked meanwhile' "$(awk '$1 == 22 && $9 > 0 { print $11 }' "$T/looks")" \
	0:50.00
is 'and who was born' "$(awk '$1 == 70 { print $12 }' "$T/looks" | sort -u)" late
at 70/exit 0
at 1/reap 70

# --- free, vmstat
is 'free' "$(in_view free | awk '$1 == "Mem:" { print $2, $4, $7 }')" \
	"$(meminfo MemTotal) $(meminfo MemFree) $(meminfo MemAvailable)"
is 'free: what is used' "$(in_view free | awk '$1 == "Mem:" { print $3 }')" \
	"$(($(meminfo MemTotal) - $(meminfo MemAvailable)))"
# r b swpd free buff cache si so bi bo in cs us sy id wa st
is 'vmstat' "$(in_view vmstat | awk 'NR == 3 { print $1, $2, $3, $4 }')" \
	"1 0 0 $(meminfo MemFree)"
is 'vmstat looks twice, and nothing is done in between' \
	"$(in_view vmstat 1 2 | awk 'NR == 4 { print $1, $2, $4, $13, $14, $15 }')" \
	"1 0 $(meminfo MemFree) 0 0 100"
is 'vmstat -s' "$(in_view vmstat -s | awk '/total memory/ { print $1 } / forks/ { print $1 }' |
	words)" "$(meminfo MemTotal) $(awk '$1 == "processes" { print $2 }' "$M/stat")"
is 'vmstat -f' "$(in_view vmstat -f | words)" "$(awk '$1 == "processes" { print $2 }' "$M/stat") forks"
is 'vmstat -m' "$(in_view vmstat -m | head -n 1 | words)" 'Cache Num Total Size Pages'
is 'slabtop' "$(in_view slabtop -o | awk 'seen { print $NF } /OBJS/ { seen = 1 }' | sort)" \
	"$(sed 1,2d "$M/slabinfo" | cut -d' ' -f1 | sort)"

# --- uptime, w: how long is measured, who is logged in is the machine's own affair
is 'uptime' "$(in_view uptime | sed 's/^ *[0-9:]* up *[0-9]* min, .*user.*, *load/load/')" \
	'load average: 0.00, 0.00, 0.00'
is 'uptime -p' "$(in_view uptime -p | sed 's/[0-9]* minutes*/N minutes/')" 'up N minutes'
is 'uptime -s is when the world began' "$(in_view sh -c 'uptime -s' |
	sed 's/:[0-9]*$//')" "$(date -d "@$(awk '$1 == "btime" { print $2 }' "$M/stat")" '+%F %H:%M')"
is 'w' "$(in_view w | sed -n '1s/.*load/load/p; 2p' | tr -s ' ')" "\
load average: 0.00, 0.00, 0.00
USER TTY FROM LOGIN@ IDLE JCPU PCPU WHAT"

# --- pmap, pwdx
is 'pmap' "$(in_view pmap 20 | tr -s ' ')" "\
20: nginx: master process /usr/sbin/nginx
0000000000400000 65536K rw--- [ anon ]
 total 65536K"
is 'pmap -x' "$(in_view pmap -x 20 | tail -n 1 | words)" 'total kB 65536 8192 8192'
is 'pmap -X' "$(in_view pmap -X 20 | awk 'NR == 3 { print $1, $2, $6, $7, $8 }')" \
	'00400000 rw-p 65536 8192 8192'
is 'pmap of a zombie' "$(in_view pmap 50 | words)" '50: [defunct] <defunct> total 0K'
is 'pwdx' "$(in_view pwdx 20 30)" '20: /var
30: /'
is 'pwdx of nobody' "$(in_view pwdx 9999 || echo $?; complaint)" '1
9999: No such process'

done_testing
