# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# Measures of the module ssl_cache.

if MBEDTLS_PUBLIC_CRYPTO
bench_programs += tests/bench/bench_ssl_cache

tests_bench_bench_ssl_cache_SOURCES = tests/bench/bench_ssl_cache.c tests/bench/measure.c \
    tests/bench/measure.h
tests_bench_bench_ssl_cache_CPPFLAGS = $(bench_cppflags) $(emitted_cppflags)
tests_bench_bench_ssl_cache_LDFLAGS = $(bench_ldflags)
tests_bench_bench_ssl_cache_LDADD = libmbedguard.la $(MBEDTLS_LIBS) $(PTHREAD_LIBS)
$(tests_bench_bench_ssl_cache_OBJECTS): | gen/stamp
endif
