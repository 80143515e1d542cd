/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The nth allocation of a PSA call fails, for each n: the call says so and leaves the store as it was,
 * no identifier is given, and the next try succeeds; or it does without, and its result is right. All
 * beside a thread that uses another key. calloc() of the C library is replaced, for Mbed TLS in a
 * shared library, too.
 */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "live/live_psa.h"
#include "manual/psa_keys.h"
#include "sanitized.h"

#if !defined(SANITIZED) && !defined(MBEDTLS_MEMORY_BUFFER_ALLOC_C)

static _Thread_local unsigned fail_in;

/* Seen by the compiler as nothing that it could make a calloc() of. */
static void *(*volatile set_bytes)(void *bytes, int value, size_t size) = memset;

void *calloc(size_t count, size_t size)
{
    void *bytes;

    if (fail_in > 0 && fail_in-- == 1)
        return NULL;
    if (size != 0 && count > SIZE_MAX / size)
        return NULL;
    bytes = malloc(count * size);
    return bytes == NULL ? NULL : set_bytes(bytes, 0, count * size);
}

/* ---- What is tried --------------------------------------------------------------------------- */

static const unsigned char text[100] = "what is worked on";
static psa_key_id_t aes, gcm, hmac, pair, agree, used;
static unsigned char digest[32], mac[32], signature[64], public_key[65];

static psa_status_t import(psa_key_id_t *key)
{
    return live_psa_import(0, key);
}

static psa_status_t import_persistent(psa_key_id_t *key)
{
    return live_psa_import(700, key);
}

static psa_status_t generate(psa_key_id_t *key)
{
    mbedguard_psa_key_attributes_t attributes;

    live_psa_attributes(&attributes, 0);
    return mbedguard_psa_generate_key(&attributes, key);
}

static psa_status_t copy(psa_key_id_t *key)
{
    mbedguard_psa_key_attributes_t attributes;

    live_psa_attributes(&attributes, 0);
    return mbedguard_psa_copy_key(aes, &attributes, key);
}

static psa_status_t derive(psa_key_id_t *key)
{
    mbedguard_psa_key_attributes_t attributes;

    live_psa_attributes(&attributes, 0);
    return live_psa_derive(&attributes, key);
}

/* A key that is not in memory any more. */
static psa_status_t load(psa_key_id_t *key)
{
    psa_status_t status = mbedguard_psa_purge_key(701);

    (void) key;
    if (status != PSA_SUCCESS && !live_psa_is_gone(status))
        return status;
    return live_psa_encrypt(701);
}

static psa_status_t hash(psa_key_id_t *key)
{
    mbedguard_psa_hash_operation_t parts = MBEDGUARD_PSA_HASH_OPERATION_INIT;
    mbedguard_psa_hash_operation_t clone = MBEDGUARD_PSA_HASH_OPERATION_INIT;
    psa_status_t status = mbedguard_psa_hash_setup(&parts, PSA_ALG_SHA_256);

    (void) key;
    if (status == PSA_SUCCESS)
        status = mbedguard_psa_hash_update(&parts, text, sizeof(text));
    if (status == PSA_SUCCESS)
        status = mbedguard_psa_hash_clone(&parts, &clone);
    if (status == PSA_SUCCESS)
        status = mbedguard_psa_hash_verify(&clone, digest, sizeof(digest));
    LIVE_EQ(mbedguard_psa_hash_abort(&parts), PSA_SUCCESS);
    LIVE_EQ(mbedguard_psa_hash_abort(&clone), PSA_SUCCESS);
    return status;
}

