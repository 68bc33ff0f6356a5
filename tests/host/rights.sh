#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Nobody gets more than /proc itself would give, and nobody less: all that procfs has
# of five processes, seen by seven callers, as /proc is usually mounted, with each
# hidepid, and through an ordinary user's mount.
. "${abs_top_srcdir:-.}/tests/lib.sh"
. "${abs_top_srcdir:-.}/tests/host/setup.sh"

look=$abs_top_builddir/tests/host/look
[ -x "$look" ] || bail "there is no program $look"
owner=4242
watchers=4343
chmod 755 "$T"
cp "$look" "$T/look" && chmod 755 "$T/look"
host -o allow_other

# become CALLER COMMAND...: instead of this shell; into is a command to where it is.
into=
become() {
	_caller=$1
	shift
	case $_caller in
	root) exec $into "$@" ;;
	nobody) exec $into setpriv --reuid 65534 --regid 65534 --clear-groups "$@" ;;
	watcher) exec $into setpriv --reuid 65534 --regid 65534 --groups "$watchers" "$@" ;;
	owner) exec $into setpriv --reuid "$owner" --regid "$owner" --clear-groups "$@" ;;
	bare) exec $into setpriv --bounding-set=-all --inh-caps=-all "$@" ;;
	boxed) exec $into unshare -Ur "$@" ;;
	inside)
		exec $into setpriv --reuid "$owner" --regid "$owner" --clear-groups \
			unshare -Ur "$@"
		;;
	nobody-inside)
		exec $into setpriv --reuid 65534 --regid 65534 --clear-groups unshare -Ur "$@"
		;;
	esac
}

# as CALLER COMMAND...
as() {
	(become "$@")
}

callers='root nobody watcher owner bare boxed inside'
for caller in $callers nobody-inside; do
	as "$caller" true 2>/dev/null || skip_all "here nobody can be: $caller"
done

# Of root, of a user, of a user but not to be looked at, of another one, in a user
# namespace.
cp "$(command -v sleep)" "$T/secret" && chmod 711 "$T/secret"
begun sh -c 'echo >"$1"; exec sleep 10000' sh "$ready"
targets=$begun
for who in owner nobody; do
	begun become "$who" sh -c 'echo >"$1"; exec sleep 10000' sh "$ready"
	targets="$targets $begun"
	users=$begun
done
begun become owner sh -c 'echo >"$1"; exec "$2" 10000' sh "$ready" "$T/secret"
targets="$targets $begun"
begun become owner unshare -Urpf --kill-child sh -c 'echo >"$1"; exec sleep 10000' sh "$ready"
targets="$targets $(child "$begun")"

# They are what they will be once they have executed sleep.
sleeps() {
	grep -q -x -e sleep -e secret "/proc/$1/comm"
}
for pid in $targets; do
	wait_for 60 sleeps "$pid" || bail "$pid does not begin"
done

# All objects but what is never shown, and what is another process's or moves.
for pid in $targets; do
	(cd /proc && find "$pid" \( -name mem -o -name pagemap -o -name clear_refs \
		-o -path "$pid/net" -o -path "$pid/task/*/net" -o -path "$pid/task/*/children" \) \
		-prune -o -print) >"$T/objects.one"
	check "there is much to be seen of $pid" test "$(wc -l <"$T/objects.one")" -gt 100
	cat "$T/objects.one" >>"$T/objects"
done
echo "$targets" | tr ' ' '\n' | sort >"$T/targets"

# listed CALLER DIRECTORY: which of the targets are names in it.
listed() {
	as "$1" ls "$2" | grep -x -F -f "$T/targets" | tr '\n' ' '
}

# seen WORLD CALLER: what the caller sees in $M, and in /proc.
seen() {
	as "$2" "$T/look" /proc "$M" <"$T/objects" >"$T/seen" 2>"$T/.out"
	_n=$(tail -n 1 "$T/seen")
	check "$1: $2 looks at ${_n% *} objects" test "${_n% *}" = "$(wc -l <"$T/objects")"
	diag <"$T/.out"
	check "$1: few of them move" test "${_n#* }" -lt 50
	# There the errno depends on what the kernel has looked up before.
	case $1 in
	hidepid=4*) sed -i 's/^otherwise.*(ENOENT, not EPERM)$/moves/' "$T/seen" ;;
	esac
	is "$1: $2: leaks, wrongly denied, otherwise" "$(for how in leaks denied otherwise; do
		grep -c "^$how" "$T/seen"
	done | tr '\n' ' ')" '0 0 0 ' || grep -v -e '^[0-9]' -e '^moves' "$T/seen" | head -n 20 | diag
	is "$1: $2 finds the same processes" "$(listed "$2" "$M")" "$(listed "$2" /proc)"
}

for caller in $callers; do
	seen /proc "$caller"
done
is 'they are all of them' "$(listed nobody "$M" | wc -w)" 5

# --- acting

