dnl SPDX-License-Identifier: MIT

# PIDNSFS_WERROR
# --enable-werror: a warning ends the build.  Off unless asked for: the next
# compiler warns about things that this one does not know.
# Sets pidnsfs_werror and WERROR_CFLAGS.
AC_DEFUN([PIDNSFS_WERROR],
[AC_ARG_ENABLE([werror],
  [AS_HELP_STRING([--enable-werror], [treat warnings as errors])],
  [], [enable_werror=no])
WERROR_CFLAGS=
AS_IF([test "x$enable_werror" = xno], [pidnsfs_werror=no],
      [pidnsfs_werror=yes
       WERROR_CFLAGS=-Werror])
AC_SUBST([WERROR_CFLAGS])
])
