#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The fuzzer's corpus, and cuts of it, through the parsers.
. "${abs_top_srcdir:-.}/tests/lib.sh"

replay=$abs_top_builddir/tests/fuzz/replay-grammar
for file in "$abs_top_srcdir"/tests/fuzz/corpus/*; do
	check "${file##*/}" "$replay" "$file"
	size=$(wc -c <"$file")
	for part in 1 2 3; do
		head -c $((size * part / 4)) "$file" >"$T/cut$part"
		tail -c $((size * part / 4)) "$file" >>"$T/cut$part"
	done
	check "${file##*/}, cut" "$replay" "$T/cut1" "$T/cut2" "$T/cut3"
done
i=0
while [ "$i" -lt 50 ]; do
	i=$((i + 1))
	head -c 4096 /dev/urandom >"$T/noise$i"
done
check 'noise' "$replay" "$T"/noise*

done_testing
