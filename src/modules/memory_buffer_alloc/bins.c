/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Free blocks, in bins by length: to find one, and to put one back joined with its neighbours, takes the
 * same few steps however many there are. Only where no longer block is left, all of one bin are looked at.
 */
#include "core/atomic.h"
#include "modules/memory_buffer_alloc/heap.h"

#define NIL MBEDGUARD_MEMORY_NIL

/* How many of the bin with blocks of nearly the right length are tried before longer ones. */
#define TRIES 8u

/* Bits are numbered from 0; the word is not 0. */
static unsigned highest_bit(uint32_t word)
{
#if defined(__GNUC__) && !defined(MBEDGUARD_PLAIN_C11)
    return 31u - (unsigned) __builtin_clz(word);
#else
    unsigned bit = 0;

    while ((word >>= 1) != 0)
        bit++;
    return bit;
#endif
}

static unsigned lowest_bit(uint32_t word)
{
    return highest_bit(word & (~word + 1u));
}

uint32_t mbedguard_memory_bin_of(uint32_t units)
{
    unsigned high;

    if (units < 8)
        return units;
    high = highest_bit(units);
    return (uint32_t) ((high - 2) * 8 + ((units >> (high - 3)) & 7u));
}

mbedguard_memory_state mbedguard_memory_state_of(uint32_t index)
{
    static const mbedguard_memory_state states[] = {MBEDGUARD_MEMORY_USED, MBEDGUARD_MEMORY_FREE,
                                                    MBEDGUARD_MEMORY_CACHED,
                                                    MBEDGUARD_MEMORY_JOINED};
    unsigned i;

    for (i = 0; i < sizeof(states) / sizeof(*states); i++) {
        if (mbedguard_memory_is(index, states[i]))
            return states[i];
    }
    return MBEDGUARD_MEMORY_DAMAGED;
}

static bool is_free(uint32_t index)
{
    return index < mbedguard_memory.units && mbedguard_memory_is(index, MBEDGUARD_MEMORY_FREE);
}

static void set_units(uint32_t index, uint32_t units)
{
    /* An exchange: race detectors do not tell an atomic store from another (core/atomic.h). */
    mbedguard_store(&mbedguard_memory_block_at(index)->units, units);
}

/* The same; here, where blocks are joined, others may look that free what they do not own. */
static void become(uint32_t index, mbedguard_memory_state state)
{
    mbedguard_memory_block *block = mbedguard_memory_block_at(index);

    MBEDGUARD_ATOMIC_STORE(
        uintptr_t, &block->mark,
        mbedguard_memory_mark(mbedguard_memory.key, index, block->units, state));
}

/* ---- Lists ------------------------------------------------------------------------------------ */

static void insert_locked(uint32_t index) MBEDGUARD_REQUIRES(mbedguard_memory.bins_lock);

static void insert_locked(uint32_t index)
{
    uint32_t bin = mbedguard_memory_bin_of(mbedguard_memory_block_at(index)->units);
    mbedguard_memory_links *links = mbedguard_memory_links_of(index);

    become(index, MBEDGUARD_MEMORY_FREE);
    mbedguard_memory_block_at(index)->before |= MBEDGUARD_MEMORY_IS_FREE;
    links->previous = NIL;
    links->next = mbedguard_memory.bin[bin];
    if (links->next != NIL)
        mbedguard_memory_links_of(links->next)->previous = index;
    mbedguard_memory.bin[bin] = index;
    mbedguard_memory.map[bin / 32] |= UINT32_C(1) << (bin % 32);
}

/* What a use after free wrote over cannot be followed: the rest of the list is given up. */
static void give_up_locked(uint32_t bin, uint32_t index, mbedguard_memory_finding *finding)
    MBEDGUARD_REQUIRES(mbedguard_memory.bins_lock);

static void give_up_locked(uint32_t bin, uint32_t index, mbedguard_memory_finding *finding)
{
    mbedguard_memory.bin[bin] = NIL;
    mbedguard_memory.map[bin / 32] &= ~(UINT32_C(1) << (bin % 32));
    mbedguard_memory_find(finding, MBEDGUARD_MEMORY_FAULT_DAMAGED,
                          index < mbedguard_memory.units ? mbedguard_memory_object(index) : NULL);
}

/* The block is free; false if its list is damaged. */
static bool remove_locked(uint32_t index, mbedguard_memory_finding *finding)
    MBEDGUARD_REQUIRES(mbedguard_memory.bins_lock);

