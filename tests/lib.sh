# SPDX-License-Identifier: MIT
# shellcheck shell=sh
#
# What the shell tests share.  A test is a file like this:
#
#	#!/bin/sh
#	# SPDX-License-Identifier: MIT
#	. "${abs_top_srcdir:-.}/tests/lib.sh"
#
#	world
#	check 'there is a world' test -d "$M"
#	is 'nothing else can be written' "$(w nonsense "$M/file")" EINVAL
#	done_testing
#
# It runs under `make check', and by hand from the top of the source tree:
#
#	abs_top_builddir=$PWD/build sh tests/mount/x.sh
#
# POSIX sh and nothing more: dash, bash and busybox run it.
#
# The environment:
#	PIDNSFS            the program (in abs_top_builddir)
#	PIDNSFS_TEST_KEEP  not empty: keep the test's files and say where they are
#
# Names that begin with _ are this file's own.

set -u

: "${abs_top_srcdir:=$PWD}"
: "${abs_top_builddir:=$PWD}"
: "${PIDNSFS:=$abs_top_builddir/pidnsfs}"
export abs_top_srcdir abs_top_builddir PIDNSFS
LC_ALL=C
export LC_ALL
umask 022

_count=0  # test points so far
_failed=0 # those that were not ok
_nl='
'

# ---------------------------------------------------------------- results

# diag: prints standard input as comments.
diag() {
	sed 's/^/# /'
}

# _point RESULT NAME [DIRECTIVE]: prints one test point.
_point() {
	_count=$((_count + 1))
	_name=$2
	case $_name in
	*"$_nl"*) _name=$(printf '%s' "$_name" | tr '\n' ' ') ;;
	esac
	printf '%s %d - %s%s\n' "$1" "$_count" "$_name" "${3-}"
}

# ok NAME
ok() {
	_point ok "$1"
}

# not_ok NAME [DETAIL]
not_ok() {
	_failed=$((_failed + 1))
	_point 'not ok' "$1"
	[ -z "${2-}" ] || printf '%s\n' "$2" | diag
	return 1
}

# skip NAME REASON
skip() {
	_point ok "$1" " # SKIP $2"
}

# skip_all REASON: skips the file, or what is left of it, and ends it.
skip_all() {
	if [ "$_count" = 0 ]; then
		printf '1..0 # SKIP %s\n' "$1"
		exit 0
	fi
	skip 'the rest of the file' "$1"
	done_testing
}

# bail REASON: nothing that follows could work.
bail() {
	printf 'Bail out! %s\n' "$1"
	exit 1
}

# check NAME COMMAND...: ok if the command succeeds.
check() {
	_name=$1
	shift
	if "$@" >"$T/.out" 2>&1; then
		ok "$_name"
	else
		set -- "$?" "$_name" "$@"
		not_ok "$2" "status $1"
		shift 2
		printf '# of: %s\n' "$*"
		diag <"$T/.out"
		return 1
	fi
}

# fails NAME COMMAND...: ok if the command fails (in its own way, not by a
# signal).
fails() {
	_name=$1
	shift
	"$@" >"$T/.out" 2>&1
	_rc=$?
	if [ "$_rc" -gt 0 ] && [ "$_rc" -lt 126 ]; then
		ok "$_name"
	else
		not_ok "$_name" "status $_rc of: $*"
		diag <"$T/.out"
		return 1
	fi
}

# is NAME GOT WANTED: ok if the strings are equal.
is() {
	if [ "$2" = "$3" ]; then
		ok "$1"
		return
	fi
	printf '%s\n' "$2" >"$T/.got"
	printf '%s\n' "$3" >"$T/.wanted"
	not_ok "$1" '--- wanted'
	echo '# +++ got'
	diff -u "$T/.wanted" "$T/.got" | sed 1,2d | diag
	return 1
}

