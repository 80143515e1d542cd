/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The generator of one thread, with a guard of its own that comes last in the order: nothing is called
 * out from under it. So a draw that needs a seed lets go of it, gets one from the parent, and comes back.
 */
#ifndef MBEDGUARD_RNG_LANE_H
#define MBEDGUARD_RNG_LANE_H

#include <mbedtls/version.h>

#if MBEDTLS_VERSION_NUMBER < 0x04000000
#include <mbedguard/ctr_drbg.h>
#endif
#include <mbedguard/rng.h>

#include "core/enter.h"

/*
 * A CTR_DRBG whose AES is Mbed TLS's own. One over PSA would use the key store from under every
 * guard.
 */
#if MBEDTLS_VERSION_NUMBER < 0x04000000 && defined(MBEDTLS_CTR_DRBG_C) && defined(MBEDTLS_AES_C)
#define MBEDGUARD_RNG_LANES 1

#define MBEDGUARD_RNG_ENTROPY_LEN  48u
#define MBEDGUARD_RNG_UNIQUE_LEN   40u
#define MBEDGUARD_RNG_PERSONAL_MAX (MBEDTLS_CTR_DRBG_MAX_SEED_INPUT - MBEDGUARD_RNG_ENTROPY_LEN)
/* What short draws are cut from, and how long those are. */
#define MBEDGUARD_RNG_BLOCK_LEN 256u
#define MBEDGUARD_RNG_SHORT     64u

/* What a parent gives a generator. */
typedef struct mbedguard_rng_seed_material {
    unsigned char entropy[MBEDGUARD_RNG_ENTROPY_LEN];
    unsigned char personal[MBEDGUARD_RNG_PERSONAL_MAX];
    size_t personal_len;
    uint32_t epoch;      /* of the pool */
    uint32_t generation; /* of fork() */
    uint32_t interval;
    bool resist;
    bool reseeded; /* the parent was, for it */
} mbedguard_rng_seed_material;

typedef struct mbedguard_rng_lane {
    mbedguard_guard guard;
    /* What is set while the guard of the owner is held, too. */
    const mbedguard_rng_context *owner; /* NULL: nobody's */
    uint32_t epoch;
    uint32_t interval;
    bool resist;
    /* The thread's own. */
    bool made;   /* there is a CTR_DRBG */
    bool seeded; /* and it may be drawn from */
    uint32_t generation;
    uint32_t drawn;
    size_t left; /* of the block, at its end */
    const unsigned char *entropy;
    size_t entropy_left;
    mbedtls_ctr_drbg_context drbg;
    unsigned char block[MBEDGUARD_RNG_BLOCK_LEN];
} mbedguard_rng_lane;

/* 0 or MBEDGUARD_ERR_*. What somebody who is no more left in the middle is wiped. */
int mbedguard_rng_lane_enter(mbedguard_rng_lane *lane, const char *where);
int mbedguard_rng_lane_leave(mbedguard_rng_lane *lane);

/* All of these with the lane held. */

typedef enum mbedguard_rng_need {
    MBEDGUARD_RNG_NEEDS_NOTHING,
    MBEDGUARD_RNG_NEEDS_SEED,   /* of the parent as it is */
    MBEDGUARD_RNG_NEEDS_ENTROPY /* of a parent that reseeds for it */
} mbedguard_rng_need;

mbedguard_rng_need mbedguard_rng_lane_needs(const mbedguard_rng_lane *lane);

/* 0, or a code of Mbed TLS with which the lane is as before, or wiped. */
int mbedguard_rng_lane_seed(mbedguard_rng_lane *lane, const mbedguard_rng_seed_material *seed);

typedef struct mbedguard_rng_draw {
    unsigned char *output;
    size_t len; /* at most MBEDTLS_CTR_DRBG_MAX_REQUEST */
    const unsigned char *additional;
    size_t add_len;
} mbedguard_rng_draw;

int mbedguard_rng_lane_draw(mbedguard_rng_lane *lane, const mbedguard_rng_draw *draw);

/* What was seeded gives nothing more. */
void mbedguard_rng_lane_outdate(mbedguard_rng_lane *lane);

/* Nothing that was seeded is left in memory. */
void mbedguard_rng_lane_wipe(mbedguard_rng_lane *lane);

#endif

#endif /* MBEDGUARD_RNG_LANE_H */
