#!/bin/sh
# SPDX-License-Identifier: MIT
#
# ps, pgrep, pkill and pidof take a view for /proc, and say what is in it.
. "${abs_top_srcdir:-.}/tests/lib.sh"
. "$abs_top_srcdir/tests/clients/fixture.sh"

need ps pgrep pkill pidof

# columns N...: of standard input, these and all that follow the last one.
columns() {
	awk -v want="$*" '{
		n = split(want, c)
		line = $c[1]
		for (i = 2; i <= n; i++)
			line = line " " $c[i]
		for (i = c[n] + 1; i <= NF; i++)
			line = line " " $i
		print line
	}'
}

fixture

# --- ps
is 'ps -e' "$(in_view ps -e)" "\
    PID TTY          TIME CMD
      1 ?        00:00:00 init
     10 ?        00:00:00 sshd
     11 ?        00:00:00 bash
     12 ?        00:00:00 vim
     20 ?        00:00:04 nginx
     21 ?        00:00:10 nginx
     22 ?        00:00:00 nginx
     30 ?        00:00:03 java
     40 ?        00:00:00 shim
     41 ?        00:00:00 catatonit
     42 ?        00:00:00 app
     43 ?        00:00:00 worker
     44 ?        00:00:00 runc
     45 ?        00:00:00 deep
     50 ?        00:00:00 defunct
     60 ?        00:00:00 a) R (b
     61 ?        00:00:00 na??ve%s\x
4194303 ?        00:00:00 last"
is 'it has nothing to complain of' "$(complaint)" ''

# Of UID PID PPID C STIME TTY TIME CMD not those that move.
is 'ps -ef' "$(in_view ps -ef | columns 1 2 3 6 7 8)" "\
UID PID PPID TTY TIME CMD
root 1 0 ? 00:00:00 [init]
root 10 1 ? 00:00:00 /usr/sbin/sshd -D
root 11 10 ? 00:00:00 /bin/bash -l
root 12 11 ? 00:00:00 /usr/bin/vim to do.txt
daemon 20 1 ? 00:00:04 nginx: master process /usr/sbin/nginx
nobody 21 20 ? 00:00:10 nginx: worker process
nobody 22 20 ? 00:00:00 nginx: worker process
root 30 1 ? 00:00:03 /usr/bin/java -jar server.jar
root 40 1 ? 00:00:00 /usr/bin/containerd-shim -id box
root 41 40 ? 00:00:00 /usr/bin/catatonit -P
root 42 41 ? 00:00:00 /app --serve
root 43 42 ? 00:00:00 [worker] <defunct>
root 44 41 ? 00:00:00 runc init
root 45 44 ? 00:00:00 deep --down
root 50 1 ? 00:00:00 [defunct] <defunct>
root 60 1 ? 00:00:00 a) R (b x
root 61 1 ? 00:00:00 na??ve%s\x
nobody 4194303 1 ? 00:00:00 last --of all"

# Of UID PID PPID LWP C NLWP STIME TTY TIME CMD.
is 'ps -eLf has the threads' "$(in_view ps -eLf | columns 1 2 4 6 10 | grep java)" "\
root 30 30 3 /usr/bin/java -jar server.jar
root 30 31 3 /usr/bin/java -jar server.jar
root 30 32 3 /usr/bin/java -jar server.jar"
is 'and each its own time' "$(in_view ps -L -p 30 -o lwp,nlwp,ni,times,comm | words)" \
	'LWP NLWP NI TIME COMMAND 30 3 0 3 java 31 3 0 0 GC Thread#0 32 3 5 0 main loop'

# Of USER PID %CPU %MEM VSZ RSS TTY STAT START TIME COMMAND.
is 'ps aux' "$(in_view ps aux | columns 1 2 5 6 8 10 11 |
	grep -e PID -e sshd -e nginx -e java -e defunct -e vim)" "\
USER PID VSZ RSS STAT TIME COMMAND
root 10 0 0 Ss 0:00 /usr/sbin/sshd -D
root 12 0 0 T 0:00 /usr/bin/vim to do.txt
daemon 20 65536 8192 S<s 0:04 nginx: master process /usr/sbin/nginx
nobody 21 32768 4096 R 0:10 nginx: worker process
nobody 22 0 0 S 0:00 nginx: worker process
root 30 4194304 262144 Sl 0:03 /usr/bin/java -jar server.jar
root 43 0 0 Z 0:00 [worker] <defunct>
root 50 0 0 Z 0:00 [defunct] <defunct>"

