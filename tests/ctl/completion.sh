#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The completion of pidnsctl for bash.
. "${abs_top_srcdir:-.}/tests/lib.sh"

command -v bash >/dev/null || skip_all 'there is no bash'

# completes WORD...: what may stand in place of the last one.
completes() {
	# shellcheck disable=SC2016
	bash --norc -c '
		. "$1"
		shift
		COMP_WORDS=("$@")
		COMP_CWORD=$(($# - 1))
		_pidnsctl
		printf "%s\n" "${COMPREPLY[@]}"
	' bash "$abs_top_srcdir/completions/pidnsctl" pidnsctl "$@" | sort -u | tr '\n' ' '
}

world
printf 'count=2\n' >"$M/1/fork"

is 'verbs' "$(completes s)" 'set setns setpgid setsid sigaction '
is 'options' "$(completes --)" '--help --version '
is 'every verb' "$(completes '' | wc -w)" 16
is 'paths' "$(completes kill "$M/" | tr " " "\n" | sed "s|.*/||" | grep "^[0-9s]" | tr "\n" " ")" "1 2 3 self sys sysvipc "
is 'where the worlds are' "$(completes kill '' | tr ' ' '\n' | grep -c -x "$M/")" 1
is 'signals' "$(completes kill "$M/1" T)" 'TERM TSTP TTIN TTOU '
is 'pids' "$(completes kill "$M/1" TERM '')" '1 2 3 '
is 'pids of a thread'"'"'s view' "$(completes kill "$M/1/task/1" TERM 2)" '2 '
is 'flags' "$(completes fork "$M/1" newp)" 'newpid '
is 'keys' "$(completes set "$M/1" ut)" 'utime= '
is 'no words for setsid' "$(completes setsid "$M/1" '')" ' '
is 'an attribute' "$(completes prctl "$M/1" set_child_subreaper '')" '0 1 '
is 'a signal of it' "$(completes prctl "$M/1" set_pdeathsig KI)" 'KILL '
is 'exec may have a terminal' "$(completes exec -)" '--terminal -t '
is 'and then a path' "$(completes exec -t "$M/sy")" "$M/sys $M/sysvipc "
is 'and keys' "$(completes exec -t "$M/1" like=)" 'like=target '
is 'and commands, as ever' "$(completes exec -t "$M/1" basenam)" 'basename '
is 'run has a view' "$(completes run -)" '--isolate --writable -i -w '
is 'and a path' "$(completes run "$M/sy")" "$M/sys $M/sysvipc "
is 'and commands' "$(completes run "$M" basenam)" "basename "
is 'after --, too' "$(completes run -i -w "$M" -- basenam)" "basename "

done_testing
