/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Lanes: what keeps threads from meeting. Small blocks that are given back stay here, by length, and are
 * the first to be taken again. A thread has the lane of its number, and leaves nothing when it ends.
 */
#include "core/hold.h"
#include "modules/memory_buffer_alloc/heap.h"

#define NIL MBEDGUARD_MEMORY_NIL

mbedguard_memory_lane *mbedguard_memory_lane_here(void)
{
    return &mbedguard_memory.lanes[mbedguard_thread_number() % MBEDGUARD_MEMORY_LANES];
}

static bool is_cached(uint32_t index)
{
    return index < mbedguard_memory.units &&
           mbedguard_memory_state_of(index) == MBEDGUARD_MEMORY_CACHED;
}

/* Whoever wrote over the list after it was freed: the rest of it is given up. */
static uint32_t pop_locked(mbedguard_memory_lane *lane, uint32_t units,
                           mbedguard_memory_finding *finding) MBEDGUARD_REQUIRES(lane->lock);

static uint32_t pop_locked(mbedguard_memory_lane *lane, uint32_t units,
                           mbedguard_memory_finding *finding)
{
    uint32_t index = lane->first[units];

    if (index == NIL)
        return NIL;
    if (!is_cached(index) || mbedguard_memory_block_at(index)->units != units) {
        mbedguard_memory_find(finding, MBEDGUARD_MEMORY_FAULT_DAMAGED,
                              index < mbedguard_memory.units ? mbedguard_memory_object(index)
                                                             : NULL);
        lane->first[units] = NIL;
        lane->cached -= units * lane->count[units];
        lane->count[units] = 0;
        return NIL;
    }
    lane->first[units] = mbedguard_memory_links_of(index)->next;
    lane->count[units]--;
    lane->cached -= units;
    return index;
}

uint32_t mbedguard_memory_lane_take_locked(mbedguard_memory_lane *lane, uint32_t units,
                                           mbedguard_memory_finding *finding)
{
    return units < MBEDGUARD_MEMORY_CLASSES ? pop_locked(lane, units, finding) : NIL;
}

bool mbedguard_memory_lane_put_locked(mbedguard_memory_lane *lane, uint32_t index)
{
    uint32_t units = mbedguard_memory_block_at(index)->units;

    if (units >= MBEDGUARD_MEMORY_CLASSES || lane->count[units] >= MBEDGUARD_MEMORY_CLASS_MAX ||
        lane->cached + units > mbedguard_memory.cache_units)
        return false;
    mbedguard_memory_links_of(index)->next = lane->first[units];
    lane->first[units] = index;
    lane->count[units]++;
    lane->cached += units;
    return true;
}

void mbedguard_memory_lane_flush_locked(mbedguard_memory_lane *lane,
                                        mbedguard_memory_finding *finding)
{
    uint32_t units;
    uint32_t index;

    for (units = 0; lane->cached != 0 && units < MBEDGUARD_MEMORY_CLASSES; units++) {
        while ((index = pop_locked(lane, units, finding)) != NIL)
            mbedguard_memory_bins_put_locked(index, finding);
    }
}

void mbedguard_memory_lane_begin_locked(mbedguard_memory_lane *lane)
{
    uint32_t units;

    for (units = 0; units < MBEDGUARD_MEMORY_CLASSES; units++) {
        lane->first[units] = NIL;
        lane->count[units] = 0;
    }
    lane->cached = 0;
    lane->used = 0;
    lane->credit = 0;
    lane->peak = 0;
    lane->allocs = 0;
    lane->allocs_shared = 0;
    lane->frees = 0;
}
