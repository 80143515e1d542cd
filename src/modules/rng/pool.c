/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* All pools of the process: a list that only grows, so that it needs no lock that a fork could leave. */
#include "modules/rng/pool.h"

#if defined(MBEDGUARD_RNG_LANES)

#include <limits.h>
#include <stdlib.h>

#include <mbedtls/platform_util.h>

#include "core/atomic.h"
#include "core/guard_state.h"
#include "modules/rng/parent.h"

_Static_assert(MBEDGUARD_THREAD_NUMBERS % MBEDGUARD_RNG_THREADS == 0, "shared evenly");

/* A backend that fails this often is not going to recover. */
#define STUBBORN_TRIES 1000u

static mbedguard_rng_pool *pools;

static mbedguard_rng_pool *first_pool(void)
{
    return MBEDGUARD_ATOMIC_LOAD(mbedguard_rng_pool *, &pools);
}

mbedguard_rng_pool *mbedguard_rng_pool_of(const mbedguard_rng_context *ctx)
{
    return MBEDGUARD_ATOMIC_LOAD(mbedguard_rng_pool *, &ctx->unguarded.pool);
}

bool mbedguard_rng_pool_is_own(const mbedguard_rng_pool *pool, const mbedguard_rng_context *ctx)
{
    return pool != NULL && MBEDGUARD_ATOMIC_LOAD(const mbedguard_rng_context *, &pool->owner) == ctx;
}

void mbedguard_rng_pool_publish(mbedguard_rng_context *ctx, mbedguard_rng_pool *pool)
{
    MBEDGUARD_ATOMIC_STORE(mbedguard_rng_pool *, &ctx->unguarded.pool, pool);
}

static int enter_stubborn(mbedguard_rng_lane *lane)
{
    unsigned tries = 0;
    int ret;

    do {
        ret = mbedguard_rng_lane_enter(lane, "mbedguard_rng_free");
    } while (ret != 0 && ++tries < STUBBORN_TRIES);
    return ret;
}

/* A thread ends: what it drew from is wiped. Whoever shares it will be seeded anew. */
static void wipe_lanes(uint32_t number)
{
    mbedguard_rng_pool *pool;

    for (pool = first_pool(); pool != NULL; pool = pool->next) {
        mbedguard_rng_lane *lane = &pool->lanes[number % MBEDGUARD_RNG_THREADS].lane;

        if (enter_stubborn(lane) == 0) {
            mbedguard_rng_lane_wipe(lane);
            (void) mbedguard_rng_lane_leave(lane);
        }
    }
}

static mbedguard_rng_pool *make_pool(const mbedguard_rng_context *ctx)
{
    mbedguard_rng_pool *pool = calloc(1, sizeof(*pool));

    if (pool == NULL)
        return NULL;
    pool->owner = ctx;
    mbedguard_thread_number_at_end(wipe_lanes);
    pool->next = first_pool();
    while (!MBEDGUARD_ATOMIC_REPLACE(mbedguard_rng_pool *, &pools, &pool->next, pool))
        ;
    return pool;
}

/* Nobody else claims for this object: its guard is held. */
static bool take_pool(mbedguard_rng_pool *pool, const mbedguard_rng_context *ctx)
{
    const mbedguard_rng_context *nobody = NULL;

    if (mbedguard_rng_pool_is_own(pool, ctx))
        return pool != mbedguard_rng_pool_of(ctx);
    return MBEDGUARD_ATOMIC_REPLACE(const mbedguard_rng_context *, &pool->owner, &nobody, ctx);
}

mbedguard_rng_pool *mbedguard_rng_pool_claim(const mbedguard_rng_context *ctx)
{
    mbedguard_rng_pool *pool = first_pool();

    while (pool != NULL && !take_pool(pool, ctx))
        pool = pool->next;
    if (pool == NULL)
        return make_pool(ctx);
    /* Who left it may have been in the middle of something. */
    mbedguard_rng_parent_forget(pool);
    return pool;
}

/* Far from what Mbed TLS counts itself, which must not come to an end first. */
uint32_t mbedguard_rng_pool_interval(const mbedguard_rng_context *ctx)
{
    const int set = ctx->unguarded.reseed_interval;
    const int interval = set == 0 ? MBEDTLS_CTR_DRBG_RESEED_INTERVAL : set;

    return interval < INT_MAX / 2 ? (uint32_t) interval : (uint32_t) INT_MAX / 2;
}

static void pass_one(mbedguard_rng_lane *lane, uint32_t epoch, const mbedguard_rng_context *ctx)
{
    mbedguard_rng_lane_outdate(lane);
    lane->owner = ctx;
    lane->epoch = epoch;
    lane->interval = mbedguard_rng_pool_interval(ctx);
    lane->resist = ctx->unguarded.prediction_resistance != 0;
}

int mbedguard_rng_pool_pass(mbedguard_rng_pool *pool, const mbedguard_rng_context *ctx)
{
    int ret = 0;
    unsigned i;

    pool->epoch++;
    for (i = 0; i < MBEDGUARD_RNG_THREADS; i++) {
        mbedguard_rng_lane *lane = &pool->lanes[i].lane;
        int failed = mbedguard_rng_lane_enter(lane, "mbedguard_rng_reseed");

        if (failed == 0) {
            pass_one(lane, pool->epoch, ctx);
            failed = mbedguard_rng_lane_leave(lane);
        }
        if (ret == 0)
            ret = failed;
    }
    return ret;
}

/* What could not be wiped is not given to anybody else. */
void mbedguard_rng_pool_release(mbedguard_rng_pool *pool, const mbedguard_rng_context *ctx)
{
    bool wiped = true;
    unsigned i;

    if (!mbedguard_rng_pool_is_own(pool, ctx))
        return;
    for (i = 0; i < MBEDGUARD_RNG_THREADS; i++) {
        mbedguard_rng_lane *lane = &pool->lanes[i].lane;

        if (enter_stubborn(lane) != 0) {
            wiped = false;
            continue;
        }
        mbedguard_rng_lane_wipe(lane);
        lane->owner = NULL;
        (void) mbedguard_rng_lane_leave(lane);
#if !defined(MBEDGUARD_THREADING_NONE)
        mbedguard_guard_unmake(&lane->guard);
#endif
    }
    mbedguard_rng_parent_wipe(pool);
    if (wiped)
        MBEDGUARD_ATOMIC_STORE(const mbedguard_rng_context *, &pool->owner, NULL);
}

#endif
