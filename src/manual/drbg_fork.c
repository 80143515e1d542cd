/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Random generators after fork(). The generation of a guard that is held is that of the process, counted
 * by the fork handler: no system call per draw.
 */
#include "manual/drbg_fork.h"

#include "manual/members.h"

#define GENERATION_OF(ctx) ((ctx)->guard.generation)

#if defined(MBEDTLS_CTR_DRBG_C) && MBEDTLS_VERSION_NUMBER < 0x04000000 && \
    !defined(MBEDGUARD_THREADING_NONE)

int mbedguard_ctr_drbg_after_fork(mbedguard_ctr_drbg_context *ctx)
{
    int ret = 0;

    if (ctx->forked.generation == GENERATION_OF(ctx)) {
        return 0;
    }
    if (ctx->unguarded.MBEDTLS_PRIVATE(f_entropy) != NULL) {
        ret = mbedtls_ctr_drbg_reseed(&ctx->unguarded, NULL, 0);
    }
    if (ret == 0) {
        ctx->forked.generation = GENERATION_OF(ctx);
    }
    return ret;
}

int mbedguard_ctr_drbg_seeding(mbedguard_ctr_drbg_context *ctx)
{
    ctx->forked.generation = GENERATION_OF(ctx);
    return 0;
}

#endif

#if defined(MBEDTLS_HMAC_DRBG_C) && MBEDTLS_VERSION_NUMBER < 0x04000000 && \
    !defined(MBEDGUARD_THREADING_NONE)

int mbedguard_hmac_drbg_after_fork(mbedguard_hmac_drbg_context *ctx)
{
    int ret = 0;

    if (ctx->forked.generation == GENERATION_OF(ctx)) {
        return 0;
    }
    if (ctx->unguarded.MBEDTLS_PRIVATE(f_entropy) != NULL) {
        ret = mbedtls_hmac_drbg_reseed(&ctx->unguarded, NULL, 0);
    }
    if (ret == 0) {
        ctx->forked.generation = GENERATION_OF(ctx);
    }
    return ret;
}

int mbedguard_hmac_drbg_seeding(mbedguard_hmac_drbg_context *ctx)
{
    ctx->forked.generation = GENERATION_OF(ctx);
    return 0;
}

#endif
