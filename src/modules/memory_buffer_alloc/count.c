/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* What has to be counted in all lanes at once. */
#include "modules/memory_buffer_alloc/lanes.h"

size_t mbedguard_memory_in_use(void)
{
    intptr_t used = 0;
    unsigned i;

    for (i = 0; i < MBEDGUARD_MEMORY_LANES; i++)
        used += mbedguard_memory.lanes[i].used;
    return (size_t) used;
}

/* What a lane used more than now, since the last time. */
static size_t need_of(const mbedguard_memory_lane *lane)
{
    return lane->peak > lane->used ? (size_t) (lane->peak - lane->used) : 0;
}

/* First what each lane had use for, as far as it goes; then the same for all that allocate. */
static void share_out(size_t left)
{
    size_t need = 0;
    size_t given = 0;
    size_t active = 0;
    unsigned shift = 0;
    unsigned i;

    for (i = 0; i < MBEDGUARD_MEMORY_LANES; i++) {
        const mbedguard_memory_lane *lane = &mbedguard_memory.lanes[i];

        need += need_of(lane);
        active += lane->allocs != lane->allocs_shared;
    }
    while (need >> shift > left)
        shift++;
    for (i = 0; i < MBEDGUARD_MEMORY_LANES; i++)
        given += need_of(&mbedguard_memory.lanes[i]) >> shift;
    for (i = 0; i < MBEDGUARD_MEMORY_LANES; i++) {
        mbedguard_memory_lane *lane = &mbedguard_memory.lanes[i];
        size_t share = need_of(lane) >> shift;

        if (lane->allocs != lane->allocs_shared)
            share += (left - given) / active;
        lane->credit = lane->used + (intptr_t) share;
        lane->peak = lane->used;
        lane->allocs_shared = lane->allocs;
    }
}

void mbedguard_memory_count_all(mbedguard_memory_lane *lane, size_t bytes) MBEDGUARD_NO_ANALYSIS
{
    size_t used;

    if (mbedguard_memory_count_locked(lane, bytes))
        return;
    /* Its own credit cannot be too small for what comes now. */
    lane->credit = lane->used + (intptr_t) bytes;
    (void) mbedguard_memory_count_locked(lane, bytes);
    used = mbedguard_memory_in_use();
    if (used > mbedguard_memory.used_peak)
        mbedguard_memory.used_peak = used;
    share_out(mbedguard_memory.used_peak - used);
}

void mbedguard_memory_count_from_here(void)
{
    mbedguard_memory.used_peak = mbedguard_memory_in_use();
    share_out(0);
}
