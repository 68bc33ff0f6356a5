#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The machine of a world and its time: what a fixture dictates, what adds up, what
# never runs backwards, and that a world whose clock stands is the same twice.
. "${abs_top_srcdir:-.}/tests/lib.sh"

# stat_of KEY: the numbers behind it in /proc/stat.
stat_of() {
	sed -n "s/^$1  *//p" "$M/stat"
}

kb() {
	sed -n "s/^$1: *\([0-9]*\) kB/\1/p" "$M/meminfo"
}

world -o clock=frozen

# --- what can be said
is 'usage' "$(sed -n 1p "$M/set")" 'set: KEY=VALUE…: what a fixture dictates of the machine, all or none of a line'
is 'set' "$(w 'cpus=4 btime=1000000000 hostname=box domainname=example.org osrelease=5.4.0 version="#2 SMP"' "$M/set")" ok
is 'memory' "$(w 'mem_total=1073741824 buffers=4194304 cached=8388608 swap_total=104857600' "$M/set")" ok
is 'load' "$(w 'loadavg=0.25,10.10,0.05 ctxt=77 intr=88' "$M/set")" ok
is 'names' "$(cat "$M/sys/kernel/hostname" "$M/sys/kernel/domainname" "$M/sys/kernel/osrelease" \
	"$M/sys/kernel/version" | tr '\n' ' ')" 'box example.org 5.4.0 #2 SMP '
is 'version' "$(cat "$M/version")" 'Linux version 5.4.0 (pidnsfs@box) (gcc) #2 SMP'
is 'processors' "$(grep -c ^processor "$M/cpuinfo") $(grep -c '^cpu[0-9]' "$M/stat") $(head -n 1 "$M/interrupts" | wc -w) $(head -n 1 "$M/softirqs" | wc -w)" '4 4 4 4'
is 'affinity' "$(grep ^Cpus_allowed "$M/1/status" | tr '\n' ' ')" 'Cpus_allowed:	f Cpus_allowed_list:	0-3 '
is 'the boot' "$(stat_of btime) $(stat -c %Y "$M/1")" '1000000000 1000000000'
is 'meminfo' "$(for k in MemTotal MemFree MemAvailable Buffers Cached SwapTotal SwapFree; do kb $k; done | tr '\n' ' ')" \
	'1048576 1036288 1048576 4096 8192 102400 102400 '
is 'vmstat agrees' "$(awk -v kb=$(($(getconf PAGESIZE) / 1024)) '$1 == "nr_free_pages" { print $2 * kb }' "$M/vmstat")" "$(kb MemFree)"
is 'so does buddyinfo' "$(awk -v kb=$(($(getconf PAGESIZE) / 1024)) '{ for (i = 5; i <= NF; i++) n += $i * 2 ^ (i - 5) } END { print n * kb }' "$M/buddyinfo")" "$(kb MemFree)"
is 'swaps' "$(awk 'NR == 2 { print $3, $4 }' "$M/swaps")" '102400 0'
is 'loadavg' "$(cat "$M/loadavg")" '0.25 10.10 0.05 0/1 1'
is 'ctxt intr' "$(stat_of ctxt) $(stat_of intr) $(awk '$1 == "LOC:" { print $2 }' "$M/interrupts")" '77 88 88'
is 'a number that is not free' "$(w mem_free=1048576 "$M/set")$(kb MemFree)" ok1024

for bad in cpus=0 cpus=8193 cpus=x btime=-1 hostname= "hostname=$(printf %065d 0)" mem_total=-1 \
	mem_total=1G loadavg=1,2,3 loadavg=1.00,2.00 loadavg=1.00,2.00,3.000 loadavg=x,y,z \
	user=-1 nonsense=1 utime=3; do
	is "$bad is refused" "$(w "hostname=other $bad" "$M/set")" EINVAL
done
is 'why' "$(tail -n 1 "$M/errors")" 'set: hostname=other utime=3: EINVAL (Invalid argument): there is no key utime'
is 'nothing of the line was set' "$(cat "$M/sys/kernel/hostname")" box
is 'not below ns/' "$(errno_of stat "$M/1/../ns/$(sed -n 's/^Inum:	//p' "$M/pidns")/set")" ENOENT

# --- time
is 'it stands' "$(cat "$M/clock" "$M/uptime" | tr '\n' ' ')" '0.00 0.00 0.00 '
is 'advanced' "$(w +10 "$M/clock")$(cat "$M/clock")" ok10.00
is 'by parts' "$(w +0.25 "$M/clock")$(cat "$M/clock")" ok10.25
is 'set' "$(w 100.5 "$M/clock")$(cat "$M/clock")" ok100.50
is 'uptime, and who was idle' "$(cat "$M/uptime")" '100.50 402.00'
for bad in 100 100.49 -1 +-1 x '' + 1.234 1e3 '1 2' 99999999999; do
	is "not to '$bad'" "$(w "$bad" "$M/clock")" EINVAL
