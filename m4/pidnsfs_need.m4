dnl SPDX-License-Identifier: MIT
dnl
dnl What the build needs, and the packages that have it.  Nothing stops the
dnl configure script before PIDNSFS_NEED_END, which names all that is missing.

# PIDNSFS_NEED_MISSING(WHAT, DEBIAN-PACKAGE, FEDORA-PACKAGE)
AC_DEFUN([PIDNSFS_NEED_MISSING],
[AS_VAR_APPEND([pidnsfs_missing], ["
  $1: package $2 (Debian, Ubuntu) or $3 (Fedora)"])
AS_VAR_APPEND([pidnsfs_missing_deb], [" $2"])
AS_VAR_APPEND([pidnsfs_missing_rpm], [" $3"])])

# PIDNSFS_NEED_COMMAND(WHAT, COMMANDS, DEBIAN-PACKAGE, FEDORA-PACKAGE)
# One of COMMANDS must be there.  A command may be given with options.
AC_DEFUN([PIDNSFS_NEED_COMMAND],
[AC_MSG_CHECKING([for $1])
pidnsfs_found=no
for pidnsfs_cmd in $2; do
  AS_IF([(command -v "$pidnsfs_cmd") >/dev/null 2>&1],
        [pidnsfs_found=$pidnsfs_cmd; break])
done
AC_MSG_RESULT([$pidnsfs_found])
AS_IF([test "x$pidnsfs_found" = xno], [PIDNSFS_NEED_MISSING([$1], [$3], [$4])])])

# PIDNSFS_NEED_MODULE(VARIABLE, MODULE, VERSION, DEBIAN-PACKAGE, FEDORA-PACKAGE)
AC_DEFUN([PIDNSFS_NEED_MODULE],
[PKG_CHECK_MODULES([$1], [$2 >= $3], [:],
  [PIDNSFS_NEED_MISSING([$2 >= $3], [$4], [$5])])])

# PIDNSFS_NEED_END
AC_DEFUN([PIDNSFS_NEED_END],
[AS_IF([test -n "$pidnsfs_missing"],
  [AC_MSG_ERROR([this build needs what is not here, or is too old:
$pidnsfs_missing

  Debian, Ubuntu:  apt-get install$pidnsfs_missing_deb
  Fedora:          dnf install$pidnsfs_missing_rpm

A module that is installed where pkg-config does not look is found when
PKG_CONFIG_PATH has the directory of its .pc file.])])])
