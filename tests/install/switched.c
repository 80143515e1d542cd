/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* A program that knows Mbed TLS only. With the shadow directory it becomes a guarded one. */
#include <psa/crypto.h>

int main(void)
{
    static const unsigned char text[3] = {'a', 'b', 'c'};
    psa_hash_operation_t operation = PSA_HASH_OPERATION_INIT;
    unsigned char hash[32];
    size_t length = 0;

    if (psa_crypto_init() != PSA_SUCCESS)
        return 1;
    if (psa_hash_setup(&operation, PSA_ALG_SHA_256) != PSA_SUCCESS ||
        psa_hash_update(&operation, text, sizeof text) != PSA_SUCCESS ||
        psa_hash_finish(&operation, hash, sizeof hash, &length) != PSA_SUCCESS)
        return 2;
    return length != sizeof hash || hash[0] != 0xba;
}
