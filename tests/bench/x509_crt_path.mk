# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# Measures of the module x509_crt_path. Certificates are made by material.c, with objects that 4.x hides.

bench_programs += tests/bench/bench_path

tests_bench_bench_path_SOURCES = tests/bench/bench_path.c $(bench_common)
tests_bench_bench_path_CPPFLAGS = $(bench_cppflags) $(emitted_cppflags)
tests_bench_bench_path_LDFLAGS = $(bench_ldflags)
tests_bench_bench_path_LDADD = libmbedguard.la $(MBEDTLS_LIBS) $(PTHREAD_LIBS)
$(tests_bench_bench_path_OBJECTS): | gen/stamp
