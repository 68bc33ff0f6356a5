#!/bin/sh
# SPDX-License-Identifier: MIT
#
# What a fixture dictates of a process: every key, in every file that shows it;
# what is refused; what fork, exec, exit and wait do with it.
. "${abs_top_srcdir:-.}/tests/lib.sh"

# field FILE N...: words of a stat file whose name has no blanks.
field() {
	_file=$1
	shift
	cut -d' ' -f"$(echo "$*" | tr ' ' ',')" "$_file"
}

# of KEYS FILE: the lines of these keys.
of() {
	grep -E "^($1):" "$2"
}

world -o clock=frozen
printf '\n' >"$M/1/fork" # 2

# --- every key, with values that differ
is 'names' "$(w 'comm=nginx cmdline="/usr/sbin/nginx -g \"a b\"" exe=/usr/sbin/nginx cwd=/var/www root=/srv environ="A=1 B=\"x y\"" cgroup=/web.slice wchan=do_epoll_wait' "$M/2/set")" ok
is 'ids' "$(w 'uid=1000 euid=1001 suid=1002 fsuid=1003 gid=2000 egid=2001 sgid=2002 fsgid=2003 groups=4,24 loginuid=1004 sessionid=7' "$M/2/set")" ok
is 'state' "$(w 'state=D flags=400140 personality=40000 umask=027 seccomp=2 no_new_privs=1' "$M/2/set")" ok
is 'rights' "$(w 'caps=21 cap_inh=0x3 cap_amb=1' "$M/2/set")" ok
is 'times' "$(w 'utime=101 stime=102 cutime=103 cstime=104 blkio=105 starttime=0 run=106 wait=107 slices=108' "$M/2/set")" ok
is 'schedule' "$(w 'nice=5 policy=rr rt_priority=9 processor=0 cpus=0 timerslack=60000' "$M/2/set")" ok
is 'terminal' "$(w 'tty=34817 tpgid=2' "$M/2/set")" ok
is 'memory' "$(w 'vsize=41943040 peak=50331648 rss=8388608 hwm=9437184 shared=2097152 shmem=1048576 swap=4096 data=20971520 stack=139264 text=1048576 lib=3145728 locked=8192 pinned=12288 pte=16384' "$M/2/set")" ok
is 'faults' "$(w 'minflt=11 majflt=12 cminflt=13 cmajflt=14 oom_score=321 oom_score_adj=-500' "$M/2/set")" ok
is 'io' "$(w 'rchar=21 wchar=22 syscr=23 syscw=24 read_bytes=25 write_bytes=26 cancelled_write_bytes=27' "$M/2/set")" ok
is 'switches' "$(w 'nvcsw=31 nivcsw=32' "$M/2/set")" ok
is 'limits' "$(w 'limit_cpu=1 limit_fsize=2:20 limit_data=3 limit_stack=4 limit_core=5 limit_rss=6 limit_nproc=7 limit_nofile=8:9 limit_memlock=10 limit_as=11 limit_locks=12 limit_sigpending=13 limit_msgqueue=14 limit_nice=15 limit_rtprio=16 limit_rttime=17:unlimited' "$M/2/set")" ok
is 'descriptors' "$(w 'fd=3:socket:[77] fd=4:pipe:[78] fd=5:/var/log/nginx fd=70:anon_inode:[eventpoll]' "$M/2/set")" ok

missing=
for key in $(sed -n '/^$/,/^$/s/^[a-z]* *\([a-z].*\)/\1/p' "$M/2/set" | tr ' ' '\n' |
	sed -n 's/[:=].*//; /^[a-z_]*$/p'); do
	grep -q -w -e "$key" "$abs_top_srcdir/man/pidnsfs.5" || missing="$missing $key"
done
is 'the manual has what the usage has' "$missing" ''

