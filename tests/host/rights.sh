#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Nobody gets more than /proc itself would give, and nobody less: five callers,
# four processes, all that procfs has of them.
. "${abs_top_srcdir:-.}/tests/lib.sh"
. "${abs_top_srcdir:-.}/tests/host/setup.sh"

look=$abs_top_builddir/tests/host/look
[ -x "$look" ] || bail "there is no program $look"
owner=4242
chmod 755 "$T"
cp "$look" "$T/look" && chmod 755 "$T/look"
host -o allow_other

# as CALLER COMMAND...
as() {
	(become "$@")
}

# become CALLER COMMAND...: the same, instead of this shell.
become() {
	_caller=$1
	shift
	case $_caller in
	root) exec "$@" ;;
	nobody) exec setpriv --reuid 65534 --regid 65534 --clear-groups "$@" ;;
	owner) exec setpriv --reuid "$owner" --regid "$owner" --clear-groups "$@" ;;
	bare) exec setpriv --bounding-set=-all --inh-caps=-all "$@" ;;
	inside)
		exec setpriv --reuid "$owner" --regid "$owner" --clear-groups \
			unshare -Ur "$@"
		;;
	esac
}

can() {
	as "$1" true 2>/dev/null || skip_all "here nobody can be: $1"
}
for caller in nobody owner bare inside; do can "$caller"; done

# Of root, of a user, of a user but not to be looked at, in a user namespace.
cp "$(command -v sleep)" "$T/secret" && chmod 711 "$T/secret"
begun sh -c 'echo >"$1"; exec sleep 10000' sh "$ready"
targets=$begun
begun become owner sh -c 'echo >"$1"; exec sleep 10000' sh "$ready"
targets="$targets $begun"
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
objects() {
	(cd "/proc/$1" && find . -mindepth 1 \( -name mem -o -name pagemap -o -name clear_refs \
		-o -path ./net -o -path './task/*/net' -o -path './task/*/children' \) -prune -o -print) |
		sed 's|^\./||' | sort
}

for pid in $targets; do
	objects "$pid" >"$T/objects"
	[ "$(wc -l <"$T/objects")" -gt 100 ] || not_ok "there is much to be seen of $pid"
	for caller in root nobody owner bare inside; do
		# Each look of another user namespace costs a process: at one thread's
		# files less often.
		[ "$caller" != inside ] || {
			grep -v '^task/.*/' "$T/objects" >"$T/objects.fewer"
			mv "$T/objects.fewer" "$T/objects"
		}
		as "$caller" "$T/look" "/proc/$pid" <"$T/objects" >"$T/before"
		as "$caller" "$T/look" "$M/$pid" <"$T/objects" >"$T/shown"
		as "$caller" "$T/look" "/proc/$pid" <"$T/objects" >"$T/after"
		# What moves between two looks at /proc says nothing.
		sed 's/ ok .*/ ok/' "$T/before" >"$T/proc.may"
		sed 's/ ok .*/ ok/' "$T/shown" >"$T/shown.may"
		is "$caller may see of $(cat "/proc/$pid/comm") what /proc shows" \
			"$(diff "$T/proc.may" "$T/shown.may")" ''
		paste -d ' ' "$T/before" "$T/after" "$T/shown" |
			awk '$2 == "ok" && $5 == "ok" && $3 == $6 && $3 != $9 { print $1 }' >"$T/other"
		is 'and reads the same' "$(cat "$T/other")" ''
	done
done
check 'somebody was refused something' grep -q EACCES "$T/shown"
check 'and shown something' grep -q ' ok ' "$T/shown"

# --- acting

is 'only the mounter and root write' "$(errno_of as nobody sh -c 'echo 0 >>"$1"' sh "$M/$begun/kill")" \
	EACCES
set -- $targets
is 'root without capabilities cannot signal others' \
	"$(errno_of as bare dd if=/dev/zero of="$M/$2/kill" bs=1 count=0 status=none)" ok
printf '0\n' >"$T/zero"
is 'as kill(2) would say' \
	"$(errno_of as bare dd if="$T/zero" of="$M/$2/kill" conv=notrunc status=none)" EPERM
is 'nor run programs' \
	"$(printf -- '-- true\n' >"$T/line"
	errno_of as bare dd if="$T/line" of="$M/$2/fork" conv=notrunc status=none)" EPERM
is 'but root with them can' "$(w 0 "$M/$2/kill")" ok

done_testing