static psa_status_t authenticate(psa_key_id_t *key)
{
    mbedguard_psa_mac_operation_t parts = MBEDGUARD_PSA_MAC_OPERATION_INIT;
    const psa_algorithm_t algorithm = PSA_ALG_HMAC(PSA_ALG_SHA_256);
    unsigned char got[32] = {0};
    size_t length = 0;
    psa_status_t status = mbedguard_psa_mac_sign_setup(&parts, hmac, algorithm);

    (void) key;
    if (status == PSA_SUCCESS)
        status = mbedguard_psa_mac_update(&parts, text, sizeof(text));
    if (status == PSA_SUCCESS)
        status = mbedguard_psa_mac_sign_finish(&parts, got, sizeof(got), &length);
    LIVE_EQ(mbedguard_psa_mac_abort(&parts), PSA_SUCCESS);
    LIVE_EQ(status != PSA_SUCCESS || memcmp(got, mac, sizeof(mac)) == 0, 1);
    return status;
}

static psa_status_t encrypt(psa_key_id_t *key)
{
    (void) key;
    return live_psa_encrypt(aes);
}

static psa_status_t seal(psa_key_id_t *key)
{
    static const unsigned char nonce[12];
    unsigned char sealed[64], opened[64] = {0};
    size_t length = 0;
    psa_status_t status = mbedguard_psa_aead_encrypt(gcm, PSA_ALG_GCM, nonce, sizeof(nonce), text, 5,
                                                     text, 32, sealed, sizeof(sealed), &length);

    (void) key;
    if (status == PSA_SUCCESS)
        status = mbedguard_psa_aead_decrypt(gcm, PSA_ALG_GCM, nonce, sizeof(nonce), text, 5, sealed,
                                            length, opened, sizeof(opened), &length);
    LIVE_EQ(status != PSA_SUCCESS || memcmp(opened, text, 32) == 0, 1);
    return status;
}

static psa_status_t sign(psa_key_id_t *key)
{
    unsigned char got[64];
    size_t length = 0;
    psa_status_t status = mbedguard_psa_sign_hash(pair, PSA_ALG_ECDSA(PSA_ALG_SHA_256), digest, 32,
                                                  got, sizeof(got), &length);
    const unsigned fails = fail_in;

    (void) key;
    fail_in = 0;
    if (status == PSA_SUCCESS)
        LIVE_EQ(mbedguard_psa_verify_hash(pair, PSA_ALG_ECDSA(PSA_ALG_SHA_256), digest, 32, got,
                                          length),
                PSA_SUCCESS);
    fail_in = fails;
    return status;
}

static psa_status_t verify(psa_key_id_t *key)
{
    (void) key;
    return mbedguard_psa_verify_hash(pair, PSA_ALG_ECDSA(PSA_ALG_SHA_256), digest, 32, signature,
                                     sizeof(signature));
}

/* Whatever fails, a signature of something else is never right. */
static psa_status_t verify_wrong(psa_key_id_t *key)
{
    psa_status_t status;

    (void) key;
    status = mbedguard_psa_verify_hash(pair, PSA_ALG_ECDSA(PSA_ALG_SHA_256), mac, 32, signature,
                                       sizeof(signature));
    LIVE_EQ(status == PSA_SUCCESS, 0);
    return status == PSA_ERROR_INVALID_SIGNATURE ? PSA_SUCCESS : status;
}

static psa_status_t export(psa_key_id_t *key)
{
    unsigned char got[65];
    size_t length = 0;
    psa_status_t status = mbedguard_psa_export_public_key(pair, got, sizeof(got), &length);

    (void) key;
    LIVE_EQ(status != PSA_SUCCESS || memcmp(got, public_key, sizeof(got)) == 0, 1);
    return status;
}

static psa_status_t agree_on(psa_key_id_t *key)
{
    unsigned char got[32];
    size_t length = 0;

    (void) key;
    return mbedguard_psa_raw_key_agreement(PSA_ALG_ECDH, agree, public_key, sizeof(public_key), got,
                                           sizeof(got), &length);
}

static psa_status_t ask(psa_key_id_t *key)
{
    mbedguard_psa_key_attributes_t attributes = MBEDGUARD_PSA_KEY_ATTRIBUTES_INIT;
    psa_status_t status = mbedguard_psa_get_key_attributes(pair, &attributes);

    (void) key;
    LIVE_EQ(status != PSA_SUCCESS || mbedguard_psa_get_key_bits(&attributes) == 256, 1);
    mbedguard_psa_reset_key_attributes(&attributes);
    return status;
}