# --- in every file
P=$M/2
is comm "$(cat "$P/comm")" nginx
is cmdline "$(tr '\0' '|' <"$P/cmdline")" '/usr/sbin/nginx|-g|a b|'
is environ "$(tr '\0' '|' <"$P/environ")" 'A=1|B=x y|'
is cgroup "$(cat "$P/cgroup")" '0::/web.slice'
is 'exe cwd root' "$(readlink "$P/exe" "$P/cwd" "$P/root" | tr '\n' ' ')" '/usr/sbin/nginx /var/www /srv '
is wchan "$(cat "$P/wchan")" do_epoll_wait
is stat "$(cat "$P/stat")" "2 (nginx) D 1 1 1 34817 2 4194624 11 13 12 14 101 102 103 104 -10 5 1 0 0 41943040 2048 6 4194304 5242880 140737488347136 0 0 0 0 0 0 1 0 0 17 0 9 2 105 0 0 5242880 5242880 5242880 0 0 0 0 0"
is 'status' "$(grep -v -E '^(NS|Sig|Shd|Speculation|Mems|Cpus_allowed:|CoreD|THP|untag|CapBnd)' "$P/status")" "\
Name:	nginx
Umask:	0027
State:	D (disk sleep)
Tgid:	2
Ngid:	0
Pid:	2
PPid:	1
TracerPid:	0
Uid:	1000	1001	1002	1003
Gid:	2000	2001	2002	2003
FDSize:	256
Groups:	4 24 
Kthread:	0
VmPeak:	   49152 kB
VmSize:	   40960 kB
VmLck:	       8 kB
VmPin:	      12 kB
VmHWM:	    9216 kB
VmRSS:	    8192 kB
RssAnon:	    5120 kB
RssFile:	    2048 kB
RssShmem:	    1024 kB
VmData:	   20480 kB
VmStk:	     136 kB
VmExe:	    1024 kB
VmLib:	    3072 kB
VmPTE:	      16 kB
VmSwap:	       4 kB
HugetlbPages:	       0 kB
Threads:	1
CapInh:	0000000000000003
CapPrm:	0000000000000021
CapEff:	0000000000000021
CapAmb:	0000000000000001
NoNewPrivs:	1
Seccomp:	2
Seccomp_filters:	1
Cpus_allowed_list:	0
voluntary_ctxt_switches:	31
nonvoluntary_ctxt_switches:	32"
is 'SigQ has the limit' "$(of SigQ "$P/status")" 'SigQ:	0/13'
is statm "$(cat "$P/statm")" '10240 2048 768 256 0 5154 0'
is io "$(tr '\n' ' ' <"$P/io")" 'rchar: 21 wchar: 22 syscr: 23 syscw: 24 read_bytes: 25 write_bytes: 26 cancelled_write_bytes: 27 '
is schedstat "$(cat "$P/schedstat")" '106 107 108'
is sched "$(sed -n '/nr_.*switches/s/ *: */ /p; /^policy/s/ *: */ /p; /^prio/s/ *: */ /p' "$P/sched" | tr '\n' ' ')" \
	'nr_switches 63 nr_voluntary_switches 31 nr_involuntary_switches 32 policy 2 prio 90 '
is 'personality' "$(cat "$P/personality")" 00040000
is 'timerslack_ns' "$(cat "$P/timerslack_ns")" 60000
is 'loginuid sessionid' "$(cat "$P/loginuid") $(cat "$P/sessionid")" '1004 7'
is 'oom_score' "$(cat "$P/oom_score" "$P/oom_score_adj" "$P/oom_adj" | tr '\n' ' ')" '321 -500 -8 '
is limits "$(sed 1d "$P/limits" | cut -c27-68 | tr -s ' \n' ' ')" \
	'1 1 2 20 3 3 4 4 5 5 6 6 7 7 8 9 10 10 11 11 12 12 13 13 14 14 15 15 16 16 17 unlimited '
