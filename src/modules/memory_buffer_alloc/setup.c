/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * From the buffer's beginning to its end, and what is asked about it meanwhile. All of these lock
 * everything, so they wait for the calls that are under way, and what they say was true at one moment.
 */
#include <mbedtls/platform.h>
#include <mbedtls/platform_util.h>

#include <mbedguard/platform.h>

#include "core/atomic.h"
#include "core/process.h"
#include "modules/memory_buffer_alloc/lanes.h"

#if defined(MBEDTLS_MEMORY_VERIFY_ALWAYS)
_Static_assert(MBEDGUARD_MEMORY_VERIFY_NONE == MBEDTLS_MEMORY_VERIFY_NONE &&
                   MBEDGUARD_MEMORY_VERIFY_ALLOC == MBEDTLS_MEMORY_VERIFY_ALLOC &&
                   MBEDGUARD_MEMORY_VERIFY_FREE == MBEDTLS_MEMORY_VERIFY_FREE,
               "what a program may have from Mbed TLS");
#endif

/* As platform.h has it: the functions can be set. */
#if defined(MBEDTLS_PLATFORM_MEMORY) &&                                                            \
    !(defined(MBEDTLS_PLATFORM_CALLOC_MACRO) && defined(MBEDTLS_PLATFORM_FREE_MACRO))
#define HAVE_PLATFORM_MEMORY 1
#endif

mbedguard_memory_heap mbedguard_memory;

/* Who begins and who ends take turns; what is protected is protected by the locks of the heap. */
static mbedguard_guard turn;
#define TURN (MBEDGUARD_EXCLUSIVE | MBEDGUARD_EVEN_BROKEN | MBEDGUARD_RANK_ALLOCATOR)
/* ---- Everything ------------------------------------------------------------------------------ */

int mbedguard_memory_lock_all(void) MBEDGUARD_NO_ANALYSIS
{
    unsigned i;
    int ret = 0;

    for (i = 0; i < MBEDGUARD_MEMORY_LANES; i++) {
        ret = mbedguard_memory_acquire(&mbedguard_memory.lanes[i].lock);
        if (ret != 0)
            break;
    }
    if (ret == 0)
        ret = mbedguard_memory_acquire(&mbedguard_memory.bins_lock);
    if (ret != 0) {
        while (i > 0)
            mbedguard_memory_release(&mbedguard_memory.lanes[--i].lock);
    }
    return ret;
}

void mbedguard_memory_unlock_all(void) MBEDGUARD_NO_ANALYSIS
{
    unsigned i;

    mbedguard_memory_release(&mbedguard_memory.bins_lock);
    for (i = MBEDGUARD_MEMORY_LANES; i > 0; i--)
        mbedguard_memory_release(&mbedguard_memory.lanes[i - 1].lock);
}

int mbedguard_memory_open_all(void)
{
    int ret;

    if (mbedguard_load(&mbedguard_memory.made) == 0)
        return MBEDGUARD_ERR_NOT_INITIALIZED;
    ret = mbedguard_memory_lock_all();
    if (ret == 0 && mbedguard_memory.base == NULL) {
        mbedguard_memory_unlock_all();
        ret = MBEDGUARD_ERR_NOT_INITIALIZED;
    }
    return ret;
}

int mbedguard_memory_open(mbedguard_memory_visitor *self)
{
    int ret;

    *self = mbedguard_memory_come_in();
    ret = mbedguard_memory_open_all();
    if (ret != 0)
        mbedguard_memory_go_out(*self);
    return ret;
}

void mbedguard_memory_close(mbedguard_memory_visitor self)
{
    mbedguard_memory_unlock_all();
    mbedguard_memory_go_out(self);
}

/* For a fork: a lock that fails has no way out there. */
static void lock_for_fork(void) MBEDGUARD_NO_ANALYSIS
{
    unsigned i;

    for (i = 0; i < MBEDGUARD_MEMORY_LANES; i++)
        (void) mbedguard_memory_acquire_stubborn(&mbedguard_memory.lanes[i].lock);
    (void) mbedguard_memory_acquire_stubborn(&mbedguard_memory.bins_lock);
}

