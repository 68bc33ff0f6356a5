#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The examples of pidnsfs(7), each of them.
. "${abs_top_srcdir:-.}/tests/lib.sh"
. "${abs_top_srcdir:-.}/tests/host/setup.sh"
. "${abs_top_srcdir:-.}/tests/host/boxes.sh"

host
begun unshare -pf --kill-child sh -c 'sleep 10000 & echo >"$1"; wait' sh "$ready"
outer=$(child "$begun")
web=$(inum "$outer")
wait_for 60 grep -q '^sleep$' "$M/ns/$web/2/comm"
pid=$(sed -n 's/^NSpid:[^0-9]*\([0-9]*\).*/\1/p' "$M/ns/$web/2/outer/status")

# job NAME: its line, with this test's mount, container and processes.
job() {
	sed -n "/^[.].\" JOB $1\$/{n;s/^ *//p;}" "$abs_top_srcdir/man/pidnsfs.7" |
		sed -e 's/\\-/-/g' -e "s/\\\\(aq/'/g" -e "s|/run/pidns/ns/by-name/web/\([a-z]\)|$M/ns/$web/\1|" \
			-e "s|/run/pidns/ns/by-name/web/[0-9]*|$M/ns/$web/2|" \
			-e "s|/run/pidns/3728|$M/$pid|g" -e "s|/run/pidns|$M|g" >"$T/$1"
	[ -s "$T/$1" ] || bail "pidnsfs(7) has no example $1"
	bash "$T/$1"
}

is 'which process is it here' "$(job outer)" "$pid"
is 'in which namespace is it' "$(job inner)" "../ns/$web/2"
check 'all namespaces and their inits' sh -c 'echo "$1" | grep -q -x "$2 sh"' sh "$(job all)" "$web"
check 'ps of a container' sh -c 'echo "$1" | grep -q " 1 .*sh -c" && echo "$1" | grep -q "sleep 10000"' \
	sh "$(job ps)"
is 'and of it alone' "$(job ps | grep -c kthreadd)" 0
job network >"$T/net" 2>&1
check 'a program in its network' grep -q '^exited 0$\|cannot be executed\|No such file' "$T/net"

# A zombie, whose parent does not wait.
begun sh -c 'sleep 0 & echo >"$1"; exec sleep 10000' sh "$ready"
zombie() {
	job zombies | grep -q " 1 $begun\$"
}
check 'whose zombies are these' wait_for 60 zombie

# As LXC calls the cgroups of its containers, where there are cgroups.
for hierarchy in '' /systemd /unified; do
	[ -w "/sys/fs/cgroup$hierarchy/cgroup.procs" ] || continue
	mkdir -p "/sys/fs/cgroup$hierarchy/$box/lxc.payload.$box" &&
		echo "$outer" >"/sys/fs/cgroup$hierarchy/$box/lxc.payload.$box/cgroup.procs"
done 2>"$T/.out"
if grep -q "/lxc.payload.$box\$" "/proc/$outer/cgroup"; then
	is 'which container is that' "$(job container | sed 's/ ->.*//; s/.* //')" "$box"
	is 'by whose name it is found' "$(readlink "$M/ns/by-name/$box/2/outer")" "../../../$pid"
else
	skip 'which container is that' "no cgroup can be made: $(head -n 1 "$T/.out")"
fi

# What is promised there is promised in README, too.
sed -n '/^[.]\\" JOB /{n;s/^ *//p;}' "$abs_top_srcdir/man/pidnsfs.7" |
	sed -e 's/\\-/-/g' -e "s/\\\\(aq/'/g" >"$T/lines"
while IFS= read -r line; do
	grep -q -F -x -e "    $line" "$abs_top_srcdir/README" || echo "$line"
done <"$T/lines" >"$T/lacking"
is 'README has each line of them' "$(cat "$T/lacking")" ''

# Somebody comes, and nobody has read anything of that.
exec 4<>"$M/ns/$web/1/fork"
echo 'mounts=host -- sleep 10000' >&4
read -r came <&4
check 'what came in the last minute' sh -c 'echo "$1" | grep -q "^[0-9.]* fork $2 by 0$"' \
	sh "$(job recent)" "${came##* }"
exec 4>&-

job wait >"$T/how" &
waiter=$!
# Until it has the file: the process is not to be gone before.
opened() {
	for _fd in "/proc/$(pgrep -f -x "cat $M/$pid/wait")"/fd/*; do
		case $(readlink "$_fd") in
		"$M"/*) return 0 ;;
		esac
	done
	return 1
}
check 'somebody waits' wait_for 60 opened

exec 6<"$M/ns/$web/events"
is 'signal it inside' "$(job signal && echo ok)" ok
wait "$waiter"
is 'wait for it' "$(cat "$T/how")" 'killed TERM'
while read -r time what nr rest; do
	[ "$what $nr" != 'exit 2' ] || break
done <&6
is 'what came and went' "$what $nr $rest" 'exit 2 killed TERM'
check 'with its time' sh -c 'echo "$1" | grep -q -x "[0-9]*[.][0-9][0-9]"' sh "$time"
exec 6<&-
done_testing
