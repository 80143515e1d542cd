/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* What Mbed TLS does not look for in keys and generators before it uses it. */
#ifndef MBEDGUARD_MANUAL_CRYPTO_STATE_H
#define MBEDGUARD_MANUAL_CRYPTO_STATE_H

#include <mbedguard/mbedguard.h>

/* With the guard held: 0, or the error of Mbed TLS with which the call ends. */
#if MBEDTLS_VERSION_NUMBER < 0x04000000
#if defined(MBEDTLS_AES_C)
int mbedguard_aes_check_key(const mbedguard_aes_context *ctx);
#if defined(MBEDTLS_CIPHER_MODE_XTS)
int mbedguard_aes_xts_check_key(const mbedguard_aes_xts_context *ctx);
#endif
#endif
#if defined(MBEDTLS_CIPHER_C)
int mbedguard_cipher_check_set_up(const mbedguard_cipher_context_t *ctx);
#endif
#if defined(MBEDTLS_CTR_DRBG_C)
int mbedguard_ctr_drbg_check_seeded(const mbedguard_ctr_drbg_context *ctx);
#endif
#if defined(MBEDTLS_HMAC_DRBG_C)
/* One that was seeded from a buffer has no entropy, either. */
int mbedguard_hmac_drbg_check_entropy(const mbedguard_hmac_drbg_context *ctx);
#endif
#endif

#endif /* MBEDGUARD_MANUAL_CRYPTO_STATE_H */