# done_testing: the last line of every test.  Unmounts the worlds that are
# left; it is a failure if that does not work, or if a sanitizer has reported
# anything, if only in a daemon nobody listened to.
done_testing() {
	while read -r _rest <"$T/.worlds"; do
		_rest=${_rest#* }
		unworld "$_rest" >"$T/.out" 2>&1 || {
			not_ok "$_rest is unmounted"
			diag <"$T/.out"
		}
	done
	for _report in "$T"/.san-*; do
		[ -e "$_report" ] || continue
		not_ok 'no sanitizer has anything to report'
		diag <"$_report"
	done
	printf '1..%d\n' "$_count"
	# Automake would count this status as one more failure.
	[ "$_failed" = 0 ] || [ -n "${PIDNSFS_TAP_DRIVER-}" ] || exit 1
	exit 0
}

# ---------------------------------------------------------------- the world

# mounted DIRECTORY: is something mounted right there?
mounted() {
	grep -q -F " $1 " /proc/self/mountinfo
}

# _cannot_mount: says why nobody could mount anything here, if that is so.
_cannot_mount() {
	if ! [ -e /dev/fuse ]; then
		echo 'no /dev/fuse'
	elif ! (: <>/dev/fuse) 2>/dev/null; then
		echo '/dev/fuse cannot be opened'
	elif [ "$(id -u)" = 0 ]; then
		# CAP_SYS_ADMIN is bit 21.
		_caps=$(sed -n 's/^CapEff:[^0-9a-f]*//p' /proc/self/status)
		[ $((0x$_caps >> 21 & 1)) = 1 ] || echo 'root may not mount here'
	elif ! command -v fusermount3 >/dev/null; then
		echo 'no fusermount3 (Debian, Ubuntu and Fedora: package fuse3)'
	elif ! [ -u "$(command -v fusermount3)" ]; then
		echo 'fusermount3 is not set-user-ID: only root may mount here'
	elif grep -q '^NoNewPrivs:.*1' /proc/self/status; then
		echo 'no_new_privs is set: only root may mount here'
	fi
}

# _alive PID: has it not ended?  (A zombie has, even if its parent never asks.)
_alive() {
	{ read -r _stat <"/proc/$1/stat"; } 2>/dev/null || return 1
	case $_stat in
	*') Z '* | *') X '*) return 1 ;;
	esac
}

# _all_of DIRECTORY: the ids of all pidnsfs that were told to mount there.
_all_of() {
	_exe=$(readlink -f "$PIDNSFS")
	for _proc in /proc/[0-9]*; do
		# Of others nothing is asked that a file system might not answer.
		{ read -r _comm <"$_proc/comm"; } 2>/dev/null || continue
		case $_comm in
		"${PIDNSFS##*/}"*) [ "$(readlink "$_proc/exe")" = "$_exe" ] || continue ;;
		*) continue ;;
		esac
		if tr '\0' '\n' <"$_proc/cmdline" | grep -q -F -x -e "$1"; then
			echo "${_proc#/proc/}"
		fi
	done
}

# _daemon_of DIRECTORY: the one whose end is the end of all of them: no child of another.
_daemon_of() {
	_all=" $(_all_of "$1" | tr '\n' ' ') "
	for _one in $_all; do
		_parent=$(sed -n 's/^PPid:[^0-9]*//p' "/proc/$_one/status" 2>/dev/null)
		case $_all in
		*" $_parent "*) ;;
		*)
			echo "$_one"
			return
			;;
		esac
	done
}

# started PID: the test has started this process; it is killed at the end,
# should it still be there.
started() {
	echo "$1" >>"$T/.pids"
}

# world [OPTION...]: mounts a fresh world at $M.  For a second one at the same
# time, set M to another directory in $T before; SOURCE is another source.
world() {
	_why=$(_cannot_mount)
	[ -z "$_why" ] || skip_all "$_why"
	[ -x "$PIDNSFS" ] || bail "there is no program $PIDNSFS"
	! mounted "$M" || bail "$M is mounted: unworld comes first"
	mkdir -p "$M"
	"$PIDNSFS" ${SOURCE:+"$SOURCE"} "$M" ${PIDNSFS_TEST_OPTIONS:+-o "$PIDNSFS_TEST_OPTIONS"} "$@" \
		</dev/null >"$T/.world" 2>&1
	_rc=$?
	_pid=$(_daemon_of "$M")
	[ -z "$_pid" ] || started "$_pid"
	if [ "$_rc" != 0 ] || ! mounted "$M" || [ -z "$_pid" ]; then
		diag <"$T/.world"
		for _report in "$T"/.san-*; do
			[ ! -e "$_report" ] || diag <"$_report"
		done
		[ "$_rc" != 0 ] ||
			bail "pidnsfs $M $*: status 0, but no mount or no daemon"
		bail "pidnsfs $M $*: status $_rc"
	fi
	echo "$_pid $M" >>"$T/.worlds"
}

