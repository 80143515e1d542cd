/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * States in which Mbed TLS would follow a NULL pointer, or compute with a key that was never set.
 * Another thread may bring them about: it frees the object in its place.
 */
#include "manual/crypto_state.h"

#if MBEDTLS_VERSION_NUMBER < 0x04000000

#include "manual/members.h"

#if defined(MBEDTLS_AES_C)
/* What another implementation has in its context is not known. */
static int check_key(const mbedtls_aes_context *ctx)
{
#if defined(MBEDTLS_AES_ALT)
    (void) ctx;
    return 0;
#else
    return ctx->MBEDTLS_PRIVATE(nr) != 0 ? 0 : MBEDTLS_ERR_AES_BAD_INPUT_DATA;
#endif
}

int mbedguard_aes_check_key(const mbedguard_aes_context *ctx)
{
    return check_key(&ctx->unguarded);
}

#if defined(MBEDTLS_CIPHER_MODE_XTS)
int mbedguard_aes_xts_check_key(const mbedguard_aes_xts_context *ctx)
{
#if defined(MBEDTLS_AES_ALT)
    (void) ctx;
    return 0;
#else
    return check_key(&ctx->unguarded.MBEDTLS_PRIVATE(crypt));
#endif
}
#endif
#endif

#if defined(MBEDTLS_CIPHER_C)
int mbedguard_cipher_check_set_up(const mbedguard_cipher_context_t *ctx)
{
    return ctx->unguarded.MBEDTLS_PRIVATE(cipher_info) != NULL ? 0
                                                               : MBEDTLS_ERR_CIPHER_BAD_INPUT_DATA;
}
#endif

#if defined(MBEDTLS_CTR_DRBG_C)
int mbedguard_ctr_drbg_check_seeded(const mbedguard_ctr_drbg_context *ctx)
{
    return ctx->unguarded.MBEDTLS_PRIVATE(f_entropy) != NULL
               ? 0
               : MBEDTLS_ERR_CTR_DRBG_ENTROPY_SOURCE_FAILED;
}
#endif

#if defined(MBEDTLS_HMAC_DRBG_C)
int mbedguard_hmac_drbg_check_entropy(const mbedguard_hmac_drbg_context *ctx)
{
    return ctx->unguarded.MBEDTLS_PRIVATE(f_entropy) != NULL
               ? 0
               : MBEDTLS_ERR_HMAC_DRBG_ENTROPY_SOURCE_FAILED;
}
#endif

#endif
