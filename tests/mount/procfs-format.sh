#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The shape of every file, compared with that of this machine's own /proc for a
# process of the test: keys, their order, separators, widths, numbers of fields.
# No value is compared, and of what kernels may lack only what both have.
. "${abs_top_srcdir:-.}/tests/lib.sh"

# shapes FILE: a line for each of its lines: the key, a tab, and the line with its
# numbers made alike: <N> for one that is filled up with blanks to N columns.
shapes() {
	awk '{
		key = $0
		if (match(key, /:/))
			key = substr(key, 1, RSTART - 1)
		else
			key = $1
		sub(/ *$/, "", key)
		line = substr($0, length(key) + 1)
		gsub(/[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]/, "HEX", line)
		out = ""
		while (match(line, / *-?[0-9]+(\.[0-9]+)?/)) {
			run = substr(line, RSTART, RLENGTH)
			blanks = run
			sub(/[^ ].*/, "", blanks)
			n = length(blanks)
			mark = n >= 2 ? "<" RLENGTH ">" : n ? " N" : "N"
			# Too long for its column: then it moves what follows.
			if (RLENGTH - n > 8 && n < 2)
				mark = "LONG"
			out = out substr(line, 1, RSTART - 1) mark
			line = substr(line, RSTART + RLENGTH)
		}
		print key "\t" out line
	}' "$1"
}

# alike NAME REAL OURS [IGNORED]: the lines of keys that both have are the same, in
# the same order; at least one is.  IGNORED is a pattern of keys.
alike() {
	[ -r "$2" ] || return 0 # this kernel was made without it
	shapes "$2" | grep -v -E "^(${4:-!})	" >"$T/real"
	shapes "$3" | grep -v -E "^(${4:-!})	" >"$T/ours"
	awk -F'\t' 'NR == FNR { has[$1] = 1; next } ($1 in has) && !seen[$1]++' "$T/ours" "$T/real" \
		>"$T/real.common"
	awk -F'\t' 'NR == FNR { has[$1] = 1; next } ($1 in has) && !seen[$1]++' "$T/real" "$T/ours" \
		>"$T/ours.common"
	# A number that fills its column on one side says nothing of the width.
	grep -h LONG "$T/real.common" "$T/ours.common" | cut -f1 >"$T/long"
	for _side in real ours; do
		awk -F'\t' 'NR == FNR { long[$1] = 1; next } !($1 in long)' "$T/long" \
			"$T/$_side.common" >"$T/$_side.cmp"
	done
	[ -s "$T/ours.common" ] || not_ok "$1: there is something to compare" || return
	is "$1" "$(cat "$T/ours.cmp")" "$(cat "$T/real.cmp")"
}

# every NAME PATTERN FILE: each line is like that, and there is one.
every() {
	is "$1" "$([ -s "$3" ] || [ -n "$(head -c 1 "$3")" ] && grep -v -E -e "$2" "$3")" ''
}

# order NAME REAL OURS: first words that both have are in the same order.
order() {
	[ -r "$2" ] || return 0
	awk '{ print $1 }' "$2" >"$T/real"
	awk '{ print $1 }' "$3" >"$T/ours"
	is "$1" "$(grep -x -F -f "$T/real" "$T/ours")" "$(grep -x -F -f "$T/ours" "$T/real")"
}

world
sleep 600 &
real=$!
started "$real"
wait_for 60 sh -c "grep -q '^Name:.*sleep' /proc/$real/status" || bail 'no process to compare with'
R=/proc/$real
is 'a process like it' "$(w 'comm=sleep rss=1794048 vsize=2990080 text=20480 stack=135168 lib=1564672 data=229376 shared=1683456 pte=45056 exe=/usr/bin/sleep fd=3:/etc/passwd nvcsw=3' "$M/1/fork")" ok
P=$M/2

# --- of a process
alike status "$R/status" "$P/status" \
	'Name|Groups|Cpus_allowed.*|Mems_allowed.*|Speculation.*|x86_.*|State|SigQ|NS.*|.*Size'
is 'status has levels behind tabs' "$(sed -n 's/^NSpid//p' "$P/status")" ":	2"
alike 'FDSize' "$R/status" "$P/status" '[^F].*|.[^D].*'
alike io "$R/io" "$P/io"
alike sched "$R/sched" "$P/sched" 'sleep.*|mm-.*|.*numa.*|current_node.*|total_numa.*'
is 'sched begins with the name' "$(head -n 1 "$P/sched")" 'sleep (2, #threads: 1)'
is 'and a line' "$(sed -n 2p "$P/sched")" "$(sed -n 2p "$R/sched")"
alike smaps_rollup "$R/smaps_rollup" "$P/smaps_rollup" '.*-.*'
alike smaps "$R/smaps" "$P/smaps" '.*-.*|VmFlags|ProtectionKey'
is 'smaps ends a mapping with flags' "$(grep -c '^VmFlags: .. .*[a-z] $' "$P/smaps")" \
	"$(grep -c . "$P/maps")"
