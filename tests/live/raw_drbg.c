/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Mbed TLS locks drawing from a generator, but not reseeding or setting it. */
#include "raw.h"

#if MBEDTLS_VERSION_NUMBER < 0x04000000

#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>

#define ROUNDS 50

static mbedtls_entropy_context entropy;
static mbedtls_ctr_drbg_context drbg;

static void draw_or_reseed(unsigned thread)
{
    unsigned char out[32];
    unsigned i;

    for (i = 0; i < ROUNDS; i++) {
        if (thread == 0) {
            RAW_CALL(mbedtls_ctr_drbg_reseed(&drbg, NULL, 0));
            mbedtls_ctr_drbg_set_reseed_interval(&drbg, 20 + (int) i);
        } else {
            RAW_CALL(mbedtls_ctr_drbg_random(&drbg, out, sizeof(out)));
        }
    }
}

int main(void)
{
    mbedtls_entropy_init(&entropy);
    mbedtls_ctr_drbg_init(&drbg);
    RAW_CALL(mbedtls_ctr_drbg_seed(&drbg, mbedtls_entropy_func, &entropy, NULL, 0));
    raw_threads(draw_or_reseed);
    mbedtls_ctr_drbg_free(&drbg);
    mbedtls_entropy_free(&entropy);
    return raw_result();
}

#else

/* 4.x has taken it out of its public headers. */
int main(void)
{
    return 77;
}

#endif