set -- $targets
is 'only the mounter and root write' "$(errno_of as nobody sh -c 'echo 0 >>"$1"' sh "$M/$2/kill")" \
	EACCES
is 'root without capabilities cannot signal others' \
	"$(errno_of as bare dd if=/dev/zero of="$M/$2/kill" bs=1 count=0 status=none)" ok
printf '0\n' >"$T/zero"
is 'as kill(2) would say' \
	"$(errno_of as bare dd if="$T/zero" of="$M/$2/kill" conv=notrunc status=none)" EPERM
is 'but its own' \
	"$(errno_of as bare dd if="$T/zero" of="$M/$1/kill" conv=notrunc status=none)" ok
is 'a container does not signal others, either' \
	"$(errno_of as boxed dd if="$T/zero" of="$M/$2/kill" conv=notrunc status=none)" EPERM
is 'nor run programs' \
	"$(printf -- '-- true\n' >"$T/line"
	errno_of as bare dd if="$T/line" of="$M/$2/fork" conv=notrunc status=none)" EPERM
is 'but root with them can' "$(w 0 "$M/$2/kill")" ok

# --- hidepid

# hidden OPTIONS CALLER...: the same where /proc is mounted so.
hidden() {
	begun unshare -m --propagation slave sh -c 'umount -l -a -t fuse.pidnsfs
		mount -t proc -o "$2" proc /proc && echo >"$1"; exec sleep 10000' sh "$ready" "$1"
	into="nsenter -m -t $begun --"
	$into "$PIDNSFS" host "$M" -o allow_other </dev/null >"$T/.out" 2>&1 || bail "$(cat "$T/.out")"
	daemons=$(_all_of "$M")
	for daemon in $daemons; do started "$daemon"; done
	_world=$1
	shift
	for caller in "$@"; do
		seen "$_world" "$caller"
		# What we say ourselves comes from files that not everybody may read.
		as "$caller" sh -c 'for pid in $(cat "$1"); do [ ! -r "/proc/$pid/stat" ] || echo "$pid"; done' \
			sh "$T/targets" | tr '\n' ' ' >"$T/readable"
		is "$_world: the table has whom $caller may read" \
			"$(as "$caller" cat "$M/table" | awk '{ print $1 }' | grep -x -F -f "$T/targets" |
				sort | tr '\n' ' ')" "$(cat "$T/readable")"
	done
}

# shown: the end of that.
shown() {
	$into umount "$M"
	into=
	for daemon in $daemons; do wait_for 60 _gone "$daemon" || not_ok "$daemon ends"; done
	kill "$begun"
}

unworld
# A thread's files are as hidden as its process's.
grep -v '/task/.*/' "$T/objects" >"$T/objects.fewer"
mv "$T/objects.fewer" "$T/objects"
hidden "hidepid=2,gid=$watchers" root nobody watcher owner bare boxed inside
is 'nobody hears of others' "$(errno_of as nobody dd if="$M/events" count=0 status=none)" ENOENT
is 'but who sees all' "$(errno_of as watcher dd if="$M/events" count=0 status=none)" ok
shown
hidden hidepid=1 root nobody owner inside
shown
hidden hidepid=4 root nobody bare owner inside
shown

# --- an ordinary user's mount

M=$T/user/mnt
mkdir -p "$M"
chown -R 65534:65534 "$T/user"
chmod 755 "$T/user"
if ! command -v fusermount3 >/dev/null || ! [ -u "$(command -v fusermount3)" ]; then
	skip 'an ordinary user: nobody: leaks, wrongly denied, otherwise' 'no fusermount3, or not set-user-ID'
else
	as nobody "$PIDNSFS" host "$M" </dev/null >"$T/.out" 2>&1 || bail "$(cat "$T/.out")"
	daemons=$(_all_of "$M")
	for daemon in $daemons; do started "$daemon"; done
	is 'its processes are two' "$(echo "$daemons" | wc -w)" 2
	is 'neither has any capability' "$(for daemon in $daemons; do
		sed -n 's/^CapEff:[^0-9a-f]*//p' "/proc/$daemon/status"
	done | sort -u)" 0000000000000000
	for caller in nobody nobody-inside; do
		seen 'an ordinary user' "$caller"
	done
	is 'somebody else is not let in' "$(errno_of as owner ls "$M")" EACCES
	is 'its own process is signalled' "$(errno_of as nobody dd if="$T/zero" of="$M/$users/kill" conv=notrunc status=none)" ok
	is 'but not another one' "$(errno_of as nobody dd if="$T/zero" of="$M/$1/kill" conv=notrunc status=none)" EPERM
	kill -KILL "$(for daemon in $daemons; do
		[ "$(cat "/proc/$daemon/comm")" = pidnsfs:keeper ] || echo "$daemon"
	done)"
	check 'and if it is killed the mount goes' wait_for 60 sh -c '! grep -q -F " $1 " /proc/self/mountinfo' sh "$M"
fi

done_testing
