/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * A thread that stands still in the middle of a PSA call: who waits for it, and who does not; what is
 * refused there, in a callback of the call. For 2.28, where the program can reach PSA's generator: its
 * entropy stops the thread.
 */
#include <string.h>

#include "live/live_psa.h"
#include "manual/psa_keys.h"
#include "manual/psa_store.h"

#if !LIVE_V3 && defined(MBEDTLS_CTR_DRBG_C) && !defined(MBEDTLS_PSA_CRYPTO_EXTERNAL_RNG) &&        \
    defined(MBEDTLS_THREADING_C) && !defined(MBEDGUARD_THREADING_NONE)

#include <mbedtls/ctr_drbg.h>
#include <mbedtls/psa_util.h>

static mbedguard_psa_mac_operation_t shared_mac;
static psa_key_id_t hmac;
static psa_key_id_t keys[2];

static void make_keys(void)
{
    ck_assert_int_eq(live_psa_import(0, &keys[0]), PSA_SUCCESS);
    ck_assert_int_eq(live_psa_generate_pair(&keys[1]), PSA_SUCCESS);
}

static void destroy_keys(void)
{
    ck_assert_int_eq(mbedguard_psa_destroy_key(keys[0]), PSA_SUCCESS);
    ck_assert_int_eq(mbedguard_psa_destroy_key(keys[1]), PSA_SUCCESS);
    live_psa_assert_slots(0);
}

static int (*entropy_below)(void *data, unsigned char *output, size_t length);
static _Thread_local void (*in_the_middle)(void);

static int stopping_entropy(void *data, unsigned char *output, size_t length)
{
    void (*const now)(void) = in_the_middle;

    in_the_middle = NULL;
    if (now != NULL)
        now();
    return entropy_below(data, output, length);
}

/* Every draw asks for entropy. Nobody else is there yet, so the generator may be used raw. */
static void make_stoppable(void)
{
    mbedtls_ctr_drbg_context *const generator = MBEDTLS_PSA_RANDOM_STATE;

    entropy_below = generator->f_entropy;
    generator->f_entropy = stopping_entropy;
    mbedtls_ctr_drbg_set_prediction_resistance(generator, MBEDTLS_CTR_DRBG_PR_ON);
}

static psa_status_t sign(void)
{
    static const unsigned char digest[32] = {1};
    unsigned char signature[64];
    size_t length;

    return mbedguard_psa_sign_hash(keys[1], PSA_ALG_ECDSA(PSA_ALG_SHA_256), digest, sizeof(digest),
                                   signature, sizeof(signature), &length);
}

static psa_status_t generate(void)
{
    mbedguard_psa_key_attributes_t attributes;
    psa_key_id_t key;
    psa_status_t status;

    live_psa_attributes(&attributes, 0);
    status = mbedguard_psa_generate_key(&attributes, &key);
    return status == PSA_SUCCESS ? mbedguard_psa_destroy_key(key) : status;
}

static void stop(void)
{
    live_meet();
    live_meet();
}

static int try_guard(mbedguard_guard *guard, unsigned rank)
{
    const int ret = mbedguard_object_trylock(guard, sizeof(*guard), rank, "test");

    return ret == 0 ? mbedguard_object_unlock(guard, sizeof(*guard), "test") : ret;
}

static void check_operations(void)
{
    static const unsigned char text[] = "text";
    mbedguard_psa_hash_operation_t parts = MBEDGUARD_PSA_HASH_OPERATION_INIT;
    unsigned char out[32];
    size_t length;

    LIVE_EQ(mbedguard_psa_hash_compute(PSA_ALG_SHA_256, text, 4, out, sizeof(out), &length), 0);
    LIVE_EQ(mbedguard_psa_hash_setup(&parts, PSA_ALG_SHA_256), 0);
    LIVE_EQ(mbedguard_psa_hash_update(&parts, text, 4), 0);
    LIVE_EQ(mbedguard_psa_hash_abort(&parts), 0);
    LIVE_EQ(mbedguard_psa_mac_update(&shared_mac, text, 4), 0);
    LIVE_EQ(mbedguard_psa_mac_sign_finish(&shared_mac, out, sizeof(out), &length), 0);
}

