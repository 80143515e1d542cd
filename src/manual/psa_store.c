/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The few functions that need the guards both of the PSA store and of PSA's random generator: those
 * which make or destroy the generator, and the one which draws from it as a callback.
 */
#include "manual/psa_store.h"

#include "core/atomic.h"

#if defined(MBEDTLS_PSA_CRYPTO_C)
#include <psa/crypto.h>

#include <mbedtls/psa_util.h>

#include <mbedguard/psa/crypto.h>
#include <mbedguard/psa/crypto_extra.h>
#include <mbedguard/psa_access.h>

#include "manual/psa_keys.h"
#endif

#if defined(MBEDTLS_PSA_CRYPTO_C)

#define STORE  (MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_PSA_STORE | MBEDGUARD_CALLS_OUT)
/* An init of 3.6 that has nothing to do is beside users. */
#if MBEDTLS_VERSION_NUMBER >= 0x03060000 && defined(MBEDTLS_THREADING_C) &&                        \
    !defined(MBEDTLS_PSA_CRYPTO_EXTERNAL_RNG)
#define STORE_FOR_USE (MBEDGUARD_SHARED | MBEDGUARD_RANK_PSA_STORE | MBEDGUARD_CALLS_OUT)
#endif
#define RANDOM (MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_RNG | MBEDGUARD_CALLS_OUT)

/*
 * 3.6 finds out about fork() by itself; 2.28 does not, and a child would repeat what its parent draws:
 * keys, nonces.
 */
#if MBEDTLS_VERSION_NUMBER < 0x03000000 && !defined(MBEDTLS_PSA_CRYPTO_EXTERNAL_RNG) && \
    !defined(MBEDGUARD_THREADING_NONE)

/* Which process the generator was seeded in; protected by mbedguard_psa_random. */
static uint32_t seeded_in;

static int reseed_after_fork_locked(void)
{
    const uint32_t generation = mbedguard_psa_random.generation;
    unsigned char nothing[1];
    int ret = 0;

    if (seeded_in == generation) {
        return 0;
    }
    /* Without psa_crypto_init() there is no generator yet, and what it seeds is this process's own. */
    if (psa_generate_random(nothing, 0) == PSA_SUCCESS) {
#if defined(MBEDTLS_CTR_DRBG_C)
        ret = mbedtls_ctr_drbg_reseed(MBEDTLS_PSA_RANDOM_STATE, NULL, 0);
#else
        ret = mbedtls_hmac_drbg_reseed(MBEDTLS_PSA_RANDOM_STATE, NULL, 0);
#endif
    }
    if (ret == 0) {
        seeded_in = generation;
    }
    return ret;
}

static int reseed_after_fork(void)
{
    int ret;

    /* The caller holds the store, so its generation is that of the process: 0 in the first one. */
    if (mbedguard_psa_store.generation == 0) {
        return 0;
    }
    ret = mbedguard_enter(&mbedguard_psa_random, RANDOM | MBEDGUARD_IN_CALLBACK, __func__);
    if (ret != 0) {
        return ret;
    }
    ret = reseed_after_fork_locked();
    if (mbedguard_leave(&mbedguard_psa_random, RANDOM | MBEDGUARD_IN_CALLBACK) != 0 && ret == 0) {
        ret = MBEDGUARD_ERR_THREADING;
    }
    return ret;
}

#else

static int reseed_after_fork_locked(void)
{
    return 0;
}

#if !defined(MBEDGUARD_THREADING_NONE)
static int reseed_after_fork(void)
{
    return 0;
}
#endif

#endif

/*
 * What a call that vanished in a fork may have left half done: whether the last call that took the
 * store may free keys. As long as it freed no key, the slots can be wiped in the child. If it did, a
 * slot may point at what is freed already. Calls that are in at the same time, with the store shared,
 * say the same.
 */
static uint32_t keys_stay;

static void note_keys_stay(uint32_t stay)
{
    if (mbedguard_load(&keys_stay) != stay) {
        mbedguard_store(&keys_stay, stay);
    }
}

#if !defined(MBEDGUARD_THREADING_NONE)
int mbedguard_psa_after_fork(void)
{
    note_keys_stay(0);
    return reseed_after_fork();
}

int mbedguard_psa_after_fork_keys_stay(void)
{
    note_keys_stay(1);
    return reseed_after_fork();
}
#endif

/*
 * Whether mbedtls_psa_crypto_free() is safe in a child, after a call that vanished. In 2.28 PSA has
 * no locks; the generator's own mutex is destroyed and made anew, not taken, and what it has on the
 * heap does not change hands in a call. No key is freed unless that is the purpose of the call, or
 * no slot was empty: then there is at most one now, that of the key which had to make room. Later
 * versions would wait for locks that the vanished thread holds. Calls of TLS that use PSA inside do
 * not say what they do to keys; external and built-in ones follow other rules.
 */
#if MBEDTLS_VERSION_NUMBER < 0x03000000 && !MBEDGUARD_PSA_INSIDE &&                                \
    !defined(MBEDTLS_PSA_CRYPTO_SE_C) && !defined(MBEDTLS_PSA_CRYPTO_BUILTIN_KEYS)
