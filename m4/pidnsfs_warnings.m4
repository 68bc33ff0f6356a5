dnl SPDX-License-Identifier: MIT

# PIDNSFS_WARNINGS
# Sets WARN_CFLAGS to the warnings we want, as far as the compiler knows them.
AC_DEFUN([PIDNSFS_WARNINGS],
[WARN_CFLAGS=
PIDNSFS_CFLAGS_APPEND([WARN_CFLAGS],
  [-Wall -Wextra
   -Wmissing-prototypes -Wmissing-declarations -Wstrict-prototypes
   -Wold-style-definition -Wredundant-decls -Wnested-externs
   -Wshadow -Wpointer-arith -Wvla -Wundef -Wwrite-strings
   -Wformat=2 -Wimplicit-fallthrough -Wdate-time -Winit-self
   -Walloca -Wlogical-op -Wduplicated-cond -Wjump-misses-init
   -Wno-unused-parameter -Wno-missing-field-initializers])
AC_SUBST([WARN_CFLAGS])
])
