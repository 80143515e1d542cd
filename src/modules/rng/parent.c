/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The parent, and the seeds that it gives. */
#include "modules/rng/parent.h"

#if defined(MBEDGUARD_RNG_LANES)

#include <string.h>

#include <mbedtls/platform_util.h>

#include "core/atomic.h"
#include "core/await.h"
#include "core/process.h"
#include "manual/psa_inside.h"

#define PARENT                                                                                     \
    (MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_RNG | MBEDGUARD_CALLS_OUT | MBEDGUARD_EVEN_BROKEN)

static uint32_t generation_now(void)
{
#if defined(MBEDGUARD_THREADING_NONE)
    return 0;
#else
    return mbedguard_fork_count();
#endif
}

static uint32_t process_now(void)
{
#if defined(MBEDGUARD_THREADING_NONE)
    return 0;
#else
    return mbedguard_load(&mbedguard_process.pid);
#endif
}

static void mend(mbedguard_rng_context *ctx)
{
    mbedguard_rng_pool *pool = mbedguard_rng_pool_of(ctx);

    if (!mbedguard_is_broken(&ctx->guard))
        return;
    /* A setting may be half passed on, too; what cannot be reached stays broken. */
    if (mbedguard_rng_pool_is_own(pool, ctx)) {
        mbedguard_rng_parent_forget(pool);
        if (mbedguard_rng_pool_pass(pool, ctx) != 0)
            return;
    }
    mbedguard_make_whole(&ctx->guard);
}

int mbedguard_rng_parent_enter(mbedguard_rng_context *ctx, const char *where) MBEDGUARD_NO_ANALYSIS
{
    int ret = mbedguard_enter(MBEDGUARD_GUARD_OF(ctx), PARENT, where);

    if (ret == 0)
        mend(ctx);
    return ret;
}

int mbedguard_rng_parent_leave(mbedguard_rng_context *ctx) MBEDGUARD_NO_ANALYSIS
{
    return mbedguard_leave(&ctx->guard, PARENT);
}

static mbedguard_want wanted_by(const mbedguard_rng_context *ctx)
{
    const mbedguard_rng_pool *pool = mbedguard_rng_pool_of(ctx);

    return mbedguard_psa_want_for(mbedguard_rng_pool_is_own(pool, ctx) ? pool->f_entropy : NULL);
}

/* What it draws from is known with the object held, which comes after the store: so look, and begin again. */
int mbedguard_rng_parent_enter_drawing(mbedguard_rng_context *ctx,
                                       int (*f_entropy)(void *, unsigned char *, size_t),
                                       mbedguard_want store[1],
                                       const char *where) MBEDGUARD_NO_ANALYSIS
{
    mbedguard_want wanted;
    int ret;

    store[0] = mbedguard_psa_want_for(f_entropy);
    for (;;) {
        ret = mbedguard_enter_set(store, 1, where);
        if (ret != 0)
            return ret;
        ret = mbedguard_rng_parent_enter(ctx, where);
        if (ret != 0) {
            (void) mbedguard_leave_set(store, 1);
            return ret;
        }
        wanted = wanted_by(ctx);
        if (f_entropy != NULL || store[0].guard != NULL || wanted.guard == NULL)
            return 0;
        ret = mbedguard_rng_parent_leave(ctx);
        if (ret != 0)
            return ret;
        store[0] = wanted;
    }
}

int mbedguard_rng_parent_leave_drawing(mbedguard_rng_context *ctx,
                                       mbedguard_want store[1]) MBEDGUARD_NO_ANALYSIS
{
    const int ret = mbedguard_rng_parent_leave(ctx);
    const int left = mbedguard_leave_set(store, 1);

    return ret != 0 ? ret : left;
}

/* What no other seeding in this process, or in any that came from it, has. */
static void make_unique(mbedguard_rng_pool *pool, unsigned char unique[MBEDGUARD_RNG_UNIQUE_LEN])
{
    const uint64_t numbers[4] = { ++pool->serial, (uintptr_t) pool, generation_now(),
                                  process_now() };

    _Static_assert(8 + sizeof(numbers) == MBEDGUARD_RNG_UNIQUE_LEN, "fits");
    memcpy(unique, "mbguard\0", 8);
    memcpy(unique + 8, numbers, sizeof(numbers));
}

