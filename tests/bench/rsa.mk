# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# Measures of the module rsa.

bench_programs += tests/bench/bench_rsa

tests_bench_bench_rsa_SOURCES = tests/bench/bench_rsa.c tests/bench/measure.c tests/bench/measure.h
tests_bench_bench_rsa_CPPFLAGS = $(bench_cppflags) $(emitted_cppflags)
tests_bench_bench_rsa_LDFLAGS = $(bench_ldflags)
tests_bench_bench_rsa_LDADD = libmbedguard.la $(MBEDTLS_LIBS) $(PTHREAD_LIBS)
$(tests_bench_bench_rsa_OBJECTS): | gen/stamp
