/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * How the buffer is cut up: blocks that lie one behind the other without a gap, each a header and what
 * it holds. Blocks are told by an index, in units from the first one, which fits 32 bits.
 */
#ifndef MBEDGUARD_MODULES_MEMORY_BLOCK_H
#define MBEDGUARD_MODULES_MEMORY_BLOCK_H

#include <stddef.h>
#include <stdint.h>

#include <mbedguard/memory_buffer_alloc.h>

/*
 * What lies in front of the bytes of a block. `mark` is the business of whoever has the block to itself;
 * neighbours, who cut and join under the lock of the bins, look at the other two, which are written
 * under that lock alone.
 */
typedef struct mbedguard_memory_block {
    uint32_t units; /* of the block, header included */
    uint32_t
        before; /* of the block in front of it, 0: this is the first; and whether this one is free */
    uintptr_t
        mark; /* what it is, mixed with where it is and how long: an overflow changes units first */
} mbedguard_memory_block;

/* Of `before`: the block is in a bin. */
#define MBEDGUARD_MEMORY_IS_FREE 0x80000000u
#define MBEDGUARD_MEMORY_MOST    0x7FFFFFFFu

/* In a block that nobody uses, its place in a list. */
typedef struct mbedguard_memory_links {
    uint32_t next;
    uint32_t previous;
} mbedguard_memory_links;

#define MBEDGUARD_MEMORY_NIL UINT32_MAX

#if defined(MBEDTLS_MEMORY_ALIGN_MULTIPLE)
#define MBEDGUARD_MEMORY_MULTIPLE MBEDTLS_MEMORY_ALIGN_MULTIPLE
#else
#define MBEDGUARD_MEMORY_MULTIPLE 1
#endif

/* A block is some units long, and its bytes begin at a multiple of one. */
#define MBEDGUARD_MEMORY_UNIT                                                                      \
    ((size_t) (_Alignof(max_align_t) > MBEDGUARD_MEMORY_MULTIPLE ? _Alignof(max_align_t)           \
                                                                 : MBEDGUARD_MEMORY_MULTIPLE))
#define MBEDGUARD_MEMORY_HEADER sizeof(mbedguard_memory_block)
#define MBEDGUARD_MEMORY_LEAST                                                                     \
    ((uint32_t) ((MBEDGUARD_MEMORY_HEADER + sizeof(mbedguard_memory_links) +                       \
                  MBEDGUARD_MEMORY_UNIT - 1) /                                                     \
                 MBEDGUARD_MEMORY_UNIT))

_Static_assert((MBEDGUARD_MEMORY_UNIT & (MBEDGUARD_MEMORY_UNIT - 1)) == 0, "a power of two");
_Static_assert(MBEDGUARD_MEMORY_HEADER % _Alignof(mbedguard_memory_block) == 0 &&
                   MBEDGUARD_MEMORY_UNIT >= _Alignof(mbedguard_memory_block),
               "headers are aligned");

/* What a block is. Numbers that a program's data will not be by chance. */
typedef enum mbedguard_memory_state {
    MBEDGUARD_MEMORY_DAMAGED = 0,
    MBEDGUARD_MEMORY_USED = 0x5AFE1,
    MBEDGUARD_MEMORY_CACHED = 0xCAC4E2, /* in a lane, for its neighbours as if it were used */
    MBEDGUARD_MEMORY_FREE = 0xF4EE3,    /* in a bin */
    MBEDGUARD_MEMORY_JOINED = 0x1014ED4 /* no block any more: part of what was in front of it */
} mbedguard_memory_state;

#define MBEDGUARD_MEMORY_MIX_INDEX ((uintptr_t) 0x9E3779B97F4A7C15u)
#define MBEDGUARD_MEMORY_MIX_UNITS ((uintptr_t) 0xD1B54A32D192ED03u)

static inline uintptr_t mbedguard_memory_mark(uintptr_t key, uint32_t index, uint32_t units,
                                              mbedguard_memory_state state)
{
    return key ^ (index * MBEDGUARD_MEMORY_MIX_INDEX) ^
           (units * MBEDGUARD_MEMORY_MIX_UNITS + (uintptr_t) state);
}

static inline size_t mbedguard_memory_bytes(uint32_t units)
{
    return units * MBEDGUARD_MEMORY_UNIT - MBEDGUARD_MEMORY_HEADER;
}

#endif /* MBEDGUARD_MODULES_MEMORY_BLOCK_H */
