#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The sessions of the fuzzer's corpus, and their lines in another order and by
# other processes.
. "${abs_top_srcdir:-.}/tests/lib.sh"

replay=$abs_top_builddir/tests/fuzz/replay-session
for file in "$abs_top_srcdir"/tests/fuzz/sessions/*; do
	check "${file##*/}" "$replay" "$file"
	case $file in
	*/noise) ;;
	*) cat "$file" >>"$T/lines" ;;
	esac
done
: "${PIDNSFS_TEST_SEED:=1}"
rounds=40
[ -z "${PIDNSFS_SANITIZERS-}" ] || rounds=10
seed=$PIDNSFS_TEST_SEED
while [ "$seed" -lt $((PIDNSFS_TEST_SEED + rounds)) ]; do
	awk -v seed="$seed" '
		BEGIN { srand(seed) }
		{ line[NR] = $0 }
		END {
			for (i = 0; i < 250; i++) {
				$0 = line[int(rand() * NR) + 1]
				if (rand() < 0.5)
					sub(/^[0-9]+/, int(rand() * 40) + 1)
				print
			}
		}' "$T/lines" >"$T/mixed"
	check "mixed by seed $seed" "$replay" "$T/mixed" || {
		# What awk draws is its own affair: these are the lines.
		diag <"$T/mixed"
		break
	}
	seed=$((seed + 1))
done

done_testing
