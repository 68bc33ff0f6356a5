#!/bin/sh
# SPDX-License-Identifier: MIT
#
# pidnsctl run by an ordinary user: in a user namespace, in a world of the user's
# own and in one of root's.
. "${abs_top_srcdir:-.}/tests/lib.sh"
. "$abs_top_srcdir/tests/ctl/world.sh"
need_run

[ "$(id -u)" = 0 ] || skip_all 'all the other tests are that'
# as_user COMMAND...
as_user() {
	setpriv --reuid 65534 --regid 65534 --clear-groups "$@"
}
# What the user runs has to be where the user may go.
cp "$CTL" "$PROBE" "$PIDNSFS" "$T"
as_user unshare -Ur --pid --fork --mount true 2>/dev/null ||
	skip_all 'ordinary users may make no user namespaces here'
# mine COMMAND...: in the view $V, as the user.
mine() {
	as_user timeout -k 5 60 "$T/pidnsctl" run "$V" -- "$@" 2>&1 </dev/null
}

# --- root's world, which others may see
world -o allow_other
at 1/fork 'comm=roots'
at 1/fork 'comm=users uid=65534'
V=$M
is 'it is seen' "$(mine ps -e -o pid=,comm=,user= | tr -s ' \n' ' ;')" ' 1 init root; 2 roots root; 3 users nobody;'
is 'who runs there' "$(mine id -u -n)" nobody
is 'it is the mount itself' "$(mine grep -c '^virtual /proc fuse.pidnsfs ' /proc/mounts)" 1
# shellcheck disable=SC2016
is 'under which number' "$(mine sh -c 'echo $$')" 4000000
is 'itself' "$(mine cat /proc/self/comm)" cat
is 'nobody may act' "$(mine "$T/probe" kill 2 9 , kill 3 9 , setpriority 0 2 5 , kill 99 9 , kill -1 9 | tr '\n' ';')" \
	'EPERM;EPERM;EPERM;ESRCH;EPERM;'
is 'all live' "$(state 1)$(state 2)$(state 3)" SSS
is 'its own it may' "$(mine bash -c 'sleep 60 & kill $!; wait $!; echo $?')" 143
unworld

# --- the user's own
if [ -u "$(command -v fusermount3)" ] && unshare -m true 2>/dev/null; then
	mkdir "$T/user"
	chown 65534:65534 "$T/user"
	# Where others may not open /dev/fuse, they may here.
	# shellcheck disable=SC2016
	is 'in a world of the user' "$(unshare -m sh -c '
		mknod "$1/fuse" c 10 229 && chmod 666 "$1/fuse" && mount --bind "$1/fuse" /dev/fuse || exit 1
		exec setpriv --reuid 65534 --regid 65534 --clear-groups sh -c "
			\"\$1/pidnsfs\" \"\$1/user\" && echo comm=victim >\"\$1/user/1/fork\" &&
			echo uid=0 environ=A=b >\"\$1/user/1/fork\"
			\"\$1/pidnsctl\" run \"\$1/user\" -- sed -n \"s|^\([a-z]*\) /proc fuse.pidnsfs r.*|\1|p\" /proc/mounts
			\"\$1/pidnsctl\" run \"\$1/user\" -- grep -a -o b /proc/3/environ
			\"\$1/pidnsctl\" run \"\$1/user\" -- \"\$1/probe\" kill 2 15 , kill 1 9 , setpriority 0 1 -3 , getpriority 0 1
			cat \"\$1/user/2/wait\"
			fusermount3 -u \"\$1/user\"" sh "$1"
		' sh "$T" 2>&1 | tr '\n' ';')" 'view;b;0;0;0;23;killed TERM;'
else
	skip 'in a world of the user' 'fusermount3 is not set-user-ID, or mounts cannot be private'
fi

done_testing
