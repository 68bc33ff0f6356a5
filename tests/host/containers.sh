#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Others' containers: an ordinary user's, bubblewrap's, and one that has a name.
. "${abs_top_srcdir:-.}/tests/lib.sh"
. "${abs_top_srcdir:-.}/tests/host/setup.sh"

host

# life NAME: of the container whose init is the child of $begun, until its end.
life() {
	init=$(child "$begun")
	# Who makes it may be another child in between.
	while [ -n "$init" ] && [ "$(inum "$init")" = "$(inum "$begun")" ]; do
		init=$(child "$init")
	done
	inum=$(inum "$init")
	is "$1: its init" "$(cat "$M/ns/$inum/1/comm")" "$(cat "/proc/$init/comm")"
	is "$1: is here" "$(readlink "$M/ns/$inum/1/outer")" "../../../$init"
	run "$M/ns/$inum/1/fork" '-- sh -c "id -u; exit 4"' >"$T/said"
	is "$1: is entered" "$(sed -n '2p;$p' "$T/said" | tr '\n' ' ')" '0 exited 4 '
	run "$M/$init/fork" 'like=target -- sh -c "grep CapEff /proc/self/status"' >"$T/said"
	is "$1: with the rights it has" "$(sed -n 2p "$T/said")" \
		"$(grep CapEff "/proc/$init/status")"
	exec 7<"$M/$init/wait"
	is "$1: is killed" "$(w KILL "$M/$init/kill")" ok
	is "$1: by that" "$(cat <&7)" 'killed KILL'
	exec 7<&-
	check "$1: is gone" wait_for 60 gone "$M/ns/$inum"
}

if setpriv --reuid 4242 --regid 4242 --clear-groups unshare -Urpf true 2>"$T/.out"; then
	begun setpriv --reuid 4242 --regid 4242 --clear-groups unshare -Urpf --mount-proc \
		sh -c 'echo >"$1"; exec sleep 10000' sh "$ready"
	life "a user's"
else
	skip "an ordinary user's container" 'here users may make no user namespaces'
fi

if command -v bwrap >/dev/null && bwrap --ro-bind / / --unshare-pid true 2>"$T/.out"; then
	begun bwrap --unshare-all --ro-bind /usr /usr --symlink usr/bin /bin --symlink usr/lib /lib \
		--symlink usr/lib64 /lib64 --symlink usr/sbin /sbin --bind "$T" "$T" --proc /proc --dev /dev \
		sh -c 'echo >"$1"; exec sleep 10000' sh "$ready"
	life bubblewrap
else
	skip "bubblewrap's container" "no bwrap that works: $(head -n 1 "$T/.out")"
fi

done_testing
