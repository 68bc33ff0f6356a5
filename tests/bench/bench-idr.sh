#!/bin/sh
# SPDX-License-Identifier: MIT
#
# make bench-idr: our IDR beside JudyL, GTree and GHashTable, in one run.
#
#	bench-idr.sh PROGRAM [--quick]
#
# The clock says nanoseconds, valgrind's callgrind counts instructions: those
# judge, because a machine may be busy.  --quick is what `make check' does.

set -u
LC_ALL=C
export LC_ALL

program=$1
ids=4194303    # of the clock, and of ours when instructions are counted
others=262144  # of the others then: they are slow there, and deeper is no cheaper
ops=1000000    # of the clock
counted=100000 # of callgrind
rounds=3
all=y # works are counted, or only those that have an aim
case ${2-} in
'') ;;
--quick)
	ids=5000
	others=2000
	ops=2000
	counted=2000
	rounds=1
	all=n
	;;
*)
	echo "usage: $0 PROGRAM [--quick]" >&2
	exit 2
	;;
esac
command -v valgrind >/dev/null || {
	echo 'bench-idr: there is no valgrind (package valgrind): instructions cannot be counted' >&2
	exit 1
}

tmp=$(mktemp -d "${TMPDIR:-/tmp}/pidnsfs.XXXXXX") || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'exit 130' INT TERM HUP

# instructions WORK INDEX IDS: of one operation
instructions() {
	valgrind --tool=callgrind --toggle-collect='measured_*' --callgrind-out-file=/dev/null \
		"$program" --work="$1" --index="$2" --ids="$3" --ops="$counted" --rounds=1 \
		>"$tmp/one" 2>"$tmp/valgrind" || {
		cat "$tmp/valgrind" >&2
		return 1
	}
	awk -v work="$1" -v index_="$2" -v n="$(cut -d' ' -f3 "$tmp/one")" \
		'/Collected/ { printf "instr %s %s %.6f\n", work, index_, $4 / n }' "$tmp/valgrind"
}

"$program" --ids="$ids" --ops="$ops" --rounds="$rounds" >"$tmp/times" || exit 1
while read -r work index _; do
	case $all-$index-$work in
	y-* | n-idr-fill | n-idr-churn_half | n-idr-churn_one | n-idr-enospc | n-*-find) ;;
	*) continue ;;
	esac
	[ "$index" = idr ] && n=$ids || n=$others
	instructions "$work" "$index" "$n" || exit 1
done <"$tmp/times" >"$tmp/instr"

awk -v ids="$ids" -v others="$others" '
BEGIN {
	split("fill churn_half churn_9999 churn_one enospc cycling find next_dense " \
	      "next_half next_sparse small_0 small_1 small_10", works, " ")
	text["fill"] = "fill by alloc_cyclic"
	text["churn_half"] = "churn, half full"
	text["churn_9999"] = "churn, 99.99 % full"
	text["churn_one"] = "churn, all but one taken"
	text["enospc"] = "no id free"
	text["cycling"] = "300 alive, cycling"
	text["find"] = "find, random"
	text["next_dense"] = "get_next, dense"
	text["next_half"] = "get_next, half"
	text["next_sparse"] = "get_next, 100 ids"
	text["small_0"] = "empty: make, drop"
	text["small_1"] = "1 id: make, use, drop"
	text["small_10"] = "10 ids: make, use, drop"
	sized["fill"] = "bytes of an id"
	sized["small_0"] = "bytes, empty"
	sized["small_1"] = "bytes, 1 id"
	sized["small_10"] = "bytes, 10 ids"
	n_indexes = split("idr judyl gtree ghashtable", indexes, " ")
	split("fill 80 churn_half 140 churn_one 400 enospc 220 find 30", aim, " ")
	split("fill 8.3 small_0 48 small_1 190 small_10 190", room, " ")
	# Linux 6.1, lib/idr.c over the XArray, compiled in user space; not in this run.
	kernel("fill", "22 (351)", "9.2")
	kernel("churn_half", "389 (623)")
	kernel("churn_9999", "366 (754)")
	kernel("churn_one", "862 (4269)")
	kernel("enospc", "933 (7759)")
	kernel("cycling", "38 (563)")
	kernel("find", "74 (113)")
	kernel("next_dense", "17")
	kernel("next_half", "33")
	kernel("next_sparse", "107")
	kernel("small_0", "", "39")
	kernel("small_1", "59", "609")
	kernel("small_10", "317", "609")
}
function kernel(work, time, bytes) {
	time_there[work] = time
	bytes_there[work] = bytes
}
function or_none(text) {
	return text == "" ? "-" : text
}
function cell(work, index_) {
	if (!((work, index_) in ns))
		return "-"
	return sprintf((work, index_) in instr ? "%.1f (%.0f)" : "%.1f", ns[work, index_],
		instr[work, index_])
}
function judge(what, got, aim) {
	printf "%-8s %s: %.4g, aim %s or less\n", got <= aim ? "met" : "NOT MET", what, got, aim
}
$1 == "instr" { instr[$2, $3] = $4; next }
{ ns[$1, $2] = $4; bytes[$1, $2] = $5; seen[$2] = 1 }
END {
	printf "Ids 1 to %d: nanoseconds an operation (instructions; of the others with %d ids).\n\n",
		ids, others
	printf "%-24s", "work"
	for (i = 1; i <= n_indexes; i++)
		if (seen[indexes[i]])
			printf " %14s", indexes[i]
	printf " %14s\n", "lib/idr.c*"
	for (w = 1; works[w]; w++) {
		printf "%-24s", text[works[w]]
		for (i = 1; i <= n_indexes; i++)
			if (seen[indexes[i]])
				printf " %14s", cell(works[w], indexes[i])
		printf " %14s\n", or_none(time_there[works[w]])
	}
	for (w = 1; works[w]; w++) {
		if (bytes[works[w], "idr"] == "-" || bytes[works[w], "idr"] == "")
			continue
		printf "%-24s", sized[works[w]]
		for (i = 1; i <= n_indexes; i++)
			if (seen[indexes[i]])
				printf " %14s", bytes[works[w], indexes[i]]
		printf " %14s\n", or_none(bytes_there[works[w]])
	}
	print "\n* Of Linux 6.1 in user space, measured once, on another day of the same kind of machine."
	if (!seen["judyl"])
		print "\nNo JudyL: configure found none (package libjudy-dev)."
	print "\nThe aims, in instructions an operation and in bytes:"
	for (i = 1; aim[i]; i += 2)
		judge(text[aim[i]], instr[aim[i], "idr"], aim[i + 1])
	for (i = 1; room[i]; i += 2)
		judge(sized[room[i]], bytes[room[i], "idr"], room[i + 1])
}' "$tmp/instr" "$tmp/times"