static mbedguard_fork_locks fork_locks = {.lock = lock_for_fork,
                                          .unlock = mbedguard_memory_unlock_all};

/* Once in the life of the process: the locks stay for those who come late. */
static int make_locks(void)
{
    unsigned i;
    int ret = 0;

    if (mbedguard_load(&mbedguard_memory.made) != 0)
        return 0;
    for (i = 0; ret == 0 && i < MBEDGUARD_MEMORY_LANES; i++)
        ret = mbedguard_memory_make(&mbedguard_memory.lanes[i].lock);
    if (ret == 0)
        ret = mbedguard_memory_make(&mbedguard_memory.bins_lock);
    if (ret == 0)
        ret = mbedguard_fork_watch(&fork_locks);
    if (ret == 0)
        mbedguard_store(&mbedguard_memory.made, 1);
    return ret;
}

/* ---- Beginning and end ------------------------------------------------------------------------ */

/* Another one for each buffer, so that what an earlier one left is no block of this one. */
static uintptr_t next_key(void)
{
    static uintptr_t count;

    return ((uintptr_t) &mbedguard_memory ^ ++count) * MBEDGUARD_MEMORY_MIX_INDEX;
}

static void begin_locked(unsigned char *base, size_t units) MBEDGUARD_NO_ANALYSIS
{
    unsigned i;

    mbedguard_memory.base = base;
    mbedguard_memory.units = (uint32_t) units;
    mbedguard_memory.cache_units = (uint32_t) (units / MBEDGUARD_MEMORY_CACHE_PART);
    mbedguard_memory.key = next_key();
    mbedguard_memory.verify = MBEDGUARD_MEMORY_VERIFY_NONE;
    mbedguard_memory.used_peak = 0;
    for (i = 0; i < MBEDGUARD_MEMORY_LANES; i++)
        mbedguard_memory_lane_begin_locked(&mbedguard_memory.lanes[i]);
    mbedguard_memory_bins_begin_locked();
}

static int begin(unsigned char *base, size_t units)
{
    int ret = make_locks();

    if (ret == 0)
        ret = mbedguard_memory_lock_all();
    if (ret != 0)
        return ret;
    if (mbedguard_memory.base != NULL)
        ret = MBEDGUARD_ERR_IN_USE;
    else
        begin_locked(base, units);
    mbedguard_memory_unlock_all();
    return ret;
}

static int enter_turn(const char *where) MBEDGUARD_TRY_ACQUIRE(0, turn) MBEDGUARD_NO_ANALYSIS;
static int leave_turn(int ret) MBEDGUARD_RELEASE(turn) MBEDGUARD_NO_ANALYSIS;

static int enter_turn(const char *where)
{
    int ret = mbedguard_enter(&turn, TURN, where);

    if (ret == 0 && mbedguard_is_broken(&turn))
        mbedguard_make_whole(&turn);
    return ret;
}

static int leave_turn(int ret)
{
    const int left = mbedguard_leave(&turn, TURN);

    return ret != 0 ? ret : left;
}

int mbedguard_memory_buffer_alloc_init(unsigned char *buf, size_t len)
{
    const size_t gap =
        buf == NULL
            ? 0
            : (size_t) (-((uintptr_t) buf + MBEDGUARD_MEMORY_HEADER) & (MBEDGUARD_MEMORY_UNIT - 1));
    int ret;

    if (buf == NULL || len < gap || len - gap < MBEDGUARD_MEMORY_LEAST * MBEDGUARD_MEMORY_UNIT ||
        (len - gap) / MBEDGUARD_MEMORY_UNIT > MBEDGUARD_MEMORY_MOST)
        return MBEDGUARD_ERR_BAD_INPUT;
    ret = enter_turn(__func__);
    if (ret != 0)
        return ret;
    ret = leave_turn(begin(buf + gap, (len - gap) / MBEDGUARD_MEMORY_UNIT));
#if defined(HAVE_PLATFORM_MEMORY)
    if (ret == 0) {
        ret = mbedguard_platform_set_calloc_free(mbedguard_memory_buffer_calloc,
                                                 mbedguard_memory_buffer_free);
        if (ret != 0)
            (void) mbedguard_memory_buffer_alloc_free();
    }
#endif
    return ret;
}