static const struct step {
    const char *name;
    psa_status_t (*step)(psa_key_id_t *key);
    bool makes_key;
} steps[] = {
    {"import", import, true},
    {"import a persistent one", import_persistent, true},
    {"generate", generate, true},
    {"generate a pair", live_psa_generate_pair, true},
    {"copy", copy, true},
    {"derive", derive, true},
    {"load", load, false},
    {"hash", hash, false},
    {"mac", authenticate, false},
    {"encrypt", encrypt, false},
    {"seal", seal, false},
    {"sign", sign, false},
    {"verify", verify, false},
    {"verify what is wrong", verify_wrong, false},
    {"export", export, false},
    {"agree", agree_on, false},
    {"ask", ask, false},
};

#define STEPS (sizeof(steps) / sizeof(steps[0]))

/* ---- How it is tried ------------------------------------------------------------------------- */

/* How many keys are known to be used side by side: as many as there are volatile ones, in 2.28. */
static unsigned known(void)
{
#if !LIVE_V3 && defined(MBEDTLS_THREADING_C) && !defined(MBEDGUARD_THREADING_NONE)
    psa_key_id_t key;
    unsigned count = 0;

    for (key = PSA_KEY_ID_VENDOR_MAX - MBEDTLS_PSA_KEY_SLOT_COUNT + 1;
         key <= PSA_KEY_ID_VENDOR_MAX; key++)
        count += mbedguard_psa_key_guard(key) != NULL;
    return count;
#else
    return live_psa_volatile_slots();
#endif
}

/* The call once, with the nth allocation failing or, with 0, none; false if it did not come so far. */
static bool try_once(const struct step *step, unsigned nth, unsigned keys)
{
    psa_key_id_t key = 77;
    psa_status_t status;
    bool failed;

    fail_in = nth;
    status = step->step(&key);
    failed = nth > 0 && fail_in == 0;
    fail_in = 0;
    if (status != PSA_SUCCESS && !failed)
        live_note(__FILE__, __LINE__, step->name, status, (long long) nth);
    if (step->makes_key && status != PSA_SUCCESS)
        LIVE_EQ(key == 0 || key == 77, 1);
    if (step->makes_key && status == PSA_SUCCESS) {
        LIVE_EQ(live_psa_is_gone(mbedguard_psa_destroy_key(key)), 0);
        LIVE_EQ(live_psa_is_gone(mbedguard_psa_destroy_key(key)), 1);
    }
    LIVE_EQ(live_psa_volatile_slots(), keys);
    LIVE_EQ(known(), keys);
    return failed;
}

static atomic_bool over;

static void try_or_use(unsigned number, void *data)
{
    const struct step *const step = data;
    const unsigned keys = live_psa_volatile_slots();
    unsigned n;

    live_meet();
    if (number != 0) {
        do {
            LIVE_EQ(live_psa_encrypt(used), PSA_SUCCESS);
        } while (!atomic_load(&over) && !live_failed());
        return;
    }
    /* Of those that allocate thousands of numbers, the first ones and some. */
    for (n = 1; try_once(step, n, keys) && !live_failed(); n += 1 + n / live_rounds(20))
        (void) try_once(step, 0, keys);
    atomic_store(&over, true);
}

