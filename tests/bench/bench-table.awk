# SPDX-License-Identifier: MIT
# What bench has measured, as a table.
function us(v) { return v < 0 ? "-" : sprintf(v < 10 ? "%.2f" : "%.1f", v) }
function ratio(v, of) { return v < 0 || of <= 0 ? "-" : sprintf("%.2f", v / of) }
BEGIN { FS = "\t" }
$1 == "time" {
	if ($3 != n || $2 != load) {
		n = $3
		load = $2
		printf "\n%d processes%s: us for each process (or call), and how much that is of /proc\n",
			n, load ? ", " load " forks and exits a second" : ""
		printf "%-28s %9s %9s %6s %9s %6s %9s %9s\n", "", "/proc", "mount", "ratio", "view",
			"ratio", "requests", "daemon us"
	}
	printf "%-28s %9s %9s %6s %9s %6s %9.2f %9.1f\n", $4, us($5), us($6), ratio($6, $5), us($7),
		ratio($7, $5), $8, $9
	rows++
}
$1 == "floor" { printf "%-28s %9s\n", $4, us($5) }
$1 == "storm" { printf "%-28s %9d a second\n", "reached by " $4, $5 }
$1 == "memory" { memory[++m] = sprintf("%8d  %-45s %8d bytes", $3, $4, $5) }
END {
	if (!rows)
		exit 1
	print "\nMemory for each process (small numbers of processes tell little)"
	for (i = 1; i <= m; i++)
		print memory[i]
}
