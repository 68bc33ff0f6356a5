#!/bin/sh
# SPDX-License-Identifier: MIT
#
# What readers of /proc rely on, beyond the texts: each of these was seen to break
# some program where it is not so.
. "${abs_top_srcdir:-.}/tests/lib.sh"
. "$abs_top_srcdir/tests/acts.sh"
. "$abs_top_srcdir/tests/clients/fixture.sh"

need ps strace lsns

# each FILE: that file of every process, as a list.
each() {
	for _dir in "$V"/[0-9]*; do
		echo "$_dir/$1"
	done
}

# unlike AWK-CONDITION FILE: the processes in whose file a line is so.
unlike() {
	each "$2" | xargs awk -F '\t' "$1"' { print FILENAME ": " $0 }'
}

fixture

# --- a reader finds itself, though it is nobody of this world
is 'ps finds itself where /proc is a plain view' "$(in_plain_view ps -C nginx -o pid= | words)" \
	'20 21 22'
is 'it is whom readers act as' "$(in_plain_view sh -c '
	read -r own </proc/$$/comm; read -r self </proc/self/comm; echo "$own $self"')" 'init init'
is 'which is its own business' "$(in_plain_view sh -c 'cat /proc/$$/comm || echo none')" none
is 'it is not listed' "$(in_plain_view sh -c 'ls /proc' | grep -c '^400')" 0
is 'but for itself there is no such number' \
	"$(in_plain_view sh -c 'test -e /proc/4100000 || echo none')" none
V=$M/ns/$nested
is 'where it is not to be seen, its number leads to the init' \
	"$(in_plain_view sh -c 'read -r own </proc/$$/comm; echo "$own"')" runc
is 'and self nowhere' "$(readlink "$V/self" "$V/thread-self" || echo none)" none
V=$M
is 'in .run it is true' "$(in_view sh -c 'echo $$; cat /proc/$$/comm /proc/self/comm' |
	sed 's/400[0-9]*/N/' | words)" 'N sh cat'
is 'even what it has open' "$(in_view sh -c 'echo well >'"$T/said"'; cat /proc/self/fd/3 3<'"$T/said")" \
	well
check 'and what a shell makes of <( )' in_view bash -c 'read -r x < <(echo yes) && [ $x = yes ] &&
	diff <(echo a) <(echo a)'

# --- texts are those of the moment
is 'a size that is true, or 0 of what moves' "$(stat -c %s "$V/20/comm" "$V/uptime" | words)" '6 0'
is 'who seeks back reads the present' "$(talk -r "$V/20/comm" read \
	run "echo other >'$V/20/comm'" read seek 0 read | words)" 'nginx ok other'
at 20/comm nginx

# --- the listing
is 'in ascending order' "$(find "$V" -maxdepth 1 -name '[0-9]*' -printf '%f\n')" \
	"$(find "$V" -maxdepth 1 -name '[0-9]*' -printf '%f\n' | sort -n)"
is 'a thread is not listed, but there' "$(ls "$V" | grep -c -x 31; cat "$V/31/comm")" '0
GC Thread#0'

# --- namespaces
is 'the number of a namespace is that of its file' \
	"$(for ns in "$V"/45/ns/*; do
		[ "$(readlink "$ns")" = "${ns##*/}:[$(stat -L -c %i "$ns")]" ] || echo "$ns"
	done | sed 's|.*/||' | words)" 'pid_for_children time_for_children'
is 'who asks it for its owner is not permitted' "$(in_view strace -qq -e trace=ioctl -o "$T/trace" \
	lsns -t pid >"$T/.out"
	grep -c 'NS_GET_USERNS) *= -1 EPERM' "$T/trace" | sed 's/^[1-9][0-9]*$/some/')" some

# --- who owns what
is 'a process is owned by whom status names' "$(each status | xargs awk '
	/^Uid:/ { print FILENAME, $3 }' | while read -r file uid; do
	[ "$(stat -c %u "${file%/status}")" = "$uid" ] || echo "$file"
done)" ''
is 'so is a thread' "$(stat -c %u "$V/20/task/20")" 1

# --- formats that make readers crash
is 'status has a tab behind each name' "$(unlike '!/^[A-Za-z_]+:\t/' status)" ''
is 'stat has 52 fields' "$(unlike '{ sub(/.*\)/, "pid comm"); n = split($0, f, " ") }
	n != 52' stat)" ''
