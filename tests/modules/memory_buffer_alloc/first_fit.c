/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The model of Mbed TLS's allocator. */
#include "modules/memory_buffer_alloc/first_fit.h"

#include <pthread.h>
#include <stdint.h>
#include <string.h>

#include <mbedtls/memory_buffer_alloc.h>

/* Headers stand at multiples of what Mbed TLS says, which is less than words may want. */
#if defined(__GNUC__)
#define MULTIPLE MBEDTLS_MEMORY_ALIGN_MULTIPLE
#define MISFIT   __attribute__((packed, aligned(MULTIPLE)))
#else
#define MULTIPLE sizeof(size_t)
#define MISFIT
#endif

struct header {
    size_t magic;
    size_t size;
    size_t used;
    struct header *previous, *next;           /* in the buffer */
    struct header *previous_free, *next_free; /* in the list of free ones */
    size_t end_magic;
} MISFIT;

static struct {
    unsigned char *buf;
    size_t len;
    struct header *first_free;
    pthread_mutex_t mutex;
} heap = {.mutex = PTHREAD_MUTEX_INITIALIZER};

size_t first_fit_fixed_size(void)
{
    return sizeof(heap);
}

static void take_out(struct header *block)
{
    if (block->previous_free != NULL)
        block->previous_free->next_free = block->next_free;
    else
        heap.first_free = block->next_free;
    if (block->next_free != NULL)
        block->next_free->previous_free = block->previous_free;
    block->previous_free = NULL;
    block->next_free = NULL;
}

/* `instead` takes the place of `block` in the list. */
static void exchange(struct header *block, struct header *instead)
{
    instead->previous_free = block->previous_free;
    instead->next_free = block->next_free;
    if (instead->previous_free != NULL)
        instead->previous_free->next_free = instead;
    else
        heap.first_free = instead;
    if (instead->next_free != NULL)
        instead->next_free->previous_free = instead;
}

static void mark(struct header *block)
{
    block->magic = 0xFF00AA55u;
    block->end_magic = 0xEE119966u;
}

void first_fit_init(unsigned char *buf, size_t len)
{
    const size_t gap = (size_t) (-(uintptr_t) buf & (MULTIPLE - 1));

    memset(buf, 0, len);
    heap.buf = buf + gap;
    heap.len = len - gap;
    heap.first_free = (struct header *) (void *) heap.buf;
    heap.first_free->size = heap.len - sizeof(struct header);
    mark(heap.first_free);
}

static void cut(struct header *block, size_t size)
{
    struct header *rest = (struct header *) (void *) ((unsigned char *) (block + 1) + size);

    memset(rest, 0, sizeof(*rest));
    rest->size = block->size - size - sizeof(*rest);
    rest->previous = block;
    rest->next = block->next;
    mark(rest);
    if (rest->next != NULL)
        rest->next->previous = rest;
    exchange(block, rest);
    block->previous_free = NULL;
    block->next_free = NULL;
    block->size = size;
    block->next = rest;
}

static void *take(size_t wanted)
{
    const size_t size = (wanted + MULTIPLE - 1) / MULTIPLE * MULTIPLE;
    struct header *block = heap.first_free;

    while (block != NULL && block->size < size)
        block = block->next_free;
    if (block == NULL)
        return NULL;
    if (block->size - size < sizeof(*block) + MULTIPLE)
        take_out(block);
    else
        cut(block, size);
    block->used = 1;
    return memset(block + 1, 0, wanted);
}

void *first_fit_calloc(size_t count, size_t size)
{
    void *object;

    if (count == 0 || size == 0 || count > (SIZE_MAX - MULTIPLE) / size)
        return NULL;
    if (pthread_mutex_lock(&heap.mutex) != 0)
        return NULL;
    object = take(count * size);
    (void) pthread_mutex_unlock(&heap.mutex);
    return object;
}

/* The second of two neighbours becomes part of the first. */
static void join(struct header *first, struct header *second)
{
    first->size += sizeof(*second) + second->size;
    first->next = second->next;
    if (first->next != NULL)
        first->next->previous = first;
    memset(second, 0, sizeof(*second));
}

static void put(struct header *block)
{
    struct header *const previous = block->previous;
    struct header *next;
    int listed = 0;

    block->used = 0;
    if (previous != NULL && previous->used == 0) {
        join(previous, block);
        block = previous;
        listed = 1;
    }
    next = block->next;
    if (next != NULL && next->used == 0) {
        if (listed)
            take_out(block);
        exchange(next, block);
        join(block, next);
        listed = 1;
    }
    if (listed)
        return;
    block->next_free = heap.first_free;
    if (heap.first_free != NULL)
        heap.first_free->previous_free = block;
    heap.first_free = block;
}

void first_fit_free(void *object)
{
    if (object == NULL || pthread_mutex_lock(&heap.mutex) != 0)
        return;
    put((struct header *) object - 1);
    (void) pthread_mutex_unlock(&heap.mutex);
}
