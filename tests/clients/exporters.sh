#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Prometheus' exporters take a view for /proc: what they tell over HTTP, on the
# loopback of a network namespace of their own.
. "${abs_top_srcdir:-.}/tests/lib.sh"
. "$abs_top_srcdir/tests/clients/fixture.sh"

need prometheus-node-exporter prometheus-process-exporter bash busybox

# scrape PORT COMMAND...: starts it in the view and prints what it tells.
scrape() {
	# shellcheck disable=SC2016
	in_view unshare --net bash -c '
		busybox ip link set lo up
		port=$1
		shift
		"$@" >/dev/null 2>&1 &
		for ((tries = 0; tries < 1000; tries++)); do
			exec 3<>"/dev/tcp/127.0.0.1/$port" && break
			sleep 0.1
		done 2>/dev/null
		printf "GET /metrics HTTP/1.0\r\n\r\n" >&3
		cat <&3
		kill "$!"
	' bash "$@"
}

# metric NAME: of the last scrape, its value without an exponent.
metric() {
	awk -v name="$1" '
		/^#/ { next }
		{ v = $NF; sub(/ [^ ]*$/, "") }
		$0 == name { printf "%.2f\n", v }' "$T/metrics" | sed 's/\.00$//'
}

# meminfo KEY: in bytes.
meminfo() {
	awk -v key="$1:" '$1 == key { printf "%.0f", $2 * 1024 }' "$M/meminfo"
}

fixture

scrape 9100 prometheus-node-exporter --web.listen-address=127.0.0.1:9100 >"$T/metrics"
is 'node-exporter answers' "$(sed -n '1s/HTTP.... \(.*\)\r/\1/p' "$T/metrics")" '200 OK'
is 'its collectors of /proc have all worked' "$(for c in cpu meminfo stat loadavg vmstat diskstats \
	filefd netdev netstat sockstat entropy pressure; do
	[ "$(metric "node_scrape_collector_success{collector=\"$c\"}")" = 1 ] || echo "$c"
done | words)" ''
is 'boot time' "$(metric node_boot_time_seconds)" "$(awk '$1 == "btime" { print $2 }' "$M/stat")"
is 'forks' "$(metric node_forks_total)" "$(awk '$1 == "processes" { print $2 }' "$M/stat")"
is 'running' "$(metric node_procs_running)" 1
is 'memory' "$(metric node_memory_MemTotal_bytes) $(metric node_memory_MemFree_bytes)" \
	"$(meminfo MemTotal) $(meminfo MemFree)"
is 'load' "$(metric node_load1) $(metric node_load5) $(metric node_load15)" '0 0 0'
is 'time of the processors' "$(awk '/^node_cpu_seconds_total.*mode="user"/ { s += $NF }
	END { printf "%.2f", s }' "$T/metrics")" \
	"$(awk '$1 == "cpu" { printf "%.2f", $2 / 100 }' "$M/stat")"
is 'of each of them' "$(grep -c '^node_cpu_seconds_total.*mode="idle"' "$T/metrics")" \
	"$(grep -c '^cpu[0-9]' "$M/stat")"

scrape 9100 prometheus-node-exporter --web.listen-address=127.0.0.1:9100 \
	--collector.disable-defaults --collector.processes >"$T/metrics"
is 'its count of processes' "$(metric 'node_processes_state{state="S"}') \
$(metric 'node_processes_state{state="R"}') $(metric 'node_processes_state{state="T"}') \
$(metric 'node_processes_state{state="Z"}') $(metric node_processes_pids)" '14 1 1 2 18'
is 'and of threads' "$(metric node_processes_threads)" 20
is 'and the most there can be' "$(metric node_processes_max_processes)" 4194304

scrape 9256 prometheus-process-exporter -web.listen-address=127.0.0.1:9256 -procnames nginx,java \
	>"$T/metrics"
is 'process-exporter answers' "$(sed -n '1s/HTTP.... \(.*\)\r/\1/p' "$T/metrics")" '200 OK'
group='{groupname="nginx"}'
is 'processes' "$(metric "namedprocess_namegroup_num_procs$group")" 3
is 'threads' "$(metric 'namedprocess_namegroup_num_threads{groupname="java"}')" 3
is 'memory' "$(metric 'namedprocess_namegroup_memory_bytes{groupname="nginx",memtype="resident"}')" \
	12582912
is 'open files' "$(metric "namedprocess_namegroup_open_filedesc$group")" 11
is 'of those there may be' \
	"$(metric 'namedprocess_namegroup_worst_fd_ratio{groupname="java"}')" \
	"$(awk 'BEGIN { printf "%.2f", 3 / 1024 }' | sed 's/\.00$//')"
is 'states' "$(metric 'namedprocess_namegroup_states{groupname="nginx",state="Running"}') \
$(metric 'namedprocess_namegroup_states{groupname="nginx",state="Sleeping"}')" '1 2'

done_testing
