/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The generator that seeds the others. It has no lock of its own: its object's guard is held. */
#ifndef MBEDGUARD_RNG_PARENT_H
#define MBEDGUARD_RNG_PARENT_H

#include "core/enter.h"
#include "modules/rng/pool.h"

#if defined(MBEDGUARD_RNG_LANES)

/*
 * Take the object; what a thread that is no more left in the middle is forgotten, and what was seeded
 * by it outdated. 0 or MBEDGUARD_ERR_*.
 */
int mbedguard_rng_parent_enter(mbedguard_rng_context *ctx, const char *where)
    MBEDGUARD_TRY_ACQUIRE(0, ctx->guard);
int mbedguard_rng_parent_leave(mbedguard_rng_context *ctx) MBEDGUARD_RELEASE(ctx->guard);

/*
 * The same for what draws entropy: from f_entropy, or NULL: from what the object's generators have.
 * Where that is PSA's generator, which has no mutex, the store is taken first; `store` says so to
 * the leave.
 */
int mbedguard_rng_parent_enter_drawing(mbedguard_rng_context *ctx,
                                       int (*f_entropy)(void *, unsigned char *, size_t),
                                       mbedguard_want store[1], const char *where)
    MBEDGUARD_TRY_ACQUIRE(0, ctx->guard);
int mbedguard_rng_parent_leave_drawing(mbedguard_rng_context *ctx, mbedguard_want store[1])
    MBEDGUARD_RELEASE(ctx->guard);

/* Make it, or have it follow a fork(): 0 or an error. */
int mbedguard_rng_parent_ready(mbedguard_rng_pool *pool, const mbedguard_rng_context *ctx);
/* Reseed one that is ready. */
int mbedguard_rng_parent_reseed(mbedguard_rng_pool *pool, const mbedguard_rng_context *ctx,
                                const unsigned char *additional, size_t len);

/*
 * With no lane held: a seed for one. 0, an error, or MBEDGUARD_RNG_MOVED: the object is drawn from
 * another pool now.
 */
#define MBEDGUARD_RNG_MOVED 1
int mbedguard_rng_parent_seed(mbedguard_rng_context *ctx, mbedguard_rng_pool *pool, bool reseed,
                              mbedguard_rng_seed_material *seed, const char *where);

/* There is none: by Mbed TLS's free, or without it, where that would follow what is half changed. */
void mbedguard_rng_parent_wipe(mbedguard_rng_pool *pool);
void mbedguard_rng_parent_forget(mbedguard_rng_pool *pool);

#endif

#endif /* MBEDGUARD_RNG_PARENT_H */
