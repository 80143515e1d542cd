# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# Measures of the module ssl_ticket.

bench_programs += tests/bench/bench_ssl_ticket

tests_bench_bench_ssl_ticket_SOURCES = tests/bench/bench_ssl_ticket.c tests/bench/measure.c \
    tests/bench/measure.h
tests_bench_bench_ssl_ticket_CPPFLAGS = $(bench_cppflags) $(emitted_cppflags)
tests_bench_bench_ssl_ticket_LDFLAGS = $(bench_ldflags)
tests_bench_bench_ssl_ticket_LDADD = libmbedguard.la $(MBEDTLS_LIBS) $(PTHREAD_LIBS)
