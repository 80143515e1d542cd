# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# MBEDGUARD_SUMMARY: what was found and chosen, and what to install for the rest.

AC_DEFUN([MBEDGUARD_SUMMARY], [
  mbedguard_tests="make check"
  AS_IF([test "$have_check" = no], [mbedguard_tests="needs libcheck (Debian: check)"])
  AS_IF([test "$mbedtls_major" -ge 4],
    [mbedguard_tests="$mbedguard_tests; without the demo, and tests of objects that 4.x hides"])
  mbedguard_valgrind=${VALGRIND:-needs valgrind (Debian: valgrind)}
  mbedguard_doxygen=${DOXYGEN:-needs doxygen (Debian: doxygen)}
  mbedguard_gnuplot=${GNUPLOT:-not found (Debian: gnuplot-nox); make bench-plot needs it}
  mbedguard_spin=${SPIN:-not found (Debian: spin); models are not checked}
  mbedguard_openssl=${OPENSSL:-not found (Debian: openssl); the demo has its own clients only}
  mbedguard_pkg_config=${PKG_CONFIG:-not found (Debian: pkgconf); installing is tested without it}
  mbedguard_cxx=${CXX:-not found (Debian: g++); headers are not checked as C++}
  AS_IF([test $mbedtls_threading = yes],
    [mbedguard_inner="with threads"], [mbedguard_inner="WITHOUT THREADS, see the warning above"])
  AS_IF([test -n "$mbedtls_hooks"],
    [mbedguard_hooks="$mbedtls_hooks, from the program: see the warnings above"],
    [mbedguard_hooks="nothing from the program"])
  cat <<MBEDGUARD_EOF

  mbedguard $PACKAGE_VERSION, libtool version $MBEDGUARD_LT_VERSION

    Mbed TLS         $MBEDTLS_VERSION, $mbedguard_inner
      found by       $mbedtls_found_by
      libraries      $MBEDTLS_LIBS
      heap           $mbedtls_heap
      PSA asks for   $mbedguard_hooks
      PSA inside     $mbedtls_psa_says
    threading        $with_threading
    lock checker     $enable_lockcheck
    sanitizers       $with_sanitizer
    compiler         $CC $CFLAGS
    own flags       $MBEDGUARD_CFLAGS
    shared, static   $enable_shared, $enable_static
    prefix           $prefix

    tests            $mbedguard_tests
    valgrind         $mbedguard_valgrind
    models           $mbedguard_spin
    C++              $mbedguard_cxx
    doxygen          $mbedguard_doxygen
    gnuplot          $mbedguard_gnuplot
    openssl          $mbedguard_openssl
    pkg-config       $mbedguard_pkg_config

  make builds it; make check, make demo, make bench, make report and make docs show it.

MBEDGUARD_EOF
])