# unworld [DIRECTORY]: unmounts $M, or the directory, and waits until the
# daemon is gone.  Fails if that is not what happens, or if the daemon was gone
# before, and says what went wrong.  A test that has unmounted it already may
# call this too, to wait.
unworld() {
	_at=${1-$M}
	_pid=$(sed -n "s|^\([0-9]*\) $_at\$|\1|p" "$T/.worlds")
	[ -n "$_pid" ] || bail "unworld: $_at is no world"
	grep -v -x -F "$_pid $_at" "$T/.worlds" >"$T/.worlds.new"
	mv "$T/.worlds.new" "$T/.worlds"

	_rc=0
	_device=$(awk -v at="$_at" '$5 == at { d = $3 } END { print d }' /proc/self/mountinfo)
	if mounted "$_at"; then
		_alive "$_pid" || {
			echo "the daemon of $_at, $_pid, was gone before"
			_rc=1
		}
		# Somebody may have had a look, and be about to leave.
		wait_for 5 _unmount "$_at" || {
			echo "$_at is not unmounted:"
			cat "$T/.umount"
			return 1
		}
	fi
	_since=$(date +%s)
	until _gone "$_pid"; do
		if [ $(($(date +%s) - _since)) -ge 60 ]; then
			echo "the daemon of $_at, $_pid, does not end; it is killed"
			kill -KILL "$_pid"
			return 1
		fi
		# Whose mount namespace is a copy has this mount, too; that is no
		# fault of the daemon.
		[ $(($(date +%s) - _since)) -lt 5 ] || ! _held "$_device" || kill -TERM "$_pid"
		sleep 0.05
	done
	grep -v -x -F "$_pid" "$T/.pids" >"$T/.pids.new"
	mv "$T/.pids.new" "$T/.pids"
	return "$_rc"
}

# _held DEVICE: is this still mounted in anybody's namespace?
_held() {
	[ -n "$1" ] && grep -q -s " $1 " /proc/[0-9]*/mountinfo
}

_unmount() {
	if [ "$(id -u)" = 0 ]; then
		umount "$1" >"$T/.umount" 2>&1
	else
		fusermount3 -u "$1" >"$T/.umount" 2>&1
	fi
}

_gone() {
	! _alive "$1"
}

# wait_for SECONDS COMMAND...: waits until the command succeeds, and fails if
# it still does not after so many seconds.
wait_for() {
	_tries=$(($1 * 20))
	shift
	until "$@"; do
		[ "$_tries" -gt 0 ] || return 1
		_tries=$((_tries - 1))
		sleep 0.05
	done
}

# ---------------------------------------------------------------- errors

