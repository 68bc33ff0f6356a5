dnl SPDX-License-Identifier: MIT

# PIDNSFS_SANITIZERS
# --enable-sanitizers=LIST: builds everything with -fsanitize=LIST.
# Sets pidnsfs_sanitizers, SAN_CFLAGS and SAN_LDFLAGS.
AC_DEFUN([PIDNSFS_SANITIZERS],
[AC_ARG_ENABLE([sanitizers],
  [AS_HELP_STRING([--enable-sanitizers=LIST],
    [build with sanitizers: address, undefined or both with a comma between
     them, or thread (also with undefined)])],
  [], [enable_sanitizers=no])

AS_CASE([$enable_sanitizers],
  [no], [pidnsfs_sanitizers=],
  [yes], [pidnsfs_sanitizers=address,undefined],
  [pidnsfs_sanitizers=$enable_sanitizers])

pidnsfs_san_thread=no
pidnsfs_san_address=no
for pidnsfs_san in `AS_ECHO(["$pidnsfs_sanitizers"]) | tr , ' '`; do
  AS_CASE([$pidnsfs_san],
    [address|leak], [pidnsfs_san_address=yes],
    [thread], [pidnsfs_san_thread=yes],
    [undefined], [],
    [AC_MSG_ERROR([--enable-sanitizers: '$pidnsfs_san' is none of address,
undefined, leak, thread])])
done
AS_IF([test "$pidnsfs_san_thread$pidnsfs_san_address" = yesyes],
  [AC_MSG_ERROR([--enable-sanitizers: thread does not go with address or leak;
make two builds])])
])

# PIDNSFS_SANITIZERS_CHECK
# The second half, after PIDNSFS_FUZZING, which may turn sanitizers on.
AC_DEFUN([PIDNSFS_SANITIZERS_CHECK],
[AC_REQUIRE([PIDNSFS_SANITIZERS])
SAN_CFLAGS=
SAN_LDFLAGS=
AS_IF([test -n "$pidnsfs_sanitizers"],
 [SAN_CFLAGS="-fsanitize=$pidnsfs_sanitizers -fno-omit-frame-pointer -U_FORTIFY_SOURCE"
  SAN_LDFLAGS="-fsanitize=$pidnsfs_sanitizers"
  AC_MSG_CHECKING([whether $CC links with -fsanitize=$pidnsfs_sanitizers])
  pidnsfs_save_CFLAGS=$CFLAGS
  CFLAGS="$CFLAGS $SAN_CFLAGS"
  AC_LINK_IFELSE([AC_LANG_PROGRAM([[]], [[]])], [AC_MSG_RESULT([yes])],
   [AC_MSG_RESULT([no])
    AC_MSG_ERROR([the sanitizers' libraries are missing:

  gcc:    Debian and Ubuntu have them in libgcc-NN-dev, with gcc itself;
          Fedora in libasan libubsan liblsan libtsan
  clang:  package libclang-rt-dev (Debian, Ubuntu) or compiler-rt (Fedora)])])

  # With gcc, two sanitizers that are shared libraries get in each other's
  # way: of those, libubsan does not heed log_path, and what a daemon does
  # wrong would be found and not told.  (clang links them statically anyway.)
  pidnsfs_san_static=
  AS_CASE([$pidnsfs_sanitizers],
    [*address*undefined*|*undefined*address*],
      [pidnsfs_san_static="-static-libasan -static-libubsan"],
    [*thread*undefined*|*undefined*thread*],
      [pidnsfs_san_static="-static-libtsan -static-libubsan"])
  AS_IF([test -n "$pidnsfs_san_static"],
   [AC_MSG_CHECKING([whether $CC links with $pidnsfs_san_static])
    CFLAGS="$CFLAGS -Werror $pidnsfs_san_static"
    AC_LINK_IFELSE([AC_LANG_PROGRAM([[]], [[]])],
     [AC_MSG_RESULT([yes])
      AS_VAR_APPEND([SAN_LDFLAGS], [" $pidnsfs_san_static"])],
     [AC_MSG_RESULT([no])])])
  CFLAGS=$pidnsfs_save_CFLAGS])
AC_SUBST([SAN_CFLAGS])
AC_SUBST([SAN_LDFLAGS])
AC_SUBST([PIDNSFS_SANITIZERS], [$pidnsfs_sanitizers])
AM_CONDITIONAL([SANITIZERS], [test -n "$pidnsfs_sanitizers"])
])
