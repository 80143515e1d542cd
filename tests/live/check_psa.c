/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * PSA from many threads. On 2.28 nothing in it is locked: two creations pick one slot, and a
 * look-up of a stale id writes the table.
 */
#include <stdatomic.h>
#include <string.h>

#include "live/live.h"

#if !LIVE_V4
#include <mbedtls/aes.h>
#endif

#define THREADS 6

/*
 * The key store must agree with raw AES and a context of our own. Mbed TLS 4 has no such thing:
 * there it must at least know the block again.
 */
static void check_block(psa_key_id_t id, const unsigned char key[16], const unsigned char in[16],
                        const unsigned char out[16])
{
    unsigned char other[16];
#if LIVE_V4
    size_t length = 0;

    (void) key;
    LIVE_EQ(mbedguard_psa_cipher_decrypt(id, PSA_ALG_ECB_NO_PADDING, out, 16, other, 16, &length),
            PSA_SUCCESS);
    LIVE_EQ(length, 16);
    LIVE_EQ(memcmp(in, other, 16), 0);
    LIVE_EQ(memcmp(in, out, 16) == 0, 0);
#else
    mbedtls_aes_context aes;

    (void) id;
    mbedtls_aes_init(&aes);
    LIVE_EQ(mbedtls_aes_setkey_enc(&aes, key, 128), 0);
    LIVE_EQ(mbedtls_aes_crypt_ecb(&aes, MBEDTLS_AES_ENCRYPT, in, other), 0);
    LIVE_EQ(memcmp(out, other, 16), 0);
    mbedtls_aes_free(&aes);
#endif
}

static psa_status_t import_aes(const unsigned char bytes[16], psa_key_id_t *id)
{
    mbedguard_psa_key_attributes_t attributes = MBEDGUARD_PSA_KEY_ATTRIBUTES_INIT;
    psa_status_t status;

    mbedguard_psa_set_key_usage_flags(&attributes, PSA_KEY_USAGE_ENCRYPT | PSA_KEY_USAGE_DECRYPT |
                                                       PSA_KEY_USAGE_EXPORT);
    mbedguard_psa_set_key_algorithm(&attributes, PSA_ALG_ECB_NO_PADDING);
    mbedguard_psa_set_key_type(&attributes, PSA_KEY_TYPE_AES);
    mbedguard_psa_set_key_bits(&attributes, 128);
    status = mbedguard_psa_import_key(&attributes, bytes, 16, id);
    mbedguard_psa_reset_key_attributes(&attributes);
    return status;
}

/* ---- Own keys -------------------------------------------------------------------------------- */

static void own_keys(unsigned number, void *data)
{
    const unsigned rounds = live_rounds(1000);
    unsigned char bytes[16], in[16] = {0}, out[16] = {0}, exported[16];
    size_t length;
    psa_key_id_t id;
    unsigned i;

    (void) data;
    for (i = 0; i < rounds && !live_failed(); i++) {
        memset(bytes, (int) number + 1, sizeof(bytes));
        bytes[0] = (unsigned char) i;
        bytes[1] = (unsigned char) (i >> 8);
        LIVE_EQ(import_aes(bytes, &id), PSA_SUCCESS);
        length = 0;
        LIVE_EQ(mbedguard_psa_cipher_encrypt(id, PSA_ALG_ECB_NO_PADDING, in, sizeof(in), out,
                                             sizeof(out), &length),
                PSA_SUCCESS);
        LIVE_EQ(length, sizeof(out));
        check_block(id, bytes, in, out);
        LIVE_EQ(mbedguard_psa_export_key(id, exported, sizeof(exported), &length), PSA_SUCCESS);
        LIVE_EQ(memcmp(exported, bytes, sizeof(bytes)), 0);
        LIVE_EQ(mbedguard_psa_destroy_key(id), PSA_SUCCESS);
    }
}

static void assert_no_key_left(void)
{
    mbedtls_psa_stats_t stats;

    mbedguard_psa_get_stats(&stats);
#if LIVE_V3
    ck_assert_uint_eq(stats.MBEDTLS_PRIVATE(volatile_slots), 0);
    ck_assert_uint_eq(stats.MBEDTLS_PRIVATE(locked_slots), 0);
#else
    ck_assert_uint_eq(stats.volatile_slots, 0);
    ck_assert_uint_eq(stats.locked_slots, 0);
#endif
}

START_TEST(import_use_destroy)
{
    live_threads(THREADS, own_keys, NULL);
    assert_no_key_left();
}
END_TEST

/* ---- One key of all -------------------------------------------------------------------------- */