# errno_name TEXT: the name of the error whose text, from strerror(), is in
# TEXT.  Some C libraries have other words than glibc.
errno_name() {
	case $1 in
	*'Operation not permitted'*) echo EPERM ;;
	*'No such file or directory'*) echo ENOENT ;;
	*'No such process'*) echo ESRCH ;;
	*'Interrupted system call'*) echo EINTR ;;
	*'Input/output error'* | *'I/O error'*) echo EIO ;;
	*'No such device or address'*) echo ENXIO ;;
	*'Argument list too long'*) echo E2BIG ;;
	*'Bad file descriptor'*) echo EBADF ;;
	*'No child process'*) echo ECHILD ;;
	*'Resource temporarily unavailable'*) echo EAGAIN ;;
	*'Cannot allocate memory'* | *'Out of memory'*) echo ENOMEM ;;
	*'Permission denied'*) echo EACCES ;;
	*'Bad address'*) echo EFAULT ;;
	*'Device or resource busy'* | *'Resource busy'*) echo EBUSY ;;
	*'File exists'*) echo EEXIST ;;
	*'Invalid cross-device link'* | *'Cross-device link'*) echo EXDEV ;;
	*'No such device'*) echo ENODEV ;;
	*'Not a directory'*) echo ENOTDIR ;;
	*'Is a directory'*) echo EISDIR ;;
	*'Invalid argument'*) echo EINVAL ;;
	*'Too many open files in system'*) echo ENFILE ;;
	*'Too many open files'* | *'No file descriptors available'*) echo EMFILE ;;
	*'Inappropriate ioctl for device'* | *'Not a tty'*) echo ENOTTY ;;
	*'Text file busy'*) echo ETXTBSY ;;
	*'File too large'*) echo EFBIG ;;
	*'No space left on device'*) echo ENOSPC ;;
	*'Illegal seek'* | *'Invalid seek'*) echo ESPIPE ;;
	*'Read-only file system'*) echo EROFS ;;
	*'Too many links'*) echo EMLINK ;;
	*'Broken pipe'*) echo EPIPE ;;
	*'Numerical result out of range'* | *'Result not representable'*) echo ERANGE ;;
	*'File name too long'* | *'Filename too long'*) echo ENAMETOOLONG ;;
	*'Function not implemented'*) echo ENOSYS ;;
	*'Directory not empty'*) echo ENOTEMPTY ;;
	*'Too many levels of symbolic links'* | *'Symbolic link loop'*) echo ELOOP ;;
	*'No data available'*) echo ENODATA ;;
	*'Value too large for d'*) echo EOVERFLOW ;;
	*'Operation not supported'* | *'Not supported'*) echo EOPNOTSUPP ;;
	*'Software caused connection abort'*) echo ECONNABORTED ;;
	*'Transport endpoint is not connected'* | *'Socket not connected'*) echo ENOTCONN ;;
	*'timed out'*) echo ETIMEDOUT ;;
	*'Stale file handle'*) echo ESTALE ;;
	*'Too many users'*) echo EUSERS ;;
	*'Operation canceled'*) echo ECANCELED ;;
	*) return 1 ;;
	esac
}

# _verdict STATUS TEXT: `ok', the name of the error, or what else there is.
_verdict() {
	if [ "$1" = 0 ]; then
		echo ok
	else
		errno_name "$2" || echo "status $1: $2"
	fi
}

# errno_of COMMAND...: runs it and prints `ok' if it succeeds, else the name of
# the error that it complained about.  A shell's builtin commands do not say
# what went wrong with a write: use w for that.
errno_of() {
	_err=$("$@" 2>&1 >/dev/null)
	_verdict "$?" "$_err"
}

# w LINE FILE: writes LINE and a newline into FILE, with one write(2), and
# prints `ok' or the name of the error.  The file is not truncated.
w() {
	_err=$(printf '%s\n' "$1" |
		dd of="$2" bs=1M iflag=fullblock conv=notrunc status=none 2>&1)
	_verdict "$?" "$_err"
}

# ---------------------------------------------------------------- beginning

_cleanup() {
	trap - EXIT
	trap '' HUP INT TERM
	cd /
	sh "$abs_top_srcdir/tests/sweep" "$T"
}

T=${PIDNSFS_TEST_TMP:-}
[ -n "$T" ] || T=$(mktemp -d "${TMPDIR:-/tmp}/pidnsfs.XXXXXX") ||
	bail 'no temporary directory'
trap _cleanup EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
chmod 755 "$T" # others may pass through to $M
M=$T/mnt
: >"$T/.worlds"
: >"$T/.pids"

# A daemon's standard error is not ours; what a sanitizer says is put where
# done_testing looks.
ASAN_OPTIONS="${ASAN_OPTIONS-} log_path=$T/.san-address"
UBSAN_OPTIONS="${UBSAN_OPTIONS-} log_path=$T/.san-undefined"
TSAN_OPTIONS="${TSAN_OPTIONS-} log_path=$T/.san-thread"
export ASAN_OPTIONS UBSAN_OPTIONS TSAN_OPTIONS
