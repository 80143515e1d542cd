/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Rotation of ticket keys for an Mbed TLS that has none: as 3.6's mbedtls_ssl_ticket_rotate(). */
#include <mbedguard/ssl_ticket.h>

#if defined(MBEDTLS_SSL_TICKET_C)

#include <mbedguard/ssl_conf_access.h>

#if MBEDGUARD_HAVE_SSL_TICKET_ROTATE == 2

#include <string.h>

#include <mbedtls/platform_time.h>

#include "core/enter.h"
#include "manual/psa_store.h"

#if defined(MBEDTLS_USE_PSA_CRYPTO)
/* The tag of Mbed TLS's tickets. */
#define TAG_BYTES 16
#endif

/* A cipher of PSA takes a key only once: then another one takes its place. */
static int set_key(mbedtls_cipher_context_t *cipher, const unsigned char *k, int bitlen)
{
#if defined(MBEDTLS_USE_PSA_CRYPTO)
    if (cipher->psa_enabled != 0) {
        mbedtls_cipher_context_t fresh;
        int ret;

        mbedtls_cipher_init(&fresh);
        ret = mbedtls_cipher_setup_psa(&fresh, cipher->cipher_info, TAG_BYTES);
        if (ret == 0) {
            ret = mbedtls_cipher_setkey(&fresh, k, bitlen, MBEDTLS_ENCRYPT);
        }
        if (ret != 0) {
            mbedtls_cipher_free(&fresh);
            return ret;
        }
        mbedtls_cipher_free(cipher);
        *cipher = fresh; /* pointers and values: nothing in it points into itself */
        return 0;
    }
#endif
    return mbedtls_cipher_setkey(cipher, k, bitlen, MBEDTLS_ENCRYPT);
}

static int rotate_locked(mbedtls_ssl_ticket_context *ctx, const unsigned char *name, size_t nlength,
                         const unsigned char *k, size_t klength, uint32_t lifetime)
{
    const unsigned char index = (unsigned char) (1 - ctx->active);
    mbedtls_ssl_ticket_key *const key = &ctx->keys[index];
    const int bitlen = mbedtls_cipher_get_key_bitlen(&key->ctx);
    int ret;

    if (bitlen <= 0 || nlength < sizeof key->name || klength < ((size_t) bitlen + 7) / 8) {
        return MBEDTLS_ERR_CIPHER_BAD_INPUT_DATA;
    }
    ret = set_key(&key->ctx, k, bitlen);
    if (ret != 0) {
        return ret;
    }
    memcpy(key->name, name, sizeof key->name);
#if defined(MBEDTLS_HAVE_TIME)
    key->generation_time = (uint32_t) mbedtls_time(NULL);
#endif
    ctx->active = index;
    ctx->ticket_lifetime = lifetime;
    return 0;
}

/* The mutex inside is what a connection takes that calls Mbed TLS's own ticket functions. */
static int rotate_with_mutex(mbedtls_ssl_ticket_context *ctx, const unsigned char *name,
                             size_t nlength, const unsigned char *k, size_t klength,
                             uint32_t lifetime)
{
    int ret;

#if defined(MBEDTLS_THREADING_C)
    ret = mbedtls_mutex_lock(&ctx->mutex);
    if (ret != 0) {
        return ret;
    }
#endif
    ret = rotate_locked(ctx, name, nlength, k, klength, lifetime);
#if defined(MBEDTLS_THREADING_C)
    if (mbedtls_mutex_unlock(&ctx->mutex) != 0 && ret == 0) {
        ret = MBEDTLS_ERR_THREADING_MUTEX_ERROR;
    }
#endif
    return ret;
}

int mbedguard_ssl_ticket_rotate(mbedguard_ssl_ticket_context *ctx, const unsigned char *name,
                                size_t nlength, const unsigned char *k, size_t klength,
                                uint32_t lifetime)
{
    mbedguard_want set[2] = {
        {MBEDGUARD_GUARD_OF(ctx), MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_CACHE},
        MBEDGUARD_PSA_INSIDE_WANT,
    };
    int ret;

    if (ctx == NULL || name == NULL || k == NULL) {
        return MBEDGUARD_ERR_BAD_INPUT;
    }
    ret = mbedguard_enter_set(set, 2, __func__);
    if (ret != 0) {
        return ret;
    }
    ret = rotate_with_mutex(&ctx->unguarded, name, nlength, k, klength, lifetime);
    if (mbedguard_leave_set(set, 2) != 0 && ret >= 0) {
        ret = MBEDGUARD_ERR_THREADING;
    }
    return ret;
}

#endif

#endif /* MBEDTLS_SSL_TICKET_C */
