# SPDX-License-Identifier: MIT
# shellcheck shell=sh
#
# For tests that command a world: read after lib.sh.

# talk [-rnat] FILE ACTION...: several things with one open file (tests/talk.c).
talk() {
	"$abs_top_builddir/tests/talk" "$@"
}

# ask FILE [LINE]: writes the line and prints what is read back, its lines joined
# by `;', or the name of the error.
ask() {
	talk "$1" ask "${2-}"
}

# act FILE [LINE]: writes the line and prints `ok' or the name of the error.
act() {
	talk "$1" line "${2-}"
}

# born FILE [LINE]: as ask, and sets $pid to the first number that came back, and
# $ids to all of the line.
born() {
	ids=$(ask "$@")
	pid=${ids%%[; ]*}
	case $pid in
	'' | *[!0-9]*) bail "no process was born by '${2-}' in ${1#"$M/"}: $ids" ;;
	esac
}

# field NAME FILE: the value of a line of status, pidns …
field() {
	sed -n "s/^$1:	//p" "$2"
}

# stat_field N FILE: a field of stat, for processes whose names have no blank.
stat_field() {
	cut -d' ' -f"$1" "$2"
}

# inum_of PROCESS: of the PID namespace it is in, by its directory.
inum_of() {
	readlink "$1/ns/pid" | tr -dc 0-9
}

# view_of PROCESS: the directory of the view of its own namespace.
view_of() {
	echo "$M/ns/$(inum_of "$1")"
}

# reason [N]: why the last command was refused, as `errors' has it.
reason() {
	tail -n 1 "$M/errors"
}

# fresh: a world of its own for the cases that follow.
fresh() {
	! mounted "$M" || unworld
	world "$@"
}
