/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Members of Diffie-Hellman contexts, for an Mbed TLS that has no functions for them. */
#include <mbedguard/key_access.h>

#if defined(MBEDTLS_DHM_C) && MBEDTLS_VERSION_NUMBER < 0x04000000

#include "core/enter.h"

#if MBEDGUARD_HAVE_DHM_GET_VALUE == 2

#define SHARED (MBEDGUARD_SHARED | MBEDGUARD_RANK_KEY | MBEDGUARD_IN_CALLBACK)

static const mbedtls_mpi *part_of(const mbedtls_dhm_context *dhm, mbedguard_dhm_parameter param)
{
    switch (param) {
    case MBEDGUARD_DHM_PARAM_P:
        return &dhm->P;
    case MBEDGUARD_DHM_PARAM_G:
        return &dhm->G;
    case MBEDGUARD_DHM_PARAM_X:
        return &dhm->X;
    case MBEDGUARD_DHM_PARAM_GX:
        return &dhm->GX;
    case MBEDGUARD_DHM_PARAM_GY:
        return &dhm->GY;
    case MBEDGUARD_DHM_PARAM_K:
        return &dhm->K;
    default:
        return NULL;
    }
}

int mbedguard_dhm_get_value(const mbedguard_dhm_context *ctx, mbedguard_dhm_parameter param,
                            mbedguard_mpi *dest)
{
    mbedguard_want set[2] = {
        {MBEDGUARD_GUARD_OF(ctx), SHARED},
        {MBEDGUARD_GUARD_OF(dest), MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_VALUE},
    };
    const mbedtls_mpi *part;
    int ret;

    if (ctx == NULL || dest == NULL) {
        return MBEDGUARD_ERR_BAD_INPUT;
    }
    ret = mbedguard_enter_set(set, 2, __func__);
    if (ret != 0) {
        return ret;
    }
    part = part_of(&ctx->unguarded, param);
    ret = part != NULL ? mbedtls_mpi_copy(&dest->unguarded, part) : MBEDTLS_ERR_DHM_BAD_INPUT_DATA;
    if (mbedguard_leave_set(set, 2) != 0 && ret >= 0) {
        ret = MBEDGUARD_ERR_THREADING;
    }
    return ret;
}

size_t mbedguard_dhm_get_bitlen(const mbedguard_dhm_context *ctx)
{
    mbedguard_guard *const guard = MBEDGUARD_GUARD_OF(ctx);
    size_t bits;

    if (mbedguard_enter(guard, SHARED, __func__) != 0) {
        return 0;
    }
    bits = mbedtls_mpi_bitlen(&ctx->unguarded.P);
    if (mbedguard_leave(guard, SHARED) != 0) {
        bits = 0;
    }
    return bits;
}

size_t mbedguard_dhm_get_len(const mbedguard_dhm_context *ctx)
{
    return (mbedguard_dhm_get_bitlen(ctx) + 7) / 8;
}

#endif

#endif
