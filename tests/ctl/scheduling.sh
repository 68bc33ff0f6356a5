#!/bin/sh
# SPDX-License-Identifier: MIT
#
# pidnsctl run: priorities, policies, CPUs, limits, groups and sessions of
# processes of the view are asked and set there; by system calls and by tools.
#
# shellcheck disable=SC2034 # V is for run, in another file
. "${abs_top_srcdir:-.}/tests/lib.sh"
. "$abs_top_srcdir/tests/ctl/world.sh"
need_run

world
at 1/fork 'comm=one count=4' # 2 to 5
at 2/fork thread # 6
at 1/fork 'newpid comm=box' # 7
at 7/fork 'comm=inner' # 8
at 3/setsid ''
V=$M

# field N PID: of its stat
field() {
	sed 's/.*) //' "$M/$2/stat" | cut -d' ' -f"$(($1 - 2))"
}

# --- groups and sessions
is 'getpgid, getsid' "$(probe getpgid 2 , getsid 2 , getpgid 3 , getsid 3 , getpgid 99 , getsid 99)" '1;1;3;3;ESRCH;ESRCH;'
is 'its own' "$(run bash -c 'set -m; "$1" getpgid self; true' sh "$PROBE" | grep -c '^400000[0-9]$')" 1

# --- nice
is 'nice' "$(probe getpriority 0 2 , setpriority 0 2 5 , getpriority 0 2)" '20;0;15;'
is 'it is nice' "$(field 19 2)" 5
is 'too much of it' "$(probe setpriority 0 2 99 , getpriority 0 2 , setpriority 0 2 -99 , getpriority 0 2)" '0;1;0;40;'
is 'of a thread' "$(probe setpriority 0 6 7 , getpriority 0 6 , getpriority 0 2)" '0;13;40;'
is 'of nobody' "$(probe getpriority 0 99 , setpriority 0 99 1 , getpriority 9 2)" 'ESRCH;ESRCH;EINVAL;'
is 'of a group' "$(probe setpriority 1 3 4 , getpriority 1 3 , getpriority 1 99)" '0;16;ESRCH;'
is 'it is, too' "$(field 19 3)" 4
is 'one'"'"'s own' "$(probe setpriority 0 0 3 , getpriority 0 0)" '0;17;'
check 'renice' run renice -n 9 -p 4
is 'by renice' "$(field 19 4)" 9
check 'and nice does not mind' run nice -n 5 true

# --- CPUs
cpus=$(grep -c '^cpu[0-9]' "$M/stat")
all=$(printf %x "$(((1 << cpus) - 1))")
[ "$cpus" -le 60 ] || all=$(printf %x -1)
is 'affinity' "$(probe getaffinity 2 128 , setaffinity 2 1 , getaffinity 2 128)" "8 $all;0;8 1;"
is 'as one can see' "$(sed -n 's/^Cpus_allowed_list:	//p' "$M/2/status")" 0
is 'no CPU' "$(probe setaffinity 2 0 , setaffinity 99 1 , getaffinity 99 128 , getaffinity 2 0 , getaffinity 2 7)" \
	'EINVAL;ESRCH;ESRCH;EINVAL;EINVAL;'
is 'no mask' "$(probe setaffinity 2 1 0)" 'EINVAL;'
is 'one'"'"'s own CPUs' "$(probe getaffinity self 128 | grep -c '^[0-9]')" 1
is 'taskset' "$(run taskset -cp 2)" "pid 2's current affinity list: 0"
check 'taskset sets' run taskset -cp 0 3
is 'by taskset' "$(run taskset -p 3)" "pid 3's current affinity mask: 1"

# --- policies
is 'a policy' "$(probe getscheduler 2 , setscheduler 2 1 50 , getscheduler 2 , getparam 2)" '0;0;1;0 50;'
is 'as stat has it' "$(field 40 2) $(field 41 2)" '50 1'
is 'out of range' "$(probe setscheduler 2 1 0 , setscheduler 2 1 100 , setscheduler 2 0 1 , setscheduler 2 9 0 , setscheduler 2 -1 0)" \
	'EINVAL;EINVAL;EINVAL;EINVAL;EINVAL;'
