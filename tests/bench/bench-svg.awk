# SPDX-License-Identifier: MIT
# The ratios of bench over the number of processes, both axes logarithmic.
function log10(v) { return log(v) / log(10) }
function x(n) { return 70 + (hi > lo ? (log10(n) - lo) / (hi - lo) : 0.5) * 420 }
function y(r) { return 370 - (log10(r) + 3) / 5 * 340 }
BEGIN { FS = "\t"; lo = 99; hi = -99 }
$1 == "time" && $2 == 0 && $5 > 0 {
	for (side = 6; side <= 7; side++) {
		if ($side <= 0)
			continue
		key = $4 (side == 7 ? " (view)" : "")
		if (!(key in count))
			keys[++k] = key
		at[key, ++count[key]] = $3
		of[key, count[key]] = $side / $5
		l = log10($3)
		lo = l < lo ? l : lo
		hi = l > hi ? l : hi
	}
}
END {
	high = 400 > 60 + k * 15 ? 400 : 60 + k * 15
	printf "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"760\" height=\"%d\" ", high
	print "font-family=\"sans-serif\" font-size=\"11\">"
	printf "<rect width=\"760\" height=\"%d\" fill=\"white\"/>\n", high
	print "<text x=\"70\" y=\"20\" font-size=\"13\">Time on the mount / time on /proc, over the number of processes</text>"
	for (e = -3; e <= 2; e++) {
		r = exp(e * log(10))
		printf "<line x1=\"70\" x2=\"490\" y1=\"%.1f\" y2=\"%.1f\" stroke=\"%s\"/>\n", y(r), y(r),
			e == 0 ? "black" : "#ddd"
		printf "<text x=\"62\" y=\"%.1f\" text-anchor=\"end\">%g</text>\n", y(r) + 4, r
	}
	for (i = 1; i <= k; i++) {
		hue = (i * 137) % 360
		points = ""
		for (j = 1; j <= count[keys[i]]; j++) {
			n = at[keys[i], j]
			r = of[keys[i], j]
			r = r < 0.001 ? 0.001 : r > 100 ? 100 : r
			points = points sprintf(" %.1f,%.1f", x(n), y(r))
			printf "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"2.5\" fill=\"hsl(%d,70%%,40%%)\"/>\n", x(n), y(r), hue
			if (!(n in told)) {
				told[n] = 1
				printf "<text x=\"%.1f\" y=\"388\" text-anchor=\"middle\">%d</text>\n", x(n), n
			}
		}
		printf "<polyline points=\"%s\" fill=\"none\" stroke=\"hsl(%d,70%%,40%%)\"/>\n", points, hue
		printf "<text x=\"505\" y=\"%d\" fill=\"hsl(%d,70%%,40%%)\">%s</text>\n", 40 + i * 15, hue, keys[i]
	}
	print "</svg>"
}
