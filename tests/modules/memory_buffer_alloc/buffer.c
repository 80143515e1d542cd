/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The buffer of the tests. */
#include "modules/memory_buffer_alloc/buffer.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define ROOM    (8u << 20)
#define OUTSIDE 4096
#define FILL    0xA5

static _Alignas(64) unsigned char room[ROOM + 2 * OUTSIDE];
static unsigned char *start;
static size_t size;
static atomic_uint findings[MBEDGUARD_MEMORY_FAULT_LOCK + 1];
static _Atomic(const void *) last_object;

static void on_finding(mbedguard_memory_fault fault, const void *object, void *data)
{
    (void) data;
    atomic_fetch_add(&findings[fault], 1);
    atomic_store(&last_object, object);
}

void buffer_begin(size_t len, size_t offset)
{
    ck_assert_uint_le(len + offset, ROOM);
    start = room + OUTSIDE + offset;
    size = len;
    memset(start - OUTSIDE, FILL, len + 2 * OUTSIDE - offset);
    ck_assert_int_eq(mbedguard_memory_buffer_set_handler(on_finding, NULL), 0);
    ck_assert_int_eq(mbedguard_memory_buffer_alloc_init(start, len), 0);
}

void buffer_check_outside(void)
{
    size_t i;

    for (i = 1; i <= OUTSIDE / 2; i++) {
        ck_assert_uint_eq(start[-(ptrdiff_t) i], FILL);
        ck_assert_uint_eq(start[size + i - 1], FILL);
    }
}

void buffer_drop(void)
{
    unsigned i;

    buffer_check_outside();
    ck_assert_int_eq(mbedguard_memory_buffer_alloc_free(), 0);
    buffer_check_outside();
    for (i = 0; i <= MBEDGUARD_MEMORY_FAULT_LOCK; i++)
        atomic_store(&findings[i], 0);
    ck_assert_int_eq(mbedguard_memory_buffer_set_handler(NULL, NULL), 0);
}

void buffer_end(void)
{
    buffer_assert_no_findings();
    buffer_assert_empty();
    buffer_drop();
}

unsigned char *buffer_start(void)
{
    return start;
}

size_t buffer_size(void)
{
    return size;
}

bool buffer_has(const void *object, size_t len)
{
    const uintptr_t at = (uintptr_t) object;

    return at >= (uintptr_t) start && at + len <= (uintptr_t) (start + size);
}

unsigned buffer_findings(mbedguard_memory_fault fault)
{
    return atomic_exchange(&findings[fault], 0);
}

const void *buffer_last_object(void)
{
    return atomic_load(&last_object);
}

void buffer_assert_no_findings(void)
{
    unsigned i;

    for (i = 0; i <= MBEDGUARD_MEMORY_FAULT_LOCK; i++)
        ck_assert_msg(atomic_load(&findings[i]) == 0, "finding %u of %p", i, buffer_last_object());
}

size_t buffer_longest(void)
{
    size_t least = 0;
    size_t most = size;

    /* least fits, or is 0; most + 1 does not. */
    while (least < most) {
        const size_t middle = most - (most - least) / 2;
        void *const object = mbedguard_memory_buffer_calloc(1, middle);

        mbedguard_memory_buffer_free(object);
        if (object != NULL)
            least = middle;
        else
            most = middle - 1;
    }
    return least;
}

void buffer_assert_empty(void)
{
    size_t used, blocks;
    void *all;

    ck_assert_int_eq(mbedguard_memory_buffer_alloc_verify(), 0);
    ck_assert_int_eq(mbedguard_memory_buffer_alloc_cur_get(&used, &blocks), 0);
    ck_assert_uint_eq(used, 0);
    /* What is lost at either end is less than one block. */
    all = mbedguard_memory_buffer_calloc(1, size - 2 * sizeof(max_align_t) - 16);
    ck_assert_ptr_nonnull(all);
    ck_assert_int_eq(mbedguard_memory_buffer_alloc_cur_get(&used, &blocks), 0);
    ck_assert_uint_le(blocks, 2);
    mbedguard_memory_buffer_free(all);
    ck_assert_int_eq(mbedguard_memory_buffer_alloc_cur_get(&used, &blocks), 0);
    ck_assert_uint_eq(used, 0);
    ck_assert_uint_eq(blocks, 1);
}
