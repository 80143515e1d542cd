/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * calloc and free. A call holds the lock of its lane from beginning to end, also while it clears and wipes,
 * so that whoever holds all lanes knows that nobody is inside. The common ones take no other lock.
 */
#include <string.h>

#include <mbedtls/platform_util.h>

#include "core/atomic.h"
#include "modules/memory_buffer_alloc/lanes.h"

#define NIL MBEDGUARD_MEMORY_NIL

static bool can_lock(void)
{
    return mbedguard_load(&mbedguard_memory.made) != 0;
}

/* The units of a block for so much; 0 if there is no such block. */
static uint32_t units_for(size_t count, size_t size)
{
    const size_t around = MBEDGUARD_MEMORY_HEADER + MBEDGUARD_MEMORY_UNIT - 1;
    size_t units;

    if (count == 0 || size == 0 || count > SIZE_MAX / size || count * size > SIZE_MAX - around)
        return 0;
    units = (count * size + around) / MBEDGUARD_MEMORY_UNIT;
    if (units > MBEDGUARD_MEMORY_MOST)
        return 0;
    return units < MBEDGUARD_MEMORY_LEAST ? MBEDGUARD_MEMORY_LEAST : (uint32_t) units;
}

/* All of it: what is behind the bytes that were asked for may be left from a list. */
static void *hand_out(uint32_t index)
{
    void *object = mbedguard_memory_object(index);

    memset(object, 0, mbedguard_memory_bytes(mbedguard_memory_block_at(index)->units));
    mbedguard_memory_become(index, MBEDGUARD_MEMORY_USED);
    return object;
}

static uint32_t take_from_bins(uint32_t units, mbedguard_memory_finding *finding)
{
    uint32_t index;

    if (mbedguard_memory_acquire(&mbedguard_memory.bins_lock) != 0)
        return NIL;
    index = mbedguard_memory_bins_take_locked(units, finding);
    mbedguard_memory_release(&mbedguard_memory.bins_lock);
    return index;
}

/* Back to the lane, or with all that is there to the bins, where it came from. */
static void put_locked(mbedguard_memory_lane *lane, uint32_t index,
                       mbedguard_memory_finding *finding) MBEDGUARD_REQUIRES(lane->lock);

static void put_locked(mbedguard_memory_lane *lane, uint32_t index,
                       mbedguard_memory_finding *finding)
{
    if (mbedguard_memory_lane_put_locked(lane, index))
        return;
    if (mbedguard_memory_acquire_stubborn(&mbedguard_memory.bins_lock) != 0) {
        mbedguard_memory_find(finding, MBEDGUARD_MEMORY_FAULT_LOCK, mbedguard_memory_object(index));
        return;
    }
    if (mbedguard_memory_block_at(index)->units < MBEDGUARD_MEMORY_CLASSES)
        mbedguard_memory_lane_flush_locked(lane, finding);
    mbedguard_memory_bins_put_locked(index, finding);
    mbedguard_memory_release(&mbedguard_memory.bins_lock);
}

/* NULL: there may be some elsewhere, or all lanes have to be asked. */
static void *allocate_locked(mbedguard_memory_lane *lane, uint32_t units,
                             mbedguard_memory_finding *finding) MBEDGUARD_REQUIRES(lane->lock);

static void *allocate_locked(mbedguard_memory_lane *lane, uint32_t units,
                             mbedguard_memory_finding *finding)
{
    uint32_t index;

    if (mbedguard_memory.base == NULL || units > mbedguard_memory.units ||
        (mbedguard_memory.verify & MBEDGUARD_MEMORY_VERIFY_ALLOC) != 0)
        return NULL;
    index = mbedguard_memory_lane_take_locked(lane, units, finding);
    if (index == NIL)
        index = take_from_bins(units, finding);
    if (index == NIL)
        return NULL;
    if (!mbedguard_memory_count_locked(
            lane, mbedguard_memory_bytes(mbedguard_memory_block_at(index)->units))) {
        put_locked(lane, index, finding);
        return NULL;
    }
    return hand_out(index);
}

/* With everything locked: what all lanes have is there for whoever needs it. */
static void *allocate_of_all(mbedguard_memory_lane *lane, uint32_t units,
                             mbedguard_memory_finding *finding) MBEDGUARD_NO_ANALYSIS
{
    uint32_t index;
    unsigned i;

    if ((mbedguard_memory.verify & MBEDGUARD_MEMORY_VERIFY_ALLOC) != 0 &&
        mbedguard_memory_check(finding) != 0)
        return NULL;
    index = mbedguard_memory_lane_take_locked(lane, units, finding);
    if (index == NIL)
        index = mbedguard_memory_bins_take_locked(units, finding);
    if (index == NIL) {
        for (i = 0; i < MBEDGUARD_MEMORY_LANES; i++)
            mbedguard_memory_lane_flush_locked(&mbedguard_memory.lanes[i], finding);
        index = mbedguard_memory_bins_take_locked(units, finding);
    }
    if (index == NIL)
        return NULL;
    mbedguard_memory_count_all(lane,
                               mbedguard_memory_bytes(mbedguard_memory_block_at(index)->units));
    return hand_out(index);
}

static void *allocate(uint32_t units, mbedguard_memory_finding *finding)
{
    mbedguard_memory_lane *lane = mbedguard_memory_lane_here();
    void *object;

    if (mbedguard_memory_acquire(&lane->lock) != 0)
        return NULL;
    object = allocate_locked(lane, units, finding);
    mbedguard_memory_release(&lane->lock);
    if (object != NULL || mbedguard_memory_open_all() != 0)
        return object;
    object = units <= mbedguard_memory.units ? allocate_of_all(lane, units, finding) : NULL;
    mbedguard_memory_unlock_all();
    return object;
}

