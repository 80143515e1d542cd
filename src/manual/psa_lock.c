/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The lock of the PSA store that programs take. */
#include <mbedguard/guard.h>

#include <mbedguard/psa_lock.h>

#include "manual/psa_store.h"

#if defined(MBEDTLS_PSA_CRYPTO_C)

int mbedguard_psa_lock(void)
{
    return mbedguard_object_lock(&mbedguard_psa_store, sizeof mbedguard_psa_store,
                                 MBEDGUARD_RANK_PSA_STORE, __func__);
}

int mbedguard_psa_unlock(void)
{
    return mbedguard_object_unlock(&mbedguard_psa_store, sizeof mbedguard_psa_store, __func__);
}

#endif
