/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Members of cipher, message digest and PEM contexts. */
#include <mbedguard/cipher_access.h>

#include "core/enter.h"
#include "manual/copy_out.h"
#include "manual/members.h"

#define SHARED (MBEDGUARD_SHARED | MBEDGUARD_RANK_LEAF)

#if MBEDTLS_VERSION_NUMBER < 0x04000000 && defined(MBEDTLS_CIPHER_C)
const mbedtls_cipher_info_t *mbedguard_cipher_get_info(const mbedguard_cipher_context_t *ctx)
{
    mbedguard_guard *const guard = MBEDGUARD_GUARD_OF(ctx);
    const mbedtls_cipher_info_t *info;

    if (mbedguard_enter(guard, SHARED, __func__) != 0) {
        return NULL;
    }
    info = ctx->unguarded.MBEDTLS_PRIVATE(cipher_info);
    if (mbedguard_leave(guard, SHARED) != 0) {
        info = NULL;
    }
    return info;
}
#endif

#if MBEDGUARD_HAVE_MD_INFO_FROM_CTX == 2
const mbedtls_md_info_t *mbedguard_md_info_from_ctx(const mbedguard_md_context_t *ctx)
{
    mbedguard_guard *const guard = MBEDGUARD_GUARD_OF(ctx);
    const mbedtls_md_info_t *info;

    if (mbedguard_enter(guard, SHARED, __func__) != 0) {
        return NULL;
    }
    info = ctx->unguarded.MBEDTLS_PRIVATE(md_info);
    if (mbedguard_leave(guard, SHARED) != 0) {
        info = NULL;
    }
    return info;
}
#endif

#if defined(MBEDTLS_PEM_PARSE_C)
int mbedguard_pem_copy_buffer(const mbedguard_pem_context *ctx, unsigned char *buf, size_t size,
                              size_t *olen)
{
    mbedguard_guard *const guard = MBEDGUARD_GUARD_OF(ctx);
    const unsigned char *bytes;
    int ret;

    ret = mbedguard_copy_out_check(buf, size, olen);
    if (ret != 0) {
        return ret;
    }
    ret = mbedguard_enter(guard, SHARED, __func__);
    if (ret != 0) {
        return ret;
    }
    bytes = ctx->unguarded.MBEDTLS_PRIVATE(buf);
    ret = bytes != NULL
              ? mbedguard_copy_out(buf, size, olen, bytes, ctx->unguarded.MBEDTLS_PRIVATE(buflen),
                                   MBEDTLS_ERR_PEM_BAD_INPUT_DATA)
              : MBEDGUARD_ERR_NOT_FOUND;
    if (mbedguard_leave(guard, SHARED) != 0 && ret >= 0) {
        ret = MBEDGUARD_ERR_THREADING;
    }
    return ret;
}

#if MBEDGUARD_HAVE_PEM_GET_BUFFER == 2
const unsigned char *mbedguard_pem_get_buffer(mbedguard_pem_context *ctx, size_t *buflen)
{
    mbedguard_guard *const guard = MBEDGUARD_GUARD_OF(ctx);
    const unsigned char *bytes;

    if (buflen == NULL) {
        return NULL;
    }
    *buflen = 0;
    if (mbedguard_enter(guard, SHARED, __func__) != 0) {
        return NULL;
    }
    bytes = ctx->unguarded.MBEDTLS_PRIVATE(buf);
    *buflen = ctx->unguarded.MBEDTLS_PRIVATE(buflen);
    if (mbedguard_leave(guard, SHARED) != 0) {
        bytes = NULL;
        *buflen = 0;
    }
    return bytes;
}
#endif
#endif /* MBEDTLS_PEM_PARSE_C */