is 'a name in it is as it is' "$(sed 's/).*/)/' "$V/60/stat"; sed 's/) S.*/)/' "$V/60/stat")" '60 (a)
60 (a) R (b)'
is 'a backslash is doubled in status alone' \
	"$(field Name "$V/61/status"; cat "$V/61/comm")" 'naïve%s\\x
naïve%s\x'
is 'cmdline ends in NUL' "$(each cmdline | while read -r file; do
	[ ! -s "$file" ] && [ -z "$(tail -c 1 "$file" | tr '\0' .)" ] ||
		[ "$(tail -c 1 "$file" | tr '\0' .)" = . ] || echo "$file"
done)" ''
is 'every processor has 10 numbers' "$(awk '/^cpu/ && NF != 11' "$V/stat")" ''
is 'btime and uptime make the present' "$(awk -v now="$(date +%s)" '
	NR == FNR { if (/^btime/) b = $2; next }
	{ d = now - b - $1; print (d > -5 && d < 65 ? "so" : d) }' "$V/stat" "$V/uptime")" so
is 'cpuinfo ends with an empty line' "$(tail -n 1 "$V/cpuinfo")" ''
is 'and has one behind each processor' "$(grep -c '^$' "$V/cpuinfo")" \
	"$(grep -c '^processor	*: ' "$V/cpuinfo")"
is 'loadavg has 5 fields' "$(wc -w <"$V/loadavg" | words)" 5
is 'and no fewer tasks than there are' "$(awk -v n="$(ls -d "$V"/[0-9]*/task/[0-9]* | wc -l)" '{
	split($4, t, "/"); print (t[2] >= n ? "so" : t[2] " < " n) }' "$V/loadavg")" so
is 'uptime is two numbers' "$(awk '{ print NF, $1 ~ /^[0-9]+\.[0-9][0-9]$/ }' "$V/uptime")" '2 1'

# --- files that are worse empty than not there
is 'no file is empty that a reader divides by' "$(for file in pressure/cpu pressure/io \
	pressure/memory sysvipc/msg sysvipc/sem sysvipc/shm meminfo sys/kernel/pid_max 20/stat \
	20/smaps 20/limits 20/cgroup 20/io; do
	[ -n "$(head -c 1 <"$V/$file")" ] || echo "$file"
done)" ''
is 'a line of cgroup has two colons' "$(each cgroup | xargs cat | grep -v '^[0-9]*:[^:]*:/')" ''
is 'limits has the row that counts files' "$(sed -n 's/^Max open files *//p' "$V/20/limits" | words)" \
	'1024 4096 files'
is 'io has 7 lines' "$(grep -c '^[a-z_]*: [0-9]*$' "$V/20/io")" 7
is 'statm has 7 numbers' "$(unlike '{ n = split($0, f, " ") } n != 7' statm)" ''
is 'schedstat has 3 numbers' "$(wc -w <"$V/20/schedstat" | words)" 3

# --- a zombie, as a kernel has it
is 'cmdline, maps and smaps are empty' "$(cat "$V/50/cmdline" "$V/50/maps" "$V/50/smaps" | wc -c |
	words)" 0
for link in exe cwd root ns/mnt ns/net; do
	is "$link is not there" "$(readlink "$V/50/$link" || talk -r "$V/50/$link")" ENOENT
done
for link in pid user; do
	check "ns/$link still is" readlink "$V/50/ns/$link"
done
for file in environ auxv; do
	[ ! -e "$V/50/$file" ] || is "$file cannot be opened" "$(talk -r "$V/50/$file")" ESRCH
done
is 'nothing is open' "$(ls "$V/50/fd")" ''
is 'status, stat, comm, cgroup and limits can be read' "$(cat "$V/50/comm"
	field State "$V/50/status"
	cut -d' ' -f3 "$V/50/stat"
	cat "$V/50/cgroup"
	grep -c unlimited "$V/50/limits" | sed 's/^[1-9].*/some/')" "defunct
Z (zombie)
Z
0::/
some"

# --- who may
is 'modes' "$(stat -c '%a %n' "$V/20/fd" "$V/20/environ" "$V/20/io" "$V/20/maps" "$V/20/stat" |
	sed 's|/.*/||' | words)" '500 fd 400 environ 400 io 444 maps 444 stat'

is 'pid_max is more than the last number' "$(cat "$V/sys/kernel/pid_max")" 4194304

done_testing
