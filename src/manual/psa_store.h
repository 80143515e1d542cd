/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Guards of what has no object: the PSA key store, PSA's random generator, and Mbed TLS's
 * process-wide settings. All-zero bytes are valid guards, so nothing initialises them.
 */
#ifndef MBEDGUARD_MANUAL_PSA_STORE_H
#define MBEDGUARD_MANUAL_PSA_STORE_H

#include <mbedtls/version.h>

#include "core/enter.h"

/*
 * MBEDGUARD_RANK_PSA_STORE. Shared by those who use a key that psa_keys.h knows, or only draw;
 * exclusively by all others that look at more than an operation.
 */
extern mbedguard_guard mbedguard_psa_store;

/*
 * MBEDGUARD_RANK_RNG. mbedguard_psa_get_random() is called back while numbers, groups and keys are
 * held, which come after the store; so it has a guard of its own, taken with the store by whoever
 * creates or destroys the generator. Within its rank it comes last.
 */
extern mbedguard_guard mbedguard_psa_random;

/* MBEDGUARD_RANK_PROCESS. Settings of the process: debug threshold, platform functions, max ops. */
extern mbedguard_guard mbedguard_process_guard;

/*
 * Called with the store held, before every PSA call: in a child of fork(), reseed the generator before its
 * first output. 0, or an error with which the call ends.
 */
#if defined(MBEDGUARD_THREADING_NONE)
static inline int mbedguard_psa_after_fork(void)
{
    return 0;
}
static inline int mbedguard_psa_after_fork_keys_stay(void)
{
    return 0;
}
#else
int mbedguard_psa_after_fork(void);
/* The same before a call that frees no key of the store while a slot of it is empty. */
int mbedguard_psa_after_fork_keys_stay(void);
#endif

#if defined(MBEDTLS_PSA_CRYPTO_C)
#include <stdbool.h>

/* The store is held: whether there are slots, as there are from psa_crypto_init() to free. */
bool mbedguard_psa_has_slots(void);
/* The store is held exclusively: psa_crypto_init() was called; or the library freed. */
void mbedguard_psa_note_init(bool succeeded);
#endif

/*
 * Does TLS, X.509, PK and MD code use PSA, in a version or configuration where PSA has no locks?
 * configure found out, since the order of guards depends on it (mbedguard/backend.h); the generator
 * asks itself.
 */
#if defined(MBEDTLS_PSA_CRYPTO_C) &&                                                               \
    (!defined(MBEDTLS_THREADING_C) || MBEDTLS_VERSION_NUMBER < 0x03060000) &&                      \
    (defined(MBEDTLS_USE_PSA_CRYPTO) || MBEDTLS_VERSION_NUMBER >= 0x04000000 ||                    \
     (defined(MBEDTLS_SSL_PROTO_TLS1_3) && MBEDTLS_VERSION_NUMBER >= 0x03000000) ||                \
     defined(MBEDTLS_MD_SOME_PSA) || defined(MBEDTLS_BLOCK_CIPHER_SOME_PSA))
#if !defined(MBEDGUARD_PSA_INSIDE)
#error "configure did not see that this Mbed TLS uses PSA inside; configure again"
#endif
#define MBEDGUARD_PSA_INSIDE_GUARD (&mbedguard_psa_store)
#elif defined(MBEDGUARD_PSA_INSIDE)
#error "configure saw an Mbed TLS that uses PSA inside, and this one does not; configure again"
#else
#define MBEDGUARD_PSA_INSIDE       0
#define MBEDGUARD_PSA_INSIDE_GUARD ((mbedguard_guard *) NULL)
#endif

/*
 * The element of a set for calls that use PSA inside; an absent guard where that needs none. Callbacks
 * of the call may make PSA calls of their own.
 */
#define MBEDGUARD_PSA_INSIDE_WANT                                                                  \
    {                                                                                              \
        MBEDGUARD_PSA_INSIDE_GUARD,                                                                \
            MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_PSA_STORE | MBEDGUARD_AROUND                      \
    }

#endif /* MBEDGUARD_MANUAL_PSA_STORE_H */
