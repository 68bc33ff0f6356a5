# SPDX-License-Identifier: MIT
# What bench has measured, as ratios to /proc beside what was aimed at: README's table.
function aim(name, mount, view) {
	aims[name, 6] = mount
	aims[name, 7] = view
}
function cell(v) { return sprintf(" %7s", v) }
function row(name, load,	side, i, line, some, v) {
	line = sprintf("    %-24s", name)
	for (side = 6; side <= 7; side++) {
		for (i = 1; i <= count; i++) {
			v = has[side, name, load, ns[i]]
			some = some v
			line = line cell(v == "" ? "-" : v)
		}
		if (side == 6)
			line = line " |"
	}
	if (!some)
		return
	if (load == 10000 && name == "calls of ps -e")
		line = line "   -; 2"
	else if (load == 0 && (name, 6) in aims)
		line = line "   " aims[name, 6] "; " aims[name, 7]
	print line
}
BEGIN {
	FS = "\t"
	aim("listing", "0.1", "0.07")
	aim("listing + stat", "0.6", "0.55")
	aim("calls of ps -e", "4", "0.55")
	aim("calls of ps -e, cold", "-", "0.55") # once it has warmed itself
	aim("one PID/status", "-", "0.4")
}
$1 == "time" && $5 > 0 {
	if (!($3 in seen)) {
		seen[$3] = 1
		ns[++count] = $3
	}
	if (!(($4, $2) in known)) {
		known[$4, $2] = 1
		names[++n] = $4
		loads[n] = $2
	}
	for (side = 6; side <= 7; side++)
		if ($side > 0)
			has[side, $4, $2, $3] = sprintf("%.2f", $side / $5)
}
$1 == "time" && $2 == 0 && ($4 == "bare round trip" || $4 == "control write") { floor[$3, $4] = $6 }
($1 == "bulk" || $1 == "memory") && $2 == 0 {
	key = sprintf("%s, %s", $1 == "bulk" ? "us a process" : "bytes", $4)
	if (!(key in other))
		keys[++others] = key
	other[key] = other[key] sprintf($1 == "bulk" ? "  %d: %.2f" : "  %d: %d", $3, $5)
}
END {
	if (!n)
		exit 1
	last = -1
	for (k = 1; k <= n; k++) {
		if (loads[k] != last) {
			last = loads[k]
			printf "\n    %-24s%*s |%*s   %s\n",
				last ? last " forks, exits a second" : "time / that of /proc", 8 * count,
				"mount", 8 * count, "view", "aims"
			line = sprintf("    %-24s", "processes")
			for (side = 6; side <= 7; side++) {
				for (i = 1; i <= count; i++)
					line = line cell(ns[i])
				if (side == 6)
					line = line " |"
			}
			print line
		}
		row(names[k], loads[k])
	}
	print ""
	line = ""
	for (i = 1; i <= count; i++)
		if (floor[ns[i], "bare round trip"] > 0)
			line = line sprintf("  %d: %.2f", ns[i],
				floor[ns[i], "control write"] / floor[ns[i], "bare round trip"])
	printf "    control write / bare round trip (1.3)%s\n", line
	for (k = 1; k <= others; k++)
		printf "    %s%s\n", keys[k], other[keys[k]]
}