is 'ps --forest' "$(in_view ps -e --forest -o pid,comm)" "\
    PID COMMAND
      1 init
     10 sshd
     11  \\_ bash
     12      \\_ vim
     20 nginx
     21  \\_ nginx
     22  \\_ nginx
     30 java
     40 shim
     41  \\_ catatonit
     42      \\_ app
     43      |   \\_ worker
     44      \\_ runc
     45          \\_ deep
     50 defunct
     60 a) R (b
     61 na??ve%s\\x
4194303 last"

is 'ps -p' "$(in_view ps -p 20,4194303 -o pid=,user=,comm= | words)" \
	'20 daemon nginx 4194303 nobody last'
is 'ps -p of nobody' "$(in_view ps -p 9999 -o pid=; echo $?)" 1
is 'ps --ppid' "$(in_view ps --ppid 20 -o pid= | words)" '21 22'
is 'ps -C' "$(in_view ps -C nginx -o pid= | words)" '20 21 22'
is 'ps -u' "$(in_view ps -u nobody -o pid= | words)" '21 22 4194303'
is 'ps -g, a session' "$(in_view ps -g 20 -o pid= | words)" '20 21 22'
is 'ps -o of sessions' "$(in_view ps -p 10,11,12,21 -o pid=,pgid=,sid=,ppid= | words)" \
	'10 10 10 1 11 11 11 10 12 12 11 11 21 20 20 20'
is 'ps -o of namespaces' \
	"$(in_view ps -p 40,41,43,44,45 -o pid=,pidns= | words)" \
	"40 4026531836 41 $box 43 $box 44 $nested 45 $nested"
is 'ps finds itself, but does not list it' "$(in_view ps -e -o comm= | grep -c '^ps$')" 0

# --- a view further in
is 'ps in a container' "$(in_view_of "$box" ps -e -o pid,ppid,stat,args)" "\
    PID    PPID STAT COMMAND
      1       0 S    /usr/bin/catatonit -P
      2       1 S    /app --serve
      3       2 Z    [worker] <defunct>
      4       1 S    runc init
      5       4 S    deep --down"
is 'and in a container of that' "$(in_view_of "$nested" ps -e -o pid,ppid,args)" "\
    PID    PPID COMMAND
      1       0 runc init
      2       1 deep --down"
is 'pgrep there' "$(in_view_of "$box" pgrep -l . | words)" \
	'1 catatonit 2 app 3 worker 4 runc 5 deep'

# --- every field that ps knows, in groups that are told apart by blanks
cat >"$T/known" <<'LIST'
args nginx:_master_process_/usr/sbin/nginx
blocked 0000000000000000
cmd nginx:_master_process_/usr/sbin/nginx
comm nginx
command nginx:_master_process_/usr/sbin/nginx
cgroupns 4026531835
cls TS
cputime 00:00:04
egid 1
egroup daemon
euid 1
euser daemon
fgid 1
fsuid 1
fsuser daemon
gid 1
group daemon
ipcns 4026531839
lwp 20
maj_flt 0
min_flt 0
mntns 4026531841
netns 4026531840
ni -5
nice -5
nlwp 1
pgid 20
pgrp 20
pid 20
pidns 4026531836
policy TS
ppid 1
priority 15
psr 0
rgid 1
rgroup daemon
rss 8192
rtprio -
ruid 1
ruser daemon
s S
sess 20
session 20
sgid 1
sid 20
spid 20
stat S<s
state S
suid 1
suser daemon
svgid 1
svuid 1
sz 16384
tgid 20
thcount 1
tid 20
time 00:00:04
timens 4026531834
tpgid -1
ucmd nginx
uid 1
user daemon
userns 4026531837
utsns 4026531838
vsize 65536
vsz 65536
LIST
# shellcheck disable=SC2016
in_view sh -f -c '
	alone=" args bsdstart cmd command lstart start start_time stime "
	one() {
		printf "%s " "$1"
		ps -p 20 -ww -o "$1=" | sed "s/^ *//; s/ *\$//" | tr " " _
	}
	# Several at once, unless there are blanks in a value, or nothing.
	group() {
		[ "$#" -gt 0 ] || return
		format=$(printf "%s= -o " "$@")
		# shellcheck disable=SC2086
		values=$(ps -p 20 -ww -o ${format% -o })
		if [ "$(echo "$values" | wc -w)" = "$#" ]; then
			for v in $values; do
				echo "$1 $v"
				shift
			done
		else
			for f; do
				one "$f"
			done
		fi
	}
	set --
	for f in $(ps L | cut -d " " -f 1); do
		case $alone in
		*" $f "*) one "$f" ;;
		*) set -- "$@" "$f" ;;
		esac
		[ "$#" -lt 8 ] || {
			group "$@"
			set --
		}
	done
	group "$@"