static bool can_clear_locked(void)
{
    mbedtls_psa_stats_t stats;

    if (!mbedguard_is_broken(&mbedguard_psa_store)) {
        return true;
    }
    mbedtls_psa_get_stats(&stats);
    return mbedguard_load(&keys_stay) != 0 && stats.empty_slots > 1;
}
#else
static bool can_clear_locked(void)
{
    return false;
}
#endif

/* Whether an init by a guarded call succeeded, and no free came after; written with the store exclusive. */
static uint32_t was_init;

void mbedguard_psa_note_init(bool succeeded)
{
    mbedguard_store(&was_init, succeeded);
}

static int free_locked(void)
{
    if ((mbedguard_is_broken(&mbedguard_psa_store) || mbedguard_is_broken(&mbedguard_psa_random)) &&
        !can_clear_locked()) {
        return MBEDGUARD_ERR_BROKEN;
    }
    note_keys_stay(0);
    mbedguard_psa_keys_end();
    mbedguard_psa_note_init(false);
    mbedtls_psa_crypto_free();
    mbedguard_make_whole(&mbedguard_psa_store);
    mbedguard_make_whole(&mbedguard_psa_random);
    return 0;
}

bool mbedguard_psa_has_slots(void)
{
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;

    /* After an init that was no guarded one. There is no such key: without slots it is not looked for. */
    return mbedguard_load(&was_init) != 0 ||
           psa_get_key_attributes(MBEDTLS_SVC_KEY_ID_INIT, &attributes) != PSA_ERROR_BAD_STATE;
}

static psa_status_t init_locked(void)
{
    psa_status_t status;

    note_keys_stay(0);
    status = reseed_after_fork_locked() == 0 ? psa_crypto_init() : PSA_ERROR_INSUFFICIENT_ENTROPY;
    if (status != PSA_SUCCESS) {
        /* An init that fails frees what there is. */
        mbedguard_psa_keys_end();
    }
    mbedguard_psa_note_init(status == PSA_SUCCESS);
    return status;
}

#if defined(STORE_FOR_USE)

/* If there was an init, another one beside users; false if there was none. */
static bool init_again(psa_status_t *status)
{
    bool is_over;

    *status = PSA_ERROR_SERVICE_FAILURE;
    if (mbedguard_load(&was_init) == 0) {
        return false;
    }
    if (mbedguard_enter(&mbedguard_psa_store, STORE_FOR_USE, "mbedguard_psa_crypto_init") != 0) {
        return true;
    }
    is_over = mbedguard_load(&was_init) != 0;
    if (is_over) {
        *status = psa_crypto_init();
    }
    if (mbedguard_leave(&mbedguard_psa_store, STORE_FOR_USE) != 0) {
        *status = PSA_ERROR_SERVICE_FAILURE;
    }
    return is_over;
}

#else

static bool init_again(psa_status_t *status)
{
    (void) status;
    return false;
}

#endif

psa_status_t mbedguard_psa_crypto_init(void)
{
    mbedguard_want set[2] = {{&mbedguard_psa_store, STORE}, {&mbedguard_psa_random, RANDOM}};
    psa_status_t status;

    if (init_again(&status)) {
        return status;
    }
    if (mbedguard_enter_set(set, 2, __func__) != 0) {
        return PSA_ERROR_SERVICE_FAILURE;
    }
    status = init_locked();
    if (mbedguard_leave_set(set, 2) != 0 && status == PSA_SUCCESS) {
        status = PSA_ERROR_SERVICE_FAILURE;
    }
    return status;
}

int mbedguard_psa_crypto_free(void)
{
    mbedguard_want set[2] = {{&mbedguard_psa_store, STORE | MBEDGUARD_EVEN_BROKEN},
                             {&mbedguard_psa_random, RANDOM | MBEDGUARD_EVEN_BROKEN}};
    int ret;

    ret = mbedguard_enter_set(set, 2, __func__);
    if (ret != 0) {
        return ret;
    }
    ret = free_locked();
    if (mbedguard_leave_set(set, 2) != 0 && ret == 0) {
        ret = MBEDGUARD_ERR_THREADING;
    }
    return ret;
}

/* Without threads in Mbed TLS, calls under the store use the generator unprotected. */
int mbedguard_psa_get_random(void *p_rng, unsigned char *output, size_t output_size)
{
    mbedguard_want set[2] = {
        {&mbedguard_psa_random, RANDOM},
#if defined(MBEDTLS_THREADING_C)
        {NULL, 0},
#else
        {&mbedguard_psa_store, STORE},
#endif
    };
    int ret;

    ret = mbedguard_enter_set(set, 2, __func__);
    if (ret != 0) {
        return ret;
    }
    ret = reseed_after_fork_locked();
    if (ret == 0) {
        ret = mbedtls_psa_get_random(p_rng, output, output_size);
    }
    if (mbedguard_leave_set(set, 2) != 0 && ret >= 0) {
        ret = MBEDGUARD_ERR_THREADING;
    }
    return ret;
}

#endif /* MBEDTLS_PSA_CRYPTO_C */
