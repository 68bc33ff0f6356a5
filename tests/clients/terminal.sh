#!/bin/sh
# SPDX-License-Identifier: MIT
#
# htop, btop and atop take a view for /proc: what is on their screens.
. "${abs_top_srcdir:-.}/tests/lib.sh"
. "$abs_top_srcdir/tests/clients/fixture.sh"

need tmux htop btop atop

# Ours alone, with nobody's configuration.
tmux() {
	LC_ALL=C.UTF-8 command tmux -u -S "$T/tmux" -f /dev/null "$@"
}

# start NAME COMMAND...: on a screen of its own.
start() {
	_name=$1
	shift
	mkdir -p "$T/home-$_name"
	tmux new-session -d -s "$_name" -x 132 -y 50 \
		"env LC_ALL=C.UTF-8 TERM=screen HOME='$T/home-$_name' XDG_CONFIG_HOME='$T/home-$_name' \
		sh '$abs_top_srcdir/tests/clients/in-view' '$V' $*; echo \"ended with \$?\"; sleep 600"
}

# look NAME: the screen.
look() {
	tmux capture-pane -p -t "$1"
}

shows() {
	look "$1" | grep -q -e "$2"
}

# until_shows NAME PATTERN: waits for a line, or says what there is instead.
until_shows() {
	wait_for 60 shows "$1" "$2" || {
		not_ok "$1 shows $2" "$(look "$1")"
		return 1
	}
}

# row NAME PID: of its table.
row() {
	look "$1" | sed 's/│/\
/g' | awk -v pid="$2" '$1 == pid { $1 = $1; print; exit }'
}

fixture
start htop htop --delay=5
start btop btop
start atop atop -a 1
started "$(tmux display-message -p '#{pid}')"

# --- htop.  PID USER PRI NI VIRT RES SHR S CPU% MEM% TIME+ Command
until_shows htop 'last --of all'
is 'htop counts the tasks' "$(look htop | sed -n 's/.*Tasks: *\(.*\)/\1/p' | words)" \
	'18, 2 thr, 0 kthr; 1 running'
is 'it has all of them' "$(look htop | awk 'seen && $1 ~ /^[0-9]+$/ { print $1 }
	/PID USER/ { seen = 1 }' | words)" \
	'1 10 11 12 20 21 22 30 31 32 40 41 42 43 44 45 50 60 61 4194303'
is 'and what they have' "$(for pid in 12 20 30 43; do
	row htop "$pid" | awk '{ $9 = $10 = ""; print }' | words
	echo
done)" "\
12 root 20 0 0 0 0 T 0:00.00 /usr/bin/vim to do.txt
20 daemon 15 -5 65536 8192 0 S 0:04.00 nginx: master process /usr/sbin/nginx
30 root 20 0 4096M 256M 0 S 0:03.00 /usr/bin/java -jar server.jar
43 root 20 0 0 0 0 Z 0:00.00 worker"
is 'its load' "$(look htop | sed -n 's/.*Load average: *//p' | words)" '0.00 0.00 0.00'
at 22/kill STOP
until_shows htop ' 22 .* T .*nginx' && ok 'it sees what is done meanwhile'
tmux send-keys -t htop t
until_shows htop '[`└]─ /bin/bash' && ok 'its tree'
tmux send-keys -t htop q
until_shows htop 'ended with 0' && ok 'it ends'

# --- btop.  Pid: Program: Command: User: MemB Cpu%
until_shows btop '4194303 last'
is 'btop has all of them' "$(for pid in 1 10 11 12 20 21 22 30 40 41 42 43 44 45 50 60 61 4194303; do
	row btop "$pid" | cut -d' ' -f1
done | words)" '1 10 11 12 20 21 22 30 40 41 42 43 44 45 50 60 61 4194303'
is 'and who they are' "$(row btop 20 | cut -d' ' -f1-4)" '20 nginx nginx: master'
check 'whose they are' shows btop ' 20 nginx .* daem'
check 'what they have' shows btop ' 30 java .* root .* 256M'
tmux send-keys -t btop q
until_shows btop 'ended with 0' && ok 'it ends'

# --- atop.  PID SYSCPU USRCPU RDELAY BDELAY VGROW RGROW RDDSK WRDSK RUID EUID ST EXC THR S CPUNR
# CPU CMD
until_shows atop '4194303 .* last'
is 'atop counts the processes' \
	"$(look atop | sed -n '/^PRC/s/.*#proc *\([0-9]*\).*#trun *\([0-9]*\).*#zombie *\([0-9]*\).*/\1 \2 \3/p')" \
	'18 1 2'
is 'it has all of them' "$(look atop | awk 'seen && $1 ~ /^[0-9]+$/ { print $1 } / PID / { seen = 1 }' |
	sort -n | words)" '1 10 11 12 20 21 22 30 40 41 42 43 44 45 50 60 61 4194303'
is 'and whose they are' "$(look atop | awk '$1 == 20 || $1 == 30 { print $1, $10, $11, $14, $15, $NF }' |
	sort)" "\
20 daemon daemon 1 S nginx
30 root root 3 S java"
tmux send-keys -t atop q
until_shows atop 'ended with 0' && ok 'it ends'

tmux kill-server
done_testing
