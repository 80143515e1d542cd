/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* A program that uses the installed library; C and C++. It hashes through a guard and directly. */
#include <mbedguard/base.h>
#include <mbedguard/guard.h>
#include <mbedguard/psa/crypto.h>
#include <mbedguard/release.h>

#include <stdio.h>
#include <string.h>

int main(void)
{
    static const unsigned char text[3] = {'a', 'b', 'c'};
    unsigned char guarded[32];
    unsigned char raw[32];
    size_t length = 0;

    if (mbedguard_psa_crypto_init() != PSA_SUCCESS)
        return 1;
    if (mbedguard_psa_hash_compute(PSA_ALG_SHA_256, text, sizeof text, guarded, sizeof guarded,
                                   &length) != PSA_SUCCESS ||
        length != sizeof guarded)
        return 2;
    if (psa_hash_compute(PSA_ALG_SHA_256, text, sizeof text, raw, sizeof raw, &length) !=
        PSA_SUCCESS)
        return 3;
    if (memcmp(guarded, raw, sizeof raw) != 0 || raw[0] != 0xba)
        return 4;
    printf("mbedguard %s works\n", MBEDGUARD_VERSION_STRING);
    return 0;
}