is 'nobody'"'"'s' "$(probe getscheduler 99 , getparam 99 , setscheduler 99 0 0 , setparam 99 0)" 'ESRCH;ESRCH;ESRCH;ESRCH;'
is 'nowhere' "$(probe setscheduler_at 2 0 0 , setscheduler_at 2 0 4096 , getparam_at 2 0 , getparam_at 2 4096)" \
	'EINVAL;EFAULT;EINVAL;EFAULT;'
is 'another priority' "$(probe setparam 2 10 , getparam 2 , setparam 2 0)" '0;0 10;EINVAL;'
is 'round robin' "$(probe setscheduler 3 2 1 , rr_interval 3 , rr_interval 2 , rr_interval 99)" '0;0 100000000;0 0;ESRCH;'
is 'attributes' "$(probe setattr 4 3 11 0 , getattr 4 48 , getattr 2 48 , getattr 99 48)" \
	'0;0 size 48 policy 3 nice 11 priority 0;0 size 48 policy 1 nice 0 priority 10;ESRCH;'
is 'kept ones' "$(probe setattr 4 0 0 0 0x18 , getattr 4 48)" '0;0 size 48 policy 3 nice 11 priority 0;'
is 'odd ones' "$(probe setattr 4 0 0 0 0 8 , setattr 4 0 0 0 0x20 , setattr 4 8 0 0 , getattr 4 8 , setattr 99 0 0 0)" \
	'E2BIG;EOPNOTSUPP;EINVAL;EINVAL;ESRCH;'
is 'deadlines' "$(probe deadline 4 10 20 , deadline 4 20 10)" 'EBUSY;EINVAL;'
is 'chrt' "$(run chrt -p 2)" \
	"pid 2's current scheduling policy: SCHED_FIFO${_nl}pid 2's current scheduling priority: 10"
check 'chrt sets' run chrt -b -p 0 5
is 'by chrt' "$(field 41 5)" 3
is 'one'"'"'s own policy' "$(probe getscheduler 0 , getscheduler self)" '0;0;'

# --- limits
is 'a limit' "$(probe prlimit 2 7 100 200 | sed 's/ .*//'; probe prlimit 2 7)" '00 100 200;'
is 'as limits has it' "$(sed -n 's/^Max open files *//p' "$M/2/limits" | tr -s ' ')" '100 200 files '
is 'no limit' "$(probe prlimit 2 8 -1 -1 >"$T/out"; probe prlimit 2 8)" '0 -1 -1;'
is 'odd limits' "$(probe prlimit 2 16 , prlimit 2 7 9 8 , prlimit 99 7)" 'EINVAL;EINVAL;ESRCH;'
check 'prlimit' run prlimit -p 3 --nofile=300:400
is 'by prlimit' "$(run prlimit -p 3 --nofile -o SOFT,HARD --noheadings --raw)" '300 400'
is 'one'"'"'s own limits' "$(run prlimit --nofile=77 sh -c 'ulimit -n')" 77

# --- the numbers of an inner view
V=$(readlink -f "$M/7/inner/..")
is 'an inner view' "$(probe setpriority 0 2 6 , getpgid 2 , getsid 2 , getpriority 0 8)" '0;0;0;ESRCH;'
is 'is of the same' "$(field 19 8)" 6
V=$M

# --- another user
if [ "$(id -u)" = 0 ]; then
	at 1/fork 'comm=mine uid=65534'
	mine=$(run pgrep mine)
	other() {
		run setpriv --reuid 65534 --clear-groups "$PROBE" "$@" | tr '\n' ';'
	}
	is 'what is another'"'"'s' "$(other setpriority 0 2 1 , setaffinity 2 1 , setscheduler 2 0 0 , prlimit 2 7 , getpriority 0 3 , getscheduler 3)" \
		'EPERM;EPERM;EPERM;EPERM;16;2;'
	is 'one'"'"'s own, within limits' "$(other setpriority 0 "$mine" 5 , setpriority 0 "$mine" 4 , setscheduler "$mine" 1 1 , setscheduler "$mine" 3 0 , setaffinity "$mine" 1 , prlimit "$mine" 7 5 6)" \
		'0;EACCES;EPERM;0;0;'"0 $(probe prlimit 4 7 | sed 's/^0 //')"
	is 'not above them' "$(other prlimit "$mine" 7 5 7)" 'EPERM;'
else
	skip 'another user' 'only root can be two'
fi

done_testing