# shellcheck disable=SC2016
limits='NR == 1 { print } NR > 1 { print substr($0, 1, 26) "|" substr($0, 69) "|" length }'
is limits "$(awk "$limits" "$P/limits")" "$(awk "$limits" "$R/limits")"
for file in stat statm schedstat; do
	is "$file has so many words" "$(wc -w <"$P/$file")" "$(wc -w <"$R/$file")"
	is "$file is one line" "$(wc -l <"$P/$file")" "$(wc -l <"$R/$file")"
done
every 'stat is numbers' '^[0-9]+ \(.*\) [A-Z]( -?[0-9]+){49}$' "$P/stat"
every 'as it is there' '^[0-9]+ \(.*\) [A-Z]( -?[0-9]+){49}$' "$R/stat"
maps='^[0-9a-f]{8,}-[0-9a-f]{8,} [r-][w-][x-][ps] [0-9a-f]{8} [0-9a-f]{2,}:[0-9a-f]{2,} [0-9]+ '
every maps "$maps" "$P/maps"
every 'as it is there' "$maps" "$R/maps"
# shellcheck disable=SC2016
column='/\[stack\]/ { print index($0, "[") }'
is 'names are in a column' "$(awk "$column" "$P/maps")" "$(awk "$column" "$R/maps")"
for file in personality timerslack_ns oom_score oom_adj oom_score_adj coredump_filter; do
	[ ! -r "$R/$file" ] ||
		is "$file" "$(sed 's/-*[0-9a-f][0-9a-f]*/N/g' "$P/$file")" \
			"$(sed 's/-*[0-9a-f][0-9a-f]*/N/g' "$R/$file")"
done
is 'personality has eight digits' "$(cat "$P/personality")" 00000000
for file in loginuid sessionid wchan; do
	is "$file has no end of line" "$(wc -l <"$P/$file")" 0
done
every cgroup '^[0-9]+:[^:]*:/' "$P/cgroup"
every 'as it is there' '^[0-9]+:[^:]*:/' "$R/cgroup"
mount='^[^ ]+ /[^ ]* [^ ]+ r[wo][^ ]* 0 0$'
every mounts "$mount" "$P/mounts"
every 'as it is there' "$mount" "$R/mounts"
info='^[0-9]+ [0-9]+ [0-9]+:[0-9]+ [^ ]+ /[^ ]* r[wo][^ ]* ([a-z_]+:[0-9]+ )*- [^ ]+ [^ ]+ r[wo]'
every mountinfo "$info" "$P/mountinfo"
every 'as it is there' "$info" "$R/mountinfo"
every mountstats '^device [^ ]+ mounted on /[^ ]* with fstype [^ ]+$' "$P/mountstats"
is 'as many mounts in each' "$(wc -l <"$P/mountinfo") $(wc -l <"$P/mountstats")" \
	"$(wc -l <"$P/mounts") $(wc -l <"$P/mounts")"
alike fdinfo "$R/fdinfo/0" "$P/fdinfo/0"
every 'syscall of one who sleeps in none' '^-1 0x[0-9a-f]+ 0x[0-9a-f]+$' "$P/syscall"
is 'links of fd/' "$(stat -c '%A %s' "$P/fd/3")" 'lrwx------ 64'
is 'modes' "$(cd "$P" && stat -c '%a %n' environ io limits maps smaps fd fdinfo ns personality \
	syscall mountstats status exe | tr '\n' ' ')" \
	"$(cd "$R" && stat -c '%a %n' environ io limits maps smaps fd fdinfo ns personality \
		syscall mountstats status exe | tr '\n' ' ')"

# --- of the network
N=/proc/self/net
for file in dev arp tcp tcp6 udp udp6 raw unix packet netlink route icmp protocols; do
	[ ! -r "$N/$file" ] || is "net/$file begins alike" "$(head -n 1 "$P/net/$file")" \
		"$(head -n 1 "$N/$file")"
done
alike net/dev "$N/dev" "$P/net/dev" '[^ ].*|.*\|.*|  *eth.*'
alike net/sockstat "$N/sockstat" "$P/net/sockstat"
alike net/sockstat6 "$N/sockstat6" "$P/net/sockstat6"
order 'names of net/snmp6' "$N/snmp6" "$P/net/snmp6"
alike 'numbers of net/snmp6' "$N/snmp6" "$P/net/snmp6"
for file in snmp netstat; do
	awk '!seen[$1]++ { for (i = 2; i <= NF; i++) print $1 $i }' "$N/$file" >"$T/names.real"
	awk '!seen[$1]++ { for (i = 2; i <= NF; i++) print $1 $i }' "$P/net/$file" >"$T/names.ours"
	order "names of net/$file" "$T/names.real" "$T/names.ours"
	is "each has a number in net/$file" \
		"$(awk '{ n[$1] = n[$1] " " NF } END { for (k in n) if (split(n[k], a) != 2 || a[1] != a[2]) print k }' \
			"$P/net/$file")" ''