/* One thread is in the middle of a signature: another key is free, the same one and the store are not. */
static void beside_a_signature(unsigned number, void *data)
{
    (void) data;
    if (number == 0) {
        in_the_middle = stop;
        LIVE_EQ(sign(), PSA_SUCCESS);
        return;
    }
    live_meet();
    LIVE_EQ(try_guard(mbedguard_psa_key_guard(keys[0]), MBEDGUARD_RANK_PSA_KEY), 0);
    check_operations();
    LIVE_EQ(live_psa_encrypt(keys[0]), PSA_SUCCESS);
    LIVE_EQ(try_guard(mbedguard_psa_key_guard(keys[1]), MBEDGUARD_RANK_PSA_KEY),
            MBEDGUARD_ERR_WOULD_WAIT);
    LIVE_EQ(try_guard(&mbedguard_psa_store, MBEDGUARD_RANK_PSA_STORE), MBEDGUARD_ERR_WOULD_WAIT);
    live_meet();
}

static void beside_a_creation(unsigned number, void *data)
{
    (void) data;
    if (number == 0) {
        in_the_middle = stop;
        LIVE_EQ(generate(), PSA_SUCCESS);
        return;
    }
    live_meet();
    check_operations();
    LIVE_EQ(mbedguard_object_trylock(&mbedguard_psa_store, sizeof(mbedguard_psa_store),
                                     MBEDGUARD_RANK_PSA_STORE, "test"),
            MBEDGUARD_ERR_WOULD_WAIT);
    live_meet();
}

START_TEST(side_by_side)
{
    const psa_algorithm_t algorithm = PSA_ALG_HMAC(PSA_ALG_SHA_256);

    make_keys();
    ck_assert_int_eq(live_psa_import_hmac(&hmac), PSA_SUCCESS);
    make_stoppable();
    memset(&shared_mac, 0, sizeof(shared_mac));
    ck_assert_int_eq(mbedguard_psa_mac_sign_setup(&shared_mac, hmac, algorithm), PSA_SUCCESS);
    live_threads(2, beside_a_signature, NULL);
    ck_assert_int_eq(mbedguard_psa_mac_sign_setup(&shared_mac, hmac, algorithm), PSA_SUCCESS);
    live_threads(2, beside_a_creation, NULL);
    ck_assert_int_eq(mbedguard_psa_destroy_key(hmac), PSA_SUCCESS);
    destroy_keys();
}
END_TEST

#if defined(MBEDTLS_GENPRIME) && defined(MBEDTLS_PK_WRITE_C)

static psa_status_t generate_rsa(size_t bits, const unsigned char *exponent, size_t length,
                                 psa_key_id_t id, psa_key_id_t *key)
{
    mbedguard_psa_key_attributes_t attributes = MBEDGUARD_PSA_KEY_ATTRIBUTES_INIT;
    psa_status_t status = PSA_SUCCESS;

    mbedguard_psa_set_key_usage_flags(&attributes, PSA_KEY_USAGE_SIGN_HASH |
                                                       PSA_KEY_USAGE_VERIFY_HASH);
    mbedguard_psa_set_key_algorithm(&attributes, PSA_ALG_RSA_PKCS1V15_SIGN(PSA_ALG_SHA_256));
    mbedguard_psa_set_key_type(&attributes, PSA_KEY_TYPE_RSA_KEY_PAIR);
    mbedguard_psa_set_key_bits(&attributes, bits);
    if (id != 0)
        mbedguard_psa_set_key_id(&attributes, id);
    if (exponent != NULL)
        status = mbedguard_psa_set_key_domain_parameters(&attributes, PSA_KEY_TYPE_RSA_KEY_PAIR,
                                                         exponent, length);
    if (status == PSA_SUCCESS)
        status = mbedguard_psa_generate_key(&attributes, key);
    mbedguard_psa_reset_key_attributes(&attributes);
    return status;
}

static void beside_a_slow_key(unsigned number, void *data)
{
    psa_key_id_t key;

    (void) data;
    if (number == 0) {
        in_the_middle = stop;
        LIVE_EQ(generate_rsa(1024, NULL, 0, 0, &key), PSA_SUCCESS);
        LIVE_EQ(mbedguard_psa_key_guard(key) != NULL, 1);
        LIVE_EQ(mbedguard_psa_destroy_key(key), PSA_SUCCESS);
        return;
    }
    live_meet();
    LIVE_EQ(try_guard(&mbedguard_psa_store, MBEDGUARD_RANK_PSA_STORE), 0);
    if (!live_failed()) {
        check_operations();
        LIVE_EQ(live_psa_encrypt(keys[0]), PSA_SUCCESS);
        LIVE_EQ(live_psa_import(0, &key), PSA_SUCCESS);
        LIVE_EQ(mbedguard_psa_destroy_key(key), PSA_SUCCESS);
    }
    live_meet();
}

