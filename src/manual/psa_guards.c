/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The guards of what has no object, and which of them an explicit lock on an object takes with it. */
#include "manual/psa_store.h"

#if defined(MBEDGUARD_THREADING_NONE)
mbedguard_guard mbedguard_psa_store;
mbedguard_guard mbedguard_psa_random;
#else
/* Who holds it shared counts in slots, holds mutexes of Mbed TLS. */
mbedguard_guard mbedguard_psa_store = {.readers_change = 1};
/* The last of its rank, wherever it stands: other generators may be seeded by it. */
mbedguard_guard mbedguard_psa_random = {.level = UINT32_MAX};
#endif
mbedguard_guard mbedguard_process_guard;

/*
 * Objects whose calls may use PSA inside come after the store: who locks one takes the store with it, as its
 * calls could not any more. What comes still later is used within every callback, and does without.
 */
mbedguard_want mbedguard_library_locks_with(unsigned rank)
{
    mbedguard_want with = {NULL, MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_PSA_STORE | MBEDGUARD_AROUND};

    if (MBEDGUARD_PSA_INSIDE && rank > MBEDGUARD_RANK_PSA_STORE && rank <= MBEDGUARD_RANK_PSA_OPERATION) {
        with.guard = &mbedguard_psa_store;
    }
    return with;
}
