#!/bin/sh
# SPDX-License-Identifier: MIT
#
# psutil takes a view for /proc; so do its own tests, as far as they do not ask
# for processes that they have started themselves.
. "${abs_top_srcdir:-.}/tests/lib.sh"
. "$abs_top_srcdir/tests/clients/fixture.sh"

python=/usr/bin/python3
"$python" -c 'import psutil' 2>/dev/null || skip_all 'there is no psutil: python3-psutil has it'
need free vmstat

fixture
in_view "$python" "$abs_top_srcdir/tests/clients/look.py" >"$T/looked"
is 'psutil has nothing to complain of' "$(complaint)" ''

# looked NAME: what it found.
looked() {
	sed -n "s/^$1 //p" "$T/looked"
}

# meminfo KEY: in bytes.
meminfo() {
	awk -v key="$1:" '$1 == key { printf "%.0f", $2 * 1024 }' "$M/meminfo"
}

all='1 10 11 12 20 21 22 30 40 41 42 43 44 45 50 60 61 4194303'
is 'pids' "$(looked pids)" "$all"
is 'process_iter' "$(looked iter)" "$all"
is 'ppid, username, status, num_threads, name' "$(looked process)" "\
1 0 root sleeping 1 init
10 1 root sleeping 1 sshd
11 10 root sleeping 1 bash
12 11 root stopped 1 vim
20 1 daemon sleeping 1 nginx
21 20 nobody running 1 nginx
22 20 nobody sleeping 1 nginx
30 1 root sleeping 3 java
40 1 root sleeping 1 shim
41 40 root sleeping 1 catatonit
42 41 root sleeping 1 app
43 42 root zombie 1 worker
44 41 root sleeping 1 runc
45 44 root sleeping 1 deep
50 1 root zombie 1 defunct
60 1 root sleeping 1 a) R (b
61 1 root sleeping 1 naïve%s\\x
4194303 1 nobody sleeping 1 last"
is 'cmdline' "$(looked cmdline)" '/usr/bin/vim to do.txt'
is 'a zombie' "$(looked zombie)" '[] True'
is 'exe' "$(looked exe)" /usr/sbin/nginx
is 'cwd' "$(looked cwd)" /var
is 'environ' "$(looked environ)" 'HOME=/var/www LANG=C'
is 'uids' "$(looked uids)" '1 1 1'
is 'gids' "$(looked gids)" '65534 65534 65534'
is 'cpu_times' "$(looked cpu_times)" '3.0 1.0'
is 'memory_info' "$(looked memory_info)" '8388608 67108864'
is 'memory_full_info' "$(looked memory_full_info)" '8388608 8388608'
is 'memory_maps' "$(looked memory_maps)" '[heap]'
is 'num_fds' "$(looked num_fds)" 5
is 'terminal' "$(looked terminal)" None
is 'cpu_num' "$(looked cpu_num)" 0
is 'num_ctx_switches' "$(looked num_ctx_switches)" '0 0'
is 'io_counters' "$(looked io_counters)" '0 0 0 0 0 0'
is 'threads' "$(looked threads)" '30 1.75 0.5 31 0.5 0.0 32 0.25 0.0'
is 'parents' "$(looked parents)" '44 41 40 1'
is 'children' "$(looked children)" '41 42 43 44 45'
is 'create_time is not before boot_time' "$(looked created)" True
is 'cpu_count' "$(looked cpu_count)" "$(grep -c '^cpu[0-9]' "$M/stat")"
is 'virtual_memory' "$(looked virtual_memory)" "$(meminfo MemTotal) $(meminfo MemFree)"
is 'swap_memory' "$(looked swap_memory)" "$(meminfo SwapTotal)"
is 'nobody' "$(looked nobody)" NoSuchProcess
is 'what asks the kernel itself finds nobody' \
	"$(looked nice) $(looked ionice) $(looked cpu_affinity) $(looked kill) $(looked pid_exists)" \
	'NoSuchProcess NoSuchProcess NoSuchProcess NoSuchProcess False'

# --- its own tests
if "$python" -c 'import psutil.tests.test_linux' 2>/dev/null; then
	in_view "$python" -m unittest \
		psutil.tests.test_linux.TestSystemVirtualMemory \
		psutil.tests.test_linux.TestSystemSwapMemory \
		psutil.tests.test_linux.TestSystemCPUStats \
		psutil.tests.test_linux.TestSystemCPUTimes \
		psutil.tests.test_linux.TestSystemNetConnections \
		psutil.tests.test_linux.TestMisc \
		psutil.tests.test_system.TestMemoryAPIs >/dev/null
	is 'its own tests of the system pass' "$(complaint | sed -n '$s/ .*//p')" OK
	check 'these are as many as they were' test \
		"$(complaint | sed -n 's/^Ran \([0-9]*\) tests.*/\1/p')" -ge 30
else
	skip 'its own tests of the system pass' 'they are not in this package'
fi

done_testing
