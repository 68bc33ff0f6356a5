# SPDX-License-Identifier: MIT
# shellcheck shell=sh
#
# Containers by those who make them on real machines.  Read after
# tests/host/setup.sh.  All of a container is below $T, its cgroups below one
# that has this test's name, and nothing is registered anywhere.

box=pidnsfs$$

# bounded COMMAND...: nobody else's program may keep us waiting for ever.
bounded() {
	timeout -k 5 60 "$@"
}

# rootfs DIRECTORY: the files of a container: a shell, and its libraries.
rootfs() {
	mkdir -p "$1/bin" "$1/dev" "$1/etc" "$1/proc" "$1/root" "$1/run" "$1/sys" "$1/tmp" "$1/usr"
	box_busybox=$(command -v busybox) || return
	cp "$box_busybox" "$1/bin/busybox"
	# Those that it is linked with, if it is.
	ldd "$box_busybox" 2>/dev/null | grep -o '/[^ ]*' | while read -r box_file; do
		mkdir -p "$1/${box_file%/*}"
		cp -L "$box_file" "$1$box_file"
	done
	for box_name in cat clear false grep id kill ls mkdir nice printf ps sh sleep stty true tty; do
		ln -s busybox "$1/bin/$box_name"
	done
	# What nspawn takes for a system.
	echo 'ID=box' >"$1/etc/os-release"
	# Who is waited for to be there, and who is to be signalled.
	cat >"$1/bin/work" <<-'END'
		#!/bin/sh
		sleep 10001 &
		sleep 10000
	END
	chmod 755 "$1/bin/work"
}

# new_rootfs NAME: one of its own; $root is it.
new_rootfs() {
	root=$T/$1-root
	[ -d "$T/rootfs" ] || rootfs "$T/rootfs" || return
	cp -al "$T/rootfs" "$root"
}

# runc_box NAME KEYS: is begun; $init is its init, $id its id.  KEYS: more of
# "process" and what follows it in its specification.
runc_box() {
	box_dir=$T/$1-box
	new_rootfs "$1" && mkdir "$box_dir" || return
	runc_boxes="${runc_boxes-} $1"
	# Docker's form, where docker has no systemd.
	id=$(printf '%08x%s%054d' "$$" "$(printf '%s' "$1" | cksum | cut -c 1-2)" 0)
	cat >"$box_dir/config.json" <<-END
		{ "ociVersion": "1.0.2", "hostname": "box",
		  "root": { "path": "$root" },
		  "mounts": [
		    { "destination": "/proc", "type": "proc", "source": "proc" },
		    { "destination": "/dev", "type": "tmpfs", "source": "tmpfs" },
		    { "destination": "/dev/pts", "type": "devpts", "source": "devpts",
		      "options": [ "newinstance", "ptmxmode=0666", "mode=0620" ] } ],
		  "process": { "args": [ "/bin/work" ], "cwd": "/root", "env": [ "PATH=/bin" ],
		    "user": { "uid": 0, "gid": 0 } ${2-} },
		  "linux": { "cgroupsPath": "/$box/docker/$id",
		    "namespaces": [ { "type": "pid" }, { "type": "mount" }, { "type": "uts" },
		      { "type": "ipc" }, { "type": "network" } ] ${3-} } }
	END
	(cd "$box_dir" && bounded runc --root "$T/runc" run -d --pid-file "$box_dir/pid" "$box-$1") \
		</dev/null >"$T/.out" 2>&1 9>&- || return
	init=$(cat "$box_dir/pid")
	started "$init"
}

podman_() {
	bounded podman --root "$T/podman" --runroot "$T/podman.run" --tmpdir "$T/podman.tmp" \
		--runtime runc --storage-driver vfs --cgroup-manager cgroupfs --events-backend none "$@" 9>&-
}

# podman_box NAME: the same.
podman_box() {
	new_rootfs "$1" || return
	podman_boxes=yes
	podman_ run -d --network none --name "$box-$1" --cgroup-parent "/$box" --pidfile "$T/$1-pid" \
		--ulimit nofile=1024:1024 --ulimit nproc=4096:4096 --rootfs "$root" /bin/work \
		</dev/null >"$T/$1-id" 2>"$T/.out" || return
	init=$(cat "$T/$1-pid")
	id=$(cat "$T/$1-id")
	started "$init"
}

# nspawn_box NAME: the same; there it has a name and no id.
nspawn_box() {
	new_rootfs "$1" || return
	id=$box-$1
	# The scope that systemd makes for it, where there is a systemd.
	for box_hierarchy in '' /systemd /unified; do
		[ -e "/sys/fs/cgroup$box_hierarchy/cgroup.procs" ] || continue
		mkdir -p "/sys/fs/cgroup$box_hierarchy/$box/machine-$(echo "$id" | sed 's/-/\\x2d/g').scope"
	done
	# shellcheck disable=SC2016
	sh -c 'for scope in /sys/fs/cgroup/"$1"/machine-*.scope /sys/fs/cgroup/*/"$1"/machine-*.scope; do
			[ ! -d "$scope" ] || echo 0 >"$scope/cgroup.procs"
		done
		exec systemd-nspawn -q --register=no --keep-unit -M "$2" -D "$3" /bin/work' \
		sh "$box" "$id" "$root" </dev/null >"$T/.out" 2>&1 9>&- &
	box_nspawn=$!
	started "$box_nspawn"
	wait_for 60 box_nspawn_init
}

box_nspawn_init() {
	_alive "$box_nspawn" || return 1
	init=$(child "$box_nspawn")
	[ -n "$init" ] && [ "$(cat "$M/$init/comm")" = work ]
}

# Ends what is left of them, and takes their cgroups away.
end_boxes() {
	for box_name in ${runc_boxes-}; do
		bounded runc --root "$T/runc" delete -f "$box-$box_name" >/dev/null 2>&1
	done
	[ -z "${podman_boxes-}" ] || podman_ rm -f -t 0 -a >/dev/null 2>&1
	runc_boxes='' podman_boxes=''
	wait_for 20 box_no_cgroups
}

# The dead leave them a little later.
box_no_cgroups() {
	find /sys/fs/cgroup -depth -type d \( -path "*/$box" -o -path "*/$box/*" \) -exec rmdir {} + 2>/dev/null
	[ -z "$(find /sys/fs/cgroup -type d -name "$box" 2>/dev/null)" ]
}

trap 'end_boxes; _cleanup' EXIT
