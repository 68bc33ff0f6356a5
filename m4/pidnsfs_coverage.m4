dnl SPDX-License-Identifier: MIT

# PIDNSFS_COVERAGE
# --enable-coverage: builds for gcov; `make coverage` then prints the share of
# lines the tests reached, file by file.
# Sets pidnsfs_coverage, COVERAGE_CFLAGS, COVERAGE_LDFLAGS, GCOV and the
# conditional ENABLE_COVERAGE.
AC_DEFUN([PIDNSFS_COVERAGE],
[AC_ARG_ENABLE([coverage],
  [AS_HELP_STRING([--enable-coverage],
    [build for gcov; `make coverage' runs the tests and counts lines])],
  [], [enable_coverage=no])
AS_IF([test "x$enable_coverage" = xno], [pidnsfs_coverage=no],
      [pidnsfs_coverage=yes])

COVERAGE_CFLAGS=
COVERAGE_LDFLAGS=
AS_IF([test $pidnsfs_coverage = yes],
 [PIDNSFS_CFLAG_IF([--coverage], [],
    [AC_MSG_ERROR([--enable-coverage: $CC does not take --coverage])])
  AS_IF([$CC --version 2>/dev/null | grep clang >/dev/null],
   [AC_MSG_CHECKING([for the llvm-cov of $CC])
    GCOV=`$CC -print-prog-name=llvm-cov`
    AC_MSG_RESULT([$GCOV])
    AS_IF([(command -v "$GCOV") >/dev/null 2>&1], [GCOV="$GCOV gcov"],
     [AC_MSG_ERROR([--enable-coverage with clang needs llvm-cov: package llvm
(Debian, Ubuntu, Fedora)])])],
   [AC_CHECK_TOOL([GCOV], [gcov], [no])
    AS_IF([test "x$GCOV" = xno],
     [AC_MSG_ERROR([--enable-coverage needs gcov: package gcc (Debian, Ubuntu,
Fedora)])])])
  AS_IF([test "x$CFLAGS" = "x-g -O2"], [CFLAGS="-g -O0"])
  COVERAGE_CFLAGS=--coverage
  PIDNSFS_CFLAG_IF([-fprofile-update=atomic],
    [AS_VAR_APPEND([COVERAGE_CFLAGS], [" -fprofile-update=atomic"])])
  PIDNSFS_CFLAG_IF([-fprofile-abs-path],
    [AS_VAR_APPEND([COVERAGE_CFLAGS], [" -fprofile-abs-path"])])
  COVERAGE_LDFLAGS=--coverage])
AC_SUBST([COVERAGE_CFLAGS])
AC_SUBST([COVERAGE_LDFLAGS])
AC_SUBST([GCOV])
AM_CONDITIONAL([ENABLE_COVERAGE], [test $pidnsfs_coverage = yes])
])
