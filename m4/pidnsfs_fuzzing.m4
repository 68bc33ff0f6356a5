dnl SPDX-License-Identifier: MIT

# PIDNSFS_FUZZING
# --enable-fuzzing: instruments everything for libFuzzer and builds the
# programs of tests/fuzz; with address,undefined unless sanitizers are named.
# Sets pidnsfs_fuzzing, FUZZ_CFLAGS (everything), FUZZ_LDFLAGS (programs of
# tests/fuzz) and the conditional ENABLE_FUZZING.
AC_DEFUN([PIDNSFS_FUZZING],
[AC_REQUIRE([PIDNSFS_SANITIZERS])
AC_ARG_ENABLE([fuzzing],
  [AS_HELP_STRING([--enable-fuzzing],
    [build the fuzzers of tests/fuzz, with address,undefined unless
     --enable-sanitizers says otherwise (needs CC=clang)])],
  [], [enable_fuzzing=no])
AS_IF([test "x$enable_fuzzing" = xno], [pidnsfs_fuzzing=no],
      [pidnsfs_fuzzing=yes])

FUZZ_CFLAGS=
FUZZ_LDFLAGS=
AS_IF([test $pidnsfs_fuzzing = yes],
 [AS_IF([test "x$enable_sanitizers" = xno && test -z "$pidnsfs_sanitizers"],
        [pidnsfs_sanitizers=address,undefined])
  FUZZ_CFLAGS=-fsanitize=fuzzer-no-link
  FUZZ_LDFLAGS=-fsanitize=fuzzer
  AC_MSG_CHECKING([whether $CC links with -fsanitize=fuzzer])
  pidnsfs_save_CFLAGS=$CFLAGS
  CFLAGS="$CFLAGS -fsanitize=fuzzer"
  AC_LINK_IFELSE([AC_LANG_SOURCE([[
#include <stddef.h>
#include <stdint.h>
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return data == NULL && size != 0;
}]])], [AC_MSG_RESULT([yes])],
   [AC_MSG_RESULT([no])
    AC_MSG_ERROR([--enable-fuzzing needs clang and its runtime; CC is $CC:

  Debian, Ubuntu:  apt-get install clang libclang-rt-dev
  Fedora:          dnf install clang compiler-rt

and then: ./configure CC=clang --enable-fuzzing])])
  CFLAGS=$pidnsfs_save_CFLAGS])
AC_SUBST([FUZZ_CFLAGS])
AC_SUBST([FUZZ_LDFLAGS])
AM_CONDITIONAL([ENABLE_FUZZING], [test $pidnsfs_fuzzing = yes])
])
