#!/bin/sh
# SPDX-License-Identifier: MIT
#
# All of view.sh by an ordinary user: the world is the user's, the views are mounted by
# fusermount3, and read ahead in a user namespace.
. "${abs_top_srcdir:-.}/tests/lib.sh"

_why=$(_cannot_mount)
[ -z "$_why" ] || skip_all "$_why"
[ "$(id -u)" = 0 ] || skip_all 'view.sh is that'
[ -u "$(command -v fusermount3)" ] || skip_all 'fusermount3 is not set-user-ID'
unshare -m true 2>"$T/.out" || skip_all 'mounts cannot be private here'
setpriv --reuid 65534 --regid 65534 --clear-groups unshare -Ur -m true 2>"$T/.out" ||
	skip_all 'ordinary users may make no user namespaces here'

# What the user runs, and where it writes, has to be where the user may go.
mkdir -p "$T/src/tests/mount" "$T/user"
chown 65534:65534 "$T/user"
cp "$abs_top_srcdir/tests/lib.sh" "$abs_top_srcdir/tests/sweep" "$T/src/tests"
cp "$abs_top_srcdir/tests/mount/view.sh" "$T/src/tests/mount"
cp "$PIDNSFS" "$T"
# Where others may not open /dev/fuse, they may here.
cat >"$T/as-user" <<'END'
mknod "$1/fuse" c 10 229 && chmod 666 "$1/fuse" && mount --bind "$1/fuse" /dev/fuse || exit 1
cd "$1/user" || exit 1
abs_top_srcdir=$1/src abs_top_builddir=$1 PIDNSFS=$1/pidnsfs TMPDIR=$1/user PIDNSFS_TEST_TMP=
unset PIDNSFS_TAP_DRIVER
export abs_top_srcdir abs_top_builddir PIDNSFS TMPDIR PIDNSFS_TEST_TMP
exec setpriv --reuid 65534 --regid 65534 --clear-groups sh "$1/src/tests/mount/view.sh"
END
unshare -m --propagation slave sh "$T/as-user" "$T" >"$T/said" 2>&1
is 'it ends as it should' "$?" 0
while read -r line; do
	case $line in
	'ok '*' # SKIP '*) skip "${line#*- }" 'the user cannot' ;;
	'ok '*) ok "${line#*- }" ;;
	'not ok '*) not_ok "${line#*- }" ;;
	1..*) ;;
	*) echo "# $line" ;;
	esac
done <"$T/said"
is 'all of it' "$(sed -n 's/^1\.\.//p' "$T/said")" "$((_count - 1))"
check 'nothing is left' sh -c "! ls -A '$T/user' | grep ."

done_testing
