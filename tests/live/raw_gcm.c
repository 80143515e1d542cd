/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* One-shots with one key: each call looks complete, but its state is in the context. */
#include "raw.h"

#if MBEDTLS_VERSION_NUMBER < 0x04000000

#include <mbedtls/gcm.h>

#define ROUNDS 200

static mbedtls_gcm_context gcm;

static void seal_and_open(unsigned thread)
{
    unsigned char nonce[12], plain[256], cipher[256], again[256], tag[16];
    unsigned i;

    memset(nonce, (int) thread, sizeof(nonce));
    memset(plain, (int) thread, sizeof(plain));
    for (i = 0; i < ROUNDS; i++) {
        RAW_CALL(mbedtls_gcm_crypt_and_tag(&gcm, MBEDTLS_GCM_ENCRYPT, sizeof(plain), nonce,
                                           sizeof(nonce), NULL, 0, plain, cipher, sizeof(tag),
                                           tag));
        RAW_DATA(mbedtls_gcm_auth_decrypt(&gcm, sizeof(plain), nonce, sizeof(nonce), NULL, 0, tag,
                                          sizeof(tag), cipher, again) == 0);
        RAW_DATA(memcmp(again, plain, sizeof(plain)) == 0);
    }
}

int main(void)
{
    static const unsigned char key[16] = {1, 2, 3};

    mbedtls_gcm_init(&gcm);
    RAW_CALL(mbedtls_gcm_setkey(&gcm, MBEDTLS_CIPHER_ID_AES, key, 128));
    raw_threads(seal_and_open);
    mbedtls_gcm_free(&gcm);
    return raw_result();
}

#else

/* 4.x has taken it out of its public headers. */
int main(void)
{
    return 77;
}

#endif