static bool remove_locked(uint32_t index, mbedguard_memory_finding *finding)
{
    uint32_t bin = mbedguard_memory_bin_of(mbedguard_memory_block_at(index)->units);
    mbedguard_memory_links links = *mbedguard_memory_links_of(index);
    bool is_first = mbedguard_memory.bin[bin] == index;

    if (is_first != (links.previous == NIL) ||
        (!is_first &&
         (!is_free(links.previous) || mbedguard_memory_links_of(links.previous)->next != index)) ||
        (links.next != NIL &&
         (!is_free(links.next) || mbedguard_memory_links_of(links.next)->previous != index))) {
        give_up_locked(bin, index, finding);
        return false;
    }
    if (links.next != NIL)
        mbedguard_memory_links_of(links.next)->previous = links.previous;
    if (!is_first)
        mbedguard_memory_links_of(links.previous)->next = links.next;
    else
        mbedguard_memory.bin[bin] = links.next;
    if (mbedguard_memory.bin[bin] == NIL)
        mbedguard_memory.map[bin / 32] &= ~(UINT32_C(1) << (bin % 32));
    mbedguard_memory_block_at(index)->before &= ~MBEDGUARD_MEMORY_IS_FREE;
    return true;
}

/* ---- Taking ----------------------------------------------------------------------------------- */

/* One of the first `tries` blocks of a bin that is long enough, or NIL. */
static uint32_t search_locked(uint32_t bin, uint32_t units, uint32_t tries,
                              mbedguard_memory_finding *finding)
    MBEDGUARD_REQUIRES(mbedguard_memory.bins_lock);

static uint32_t search_locked(uint32_t bin, uint32_t units, uint32_t tries,
                              mbedguard_memory_finding *finding)
{
    uint32_t index = mbedguard_memory.bin[bin];

    for (; index != NIL && tries > 0; tries--) {
        /* Of one unit each at least, so that a circle is no circle without end. */
        if (!is_free(index)) {
            give_up_locked(bin, index, finding);
            return NIL;
        }
        if (mbedguard_memory_block_at(index)->units >= units)
            return index;
        index = mbedguard_memory_links_of(index)->next;
    }
    return NIL;
}

/* The first bin from this one on that is not empty, or the number of bins. */
static uint32_t next_bin_locked(uint32_t bin) MBEDGUARD_REQUIRES(mbedguard_memory.bins_lock);

static uint32_t next_bin_locked(uint32_t bin)
{
    uint32_t word = bin / 32;
    uint32_t map;

    if (bin >= MBEDGUARD_MEMORY_BINS)
        return MBEDGUARD_MEMORY_BINS;
    map = mbedguard_memory.map[word] & (UINT32_MAX << (bin % 32));
    while (map == 0) {
        if (++word == MBEDGUARD_MEMORY_MAPS)
            return MBEDGUARD_MEMORY_BINS;
        map = mbedguard_memory.map[word];
    }
    return word * 32 + lowest_bit(map);
}

static uint32_t find_locked(uint32_t units, mbedguard_memory_finding *finding)
    MBEDGUARD_REQUIRES(mbedguard_memory.bins_lock);

static uint32_t find_locked(uint32_t units, mbedguard_memory_finding *finding)
{
    const uint32_t own = mbedguard_memory_bin_of(units);
    uint32_t index = search_locked(own, units, TRIES, finding);
    uint32_t bin = own;

    /* Each block of a later bin is long enough. */
    while (index == NIL && (bin = next_bin_locked(bin + 1)) < MBEDGUARD_MEMORY_BINS)
        index = search_locked(bin, units, 1, finding);
    if (index == NIL)
        index = search_locked(own, units, mbedguard_memory.units, finding);
    return index;
}

/* Tells the block behind, if there is one, how long the one in front of it is. */
static void tell_next_locked(uint32_t index) MBEDGUARD_REQUIRES(mbedguard_memory.bins_lock);

static void tell_next_locked(uint32_t index)
{
    uint32_t units = mbedguard_memory_block_at(index)->units;
    mbedguard_memory_block *next;

    if (units >= mbedguard_memory.units - index)
        return;
    next = mbedguard_memory_block_at(index + units);
    next->before = units | (next->before & MBEDGUARD_MEMORY_IS_FREE);
}

static void cut_locked(uint32_t index, uint32_t units)
    MBEDGUARD_REQUIRES(mbedguard_memory.bins_lock);

