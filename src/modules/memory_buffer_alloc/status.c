/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The state of the buffer in words. Nothing is printed with a lock held, since standard error may make its
 * writer wait: blocks are copied a few at a time, and each time looked for from the beginning.
 */
#include <stdio.h>

#include "modules/memory_buffer_alloc/heap.h"

#define AT_ONCE 32u

typedef struct seen {
    const void *object;
    size_t bytes;
} seen;

/* Blocks in use from this index on: how many were copied, and where to go on. */
static int copy_used(uint32_t *from, seen *blocks, unsigned *count)
{
    mbedguard_memory_visitor self;
    uint32_t index = 0;
    int ret = mbedguard_memory_open(&self);

    *count = 0;
    if (ret != 0)
        return ret;
    while (index < mbedguard_memory.units && *count < AT_ONCE) {
        uint32_t units = mbedguard_memory_block_at(index)->units;
        mbedguard_memory_state state = mbedguard_memory_state_of(index);

        /* What cannot be believed cannot be followed. */
        if (state == MBEDGUARD_MEMORY_DAMAGED || units < MBEDGUARD_MEMORY_LEAST ||
            units > mbedguard_memory.units - index)
            index = mbedguard_memory.units;
        else if (state == MBEDGUARD_MEMORY_USED && index >= *from) {
            blocks[*count].object = mbedguard_memory_object(index);
            blocks[(*count)++].bytes = mbedguard_memory_bytes(units);
        }
        index += index < mbedguard_memory.units ? units : 0;
    }
    *from = index;
    mbedguard_memory_close(self);
    return 0;
}

static int print_used(void)
{
    seen blocks[AT_ONCE];
    uint32_t from = 0;
    unsigned count;
    unsigned i;
    int ret;

    do {
        ret = copy_used(&from, blocks, &count);
        for (i = 0; ret == 0 && i < count; i++)
            (void) fprintf(stderr, "  %p: %zu bytes\n", blocks[i].object, blocks[i].bytes);
    } while (ret == 0 && count == AT_ONCE);
    return ret;
}

int mbedguard_memory_buffer_alloc_status(void)
{
    size_t used;
    size_t blocks;
    size_t used_peak;
    size_t blocks_peak;
    size_t allocs;
    size_t frees;
    int ret = mbedguard_memory_buffer_alloc_cur_get(&used, &blocks);

    if (ret == 0)
        ret = mbedguard_memory_buffer_alloc_max_get(&used_peak, &blocks_peak);
    if (ret == 0)
        ret = mbedguard_memory_buffer_alloc_count_get(&allocs, &frees);
    if (ret != 0)
        return ret;
    (void) fprintf(stderr,
                   "Current use: %zu blocks / %zu bytes, max: %zu blocks / %zu bytes, "
                   "alloc / free: %zu / %zu\n",
                   blocks, used, blocks_peak, used_peak, allocs, frees);
    (void) fprintf(stderr, used == 0 ? "All memory is given back\n" : "In use:\n");
    return used == 0 ? 0 : print_used();
}