done

# --- of the machine
alike /proc/stat /proc/stat "$M/stat" 'intr|softirq|cpu[0-9]*'
is 'cpu has ten numbers' "$(head -n 1 "$M/stat" | wc -w)" "$(head -n 1 /proc/stat | wc -w)"
is 'two blanks behind cpu' "$(head -n 1 "$M/stat" | cut -c1-5)" 'cpu  '
every loadavg '^[0-9]+\.[0-9]{2} [0-9]+\.[0-9]{2} [0-9]+\.[0-9]{2} [0-9]+/[0-9]+ [0-9]+$' "$M/loadavg"
every uptime '^[0-9]+\.[0-9]{2} [0-9]+\.[0-9]{2}$' "$M/uptime"
every version '^Linux version [^ ]+ \([^ ]*@[^ ]*\) \(.*\) #1 SMP' "$M/version"
alike meminfo /proc/meminfo "$M/meminfo" 'HugePages.*|DirectMap.*'
order 'keys of meminfo' /proc/meminfo "$M/meminfo"
order 'keys of vmstat' /proc/vmstat "$M/vmstat"
every 'vmstat' '^[a-z_0-9]+ [0-9]+$' "$M/vmstat"
order 'keys of cpuinfo' /proc/cpuinfo "$M/cpuinfo"
order softirqs /proc/softirqs "$M/softirqs"
# Machines have other CPUs than this world's: what is looked at is the first.
is 'softirqs have a column a CPU' "$(sed -n 2p "$M/softirqs" | wc -w)" \
	"$(($(head -n 1 "$M/softirqs" | wc -w) + 1))"
is 'softirqs are as wide' "$(sed -n 2p "$M/softirqs" | cut -c1-13)" '          HI:'
for file in swaps slabinfo partitions sysvipc/msg sysvipc/sem sysvipc/shm cgroups; do
	[ ! -r "/proc/$file" ] || is "$file begins alike" "$(head -n 1 "$M/$file")" \
		"$(head -n 1 "/proc/$file")"
done
[ ! -r /proc/slabinfo ] ||
	is 'slabinfo, second line' "$(sed -n 2p "$M/slabinfo")" "$(sed -n 2p /proc/slabinfo)"
every diskstats '^ *[0-9]+ +[0-9]+ [a-z]+[0-9]*( [0-9]+){17}$' "$M/diskstats"
every pressure '^(some|full) avg10=[0-9.]+ avg60=[0-9.]+ avg300=[0-9.]+ total=[0-9]+$' "$M/pressure/cpu"
every filesystems '^(nodev)?	[a-z0-9]+$' "$M/filesystems"
every buddyinfo '^Node +[0-9]+, zone +[A-Za-z0-9]+( +[0-9]+){11} $' "$M/buddyinfo"
[ ! -r /proc/buddyinfo ] ||
	every 'as it is there' '^Node +[0-9]+, zone +[A-Za-z0-9]+( +[0-9]+)+ $' /proc/buddyinfo
every tty/drivers '^[a-z_0-9/]+ +/dev/[a-zA-Z0-9/]+ +[0-9]+ +[0-9-]+ [a-z:/]+' "$M/tty/drivers"
every 'file-nr' '^[0-9]+	0	[0-9]+$' "$M/sys/fs/file-nr"
every boot_id '^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$' \
	"$M/sys/kernel/random/boot_id"
for file in kernel/threads-max kernel/ngroups_max kernel/cap_last_cap kernel/tainted \
	kernel/random/entropy_avail kernel/random/poolsize fs/file-max fs/nr_open vm/swappiness; do
	every "sys/$file" '^[0-9]+$' "$M/sys/$file"
done

# --- of the dead
is 'a child' "$(w 'environ=A=1' "$M/2/fork")" ok
is 'that ends' "$(w 0 "$M/3/exit")" ok
Z=$M/3
for file in status stat comm cgroup limits oom_score sched wchan; do
	check "a zombie has $file" cat "$Z/$file"
done
check 'a zombie has its user namespace' stat -L "$Z/ns/user"
for file in cmdline maps smaps; do
	is "a zombie's $file is empty" "$(wc -c <"$Z/$file")" 0
done
for link in exe cwd root ns/uts ns/mnt; do
	is "a zombie has no $link" "$(errno_of readlink -v "$Z/$link")" ENOENT
done
for file in environ smaps_rollup; do
	is "$file of a zombie" "$(errno_of cat "$Z/$file")" ESRCH
done
for file in mounts mountinfo mountstats; do
	is "$file of a zombie" "$(errno_of cat "$Z/$file")" EINVAL
done
is 'no descriptors' "$(ls "$Z/fd" "$Z/fdinfo" | grep '^[0-9]')" ''

done_testing
