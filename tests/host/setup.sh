# SPDX-License-Identifier: MIT
# shellcheck shell=sh
#
# For tests of the host world: what they need, and namespaces to look at.  Read
# after tests/lib.sh.  Only processes that the test has started are touched.

# Why this machine cannot run them.
_cannot_host() {
	[ "$(id -u)" = 0 ] || {
		echo 'the host world is tested by root'
		return
	}
	unshare -pf true 2>/dev/null || echo 'no pid namespace can be made here'
}

# host [OPTION...]: mounts the host world at $M.
host() {
	_why=$(_cannot_host)
	[ -z "$_why" ] || skip_all "$_why"
	SOURCE=host world "$@"
}

# cannot SOURCE: why there is no such source here.
cannot() {
	mkdir -p "$T/source"
	if ! "$PIDNSFS" host "$T/source" -o source="$1" >"$T/.cannot" 2>&1; then
		cat "$T/.cannot"
		return
	fi
	wait_for 60 umount "$T/source" 2>/dev/null
}

# ended PID: it has been waited for, and its number may be anybody's now.
ended() {
	grep -v -x -F "$1" "$T/.pids" >"$T/.pids.new"
	mv "$T/.pids.new" "$T/.pids"
}

# value KEY FILE: what stands behind "KEY:" in a file of facts.
value() {
	sed -n "s/^$1:[[:blank:]]*//p" "$2"
}

# child PID: the only child of a process, by the mount.
child() {
	sed 's/ .*//' "$M/$1/children"
}

# inum PID: the namespace that it is in.
inum() {
	_inner=$(readlink "$M/$1/inner")
	_inner=${_inner#../ns/}
	echo "${_inner%/*}"
}

# begun COMMAND...: starts it, and waits until its innermost program has written a
# line to the fifo $ready; $begun is the process.  The fifo is open here all the
# time, so that nobody waits who opens it.
begun() {
	"$@" 3>&- 4>&- 5>&- 7<&- </dev/null >"$T/.begun" 2>&1 &
	begun=$!
	started "$begun"
	_line=
	read -r _line <&9 || bail "nobody is ready: $(cat "$T/.begun")"
}

ready=$T/ready
mkfifo "$ready"
chmod 666 "$ready"
exec 9<>"$ready"

# run FILE LINE: writes a line to a fork file and prints what comes back.
run() {
	exec 3<>"$1" || return
	printf '%s\n' "$2" >&3 && cat <&3
	exec 3>&-
}

# gone FILE: is there no such file any more?
gone() {
	! [ -e "$1" ] && ! [ -L "$1" ]
}

# listed DIRECTORY: whom it lists.
listed() {
	ls "$1" | grep -x '[0-9]*' | sort
}

# The numbers of which the mount says something else than /proc: they are in both
# listings of that, and not in the mount's in between, or only in that.  Others of
# this machine come and go meanwhile, so each look keeps of those in $T/odd only
# what is odd again: a ghost stays one.
still_odd() {
	listed /proc >"$T/before"
	listed "$M" >"$T/shown"
	listed /proc >"$T/after"
	{
		comm -12 "$T/before" "$T/after" | comm -23 - "$T/shown"
		sort -u "$T/before" "$T/after" | comm -13 - "$T/shown"
	} | sort >"$T/odd.now"
	comm -12 "$T/odd" "$T/odd.now" >"$T/odd.new"
	mv "$T/odd.new" "$T/odd"
	[ -s "$T/odd" ]
}

same() {
	! still_odd
}
