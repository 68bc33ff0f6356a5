#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The way of a write, as README tells it and as -d shows it.
. "${abs_top_srcdir:-.}/tests/lib.sh"

why=$(_cannot_mount)
[ -z "$why" ] || skip_all "$why"
mkdir -p "$M"
"$PIDNSFS" -d "$M" </dev/null >"$T/out" 2>"$T/trace" &
daemon=$!
started "$daemon"
wait_for 60 mounted "$M" || bail 'pidnsfs -d does not mount'
stat "$M/1" >"$T/.out" # it answers

# One write, of one word to a file that is opened for it.
: >"$T/mark"
before=$(wc -l <"$T/trace")
is 'a write is done' "$(w newpid "$M/1/fork")" ok
tail -n +"$((before + 1))" "$T/trace" >"$T/way"

sed -n '/^The way of a write$/,/^Nothing of one layer/s/^    \([a-z/]*[.]c\)  *.*/\1/p' \
	"$abs_top_srcdir/README" >"$T/told"
check 'README names its stations' test "$(wc -l <"$T/told")" -ge 10
at=0
while read -r file; do
	line=$(awk -v from="$at" -v file="pidnsfs: $file:" '
		NR > from && index($0, file) == 1 { print NR; exit }' "$T/way")
	if [ -n "$line" ]; then
		ok "then it passes through $file"
		at=$line
	else
		not_ok "then it passes through $file"
		diag <"$T/way"
	fi
done <"$T/told"
check 'the result of the operation is a line' \
	grep -q '^pidnsfs: src/world/world.c: virtual fork_many: 1$' "$T/way"

is 'a refusal' "$(w 'set_tid=1,2,3,4 newpid' "$M/1/fork")" EINVAL
check 'is told with its errno and its sentence' \
	grep -q '^pidnsfs: src/world/world.c: virtual fork_many: Invalid argument: set_tid' "$T/trace"

check 'it is unmounted' wait_for 60 _unmount "$M"
wait "$daemon"
is 'the daemon ends well' "$?" 0

done_testing
