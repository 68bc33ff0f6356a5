dnl SPDX-License-Identifier: MIT

# PIDNSFS_CFLAG_IF(FLAG, IF-ACCEPTED, [IF-NOT])
# Does the compiler take FLAG?  gcc takes every -Wno-x and complains only when
# it warns about something else, so -Wx is asked for in its place; clang only
# warns of a flag it does not know, so warnings are errors here.
AC_DEFUN([PIDNSFS_CFLAG_IF],
[AS_VAR_PUSHDEF([CACHE], [pidnsfs_cv_cflag_$1])dnl
AC_CACHE_CHECK([whether $CC takes $1], [CACHE],
 [pidnsfs_save_CFLAGS=$CFLAGS
  CFLAGS="$CFLAGS -Werror m4_bpatsubst([$1], [^-Wno-], [-W])"
  AC_COMPILE_IFELSE([AC_LANG_PROGRAM([[int main(void);]], [[]])],
                    [AS_VAR_SET([CACHE], [yes])], [AS_VAR_SET([CACHE], [no])])
  CFLAGS=$pidnsfs_save_CFLAGS])
AS_VAR_IF([CACHE], [yes], [$2], [$3])
AS_VAR_POPDEF([CACHE])dnl
])

# PIDNSFS_CFLAGS_APPEND(VARIABLE, FLAGS)
# Appends those of FLAGS (a list in m4) that the compiler takes.
AC_DEFUN([PIDNSFS_CFLAGS_APPEND],
[m4_foreach_w([pidnsfs_flag], [$2],
  [PIDNSFS_CFLAG_IF(m4_defn([pidnsfs_flag]),
    [AS_VAR_APPEND([$1], [" ]m4_defn([pidnsfs_flag])["])])
])])

# PIDNSFS_C_GNU11
# The language is C11 with GNU extensions, whatever the compiler's default is.
AC_DEFUN([PIDNSFS_C_GNU11],
[PIDNSFS_CFLAG_IF([-std=gnu11], [STD_CFLAGS=-std=gnu11],
  [AC_MSG_ERROR([the C compiler, $CC, does not take -std=gnu11])])
AC_SUBST([STD_CFLAGS])])
