# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# Measures of the module rng, against a generator that Mbed TLS 4 has no more.

if MBEDTLS_PUBLIC_CRYPTO
bench_programs += tests/bench/bench_rng

tests_bench_bench_rng_SOURCES = tests/bench/bench_rng.c tests/bench/measure.c tests/bench/measure.h
tests_bench_bench_rng_CPPFLAGS = $(bench_cppflags) $(emitted_cppflags)
tests_bench_bench_rng_LDFLAGS = $(bench_ldflags)
tests_bench_bench_rng_LDADD = libmbedguard.la $(MBEDTLS_LIBS) $(PTHREAD_LIBS)
$(tests_bench_bench_rng_OBJECTS): | gen/stamp
endif
