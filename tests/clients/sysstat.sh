#!/bin/sh
# SPDX-License-Identifier: MIT
#
# pidstat and mpstat take a view for /proc.
. "${abs_top_srcdir:-.}/tests/lib.sh"
. "$abs_top_srcdir/tests/clients/fixture.sh"

need pidstat mpstat

# rows: of a table of these programs, without the time.
rows() {
	sed -n 's/^[0-9:]* *//p' | grep -v -e '^$' -e Linux -e UID
}

fixture

# UID PID %usr %system %guest %wait %CPU CPU Command
is 'pidstat has those that have done something' \
	"$(in_view pidstat | rows | awk '{ print $1, $2, $NF }')" "\
1 20 nginx
65534 21 nginx
0 30 java"
is 'it has nothing to complain of' "$(complaint)" ''
is 'pidstat -p ALL has all of them' \
	"$(in_view pidstat -p ALL | rows | awk '{ print $1, $2 }' | words)" "\
0 1 0 10 0 11 0 12 1 20 65534 21 65534 22 0 30 0 40 0 41 0 42 0 43 0 44 0 45 0 50 0 60 0 61 \
65534 4194303"
is 'user and system time, three to one' "$(in_view pidstat -p 20 | rows |
	awk '{ printf "%.1f\n", $3 / $4 }')" 3.0
is 'pidstat -t has the threads' "$(in_view pidstat -t -p 30 | rows |
	awk '{ print $2, $3, $NF }')" "\
30 - java
- 30 |__java
- 31 Thread#0
- 32 loop"
# UID PID minflt/s majflt/s VSZ RSS %MEM Command
is 'pidstat -r' "$(in_view pidstat -r -p 20,30 | rows | awk '{ print $2, $5, $6 }')" "\
20 65536 8192
30 4194304 262144"
# UID PID cswch/s nvcswch/s Command
is 'pidstat -w' "$(in_view pidstat -w -p 21 | rows | awk '{ print $1, $2, $3, $4, $5 }')" \
	'65534 21 0.00 0.00 nginx'
# UID PID prio policy Command
is 'pidstat -R' "$(in_view pidstat -R -p 21 | rows | awk '{ print $2, $3, $4 }')" '21 0 NORMAL'
is 'pidstat -l' "$(in_view pidstat -l -p 30 | rows | sed 's/.*[0-9]  //')" \
	'/usr/bin/java -jar server.jar'
# UID PID kB_rd/s kB_wr/s kB_ccwr/s iodelay Command
is 'pidstat in a container' "$(in_view_of "$box" pidstat -p ALL | rows |
	awk '{ print $2, $NF }')" "\
1 catatonit
2 app
3 worker
4 runc
5 deep"

# --- mpstat looks twice at an open file: nothing was done in between.
cpus=$(grep -c '^cpu[0-9]' "$M/stat")
is 'mpstat has a row for each processor' "$(in_view mpstat -P ALL 1 1 | sed -n 's/^Average: *//p' |
	awk '{ print $1, $NF }' | words)" "$({
		echo 'CPU %idle all 100.00'
		cpu=0
		while [ "$cpu" -lt "$cpus" ]; do
			echo "$cpu 100.00"
			cpu=$((cpu + 1))
		done
	} | words)"

done_testing
