/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Draws of many threads, and what concerns all of their generators. A draw takes its thread's lane
 * and nothing else, unless that needs a seed.
 */
#include <string.h>

#include "modules/rng/parent.h"

#if defined(MBEDGUARD_RNG_LANES)

#include <mbedtls/platform_util.h>

#include "callback_object.h"
#include "core/guard_state.h"
#include "core/hold.h"

#define PARENT (MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_RNG | MBEDGUARD_CALLS_OUT)
#define KEPT_SLOT 1u

/* What Mbed TLS says of a generator that has no entropy function. */
#define NOT_SEEDED MBEDTLS_ERR_CTR_DRBG_ENTROPY_SOURCE_FAILED

/* The object is followed only if it is one; and the order is the same with a seed and without. */
static int check(mbedguard_rng_context *ctx, const char *where)
{
#if !defined(MBEDGUARD_THREADING_NONE)
    int ret;

    if (!mbedguard_guard_is_usable(&ctx->guard)) {
        ret = mbedguard_rng_parent_enter(ctx, where);
        if (ret == 0)
            ret = mbedguard_rng_parent_leave(ctx);
        if (ret != 0)
            return ret;
    }
    if (mbedguard_thread_holds_nothing())
        return 0;
#endif
    return mbedguard_may_enter(&ctx->guard, PARENT, where);
}

/* A lane that a setting could not reach is behind, and this is how it catches up. */
static bool is_current(const mbedguard_rng_lane *lane, const mbedguard_rng_seed_material *seed)
{
#if !defined(MBEDGUARD_THREADING_NONE)
    if (lane->guard.generation != seed->generation)
        return false;
#endif
    return (int32_t) (seed->epoch - lane->epoch) >= 0;
}

/* With the lane: 0 drawn, AGAIN, or an error. `need` becomes what is missing. */
#define AGAIN MBEDGUARD_RNG_MOVED
static int draw_locked(mbedguard_rng_lane *lane, const mbedguard_rng_context *ctx,
                       const mbedguard_rng_seed_material *seed, const mbedguard_rng_draw *draw,
                       mbedguard_rng_need *need)
{
    int ret;

    if (lane->owner != ctx) {
        *need = MBEDGUARD_RNG_NEEDS_NOTHING;
        return AGAIN;
    }
    *need = mbedguard_rng_lane_needs(lane);
    if (*need != MBEDGUARD_RNG_NEEDS_NOTHING) {
        if (seed == NULL || !is_current(lane, seed) ||
            (*need == MBEDGUARD_RNG_NEEDS_ENTROPY && !seed->reseeded))
            return AGAIN;
        ret = mbedguard_rng_lane_seed(lane, seed);
        if (ret != 0)
            return ret;
    }
    return mbedguard_rng_lane_draw(lane, draw);
}

static int draw_once(mbedguard_rng_lane *lane, const mbedguard_rng_context *ctx,
                     const mbedguard_rng_seed_material *seed, const mbedguard_rng_draw *draw,
                     mbedguard_rng_need *need)
{
    int ret = mbedguard_rng_lane_enter(lane, "mbedguard_rng_random");
    int failed;

    if (ret != 0)
        return ret;
    ret = draw_locked(lane, ctx, seed, draw, need);
    failed = mbedguard_rng_lane_leave(lane);
    return failed != 0 ? failed : ret;
}

/* The lane has no seed, or none that counts: get one as often as others outdate what this gets. */
static int draw_seeded(mbedguard_rng_context *ctx, mbedguard_rng_pool *pool,
                       mbedguard_rng_lane *lane, const mbedguard_rng_draw *draw,
                       mbedguard_rng_need need)
{
    mbedguard_rng_seed_material seed;
    int ret;

    do {
        ret = mbedguard_rng_parent_seed(ctx, pool, need == MBEDGUARD_RNG_NEEDS_ENTROPY, &seed,
                                        "mbedguard_rng_random");
        if (ret != 0)
            break;
        ret = draw_once(lane, ctx, &seed, draw, &need);
    } while (ret == AGAIN && need != MBEDGUARD_RNG_NEEDS_NOTHING);
    mbedtls_platform_zeroize(&seed, sizeof(seed));
    return ret;
}

/* The pool of an object that is held, if it has one of its own. */
static mbedguard_rng_pool *own_pool(const mbedguard_rng_context *ctx)
{
    mbedguard_rng_pool *pool = mbedguard_rng_pool_of(ctx);

    return mbedguard_rng_pool_is_own(pool, ctx) ? pool : NULL;
}

/*
 * The lane was not of this object, which was copied, freed, or got other generators: a pool that it had
 * before may be its own again by now. AGAIN, or an error.
 */