static void use_one_key(unsigned number, void *data)
{
    const psa_key_id_t id = *(const psa_key_id_t *) data;
    const unsigned rounds = live_rounds(1000);
    mbedguard_psa_key_attributes_t attributes = MBEDGUARD_PSA_KEY_ATTRIBUTES_INIT;
    unsigned char bytes[16], in[16], out[16] = {0};
    size_t length;
    unsigned i;

    memset(bytes, 0x42, sizeof(bytes));
    memset(in, (int) number, sizeof(in));
    for (i = 0; i < rounds && !live_failed(); i++) {
        LIVE_EQ(mbedguard_psa_cipher_encrypt(id, PSA_ALG_ECB_NO_PADDING, in, sizeof(in), out,
                                             sizeof(out), &length),
                PSA_SUCCESS);
        check_block(id, bytes, in, out);
        LIVE_EQ(mbedguard_psa_get_key_attributes(id, &attributes), PSA_SUCCESS);
        LIVE_EQ(mbedguard_psa_get_key_bits(&attributes), 128);
        mbedguard_psa_reset_key_attributes(&attributes);
    }
}

START_TEST(one_key)
{
    unsigned char bytes[16];
    psa_key_id_t id;

    memset(bytes, 0x42, sizeof(bytes));
    ck_assert_int_eq(import_aes(bytes, &id), PSA_SUCCESS);
    live_threads(THREADS, use_one_key, &id);
    /* On 2.28 a lost decrement of the lock counter makes a key that cannot be destroyed. */
    ck_assert_int_eq(mbedguard_psa_destroy_key(id), PSA_SUCCESS);
    assert_no_key_left();
}
END_TEST

/* ---- Stale and unknown ids ------------------------------------------------------------------- */

static void stale_or_own(unsigned number, void *data)
{
    mbedguard_psa_key_attributes_t attributes = MBEDGUARD_PSA_KEY_ATTRIBUTES_INIT;
    const psa_key_id_t stale = *(const psa_key_id_t *) data;
    const unsigned rounds = live_rounds(500);
    unsigned char out[16];
    psa_status_t status;
    size_t length;
    unsigned i;

    if (number >= 2) {
        own_keys(number, NULL);
        return;
    }
    for (i = 0; i < rounds && !live_failed(); i++) {
        /* The id may be somebody's again: a destroyed id is the next one given out. */
        status = mbedguard_psa_get_key_attributes(stale, &attributes);
        LIVE_EQ(status == PSA_SUCCESS || status == PSA_ERROR_INVALID_HANDLE ||
                    status == PSA_ERROR_DOES_NOT_EXIST,
                1);
        mbedguard_psa_reset_key_attributes(&attributes);
        status = mbedguard_psa_export_key(0x7FFFFFF0, out, sizeof(out), &length);
        LIVE_EQ(status == PSA_ERROR_INVALID_HANDLE || status == PSA_ERROR_DOES_NOT_EXIST, 1);
    }
}

START_TEST(stale_ids)
{
    unsigned char bytes[16] = {7};
    psa_key_id_t id, filler[3];
    unsigned i;

    for (i = 0; i < 3; i++)
        ck_assert_int_eq(import_aes(bytes, &filler[i]), PSA_SUCCESS);
    ck_assert_int_eq(import_aes(bytes, &id), PSA_SUCCESS);
    ck_assert_int_eq(mbedguard_psa_destroy_key(id), PSA_SUCCESS);
    live_threads(THREADS, stale_or_own, &id);
    for (i = 0; i < 3; i++)
        ck_assert_int_eq(mbedguard_psa_destroy_key(filler[i]), PSA_SUCCESS);
    assert_no_key_left();
}
END_TEST

/* ---- One operation object -------------------------------------------------------------------- */

static mbedguard_psa_hash_operation_t operation;

static void update_operation(unsigned number, void *data)
{
    const unsigned rounds = live_rounds(2000);
    unsigned char block[100], digest[64];
    mbedguard_psa_hash_operation_t copy = MBEDGUARD_PSA_HASH_OPERATION_INIT;
    size_t length;
    unsigned i;

    (void) data;
    memset(block, 'x', sizeof(block));
    for (i = 0; i < rounds && !live_failed(); i++) {
        if (number != 0) {
            LIVE_EQ(mbedguard_psa_hash_update(&operation, block, sizeof(block)), PSA_SUCCESS);
            continue;
        }
        LIVE_EQ(mbedguard_psa_hash_clone(&operation, &copy), PSA_SUCCESS);
        LIVE_EQ(mbedguard_psa_hash_finish(&copy, digest, sizeof(digest), &length), PSA_SUCCESS);
        LIVE_EQ(length, 32);
    }
}