' >"$T/fields"
is 'ps has no complaint about a field' "$(complaint)" ''
is 'ps prints every field that it knows' "$(awk 'NF == 2 { print $1 }' "$T/fields" | sort -u)" \
	"$(in_view ps L | cut -d' ' -f1 | sort -u)"
is 'and what it prints is so' \
	"$(awk 'NR == FNR { known[$1]; next } $1 in known' "$T/known" "$T/fields" | sort)" \
	"$(awk 'NR == FNR { there[$1]; next } $1 in there' "$T/fields" "$T/known" | sort)"
check 'these were most of them' test "$(awk 'NR == FNR { known[$1]; next }
	$1 in known' "$T/known" "$T/fields" | wc -l)" -ge 50

# --- pgrep, pkill, pidof
is 'pgrep' "$(in_view pgrep nginx | words)" '20 21 22'
is 'pgrep -x' "$(in_view pgrep -x ngin)" ''
is 'pgrep -f' "$(in_view pgrep -f 'worker process' | words)" '21 22'
is 'pgrep -a' "$(in_view pgrep -a sshd)" '10 /usr/sbin/sshd -D'
is 'pgrep -l of an odd name' "$(in_view pgrep -l 'R \(b')" '60 a) R (b'
is 'pgrep -u' "$(in_view pgrep -u daemon)" 20
is 'pgrep -U' "$(in_view pgrep -U 65534 | words)" '21 22 4194303'
is 'pgrep -P' "$(in_view pgrep -P 41 | words)" '42 44'
is 'pgrep -s' "$(in_view pgrep -s 20 | words)" '20 21 22'
is 'pgrep -g' "$(in_view pgrep -g 12)" 12
is 'pgrep -c' "$(in_view pgrep -c .)" 18
is 'pgrep -v' "$(in_view pgrep -c -v nginx)" 15
is 'pgrep -r' "$(in_view pgrep -r R)" 21
is 'pgrep -w' "$(in_view pgrep -w -P 1 -x 'java|GC.*|main.*' | words)" '30 31 32'
is 'pgrep --ns' "$(in_view pgrep --ns 45 --nslist pid | words)" '44 45'
is 'pgrep of nobody' "$(in_view pgrep nobody-has-this || echo $?)" 1
is 'pidof' "$(in_view pidof nginx)" '22 21 20'
is 'pidof -s' "$(in_view pidof -s java)" 30
is 'pidof of nobody' "$(in_view pidof nobody-has-this || echo $?)" 1

# There is no such process but in the view: the signal goes nowhere, not even to
# a real process of that number.
is 'pkill finds nobody to signal' "$(in_view pkill -e nginx || echo $?)" 1
is 'they live' "$(in_view pgrep -c nginx)" 3

# --- who dies while ps looks is left out, and nothing is said of it
at 4194303/fault list
at 22/fault open
at 21/fault 'open reuse'
is 'ps leaves out who dies meanwhile' "$(in_view ps -e -o pid=,comm= | grep -e nginx -e last |
	words)" '20 nginx'
is 'it has nothing to complain of' "$(complaint)" ''
is 'then they are gone, and one number is used again' \
	"$(in_view ps -e -o pid=,user=,comm= | grep -e nginx -e last -e ' 21 ' | words)" \
	'20 daemon nginx 21 root init'

done_testing