done
is 'because' "$(w 3 "$M/clock"; tail -n 1 "$M/errors")" "EINVAL
clock: 3: EINVAL (Invalid argument): time does not run backwards"
is 'it has not moved' "$(cat "$M/clock")" 100.50
printf 'newpid\n' >"$M/1/fork" # 2
is 'who is born begins then' "$(cut -d' ' -f22 "$M/2/stat")" 10050
is 'its directory is as old' "$(stat -c %Y "$M/2")" 1000000100

# --- what processes do is done on a CPU
is 'on the third' "$(w 'processor=2 utime=100 stime=20' "$M/2/set")$(stat_of cpu2 | cut -d' ' -f1-4)" 'ok100 0 20 10050'
is 'all together' "$(stat_of cpu | cut -d' ' -f1-4)" '100 0 20 40200'
is 'a nice one' "$(w 'processor=0 nice=10 utime=150' "$M/2/set")$(stat_of cpu0 | cut -d' ' -f1-3)" 'ok0 50 0'
is 'less than before' "$(w 'utime=0 stime=0' "$M/2/set")$(stat_of cpu | cut -d' ' -f1-3)" 'ok100 50 20'
is 'time passes' "$(w +2 "$M/clock")$(stat_of cpu | cut -d' ' -f4)" ok40830
is 'the machine has its own' "$(w 'user=1 nice=2 system=3 iowait=4 irq=5 softirq=6 steal=7 guest=8 guest_nice=9' "$M/set")$(stat_of cpu)" \
	'ok101 52 23 40830 4 5 6 7 8 9'
is 'state' "$(w state=R "$M/2/set")$(stat_of procs_running) $(cut -d' ' -f4 "$M/loadavg")" 'ok1 1/2'
printf 'thread\n' >"$M/2/fork" # 3
is 'threads count' "$(cut -d' ' -f4,5 "$M/loadavg")" '1/3 3'
is 'forks, too' "$(stat_of processes)" 3
box=$M/$(readlink "$M/2/inner")
box=$M/2/$(readlink "$M/2/inner")
is 'a view has its own last pid' "$(cut -d' ' -f4,5 "${box%/*}/loadavg")" '1/3 2'
is 'a view is on the same machine' "$(cat "${box%/*}/sys/kernel/hostname")$(stat_of processes)" box3

# --- an open file is read again from its beginning
exec 3<"$M/stat" 4<"$M/uptime"
read -r before <&4
printf '+5\n' >"$M/clock"
exec 5<"$M/uptime"
read -r after <&5
is 'later it says more' "$before|$after" "$(echo '102.50 408.30|107.50 428.02')"
exec 3<&- 4<&- 5<&-
is 'lseek' "$(perl -e 'open F, "<", $ARGV[0]; sysread F, $a, 99; open G, ">", $ARGV[1]; syswrite G, "+1\n"; sysseek F, 0, 0; sysread F, $b, 99; print $a, $b' "$M/uptime" "$M/clock")" \
	'107.50 428.02
108.50 432.02'

# --- a clock that runs
unworld
world
is 'it runs' "$(wait_for 60 grep -q -v '^0\.0' "$M/clock" && echo yes)" yes
is 'and can be advanced' "$(w +1000 "$M/clock"; sed 's/^1[0-9][0-9][0-9]\..*/more/' "$M/clock")" 'ok
more'
is 'not set back' "$(w 5 "$M/clock")" EINVAL
stat_of cpu >"$T/first"
w 'utime=500' "$M/1/set" >"$T/.out"
w '+3' "$M/clock" >"$T/.out"
stat_of cpu >"$T/second"
is 'nothing runs backwards' "$(cat "$T/first" "$T/second" | awk 'NR == 1 { split($0, a) } NR == 2 { for (i = 1; i <= NF; i++) if ($i < a[i]) print i }')" ''
unworld

# --- the same script, the same bytes
script() {
	{
		printf 'newpid comm=box utime=7 rss=1048576\n' >"$M/1/fork"
		printf 'count=3 fd=3:socket:[5] environ=A=1 state=R\nthread\n' >"$M/2/fork"
		printf '+3.5\n' >"$M/clock"
		printf 'comm=late cwd=/tmp\n' >"$M/1/fork"
		printf 'KILL 2\n' >"$M/1/kill"
		printf 'nonsense\n' >"$M/1/setns" || :
		printf 'hostname=h cpus=3\n' >"$M/set"
	} 2>/dev/null
	(cd "$M" && grep -r '' . 2>/dev/null | LC_ALL=C sort && find . -ls 2>/dev/null | awk '{ $3 = $3; print $1, $3, $4, $5, $6, $8, $9, $10, $11, $12, $13 }') >"$1"
}
for run in 1 2; do
	world -o clock=frozen
	script "$T/run$run"
	unworld
done
is 'there is something to compare' "$(grep -c 'late' "$T/run1" | awk '{ print ($1 > 3) }')" 1
check 'two runs are the same' cmp "$T/run1" "$T/run2"
diff "$T/run1" "$T/run2" | head -n 20 | diag

done_testing
