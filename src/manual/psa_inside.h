/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Calls of TLS, X.509, PK and ciphers that use PSA inside, where PSA has no locks: they hold the store
 * around what they do, in its place just after the configurations (MBEDGUARD_RANK_PSA_STORE).
 */
#ifndef MBEDGUARD_MANUAL_PSA_INSIDE_H
#define MBEDGUARD_MANUAL_PSA_INSIDE_H

#include "manual/psa_store.h"

#if MBEDGUARD_PSA_INSIDE && !defined(MBEDGUARD_THREADING_NONE)

/* For one call of Mbed TLS in a function of src/manual/: 0, or an error with nothing taken. */
int mbedguard_psa_enter_inside(const char *where) MBEDGUARD_TRY_ACQUIRE(0, mbedguard_psa_store);
int mbedguard_psa_leave_inside(void) MBEDGUARD_RELEASE(mbedguard_psa_store);

#else

static inline int mbedguard_psa_enter_inside(const char *where)
{
    (void) where;
    return 0;
}
static inline int mbedguard_psa_leave_inside(void)
{
    return 0;
}

#endif

/*
 * For a call that uses PSA only if its object was set up to: takes the set, whose last element is
 * absent, asks, and if so takes it once more with the store. asks is called with the object, whose
 * guard is held.
 */
int mbedguard_psa_enter_asking(mbedguard_want *set, size_t count, bool (*asks)(const void *object),
                               const void *object, const char *where);

/* Of a mbedtls_cipher_context_t: does it work with a key of PSA? */
bool mbedguard_cipher_uses_psa(const void *cipher);

/* Of a generator: is it seeded by PSA's, that is by mbedguard_psa_get_random()? */
bool mbedguard_ctr_drbg_uses_psa(const void *drbg);
bool mbedguard_hmac_drbg_uses_psa(const void *drbg);

#endif /* MBEDGUARD_MANUAL_PSA_INSIDE_H */