static int make(mbedguard_rng_pool *pool, const mbedguard_rng_context *ctx)
{
    int ret;

    mbedtls_ctr_drbg_init(&pool->parent);
    if (ctx->unguarded.entropy_len != 0)
        mbedtls_ctr_drbg_set_entropy_len(&pool->parent, ctx->unguarded.entropy_len);
    pool->made = true;
    ret = mbedtls_ctr_drbg_seed(&pool->parent, pool->f_entropy, pool->p_entropy, pool->custom,
                                pool->custom_len);
    if (ret != 0)
        mbedguard_rng_parent_wipe(pool);
    return ret;
}

/* What was set since. */
static void follow(mbedguard_rng_pool *pool, const mbedguard_rng_context *ctx)
{
    const size_t entropy_len = ctx->unguarded.entropy_len;
    const int interval = ctx->unguarded.reseed_interval;

    mbedtls_ctr_drbg_set_entropy_len(
        &pool->parent, entropy_len == 0 ? (size_t) MBEDTLS_CTR_DRBG_ENTROPY_LEN : entropy_len);
    mbedtls_ctr_drbg_set_reseed_interval(
        &pool->parent, interval == 0 ? MBEDTLS_CTR_DRBG_RESEED_INTERVAL : interval);
}

int mbedguard_rng_parent_reseed(mbedguard_rng_pool *pool, const mbedguard_rng_context *ctx,
                                const unsigned char *additional, size_t len)
{
    follow(pool, ctx);
    return mbedtls_ctr_drbg_reseed(&pool->parent, additional, len);
}

int mbedguard_rng_parent_ready(mbedguard_rng_pool *pool, const mbedguard_rng_context *ctx)
{
    /* The entropy function may fork: what it began in the other process has to be done again. */
    const uint32_t generation = generation_now();
    unsigned char unique[MBEDGUARD_RNG_UNIQUE_LEN];
    int ret = 0;

    if (!pool->made) {
        ret = make(pool, ctx);
    } else if (pool->generation != generation) {
        make_unique(pool, unique);
        ret = mbedguard_rng_parent_reseed(pool, ctx, unique, sizeof(unique));
    }
    if (ret == 0)
        pool->generation = generation;
    return ret;
}

static int give(mbedguard_rng_pool *pool, const mbedguard_rng_context *ctx, bool reseed,
                mbedguard_rng_seed_material *seed)
{
    const bool is_new = !pool->made || pool->generation != generation_now();
    size_t custom_len = pool->custom_len;
    int ret;

    seed->generation = generation_now();
    ret = mbedguard_rng_parent_ready(pool, ctx);
    if (ret == 0 && reseed && !is_new)
        ret = mbedguard_rng_parent_reseed(pool, ctx, NULL, 0);
    if (ret != 0)
        return ret;
    follow(pool, ctx);
    ret = mbedtls_ctr_drbg_random_with_add(&pool->parent, seed->entropy, sizeof(seed->entropy),
                                           NULL, 0);
    if (custom_len > sizeof(seed->personal) - MBEDGUARD_RNG_UNIQUE_LEN)
        custom_len = sizeof(seed->personal) - MBEDGUARD_RNG_UNIQUE_LEN;
    make_unique(pool, seed->personal);
    memcpy(seed->personal + MBEDGUARD_RNG_UNIQUE_LEN, pool->custom, custom_len);
    seed->personal_len = MBEDGUARD_RNG_UNIQUE_LEN + custom_len;
    seed->reseeded = reseed || is_new;
    seed->epoch = pool->epoch;
    seed->interval = mbedguard_rng_pool_interval(ctx);
    seed->resist = ctx->unguarded.prediction_resistance != 0;
    return ret;
}

int mbedguard_rng_parent_seed(mbedguard_rng_context *ctx, mbedguard_rng_pool *pool, bool reseed,
                              mbedguard_rng_seed_material *seed, const char *where)
{
    mbedguard_want store[1];
    int ret = mbedguard_rng_parent_enter_drawing(ctx, NULL, store, where);
    int failed;

    if (ret != 0)
        return ret;
    ret = mbedguard_rng_pool_of(ctx) == pool ? give(pool, ctx, reseed, seed) : MBEDGUARD_RNG_MOVED;
    failed = mbedguard_rng_parent_leave_drawing(ctx, store);
    return failed != 0 ? failed : ret;
}

void mbedguard_rng_parent_wipe(mbedguard_rng_pool *pool)
{
    if (pool->made)
        mbedtls_ctr_drbg_free(&pool->parent);
    mbedguard_rng_parent_forget(pool);
}

void mbedguard_rng_parent_forget(mbedguard_rng_pool *pool)
{
    mbedtls_platform_zeroize(&pool->parent, sizeof(pool->parent));
    pool->made = false;
}

#endif