is 'owner' "$(stat -c '%u %g' "$P" "$P/task/2" "$P/fd" | tr '\n' ' ')" '1001 2001 1001 2001 1001 2001 '
is 'fd/' "$(cd "$P/fd" && for fd in *; do echo "$fd $(readlink "$fd")"; done | tr '\n' ';')" \
	'0 /dev/null;1 /dev/null;2 /dev/null;3 socket:[77];4 pipe:[78];5 /var/log/nginx;70 anon_inode:[eventpoll];'
is 'what they lead to' "$(stat -L -c '%F %i %a' "$P/fd/3" "$P/fd/4" | tr '\n' ';')" \
	'socket 77 777;fifo 78 600;'
is 'fdinfo/' "$(ls -v "$P/fdinfo" | tr '\n' ' ')" '0 1 2 3 4 5 70 '
is 'of a socket' "$(tr '\n' ' ' <"$P/fdinfo/3")" 'pos:	0 flags:	02 mnt_id:	21 ino:	77 '
is 'of a file' "$(sed -n 2p "$P/fdinfo/5")" 'flags:	0100002'
for no in fd/6 fd/x fd/03 'fd/socket:[78]' 'fd/-1' fdinfo/71 'fdinfo/socket:[77]' ctty; do
	is "there is no $no" "$(errno_of stat "$P/$no")" ENOENT
done
is 'a thread has them, too' "$(cat "$P/task/2/cgroup"; readlink "$P/task/2/fd/3")" "0::/web.slice
socket:[77]"

is 'oom_score_adj can be written' "$(w -999 "$P/oom_score_adj")$(cat "$P/oom_score_adj")" ok-999
is 'as proc(5) has it' "$(w 1001 "$P/oom_score_adj")$(w x "$P/task/2/oom_score_adj")" EINVALEINVAL
is 'so' "$(tail -n 2 "$M/errors" | cut -d: -f1-3 | tr '\n' ';')" \
	'2 oom_score_adj: 1001: EINVAL (Invalid argument);2/task/2 oom_score_adj: x: EINVAL (Invalid argument);'

# --- sizes agree
# shellcheck disable=SC2016
sum='{ split($1, a, "-"); printf "%s %s ", a[1], a[2] }'
total=0
for edge in $(awk "$sum" "$P/maps"); do
	[ -n "${from-}" ] || { from=$edge && continue; }
	total=$((total + 0x$edge - 0x$from))
	from=
done
is 'maps are vsize' "$total" 41943040
for key in Rss Swap Pss Locked; do
	is "$key of smaps is that of smaps_rollup" \
		"$(awk -v k="$key:" '$1 == k { n += $2 } END { print n }' "$P/smaps")" \
		"$(awk -v k="$key:" '$1 == k { print $2 }' "$P/smaps_rollup")"
done
is 'and of status' "$(awk '$1 == "Rss:" || $1 == "Swap:" { print $2 }' "$P/smaps_rollup" | tr '\n' ' ')" '8192 4 '
is 'kinds' "$(awk '/^Pss_[AFS]/ { print $2 }' "$P/smaps_rollup" | tr '\n' ' ')" '5120 2048 1024 '
is 'Size of smaps' "$(awk '$1 == "Size:" { n += $2 } END { print n }' "$P/smaps")" 40960
is 'the program is mapped' "$(awk '$2 == "r-xp" { print $6 }' "$P/maps" | head -n 1)" /usr/sbin/nginx
is 'meminfo: anonymous, mapped, shared, tables' \
	"$(awk '/^(AnonPages|Mapped|Shmem|PageTables|Mlocked):/ { print $2 }' "$M/meminfo" | tr '\n' ' ')" \
	'8 5120 3072 1024 16 '
is 'it adds up' "$(awk '{ v[$1] = $2 } END { print v["MemTotal:"] - v["MemFree:"] - v["AnonPages:"] - v["Cached:"] - v["Buffers:"] - v["PageTables:"] }' "$M/meminfo")" 0
is 'swap' "$(awk '/^Swap(Total|Free):/ { print $2 }' "$M/meminfo" | tr '\n' ' ')" '4 0 '
is 'times are in /proc/stat' "$(awk '$1 == "cpu" { print $2, $3, $4 }' "$M/stat")" '101 0 102'
is 'blocked' "$(awk '/^procs_/ { print $2 }' "$M/stat" | tr '\n' ' ')" '0 1 '
is 'switches in /proc/stat' "$(sed -n 's/^ctxt //p' "$M/stat")" 63