void *mbedguard_memory_buffer_calloc(size_t count, size_t size)
{
    mbedguard_memory_finding finding = {MBEDGUARD_MEMORY_FAULT_NONE, NULL};
    const uint32_t units = units_for(count, size);
    mbedguard_memory_visitor self;
    void *object;

    if (units == 0 || !can_lock())
        return NULL;
    self = mbedguard_memory_come_in();
    object = allocate(units, &finding);
    mbedguard_memory_go_out(self);
    mbedguard_memory_tell(&finding);
    return object;
}

/* ---- Giving back ------------------------------------------------------------------------------ */

/* The block of an object, or NIL where no block can begin. */
static uint32_t index_of(const void *object)
{
    const uintptr_t first = (uintptr_t) mbedguard_memory.base + MBEDGUARD_MEMORY_HEADER;
    const uintptr_t at = (uintptr_t) object;

    if (at < first || (at - first) % MBEDGUARD_MEMORY_UNIT != 0 ||
        (at - first) / MBEDGUARD_MEMORY_UNIT >= mbedguard_memory.units)
        return NIL;
    return (uint32_t) ((at - first) / MBEDGUARD_MEMORY_UNIT);
}

/* Makes a used block one of this call's, whoever else frees it. */
static mbedguard_memory_fault claim(uint32_t index)
{
    mbedguard_memory_block *block;
    uintptr_t used;
    uint32_t units;

    if (index == NIL)
        return MBEDGUARD_MEMORY_FAULT_FOREIGN;
    block = mbedguard_memory_block_at(index);
    units = MBEDGUARD_ATOMIC_LOAD_RELAXED(uint32_t, &block->units);
    used = mbedguard_memory_mark(mbedguard_memory.key, index, units, MBEDGUARD_MEMORY_USED);
    if (MBEDGUARD_ATOMIC_REPLACE(
            uintptr_t, &block->mark, &used,
            mbedguard_memory_mark(mbedguard_memory.key, index, units, MBEDGUARD_MEMORY_CACHED)))
        return MBEDGUARD_MEMORY_FAULT_NONE;
    return mbedguard_memory_state_of(index) != MBEDGUARD_MEMORY_DAMAGED
               ? MBEDGUARD_MEMORY_FAULT_FREED_TWICE
               : MBEDGUARD_MEMORY_FAULT_DAMAGED;
}

static void give_back_locked(mbedguard_memory_lane *lane, void *object,
                             mbedguard_memory_finding *finding) MBEDGUARD_REQUIRES(lane->lock);

static void give_back_locked(mbedguard_memory_lane *lane, void *object,
                             mbedguard_memory_finding *finding)
{
    uint32_t index;
    mbedguard_memory_fault fault;
    size_t bytes;

    if (mbedguard_memory.base == NULL) {
        mbedguard_memory_find(finding, MBEDGUARD_MEMORY_FAULT_NO_BUFFER, object);
        return;
    }
    index = index_of(object);
    fault = claim(index);
    if (fault != MBEDGUARD_MEMORY_FAULT_NONE) {
        mbedguard_memory_find(finding, fault, object);
        return;
    }
    bytes = mbedguard_memory_bytes(mbedguard_memory_block_at(index)->units);
    mbedtls_platform_zeroize(object, bytes);
    lane->used -= (intptr_t) bytes;
    lane->frees++;
    put_locked(lane, index, finding);
}

/* Looks at everything first, and leaves a damaged buffer as it is. */
static bool is_damaged(mbedguard_memory_finding *finding)
{
    int damaged;

    if (mbedguard_memory_open_all() != 0)
        return false;
    damaged = (mbedguard_memory.verify & MBEDGUARD_MEMORY_VERIFY_FREE) != 0
                  ? mbedguard_memory_check(finding)
                  : 0;
    mbedguard_memory_unlock_all();
    return damaged != 0;
}

static void give_back(void *object, mbedguard_memory_finding *finding)
{
    mbedguard_memory_lane *lane = mbedguard_memory_lane_here();

    if (mbedguard_memory_acquire_stubborn(&lane->lock) != 0) {
        mbedguard_memory_find(finding, MBEDGUARD_MEMORY_FAULT_LOCK, object);
        return;
    }
    if ((mbedguard_memory.verify & MBEDGUARD_MEMORY_VERIFY_FREE) != 0) {
        mbedguard_memory_release(&lane->lock);
        if (is_damaged(finding))
            return;
        if (mbedguard_memory_acquire_stubborn(&lane->lock) != 0) {
            mbedguard_memory_find(finding, MBEDGUARD_MEMORY_FAULT_LOCK, object);
            return;
        }
    }
    give_back_locked(lane, object, finding);
    mbedguard_memory_release(&lane->lock);
}

void mbedguard_memory_buffer_free(void *object)
{
    mbedguard_memory_finding finding = {MBEDGUARD_MEMORY_FAULT_NONE, NULL};
    mbedguard_memory_visitor self;

    if (object == NULL)
        return;
    if (!can_lock()) {
        mbedguard_memory_find(&finding, MBEDGUARD_MEMORY_FAULT_NO_BUFFER, object);
    } else {
        self = mbedguard_memory_come_in();
        give_back(object, &finding);
        mbedguard_memory_go_out(self);
    }
    mbedguard_memory_tell(&finding);
}
