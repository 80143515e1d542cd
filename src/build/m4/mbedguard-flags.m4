# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# The project's own compiler and linker flags. CFLAGS, CPPFLAGS and LDFLAGS stay the user's.

# MBEDGUARD_TRY_CFLAG(VARIABLE, FLAG): adds FLAG to VARIABLE if the compiler takes it.
AC_DEFUN([MBEDGUARD_TRY_CFLAG], [
  AC_MSG_CHECKING([whether $CC takes $2])
  mbedguard_save_CFLAGS=$CFLAGS
  CFLAGS="$CFLAGS -Werror $2"
  AC_COMPILE_IFELSE([AC_LANG_PROGRAM([], [])],
    [AC_MSG_RESULT([yes])
     $1="$$1 $2"],
    [AC_MSG_RESULT([no])])
  CFLAGS=$mbedguard_save_CFLAGS
])

# MBEDGUARD_TRY_LDFLAG(VARIABLE, FLAG): the same for the linker.
AC_DEFUN([MBEDGUARD_TRY_LDFLAG], [
  AC_MSG_CHECKING([whether the linker takes $2])
  mbedguard_save_LDFLAGS=$LDFLAGS
  LDFLAGS="$LDFLAGS $2"
  AC_LINK_IFELSE([AC_LANG_PROGRAM([], [])],
    [AC_MSG_RESULT([yes])
     $1="$$1 $2"],
    [AC_MSG_RESULT([no])])
  LDFLAGS=$mbedguard_save_LDFLAGS
])

AC_DEFUN([MBEDGUARD_COMPILER_FLAGS], [
  MBEDGUARD_CFLAGS=
  m4_foreach_w([flag], [-std=c11 -fvisibility=hidden
      -Wall -Wextra -Wpedantic -Wconversion -Wshadow
      -Wstrict-prototypes -Wmissing-prototypes -Wthread-safety],
    [MBEDGUARD_TRY_CFLAG([MBEDGUARD_CFLAGS], flag)])
  AS_IF([test "$enable_werror" != no],
    [enable_werror=yes
     MBEDGUARD_CFLAGS="$MBEDGUARD_CFLAGS -Werror"])
  AC_SUBST([MBEDGUARD_CFLAGS])
])

# MBEDGUARD_SANITIZERS: reads --with-sanitizer.
AC_DEFUN([MBEDGUARD_SANITIZERS], [
  SANITIZER_FLAGS=
  mbedguard_list=`echo "$with_sanitizer" | tr ',' ' '`
  for mbedguard_one in $mbedguard_list; do
    AS_CASE([$mbedguard_one],
      [no], [],
      [thread|address], [SANITIZER_FLAGS="$SANITIZER_FLAGS -fsanitize=$mbedguard_one"],
      [undefined],
        [SANITIZER_FLAGS="$SANITIZER_FLAGS -fsanitize=undefined -fno-sanitize-recover=undefined"],
      [AC_MSG_ERROR([--with-sanitizer takes thread, address and undefined, not '$mbedguard_one'])])
  done
  AS_CASE([$SANITIZER_FLAGS], [*thread*address*|*address*thread*],
    [AC_MSG_ERROR([--with-sanitizer: thread and address exclude each other])])
  AS_IF([test -n "$SANITIZER_FLAGS"],
    [SANITIZER_FLAGS="$SANITIZER_FLAGS -g -fno-omit-frame-pointer"
     AC_MSG_CHECKING([whether a program can be linked with$SANITIZER_FLAGS])
     mbedguard_save_CFLAGS=$CFLAGS
     CFLAGS="$CFLAGS $SANITIZER_FLAGS"
     AC_LINK_IFELSE([AC_LANG_PROGRAM([], [])], [AC_MSG_RESULT([yes])],
       [AC_MSG_RESULT([no])
        AC_MSG_ERROR([the compiler cannot link with$SANITIZER_FLAGS.
  On Debian the run-time libraries of the sanitizers come with the packages gcc and clang])])
     CFLAGS=$mbedguard_save_CFLAGS])
  AC_SUBST([SANITIZER_FLAGS])
  AM_CONDITIONAL([SANITIZER], [test -n "$SANITIZER_FLAGS"])
])

# MBEDGUARD_LINKER_FLAGS: how the shared library is linked. -z nodelete, because fork handlers and
# thread-specific destructors outlive a dlclose(); -z defs, so that a call-through which the
# generator left to hand-written code and nobody wrote is found at once.
AC_DEFUN([MBEDGUARD_LINKER_FLAGS], [
  MBEDGUARD_LDFLAGS=
  MBEDGUARD_TRY_LDFLAG([MBEDGUARD_LDFLAGS], [-Wl,-z,nodelete])
  AS_IF([test -z "$SANITIZER_FLAGS"],
    [MBEDGUARD_TRY_LDFLAG([MBEDGUARD_LDFLAGS], [-Wl,-z,defs])])
  AC_SUBST([MBEDGUARD_LDFLAGS])

  AC_MSG_CHECKING([whether the linker takes a version script])
  mbedguard_save_LDFLAGS=$LDFLAGS
  echo 'CONFTEST { global: main; local: *; };' >conftest.map
  LDFLAGS="$LDFLAGS -Wl,--version-script=conftest.map"
  AC_LINK_IFELSE([AC_LANG_PROGRAM([], [])],
    [have_version_script=yes], [have_version_script=no])
  LDFLAGS=$mbedguard_save_LDFLAGS
  rm -f conftest.map
  AC_MSG_RESULT([$have_version_script])
  AM_CONDITIONAL([HAVE_VERSION_SCRIPT], [test "$have_version_script" = yes])
])

# MBEDGUARD_PTHREAD: the library needs POSIX threads with --with-threading=pthread only; the tests,
# the demo and the benchmarks make threads in every case.
AC_DEFUN([MBEDGUARD_PTHREAD], [
  AC_MSG_CHECKING([how to link POSIX threads])
  mbedguard_save_CFLAGS=$CFLAGS
  have_pthread=no
  for mbedguard_one in -pthread -lpthread ''; do
    CFLAGS="$mbedguard_save_CFLAGS $mbedguard_one"
    AC_LINK_IFELSE([AC_LANG_PROGRAM([[#include <pthread.h>]],
        [[pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER; return pthread_mutex_lock(&m);]])],
      [have_pthread=yes; break])
  done
  CFLAGS=$mbedguard_save_CFLAGS
  AS_IF([test $have_pthread = yes],
    [AC_MSG_RESULT([${mbedguard_one:-nothing needed}])],
    [AC_MSG_RESULT([not found])
     AS_IF([test "$with_threading" = pthread],
       [AC_MSG_ERROR([POSIX threads were not found; they come with the C library.
  Use --with-threading=alt or =none on a machine without them])])])
  PTHREAD_CFLAGS=
  PTHREAD_LIBS=
  AS_CASE([$mbedguard_one],
    [-pthread], [PTHREAD_CFLAGS=-pthread; PTHREAD_LIBS=-pthread],
    [-l*], [PTHREAD_LIBS=$mbedguard_one])
  AS_IF([test "$with_threading" = pthread], [MBEDGUARD_LIBS=$PTHREAD_LIBS], [MBEDGUARD_LIBS=])
  AC_SUBST([PTHREAD_CFLAGS])
  AC_SUBST([PTHREAD_LIBS])
  AC_SUBST([MBEDGUARD_LIBS])
  AM_CONDITIONAL([HAVE_PTHREAD], [test $have_pthread = yes])
])