# --- what is refused, and nothing else of the line is done
refused='utime=-1 utime=x utime=9223372036854775808 stime= rss=-5 rss=1k nice=20 nice=-21 nice=
priority=40 priority=-101 rt_priority=100 rt_priority=-1 policy=8 policy=best policy= processor=8192
processor=-1 cpus= cpus=1-0 cpus=3,2 cpus=x cpus=0-8192 cpus=, state=Z state=X state= state=RS
flags=xyz flags= personality=g umask=778 umask=1000 umask= seccomp=3 no_new_privs=2 core=2
caps=20000000000 caps=x caps=all1 cap_inh=20000000000 cap_amb=- mapped=2 timerslack=-1 uid=4294967295
gid=-1 euid=4294967295 egid=x suid=-1 fsgid= groups=1,x groups=4294967295
starttime=x tty=-1 tpgid=2147483648 oom_score=2001 oom_score_adj=1001 oom_score_adj=-1001
loginuid=4294967296 sessionid=-1 exe=nginx exe= cwd=var root=
cgroup=x cgroup=0:x wchan=12345678901234567890123456789012 limit_nofile=9:8 limit_nofile= limit_nofile=1:2:3
limit_nofile=x limit_what=1 nproc=-2 fd=-1:/x fd=65536:/x fd=x:/y fd=3: fd= fd nonsense=1 =1'
n=0
for bad in $refused; do
	if printf 'nice=7 %s\n' "$bad" >"$M/2/set"; then
		not_ok "$bad is refused"
	fi
	n=$((n + 1))
	# 64 are kept.
	if [ $((n % 50)) = 0 ]; then
		is "$n refusals" "$(tail -n 50 "$M/errors" | grep -c '2 set: nice=7 .*: EINVAL (Invalid argument): ')" 50
	fi
done 2>/dev/null
is 'and the others' "$(tail -n $((n % 50)) "$M/errors" | grep -c '2 set: nice=7 .*: EINVAL')" $((n % 50))
is 'quotes are closed' "$(w "environ='\"a'" "$M/2/set")" EINVAL
is 'nothing was set' "$(field "$P/stat" 19)" 5
is 'why' "$(w 'nice=30' "$M/2/set"; tail -n 1 "$M/errors")" "EINVAL
2 set: nice=30: EINVAL (Invalid argument): nice wants -20 to 19"

# --- threads
printf 'thread utime=7 minflt=1 rchar=2 comm=worker\n' >"$M/2/fork" # 3
is 'a thread has its own' "$(cut -d' ' -f2,10,14 "$P/task/3/stat")" '(worker) 1 7'
is 'and its leader' "$(field "$P/task/2/stat" 10 14)" '11 101'
is 'a process has the sum' "$(field "$P/stat" 10 14)" '12 108'
is 'of its io, too' "$(sed -n 1p "$P/io") $(sed -n 1p "$P/task/3/io")" 'rchar: 23 rchar: 2'
is 'the thread inherits' "$(field "$P/task/3/stat" 19 41)" '5 2'
is 'it can be set alone' "$(w 'nice=1 wchan=futex_wait' "$P/task/3/set")" ok
is 'so' "$(field "$P/task/3/stat" 19) $(cat "$P/task/3/wchan")" '1 futex_wait'
is 'not the process' "$(field "$P/stat" 19)" 5
printf '0\n' >"$P/task/3/exit"
is 'what it used stays' "$(field "$P/stat" 10 14)" '12 108'