int mbedguard_memory_buffer_alloc_free(void)
{
    int ret = enter_turn(__func__);

    if (ret != 0)
        return ret;
    ret = mbedguard_memory_open_all();
    if (ret == 0) {
        mbedtls_platform_zeroize(mbedguard_memory.base,
                                 mbedguard_memory.units * MBEDGUARD_MEMORY_UNIT);
        mbedguard_memory.base = NULL;
        mbedguard_memory.units = 0;
        mbedguard_memory_unlock_all();
    } else if (ret == MBEDGUARD_ERR_NOT_INITIALIZED) {
        ret = 0;
    }
    return leave_turn(ret);
}

/* ---- Questions -------------------------------------------------------------------------------- */

int mbedguard_memory_buffer_set_verify(int verify)
{
    mbedguard_memory_visitor self;
    int ret;

    if ((verify & ~MBEDGUARD_MEMORY_VERIFY_ALWAYS) != 0)
        return MBEDGUARD_ERR_BAD_INPUT;
    ret = mbedguard_memory_open(&self);
    if (ret != 0)
        return ret;
    mbedguard_memory.verify = verify;
    mbedguard_memory_close(self);
    return 0;
}

int mbedguard_memory_buffer_alloc_verify(void)
{
    mbedguard_memory_finding finding = {MBEDGUARD_MEMORY_FAULT_NONE, NULL};
    mbedguard_memory_visitor self;
    int ret = mbedguard_memory_open(&self);

    if (ret != 0)
        return ret;
    ret = mbedguard_memory_check(&finding);
    mbedguard_memory_close(self);
    return ret;
}

/* The counters, each where the caller has room for it. */
static int ask(size_t *value[6])
{
    size_t now[6] = {0, 0, 0, 0, 0, 0};
    mbedguard_memory_visitor self;
    unsigned i;
    int ret = mbedguard_memory_open(&self);

    if (ret != 0)
        return ret;
    now[0] = mbedguard_memory_in_use();
    now[1] = mbedguard_memory.blocks;
    now[2] = mbedguard_memory.used_peak;
    now[3] = mbedguard_memory.blocks_peak;
    for (i = 0; i < MBEDGUARD_MEMORY_LANES; i++) {
        now[4] += mbedguard_memory.lanes[i].allocs;
        now[5] += mbedguard_memory.lanes[i].frees;
    }
    mbedguard_memory_close(self);
    for (i = 0; i < 6; i++) {
        if (value[i] != NULL)
            *value[i] = now[i];
    }
    return 0;
}

int mbedguard_memory_buffer_alloc_cur_get(size_t *cur_used, size_t *cur_blocks)
{
    size_t *value[6] = {cur_used, cur_blocks, NULL, NULL, NULL, NULL};

    return cur_used == NULL || cur_blocks == NULL ? MBEDGUARD_ERR_BAD_INPUT : ask(value);
}

int mbedguard_memory_buffer_alloc_max_get(size_t *max_used, size_t *max_blocks)
{
    size_t *value[6] = {NULL, NULL, max_used, max_blocks, NULL, NULL};

    return max_used == NULL || max_blocks == NULL ? MBEDGUARD_ERR_BAD_INPUT : ask(value);
}

int mbedguard_memory_buffer_alloc_count_get(size_t *alloc_count, size_t *free_count)
{
    size_t *value[6] = {NULL, NULL, NULL, NULL, alloc_count, free_count};

    return alloc_count == NULL || free_count == NULL ? MBEDGUARD_ERR_BAD_INPUT : ask(value);
}

int mbedguard_memory_buffer_alloc_max_reset(void)
{
    mbedguard_memory_visitor self;
    int ret = mbedguard_memory_open(&self);

    if (ret != 0)
        return ret;
    mbedguard_memory_count_from_here();
    mbedguard_memory.blocks_peak = mbedguard_memory.blocks;
    mbedguard_memory_close(self);
    return 0;
}
