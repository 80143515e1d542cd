# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# Measures. Each prints lines `name baseline guarded ratio`, rates per second, the guarded one over
# that of raw Mbed TLS. Exceptions: sizes and memory, in bytes; the guard's own cost,
# `guard-overhead mutex_ns added_ns added/mutex`; and read-ahead, whose baseline is guarded, without
# it.

bench_programs = \
    tests/bench/bench_guard \
    tests/bench/bench_handshake \
    tests/bench/bench_memory \
    tests/bench/bench_psa \
    tests/bench/bench_stream

EXTRA_PROGRAMS += $(bench_programs)
CLEANFILES += $(bench_programs:=$(EXEEXT))

tests_bench_bench_guard_SOURCES = tests/bench/bench_guard.c tests/unit/alone.c
tests_bench_bench_guard_CPPFLAGS = $(core_cppflags)
tests_bench_bench_guard_LDADD = libmbedguard-core.la $(PTHREAD_LIBS)

# One source, raw and guarded, in the same program.
bench_cppflags = -D_POSIX_C_SOURCE=200809L -I$(top_srcdir)/tests
EXTRA_LTLIBRARIES = libbench-raw.la libbench-guarded.la
CLEANFILES += $(EXTRA_LTLIBRARIES)

libbench_raw_la_SOURCES = tests/bench/side.c tests/bench/side.h
libbench_raw_la_CPPFLAGS = -DSIDE=bench_raw $(bench_cppflags) $(MBEDTLS_CFLAGS)

libbench_guarded_la_SOURCES = tests/bench/side.c tests/bench/side.h
libbench_guarded_la_CPPFLAGS = -DSIDE=bench_guarded $(bench_cppflags) \
    -I$(top_builddir)/gen/switch $(emitted_cppflags)
$(libbench_guarded_la_OBJECTS): | gen/stamp

EXTRA_LTLIBRARIES += libbench-psa-raw.la libbench-psa-guarded.la
CLEANFILES += libbench-psa-raw.la libbench-psa-guarded.la
libbench_psa_raw_la_SOURCES = tests/bench/psa_side.c tests/bench/psa_side.h
libbench_psa_raw_la_CPPFLAGS = -DSIDE=bench_psa_raw $(bench_cppflags) $(MBEDTLS_CFLAGS)

libbench_psa_guarded_la_SOURCES = tests/bench/psa_side.c tests/bench/psa_side.h
libbench_psa_guarded_la_CPPFLAGS = -DSIDE=bench_psa_guarded $(bench_cppflags) \
    -I$(top_builddir)/gen/switch $(emitted_cppflags)
$(libbench_psa_guarded_la_OBJECTS): | gen/stamp

bench_common = \
    tests/bench/material.c \
    tests/bench/measure.c \
    tests/bench/measure.h \
    tests/bench/side.h
bench_ldadd = libbench-raw.la libbench-guarded.la libmbedguard.la $(MBEDTLS_LIBS) $(PTHREAD_LIBS)
bench_ldflags = $(AM_LDFLAGS) $(MBEDTLS_RPATH)

tests_bench_bench_handshake_SOURCES = tests/bench/bench_handshake.c $(bench_common)
tests_bench_bench_handshake_CPPFLAGS = $(bench_cppflags) $(MBEDTLS_CFLAGS)
tests_bench_bench_handshake_LDFLAGS = $(bench_ldflags)
tests_bench_bench_handshake_LDADD = $(bench_ldadd)

stream_common = $(bench_common) tests/bench/stream.c tests/bench/stream.h

tests_bench_bench_memory_SOURCES = \
    tests/bench/bench_memory.c \
    tests/bench/heap.c \
    tests/bench/heap.h \
    $(stream_common)
tests_bench_bench_memory_CPPFLAGS = $(bench_cppflags) $(MBEDTLS_CFLAGS)
tests_bench_bench_memory_LDFLAGS = $(bench_ldflags)
tests_bench_bench_memory_LDADD = $(bench_ldadd)

tests_bench_bench_psa_SOURCES = tests/bench/bench_psa.c tests/bench/measure.c tests/bench/measure.h \
    tests/bench/psa_side.h
tests_bench_bench_psa_CPPFLAGS = $(bench_cppflags)
tests_bench_bench_psa_LDFLAGS = $(bench_ldflags)
tests_bench_bench_psa_LDADD = libbench-psa-raw.la libbench-psa-guarded.la libmbedguard.la \
    $(MBEDTLS_LIBS) $(PTHREAD_LIBS)

tests_bench_bench_stream_SOURCES = tests/bench/bench_stream.c $(stream_common)
tests_bench_bench_stream_CPPFLAGS = $(bench_cppflags) $(MBEDTLS_CFLAGS)
tests_bench_bench_stream_LDFLAGS = $(bench_ldflags)
tests_bench_bench_stream_LDADD = $(bench_ldadd)

include tests/bench/memory_buffer_alloc.mk
include tests/bench/rng.mk
include tests/bench/rsa.mk
include tests/bench/ssl_cache.mk
include tests/bench/ssl_cookie.mk
include tests/bench/ssl_ticket.mk
include tests/bench/x509_crt_path.mk

# bench.json has what the programs print, and what they were measured on; the page and the pictures are made from it.
bench_scripts = \
    tests/bench/collect.py \
    tests/bench/known.py \
    tests/bench/report.py
TESTS += tests/bench/check_bench.py
EXTRA_DIST += tests/bench/check_bench.py $(bench_scripts)
CLEANFILES += bench.json

bench_settings = \
    --set command=$(call shq,make bench) \
    --set mbedguard=$(call shq,$(PACKAGE_VERSION)) \
    --set 'Mbed TLS'=$(call shq,$(MBEDTLS_VERSION)) \
    --set compiler="$$($(CC) --version | sed -n 1p)" \
    --set flags=$(call shq,$(CFLAGS)) \
    --set threads=$(call shq,$(MBEDGUARD_THREADING))

bench: $(bench_programs:=$(EXEEXT))
	@$(PYTHON) -B $(top_srcdir)/tests/bench/collect.py --output bench.json $(bench_settings) -- \
	    $(addprefix ./,$(addsuffix $(EXEEXT),$(bench_programs)))

bench-plot:
	@$(PYTHON) -B $(top_srcdir)/tests/bench/report.py --input bench.json \
	    --page $(top_srcdir)/docs/benchmarks.md --plots $(top_srcdir)/docs/benchmarks \
	    --gnuplot $(call shq,$(GNUPLOT))
phony_targets += bench bench-plot