static void make_keys(void)
{
    mbedguard_psa_key_attributes_t attributes = MBEDGUARD_PSA_KEY_ATTRIBUTES_INIT;
    psa_key_id_t key;
    size_t length;

    ck_assert_int_eq(live_psa_import(0, &used), PSA_SUCCESS);
    ck_assert_int_eq(live_psa_import(0, &aes), PSA_SUCCESS);
    ck_assert_int_eq(live_psa_import(701, &key), PSA_SUCCESS);
    ck_assert_int_eq(live_psa_import_hmac(&hmac), PSA_SUCCESS);
    ck_assert_int_eq(live_psa_generate_pair(&pair), PSA_SUCCESS);
    mbedguard_psa_set_key_type(&attributes, PSA_KEY_TYPE_AES);
    mbedguard_psa_set_key_algorithm(&attributes, PSA_ALG_GCM);
    mbedguard_psa_set_key_usage_flags(&attributes, PSA_KEY_USAGE_ENCRYPT | PSA_KEY_USAGE_DECRYPT);
    ck_assert_int_eq(mbedguard_psa_import_key(&attributes, live_psa_bytes, 16, &gcm), PSA_SUCCESS);
    mbedguard_psa_reset_key_attributes(&attributes);
    mbedguard_psa_set_key_type(&attributes, PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_SECP_R1));
    mbedguard_psa_set_key_bits(&attributes, 256);
    mbedguard_psa_set_key_algorithm(&attributes, PSA_ALG_ECDH);
    mbedguard_psa_set_key_usage_flags(&attributes, PSA_KEY_USAGE_DERIVE);
    ck_assert_int_eq(mbedguard_psa_generate_key(&attributes, &agree), PSA_SUCCESS);
    ck_assert_int_eq(mbedguard_psa_hash_compute(PSA_ALG_SHA_256, text, sizeof(text), digest,
                                                sizeof(digest), &length),
                     PSA_SUCCESS);
    ck_assert_int_eq(mbedguard_psa_mac_compute(hmac, PSA_ALG_HMAC(PSA_ALG_SHA_256), text,
                                               sizeof(text), mac, sizeof(mac), &length),
                     PSA_SUCCESS);
    ck_assert_int_eq(mbedguard_psa_sign_hash(pair, PSA_ALG_ECDSA(PSA_ALG_SHA_256), digest, 32,
                                             signature, sizeof(signature), &length),
                     PSA_SUCCESS);
    ck_assert_int_eq(mbedguard_psa_export_public_key(pair, public_key, sizeof(public_key), &length),
                     PSA_SUCCESS);
}

START_TEST(nth_allocation_fails)
{
    struct step step = steps[_i];

    make_keys();
    atomic_store(&over, false);
    live_threads(2, try_or_use, &step);
    live_psa_assert_slots(6);
    ck_assert_int_eq(mbedguard_psa_destroy_key(701), PSA_SUCCESS);
    ck_assert_int_eq(mbedguard_psa_crypto_free(), 0);
    ck_assert_int_eq(mbedguard_psa_crypto_init(), PSA_SUCCESS);
    live_psa_assert_slots(0);
}
END_TEST

/* An init that fails leaves nothing: there is none until one succeeds. */
START_TEST(nth_allocation_of_init_fails)
{
    psa_status_t status;
    psa_key_id_t key;
    unsigned n;

    for (n = 1;; n += 1 + n / 20) {
        ck_assert_int_eq(mbedguard_psa_crypto_free(), 0);
        fail_in = n;
        status = mbedguard_psa_crypto_init();
        if (fail_in > 0)
            break;
        if (status != PSA_SUCCESS) {
            ck_assert_int_eq(live_psa_import(0, &key), PSA_ERROR_BAD_STATE);
            ck_assert_int_eq(mbedguard_psa_crypto_init(), PSA_SUCCESS);
        }
        ck_assert_int_eq(live_psa_import(0, &key), PSA_SUCCESS);
        ck_assert_int_eq(live_psa_encrypt(key), PSA_SUCCESS);
    }
    fail_in = 0;
    ck_assert_int_eq(status, PSA_SUCCESS);
    live_psa_assert_slots(0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("psa memory");
    TCase *tc = live_psa_case(suite, "memory");

    tcase_add_loop_test(tc, nth_allocation_fails, 0, STEPS);
    tcase_add_test(tc, nth_allocation_of_init_fails);
    return live_run(suite);
}

#else

#include <stdio.h>

int main(void)
{
    puts("skipped: the allocations of Mbed TLS cannot be made to fail here");
    return 77;
}

#endif
