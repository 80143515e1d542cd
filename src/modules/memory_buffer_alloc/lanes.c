/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* What lanes do seldom: empty themselves. */
#include "modules/memory_buffer_alloc/lanes.h"

#define NIL MBEDGUARD_MEMORY_NIL

void mbedguard_memory_lane_lose_locked(mbedguard_memory_lane *lane, uint32_t units,
                                       mbedguard_memory_finding *finding)
{
    const uint32_t index = lane->first[units];

    mbedguard_memory_find(finding, MBEDGUARD_MEMORY_FAULT_DAMAGED,
                          index < mbedguard_memory.units ? mbedguard_memory_object(index) : NULL);
    lane->first[units] = NIL;
    lane->cached -= units * lane->count[units];
    lane->count[units] = 0;
}

void mbedguard_memory_lane_flush_locked(mbedguard_memory_lane *lane,
                                        mbedguard_memory_finding *finding)
{
    uint32_t units;
    uint32_t index;

    for (units = 0; lane->cached != 0 && units < MBEDGUARD_MEMORY_CLASSES; units++) {
        while ((index = mbedguard_memory_lane_take_locked(lane, units, finding)) != NIL)
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
