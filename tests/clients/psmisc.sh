#!/bin/sh
# SPDX-License-Identifier: MIT
#
# pstree, killall and prtstat take a view for /proc, and say what is in it.
. "${abs_top_srcdir:-.}/tests/lib.sh"
. "$abs_top_srcdir/tests/clients/fixture.sh"

need pstree killall prtstat

fixture

is 'pstree -p' "$(in_view pstree -p)" "\
init(1)-+-a) R (b(60)
        |-defunct(50)
        |-java(30)-+-{java}(31)
        |          \`-{java}(32)
        |-last(4194303)
        |-na\\303\\257ve%s\\\\x(61)
        |-nginx(20)-+-nginx(21)
        |           \`-nginx(22)
        |-shim(40)---catatonit(41)-+-app(42)---worker(43)
        |                          \`-runc(44)---deep(45)
        \`-sshd(10)---bash(11)---vim(12)"
is 'it has nothing to complain of' "$(complaint)" ''
is 'pstree without numbers' "$(in_view pstree)" "\
init-+-a) R (b
     |-defunct
     |-java---2*[{java}]
     |-last
     |-na\\303\\257ve%s\\\\x
     |-nginx---2*[nginx]
     |-shim---catatonit-+-app---worker
     |                  \`-runc---deep
     \`-sshd---bash---vim"
is 'pstree -N sorts them by namespace' "$(in_view pstree -p -T -N pid)" "\
[4026531836]
init(1)-+-a) R (b(60)
        |-defunct(50)
        |-java(30)
        |-last(4194303)
        |-na\\303\\257ve%s\\\\x(61)
        |-nginx(20)-+-nginx(21)
        |           \`-nginx(22)
        |-shim(40)
        \`-sshd(10)---bash(11)---vim(12)
[$box]
catatonit(41)---app(42)---worker(43)
[$nested]
runc(44)---deep(45)"
is 'pstree -N with threads' "$(in_view pstree -p -N pid | sed -n '/{/p' | words)" \
	'|-java(30)-+-{java}(31) | `-{java}(32)'
is 'pstree -S marks where they begin' "$(in_view pstree -S -p 40)" "\
shim(40)---catatonit(41,pid)-+-app(42)---worker(43)
                             \`-runc(44,pid)---deep(45)"
is 'pstree -a' "$(in_view pstree -a -p 40)" "\
shim,40 -id box
  \`-catatonit,41 -P
      |-app,42 --serve
      |   \`-(worker,43)
      \`-runc,44 init
          \`-deep,45 --down"
is 'pstree -s' "$(in_view pstree -s -p 45)" \
	'init(1)---shim(40)---catatonit(41)---runc(44)---deep(45)'
is 'pstree -u' "$(in_view pstree -u 20)" 'nginx(daemon)---2*[nginx(nobody)]'
is 'pstree -g' "$(in_view pstree -g 10)" 'sshd(10)---bash(11)---vim(12)'
is 'pstree -t' "$(in_view pstree -t -p 30)" "\
java(30)-+-{GC Thread#0}(31)
         \`-{main loop}(32)"
is 'pstree of a user' "$(in_view pstree -p nobody | words)" \
	'last(4194303) nginx(21) nginx(22)'
is 'pstree in a container' "$(in_view_of "$box" pstree -p)" "\
catatonit(1)-+-app(2)---worker(3)
             \`-runc(4)---deep(5)"
is 'and in a container of that' "$(in_view_of "$nested" pstree -p)" 'runc(1)---deep(2)'

is 'prtstat' "$(in_view prtstat 20 | grep -e '^Process:' -e ID: -e 'This.*system' -e Nice | words)" \
	"Process: nginx State: S (sleeping) Process ID: 20 Parent ID: 1 \
Group ID: 20 Session ID: 20 T Group ID: -1 \
This Process (user system guest blkio): 3.00 1.00 0.00 0.00 Nice: -5 RT Priority: -5 (non RT)"
is 'prtstat of a zombie' "$(in_view prtstat 50 | sed -n 's/.*State: //p')" 'Z (zombie)'
is 'prtstat of the last number' "$(in_view prtstat 4194303 | awk '/Process ID/ { print $3 }')" \
	4194303

# It signals through the directory of a process, which is a pidfd on a real /proc
# only; here nothing is, so nobody can be hurt.
is 'killall finds them, but cannot signal them' \
	"$(in_view killall nginx || echo $?; complaint | tail -n 1)" "1
nginx: no process found"
is 'of nobody' "$(in_view killall nobody-has-this || echo $?; complaint)" "1
nobody-has-this: no process found"
is 'they live' "$(in_view pstree 20)" 'nginx---2*[nginx]'

done_testing