/* What it must be, whoever generated it. */
static void check_rsa(psa_key_id_t key, size_t bits, unsigned char exponent)
{
    const psa_algorithm_t algorithm = PSA_ALG_RSA_PKCS1V15_SIGN(PSA_ALG_SHA_256);
    mbedguard_psa_key_attributes_t attributes = MBEDGUARD_PSA_KEY_ATTRIBUTES_INIT;
    static const unsigned char digest[32] = {7};
    unsigned char signature[256], got[4];
    size_t length;

    ck_assert_int_eq(mbedguard_psa_get_key_attributes(key, &attributes), PSA_SUCCESS);
    ck_assert_uint_eq(mbedguard_psa_get_key_bits(&attributes), bits);
    ck_assert_int_eq(mbedguard_psa_get_key_type(&attributes), PSA_KEY_TYPE_RSA_KEY_PAIR);
    ck_assert_int_eq(mbedguard_psa_get_key_domain_parameters(&attributes, got, 4, &length),
                     PSA_SUCCESS);
    ck_assert_uint_eq(length, exponent == 0 ? 0 : 1);
    ck_assert(exponent == 0 || got[0] == exponent);
    mbedguard_psa_reset_key_attributes(&attributes);
    ck_assert_int_eq(mbedguard_psa_sign_hash(key, algorithm, digest, sizeof(digest), signature,
                                             sizeof(signature), &length),
                     PSA_SUCCESS);
    ck_assert_int_eq(mbedguard_psa_verify_hash(key, algorithm, digest, sizeof(digest), signature,
                                               length),
                     PSA_SUCCESS);
}

