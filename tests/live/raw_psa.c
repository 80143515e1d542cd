/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Threads import, use and destroy keys of their own: on 2.28 two creations pick one slot. */
#include <psa/crypto.h>

#include "raw.h"

#define ROUNDS 100

static void use_own_key(unsigned thread)
{
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
    unsigned char key[16], got[16];
    psa_key_id_t id;
    size_t length;
    unsigned i;

    psa_set_key_usage_flags(&attributes, PSA_KEY_USAGE_EXPORT);
    psa_set_key_algorithm(&attributes, PSA_ALG_ECB_NO_PADDING);
    psa_set_key_type(&attributes, PSA_KEY_TYPE_AES);
    for (i = 0; i < ROUNDS; i++) {
        memset(key, (int) (thread + 1), sizeof(key));
        key[0] = (unsigned char) i;
        if (psa_import_key(&attributes, key, sizeof(key), &id) != PSA_SUCCESS) {
            RAW_DATA(0);
            continue;
        }
        RAW_DATA(psa_export_key(id, got, sizeof(got), &length) == PSA_SUCCESS &&
                 memcmp(got, key, sizeof(key)) == 0);
        RAW_DATA(psa_destroy_key(id) == PSA_SUCCESS);
    }
    psa_reset_key_attributes(&attributes);
}

int main(void)
{
#if MBEDTLS_VERSION_NUMBER >= 0x03000000
    /* The key store locks itself since 3.6. */
    return 77;
#endif
    RAW_CALL(psa_crypto_init());
    raw_threads(use_own_key);
    mbedtls_psa_crypto_free();
    return raw_result();
}
