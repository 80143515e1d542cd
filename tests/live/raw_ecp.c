/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The first multiplication with a group writes a table into it, though it only seems to read. */
#include "raw.h"

#if MBEDTLS_VERSION_NUMBER < 0x04000000

#include <mbedtls/ctr_drbg.h>
#include <mbedtls/ecp.h>
#include <mbedtls/entropy.h>

#define ROUNDS 5

static mbedtls_entropy_context entropy;
static mbedtls_ctr_drbg_context drbg;
static mbedtls_ecp_group group;

static void make_key(unsigned thread)
{
    mbedtls_ecp_point public_key;
    mbedtls_mpi private_key;

    (void) thread;
    mbedtls_ecp_point_init(&public_key);
    mbedtls_mpi_init(&private_key);
    RAW_CALL(
        mbedtls_ecp_gen_keypair(&group, &private_key, &public_key, mbedtls_ctr_drbg_random, &drbg));
    RAW_DATA(mbedtls_ecp_check_pubkey(&group, &public_key) == 0);
    mbedtls_mpi_free(&private_key);
    mbedtls_ecp_point_free(&public_key);
}

int main(void)
{
    unsigned i;

#if MBEDTLS_VERSION_NUMBER >= 0x03000000
    /* The tables of named curves are constants since 3.0. */
    return 77;
#endif
    mbedtls_entropy_init(&entropy);
    mbedtls_ctr_drbg_init(&drbg);
    mbedtls_ecp_group_init(&group);
    RAW_CALL(mbedtls_ctr_drbg_seed(&drbg, mbedtls_entropy_func, &entropy, NULL, 0));
    for (i = 0; i < ROUNDS; i++) {
        RAW_CALL(mbedtls_ecp_group_load(&group, MBEDTLS_ECP_DP_SECP256R1));
        raw_threads(make_key);
        mbedtls_ecp_group_free(&group);
    }
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