static int look_closer(mbedguard_rng_context *ctx)
{
    int ret = mbedguard_rng_parent_enter(ctx, "mbedguard_rng_random");
    int failed;

    if (ret != 0)
        return ret;
    ret = own_pool(ctx) != NULL ? AGAIN : NOT_SEEDED;
    failed = mbedguard_rng_parent_leave(ctx);
    return failed != 0 ? failed : ret;
}

static int draw_piece(mbedguard_rng_context *ctx, const mbedguard_rng_draw *draw)
{
    uint32_t number = 0;
    int ret = mbedguard_thread_number_to_end(&number);

    if (ret != 0)
        return ret;
    for (;;) {
        mbedguard_rng_pool *pool = mbedguard_rng_pool_of(ctx);
        mbedguard_rng_lane *lane;
        mbedguard_rng_need need = MBEDGUARD_RNG_NEEDS_NOTHING;

        if (pool == NULL)
            return NOT_SEEDED;
        lane = &pool->lanes[number % MBEDGUARD_RNG_THREADS].lane;
        ret = draw_once(lane, ctx, NULL, draw, &need);
        if (ret == AGAIN && need != MBEDGUARD_RNG_NEEDS_NOTHING)
            ret = draw_seeded(ctx, pool, lane, draw, need);
        if (ret == AGAIN)
            ret = look_closer(ctx);
        if (ret != AGAIN)
            return ret;
    }
}

static int draw_all(mbedguard_rng_context *ctx, mbedguard_rng_draw *draw, size_t len,
                    const char *where)
{
    unsigned char *const output = draw->output;
    size_t done = 0;
    int ret = check(ctx, where);

    if (ret != 0)
        return ret;
    do {
        draw->output = output + done;
        draw->len = len - done < (size_t) MBEDTLS_CTR_DRBG_MAX_REQUEST
                        ? len - done
                        : (size_t) MBEDTLS_CTR_DRBG_MAX_REQUEST;
        ret = draw_piece(ctx, draw);
        done += draw->len;
        draw->add_len = 0;
    } while (ret == 0 && done < len);
    if (ret != 0 && len != 0)
        mbedtls_platform_zeroize(output, len);
    return ret;
}

int mbedguard_rng_random(void *p_rng, unsigned char *output, size_t len)
{
    mbedguard_rng_draw draw = { output, 0, NULL, 0 };

    if (p_rng == NULL || (output == NULL && len != 0))
        return MBEDGUARD_ERR_BAD_INPUT;
    return draw_all(p_rng, &draw, len, __func__);
}

int mbedguard_rng_random_with_add(void *p_rng, unsigned char *output, size_t len,
                                  const unsigned char *additional, size_t add_len)
{
    mbedguard_rng_draw draw = { output, 0, additional, add_len };

    if (p_rng == NULL || (output == NULL && len != 0) || (additional == NULL && add_len != 0))
        return MBEDGUARD_ERR_BAD_INPUT;
    if (add_len > MBEDTLS_CTR_DRBG_MAX_INPUT)
        return MBEDTLS_ERR_CTR_DRBG_INPUT_TOO_BIG;
    return draw_all(p_rng, &draw, len, __func__);
}

/* What there was stays in use until there is another. */
static int seed_locked(mbedguard_rng_context *ctx, const mbedguard_rng_pool *wanted)
{
    mbedguard_rng_pool *old = mbedguard_rng_pool_of(ctx);
    mbedguard_rng_pool *pool = mbedguard_rng_pool_claim(ctx);
    int ret;

    if (pool == NULL)
        return MBEDGUARD_ERR_ALLOC_FAILED;
    pool->f_entropy = wanted->f_entropy;
    pool->p_entropy = wanted->p_entropy;
    memcpy(pool->custom, wanted->custom, sizeof(pool->custom));
    pool->custom_len = wanted->custom_len;
    ret = mbedguard_rng_parent_ready(pool, ctx);
    if (ret == 0)
        ret = mbedguard_rng_pool_pass(pool, ctx);
    if (ret != 0) {
        mbedguard_rng_pool_release(pool, ctx);
        return ret;
    }
    mbedguard_rng_pool_publish(ctx, pool);
    if (old != NULL)
        mbedguard_rng_pool_release(old, ctx);
    return 0;
}

static int seed_kept(mbedguard_rng_context *ctx, const mbedguard_rng_pool *wanted)
{
    unsigned rank = 0;
    mbedguard_guard *const kept = mbedguard_callback_object((void (*)(void)) wanted->f_entropy,
                                                            wanted->p_entropy, &rank);
    mbedguard_keep keep;
    int ret = mbedguard_keep_begin(&keep, &ctx->guard, MBEDGUARD_RANK_RNG, kept, rank, KEPT_SLOT,
                                   true, "mbedguard_rng_seed");

    if (ret != 0)
        return ret;
    ret = seed_locked(ctx, wanted);
    if (ret == 0)
        mbedguard_keep_commit(&keep);
    else
        mbedguard_keep_abort(&keep);
    return ret;
}

