# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# Tests of the module ssl_cookie.

cookie_common = tests/modules/ssl_cookie/cookies.c tests/modules/ssl_cookie/cookies.h \
    $(live_common)
cookie_cppflags = $(live_test_cppflags) -I$(top_srcdir)/tests/modules/ssl_cookie

module_programs += tests/modules/ssl_cookie/check_ssl_cookie_dtls
if MBEDTLS_PUBLIC_CRYPTO
# Keys that a generator of the test has made.
module_programs += \
    tests/modules/ssl_cookie/check_ssl_cookie \
    tests/modules/ssl_cookie/check_ssl_cookie_threads
endif

tests_modules_ssl_cookie_check_ssl_cookie_SOURCES = \
    tests/modules/ssl_cookie/check_ssl_cookie.c $(cookie_common)
tests_modules_ssl_cookie_check_ssl_cookie_CPPFLAGS = $(cookie_cppflags)
tests_modules_ssl_cookie_check_ssl_cookie_LDFLAGS = $(live_test_ldflags) \
    -Wl,--wrap=pthread_mutex_lock -Wl,--wrap=pthread_mutex_trylock
tests_modules_ssl_cookie_check_ssl_cookie_LDADD = $(live_test_ldadd)

tests_modules_ssl_cookie_check_ssl_cookie_dtls_SOURCES = \
    tests/modules/ssl_cookie/check_ssl_cookie_dtls.c $(live_common)
tests_modules_ssl_cookie_check_ssl_cookie_dtls_CPPFLAGS = $(cookie_cppflags)
tests_modules_ssl_cookie_check_ssl_cookie_dtls_LDFLAGS = $(live_test_ldflags)
tests_modules_ssl_cookie_check_ssl_cookie_dtls_LDADD = $(live_test_ldadd)

tests_modules_ssl_cookie_check_ssl_cookie_threads_SOURCES = \
    tests/modules/ssl_cookie/check_ssl_cookie_threads.c $(cookie_common)
tests_modules_ssl_cookie_check_ssl_cookie_threads_CPPFLAGS = $(cookie_cppflags)
tests_modules_ssl_cookie_check_ssl_cookie_threads_LDFLAGS = $(live_test_ldflags)
tests_modules_ssl_cookie_check_ssl_cookie_threads_LDADD = $(live_test_ldadd)
