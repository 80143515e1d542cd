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

/* The same for what does so only with MBEDTLS_USE_PSA_CRYPTO, and always in 4.x: keys, certificates. */
#if defined(MBEDTLS_USE_PSA_CRYPTO) || MBEDTLS_VERSION_NUMBER >= 0x04000000
#define MBEDGUARD_PSA_INSIDE_KEYS MBEDGUARD_PSA_INSIDE
#else
#define MBEDGUARD_PSA_INSIDE_KEYS 0
#endif

/* 2.28 parses certificates without PSA. */
#define MBEDGUARD_PSA_INSIDE_CERTIFICATES                                                          \
    (MBEDGUARD_PSA_INSIDE_KEYS && MBEDTLS_VERSION_NUMBER >= 0x03000000)

static inline int mbedguard_psa_enter_certificates(const char *where) MBEDGUARD_NO_ANALYSIS
{
    return MBEDGUARD_PSA_INSIDE_CERTIFICATES ? mbedguard_psa_enter_inside(where) : 0;
}
static inline int mbedguard_psa_leave_certificates(void) MBEDGUARD_NO_ANALYSIS
{
    return MBEDGUARD_PSA_INSIDE_CERTIFICATES ? mbedguard_psa_leave_inside() : 0;
}

/* mbedguard_enter_set() for a set with MBEDGUARD_PSA_INSIDE_WANT, with PSA's generator fit to draw from. */
int mbedguard_psa_enter_set_inside(mbedguard_want *set, size_t count, const char *where);

/*
 * The store if f_rng is PSA's generator where that has no mutex, else an absent guard: the call takes it
 * before its objects, as f_rng could not any more. For a call that works with a key, also if PK uses PSA.
 */
mbedguard_want mbedguard_psa_want_for(int (*f_rng)(void *, unsigned char *, size_t));
mbedguard_want mbedguard_psa_want_for_keys(int (*f_rng)(void *, unsigned char *, size_t));

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