int mbedguard_rng_seed(mbedguard_rng_context *ctx,
                       int (*f_entropy)(void *, unsigned char *, size_t), void *p_entropy,
                       const unsigned char *custom, size_t len)
{
    mbedguard_rng_pool wanted = { .f_entropy = f_entropy, .p_entropy = p_entropy };
    mbedguard_want store[1];
    int ret;

    if (ctx == NULL || f_entropy == NULL || (custom == NULL && len != 0))
        return MBEDGUARD_ERR_BAD_INPUT;
    if (len > sizeof(wanted.custom))
        return MBEDTLS_ERR_CTR_DRBG_INPUT_TOO_BIG;
    if (len != 0)
        memcpy(wanted.custom, custom, len);
    wanted.custom_len = len;
    ret = mbedguard_rng_parent_enter_drawing(ctx, f_entropy, store, __func__);
    if (ret == 0) {
        int failed;

        ret = seed_kept(ctx, &wanted);
        failed = mbedguard_rng_parent_leave_drawing(ctx, store);
        if (ret == 0)
            ret = failed;
    }
    mbedtls_platform_zeroize(wanted.custom, sizeof(wanted.custom));
    return ret;
}

static int reseed_locked(mbedguard_rng_context *ctx, const unsigned char *additional, size_t len)
{
    mbedguard_rng_pool *pool = own_pool(ctx);
    int ret;

    if (pool == NULL)
        return NOT_SEEDED;
    ret = mbedguard_rng_parent_ready(pool, ctx);
    if (ret == 0)
        ret = mbedguard_rng_parent_reseed(pool, ctx, additional, len);
    return ret == 0 ? mbedguard_rng_pool_pass(pool, ctx) : ret;
}

int mbedguard_rng_reseed(mbedguard_rng_context *ctx, const unsigned char *additional, size_t len)
{
    mbedguard_want store[1];
    int ret, failed;

    if (ctx == NULL || (additional == NULL && len != 0))
        return MBEDGUARD_ERR_BAD_INPUT;
    ret = mbedguard_rng_parent_enter_drawing(ctx, NULL, store, __func__);
    if (ret != 0)
        return ret;
    ret = reseed_locked(ctx, additional, len);
    failed = mbedguard_rng_parent_leave_drawing(ctx, store);
    return ret == 0 ? failed : ret;
}

/* Have all generators know what was set, and let go of the object. */
static int pass_on(mbedguard_rng_context *ctx) MBEDGUARD_RELEASE(ctx->guard);

static int pass_on(mbedguard_rng_context *ctx)
{
    mbedguard_rng_pool *pool = own_pool(ctx);
    int ret = pool != NULL ? mbedguard_rng_pool_pass(pool, ctx) : 0;
    int failed = mbedguard_rng_parent_leave(ctx);

    return ret == 0 ? failed : ret;
}

int mbedguard_rng_set_prediction_resistance(mbedguard_rng_context *ctx, int resistance)
{
    int ret = mbedguard_rng_parent_enter(ctx, __func__);

    if (ret != 0)
        return ret;
    ctx->unguarded.prediction_resistance = resistance != 0;
    return pass_on(ctx);
}

int mbedguard_rng_set_reseed_interval(mbedguard_rng_context *ctx, int interval)
{
    int ret = mbedguard_rng_parent_enter(ctx, __func__);

    if (ret != 0)
        return ret;
    ctx->unguarded.reseed_interval = interval > 1 ? interval : 1;
    return pass_on(ctx);
}

/* Whether a parent can be seeded with so much, from scratch or after a fork(). */
static bool is_possible(const mbedguard_rng_context *ctx, size_t len)
{
    const mbedguard_rng_pool *pool = own_pool(ctx);
    size_t other = pool != NULL && pool->custom_len > MBEDGUARD_RNG_UNIQUE_LEN
                       ? pool->custom_len
                       : MBEDGUARD_RNG_UNIQUE_LEN;

    if (len < MBEDTLS_CTR_DRBG_KEYSIZE * 3 / 2)
        other += (len + 1) / 2;
    return other <= MBEDTLS_CTR_DRBG_MAX_SEED_INPUT &&
           len <= MBEDTLS_CTR_DRBG_MAX_SEED_INPUT - other;
}

int mbedguard_rng_set_entropy_len(mbedguard_rng_context *ctx, size_t len)
{
    int ret = mbedguard_rng_parent_enter(ctx, __func__);
    int failed;

    if (ret != 0)
        return ret;
    if (is_possible(ctx, len))
        ctx->unguarded.entropy_len = len;
    else
        ret = MBEDGUARD_ERR_BAD_INPUT;
    failed = mbedguard_rng_parent_leave(ctx);
    return ret == 0 ? failed : ret;
}

#endif
