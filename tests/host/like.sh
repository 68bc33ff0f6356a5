#!/bin/sh
# SPDX-License-Identifier: MIT
#
# fork like=target: what is run has no more rights than its target: capabilities, seccomp
# filters, cgroups, limits.
. "${abs_top_srcdir:-.}/tests/lib.sh"
. "${abs_top_srcdir:-.}/tests/host/setup.sh"
. "${abs_top_srcdir:-.}/tests/host/boxes.sh"

filtered=$abs_top_builddir/tests/host/filtered
[ -x "$filtered" ] || bail "there is no program $filtered"
host
"$filtered" true 2>"$T/.out" || skip_all "there are no seccomp filters: $(cat "$T/.out")"

# said COMMAND: what it says where $target is, with the rights of that.
said() {
	run "$M/$target/fork" "like=target -- $*" | sed '1d;$d'
}

rights='^Uid\|^Gid\|^Groups\|^Cap\|^NoNewPrivs\|^Seccomp'

# --- a process with three filters

begun unshare -pfm --propagation slave --kill-child --mount-proc "$filtered" \
	sh -c 'cd "$2"; echo >"$1"; exec sleep 10000' sh "$ready" "$T"
target=$(child "$begun")
wait_for 60 grep -q '^sleep$' "$M/$target/comm"
is 'a process with three filters' "$(value Seccomp "$M/$target/status") \
$(value Seccomp_filters "$M/$target/status")" '2 3'
is 'what is run has its rights' "$(said cat /proc/self/status | grep "$rights")" \
	"$(grep "$rights" "/proc/$target/status")"
is 'it cannot be another user, too' "$(w 'like=target uid=4242 -- true' "$M/$target/fork")" EINVAL
check 'a system call is refused with the same errno' \
	sh -c 'echo "$1" | grep -q "Name not unique"' sh "$(said mkdir new)"
check 'another with another' sh -c 'echo "$1" | grep -q "Exchange full"' sh "$(said rmdir mnt)"
run "$M/$target/fork" "-- mkdir new" >"$T/said"
is 'which is not so without like=target' "$(sed -n '$p' "$T/said"):$(ls -d "$T/new")" "exited 0:$T/new"
check 'with the files of the host, too' sh -c 'echo "$1" | grep -q "Name not unique"' sh \
	"$(run "$M/$target/fork" "like=target mounts=host -- mkdir $T/other")"

# --- it goes on as before

is 'its target is not traced any more' "$(value TracerPid "/proc/$target/status")" 0
check 'and goes on' grep -q '^State:.[SR]' "/proc/$target/status"
kill -STOP "$target"
wait_for 60 grep -q '^State:.T' "/proc/$target/status"
is 'one that is stopped' "$(said cat /proc/self/status | grep "$rights")" \
	"$(grep "$rights" "/proc/$target/status")"
check 'stays so' grep -q '^State:.T' "/proc/$target/status"
kill -CONT "$target"
for n in 1 2 3 4; do
	said sh -c '"grep Seccomp_filters /proc/self/status"' >"$T/at.$n" &
	eval "pid$n=$!"
done
wait "$pid1" "$pid2" "$pid3" "$pid4"
is 'four at once' "$(sort -u "$T"/at.*)" "Seccomp_filters:	3"

# --- rather not at all than without

if command -v strace >/dev/null; then
	strace -qq -o "$T/strace" -p "$target" 2>"$T/.out" 3>&- &
	tracer=$!
	started "$tracer"
	traced() {
		[ "$(value TracerPid "/proc/$target/status")" = "$tracer" ]
	}
	check 'somebody traces it' wait_for 60 traced
	is 'then nothing is run' "$(w 'like=target -- true' "$M/$target/fork")" EPERM
	check 'and it is told why' grep -q 'fork: .*its seccomp filter cannot be read' "$M/errors"
	kill "$tracer"
	wait "$tracer" 2>/dev/null
	is 'until that has gone' "$(said echo there)" there
else
	skip 'a process that is traced' 'there is no strace'
fi
mkfifo "$T/stdin"
exec 8<>"$T/stdin"
"$filtered" --strict "$ready" <&8 3>&- 9>&- &
strict=$!
started "$strict"
read -r _ <&9
is 'nobody is run in strict mode' "$(w 'like=target -- true' "$M/$strict/fork")" EPERM
check 'that is told, too' grep -q 'fork: .*strict mode' "$M/errors"
exec 8>&-

# --- a container, with few capabilities and without no_new_privs

if command -v runc >/dev/null && runc_box like ', "capabilities": {
	"bounding": [ "CAP_KILL", "CAP_CHOWN" ], "effective": [ "CAP_KILL", "CAP_CHOWN" ],
	"permitted": [ "CAP_KILL", "CAP_CHOWN" ] },
	"rlimits": [ { "type": "RLIMIT_NOFILE", "hard": 77, "soft": 66 } ]' ', "seccomp": {
	"defaultAction": "SCMP_ACT_ALLOW",
	"syscalls": [ { "names": [ "mkdir", "mkdirat" ], "action": "SCMP_ACT_ERRNO", "errnoRet": 95 } ] }'; then
	target=$init
	wait_for 60 grep -q '^work$' "$M/$target/comm"
	is 'a container without no_new_privs' "$(value NoNewPrivs "$M/$target/status") \
$(value Seccomp "$M/$target/status")" '0 2'
	is 'has its rights' "$(said cat /proc/self/status | grep "$rights")" \
		"$(grep "$rights" "/proc/$target/status")"
	check 'has its filter' sh -c 'echo "$1" | grep -q "supported"' sh "$(said mkdir /new)"
	is 'has its cgroups' "$(said cat /proc/self/cgroup)" "$(cat "/proc/$target/cgroup")"
	is 'has its limits' "$(said cat /proc/self/limits)" "$(cat "/proc/$target/limits")"
	check 'which are narrow' grep -q '^Max open files *66 *77 ' "$M/$target/limits"
	check 'nothing is left of it' end_boxes
else
	skip 'a container' "runc makes none here: $(tail -n 1 "$T/.out")"
fi

done_testing
