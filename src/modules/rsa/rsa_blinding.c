/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Each private operation squares the two blinding values of the key, one after the other. Where memory
 * runs out in between they do not belong together any more, and Mbed TLS refuses each result from then
 * on. It makes others where there are none: so these are dropped.
 */
#include <mbedtls/version.h>

#if defined(MBEDTLS_RSA_C) && MBEDTLS_VERSION_NUMBER < 0x04000000

#include <stdbool.h>

#include "modules/rsa/rsa_blinding.h"

#if defined(MBEDTLS_THREADING_C)
#include <mbedtls/threading.h>
#endif

#if !defined(MBEDTLS_RSA_ALT)

#if defined(MBEDTLS_PRIVATE)
#define MEMBER(name) MBEDTLS_PRIVATE(name)
#else
#define MEMBER(name) name
#endif

/* The low seven bits are the code of what failed inside. */
#define INSIDE 0x7F

static bool may_be_half_made(int result)
{
    const int inside = -result & INSIDE;

    return result < 0 && -result - inside == -MBEDTLS_ERR_RSA_PRIVATE_FAILED
               ? inside != -MBEDTLS_ERR_MPI_BAD_INPUT_DATA /* the input, before all */
               : result == MBEDTLS_ERR_RSA_VERIFY_FAILED;
}

/* A handshake may be at the key itself, with Mbed TLS's mutex. */
void mbedguard_rsa_mend_blinding(mbedtls_rsa_context *key, int result)
{
    if (!may_be_half_made(result)) {
        return;
    }
#if defined(MBEDTLS_THREADING_C)
    if (mbedtls_mutex_lock(&key->MEMBER(mutex)) != 0) {
        return;
    }
#endif
    mbedtls_mpi_free(&key->MEMBER(Vi));
    mbedtls_mpi_free(&key->MEMBER(Vf));
#if defined(MBEDTLS_THREADING_C)
    (void) mbedtls_mutex_unlock(&key->MEMBER(mutex));
#endif
}

#else

void mbedguard_rsa_mend_blinding(mbedtls_rsa_context *key, int result)
{
    (void) key;
    (void) result;
}

#endif

#endif
