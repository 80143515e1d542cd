/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Members of RSA contexts, for an Mbed TLS that has no functions for them. */
#include <mbedguard/key_access.h>

#if defined(MBEDTLS_RSA_C) && MBEDTLS_VERSION_NUMBER < 0x04000000

#include "core/enter.h"
#include "manual/members.h"

#if MBEDGUARD_HAVE_RSA_GET_BITLEN == 2 || MBEDGUARD_HAVE_RSA_GET_PADDING_MODE == 2 ||              \
    MBEDGUARD_HAVE_RSA_GET_MD_ALG == 2
#define SHARED (MBEDGUARD_SHARED | MBEDGUARD_RANK_KEY | MBEDGUARD_IN_CALLBACK)
#endif

#if MBEDGUARD_HAVE_RSA_GET_BITLEN == 2
size_t mbedguard_rsa_get_bitlen(const mbedguard_rsa_context *ctx)
{
    mbedguard_guard *const guard = MBEDGUARD_GUARD_OF(ctx);
    size_t bits;

    if (mbedguard_enter(guard, SHARED, __func__) != 0) {
        return 0;
    }
    bits = mbedtls_mpi_bitlen(&ctx->unguarded.MBEDTLS_PRIVATE(N));
    if (mbedguard_leave(guard, SHARED) != 0) {
        bits = 0;
    }
    return bits;
}
#endif

#if MBEDGUARD_HAVE_RSA_GET_PADDING_MODE == 2
int mbedguard_rsa_get_padding_mode(const mbedguard_rsa_context *ctx)
{
    mbedguard_guard *const guard = MBEDGUARD_GUARD_OF(ctx);
    int ret;

    ret = mbedguard_enter(guard, SHARED, __func__);
    if (ret != 0) {
        return ret;
    }
    ret = ctx->unguarded.MBEDTLS_PRIVATE(padding);
    if (mbedguard_leave(guard, SHARED) != 0) {
        ret = MBEDGUARD_ERR_THREADING;
    }
    return ret;
}
#endif

#if MBEDGUARD_HAVE_RSA_GET_MD_ALG == 2
int mbedguard_rsa_get_md_alg(const mbedguard_rsa_context *ctx)
{
    mbedguard_guard *const guard = MBEDGUARD_GUARD_OF(ctx);
    int ret;

    ret = mbedguard_enter(guard, SHARED, __func__);
    if (ret != 0) {
        return ret;
    }
    ret = ctx->unguarded.MBEDTLS_PRIVATE(hash_id);
    if (mbedguard_leave(guard, SHARED) != 0) {
        ret = MBEDGUARD_ERR_THREADING;
    }
    return ret;
}
#endif

#endif
