/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* One operation object of all threads: the caller's own problem in every version of PSA. */
#include <psa/crypto.h>

#include "raw.h"

#define ROUNDS 200

static psa_hash_operation_t shared = PSA_HASH_OPERATION_INIT;
static const unsigned char bytes[100] = "the same bytes, whoever brings them";

static void feed(unsigned thread)
{
    unsigned i;

    (void) thread;
    for (i = 0; i < ROUNDS; i++)
        RAW_CALL(psa_hash_update(&shared, bytes, sizeof(bytes)));
}

int main(void)
{
    psa_hash_operation_t alone = PSA_HASH_OPERATION_INIT;
    unsigned char got[32], expected[32];
    size_t length;
    unsigned i;

    RAW_CALL(psa_crypto_init());
    RAW_CALL(psa_hash_setup(&shared, PSA_ALG_SHA_256));
    RAW_CALL(psa_hash_setup(&alone, PSA_ALG_SHA_256));
    for (i = 0; i < ROUNDS * RAW_THREADS; i++)
        RAW_CALL(psa_hash_update(&alone, bytes, sizeof(bytes)));
    raw_threads(feed);
    RAW_CALL(psa_hash_finish(&shared, got, sizeof(got), &length));
    RAW_CALL(psa_hash_finish(&alone, expected, sizeof(expected), &length));
    RAW_DATA(memcmp(got, expected, sizeof(got)) == 0);
    mbedtls_psa_crypto_free();
    return raw_result();
}
