/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Where Mbed TLS has no CTR_DRBG for programs: PSA's generator, or none. */
#include "core/atomic.h"
#include "modules/rng/lane.h"

#if !defined(MBEDGUARD_RNG_LANES)

#if MBEDTLS_VERSION_NUMBER >= 0x03000000
#include <mbedtls/build_info.h>
#endif

#if defined(MBEDTLS_PSA_CRYPTO_C)
#include <mbedguard/psa/crypto.h>

/* Any address that is not NULL: there is no pool. */
static char seeded;

#define PARENT (MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_RNG)

static bool is_seeded(const mbedguard_rng_context *ctx)
{
    return MBEDGUARD_ATOMIC_LOAD(struct mbedguard_rng_pool *, &ctx->unguarded.pool) != NULL;
}

int mbedguard_rng_seed(mbedguard_rng_context *ctx,
                       int (*f_entropy)(void *, unsigned char *, size_t), void *p_entropy,
                       const unsigned char *custom, size_t len)
{
    int ret;

    (void) p_entropy;
    if (ctx == NULL || f_entropy == NULL || (custom == NULL && len != 0))
        return MBEDGUARD_ERR_BAD_INPUT;
    ret = mbedguard_enter(&ctx->guard, PARENT, __func__);
    if (ret != 0)
        return ret;
    MBEDGUARD_ATOMIC_STORE(struct mbedguard_rng_pool *, &ctx->unguarded.pool, (void *) &seeded);
    return mbedguard_leave(&ctx->guard, PARENT);
}

int mbedguard_rng_random(void *p_rng, unsigned char *output, size_t len)
{
    if (p_rng == NULL || (output == NULL && len != 0))
        return MBEDGUARD_ERR_BAD_INPUT;
    if (!is_seeded(p_rng))
        return PSA_ERROR_BAD_STATE;
    return (int) mbedguard_psa_generate_random(output, len);
}

#else

int mbedguard_rng_seed(mbedguard_rng_context *ctx,
                       int (*f_entropy)(void *, unsigned char *, size_t), void *p_entropy,
                       const unsigned char *custom, size_t len)
{
    (void) ctx;
    (void) f_entropy;
    (void) p_entropy;
    (void) custom;
    (void) len;
    return MBEDGUARD_ERR_UNSUPPORTED;
}

int mbedguard_rng_random(void *p_rng, unsigned char *output, size_t len)
{
    (void) p_rng;
    (void) output;
    (void) len;
    return MBEDGUARD_ERR_UNSUPPORTED;
}

#endif

int mbedguard_rng_random_with_add(void *p_rng, unsigned char *output, size_t len,
                                  const unsigned char *additional, size_t add_len)
{
    if (additional == NULL && add_len != 0)
        return MBEDGUARD_ERR_BAD_INPUT;
    /* There is nothing of this thread's to mix it into. */
    return add_len != 0 ? MBEDGUARD_ERR_UNSUPPORTED : mbedguard_rng_random(p_rng, output, len);
}

int mbedguard_rng_reseed(mbedguard_rng_context *ctx, const unsigned char *additional, size_t len)
{
    (void) additional;
    (void) len;
    return ctx == NULL ? MBEDGUARD_ERR_BAD_INPUT : MBEDGUARD_ERR_UNSUPPORTED;
}

int mbedguard_rng_set_prediction_resistance(mbedguard_rng_context *ctx, int resistance)
{
    (void) resistance;
    return ctx == NULL ? MBEDGUARD_ERR_BAD_INPUT : MBEDGUARD_ERR_UNSUPPORTED;
}

int mbedguard_rng_set_reseed_interval(mbedguard_rng_context *ctx, int interval)
{
    (void) interval;
    return ctx == NULL ? MBEDGUARD_ERR_BAD_INPUT : MBEDGUARD_ERR_UNSUPPORTED;
}

int mbedguard_rng_set_entropy_len(mbedguard_rng_context *ctx, size_t len)
{
    (void) len;
    return ctx == NULL ? MBEDGUARD_ERR_BAD_INPUT : MBEDGUARD_ERR_UNSUPPORTED;
}

#endif
