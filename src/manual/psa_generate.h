/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Keys that take long to generate, outside of the PSA store. */
#ifndef MBEDGUARD_MANUAL_PSA_GENERATE_H
#define MBEDGUARD_MANUAL_PSA_GENERATE_H

#include <mbedtls/version.h>

#if defined(MBEDTLS_PSA_CRYPTO_C)
#include <stdbool.h>

#include <mbedguard/psa/crypto.h>

/*
 * psa_generate_key(), if the key is one that is generated here: true, with the result of the call in
 * *status. False: nothing was done, and what is wrong, if anything is, shows in the call itself.
 */
bool mbedguard_psa_generate_apart(const mbedguard_psa_key_attributes_t *attributes,
                                  mbedtls_svc_key_id_t *key, psa_status_t *status);
#endif

#endif /* MBEDGUARD_MANUAL_PSA_GENERATE_H */