START_TEST(one_operation)
{
    unsigned char block[100], digest[32], expected[32];
    mbedguard_psa_hash_operation_t alone = MBEDGUARD_PSA_HASH_OPERATION_INIT;
    size_t length;
    unsigned i;

    memset(block, 'x', sizeof(block));
    memset(&operation, 0, sizeof(operation));
    ck_assert_int_eq(mbedguard_psa_hash_setup(&operation, PSA_ALG_SHA_256), PSA_SUCCESS);
    live_threads(4, update_operation, NULL);
    ck_assert_int_eq(mbedguard_psa_hash_finish(&operation, digest, sizeof(digest), &length),
                     PSA_SUCCESS);
    /* All updates are of the same bytes: only their number matters. */
    ck_assert_int_eq(mbedguard_psa_hash_setup(&alone, PSA_ALG_SHA_256), PSA_SUCCESS);
    for (i = 0; i < 3 * live_rounds(2000); i++)
        ck_assert_int_eq(mbedguard_psa_hash_update(&alone, block, sizeof(block)), PSA_SUCCESS);
    ck_assert_int_eq(mbedguard_psa_hash_finish(&alone, expected, sizeof(expected), &length),
                     PSA_SUCCESS);
    ck_assert_mem_eq(digest, expected, sizeof(digest));
    /* The same object in both roles. */
    ck_assert_int_eq(mbedguard_psa_hash_setup(&alone, PSA_ALG_SHA_256), PSA_SUCCESS);
    ck_assert_int_eq(mbedguard_psa_hash_clone(&alone, &alone), PSA_ERROR_BAD_STATE);
    ck_assert_int_eq(mbedguard_psa_hash_abort(&alone), PSA_SUCCESS);
    ck_assert_int_eq(mbedguard_psa_hash_abort(&alone), PSA_SUCCESS);
}
END_TEST

START_TEST(failures)
{
    static mbedguard_psa_hash_operation_t rubbish;
    psa_key_id_t id = 77;
    unsigned char bytes[16] = {0};

    memset(&rubbish, 0xA5, sizeof(rubbish));
    ck_assert_int_eq(mbedguard_psa_hash_setup(&rubbish, PSA_ALG_SHA_256),
                     PSA_ERROR_SERVICE_FAILURE);
    ck_assert_int_eq(mbedguard_psa_hash_update(NULL, bytes, 1), PSA_ERROR_SERVICE_FAILURE);
    /* Out parameters as upstream sets them on failure. */
    ck_assert_int_eq(mbedguard_psa_import_key(NULL, bytes, sizeof(bytes), &id),
                     PSA_ERROR_SERVICE_FAILURE);
    ck_assert_uint_eq(id, 0);
}
END_TEST

/* ---- Init and random ------------------------------------------------------------------------- */

static void init_and_draw(unsigned number, void *data)
{
    const unsigned rounds = live_rounds(200);
    unsigned char out[32], zero[32] = {0};
    unsigned i;

    (void) number;
    (void) data;
    for (i = 0; i < rounds && !live_failed(); i++) {
        LIVE_EQ(mbedguard_psa_crypto_init(), PSA_SUCCESS);
        LIVE_EQ(mbedguard_psa_generate_random(out, sizeof(out)), PSA_SUCCESS);
        LIVE_EQ(memcmp(out, zero, sizeof(out)) == 0, 0);
    }
}

START_TEST(init_by_all)
{
    /* As after the start of a program: the first init is one of theirs. */
    mbedguard_psa_crypto_free();
    live_threads(8, init_and_draw, NULL);
    live_threads(THREADS, own_keys, NULL);
    assert_no_key_left();
}
END_TEST

/* Beside users: each call sees an initialised library or one that says that it is not. */
static void free_or_draw(unsigned number, void *data)
{
    const unsigned rounds = live_rounds(200);
    unsigned char out[32];
    psa_status_t status;
    unsigned i;

    (void) data;
    for (i = 0; i < rounds && !live_failed(); i++) {
        if (number == 0) {
            mbedguard_psa_crypto_free();
            LIVE_EQ(mbedguard_psa_crypto_init(), PSA_SUCCESS);
            continue;
        }
        status = mbedguard_psa_generate_random(out, sizeof(out));
        LIVE_EQ(status == PSA_SUCCESS || status == PSA_ERROR_BAD_STATE, 1);
    }
}

START_TEST(freed_beside_users)
{
    live_threads(4, free_or_draw, NULL);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("psa");
    TCase *tc = live_case(suite, "keys");

    tcase_add_test(tc, import_use_destroy);
    tcase_add_test(tc, one_key);
    tcase_add_test(tc, stale_ids);
    tc = live_case(suite, "operations");
    tcase_add_test(tc, one_operation);
    tcase_add_test(tc, failures);
    tc = live_case(suite, "library");
    tcase_add_test(tc, init_by_all);
    tcase_add_test(tc, freed_beside_users);
    return live_run(suite);
}
