/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The one buffer of the process. A call takes the lock of its thread's lane, and holds it to its end; in
 * the lane are small blocks of which it may take one, or where it may leave one. Bins have all other
 * blocks that are free; their lock is taken inside, for the moment. Who needs to know everything takes
 * the lanes in the order in which they stand, then the bins.
 *
 * All of this is of a fixed size, and no part of it is in the buffer, where a program's overflow would
 * reach it.
 */
#ifndef MBEDGUARD_MODULES_MEMORY_HEAP_H
#define MBEDGUARD_MODULES_MEMORY_HEAP_H

#include <stdbool.h>

#include "core/annotate.h"
#include "core/atomic.h"
#include "modules/memory_buffer_alloc/block.h"
#include "modules/memory_buffer_alloc/lock.h"

/* As many threads as may allocate without meeting. */
#define MBEDGUARD_MEMORY_LANES 16u
/* Blocks of fewer units than this are kept in lanes, and so many of one length at most. */
#define MBEDGUARD_MEMORY_CLASSES   40u
#define MBEDGUARD_MEMORY_CLASS_MAX 64u
/* A lane has the buffer's size divided by this at most. */
#define MBEDGUARD_MEMORY_CACHE_PART 128u

/* 8 of one unit each, then 8 for each power of two. */
#define MBEDGUARD_MEMORY_BINS 240u
#define MBEDGUARD_MEMORY_MAPS ((MBEDGUARD_MEMORY_BINS + 31) / 32)

typedef struct mbedguard_memory_lane {
    _Alignas(64) mbedguard_memory_lock lock;
    uint32_t cached; /* units in the lists */
    uint16_t count[MBEDGUARD_MEMORY_CLASSES];
    uint32_t first[MBEDGUARD_MEMORY_CLASSES];
    /* Bytes that calls here took, less those that calls here gave back; the sum of all is in use. */
    intptr_t used;
    intptr_t
        credit;    /* used may be as much: the sum of all credits is no more than the known peak */
    intptr_t peak; /* of used, since credits were last shared out */
    size_t allocs;
    size_t allocs_shared; /* when credits were last shared out */
    size_t frees;
} mbedguard_memory_lane;

typedef struct mbedguard_memory_heap {
    /* Written with everything locked, read under the lock of any lane. */
    unsigned char *base; /* where the first block begins; NULL: there is no buffer */
    uint32_t units;      /* of all blocks */
    uint32_t cache_units;
    uintptr_t key;
    int verify;
    size_t used_peak; /* the most that was in use at any time */
    uint32_t made;    /* the locks can be used: atomic */

    mbedguard_memory_lane lanes[MBEDGUARD_MEMORY_LANES];

    _Alignas(64) mbedguard_memory_lock bins_lock;
    /* Everything below is protected by it. */
    uint32_t map[MBEDGUARD_MEMORY_MAPS]; /* bins that are not empty */
    uint32_t bin[MBEDGUARD_MEMORY_BINS];
    size_t blocks;
    size_t blocks_peak;
} mbedguard_memory_heap;

extern mbedguard_memory_heap mbedguard_memory;

/* What is to be told to the handler when all locks are gone; the first finding stays. */
typedef struct mbedguard_memory_finding {
    mbedguard_memory_fault fault;
    const void *object;
} mbedguard_memory_finding;

void mbedguard_memory_find(mbedguard_memory_finding *finding, mbedguard_memory_fault fault,
                           const void *object);
/* No lock is held. */
void mbedguard_memory_tell(const mbedguard_memory_finding *finding);

static inline mbedguard_memory_block *mbedguard_memory_block_at(uint32_t index)
{
    return (mbedguard_memory_block *) (void *) (mbedguard_memory.base +
                                                index * MBEDGUARD_MEMORY_UNIT);
}

static inline void *mbedguard_memory_object(uint32_t index)
{
    return mbedguard_memory.base + index * MBEDGUARD_MEMORY_UNIT + MBEDGUARD_MEMORY_HEADER;
}

static inline mbedguard_memory_links *mbedguard_memory_links_of(uint32_t index)
{
    return mbedguard_memory_object(index);
}

static inline bool mbedguard_memory_is(uint32_t index, mbedguard_memory_state state)
{
    const mbedguard_memory_block *block = mbedguard_memory_block_at(index);
    const uint32_t units = MBEDGUARD_ATOMIC_LOAD_RELAXED(uint32_t, &block->units);

    return MBEDGUARD_ATOMIC_LOAD_RELAXED(uintptr_t, &block->mark) ==
           mbedguard_memory_mark(mbedguard_memory.key, index, units, state);
}

static inline void mbedguard_memory_become(uint32_t index, mbedguard_memory_state state)
{
    mbedguard_memory_block *block = mbedguard_memory_block_at(index);

    /* No other thread looks at it, but one that frees what it does not own. */
    MBEDGUARD_ATOMIC_STORE_RELAXED(
        uintptr_t, &block->mark,
        mbedguard_memory_mark(mbedguard_memory.key, index, block->units, state));
}

/* What a block is, as far as its header can be believed; the index is one of the buffer. */
mbedguard_memory_state mbedguard_memory_state_of(uint32_t index);

/* ---- Bins ------------------------------------------------------------------------------------ */

/* A block of at least so many units, cut to size, and CACHED; or NIL. */
uint32_t mbedguard_memory_bins_take_locked(uint32_t units, mbedguard_memory_finding *finding)
    MBEDGUARD_REQUIRES(mbedguard_memory.bins_lock);
/* Takes a CACHED block back, and joins it with its neighbours. */
void mbedguard_memory_bins_put_locked(uint32_t index, mbedguard_memory_finding *finding)
    MBEDGUARD_REQUIRES(mbedguard_memory.bins_lock);
/* One free block, which is all there is. */
void mbedguard_memory_bins_begin_locked(void) MBEDGUARD_REQUIRES(mbedguard_memory.bins_lock);
uint32_t mbedguard_memory_bin_of(uint32_t units);

/* ---- Everything ------------------------------------------------------------------------------- */

/* All lanes, then the bins: 0, or an error with nothing locked. */
int mbedguard_memory_lock_all(void);
void mbedguard_memory_unlock_all(void);
/* As above, but only while there is a buffer; within a call of the thread. */
int mbedguard_memory_open_all(void);
/* The same as a call of its own, which is ended by the other. */
int mbedguard_memory_open(mbedguard_memory_visitor *self);
void mbedguard_memory_close(mbedguard_memory_visitor self);

/* With everything locked: 0, or 1 and what is damaged. */
int mbedguard_memory_check(mbedguard_memory_finding *finding);

#endif /* MBEDGUARD_MODULES_MEMORY_HEAP_H */