START_TEST(slow_keys)
{
    const psa_algorithm_t algorithm = PSA_ALG_HMAC(PSA_ALG_SHA_256);
    static const unsigned char three[] = {3}, two[] = {2}, large[] = {1, 2, 3, 4, 5};
    psa_key_id_t key;

    make_keys();
    ck_assert_int_eq(generate_rsa(1024, NULL, 0, 0, &key), PSA_SUCCESS);
    check_rsa(key, 1024, 0);
    ck_assert_int_eq(mbedguard_psa_destroy_key(key), PSA_SUCCESS);
    ck_assert_int_eq(generate_rsa(1032, three, 1, 400, &key), PSA_SUCCESS);
    ck_assert_int_eq(mbedguard_psa_purge_key(400), PSA_SUCCESS);
    check_rsa(400, 1032, 3);
    /* What is wrong shows as it does in Mbed TLS. */
    ck_assert_int_eq(generate_rsa(1024, NULL, 0, 400, &key), PSA_ERROR_ALREADY_EXISTS);
    ck_assert_int_eq(mbedguard_psa_destroy_key(400), PSA_SUCCESS);
    ck_assert_int_eq(generate_rsa(1025, NULL, 0, 0, &key), PSA_ERROR_NOT_SUPPORTED);
    ck_assert_int_eq(generate_rsa(1024, two, 1, 0, &key), PSA_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(generate_rsa(1024, large, 5, 0, &key), PSA_ERROR_NOT_SUPPORTED);
    ck_assert_uint_eq(key, 0);
    ck_assert_int_eq(mbedguard_psa_generate_key(NULL, &key), PSA_ERROR_SERVICE_FAILURE);
    make_stoppable();
    ck_assert_int_eq(live_psa_import_hmac(&hmac), PSA_SUCCESS);
    memset(&shared_mac, 0, sizeof(shared_mac));
    ck_assert_int_eq(mbedguard_psa_mac_sign_setup(&shared_mac, hmac, algorithm), PSA_SUCCESS);
    live_threads(2, beside_a_slow_key, NULL);
    ck_assert_int_eq(mbedguard_psa_destroy_key(hmac), PSA_SUCCESS);
    destroy_keys();
    ck_assert_int_eq(mbedguard_psa_crypto_free(), 0);
    ck_assert_int_eq(generate_rsa(1024, NULL, 0, 0, &key), PSA_ERROR_BAD_STATE);
    ck_assert_int_eq(mbedguard_psa_crypto_init(), PSA_SUCCESS);
}
END_TEST

#endif

/* A callback of a call on a key: what would wait for that call itself is refused. */
static void from_the_callback(void)
{
    psa_key_id_t key;

    ck_assert_int_eq(mbedguard_psa_destroy_key(keys[1]), PSA_ERROR_SERVICE_FAILURE);
    ck_assert_int_eq(mbedguard_psa_destroy_key(keys[0]), PSA_ERROR_SERVICE_FAILURE);
    ck_assert_int_eq(mbedguard_psa_close_key(keys[1]), PSA_ERROR_SERVICE_FAILURE);
    ck_assert_int_eq(live_psa_encrypt(keys[1]), PSA_ERROR_SERVICE_FAILURE);
    ck_assert_int_eq(live_psa_import(0, &key), PSA_ERROR_SERVICE_FAILURE);
    ck_assert_int_eq(mbedguard_psa_crypto_init(), PSA_ERROR_SERVICE_FAILURE);
    ck_assert_int_eq(mbedguard_psa_crypto_free(), MBEDGUARD_ERR_UPGRADE);
    ck_assert_int_eq(mbedguard_psa_lock(), MBEDGUARD_ERR_UPGRADE);
}

START_TEST(refused_in_a_callback)
{
    make_keys();
    make_stoppable();
    in_the_middle = from_the_callback;
    ck_assert_int_eq(sign(), PSA_SUCCESS);
    ck_assert_ptr_null((void *) (uintptr_t) in_the_middle);
    ck_assert_int_eq(live_psa_encrypt(keys[0]), PSA_SUCCESS);
    destroy_keys();
}
END_TEST

/* ---- Entropy that fails ---------------------------------------------------------------------- */

static int failing_entropy(void *data, unsigned char *output, size_t length)
{
    (void) data;
    (void) output;
    (void) length;
    return MBEDTLS_ERR_CTR_DRBG_ENTROPY_SOURCE_FAILED;
}

/* What draws fails, and leaves nothing behind; what does not draw goes on. */
static void draw_or_not(unsigned number, void *data)
{
    const unsigned rounds = live_rounds(200);
    unsigned char out[16];
    unsigned i;

    (void) data;
    for (i = 0; i < rounds && !live_failed(); i++) {
        if (number % 2 != 0) {
            LIVE_EQ(live_psa_encrypt(keys[0]), PSA_SUCCESS);
            continue;
        }
        LIVE_EQ(mbedguard_psa_generate_random(out, sizeof(out)), PSA_ERROR_INSUFFICIENT_ENTROPY);
        LIVE_EQ(generate(), PSA_ERROR_INSUFFICIENT_ENTROPY);
        LIVE_EQ(sign() != PSA_SUCCESS, 1);
    }
}

START_TEST(entropy_fails)
{
    mbedtls_ctr_drbg_context *const generator = MBEDTLS_PSA_RANDOM_STATE;
    psa_key_id_t key;

    make_keys();
    make_stoppable();
    generator->f_entropy = failing_entropy;
    live_threads(4, draw_or_not, NULL);
    live_psa_assert_slots(2);
#if defined(MBEDTLS_GENPRIME) && defined(MBEDTLS_PK_WRITE_C)
    ck_assert_int_ne(generate_rsa(1024, NULL, 0, 0, &key), PSA_SUCCESS);
    live_psa_assert_slots(2);
#endif
    generator->f_entropy = stopping_entropy;
    ck_assert_int_eq(sign(), PSA_SUCCESS);
    ck_assert_int_eq(live_psa_import(0, &key), PSA_SUCCESS);
    ck_assert_int_eq(mbedguard_psa_destroy_key(key), PSA_SUCCESS);
    destroy_keys();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("psa middle");
    TCase *tc = live_psa_case(suite, "in the middle");

    tcase_add_test(tc, side_by_side);
    tcase_add_test(tc, refused_in_a_callback);
    tcase_add_test(tc, entropy_fails);
#if defined(MBEDTLS_GENPRIME) && defined(MBEDTLS_PK_WRITE_C)
    tcase_add_test(tc, slow_keys);
#endif
    return live_run(suite);
}

#else

#include <stdio.h>

int main(void)
{
    puts("skipped: where PSA's generator is out of reach, or nothing locks, no thread can be stopped");
    return 77;
}

#endif
