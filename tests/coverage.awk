# SPDX-License-Identifier: MIT
#
# Reads what gcov -n prints and writes, for each of our source files that the
# tests ran, the share of its lines that ran.  A file compiled into more than
# one program counts with the best of them.

/^File / {
	file = $0
	sub(/^File '/, "", file)
	sub(/'$/, "", file)
	ours = file !~ /\/(include|lib|tests)\// && file ~ /(^|\/)(src|fs)\//
	sub(/.*\/src\//, "src/", file)
	sub(/.*\/fs\//, "fs/", file)
}

/^Lines executed:/ && ours {
	percent = $0
	sub(/^Lines executed:/, "", percent)
	lines = percent
	sub(/%.*/, "", percent)
	sub(/.* of /, "", lines)
	if (!(file in best) || percent + 0 > best[file] + 0) {
		best[file] = percent
		total[file] = lines
	}
	ours = 0
}

END {
	for (file in best)
		printf "%-40s %6.2f%% of %d\n", file, best[file], total[file]
}
