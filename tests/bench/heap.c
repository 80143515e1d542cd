/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* malloc() and its kind, counted. */
#include "bench/heap.h"
#include "sanitized.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>

/* Sanitizers take the place of malloc() themselves. */
#if defined(__GLIBC__) && !defined(SANITIZED)
#define COUNTS 1
#else
#define COUNTS 0
#endif

static atomic_size_t live, peak;

int bench_heap_counts(void)
{
    return COUNTS;
}

size_t bench_heap_live(void)
{
    return atomic_load(&live);
}

size_t bench_heap_peak(void)
{
    return atomic_load(&peak);
}

void bench_heap_from_here(void)
{
    atomic_store(&peak, atomic_load(&live));
}

#if COUNTS

/* The libraries are to find these. */
#pragma GCC visibility push(default)

#include <malloc.h>

/* glibc's own, for who takes the place of malloc(). */
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *object, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);
extern void __libc_free(void *object);

static void *add(void *object)
{
    if (object != NULL) {
        const size_t now = atomic_fetch_add(&live, malloc_usable_size(object)) +
                           malloc_usable_size(object);
        size_t most = atomic_load(&peak);

        while (now > most && !atomic_compare_exchange_weak(&peak, &most, now)) {
        }
    }
    return object;
}

static void subtract(void *object)
{
    if (object != NULL)
        (void) atomic_fetch_sub(&live, malloc_usable_size(object));
}

void *malloc(size_t size)
{
    return add(__libc_malloc(size));
}

void *calloc(size_t count, size_t size)
{
    return add(__libc_calloc(count, size));
}

void *realloc(void *object, size_t size)
{
    const size_t before = object != NULL ? malloc_usable_size(object) : 0;
    void *const moved = __libc_realloc(object, size);

    if (moved != NULL || size == 0)
        (void) atomic_fetch_sub(&live, before);
    return add(moved);
}

void *memalign(size_t alignment, size_t size)
{
    return add(__libc_memalign(alignment, size));
}

void *aligned_alloc(size_t alignment, size_t size)
{
    return memalign(alignment, size);
}

int posix_memalign(void **object, size_t alignment, size_t size)
{
    *object = memalign(alignment, size);
    return *object != NULL ? 0 : ENOMEM;
}

void free(void *object)
{
    subtract(object);
    __libc_free(object);
}

#pragma GCC visibility pop

#endif
