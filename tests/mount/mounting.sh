#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Mounting and unmounting: ways to do it, and what cannot be done.
. "${abs_top_srcdir:-.}/tests/lib.sh"

# status COMMAND...: its exit status; what it says goes to $T/said.
status() {
	"$@" >"$T/said" 2>&1 </dev/null
	echo "$?"
}

lines() {
	wc -l <"$T/said"
}

world
check 'the tree answers when the command has returned' test -d "$M/1"
check 'its type' grep -q " $M .* - fuse.pidnsfs virtual " /proc/self/mountinfo
is 'a second mount on the same place' "$(status "$PIDNSFS" "$M")" 4
is 'one line about it' "$(lines)" 1
check 'the first one still answers' test -d "$M/1"
check 'unmounting' unworld

is 'no mount point' "$(status "$PIDNSFS")" 2
is 'one line' "$(lines)" 1
is 'a mount point that is missing' "$(status "$PIDNSFS" "$T/none")" 4
is 'one line' "$(lines)" 1
: >"$T/file"
is 'a mount point that is no directory' "$(status "$PIDNSFS" "$T/file")" 4
is 'one line' "$(lines)" 1
for option in nonsense max_read=x self=0 self=x kernel=5.4 clock=backwards; do
	is "-o $option" "$(status "$PIDNSFS" "$M" -o "$option")" 1
	is 'one line' "$(lines)" 1
done
is 'an unknown source' "$(status "$PIDNSFS" nonsense "$M")" 1
is 'one line' "$(lines)" 1
is 'one word too many' "$(status "$PIDNSFS" virtual "$M" more)" 1
fails 'nothing is left behind' mounted "$M"

is 'help' "$(status "$PIDNSFS" --help)" 0
check 'it fits a screen' test "$(lines)" -le 40
check 'ours first' grep -q '^usage: pidnsfs' "$T/said"
is '-h' "$(status "$PIDNSFS" -h)" 0
is '-fh' "$(status "$PIDNSFS" -fh)" 0
check 'ours first' grep -q '^usage: pidnsfs' "$T/said"
is 'one letter of several is unknown' "$(status "$PIDNSFS" -fx "$M")" 1
is 'one line' "$(lines)" 1
is 'version' "$(status "$PIDNSFS" -V)" 0
check 'ours' grep -q "^pidnsfs ${PIDNSFS_VERSION:-[0-9]}" "$T/said"
check "libfuse's" grep -q '^FUSE library version' "$T/said"

# --- options anywhere
world -o kernel=6.18,clock=frozen
is 'kernel=6.18' "$(sed 's/ .*//' "$M/uptime")" 0.00
: >"$T/said"
printf 'newpid\n' >"$M/1/fork"
is 'a pid_max for each namespace' "$(cat "$M/2/inner/../sys/kernel/pid_max")" 4194304
check 'unmounting' unworld
world -o self=2
is 'self is nobody yet' "$(errno_of cat "$M/self/stat")" ENOENT
printf '\n' >"$M/1/fork"
is 'self' "$(readlink "$M/self")" 2
check 'unmounting' unworld

# --- what people have in fstab(5)
world -o defaults,noauto,owner,group,nofail,relatime,nodiratime,max_read=65536
check 'fstab words' test -d "$M/1"
check 'max_read' grep -q " $M .*,max_read=65536" /proc/self/mountinfo
check 'unmounting' unworld

# --- signals
for signal in TERM INT HUP; do
	world
	kill -s "$signal" "$(_daemon_of "$M")"
	wait_for 10 sh -c "! grep -q ' $M ' /proc/self/mountinfo"
	fails "SIG$signal unmounts" mounted "$M"
	check 'and the daemon ends' unworld
done

# --- in the foreground
mkdir -p "$M"
"$PIDNSFS" -f virtual "$M" >"$T/said" 2>&1 &
pid=$!
started "$pid"
check '-f answers' wait_for 10 test -d "$M/1"
fusermount3 -u "$M"
wait "$pid"
is '-f ends with 0' "$?" 0
is 'and says nothing' "$(cat "$T/said")" ''
for letters in -d -fd; do
	"$PIDNSFS" "$letters" "$M" >"$T/said" 2>&1 &
	pid=$!
	started "$pid"
	check "$letters answers" wait_for 10 test -d "$M/1"
	kill "$pid"
	wait "$pid"
	is "$letters ends with 0" "$?" 0
	check "$letters traces" grep -q LOOKUP "$T/said"
done

# --- mount(8), which looks for pidnsfs in these places
if [ "$(id -u)" = 0 ]; then
	mkdir -p "$T/bin"
	ln -s "$PIDNSFS" "$T/bin/pidnsfs"
	is 'mount -t fuse.pidnsfs' \
		"$(PATH=$T/bin:$PATH status mount.fuse3 virtual "$M" -t fuse.pidnsfs -o rw,nosuid,nodev)" 0
	diag <"$T/said"
	check 'it answers' test -d "$M/1"
	started "$(pgrep -f "pidnsfs virtual $M" | head -n 1)"
	check 'umount' umount "$M"
	ro=$T/ro
	mkdir "$ro"
	"$PIDNSFS" "$ro" -o ro
	is 'a mount with ro' "$(w '' "$ro/1/fork")" EROFS
	umount "$ro"
else
	skip 'mount -t fuse.pidnsfs' 'only root may mount'
fi

# --- a daemon that dies
if command -v fusermount3 >/dev/null; then
	world
	pid=$(_daemon_of "$M")
	kill -KILL "$pid"
	check 'a killed daemon leaves no mount behind' \
		wait_for 10 sh -c "! grep -q ' $M ' /proc/self/mountinfo"
	unworld >/dev/null
fi

# --- by an ordinary user
if [ "$(id -u)" != 0 ]; then
	skip 'by an ordinary user' 'that is what the whole test is'
elif ! [ -u "$(command -v fusermount3)" ] || ! unshare -m true 2>/dev/null; then
	skip 'by an ordinary user' 'fusermount3 is not set-user-ID, or mounts cannot be private'
else
	# Where others may not open /dev/fuse, they may here, in a mount namespace of
	# the test's own.
	mkdir "$T/user"
	chown 65534:65534 "$T/user"
	cat >"$T/as-user" <<'END'
mknod "$1/fuse" c 10 229 && chmod 666 "$1/fuse" && mount --bind "$1/fuse" /dev/fuse || exit 1
exec setpriv --reuid 65534 --regid 65534 --clear-groups sh -c '
	"$2" "$1/user" && echo >"$1/user/1/fork" && sed -n "/^Uid/p" "$1/user/2/status" &&
	fusermount3 -u "$1/user"' sh "$1" "$2"
END
	cp "$PIDNSFS" "$T/pidnsfs"
	is 'by an ordinary user' "$(unshare -m sh "$T/as-user" "$T" "$T/pidnsfs" 2>&1)" \
		'Uid:	65534	65534	65534	65534'
	wait_for 10 sh -c "! pgrep -f '$T/pidnsfs' >/dev/null"
fi

done_testing
