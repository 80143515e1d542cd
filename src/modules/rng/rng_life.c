/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* From init or new to free. */
#include "core/atomic.h"
#include "modules/rng/parent.h"

static void raw_free(void *object)
{
#if defined(MBEDGUARD_RNG_LANES)
    mbedguard_rng_context *ctx = object;
    mbedguard_rng_pool *pool = mbedguard_rng_pool_of(ctx);

    if (pool == NULL)
        return;
    mbedguard_rng_pool_publish(ctx, NULL);
    mbedguard_rng_pool_release(pool, ctx);
#else
    (void) object;
#endif
}

/* Zero bytes; but others may be looking whether there is a pool, when it is freed. */
static void raw_init(void *object)
{
    mbedguard_rng_context *ctx = object;

    MBEDGUARD_ATOMIC_STORE(mbedguard_rng_pool *, &ctx->unguarded.pool, NULL);
    ctx->unguarded.entropy_len = 0;
    ctx->unguarded.reseed_interval = 0;
    ctx->unguarded.prediction_resistance = 0;
}

static const mbedguard_type type_rng = {
    .name = "mbedguard_rng_context",
    .size = sizeof(mbedguard_rng_context),
    .rank = MBEDGUARD_RANK_RNG,
    .raw_init = raw_init,
    .raw_free = raw_free,
};

int mbedguard_rng_init(mbedguard_rng_context *ctx)
{
    return mbedguard_object_init(&type_rng, ctx, __func__);
}

int mbedguard_rng_free(mbedguard_rng_context *ctx)
{
#if defined(MBEDGUARD_RNG_LANES)
    /* A broken object would be forgotten with all of its generators: it can be made whole. */
    if (ctx != NULL && mbedguard_rng_parent_enter(ctx, __func__) == 0)
        (void) mbedguard_rng_parent_leave(ctx);
#endif
    return mbedguard_object_free(&type_rng, ctx, __func__);
}

mbedguard_rng_context *mbedguard_rng_new(void)
{
    return mbedguard_object_create(&type_rng, __func__);
}

int mbedguard_rng_ref(mbedguard_rng_context *ctx)
{
    return mbedguard_object_ref(&type_rng, ctx, __func__);
}
