/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Threads use one key, make and destroy keys, ask for identifiers that name none, hash and draw: in
 * 2.28 each use counts in the slot without a lock, and a look-up of an unknown identifier takes one.
 */
#include <psa/crypto.h>

#include "raw.h"

#define ROUNDS 60

static psa_key_id_t shared;
static const unsigned char bytes[16] = "sixteen bytes..";
static unsigned char expected[16];

static psa_status_t import(psa_key_id_t *id)
{
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;

    psa_set_key_usage_flags(&attributes, PSA_KEY_USAGE_ENCRYPT | PSA_KEY_USAGE_EXPORT);
    psa_set_key_algorithm(&attributes, PSA_ALG_ECB_NO_PADDING);
    psa_set_key_type(&attributes, PSA_KEY_TYPE_AES);
    return psa_import_key(&attributes, bytes, sizeof(bytes), id);
}

static int encrypts(psa_key_id_t id)
{
    unsigned char out[16] = {0};
    size_t length;

    return psa_cipher_encrypt(id, PSA_ALG_ECB_NO_PADDING, bytes, sizeof(bytes), out, sizeof(out),
                              &length) == PSA_SUCCESS &&
           memcmp(out, expected, sizeof(out)) == 0;
}

static void storm(unsigned thread)
{
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
    unsigned char out[32];
    psa_key_id_t own;
    size_t length;
    unsigned i;

    for (i = 0; i < ROUNDS; i++) {
        RAW_DATA(encrypts(shared));
        if (thread % 2 == 0) {
            RAW_DATA(import(&own) == PSA_SUCCESS && encrypts(own));
            RAW_DATA(psa_destroy_key(own) == PSA_SUCCESS);
        } else {
            RAW_DATA(psa_get_key_attributes(0x7FFFFF00, &attributes) == PSA_ERROR_INVALID_HANDLE);
            RAW_CALL(psa_hash_compute(PSA_ALG_SHA_256, bytes, sizeof(bytes), out, sizeof(out),
                                      &length));
            RAW_CALL(psa_generate_random(out, sizeof(out)));
        }
    }
}

int main(void)
{
    size_t length;

#if MBEDTLS_VERSION_NUMBER >= 0x03060000 && defined(MBEDTLS_THREADING_C)
    /* The key store locks itself since 3.6. */
    return 77;
#endif
    RAW_CALL(psa_crypto_init());
    RAW_CALL(import(&shared));
    RAW_CALL(psa_cipher_encrypt(shared, PSA_ALG_ECB_NO_PADDING, bytes, sizeof(bytes), expected,
                                sizeof(expected), &length));
    raw_threads(storm);
    RAW_DATA(psa_destroy_key(shared) == PSA_SUCCESS);
    mbedtls_psa_crypto_free();
    return raw_result();
}