# --- fork
printf 'comm=child\n' >"$M/2/fork" # 4
C=$M/4
is 'a child is where its parent was' "$(readlink "$C/exe" "$C/cwd" "$C/root" | tr '\n' ' ')$(cat "$C/cgroup")" \
	'/usr/sbin/nginx /var/www /srv 0::/web.slice'
is 'as large' "$(field "$C/stat" 23 24)" '41943040 2048'
is 'with its environment' "$(tr '\0' '|' <"$C/environ")" 'A=1|B=x y|'
is 'its descriptors' "$(readlink "$C/fd/3" "$C/fd/70" | tr '\n' ' ')" 'socket:[77] anon_inode:[eventpoll] '
is 'its limits, terminal, schedule' "$(sed -n '/open files/s/  */ /gp' "$C/limits")$(field "$C/stat" 7 19 40 41)" \
	'Max open files 8 9 files 34817 5 9 2'
is 'and ids' "$(of 'Uid|Groups|CapAmb|Umask' "$C/status" | tr '\n' ' ')" \
	'Umask:	0027 Uid:	1000	1001	1002	1003 Groups:	4 24  CapAmb:	0000000000000001 '
is 'but has used nothing' "$(field "$C/stat" 10 11 12 13 14 15 16 17)$(sed -n 1p "$C/io")" '0 0 0 0 0 0 0 0rchar: 0'
is 'begins now, does not sleep there' "$(field "$C/stat" 22 3)$(cat "$C/wchan")" 'S 00'
is 'and its peak is anew' "$(of 'VmPeak|VmLck' "$C/status" | tr '\n' ' ')" 'VmPeak:	   40960 kB VmLck:	       0 kB '

# --- exec
is 'exec' "$(w /bin/true "$C/exec")" ok
is 'another program' "$(readlink "$C/exe")" /bin/true
is 'without memory and environment' "$(field "$C/stat" 23 24)$(wc -c <"$C/environ")$(wc -l <"$C/maps")" '0 000'
is 'in the same place' "$(readlink "$C/cwd")$(cat "$C/cgroup")$(readlink "$C/fd/3")" '/var/www0::/web.slicesocket:[77]'

# --- setsid drops the terminal
is 'setsid' "$(w '' "$C/setsid")" ok
is 'no terminal' "$(field "$C/stat" 7 8)" '0 -1'

# --- exit and wait
is 'what it has used' "$(w 'utime=40 stime=4 minflt=3 cutime=100' "$C/set")" ok
is 'exit' "$(w 0 "$C/exit")" ok
is 'is still to be seen' "$(field "$C/stat" 3 14 23)" 'Z 40 0'
is 'wait' "$(w 4 "$M/2/reap")" ok
is 'adds it' "$(field "$P/stat" 11 16 17)" '16 243 108'
is 'memory of the dead is free' "$(w KILL "$M/2/kill"; awk '/^(AnonPages|Cached|SwapTotal):/ { print $2 }' "$M/meminfo" | tr '\n' ' ')" 'ok
0 0 0 '

# --- fork with keys
is 'keys of fork' "$(w 'count=2 utime=5 fd=9:/x uid=33 nice=3 cgroup=/c -- /bin/sleep 9' "$M/1/fork")" ok
for pid in 5 6; do
	is "are $pid's" "$(cut -d' ' -f2,14,19 "$M/$pid/stat")$(readlink "$M/$pid/fd/9")$(cat "$M/$pid/cgroup")$(stat -c %u "$M/$pid")" \
		'(sleep) 5 3/x0::/c33'
done
is 'a bad one' "$(w 'count=2 nice=99' "$M/1/fork")" EINVAL
is 'makes none' "$(errno_of stat "$M/7")" ENOENT
is 'an unknown one' "$(w 'nonsense=1' "$M/1/fork")" EINVAL
is 'close' "$(w 'fd=9 fd=0' "$M/5/set")$(ls "$M/5/fd" | tr '\n' ' ')" 'ok1 2 '
is 'and open again' "$(w 'fd=0:pipe:[5]' "$M/5/set")$(readlink "$M/5/fd/0")" 'okpipe:[5]'
exec 3<>"$M/5/pidfd"
echo 'open 6' >&3
read -r fd <&3
exec 3<&-
is 'a pidfd is the first that is free' "$fd" 3
is 'it says whose' "$(readlink "$M/5/fd/3")$(grep -E '^(Pid|NSpid)' "$M/5/fdinfo/3" | tr '\n\t' '  ')" \
	'anon_inode:[pidfd]Pid: 6 NSpid: 6 '
