#!/bin/sh
# SPDX-License-Identifier: MIT
#
# How the host world is mounted at boot: by mount(8), by fstab(5), by systemd.
. "${abs_top_srcdir:-.}/tests/lib.sh"
. "${abs_top_srcdir:-.}/tests/host/setup.sh"

_why=$(_cannot_host)
[ -z "$_why" ] || skip_all "$_why"
_why=$(_cannot_mount)
[ -z "$_why" ] || skip_all "$_why"

# As a packager does.
env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make -C "$abs_top_builddir" install DESTDIR="$T/dest" >"$T/.out" 2>&1 ||
	bail "make install: $(tail -n 3 "$T/.out")"
PIDNSFS=$(find "$T/dest" -type f -path '*/bin/pidnsfs')
unit=$(find "$T/dest" -type f -name pidns.service)
check 'the program is installed' test -x "$PIDNSFS"
check 'so is the unit' test -f "$unit"

# --- mount(8) and fstab(5)

# there NAME MOUNT...: mounts it, looks at it, and ends it again, where the program is among
# those of the system; nobody else sees that.
there() {
	_name=$1
	shift
	# shellcheck disable=SC2016
	is "$_name" "$(timeout 100 unshare -m --propagation slave sh -c '
		mount --bind "$1" /usr/local/bin || exit
		world=$2
		shift 2
		"$@" || exit
		cat "$world/$$/comm"
		umount "$world"' sh "${PIDNSFS%/*}" "$M" "$@" 2>&1)" sh
	check "$_name: and nobody is left" wait_for 60 nobody
}

nobody() {
	[ -z "$(_daemon_of "$M")" ]
}

if [ -x /sbin/mount.fuse3 ] || [ -x /sbin/mount.fuse ]; then
	mkdir -p "$M"
	there 'mount -t fuse.pidnsfs host' mount -t fuse.pidnsfs host "$M"
	rmdir "$M"
	sed -n 's/^ *\(host .*fuse[.]pidnsfs.*\)/\1/p' "$abs_top_srcdir/man/pidnsfs.7" |
		sed -e 's/\\-/-/g' -e "s|/run/pidns|$M|" >"$T/fstab"
	is 'pidnsfs(7) has a line for fstab' "$(wc -l <"$T/fstab")" 1
	there 'by which it is mounted where nothing was' mount -T "$T/fstab" "$M"
else
	skip 'mount -t fuse.pidnsfs' 'there is no mount.fuse3'
fi

# --- systemd

sed "s|^ExecStart=[^ ]*|ExecStart=$PIDNSFS|; s|/run/pidns\$|$M|; s|/run/pidns |$M |" "$unit" >"$T/pidns-test.service"
if command -v systemd-analyze >/dev/null; then
	check 'systemd understands the unit' timeout 60 systemd-analyze verify --man=no "$T/pidns-test.service"
else
	skip 'systemd understands the unit' 'there is no systemd-analyze'
fi
# line KEY: its command.
line() {
	sed -n "s/^$1=//p" "$T/pidns-test.service"
}
check 'its directory' timeout 60 sh -c "$(line ExecStartPre)"
check 'it starts' timeout 60 sh -c "$(line ExecStart)"
is 'is ready then' "$(timeout 60 cat "$M/$$/comm" 2>&1)" sh
is 'for everybody' "$(setpriv --reuid 65534 --regid 65534 --clear-groups cat "$M/$$/comm" 2>&1)" sh
_pid=$(_daemon_of "$M")
[ -z "$_pid" ] || started "$_pid"
check 'it stops' timeout 60 sh -c "$(line ExecStop)"
check 'and is gone' wait_for 60 _gone "${_pid:-0}"
is 'pidnsfs(7) has the same line' \
	"$(sed -n 's/^ *ExecStart=[^ ]*//p' "$abs_top_srcdir/man/pidnsfs.7" | sed 's/\\-/-/g')" \
	"$(sed -n 's/^ExecStart=[^ ]*//p' "$unit")"

done_testing
