# SPDX-License-Identifier: MIT
# What bench has measured, as a table.
function us(v) { return v < 0 ? "-" : sprintf(v < 10 ? "%.2f" : "%.1f", v) }
function ratio(v, of) { return v < 0 || of <= 0 ? "-" : sprintf("%.2f", v / of) }
function asked(v) { return v < 0 ? "-" : sprintf("%.2f", v) }
BEGIN { FS = "\t" }
$1 == "time" {
	if ($3 != n || $2 != load) {
		n = $3
		load = $2
		printf "\n%d processes%s: us for each process (or call), how much that is of /proc,\n",
			n, load ? ", " load " forks and exits a second" : ""
		print "and FUSE requests and the daemon's CPU time for each"
		printf "%-24s %8s %8s %6s %6s %6s %8s %6s %6s %6s\n", "", "/proc", "mount", "ratio",
			"asked", "cpu us", "view", "ratio", "asked", "cpu us"
	}
	printf "%-24s %8s %8s %6s %6s %6s %8s %6s %6s %6s\n", $4, us($5), us($6), ratio($6, $5),
		asked($8), us($10), us($7), ratio($7, $5), asked($9), us($11)
	rows++
}
$1 == "floor" { printf "%-24s %8s\n", $4, us($5) }
$1 == "storm" { printf "%-24s %8d a second\n", "reached by " $4, $5 }
$1 == "memory" && $2 == 0 { other[++m] = sprintf("%8d  %-48s %8d bytes", $3, $4, $5) }
$1 == "bulk" && $2 == 0 { other[++m] = sprintf("%8d  %-48s %8s us", $3, $4, us($5)) }
END {
	if (!rows)
		exit 1
	print "\nFor each process (memory of small numbers of processes tells little)"
	for (i = 1; i <= m; i++)
		print other[i]
}
