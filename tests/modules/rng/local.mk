# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# Tests of the module rng, and of entropy and generators of Mbed TLS's own.

if MBEDTLS_PUBLIC_CRYPTO
module_programs += \
    tests/modules/rng/check_drbg \
    tests/modules/rng/check_entropy \
    tests/modules/rng/check_fork \
    tests/modules/rng/check_many \
    tests/modules/rng/check_rng_faults \
    tests/modules/rng/check_seeds \
    tests/modules/rng/check_thread_end

rng_common = $(live_common) tests/modules/rng/source.c tests/modules/rng/source.h
wrap_drbg = -Wl,--wrap=mbedtls_ctr_drbg_seed -Wl,--wrap=mbedtls_ctr_drbg_reseed \
    -Wl,--wrap=mbedtls_ctr_drbg_random_with_add -Wl,--wrap=pthread_mutex_lock
wrap_faults = -Wl,--wrap=malloc -Wl,--wrap=calloc -Wl,--wrap=pthread_mutex_lock

tests_modules_rng_check_drbg_SOURCES = tests/modules/rng/check_drbg.c $(rng_common)
tests_modules_rng_check_drbg_CPPFLAGS = $(live_test_cppflags)
tests_modules_rng_check_drbg_LDFLAGS = $(live_test_ldflags)
tests_modules_rng_check_drbg_LDADD = $(live_test_ldadd)

tests_modules_rng_check_entropy_SOURCES = tests/modules/rng/check_entropy.c $(rng_common)
tests_modules_rng_check_entropy_CPPFLAGS = $(live_test_cppflags)
tests_modules_rng_check_entropy_LDFLAGS = $(live_test_ldflags)
tests_modules_rng_check_entropy_LDADD = $(live_test_ldadd)

tests_modules_rng_check_fork_SOURCES = tests/modules/rng/check_fork.c $(rng_common)
tests_modules_rng_check_fork_CPPFLAGS = $(live_test_cppflags)
tests_modules_rng_check_fork_LDFLAGS = $(live_test_ldflags)
tests_modules_rng_check_fork_LDADD = $(live_test_ldadd)

tests_modules_rng_check_many_SOURCES = tests/modules/rng/check_many.c $(rng_common)
tests_modules_rng_check_many_CPPFLAGS = $(live_test_cppflags)
tests_modules_rng_check_many_LDFLAGS = $(live_test_ldflags)
tests_modules_rng_check_many_LDADD = $(live_test_ldadd)

tests_modules_rng_check_rng_faults_SOURCES = tests/modules/rng/check_rng_faults.c $(rng_common)
tests_modules_rng_check_rng_faults_CPPFLAGS = $(live_test_cppflags)
tests_modules_rng_check_rng_faults_LDFLAGS = $(live_test_ldflags) $(wrap_faults)
tests_modules_rng_check_rng_faults_LDADD = $(live_test_ldadd)

tests_modules_rng_check_seeds_SOURCES = tests/modules/rng/check_seeds.c $(rng_common)
tests_modules_rng_check_seeds_CPPFLAGS = $(live_test_cppflags)
tests_modules_rng_check_seeds_LDFLAGS = $(live_test_ldflags) $(wrap_drbg)
tests_modules_rng_check_seeds_LDADD = $(live_test_ldadd)

tests_modules_rng_check_thread_end_SOURCES = tests/modules/rng/check_thread_end.c $(rng_common)
tests_modules_rng_check_thread_end_CPPFLAGS = $(live_test_cppflags)
tests_modules_rng_check_thread_end_LDFLAGS = $(live_test_ldflags)
tests_modules_rng_check_thread_end_LDADD = $(live_test_ldadd)
endif
