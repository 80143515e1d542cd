/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Whether everything is as it should be: every header, every list. With everything locked. */
#include "modules/memory_buffer_alloc/lanes.h"

#define NIL MBEDGUARD_MEMORY_NIL

typedef struct tally {
    size_t blocks;
    uint32_t free;
    uint32_t cached;
    size_t used;
} tally;

/* One header, beside what is known of the block in front of it. */
static bool is_whole(uint32_t index, uint32_t before, mbedguard_memory_state previous, tally *found)
{
    const mbedguard_memory_block *block = mbedguard_memory_block_at(index);
    const uint32_t units = block->units;

    const uint32_t is_free =
        mbedguard_memory_is(index, MBEDGUARD_MEMORY_FREE) ? MBEDGUARD_MEMORY_IS_FREE : 0;

    if (block->before != (before | is_free) || units < MBEDGUARD_MEMORY_LEAST ||
        units > mbedguard_memory.units - index)
        return false;
    found->blocks++;
    switch (mbedguard_memory_state_of(index)) {
    case MBEDGUARD_MEMORY_USED:
        found->used += mbedguard_memory_bytes(units);
        return true;
    case MBEDGUARD_MEMORY_CACHED:
        found->cached++;
        return true;
    case MBEDGUARD_MEMORY_FREE:
        found->free++;
        return previous != MBEDGUARD_MEMORY_FREE;
    case MBEDGUARD_MEMORY_JOINED:
    case MBEDGUARD_MEMORY_DAMAGED:
        break;
    }
    return false;
}

/* All headers, one after the other; the index of the first that is damaged, or NIL. */
static uint32_t walk(tally *found)
{
    mbedguard_memory_state previous = MBEDGUARD_MEMORY_USED;
    uint32_t before = 0;
    uint32_t index;

    for (index = 0; index < mbedguard_memory.units; index += before) {
        if (!is_whole(index, before, previous, found))
            return index;
        previous = mbedguard_memory_state_of(index);
        before = mbedguard_memory_block_at(index)->units;
    }
    return NIL;
}

/* A block in a list, of this state; `units` 0: any that belong into this bin. */
static bool fits(uint32_t index, mbedguard_memory_state state, uint32_t units, uint32_t bin)
{
    if (index >= mbedguard_memory.units || mbedguard_memory_state_of(index) != state)
        return false;
    return units != 0 ? mbedguard_memory_block_at(index)->units == units
                      : mbedguard_memory_bin_of(mbedguard_memory_block_at(index)->units) == bin;
}

/* Takes what is in the bins from `left`; false if a list is damaged. */
static bool bins_are_whole(uint32_t *left, uint32_t *at)
{
    uint32_t bin;

    for (bin = 0; bin < MBEDGUARD_MEMORY_BINS; bin++) {
        bool marked = (mbedguard_memory.map[bin / 32] >> (bin % 32) & 1u) != 0;
        uint32_t previous = NIL;
        uint32_t index = mbedguard_memory.bin[bin];

        if (marked != (index != NIL))
            return false;
        for (; index != NIL; index = mbedguard_memory_links_of(index)->next) {
            *at = previous != NIL ? previous : index;
            if (*left == 0 || !fits(index, MBEDGUARD_MEMORY_FREE, 0, bin) ||
                mbedguard_memory_links_of(index)->previous != previous)
                return false;
            previous = index;
            --*left;
        }
    }
    return true;
}

static bool lane_is_whole(const mbedguard_memory_lane *lane, uint32_t *left, uint32_t *at)
{
    uint32_t cached = 0;
    uint32_t units;

    for (units = 0; units < MBEDGUARD_MEMORY_CLASSES; units++) {
        uint32_t count = 0;
        uint32_t index;

        for (index = lane->first[units]; index != NIL;
             index = mbedguard_memory_links_of(index)->next) {
            if (*left == 0 || !fits(index, MBEDGUARD_MEMORY_CACHED, units, 0))
                return false;
            *at = index;
            count++;
            --*left;
        }
        if (count != lane->count[units])
            return false;
        cached += units * count;
    }
    return cached == lane->cached;
}

int mbedguard_memory_check(mbedguard_memory_finding *finding)
{
    tally found = {0, 0, 0, 0};
    uint32_t at = walk(&found);
    bool whole = at == NIL;
    unsigned i;

    if (whole)
        whole = bins_are_whole(&found.free, &at);
    for (i = 0; whole && i < MBEDGUARD_MEMORY_LANES; i++)
        whole = lane_is_whole(&mbedguard_memory.lanes[i], &found.cached, &at);
    /* Each free block is in a list, and what is counted is there. */
    whole = whole && found.free == 0 && found.cached == 0 &&
            found.blocks == mbedguard_memory.blocks && found.used == mbedguard_memory_in_use();
    if (!whole)
        mbedguard_memory_find(finding, MBEDGUARD_MEMORY_FAULT_DAMAGED,
                              at < mbedguard_memory.units ? mbedguard_memory_object(at) : NULL);
    return whole ? 0 : 1;
}
