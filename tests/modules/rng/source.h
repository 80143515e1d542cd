/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* An entropy function for the tests of generators, and what sorts blocks of output. */
#ifndef TESTS_MODULES_RNG_SOURCE_H
#define TESTS_MODULES_RNG_SOURCE_H

#include <stdatomic.h>

#include "live/live.h"

#define SOURCE_BLOCK 16

/* All zero: gives other bytes in each call, and counts the calls. */
struct source {
    atomic_uint calls;
    atomic_uint works;    /* so many calls from now on, before it */
    atomic_uint fails;    /* so many times */
    atomic_bool constant; /* the same bytes in each call */
    void (*inside)(void *);
    void *data;
};
int source_func(void *source, unsigned char *output, size_t len);

/* Blocks of SOURCE_BLOCK bytes: sorts them, asserts that no two are alike. */
void source_assert_different(unsigned char *blocks, size_t count);

#endif /* TESTS_MODULES_RNG_SOURCE_H */
