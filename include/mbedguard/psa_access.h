/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/**
 * @file psa_access.h
 * @brief PSA's random generator as a callback, where Mbed TLS has a constant instead of a function.
 */
/* In front of the guard: these include this file at their end, when all that it needs is declared. */
#include <stddef.h>

#include <mbedguard/psa_util.h>

#include <mbedguard/base.h>

#ifndef MBEDGUARD_PSA_ACCESS_H
#define MBEDGUARD_PSA_ACCESS_H

#ifdef __cplusplus
extern "C" {
#endif

#if defined(MBEDTLS_PSA_CRYPTO_C) && !defined(MBEDGUARD_HAVE_PSA_GET_RANDOM)
/**
 * @brief             Draw random bytes from PSA's generator: an RNG callback for all of Mbed TLS.
 * @param p_rng       [in] MBEDTLS_PSA_RANDOM_STATE, nothing else.
 * @param output      [out] The random bytes.
 * @param output_size [in] Bytes wanted.
 * @return            0
 * @return            MBEDTLS_ERR_* of the generator and its entropy sources
 * @return            MBEDGUARD_ERR_* output is not to be used
 * @par Locking       Takes the guard of PSA's generator (rank RNG), exclusively. In an Mbed TLS
 *                    without threads also the PSA store: calls that are given this function have it.
 * @since             0.1
 * @see               mbedtls_psa_get_random
 */
MBEDGUARD_API int mbedguard_psa_get_random(void *p_rng, unsigned char *output, size_t output_size);
#define MBEDGUARD_HAVE_PSA_GET_RANDOM 2 /**< Given here. */
#endif

#ifdef __cplusplus
}
#endif

#endif /* MBEDGUARD_PSA_ACCESS_H */
