#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Each row of the README's table of programs is held by the test that it names.
. "${abs_top_srcdir:-.}/tests/lib.sh"

# "program, program   test   …": what begins in column 4 and 32.
# The section ends where the next has its line.
awk '/^---/ { on = title == "Programs that take a view for /proc" } { title = $0 }
	on && /^    [a-z]/ && !/^    program / {
		test = substr($0, 33, 12)
		gsub(/ /, "", test)
		print test ":" substr($0, 5, 28)
	}' "$abs_top_srcdir/README" >"$T/rows"
check 'there is a table' test "$(wc -l <"$T/rows")" -ge 20

while IFS=: read -r file programs; do
	test=$abs_top_srcdir/tests/clients/$file.sh
	[ -e "$test" ] || {
		not_ok "there is a test $file" "$programs"
		continue
	}
	missing=
	for program in $(echo "$programs" | tr -d ,); do
		case $program in
		of | -* | [0-9]*) continue ;;
		esac
		grep -q -e "$program" "$test" || missing="$missing $program"
	done
	is "$file runs: $(echo "$programs" | sed 's/ *$//')" "$missing" ''
done <"$T/rows"

done_testing
