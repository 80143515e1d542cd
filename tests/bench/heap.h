/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * What the program has from malloc(), in bytes that it may use. Counted by functions of that name in
 * the program itself, which glibc provides for; elsewhere nothing is counted.
 */
#ifndef BENCH_HEAP_H
#define BENCH_HEAP_H

#include <stddef.h>

/* Whether it is counted. */
int bench_heap_counts(void);
size_t bench_heap_live(void);
/* The most that it was since bench_heap_from_here(). */
size_t bench_heap_peak(void);
void bench_heap_from_here(void);

#endif /* BENCH_HEAP_H */
