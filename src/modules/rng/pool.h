/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The generators of one object: a parent, and lanes that threads take by their numbers
 * (core/number.h). Pools are never given back to the heap, only to the next object: a thread may have
 * read where one is, and be on the way to its lane, when the object is freed. It looks there whose the
 * lane is. So an object can be freed, copied, overwritten or dropped like any other.
 */
#ifndef MBEDGUARD_RNG_POOL_H
#define MBEDGUARD_RNG_POOL_H

#include "core/lane.h"
#include "core/number.h"
#include "modules/rng/lane.h"

#if defined(MBEDGUARD_RNG_LANES)

typedef struct mbedguard_rng_place {
    mbedguard_rng_lane lane;
    unsigned char apart[MBEDGUARD_LANE_APART];
} mbedguard_rng_place;

typedef struct mbedguard_rng_pool {
    /* What draws read: written when the pool is made, and when it changes hands. */
    struct mbedguard_rng_pool *next;
    const mbedguard_rng_context *owner; /* atomic; NULL: nobody's */
    unsigned char apart[MBEDGUARD_LANE_APART];
    /* Under the guard of the owner from here on. */
    int (*f_entropy)(void *, unsigned char *, size_t);
    void *p_entropy;
    size_t custom_len;
    uint32_t epoch;      /* of the seeds that count; goes on when the pool changes hands */
    uint32_t generation; /* of fork(): in which the parent was seeded */
    uint64_t serial;     /* of seeds; goes on as well */
    bool made;           /* there is a parent */
    mbedtls_ctr_drbg_context parent;
    unsigned char custom[MBEDTLS_CTR_DRBG_MAX_SEED_INPUT];
    unsigned char apart_too[MBEDGUARD_LANE_APART];
    mbedguard_rng_place lanes[MBEDGUARD_RNG_THREADS];
} mbedguard_rng_pool;

/* The pool that an object says it has, and whether it is its own: a copy of an object has none. */
mbedguard_rng_pool *mbedguard_rng_pool_of(const mbedguard_rng_context *ctx);
bool mbedguard_rng_pool_is_own(const mbedguard_rng_pool *pool, const mbedguard_rng_context *ctx);

/* All of these with the guard of the object held. */

/* A pool that is nobody's, or was left behind by an object that stood here; NULL: no memory. */
mbedguard_rng_pool *mbedguard_rng_pool_claim(const mbedguard_rng_context *ctx);

/* Draws of one seed, as the object says. */
uint32_t mbedguard_rng_pool_interval(const mbedguard_rng_context *ctx);

/* Have all lanes do as the object says from now on, seeded anew. 0 or MBEDGUARD_ERR_*. */
int mbedguard_rng_pool_pass(mbedguard_rng_pool *pool, const mbedguard_rng_context *ctx);

/* Wipe all, and have nobody own it. */
void mbedguard_rng_pool_release(mbedguard_rng_pool *pool, const mbedguard_rng_context *ctx);

/* What an object is drawn from now; NULL: nothing. */
void mbedguard_rng_pool_publish(mbedguard_rng_context *ctx, mbedguard_rng_pool *pool);

#endif

#endif /* MBEDGUARD_RNG_POOL_H */
