/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/**
 * @file psa_lock.h
 * @brief The lock of the PSA key store, for several calls that are to be one step.
 */
/* In front of the guard: this file is included at the end of that one. */
#include <mbedguard/psa/crypto.h>

#include <mbedguard/base.h>

#ifndef MBEDGUARD_PSA_LOCK_H
#define MBEDGUARD_PSA_LOCK_H

#ifdef __cplusplus
extern "C" {
#endif

#if defined(MBEDTLS_PSA_CRYPTO_C)
/**
 * @brief       Lock the PSA key store exclusively for several calls.
 *
 * Until mbedguard_psa_unlock(), other threads' calls that look at keys or draw from PSA's generator wait;
 * hashes and operations that are set up go on. The same thread may lock again; each lock needs its
 * unlock. Attributes and operations come before the store: a thread that gives some to its calls under
 * the lock locks those first (mbedguard_lock()), or the calls are refused (PSA_ERROR_SERVICE_FAILURE).
 * (With #MBEDGUARD_FEATURE_PSA_INSIDE the store comes before them, and they need no lock; one on them
 * takes the store with it.)
 *
 * @return      0
 * @return      #MBEDGUARD_ERR_BROKEN the store was left in the middle of a change
 * @return      #MBEDGUARD_ERR_ORDER this thread holds a guard that comes later
 * @return      #MBEDGUARD_ERR_UPGRADE this thread is in a call that uses a key or draws
 * @return      #MBEDGUARD_ERR_ALLOC_FAILED, #MBEDGUARD_ERR_THREADING, #MBEDGUARD_ERR_OVERFLOW,
 *              #MBEDGUARD_ERR_VERSION
 * @par Locking Takes the PSA store exclusively until mbedguard_psa_unlock(): waits for the calls that
 *              are under way there.
 * @since       0.1
 */
MBEDGUARD_API int mbedguard_psa_lock(void);

/**
 * @brief       Undo one mbedguard_psa_lock().
 * @return      0
 * @return      #MBEDGUARD_ERR_NOT_LOCKED this thread has no lock on the store
 * @return      #MBEDGUARD_ERR_THREADING
 * @par Locking Releases what the lock took.
 * @since       0.1
 */
MBEDGUARD_API int mbedguard_psa_unlock(void);
#endif

#ifdef __cplusplus
}
#endif

#endif /* MBEDGUARD_PSA_LOCK_H */
