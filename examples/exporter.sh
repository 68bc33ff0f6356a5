#!/bin/sh
# SPDX-License-Identifier: MIT
#
# A fixture for the test of an exporter: processes with just the numbers that the
# test wants, the same in each run.
#
# The exporter here is a few lines of awk.  Others take the directory by
# --path.procfs, -procfs, HOST_PROC, psutil.PROCFS_PATH and the like, or are run by
# pidnsctl run.
# shellcheck disable=SC2034 # common.sh mounts with them
options='-o clock=frozen'
. "$(dirname "$0")/common.sh"

# exporter PROCFS: what is under test.
exporter() {
	cat "$1"/[0-9]*/stat | sed 's/^\([0-9]*\) (\(.*\)) /\1 \2 /' | awk '
		{ n[$2]++; cpu[$2] += ($14 + $15) / 100; rss[$2] += $24 * 4096 }
		$3 == "Z" { zombies++ }
		END {
			for (name in n) {
				printf "procs{name=\"%s\"} %d\n", name, n[name]
				printf "cpu_seconds_total{name=\"%s\"} %.2f\n", name, cpu[name]
				printf "resident_bytes{name=\"%s\"} %d\n", name, rss[name]
			}
			print "zombies", zombies + 0
		}' | sort
}

say 'The fixture: nginx with two workers, which have used 1.5 and 2.5 seconds, and a zombie.'
pidnsctl fork 1 comm=nginx uid=0 >/dev/null
pidnsctl fork 2 comm=nginx count=2 >/dev/null
pidnsctl set 2 rss=4096000
pidnsctl set 3 utime=100 stime=50 rss=8192000
pidnsctl set 4 utime=200 stime=50 rss=8192000
pidnsctl fork 1 comm=cron >/dev/null
pidnsctl exit 5

say 'What the exporter says:'
exporter "$world"

say 'The test:'
wanted=$(
	cat <<'END'
cpu_seconds_total{name="cron"} 0.00
cpu_seconds_total{name="init"} 0.00
cpu_seconds_total{name="nginx"} 4.00
procs{name="cron"} 1
procs{name="init"} 1
procs{name="nginx"} 3
resident_bytes{name="cron"} 0
resident_bytes{name="init"} 0
resident_bytes{name="nginx"} 20480000
zombies 1
END
)
if [ "$(exporter "$world")" = "$wanted" ]; then
	echo 'ok: it says what the fixture dictates'
else
	echo 'FAILED'
fi

say 'And when a worker dies while it is read?  Others have found this in production.'
pidnsctl fault 4 open gone
exporter "$world" 2>&1 | grep -v cpu_seconds
