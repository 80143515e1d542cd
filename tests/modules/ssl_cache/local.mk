# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# Tests of the module ssl_cache.

module_programs += \
    tests/modules/ssl_cache/check_cache \
    tests/modules/ssl_cache/check_cache_faults \
    tests/modules/ssl_cache/check_cache_image \
    tests/modules/ssl_cache/check_cache_threads

cache_common = $(live_common) \
    tests/modules/ssl_cache/sessions.c \
    tests/modules/ssl_cache/sessions.h

tests_modules_ssl_cache_check_cache_SOURCES = tests/modules/ssl_cache/check_cache.c $(cache_common)
tests_modules_ssl_cache_check_cache_CPPFLAGS = $(live_test_cppflags)
tests_modules_ssl_cache_check_cache_LDFLAGS = $(live_test_ldflags)
tests_modules_ssl_cache_check_cache_LDADD = $(live_test_ldadd)

# The linker puts functions that fail, or look, in the place of three of the C library.
tests_modules_ssl_cache_check_cache_faults_SOURCES = \
    tests/modules/ssl_cache/check_cache_faults.c $(cache_common)
tests_modules_ssl_cache_check_cache_faults_CPPFLAGS = $(live_test_cppflags)
tests_modules_ssl_cache_check_cache_faults_LDFLAGS = $(live_test_ldflags) \
    -Wl,--wrap=pthread_mutex_lock $(wrap_heap)
tests_modules_ssl_cache_check_cache_faults_LDADD = $(live_test_ldadd)

tests_modules_ssl_cache_check_cache_image_SOURCES = \
    tests/modules/ssl_cache/check_cache_image.c $(cache_common)
tests_modules_ssl_cache_check_cache_image_CPPFLAGS = $(live_test_cppflags)
tests_modules_ssl_cache_check_cache_image_LDFLAGS = $(live_test_ldflags)
tests_modules_ssl_cache_check_cache_image_LDADD = $(live_test_ldadd)

tests_modules_ssl_cache_check_cache_threads_SOURCES = \
    tests/modules/ssl_cache/check_cache_threads.c $(cache_common)
tests_modules_ssl_cache_check_cache_threads_CPPFLAGS = $(live_test_cppflags)
tests_modules_ssl_cache_check_cache_threads_LDFLAGS = $(live_test_ldflags)
tests_modules_ssl_cache_check_cache_threads_LDADD = $(live_test_ldadd)
