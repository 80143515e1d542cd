/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Keys of the PSA store, as far as the guard has to know them: who may use one beside whom. Emitted
 * call-throughs call these where the policy says `key`, `new-key` and `ends-key`.
 *
 * 2.28 protects nothing. A look-up counts in the slot of the key; if the key is not there, it takes
 * an empty slot, or has another key give up its own. The identifier of a volatile key is the number of
 * its slot, so of a key that is there and volatile a look-up touches that slot and no other. Which
 * those are is known here, of keys that were made through the guard: they are used with the store
 * shared and their own guard exclusive, all others with the store exclusive.
 *
 * From 3.6 on the store counts readers under its own mutexes. The guard of a key is held shared by its
 * users and exclusively by whoever ends it, so that it waits for them. Keys share few such guards.
 *
 * Without MBEDTLS_THREADING_C the generator has no mutex either: all use the store exclusively, and
 * nothing here is called.
 */
#ifndef MBEDGUARD_MANUAL_PSA_KEYS_H
#define MBEDGUARD_MANUAL_PSA_KEYS_H

#include <mbedtls/version.h>

#if defined(MBEDTLS_PSA_CRYPTO_C)
#include <psa/crypto.h>

#include "core/enter.h"

#if defined(MBEDGUARD_THREADING_NONE)
static inline int mbedguard_psa_enter_key(mbedguard_want *set, size_t count,
                                          mbedtls_svc_key_id_t key, const char *where)
{
    (void) set;
    (void) count;
    (void) key;
    (void) where;
    return 0;
}
static inline void mbedguard_psa_key_made(const psa_key_attributes_t *attributes,
                                          mbedtls_svc_key_id_t key)
{
    (void) attributes;
    (void) key;
}
static inline void mbedguard_psa_key_ends(mbedtls_svc_key_id_t key)
{
    (void) key;
}
static inline void mbedguard_psa_keys_end(void)
{
}
#else

/* The longest set of a call that uses a key. */
#define MBEDGUARD_PSA_KEY_SET 8

/*
 * mbedguard_enter_set() for a call that uses a key. The last two elements are the store and, with
 * guard NULL, the key, both as the policy has them; how the store is taken, and which guard is the
 * key's, is found out here. What has to be done after fork() is done. To be left by
 * mbedguard_leave_set().
 */
int mbedguard_psa_enter_key(mbedguard_want *set, size_t count, mbedtls_svc_key_id_t key,
                            const char *where);

/* The store is held exclusively: a key was made, with these attributes. */
void mbedguard_psa_key_made(const psa_key_attributes_t *attributes, mbedtls_svc_key_id_t key);
/* The store is held exclusively: a key is about to end, if it can. */
void mbedguard_psa_key_ends(mbedtls_svc_key_id_t key);
/* The same of all. */
void mbedguard_psa_keys_end(void);

#endif

/* The guard that a call on the key takes beside the store, or NULL: for tests. */
mbedguard_guard *mbedguard_psa_key_guard(mbedtls_svc_key_id_t key);

#endif /* MBEDTLS_PSA_CRYPTO_C */

#endif /* MBEDGUARD_MANUAL_PSA_KEYS_H */
