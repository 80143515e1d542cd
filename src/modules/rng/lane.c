/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* One thread's generator. */
#include "modules/rng/lane.h"

#if defined(MBEDGUARD_RNG_LANES)

#include <limits.h>
#include <string.h>

#include <mbedtls/platform_util.h>

#include "core/await.h"

#define LANE (MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_LEAF)

_Static_assert(MBEDTLS_CTR_DRBG_MAX_SEED_INPUT >= MBEDGUARD_RNG_ENTROPY_LEN +
                                                      MBEDGUARD_RNG_UNIQUE_LEN,
               "room for a seed and what is unique about it");
_Static_assert(MBEDTLS_CTR_DRBG_MAX_REQUEST >= MBEDGUARD_RNG_BLOCK_LEN, "a block is one request");

static uint32_t generation_of(const mbedguard_rng_lane *lane)
{
#if defined(MBEDGUARD_THREADING_NONE)
    (void) lane;
    return 0;
#else
    return lane->guard.generation;
#endif
}

/* What is half changed is not given to Mbed TLS again, which would lock or follow what is in it. */
static void forget(mbedguard_rng_lane *lane)
{
    mbedtls_platform_zeroize(&lane->drbg, sizeof(lane->drbg));
    lane->made = false;
    mbedguard_rng_lane_outdate(lane);
}

int mbedguard_rng_lane_enter(mbedguard_rng_lane *lane, const char *where) MBEDGUARD_NO_ANALYSIS
{
    int ret = mbedguard_enter(&lane->guard, LANE, where);

    if (ret != MBEDGUARD_ERR_BROKEN)
        return ret;
    ret = mbedguard_enter(&lane->guard, LANE | MBEDGUARD_EVEN_BROKEN, where);
    if (ret == 0 && mbedguard_is_broken(&lane->guard)) {
        forget(lane);
        mbedguard_make_whole(&lane->guard);
    }
    return ret;
}

int mbedguard_rng_lane_leave(mbedguard_rng_lane *lane) MBEDGUARD_NO_ANALYSIS
{
    return mbedguard_leave(&lane->guard, LANE);
}

mbedguard_rng_need mbedguard_rng_lane_needs(const mbedguard_rng_lane *lane)
{
    if (!lane->seeded || lane->generation != generation_of(lane))
        return lane->resist ? MBEDGUARD_RNG_NEEDS_ENTROPY : MBEDGUARD_RNG_NEEDS_SEED;
    if (lane->resist || lane->drawn >= lane->interval)
        return MBEDGUARD_RNG_NEEDS_ENTROPY;
    return MBEDGUARD_RNG_NEEDS_NOTHING;
}

/* The entropy function of a lane: what the parent gave, once. */
static int take(void *data, unsigned char *output, size_t len)
{
    mbedguard_rng_lane *lane = data;

    if (len > lane->entropy_left)
        return MBEDTLS_ERR_CTR_DRBG_ENTROPY_SOURCE_FAILED;
    memcpy(output, lane->entropy, len);
    lane->entropy += len;
    lane->entropy_left -= len;
    return 0;
}

static int make(mbedguard_rng_lane *lane, const mbedguard_rng_seed_material *seed)
{
    int ret;

    mbedtls_ctr_drbg_init(&lane->drbg);
    mbedtls_ctr_drbg_set_entropy_len(&lane->drbg, MBEDGUARD_RNG_ENTROPY_LEN);
    ret = mbedtls_ctr_drbg_seed(&lane->drbg, take, lane, seed->personal, seed->personal_len);
    if (ret != 0) {
        mbedtls_ctr_drbg_free(&lane->drbg);
        return ret;
    }
    /* The lane counts: a reseed from within would find no entropy. */
    mbedtls_ctr_drbg_set_reseed_interval(&lane->drbg, INT_MAX);
    lane->made = true;
    return 0;
}

int mbedguard_rng_lane_seed(mbedguard_rng_lane *lane, const mbedguard_rng_seed_material *seed)
{
    int ret;

    lane->entropy = seed->entropy;
    lane->entropy_left = sizeof(seed->entropy);
    ret = lane->made ? mbedtls_ctr_drbg_reseed(&lane->drbg, seed->personal, seed->personal_len)
                     : make(lane, seed);
    lane->entropy = NULL;
    lane->entropy_left = 0;
    mbedguard_rng_lane_outdate(lane);
    if (ret != 0)
        return ret;
    lane->epoch = seed->epoch;
    lane->interval = seed->interval;
    lane->resist = seed->resist;
    lane->drawn = 0;
    lane->generation = generation_of(lane);
    lane->seeded = true;
    return 0;
}

static int refill(mbedguard_rng_lane *lane)
{
    int ret = mbedtls_ctr_drbg_random_with_add(&lane->drbg, lane->block, sizeof(lane->block), NULL,
                                               0);

    if (ret == 0)
        lane->left = sizeof(lane->block);
    else
        mbedtls_platform_zeroize(lane->block, sizeof(lane->block));
    return ret;
}

/* A request of Mbed TLS costs as much beside its output as a hundred bytes of that. */
static int draw_short(mbedguard_rng_lane *lane, const mbedguard_rng_draw *draw)
{
    unsigned char *from;
    int ret = lane->left >= draw->len ? 0 : refill(lane);

    if (ret != 0)
        return ret;
    from = lane->block + sizeof(lane->block) - lane->left;
    memcpy(draw->output, from, draw->len);
    mbedtls_platform_zeroize(from, draw->len);
    lane->left -= draw->len;
    return 0;
}

int mbedguard_rng_lane_draw(mbedguard_rng_lane *lane, const mbedguard_rng_draw *draw)
{
    lane->drawn++;
    if (draw->add_len == 0 && draw->len != 0 && draw->len <= MBEDGUARD_RNG_SHORT && !lane->resist)
        return draw_short(lane, draw);
    if (draw->add_len != 0) {
        mbedtls_platform_zeroize(lane->block, sizeof(lane->block));
        lane->left = 0;
    }
    return mbedtls_ctr_drbg_random_with_add(&lane->drbg, draw->output, draw->len, draw->additional,
                                            draw->add_len);
}

void mbedguard_rng_lane_outdate(mbedguard_rng_lane *lane)
{
    lane->seeded = false;
    mbedtls_platform_zeroize(lane->block, sizeof(lane->block));
    lane->left = 0;
}

void mbedguard_rng_lane_wipe(mbedguard_rng_lane *lane)
{
    if (lane->made)
        mbedtls_ctr_drbg_free(&lane->drbg);
    mbedtls_platform_zeroize(&lane->drbg, sizeof(lane->drbg));
    lane->made = false;
    mbedguard_rng_lane_outdate(lane);
}

#endif
