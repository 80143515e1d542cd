# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# Measures. Each prints lines `name baseline guarded ratio`; the guard's own cost is the exception,
# `guard-overhead mutex_ns added_ns added/mutex`.

bench_programs = \
    tests/bench/bench_guard

EXTRA_PROGRAMS += $(bench_programs)
CLEANFILES += $(bench_programs:=$(EXEEXT))

tests_bench_bench_guard_SOURCES = tests/bench/bench_guard.c
tests_bench_bench_guard_CPPFLAGS = $(core_cppflags)
tests_bench_bench_guard_LDADD = libmbedguard-core.la $(PTHREAD_LIBS)

bench: $(bench_programs:=$(EXEEXT))
	@for program in $(bench_programs); do ./$$program$(EXEEXT) || exit 1; done
phony_targets += bench
