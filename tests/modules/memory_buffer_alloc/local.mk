# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# Tests of the module memory_buffer_alloc.

module_programs += \
    tests/modules/memory_buffer_alloc/check_buffer \
    tests/modules/memory_buffer_alloc/check_buffer_faults \
    tests/modules/memory_buffer_alloc/check_buffer_threads
if MBEDTLS_PUBLIC_CRYPTO
module_programs += tests/modules/memory_buffer_alloc/check_buffer_tls
endif

buffer_common = \
    tests/modules/memory_buffer_alloc/buffer.c \
    tests/modules/memory_buffer_alloc/buffer.h \
    $(live_common)

tests_modules_memory_buffer_alloc_check_buffer_SOURCES = \
    tests/modules/memory_buffer_alloc/check_buffer.c $(buffer_common)
tests_modules_memory_buffer_alloc_check_buffer_CPPFLAGS = $(live_test_cppflags)
tests_modules_memory_buffer_alloc_check_buffer_LDFLAGS = $(live_test_ldflags)
tests_modules_memory_buffer_alloc_check_buffer_LDADD = $(live_test_ldadd)

tests_modules_memory_buffer_alloc_check_buffer_faults_SOURCES = \
    tests/modules/memory_buffer_alloc/check_buffer_faults.c $(buffer_common)
tests_modules_memory_buffer_alloc_check_buffer_faults_CPPFLAGS = $(live_test_cppflags)
tests_modules_memory_buffer_alloc_check_buffer_faults_LDFLAGS = $(live_test_ldflags) \
    -Wl,--wrap=pthread_mutex_lock
tests_modules_memory_buffer_alloc_check_buffer_faults_LDADD = $(live_test_ldadd)

tests_modules_memory_buffer_alloc_check_buffer_threads_SOURCES = \
    tests/modules/memory_buffer_alloc/check_buffer_threads.c $(buffer_common)
tests_modules_memory_buffer_alloc_check_buffer_threads_CPPFLAGS = $(live_test_cppflags)
tests_modules_memory_buffer_alloc_check_buffer_threads_LDFLAGS = $(live_test_ldflags)
tests_modules_memory_buffer_alloc_check_buffer_threads_LDADD = $(live_test_ldadd)

tests_modules_memory_buffer_alloc_check_buffer_tls_SOURCES = \
    tests/modules/memory_buffer_alloc/check_buffer_tls.c \
    tests/modules/memory_buffer_alloc/first_fit.c \
    tests/modules/memory_buffer_alloc/first_fit.h \
    tests/modules/memory_buffer_alloc/interpose.c \
    tests/modules/memory_buffer_alloc/interpose.h \
    tests/modules/memory_buffer_alloc/upstream_fit.c \
    tests/modules/memory_buffer_alloc/upstream_fit.h \
    $(buffer_common)
tests_modules_memory_buffer_alloc_check_buffer_tls_CPPFLAGS = $(live_test_cppflags)
tests_modules_memory_buffer_alloc_check_buffer_tls_LDFLAGS = $(live_test_ldflags)
tests_modules_memory_buffer_alloc_check_buffer_tls_LDADD = $(live_test_ldadd)