is 'several hierarchies' "$(w 'cgroup=4:memory:/a;0::/b' "$M/5/set")$(tr '\n' ' ' <"$M/5/cgroup")" 'ok4:memory:/a 0::/b '
is 'defaults' "$(w 'environ= groups=7' "$M/5/set")$(wc -c <"$M/5/environ")" 'ok0'
is 'priority can be said' "$(w 'priority=-3' "$M/5/set")$(field "$M/5/stat" 18)" 'ok-3'
is 'core' "$(w core=1 "$M/6/set"; w SEGV "$M/6/kill"; cut -d' ' -f3,52 "$M/6/stat")" 'ok
ok
Z 139'
# --- a fork is a copy: what is said about one is about nobody else
# all PID...: what the files of these say.
all() {
	for pid; do
		for file in cmdline environ comm stat status statm limits cgroup wchan io sched schedstat \
			oom_score oom_score_adj loginuid sessionid timerslack_ns personality coredump_filter; do
			printf '%s/%s: ' "$pid" "$file"
			tr '\0' '|' <"$M/$pid/$file" 2>&1
		done
		for link in exe cwd root fd/3; do
			readlink "$M/$pid/$link"
		done
	done
}

keys='comm=other cmdline="some other" exe=/other cwd=/other/cwd root=/other/root environ=O=1 cgroup=/other wchan=other
uid=7 gid=8 groups=9 loginuid=10 sessionid=11
state=S personality=1 umask=070
utime=1 stime=2 starttime=3
nice=3 policy=0 rt_priority=0 cpus=0 timerslack=123
vsize=8192 rss=4096
minflt=1 majflt=2 oom_score=3 oom_score_adj=4
rchar=5 wchar=6 nvcsw=7 nivcsw=8
limit_nofile=55:66
fd=3:/other'
printf 'cmdline="a copy" comm=parent uid=0 gid=0 environ=P=1 cgroup=/parent exe=/parent fd=3:/parent state=S\n' >"$M/1/fork"
parent=$(ls "$M" | grep '^[0-9]*$' | sort -n | tail -n 1)
printf '\n' >"$M/$parent/fork"
child=$((parent + 1))
before=$(all 1 "$parent")
while read -r line; do
	is "a child: ${line%%=*} and so on" "$(w "$line" "$M/$child/set")" ok
done <<END
$keys
END
is 'leaves its parent as it was' "$(all 1 "$parent")" "$before"
is 'and has its own' "$(tr '\0' '|' <"$M/$child/cmdline")" 'some|other|'
printf '\n' >"$M/$parent/fork"
child=$((child + 1))
before=$(all 1 "$child")
while read -r line; do
	is "a parent: ${line%%=*} and so on" "$(w "$line" "$M/$parent/set")" ok
done <<END
$keys
END
is 'leaves its child as it was' "$(all 1 "$child")" "$before"
before=$(all 1 "$parent")
is 'a fork with keys' "$(w 'cmdline="third one" environ=T=1 exe=/third cgroup=/third' "$M/$parent/fork")" ok
is 'has them for the child alone' "$(all 1 "$parent")" "$before"
is 'which has them' "$(tr '\0' '|' <"$M/$((child + 1))/cmdline")" 'third|one|'
is 'threads share theirs' "$(w 'thread cmdline="of all"' "$M/$((child + 1))/fork")" ok
is 'as they share memory' "$(tr '\0' '|' <"$M/$((child + 1))/cmdline")" 'of|all|'

done_testing
