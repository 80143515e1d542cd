/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Lanes: what keeps threads from meeting. Small blocks that are given back stay here, by length, and are
 * the first to be taken again. A thread has the lane of its number, and leaves nothing when it ends.
 *
 * How much is in use, and the most that ever was, is known exactly and without a number that all threads
 * write. Each lane has a credit; as long as none is used up, the sum cannot be more than the peak that is
 * known, since all credits together are no more than that. Who has none left asks everybody: then the sum
 * is known, and what is left of the peak is shared out again.
 */
#ifndef MBEDGUARD_MODULES_MEMORY_LANES_H
#define MBEDGUARD_MODULES_MEMORY_LANES_H

#include "core/number.h"
#include "modules/memory_buffer_alloc/heap.h"

static inline mbedguard_memory_lane *mbedguard_memory_lane_here(void)
{
    return &mbedguard_memory.lanes[mbedguard_thread_number() % MBEDGUARD_MEMORY_LANES];
}

/* The list was written over after it was freed: the rest of it is given up. */
void mbedguard_memory_lane_lose_locked(mbedguard_memory_lane *lane, uint32_t units,
                                       mbedguard_memory_finding *finding)
    MBEDGUARD_REQUIRES(lane->lock);

/* A block of exactly so many units, or NIL. */
static inline uint32_t mbedguard_memory_lane_take_locked(mbedguard_memory_lane *lane,
                                                         uint32_t units,
                                                         mbedguard_memory_finding *finding)
    MBEDGUARD_REQUIRES(lane->lock);

static inline uint32_t mbedguard_memory_lane_take_locked(mbedguard_memory_lane *lane,
                                                         uint32_t units,
                                                         mbedguard_memory_finding *finding)
{
    uint32_t index;

    if (units >= MBEDGUARD_MEMORY_CLASSES || lane->first[units] == MBEDGUARD_MEMORY_NIL)
        return MBEDGUARD_MEMORY_NIL;
    index = lane->first[units];
    if (index >= mbedguard_memory.units || mbedguard_memory_block_at(index)->units != units ||
        !mbedguard_memory_is(index, MBEDGUARD_MEMORY_CACHED)) {
        mbedguard_memory_lane_lose_locked(lane, units, finding);
        return MBEDGUARD_MEMORY_NIL;
    }
    lane->first[units] = mbedguard_memory_links_of(index)->next;
    lane->count[units]--;
    lane->cached -= units;
    return index;
}

/* Whether it found place there. */
static inline bool mbedguard_memory_lane_put_locked(mbedguard_memory_lane *lane, uint32_t index)
    MBEDGUARD_REQUIRES(lane->lock);

static inline bool mbedguard_memory_lane_put_locked(mbedguard_memory_lane *lane, uint32_t index)
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

/* Everything in it goes back to the bins. */
void mbedguard_memory_lane_flush_locked(mbedguard_memory_lane *lane,
                                        mbedguard_memory_finding *finding)
    MBEDGUARD_REQUIRES(lane->lock) MBEDGUARD_REQUIRES(mbedguard_memory.bins_lock);
void mbedguard_memory_lane_begin_locked(mbedguard_memory_lane *lane) MBEDGUARD_REQUIRES(lane->lock);

/* ---- What is in use --------------------------------------------------------------------------- */

/* Counts a block that is taken; false, and nothing is counted, if all have to be asked first. */
static inline bool mbedguard_memory_count_locked(mbedguard_memory_lane *lane, size_t bytes)
    MBEDGUARD_REQUIRES(lane->lock);

static inline bool mbedguard_memory_count_locked(mbedguard_memory_lane *lane, size_t bytes)
{
    const intptr_t used = lane->used + (intptr_t) bytes;

    if (used > lane->credit)
        return false;
    lane->used = used;
    lane->allocs++;
    if (used > lane->peak)
        lane->peak = used;
    return true;
}

/* With everything locked. */
void mbedguard_memory_count_all(mbedguard_memory_lane *lane, size_t bytes);
size_t mbedguard_memory_in_use(void);
/* The peak is what is in use now. */
void mbedguard_memory_count_from_here(void);

#endif /* MBEDGUARD_MODULES_MEMORY_LANES_H */
