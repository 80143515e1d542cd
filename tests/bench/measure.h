/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* How two ways of doing the same thing are compared. */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include <stddef.h>

/* Does so many of what is measured. */
typedef void bench_work(void *data, unsigned count);

/*
 * Prints `name baseline guarded ratio`: rates per second, the guarded one over the other. Runs of
 * both alternate, so that what else the machine does meets both; rates are medians, and the ratio is
 * the median of the ratios of neighbours.
 */
void bench_compare(const char *name, bench_work *baseline, void *baseline_data, bench_work *guarded,
                   void *guarded_data);

#define BENCH_THREADS_MAX 8u

/*
 * Runs body in so many threads at once, each with its element of data, and waits for all. They are the
 * same threads from one run to the next.
 */
void bench_threads(unsigned count, void *(*body)(void *), void *data, size_t size);

/* The same with the work divided: each is given an unsigned, its part of it. */
void bench_divide(unsigned threads, void *(*body)(void *), unsigned work);

/* Seconds of a clock that only goes on. */
double bench_now(void);

/* Ends the program where ret is not 0. */
void bench_must(int ret, const char *what);

#endif /* BENCH_MEASURE_H */
