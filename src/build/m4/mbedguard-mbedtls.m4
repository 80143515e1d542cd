# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# MBEDGUARD_MBEDTLS: finds the user's Mbed TLS, checks that its headers and its library are of one
# version, and says what its configuration means for us. It sets
#   MBEDTLS_CFLAGS MBEDTLS_LIBS   for our own build
#   MBEDTLS_RPATH MBEDTLS_RUN_LDFLAGS   for libtool only: of our library, of programs that run here
#   MBEDTLS_PC_REQUIRES MBEDTLS_PC_CFLAGS MBEDTLS_PC_LIBS   for mbedguard.pc
#   MBEDTLS_FILES     the library files, for the generator: what they lack is not emitted
#   MBEDTLS_VERSION   like 3.6.6

AC_DEFUN([MBEDGUARD_MBEDTLS], [
  AC_ARG_WITH([mbedtls],
    [AS_HELP_STRING([--with-mbedtls=PREFIX],
      [use the Mbed TLS installed under PREFIX (default: ask pkg-config, then look in the
       compiler's own directories)])],
    [], [with_mbedtls=yes])
  AC_ARG_VAR([MBEDTLS_CFLAGS], [C compiler flags for Mbed TLS, overriding all searching])
  AC_ARG_VAR([MBEDTLS_LIBS], [linker flags for Mbed TLS, overriding all searching])

  # An Mbed TLS that was built with sanitizers links with nothing else.
  mbedguard_mbedtls_save_CFLAGS=$CFLAGS
  CFLAGS="$CFLAGS $SANITIZER_FLAGS"
  MBEDTLS_RPATH=
  MBEDTLS_RUN_LDFLAGS=
  mbedtls_run_path=
  MBEDTLS_PC_REQUIRES=
  MBEDTLS_PC_CFLAGS=
  MBEDTLS_PC_LIBS=
  AS_IF([test "$with_mbedtls" = no],
      [AC_MSG_ERROR([mbedguard is nothing without Mbed TLS])],
    [test -n "$MBEDTLS_LIBS"],
      [mbedtls_found_by='MBEDTLS_CFLAGS and MBEDTLS_LIBS'
       MBEDTLS_PC_CFLAGS=$MBEDTLS_CFLAGS
       MBEDTLS_PC_LIBS=$MBEDTLS_LIBS],
    [test "$with_mbedtls" != yes],
      [MBEDGUARD_MBEDTLS_PREFIX],
    [MBEDGUARD_MBEDTLS_PKGCONFIG
     AS_IF([test -z "$MBEDTLS_LIBS"], [MBEDGUARD_MBEDTLS_PROBE])])
  AC_SUBST([MBEDTLS_RPATH])
  AC_SUBST([MBEDTLS_RUN_LDFLAGS])
  AC_SUBST([MBEDTLS_PC_REQUIRES])
  AC_SUBST([MBEDTLS_PC_CFLAGS])
  AC_SUBST([MBEDTLS_PC_LIBS])

  mbedguard_save_CPPFLAGS=$CPPFLAGS
  mbedguard_save_LIBS=$LIBS
  CPPFLAGS="$CPPFLAGS $MBEDTLS_CFLAGS"
  MBEDGUARD_MBEDTLS_HEADERS
  LIBS="$MBEDTLS_LIBS $mbedtls_run_path $LIBS"
  MBEDGUARD_MBEDTLS_VERSION
  MBEDGUARD_MBEDTLS_FILES
  MBEDGUARD_MBEDTLS_THREADING
  MBEDGUARD_MBEDTLS_PSA_INSIDE
  MBEDGUARD_MBEDTLS_PLATFORM
  CPPFLAGS=$mbedguard_save_CPPFLAGS
  LIBS=$mbedguard_save_LIBS
  CFLAGS=$mbedguard_mbedtls_save_CFLAGS
])

# --with-mbedtls=PREFIX. The headers are system headers to us: their warnings are not ours. When not
# cross compiling the tests must find the library there, so it goes into the run path.
AC_DEFUN([MBEDGUARD_MBEDTLS_PREFIX], [
  AS_CASE([$with_mbedtls], [/*], [], [with_mbedtls=`pwd`/$with_mbedtls])
  AC_MSG_CHECKING([for Mbed TLS under $with_mbedtls])
  mbedtls_libdir=
  mbedtls_multiarch=`$CC $CFLAGS -print-multiarch 2>/dev/null`
  for mbedguard_one in lib "lib/$mbedtls_multiarch" lib64; do
    for mbedguard_file in "$with_mbedtls/$mbedguard_one"/libmbedtls.*; do
      AS_IF([test -z "$mbedtls_libdir" && test -e "$mbedguard_file"],
        [mbedtls_libdir=$with_mbedtls/$mbedguard_one])
    done
  done
  AS_IF([test ! -f "$with_mbedtls/include/mbedtls/version.h"],
    [AC_MSG_RESULT([no])
     AC_MSG_ERROR([--with-mbedtls: there is no $with_mbedtls/include/mbedtls/version.h])])
  AS_IF([test -z "$mbedtls_libdir"],
    [AC_MSG_RESULT([no])
     AC_MSG_ERROR([--with-mbedtls: there is no libmbedtls in $with_mbedtls/lib])])
  mbedtls_crypto=-lmbedcrypto
  for mbedguard_file in "$mbedtls_libdir"/libtfpsacrypto.*; do
    AS_IF([test -e "$mbedguard_file"], [mbedtls_crypto=-ltfpsacrypto])
  done
  MBEDTLS_LIBS="-lmbedtls -lmbedx509 $mbedtls_crypto"
  AS_CASE([$with_mbedtls], [/usr|/usr/], [],
    [MBEDTLS_CFLAGS="-isystem $with_mbedtls/include"
     MBEDTLS_PC_CFLAGS="-I$with_mbedtls/include"
     MBEDTLS_LIBS="-L$mbedtls_libdir $MBEDTLS_LIBS"
     AS_IF([test "$cross_compiling" = no && test -e "$mbedtls_libdir/libmbedtls.so"],
       [MBEDTLS_RPATH="-R $mbedtls_libdir"])])
  MBEDTLS_PC_LIBS=$MBEDTLS_LIBS
  mbedtls_found_by="--with-mbedtls=$with_mbedtls"
  AC_MSG_RESULT([$mbedtls_libdir])
  AS_IF([test -n "$MBEDTLS_RPATH"], [MBEDGUARD_MBEDTLS_RUN_PATH])
])

# Libraries of Mbed TLS that cmake installed do not know where their neighbours are. A program that
# needs only one of them (-Wl,--as-needed) finds the others by a run path that counts for libraries
# too: the old kind. By the new kind it would start with those of another Mbed TLS, or not at all.
AC_DEFUN([MBEDGUARD_MBEDTLS_RUN_PATH], [
  MBEDGUARD_TRY_LDFLAG([MBEDTLS_RUN_LDFLAGS], [-Wl,--disable-new-dtags])
  mbedtls_run_path="$MBEDTLS_RUN_LDFLAGS -Wl,-rpath,$mbedtls_libdir"
  MBEDTLS_RUN_LDFLAGS="$MBEDTLS_RUN_LDFLAGS $MBEDTLS_RPATH"
])

# pkg-config: 3.x names the crypto library mbedcrypto; 4.x names it tfpsacrypto and, for old users,
# mbedcrypto as well.
AC_DEFUN([MBEDGUARD_MBEDTLS_PKGCONFIG], [
  AC_MSG_CHECKING([for Mbed TLS with pkg-config])
  AS_IF([test -z "$PKG_CONFIG"], [AC_MSG_RESULT([no pkg-config])],
    [for mbedguard_one in tfpsacrypto mbedcrypto; do
       mbedguard_list="mbedtls mbedx509 $mbedguard_one"
       AS_IF([$PKG_CONFIG --exists $mbedguard_list 2>/dev/null],
         [MBEDTLS_CFLAGS=`$PKG_CONFIG --cflags $mbedguard_list`
          MBEDTLS_LIBS=`$PKG_CONFIG --libs $mbedguard_list`
          MBEDTLS_PC_REQUIRES=$mbedguard_list
          mbedtls_found_by=pkg-config
          break])
     done
     AS_IF([test -n "$MBEDTLS_LIBS"],
       [AC_MSG_RESULT([$MBEDTLS_PC_REQUIRES])], [AC_MSG_RESULT([no])])])
])

# No .pc file (Debian 12 has none): the compiler's own directories.
AC_DEFUN([MBEDGUARD_MBEDTLS_PROBE], [
  AC_CHECK_HEADER([mbedtls/version.h], [], [MBEDGUARD_MBEDTLS_MISSING([its headers])])
  AC_MSG_CHECKING([for the Mbed TLS libraries])
  mbedguard_save_LIBS=$LIBS
  for mbedguard_one in -lmbedcrypto -ltfpsacrypto; do
    mbedguard_list="-lmbedtls -lmbedx509 $mbedguard_one"
    LIBS="$mbedguard_list $mbedguard_save_LIBS"
    AC_LINK_IFELSE([AC_LANG_PROGRAM([[#include <mbedtls/platform_util.h>]],
        [[int x; mbedtls_platform_zeroize(&x, sizeof x);]])],
      [MBEDTLS_LIBS=$mbedguard_list; break])
  done
  LIBS=$mbedguard_save_LIBS
  AS_IF([test -z "$MBEDTLS_LIBS"],
    [AC_MSG_RESULT([no])
     MBEDGUARD_MBEDTLS_MISSING([its libraries])])
  AC_MSG_RESULT([$MBEDTLS_LIBS])
  MBEDTLS_PC_LIBS=$MBEDTLS_LIBS
  mbedtls_found_by='header and library probe'
])

# MBEDGUARD_MBEDTLS_MISSING(WHAT)
AC_DEFUN([MBEDGUARD_MBEDTLS_MISSING], [
  AC_MSG_ERROR([Mbed TLS was not found ($1 are missing).
  On Debian: apt-get install libmbedtls-dev
  Elsewhere: --with-mbedtls=PREFIX, or set MBEDTLS_CFLAGS and MBEDTLS_LIBS])
])

# The version in the headers.
AC_DEFUN([MBEDGUARD_MBEDTLS_HEADERS], [
  AC_MSG_CHECKING([for the version in the Mbed TLS headers])
  AC_COMPUTE_INT([mbedtls_number], [MBEDTLS_VERSION_NUMBER], [#include <mbedtls/version.h>],
    [MBEDGUARD_MBEDTLS_MISSING([usable headers])])
  AS_VAR_ARITH([mbedtls_major], [$mbedtls_number / 16777216])
  AS_VAR_ARITH([mbedtls_minor], [$mbedtls_number / 65536 % 256])
  AS_VAR_ARITH([mbedtls_patch], [$mbedtls_number / 256 % 256])
  MBEDTLS_VERSION=$mbedtls_major.$mbedtls_minor.$mbedtls_patch
  AC_MSG_RESULT([$MBEDTLS_VERSION])
  AC_SUBST([MBEDTLS_VERSION])
  AC_SUBST([MBEDTLS_VERSION_NUMBER], [$mbedtls_number])
  AS_IF([test "$mbedtls_number" -lt 35389440],
    [AC_MSG_ERROR([Mbed TLS $MBEDTLS_VERSION is too old; mbedguard needs 2.28, 3.6 or 4.x])])
  AS_CASE([$mbedtls_major.$mbedtls_minor], [2.28|3.6|4.*], [],
    [AC_MSG_WARN([mbedguard is tried with Mbed TLS 2.28, 3.6 and 4.1, not with $MBEDTLS_VERSION])])

  dnl 4.x took most objects of crypto out of its public headers; few programs compile for both.
  AM_CONDITIONAL([MBEDTLS_PUBLIC_CRYPTO], [test "$mbedtls_major" -lt 4])
])

# The version in the library, where it can be asked.
AC_DEFUN([MBEDGUARD_MBEDTLS_VERSION], [
  AC_MSG_CHECKING([whether the Mbed TLS library links])
  AC_LINK_IFELSE([AC_LANG_PROGRAM([[#include <mbedtls/platform_util.h>]],
      [[int x; mbedtls_platform_zeroize(&x, sizeof x);]])],
    [AC_MSG_RESULT([yes])],
    [AC_MSG_RESULT([no])
     MBEDGUARD_MBEDTLS_MISSING([usable libraries])])

  AC_MSG_CHECKING([whether headers and library of Mbed TLS are of one version])
  AC_RUN_IFELSE([AC_LANG_PROGRAM([[
#include <mbedtls/version.h>
#include <stdio.h>
]], [[
#if defined(MBEDTLS_VERSION_C)
      unsigned int n = (unsigned int) mbedtls_version_get_number();
      FILE *f = fopen("conftest.number", "w");
      if (f == NULL)
          return 1;
      fprintf(f, "%u.%u.%u\n", n >> 24, (n >> 16) & 255, (n >> 8) & 255);
      fclose(f);
      return n != MBEDTLS_VERSION_NUMBER;
#else
      return 77;
#endif
]])],
    [AC_MSG_RESULT([yes])],
    [mbedguard_status=$?
     mbedguard_one=`cat conftest.number 2>/dev/null`
     AS_IF([test "$mbedguard_status" = 77],
         [AC_MSG_RESULT([unknown: MBEDTLS_VERSION_C is off])],
       [test -n "$mbedguard_one" && test "$mbedguard_one" != "$MBEDTLS_VERSION"],
         [AC_MSG_RESULT([no])
          AC_MSG_ERROR([the Mbed TLS headers are $MBEDTLS_VERSION but the library is $mbedguard_one:
  objects would differ in size. Check CPPFLAGS, LDFLAGS, LD_LIBRARY_PATH and --with-mbedtls])],
       [AC_MSG_RESULT([no])
        AC_MSG_ERROR([a program that asks the Mbed TLS library for its version does not run;
  config.log has the reason. If it does not find the library: use --with-mbedtls=PREFIX, which gives
  programs of this build a run path, or set LD_LIBRARY_PATH])])],
    [AC_MSG_RESULT([not checked: cross compiling, its programs do not run here])])
  rm -f conftest.number
])

# The files behind MBEDTLS_LIBS: from its -L directories and LDFLAGS, else where the compiler looks.
AC_DEFUN([MBEDGUARD_MBEDTLS_FILES], [
  AC_MSG_CHECKING([for the files of the Mbed TLS libraries])
  MBEDTLS_FILES=
  mbedtls_directories=
  for mbedguard_one in $MBEDTLS_LIBS $LDFLAGS; do
    AS_CASE([$mbedguard_one],
      [-L*], [mbedtls_directories="$mbedtls_directories `echo $mbedguard_one | sed 's/^-L//'`"])
  done
  for mbedguard_one in $MBEDTLS_LIBS; do
    mbedguard_file=
    AS_CASE([$mbedguard_one],
      [*.a|*.so|*.so.*], [mbedguard_file=$mbedguard_one],
      [-lmbed*|-ltfpsa*],
        [mbedguard_name=lib`echo $mbedguard_one | sed 's/^-l//'`
         for mbedguard_try in $mbedtls_directories -; do
           for mbedguard_suffix in so a; do
             AS_IF([test "$mbedguard_try" = -],
               [mbedguard_path=`$CC $CFLAGS -print-file-name=$mbedguard_name.$mbedguard_suffix`],
               [mbedguard_path=$mbedguard_try/$mbedguard_name.$mbedguard_suffix])
             AS_IF([test -z "$mbedguard_file" && test -f "$mbedguard_path"],
               [mbedguard_file=$mbedguard_path])
           done
         done
         AS_IF([test -z "$mbedguard_file"],
           [AC_MSG_RESULT([$mbedguard_name not found])
            AC_MSG_ERROR([the linker finds $mbedguard_one but configure does not find its file, which
  the generator must read. Set MBEDTLS_LIBS with the full path of each library])])])
    AS_IF([test -n "$mbedguard_file"], [MBEDTLS_FILES="$MBEDTLS_FILES $mbedguard_file"])
  done
  AC_SUBST([MBEDTLS_FILES])
  AC_MSG_RESULT([$MBEDTLS_FILES])
])

# MBEDGUARD_MBEDTLS_SETTING(VARIABLE, MACRO): whether the configuration of Mbed TLS defines MACRO.
AC_DEFUN([MBEDGUARD_MBEDTLS_SETTING], [
  AC_MSG_CHECKING([for $2 in the Mbed TLS headers])
  AC_COMPILE_IFELSE([AC_LANG_PROGRAM([[
#include <mbedtls/version.h>
#if !defined($2)
#error off
#endif
]])], [$1=yes], [$1=no])
  AC_MSG_RESULT([$$1])
])

# What the configuration of Mbed TLS means for threads.
AC_DEFUN([MBEDGUARD_MBEDTLS_THREADING], [
  MBEDGUARD_MBEDTLS_SETTING([mbedtls_threading], [MBEDTLS_THREADING_C])
  AM_CONDITIONAL([MBEDTLS_THREADING], [test $mbedtls_threading = yes])
  AS_IF([test $mbedtls_threading = no && test "$with_threading" != none], [AC_MSG_WARN([
  ****************************************************************************
  **  THIS MBED TLS IS BUILT WITHOUT THREADS: MBEDTLS_THREADING_C is off.    **
  ****************************************************************************
  It has no mutex of its own anywhere. What mbedguard guards is safe all the
  same, because mbedguard brings its own, but:
   - calls that elsewhere share an object and lean on the mutexes inside Mbed
     TLS (private keys, RNGs, the TLS configuration) exclude each other here;
   - raw Mbed TLS or PSA calls beside guarded ones are unprotected: every
     thread must go through mbedguard, other libraries in the process too.
  To have it otherwise, build Mbed TLS with MBEDTLS_THREADING_C and
  MBEDTLS_THREADING_PTHREAD. Debian's libmbedtls-dev has both.
  ****************************************************************************])])
])

# Whether TLS, X.509, PK or MD code uses PSA inside where that has no locks: as src/gen/plan.py and
# src/manual/psa_store.h have it.
AC_DEFUN([MBEDGUARD_MBEDTLS_PSA_INSIDE], [
  AC_MSG_CHECKING([whether TLS, X.509 or PK code uses PSA, and that without locks])
  AC_COMPILE_IFELSE([AC_LANG_PROGRAM([[
#include <mbedtls/version.h>
#if !(defined(MBEDTLS_PSA_CRYPTO_C) &&                                                             \
      (!defined(MBEDTLS_THREADING_C) || MBEDTLS_VERSION_NUMBER < 0x03060000) &&                    \
      (defined(MBEDTLS_USE_PSA_CRYPTO) || MBEDTLS_VERSION_NUMBER >= 0x04000000 ||                  \
       (defined(MBEDTLS_SSL_PROTO_TLS1_3) && MBEDTLS_VERSION_NUMBER >= 0x03000000) ||              \
       defined(MBEDTLS_MD_SOME_PSA) || defined(MBEDTLS_BLOCK_CIPHER_SOME_PSA)))
#error no
#endif
]])], [mbedtls_psa_inside=yes], [mbedtls_psa_inside=no])
  AC_MSG_RESULT([$mbedtls_psa_inside])
  dnl For tests that bring a backend.h of their own.
  AC_SUBST([PSA_INSIDE_CPPFLAGS])
  mbedtls_psa_says="no calls of TLS, X.509 or PK that need its locks"
  AS_IF([test $mbedtls_psa_inside = yes],
    [AC_DEFINE([MBEDGUARD_PSA_INSIDE], [1], [Other calls use PSA inside, without locks.])
     PSA_INSIDE_CPPFLAGS=-DMBEDGUARD_PSA_INSIDE=1
     mbedtls_psa_says="TLS, X.509, PK, WITHOUT LOCKS: mbedguard makes them take turns"])
  AS_CASE([$mbedtls_psa_inside$with_threading], [*none], [], [yes*], [
    mbedtls_psa_remedy="build Mbed TLS with MBEDTLS_THREADING_C: the key store of
  $MBEDTLS_VERSION has locks of its own then"
    AS_IF([test "$mbedtls_number" -lt 50724864],
      [mbedtls_psa_remedy="build Mbed TLS without MBEDTLS_USE_PSA_CRYPTO; or take
  3.6 with MBEDTLS_THREADING_C, whose key store has locks (2.28 has none either way)"])
    AC_MSG_WARN([
  ****************************************************************************
  **  THIS MBED TLS USES PSA INSIDE TLS, X.509 AND PK, AND WITHOUT LOCKS.   **
  ****************************************************************************
  Calls of TLS (while they compute, never while they wait for the network),
  X.509, PK and others that use PSA inside take turns in mbedguard, with each
  other and with all PSA calls: the PSA key store is one, and has no locks.
  Raw Mbed TLS or PSA calls beside them are unprotected. A program finds this
  as MBEDGUARD_FEATURE_PSA_INSIDE in mbedguard_threading_features().
  To have it otherwise, $mbedtls_psa_remedy.
  ****************************************************************************])])
])

# What of the platform Mbed TLS leaves to others: no guard is around it.
AC_DEFUN([MBEDGUARD_MBEDTLS_PLATFORM], [
  MBEDGUARD_MBEDTLS_SETTING([mbedtls_buffer_alloc], [MBEDTLS_MEMORY_BUFFER_ALLOC_C])
  MBEDGUARD_MBEDTLS_SETTING([mbedtls_builtin_keys], [MBEDTLS_PSA_CRYPTO_BUILTIN_KEYS])
  MBEDGUARD_MBEDTLS_SETTING([mbedtls_external_rng], [MBEDTLS_PSA_CRYPTO_EXTERNAL_RNG])
  mbedtls_heap="the system's, or the program's"
  AS_IF([test $mbedtls_buffer_alloc = yes], [mbedtls_heap="buffer allocator"])
  AS_CASE([$mbedtls_buffer_alloc$mbedtls_threading$with_threading], [*none], [], [yesno*],
    [mbedtls_heap="BUFFER ALLOCATOR WITHOUT A MUTEX, see the warning above"
     AC_MSG_WARN([
  ****************************************************************************
  **  THE HEAP OF THIS MBED TLS HAS NO MUTEX:                               **
  **  MBEDTLS_MEMORY_BUFFER_ALLOC_C is on, MBEDTLS_THREADING_C is off.      **
  ****************************************************************************
  After mbedtls_memory_buffer_alloc_init() all objects of the process allocate
  from one heap, and calls on different objects damage it: no guard of an
  object can prevent that. Use mbedguard_memory_buffer_alloc_init(), which has
  locks of its own, build Mbed TLS with MBEDTLS_THREADING_C, or do not use its
  buffer allocator in a program with threads.
  ****************************************************************************])])
  mbedtls_hooks=
  AS_IF([test $mbedtls_builtin_keys = yes],
    [mbedtls_hooks="built-in keys"
     AC_MSG_WARN([MBEDTLS_PSA_CRYPTO_BUILTIN_KEYS is on: mbedtls_psa_platform_get_builtin_key(), which
  the program brings, is called with guards held, and may be called by several threads at once.
  It must not call PSA through mbedguard])])
  AS_IF([test $mbedtls_external_rng = yes],
    [mbedtls_hooks="${mbedtls_hooks:+$mbedtls_hooks, }random numbers"
     AC_MSG_WARN([MBEDTLS_PSA_CRYPTO_EXTERNAL_RNG is on: mbedtls_psa_external_get_random(), which the
  program brings, is called with guards held, and may be called by several threads at once. It must
  not call PSA through mbedguard, and it must differ in a child after fork()])])
])
