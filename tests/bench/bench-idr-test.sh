#!/bin/sh
# SPDX-License-Identifier: MIT
#
# make bench-idr, in small: it measures everything and judges every aim.
. "${abs_top_srcdir:-.}/tests/lib.sh"

check 'the benchmark runs' sh "$abs_top_srcdir/tests/bench/bench-idr.sh" \
	"$abs_top_builddir/tests/bench/bench-idr" --quick
cp "$T/.out" "$T/report"
rows='fill by\|churn\|no id\|300 alive\|find\|get_next\|.*: make'
is 'ours does every work' "$(grep -c "^\($rows\).* [0-9.]* " "$T/report")" 13
is 'instructions are counted' "$(cut -c25-39 "$T/report" | grep -c '[0-9.]* ([1-9][0-9]*)$')" 5
check "the kernel's are beside them" grep -q '^churn, all but one.* 862 (4269)$' "$T/report"
check 'GLib is beside it' grep -q ' gtree .*ghashtable' "$T/report"
check 'JudyL is, or it is said that there is none' grep -q ' judyl \|No JudyL' "$T/report"
is 'each aim is judged' "$(grep -c '^\(met\|NOT MET\) ' "$T/report")" 9
is 'no option is misunderstood' \
	"$(sh "$abs_top_srcdir/tests/bench/bench-idr.sh" x --nonsense 2>&1 | cut -c1-6)" usage:
done_testing
