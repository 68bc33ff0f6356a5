dnl SPDX-License-Identifier: MIT

# PIDNSFS_BPF
# BPF as what tells the host world of processes: clang compiles the programs, libbpf
# loads them.  pidnsfs_bpf is yes, or says what is missing.
AC_DEFUN([PIDNSFS_BPF],
[AC_ARG_ENABLE([bpf],
  [AS_HELP_STRING([--enable-bpf=auto|yes|no],
    [learn of the host's processes by BPF programs (auto: if clang and libbpf are here)])],
  [], [enable_bpf=auto])
AC_ARG_VAR([BPF_CLANG], [a clang that compiles for BPF])
pidnsfs_bpf=yes
AS_CASE([$enable_bpf], [no], [pidnsfs_bpf="no: --disable-bpf"], [yes|auto], [],
  [AC_MSG_ERROR([--enable-bpf is auto, yes or no])])
AS_IF([test "$pidnsfs_bpf" = yes],
  [PKG_CHECK_MODULES([BPF], [libbpf >= 1.0], [],
    [pidnsfs_bpf="no: libbpf >= 1.0 is missing (package libbpf-dev or libbpf-devel)"])])
AS_IF([test "$pidnsfs_bpf" = yes],
  [AC_PATH_PROGS([BPF_CLANG], [clang clang-19 clang-18 clang-17 clang-16 clang-15 clang-14])
   AS_IF([test -z "$BPF_CLANG"], [pidnsfs_bpf="no: clang is missing (package clang)"])])
AS_IF([test "$pidnsfs_bpf" = yes],
  [AC_MSG_CHECKING([whether $BPF_CLANG compiles for BPF])
   dnl Debian has asm/types.h in a directory of the machine's.
   pidnsfs_multiarch=`$CC -print-multiarch 2>/dev/null`
   BPF_CPPFLAGS=$BPF_CFLAGS
   AS_IF([test -n "$pidnsfs_multiarch" && test -d "/usr/include/$pidnsfs_multiarch"],
         [AS_VAR_APPEND([BPF_CPPFLAGS], [" -idirafter /usr/include/$pidnsfs_multiarch"])])
   AS_ECHO(['#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
struct s { int i; } __attribute__((preserve_access_index));
SEC("tp_btf/task_newtask") int p(struct s *s) { return BPF_CORE_READ(s, i); }']) >conftest.bpf.c
   AS_IF([$BPF_CLANG -target bpf -O2 -g $BPF_CPPFLAGS -c -o conftest.bpf.o conftest.bpf.c \
            >&AS_MESSAGE_LOG_FD 2>&1],
         [AC_MSG_RESULT([yes])],
         [AC_MSG_RESULT([no])
          pidnsfs_bpf="no: $BPF_CLANG does not compile for BPF (config.log tells why)"])
   rm -f conftest.bpf.c conftest.bpf.o])
AS_IF([test "$enable_bpf" = yes && test "$pidnsfs_bpf" != yes],
  [AC_MSG_ERROR([--enable-bpf=yes, but $pidnsfs_bpf])])
AC_SUBST([BPF_CPPFLAGS])
AM_CONDITIONAL([BPF], [test "$pidnsfs_bpf" = yes])])
