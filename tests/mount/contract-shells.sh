#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The examples of each control file's usage and of the man page in each shell, and
# programs that read a whole tree.
. "${abs_top_srcdir:-.}/tests/lib.sh"
. "$abs_top_srcdir/tests/acts.sh"

# people: a namespace, whose view is then $V, with those the examples speak of: 2, who
# acts, its children 3, 40 and 42 and 7, who has a namespace.
people() {
	born "$M/1/fork" newpid
	_ns=$(readlink "$M/$pid/ns/pid")
	_ns=${_ns#pid:[}
	V=$M/ns/${_ns%]}
	_said=$(talk "$V/1/fork" line set_tid=2 open "$V/2/fork" \
		write 'set_tid=3\nset_tid=1,7 newpid\nset_tid=40\nset_tid=42\n' \
		open "$V/2/setpgid" write '40 40\n42 42\n' open "$V/2/pidfd" ask 'open 40')
	[ "$_said" = "ok${_nl}ok${_nl}ok${_nl}3" ] || bail "no people: $_said"
}

world
w 4194304 "$M/sys/kernel/pid_max" >/dev/null

# --- the usage of each verb
for verb in fork exec exit kill setns unshare setsid setpgid reap sigaction prctl pidfd set; do
	cat "$M/1/$verb" >"$T/usage"
	check "$verb has an example" grep -q '^	' "$T/usage"
	for sh in bash dash 'busybox sh'; do
		people
		sed -n 's/^	//p' "$T/usage" >"$T/examples"
		while IFS= read -r example; do
			# What reads a reply waits until there is one.
			case $example in
			*'<>reap'*) act "$V/40/exit" 5 >/dev/null ;;
			*set_tid=1,42*) act "$V/42/exit" >/dev/null && act "$V/2/reap" 42 >/dev/null ;;
			esac
			# Who has ended or gone elsewhere is another one then.
			# -ef is in each of these shells.
			# shellcheck disable=SC3013
			[ "$V/2/ns/pid" -ef "$V/2/ns/pid_for_children" ] || people
			said=$(cd "$V/2" && timeout 60 $sh -e -c "$example" 2>&1)
			is "$sh: $example" "$? $said" '0 '
		done <"$T/examples"
	done
done

# --- the man page's, each .nf block one
sed -n '/^\.SH EXAMPLES/,/^\.SH SEE/p' "$abs_top_srcdir/man/pidnsfs.5" |
	awk -v to="$T/example" '/^\.fi/ { on = 0 } on { print >to n } /^\.nf/ { on = 1; n++ }'
check 'the man page has examples' test -s "$T/example3"
for file in "$T"/example[0-9]*; do
	sed -i 's/\\-/-/g; s/\\(dq/"/g; s/\\e/\\/g' "$file"
	for sh in bash dash 'busybox sh'; do
		people
		said=$(cd "$V" && timeout 60 $sh -e "$file" 2>&1)
		is "$sh: $(head -n 1 "$file") …" "$? $said" '0 '
	done
done

# --- readers of everything
fresh
born "$M/1/fork" newpid
b=$pid
born "$M/$b/fork" newpid
born "$M/$b/fork" thread
born "$M/1/fork" '-- /bin/program with words'
born "$M/1/fork"
act "$M/$pid/exit" 3 >/dev/null
echo EINVAL >"$M/1/fork" 2>/dev/null
facts() {
	for view in "$M" "$M"/ns/*; do
		cat "$view/table" "$view/tree" "$view/pidns"
	done
	cat "$M/errors" "$M/sys/kernel/ns_last_pid"
	cat "$M"/[0-9]*/stat
}
facts >"$T/before"
exec 4<"$M/events"
# ends NAME COMMAND...: the command must end, whatever it says.
ends() {
	_name=$1
	shift
	timeout 60 "$@" >"$T/said" 2>&1
	_rc=$?
	if [ "$_rc" = 124 ]; then
		not_ok "$_name ends"
	else
		ok "$_name ends"
	fi
}
ends 'grep -r' grep -r . "$M"
check 'and has read' grep -q '/comm:program$' "$T/said"
ends 'find -exec cat' find "$M" -type f -exec cat '{}' +
ends 'find -ls' find "$M" -ls
ends 'ls -lR' ls -lR "$M"
ends 'du' du -a "$M"
ends 'wc' sh -c 'wc "$1"/1/[a-v]* "$1"/[f-z]* 2>&1' sh "$M"
ends 'cat *' sh -c 'cat "$1"/1/[a-v]* "$1"/[f-t]*' sh "$M"
mkdir "$T/cp" "$T/tar"
ends 'cp -r' cp -r "$M/." "$T/cp"
check 'with content' grep -q '^program$' "$T/cp/5/comm"
ends 'tar' sh -c 'tar -cf - -C "$1" . | tar -xf - -C "$2"' sh "$M" "$T/tar"
check 'has links as links' test -L "$T/tar/1/inner"
ends 'diff -r' diff -r "$M/1" "$T/cp/1"
ends 'md5sum' find "$M/$b" -type f -exec md5sum '{}' +
ends 'head, tail, dd' sh -c 'cd "$1/1" && for f in *; do
	[ -f "$f" ] && [ "$f" != wait ] && head -c 3 "$f" && tail -n 1 "$f" && dd if="$f" bs=1 status=none; done' sh "$M"
facts >"$T/after"
is 'nothing has changed' "$(diff "$T/before" "$T/after")" ''
is 'nothing has happened' "$(errno_of dd iflag=nonblock bs=4096 status=none <"$M/events")" EAGAIN
is 'since before' "$(timeout 1 cat <&4)" ''
exec 4<&-

done_testing
