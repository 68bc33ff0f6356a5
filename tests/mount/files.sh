#!/bin/sh
# SPDX-License-Identifier: MIT
#
# What files say, and what stat(2) and open(2) say of them.
. "${abs_top_srcdir:-.}/tests/lib.sh"

keys() {
	cut -d: -f1 "$1" | tr '\n' ' '
}

mode() {
	stat -c '%A %h' "$1"
}

world
printf 'newpid comm=box\n' >"$M/1/fork"        # 2
printf 'thread\n' >"$M/2/fork"                 # 3
printf -- '-- /bin/sh -c "a b" ""\n' >"$M/1/fork" # 4
printf '\n\n' >"$M/1/fork"                     # 5, 6
printf '3\n' >"$M/6/exit"
box=$(readlink "$M/2/inner")
box=$M/2/${box%/*}

# --- status, stat, statm
pids='Name Umask State Tgid Ngid Pid PPid TracerPid Uid Gid FDSize Groups NStgid NSpid NSpgid NSsid Kthread '
memory='VmPeak VmSize VmLck VmPin VmHWM VmRSS RssAnon RssFile RssShmem VmData VmStk VmExe VmLib VmPTE VmSwap HugetlbPages CoreDumping THP_enabled untag_mask '
rest='Threads SigQ SigPnd ShdPnd SigBlk SigIgn SigCgt CapInh CapPrm CapEff CapBnd CapAmb NoNewPrivs Seccomp Seccomp_filters Speculation_Store_Bypass SpeculationIndirectBranch Cpus_allowed Cpus_allowed_list Mems_allowed Mems_allowed_list voluntary_ctxt_switches nonvoluntary_ctxt_switches '
is 'the lines of status' "$(keys "$M/1/status")" "$pids$memory$rest"
is 'of a zombie' "$(keys "$M/6/status")" "$(echo "$pids" | sed 's/Umask //')$rest"
is 'stat has 52 words' "$(wc -w <"$M/1/stat")" 52
is 'statm has 7' "$(wc -w <"$M/1/statm")" 7
is 'a name of any kind' "$(w 'a) b\c' "$M/5/comm")" ok
is 'is bare in stat' "$(cut -d' ' -f1-4 "$M/5/stat")" '5 (a) b\c) S'
is 'and escaped in status' "$(head -n 1 "$M/5/status")" 'Name:	a) b\\c'
is 'cmdline' "$(tr '\0' '|' <"$M/4/cmdline")" '/bin/sh|-c|a b||'
is 'cmdline of a zombie' "$(cat "$M/6/cmdline")" ''
is 'exit_signal and exit_code' "$(cut -d' ' -f38,52 "$M/6/stat")" '17 768'
is 'the numbers of a thread' "$(sed -n 's/^NS[tp].*id:	//p' "$M/2/task/3/status" | tr '\n' ' ')" \
	'2	1 3	2 1	0 '
is 'an unlisted TID has its own' "$(sed -n 's/^Pid:	//p' "$M/3/status")" 3
is 'and task/ of the group' "$(ls "$M/3/task" | tr '\n' ' ')" '2 3 '
is 'inner of a thread' "$(sed -n 's/^NSpid:	//p' "$M/3/inner/status")" 2

# --- attributes
is 'a process' "$(mode "$M/1")" "dr-xr-xr-x 7"
is 'task/ counts threads' "$(mode "$M/2/task")" 'dr-xr-xr-x 4'
is 'a fact' "$(mode "$M/1/stat")" '-r--r--r-- 1'
is 'a control file' "$(mode "$M/1/fork")" '-rw-r--r-- 1'
is 'sizes are true' "$(stat -c %s "$M/1/stat" "$M/table" | tr '\n' ' ')" \
	"$(wc -c <"$M/1/stat") $(wc -c <"$M/table") "
is 'or 0, of what moves or is for writing' "$(stat -c %s "$M/uptime" "$M/1/fork" | tr '\n' ' ')" '0 0 '
is 'uid and gid' "$(w 'uid=1234 gid=77' "$M/5/set")" ok
is 'of a process' "$(stat -c '%u %g' "$M/5" "$M/5/stat" | tr '\n' ' ')" '1234 77 1234 77 '
is 'control files are the mounter'\''s' "$(stat -c %u "$M/5/fork")" "$(id -u)"
is 'inode numbers stay' "$(stat -c %i "$M/5/stat")" "$(stat -c %i "$M/5/stat")"
is 'the root of a view' "$(stat -c %F "$box/")" directory
is 'd_type' "$(find "$M/1" -maxdepth 1 -type f -name 'fo*' -o -maxdepth 1 -type l -name wait \
	-o -maxdepth 1 -type d -name task | sed 's|.*/||' | sort | tr '\n' ' ')" 'fork task wait '

# --- links of ns/
ns=$(readlink "$M/2/ns/pid")
is 'they have the number' "pid:[$(stat -L -c %i "$M/2/ns/pid")]" "$ns"
is 'all of them' "$(ls "$M/1/ns" | tr '\n' ' ')" \
	'cgroup ipc mnt net pid pid_for_children time time_for_children user uts '
is 'nothing can be read there' "$(errno_of cat "$M/2/ns/pid")" EINVAL
is 'no other namespace' "$(errno_of stat "$M/1/ns/$ns")" ENOENT
is 'a zombie has left most' "$(errno_of stat -L "$M/6/ns/uts")" ENOENT
check 'but not this one' stat -L "$M/6/ns/pid"

# --- names
for name in 01 0 -1 +1 1x 4294967297 99999999999999999999 '1 '; do
	is "no process $name" "$(errno_of stat "$M/$name")" ENOENT
done
is '.live is not listed' "$(find "$M" -name .live)" ''
is 'but there' "$(stat -c %F "$M/.live")" directory
opens() {
	sed -n 's/^Open:	//p' "$M/.live/requests"
}
before=$(opens)
cat "$M/1/fork" "$M/1/fork" >"$T/.out"
is 'requests are counted, this one'\''s, too' "$(($(opens) - before))" 3
is 'who is not in a view has no self' "$(readlink "$box/self")" ''
check 'the link is there' test -L "$box/self"

# --- offsets, pieces
is 'in pieces' "$(dd if="$M/1/status" bs=7 status=none)" "$(cat "$M/1/status")"
is 'from an offset' "$(dd if="$M/1/status" bs=1 skip=6 count=4 status=none)" init
is 'behind the end' "$(dd if="$M/1/statm" bs=1 skip=1000 status=none 2>/dev/null)" ''
exec 3<"$M/5/comm"
read -r one <&3
is 'one' "$one" 'a) b\c'
exec 3<&-

# --- sysctls, as the kernel reads numbers
is 'blanks' "$(w '  5000	' "$M/sys/kernel/pid_max")" ok
is 'hexadecimal' "$(w 0x1000 "$M/sys/kernel/pid_max")" ok
is 'it is' "$(cat "$M/sys/kernel/pid_max")" 4096
is 'octal' "$(w 010000 "$M/sys/kernel/pid_max")" ok
is 'it is' "$(cat "$M/sys/kernel/pid_max")" 4096
for no in '' x 5x '5 6 x' 0x - 99999999999999999999; do
	is "not $no" "$(w "$no" "$M/sys/kernel/pid_max")" EINVAL
done
check 'errors tells' grep -q '^sys/kernel pid_max: ' "$M/errors"
is 'nothing was changed' "$(cat "$M/sys/kernel/pid_max")" 4096

# --- views
is 'table and listing agree' "$(awk 'NR > 1 { print $1 }' "$M/table" | tr '\n' ' ')" \
	"$(ls -f "$M" | grep '^[0-9]' | tr '\n' ' ')"
is 'in its view' "$(awk 'NR > 1 { print $1, $2, $9 }' "$box/table")" '1 0 1'
check 'tree' grep -q '2 box (2 threads)  \[pid:\[[0-9]*\] 1\]$' "$M/tree"
is 'errors is in the root view only' "$(errno_of stat "$box/errors")" ENOENT
is 'so is ns' "$(errno_of stat "$box/ns")" ENOENT
is 'loadavg' "$(wc -w <"$M/loadavg")" 5
is 'uptime' "$(wc -w <"$M/uptime")" 2
check 'stat' grep -q '^btime [0-9]*$' "$M/stat"
check 'meminfo' grep -q '^MemTotal: *[0-9]* kB$' "$M/meminfo"
is 'an empty line behind each CPU' "$(grep -c '^$' "$M/cpuinfo")" "$(grep -c ^processor "$M/cpuinfo")"
check 'version' grep -q '^Linux version 6\.12' "$M/version"

# --- who asks finds itself
# shellcheck disable=SC2016
is 'under its own number' "$(sh -c 'read -r x <"$1/$$/stat" && echo "$x" | cut -d" " -f1,2' sh "$M")" \
	'1 (init)'
is 'nobody else does' "$(errno_of stat "$M/$$")" ENOENT
if unshare -pf true 2>/dev/null; then
	# The first one in a new namespace is 1, and so is a virtual process.
	printf '1000\n' >"$M/sys/kernel/ns_last_pid"
	# shellcheck disable=SC2016
	is 'under the number of its namespace' "$(unshare -pf sh -c '
		for i in 2 3 4 5 6 7 8; do
			sh -c '\''[ $$ -gt 6 ] && read -r x <"$1/$$/comm" && echo "$$ $x"'\'' sh "$1"
		done' sh "$M" 2>&1 | head -n 1)" '7 init'
else
	skip 'under the number of its namespace' 'no namespace can be made'
fi

# --- what dies
(
	cd "$M/4" || exit
	exec 3<stat
	printf 'CHLD ignore\n' >"$M/1/sigaction"
	printf '\n' >"$M/4/exit"
	# shellcheck disable=SC2094
	is 'an open file of the dead' "$(errno_of cat <&3)" ESRCH
	is 'a name below the dead' "$(errno_of cat status)" ESRCH
	is 'no listing' "$(errno_of ls .)" ENOENT
	check 'what is held can be looked at' stat .
	is 'a path' "$(errno_of ls "$M/4")" ENOENT
	is 'a new one' "$(w 3 "$M/sys/kernel/ns_last_pid")" ok
	printf '\n' >"$M/1/fork"
	check 'takes the number' test -d "$M/4"
	is 'but is no heir' "$(errno_of cat status)" ESRCH
	is 'of open files neither' "$(errno_of cat <&3)" ESRCH
	echo "$_count $_failed" >"$T/counts"
)
read -r _count _failed <"$T/counts"

# --- ps, if it is here
if command -v ps >/dev/null && unshare -m true 2>/dev/null; then
	# shellcheck disable=SC2016
	is 'ps' "$(unshare -m sh -c 'mount --bind "$1" /proc && ps -e -o pid=,ppid=,comm=' sh "$M" 2>&1 |
		awk 'NR < 3 { print $1, $2, $3 }' | tr '\n' ';')" '1 0 init;2 1 box;'
else
	skip 'ps' 'not here, or not permitted'
fi

done_testing
