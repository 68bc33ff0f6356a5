#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Our shell scripts: their syntax, and what shellcheck has to say.
. "${abs_top_srcdir:-.}/tests/lib.sh"

cd "$abs_top_srcdir" || bail "there is no $abs_top_srcdir"

# Scripts are what begins with a shell's name.
find bootstrap .ci tests examples -type f 2>/dev/null | sort | while read -r file; do
	case $file in
	*.[ch] | */corpus/* | *.am) continue ;;
	*.sh) echo "$file" ;;
	*) head -n 1 "$file" | grep -a -q '^#!/bin/sh' && echo "$file" ;;
	esac
done >"$T/scripts"
[ -s "$T/scripts" ] || bail 'there are no scripts'

while read -r file; do
	sh -n "$file" 2>"$T/.syntax" || not_ok "$file is a shell script" "$(cat "$T/.syntax")"
	sed -n 1,2p "$file" | grep -q 'SPDX-License-Identifier: MIT' ||
		not_ok "$file names its licence"
done <"$T/scripts"

# A few files at a time, on all processors.
# SC2010: that ls lists what it should is what is tested.
# SC2154: what tests/lib.sh sets.
if command -v shellcheck >/dev/null; then
	check 'shellcheck has nothing to say' xargs -n 8 -P "$(nproc 2>/dev/null || echo 2)" \
		shellcheck -s sh -S warning -e SC2010,SC2154 <"$T/scripts"
else
	skip 'shellcheck has nothing to say' 'there is no shellcheck'
fi

done_testing
