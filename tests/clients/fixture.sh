# SPDX-License-Identifier: MIT
# shellcheck shell=sh
#
# The world on which the tests here let others' programs loose, and how they do
# it.  A test reads tests/lib.sh and then this.
#
#	. "${abs_top_srcdir:-.}/tests/lib.sh"
#	. "$abs_top_srcdir/tests/clients/fixture.sh"
#
#	need pgrep
#	fixture
#	is 'pgrep finds it' "$(in_view pgrep nginx)" 20
#
# The root view of the fixture (T: threads, and in [] the numbers in $box and
# $nested):
#
#	1        init
#	10       sshd           a session; on no terminal
#	11         bash         a session
#	12           vim        stopped
#	20       nginx          a session, user 1, threads
#	21 22      nginx        workers, user 65534
#	30       java           T 31 `GC Thread#0', 32 `main loop'
#	40       shim
#	41         catatonit    [1]
#	42           app        [2]
#	43           worker     [3] zombie
#	44           runc       [4], [1] in $nested
#	45             deep     [5], [2] in $nested
#	50       defunct        zombie
#	60       a) R (b        a name that looks like more
#	61       naïve%s\x      another one
#	4194303  last           user 65534

# need COMMAND...: skips the file unless all are here, and this user may run
# them in a view.
need() {
	for _command; do
		command -v "$_command" >/dev/null 2>&1 ||
			skip_all "there is no $_command: bootstrap's list says which package has it"
	done
	_why=$(_cannot_mount)
	[ -z "$_why" ] || skip_all "$_why"
	[ "$(id -u)" = 0 ] || _map=--map-root-user
	# shellcheck disable=SC2086
	unshare ${_map-} --pid --fork --kill-child --mount true 2>/dev/null ||
		skip_all 'no mount and PID namespaces may be made here'
}

# at FILE LINE: the line is written to a control file of $M, or the test ends.
at() {
	_got=$(w "$2" "$M/$1")
	[ "$_got" = ok ] || bail "fixture: $2 > $1: $_got: $(tail -n 1 "$M/errors")"
}

# in_view COMMAND [ARGUMENT...]: runs it with the view $V as its /proc; not for
# ever.
in_view() {
	timeout -k 5 150 "$abs_top_srcdir/tests/clients/in-view" "$V" "$@" 2>"$T/.err"
}

# in_view_of INUM COMMAND...: in that namespace's.
in_view_of() {
	_of=$1
	shift
	timeout -k 5 150 "$abs_top_srcdir/tests/clients/in-view" "$M/ns/$_of" "$@" 2>"$T/.err"
}

# in_plain_view COMMAND...: in $V itself, where /proc/self is one of its processes.
in_plain_view() {
	timeout -k 5 150 "$abs_top_srcdir/tests/clients/in-view" -s "$V" "$@" 2>"$T/.err"
}

# complaint: what the last of these wrote to standard error.
complaint() {
	cat "$T/.err"
}

# inum PID: of its namespace.
inum() {
	readlink "$M/$1/ns/pid" | sed 's/[^0-9]//g'
}

# words: standard input as one line.
words() {
	tr -s '[:space:]' ' ' | sed 's/^ //; s/ $//'
}

# fixture [OPTION...]: mounts it at $M, and makes $V its root view.
# shellcheck disable=SC2034
fixture() {
	world "$@"
	V=$M
	at sys/kernel/pid_max 4194304
	at 1/fork 'set_tid=10 -- /usr/sbin/sshd -D'
	at 10/setsid ''
	at 10/fork 'set_tid=11 -- /bin/bash -l'
	at 11/setsid ''
	at 11/fork "set_tid=12 -- /usr/bin/vim 'to do.txt'"
	at 12/setpgid '0 0'
	at 12/kill STOP
	at 1/fork 'set_tid=20 comm=nginx -- "nginx: master process /usr/sbin/nginx"'
	at 20/setsid ''
	for _pid in 21 22; do
		at 20/fork "set_tid=$_pid comm=nginx -- 'nginx: worker process'"
		at "$_pid/set" 'uid=65534 gid=65534'
	done
	at 20/set 'uid=1 gid=1'
	at 1/fork 'set_tid=30 -- /usr/bin/java -jar server.jar'
	at 30/fork 'set_tid=31 thread'
	at 30/fork 'set_tid=32 thread'
	at 30/task/31/set 'comm="GC Thread#0" utime=50'
	at 30/task/32/set 'comm="main loop" utime=25 nice=5'
	at 1/fork 'set_tid=40 comm=shim -- /usr/bin/containerd-shim -id box'
	at 40/fork 'set_tid=1,41 newpid -- /usr/bin/catatonit -P'
	box=$(inum 41)
	at 41/fork 'set_tid=2,42 -- /app --serve'
	at 42/fork 'set_tid=3,43 comm=worker'
	at 43/exit 3
	at 41/fork 'set_tid=1,4,44 newpid -- runc init'
	nested=$(inum 44)
	at 44/fork 'set_tid=2,5,45 comm=deep -- deep --down'
	at 1/fork 'set_tid=50 comm=defunct'
	at 50/kill KILL
	at 1/fork 'set_tid=60 -- "a) R (b" x'
	at 1/fork 'set_tid=61 -- "naïve%s\x"'
	at 1/fork 'set_tid=4194303 -- last --of all'
	at 4194303/set 'uid=65534 gid=65534'
	at 20/set 'utime=300 stime=100 rss=8388608 vsize=67108864 nice=-5 processor=0'
	at 20/set 'exe=/usr/sbin/nginx cwd=/var cgroup=/system.slice/nginx.service'
	at 20/set 'environ="LANG=C HOME=/var/www" fd=3:socket:[4242] fd=4:/var/log/access.log'
	at 21/set 'utime=1000 stime=0 rss=4194304 vsize=33554432 state=R'
	at 30/set 'utime=175 stime=50 rss=268435456 vsize=4294967296'
}
