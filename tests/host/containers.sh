#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Others' containers: an ordinary user's, bubblewrap's, runc's, podman's and
# nspawn's; each started, seen, entered, signalled, killed, gone.
. "${abs_top_srcdir:-.}/tests/lib.sh"
. "${abs_top_srcdir:-.}/tests/host/setup.sh"
. "${abs_top_srcdir:-.}/tests/host/boxes.sh"

host

# sleeper ARGUMENT: the number in $inum of who sleeps so long.
sleeper() {
	for _dir in "$M/ns/$inum"/[0-9]*; do
		[ "$(tr '\0' ' ' <"$_dir/cmdline")" = "sleep $1 " ] && echo "${_dir##*/}" && return
	done
}

work_begun() {
	nr=$(sleeper 10001)
	[ -n "$nr" ] && [ -n "$(sleeper 10000)" ]
}

# What moves: the whole user's signals, and memory while it is not looked at.
still() {
	grep -v -e '^SigQ:' -e '^Vm' -e '^Rss' -e 'ctxt_switches' -e '^[UG]id:' -e '^Groups:'
}

same_bytes() {
	run "$M/$init/fork" "-- cat /proc/$nr/status /proc/$nr/limits /proc/$nr/comm" |
		sed '1d;$d' | still >"$T/inside"
	(cd "$M/ns/$inum/$nr" && cat status limits comm) | still >"$T/outside"
	cmp -s "$T/inside" "$T/outside"
}

# life WHOSE [NAME]: of the container whose init is $init, until its end; NAME:
# under which it is found.
life() {
	# Who makes it may be another child in between.
	while [ -n "$init" ] && [ "$(inum "$init")" = "$(inum self)" ]; do
		init=$(child "$init")
	done
	inum=$(inum "$init")
	# --- seen
	is "$1: its init" "$(cat "$M/ns/$inum/1/comm")" "$(cat "/proc/$init/comm")"
	is "$1: is here" "$(readlink "$M/ns/$inum/1/outer")" "../../../$init"
	is "$1: and there" "$(readlink "$M/$init/inner")" "../ns/$inum/1"
	[ $# = 1 ] || is "$1: has its name" "$(readlink "$M/ns/by-name/$2")" "../$inum"
	check "$1: works" wait_for 60 work_begun || return
	check "$1: shows the bytes that it sees itself" wait_for 60 same_bytes ||
		diff "$T/inside" "$T/outside" | diag
	# --- entered
	run "$M/ns/$inum/$nr/fork" '-- sh -c "id -u; exit 4"' >"$T/said"
	is "$1: is entered" "$(sed -n '2p;$p' "$T/said" | tr '\n' ' ')" '0 exited 4 '
	run "$M/$init/fork" 'like=target -- sh -c "grep CapEff /proc/self/status"' >"$T/said"
	is "$1: with the rights it has" "$(sed -n 2p "$T/said")" \
		"$(grep CapEff "/proc/$init/status")"
	# --- signalled
	exec 7<"$M/ns/$inum/$nr/wait"
	is "$1: is signalled" "$(w TERM "$M/ns/$inum/$nr/kill")" ok
	is "$1: one of it" "$(cat <&7)" 'killed TERM'
	check "$1: and not all" test -d "$M/ns/$inum/$(sleeper 10000)/"
	# --- killed, gone
	exec 7<"$M/$init/wait"
	is "$1: is killed" "$(w KILL "$M/$init/kill")" ok
	is "$1: by that" "$(cat <&7)" 'killed KILL'
	exec 7<&-
	check "$1: is gone" wait_for 60 gone "$M/ns/$inum"
	[ $# = 1 ] || check "$1: with its name" gone "$M/ns/by-name/$2"
}

# shellcheck disable=SC2016
work='echo >"$1"; sleep 10001 & sleep 10000'

if setpriv --reuid 4242 --regid 4242 --clear-groups unshare -Urpf true 2>"$T/.out"; then
	begun setpriv --reuid 4242 --regid 4242 --clear-groups unshare -Urpfm --propagation slave --mount-proc \
		sh -c "$work" sh "$ready"
	init=$begun
	life "a user's"
else
	skip "an ordinary user's container" 'here users may make no user namespaces'
fi

if command -v bwrap >/dev/null && bwrap --ro-bind / / --unshare-pid true 2>"$T/.out"; then
	begun bwrap --unshare-all --ro-bind /usr /usr --symlink usr/bin /bin --symlink usr/lib /lib \
		--symlink usr/lib64 /lib64 --symlink usr/sbin /sbin --bind "$T" "$T" --proc /proc --dev /dev \
		sh -c "$work" sh "$ready"
	init=$begun
	life bubblewrap
else
	skip "bubblewrap's container" "no bwrap that works: $(head -n 1 "$T/.out")"
fi

command -v busybox >/dev/null || skip_all 'there is no busybox to fill containers with'

if command -v runc >/dev/null; then
	if runc_box runc; then
		life runc "$(echo "$id" | cut -c 1-12)"
	else
		skip "runc's container" "runc cannot make one here: $(tail -n 1 "$T/.out")"
	fi
else
	skip "runc's container" 'there is no runc'
fi

if command -v podman >/dev/null && command -v runc >/dev/null; then
	if podman_box podman; then
		life podman "$(echo "$id" | cut -c 1-12)"
	else
		skip "podman's container" "podman cannot make one here: $(tail -n 1 "$T/.out")"
	fi
else
	skip "podman's container" 'there is no podman'
fi

if command -v systemd-nspawn >/dev/null; then
	if nspawn_box nspawn; then
		life nspawn "$id"
	else
		skip "nspawn's container" "nspawn cannot make one here: $(tail -n 1 "$T/.out")"
	fi
else
	skip "nspawn's container" 'there is no systemd-nspawn'
fi

check 'nothing is left of them' end_boxes
done_testing
