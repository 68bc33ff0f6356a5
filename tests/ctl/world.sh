# SPDX-License-Identifier: MIT
# shellcheck shell=sh
#
# For tests of pidnsctl run: read after lib.sh.

CTL=$abs_top_builddir/pidnsctl
PROBE=$abs_top_builddir/tests/ctl/probe

# need_run: skips the file where this user may not run anything in a view.
need_run() {
	_why=$(_cannot_mount)
	[ -z "$_why" ] || skip_all "$_why"
	_map=
	[ "$(id -u)" = 0 ] || _map=--map-root-user
	# shellcheck disable=SC2086
	unshare $_map --pid --fork --kill-child --mount true 2>/dev/null ||
		skip_all 'no mount and PID namespaces may be made here'
}

# run COMMAND...: in the view $V, and not for ever.  What it complains about is in
# $T/said.
run() {
	timeout -k 5 60 "$CTL" run "$V" -- "$@" 2>"$T/said" </dev/null
}

# probe CALL...: what system calls answer there, joined by `;'.
probe() {
	run "$PROBE" "$@" | tr '\n' ';'
	# shellcheck disable=SC2320
	[ ! -s "$T/said" ] || cat "$T/said"
}

# at FILE LINE: writes it to a control file of $M, or ends the test.
at() {
	_got=$(w "$2" "$M/$1")
	[ "$_got" = ok ] || bail "$2 > $1: $_got: $(tail -n 1 "$M/errors")"
}

# ended PID: how the process of $M has ended, or nothing.
ended() {
	timeout 1 dd if="$M/$1/wait" iflag=nonblock status=none 2>/dev/null
}

# state PID: its letter.
state() {
	sed 's/.*) \(.\).*/\1/' "$M/$1/stat" 2>/dev/null
}
