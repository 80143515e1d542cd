# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# The tools that the build and the tests need. What is missing is named with the Debian package that
# brings it.

# MBEDGUARD_NEED_COMPILER: before AC_PROG_CC, which does not know packages. GNU make, too: a build that
# gets as far as make would end with "command not found".
AC_DEFUN([MBEDGUARD_NEED_COMPILER], [
  AC_REQUIRE([AC_CANONICAL_HOST])
  AC_MSG_CHECKING([for a C compiler and its library's headers])
  mbedguard_cc=$CC
  for mbedguard_one in ${host_alias:+"$host_alias-gcc"} gcc cc clang c99; do
    AS_IF([test -z "$mbedguard_cc" && command -v "$mbedguard_one" >/dev/null 2>&1],
      [mbedguard_cc=$mbedguard_one])
  done
  mbedguard_one=`echo "$mbedguard_cc" | sed 's/ .*//'`
  AS_IF([test -z "$mbedguard_one" || ! command -v "$mbedguard_one" >/dev/null 2>&1],
    [AC_MSG_RESULT([none])
     AC_MSG_ERROR([there is no C compiler${mbedguard_cc:+: no $mbedguard_cc}.
  On Debian: apt-get install gcc libc6-dev])])
  AS_IF([printf '#include <stdio.h>\n' | $mbedguard_cc $CPPFLAGS $CFLAGS -E -x c - >conftest.i 2>&1],
    [AC_MSG_RESULT([$mbedguard_cc])],
    [AC_MSG_RESULT([no])
     cat conftest.i >&AS_MESSAGE_LOG_FD
     AC_MSG_ERROR([$mbedguard_cc does not find <stdio.h>; config.log has what it said.
  On Debian: apt-get install libc6-dev])])
  rm -f conftest.i
  AC_CHECK_PROGS([mbedguard_make], [${MAKE-make} make gmake])
  AS_IF([test -z "$mbedguard_make"],
    [AC_MSG_ERROR([there is no make.
  On Debian: apt-get install make])])
])

# MBEDGUARD_NEED_PYTHON(VERSION): the generator runs on the build machine.
AC_DEFUN([MBEDGUARD_NEED_PYTHON], [
  AM_PATH_PYTHON([$1], [],
    [AC_MSG_ERROR([Python $1 or newer is needed to generate the call-throughs.
  On Debian: apt-get install python3])])
])

# MBEDGUARD_PKG_CONFIG: finds pkg-config or leaves PKG_CONFIG empty. When cross compiling, the build
# machine's own pkg-config would answer for the wrong machine: it is used only if told where to look.
AC_DEFUN([MBEDGUARD_PKG_CONFIG], [
  AC_ARG_VAR([PKG_CONFIG], [pkg-config utility])
  AC_ARG_VAR([PKG_CONFIG_PATH], [directories to add to pkg-config's search path])
  AS_IF([test "$cross_compiling" = yes && test -z "$PKG_CONFIG" \
      && test -z "$PKG_CONFIG_LIBDIR" && test -z "$PKG_CONFIG_SYSROOT_DIR"],
    [AC_PATH_PROG([PKG_CONFIG], [$host_alias-pkg-config])],
    [AC_PATH_PROGS([PKG_CONFIG], [pkg-config pkgconf])])
])

# MBEDGUARD_LIBCHECK: libcheck, for the tests. Without it the library is built all the same, and
# `make check` says what to install.
AC_DEFUN([MBEDGUARD_LIBCHECK], [
  AC_ARG_VAR([CHECK_CFLAGS], [C compiler flags for libcheck])
  AC_ARG_VAR([CHECK_LIBS], [linker flags for libcheck])
  AC_MSG_CHECKING([for libcheck])
  AS_IF([test -z "$CHECK_LIBS"],
    [AS_IF([test -n "$PKG_CONFIG" && $PKG_CONFIG --exists "check >= 0.10" 2>/dev/null],
      [CHECK_CFLAGS=`$PKG_CONFIG --cflags check`
       CHECK_LIBS=`$PKG_CONFIG --libs check`],
      [CHECK_LIBS="-lcheck $PTHREAD_LIBS -lrt -lm"])])
  mbedguard_save_CPPFLAGS=$CPPFLAGS
  mbedguard_save_LIBS=$LIBS
  CPPFLAGS="$CPPFLAGS $CHECK_CFLAGS"
  LIBS="$CHECK_LIBS $LIBS"
  AC_LINK_IFELSE([AC_LANG_PROGRAM([[#include <check.h>]], [[return suite_create("x") == 0;]])],
    [have_check=yes], [LIBS="$CHECK_LIBS -lsubunit $mbedguard_save_LIBS"
     AC_LINK_IFELSE([AC_LANG_PROGRAM([[#include <check.h>]], [[return suite_create("x") == 0;]])],
       [have_check=yes; CHECK_LIBS="$CHECK_LIBS -lsubunit"], [have_check=no])])
  CPPFLAGS=$mbedguard_save_CPPFLAGS
  LIBS=$mbedguard_save_LIBS
  AC_MSG_RESULT([$have_check])
  AM_CONDITIONAL([HAVE_CHECK], [test "$have_check" = yes])
])