static void cut_locked(uint32_t index, uint32_t units)
{
    uint32_t rest = mbedguard_memory_block_at(index)->units - units;

    if (rest < MBEDGUARD_MEMORY_LEAST)
        return;
    set_units(index, units);
    set_units(index + units, rest);
    mbedguard_memory_block_at(index + units)->before = 0;
    tell_next_locked(index);
    tell_next_locked(index + units);
    insert_locked(index + units);
    if (++mbedguard_memory.blocks > mbedguard_memory.blocks_peak)
        mbedguard_memory.blocks_peak = mbedguard_memory.blocks;
}

uint32_t mbedguard_memory_bins_take_locked(uint32_t units, mbedguard_memory_finding *finding)
{
    uint32_t index = find_locked(units, finding);

    if (index == NIL || !remove_locked(index, finding))
        return NIL;
    cut_locked(index, units);
    become(index, MBEDGUARD_MEMORY_CACHED);
    return index;
}

/* ---- Putting back ----------------------------------------------------------------------------- */

/* The block behind, if it can be joined; NIL otherwise. */
static uint32_t free_behind_locked(uint32_t index, mbedguard_memory_finding *finding)
    MBEDGUARD_REQUIRES(mbedguard_memory.bins_lock);

static uint32_t free_behind_locked(uint32_t index, mbedguard_memory_finding *finding)
{
    uint32_t units = mbedguard_memory_block_at(index)->units;
    uint32_t next = index + units;
    uint32_t before;

    if (units >= mbedguard_memory.units - index)
        return NIL;
    before = mbedguard_memory_block_at(next)->before;
    if (before == units)
        return NIL;
    if (before != (units | MBEDGUARD_MEMORY_IS_FREE) || !is_free(next)) {
        mbedguard_memory_find(finding, MBEDGUARD_MEMORY_FAULT_DAMAGED,
                              mbedguard_memory_object(next));
        return NIL;
    }
    return next;
}

static uint32_t free_in_front_locked(uint32_t index, mbedguard_memory_finding *finding)
    MBEDGUARD_REQUIRES(mbedguard_memory.bins_lock);

static uint32_t free_in_front_locked(uint32_t index, mbedguard_memory_finding *finding)
{
    uint32_t before = mbedguard_memory_block_at(index)->before;
    uint32_t previous = index - before;
    bool can_be = before >= MBEDGUARD_MEMORY_LEAST && before <= index;

    if (index == 0)
        return NIL;
    if (can_be && mbedguard_memory_block_at(previous)->units == before) {
        if ((mbedguard_memory_block_at(previous)->before & MBEDGUARD_MEMORY_IS_FREE) == 0)
            return NIL;
        if (is_free(previous))
            return previous;
    }
    mbedguard_memory_find(finding, MBEDGUARD_MEMORY_FAULT_DAMAGED, mbedguard_memory_object(index));
    return NIL;
}

/* The second of two neighbours becomes part of the first. */
static void join_locked(uint32_t first, uint32_t second)
    MBEDGUARD_REQUIRES(mbedguard_memory.bins_lock);

static void join_locked(uint32_t first, uint32_t second)
{
    uint32_t units = mbedguard_memory_block_at(second)->units;

    set_units(first, mbedguard_memory_block_at(first)->units + units);
    set_units(second, 0);
    /* Who frees it once more is told so. */
    become(second, MBEDGUARD_MEMORY_JOINED);
    mbedguard_memory.blocks--;
}

void mbedguard_memory_bins_put_locked(uint32_t index, mbedguard_memory_finding *finding)
{
    uint32_t next = free_behind_locked(index, finding);
    uint32_t previous = free_in_front_locked(index, finding);

    if (next != NIL && remove_locked(next, finding))
        join_locked(index, next);
    if (previous != NIL && remove_locked(previous, finding)) {
        join_locked(previous, index);
        index = previous;
    }
    tell_next_locked(index);
    insert_locked(index);
}

void mbedguard_memory_bins_begin_locked(void)
{
    uint32_t i;

    for (i = 0; i < MBEDGUARD_MEMORY_BINS; i++)
        mbedguard_memory.bin[i] = NIL;
    for (i = 0; i < MBEDGUARD_MEMORY_MAPS; i++)
        mbedguard_memory.map[i] = 0;
    mbedguard_memory_block_at(0)->before = 0;
    set_units(0, mbedguard_memory.units);
    mbedguard_memory.blocks = 1;
    mbedguard_memory.blocks_peak = 1;
    insert_locked(0);
}
