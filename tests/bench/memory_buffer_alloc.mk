# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# Measures of the module memory_buffer_alloc.

bench_programs += tests/bench/bench_memory_buffer_alloc

tests_bench_bench_memory_buffer_alloc_SOURCES = \
    tests/bench/bench_memory_buffer_alloc.c \
    tests/modules/memory_buffer_alloc/first_fit.c \
    tests/modules/memory_buffer_alloc/first_fit.h \
    tests/modules/memory_buffer_alloc/interpose.c \
    tests/modules/memory_buffer_alloc/interpose.h \
    tests/modules/memory_buffer_alloc/upstream_fit.c \
    tests/modules/memory_buffer_alloc/upstream_fit.h \
    $(bench_common)
tests_bench_bench_memory_buffer_alloc_CPPFLAGS = $(bench_cppflags) $(emitted_cppflags)
tests_bench_bench_memory_buffer_alloc_LDFLAGS = $(bench_ldflags)
tests_bench_bench_memory_buffer_alloc_LDADD = $(bench_ldadd)
