/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Every class of PSA calls beside every other, by two threads each: what each gives is checked, and
 * that no slot is left taken or locked. Then identifiers that name nothing, full slots, and free.
 */
#if !defined(_POSIX_C_SOURCE)
#define _POSIX_C_SOURCE 200809L
#endif

#include <stdatomic.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "live/live_psa.h"

/* Keys that are there throughout. */
static psa_key_id_t same, secret, hmac, pair;
static unsigned char digest_expected[32], mac_expected[32];
static const unsigned char text[100] = "what is hashed, in two parts";

/* What one thread has for itself. */
struct own {
    unsigned number;
    psa_key_id_t key;
};

/* ---- One step of each class ------------------------------------------------------------------ */

static void hash(struct own *own)
{
    mbedguard_psa_hash_operation_t parts = MBEDGUARD_PSA_HASH_OPERATION_INIT;
    unsigned char out[32] = {0};
    size_t length = 0;

    (void) own;
    LIVE_EQ(mbedguard_psa_hash_compute(PSA_ALG_SHA_256, text, sizeof(text), out, sizeof(out),
                                       &length),
            PSA_SUCCESS);
    LIVE_EQ(memcmp(out, digest_expected, sizeof(out)), 0);
    LIVE_EQ(mbedguard_psa_hash_setup(&parts, PSA_ALG_SHA_256), PSA_SUCCESS);
    LIVE_EQ(mbedguard_psa_hash_update(&parts, text, 30), PSA_SUCCESS);
    LIVE_EQ(mbedguard_psa_hash_update(&parts, text + 30, sizeof(text) - 30), PSA_SUCCESS);
    LIVE_EQ(mbedguard_psa_hash_verify(&parts, digest_expected, sizeof(digest_expected)),
            PSA_SUCCESS);
}

static void mac(struct own *own)
{
    mbedguard_psa_mac_operation_t parts = MBEDGUARD_PSA_MAC_OPERATION_INIT;
    const psa_algorithm_t algorithm = PSA_ALG_HMAC(PSA_ALG_SHA_256);
    unsigned char out[32] = {0};
    size_t length = 0;

    (void) own;
    LIVE_EQ(mbedguard_psa_mac_sign_setup(&parts, hmac, algorithm), PSA_SUCCESS);
    LIVE_EQ(mbedguard_psa_mac_update(&parts, text, sizeof(text)), PSA_SUCCESS);
    LIVE_EQ(mbedguard_psa_mac_sign_finish(&parts, out, sizeof(out), &length), PSA_SUCCESS);
    LIVE_EQ(memcmp(out, mac_expected, sizeof(out)), 0);
    LIVE_EQ(mbedguard_psa_mac_compute(hmac, algorithm, text, sizeof(text), out, sizeof(out),
                                      &length),
            PSA_SUCCESS);
    LIVE_EQ(memcmp(out, mac_expected, sizeof(out)), 0);
}

static void draw(struct own *own)
{
    unsigned char out[16] = {0};
    static const unsigned char zero[16];

    (void) own;
    LIVE_EQ(mbedguard_psa_generate_random(out, sizeof(out)), PSA_SUCCESS);
    LIVE_EQ(memcmp(out, zero, sizeof(out)) == 0, 0);
}

static void use_same(struct own *own)
{
    (void) own;
    LIVE_EQ(live_psa_encrypt(same), PSA_SUCCESS);
}

static void use_own(struct own *own)
{
    unsigned char out[16] = {0};
    size_t length = 0;

    LIVE_EQ(live_psa_encrypt(own->key), PSA_SUCCESS);
    LIVE_EQ(mbedguard_psa_export_key(own->key, out, sizeof(out), &length), PSA_SUCCESS);
    LIVE_EQ(memcmp(out, live_psa_bytes, sizeof(out)), 0);
}

static void ask(struct own *own)
{
    mbedguard_psa_key_attributes_t attributes = MBEDGUARD_PSA_KEY_ATTRIBUTES_INIT;

    LIVE_EQ(mbedguard_psa_get_key_attributes(own->number % 2 == 0 ? same : own->key, &attributes),
            PSA_SUCCESS);
    LIVE_EQ(mbedguard_psa_get_key_bits(&attributes), 128);
    mbedguard_psa_reset_key_attributes(&attributes);
}

static void sign(struct own *own)
{
    unsigned char signature[64];
    size_t length = 0;

    (void) own;
    LIVE_EQ(mbedguard_psa_sign_hash(pair, PSA_ALG_ECDSA(PSA_ALG_SHA_256), digest_expected, 32,
                                    signature, sizeof(signature), &length),
            PSA_SUCCESS);
    LIVE_EQ(mbedguard_psa_verify_hash(pair, PSA_ALG_ECDSA(PSA_ALG_SHA_256), digest_expected, 32,
                                      signature, length),
            PSA_SUCCESS);
}

static void create(struct own *own)
{
    psa_key_id_t key;

    (void) own;
    LIVE_EQ(live_psa_import(0, &key), PSA_SUCCESS);
    LIVE_EQ(live_psa_encrypt(key), PSA_SUCCESS);
    LIVE_EQ(mbedguard_psa_destroy_key(key), PSA_SUCCESS);
}

static void generate(struct own *own)
{
    mbedguard_psa_key_attributes_t attributes;
    unsigned char out[16], zero[16] = {0};
    size_t length = 0;
    psa_key_id_t key;

    (void) own;
    live_psa_attributes(&attributes, 0);
    LIVE_EQ(mbedguard_psa_generate_key(&attributes, &key), PSA_SUCCESS);
    LIVE_EQ(mbedguard_psa_export_key(key, out, sizeof(out), &length), PSA_SUCCESS);
    LIVE_EQ(memcmp(out, zero, sizeof(out)) == 0, 0);
    LIVE_EQ(mbedguard_psa_destroy_key(key), PSA_SUCCESS);
}

static void copy(struct own *own)
{
    mbedguard_psa_key_attributes_t attributes;
    psa_key_id_t key;

    (void) own;
    live_psa_attributes(&attributes, 0);
    LIVE_EQ(mbedguard_psa_copy_key(same, &attributes, &key), PSA_SUCCESS);
    LIVE_EQ(live_psa_encrypt(key), PSA_SUCCESS);
    LIVE_EQ(mbedguard_psa_destroy_key(key), PSA_SUCCESS);
}

static void derive(struct own *own)
{
    mbedguard_psa_key_derivation_operation_t op = MBEDGUARD_PSA_KEY_DERIVATION_OPERATION_INIT;
    mbedguard_psa_key_attributes_t attributes;
    unsigned char bytes[16], exported[16];
    size_t length = 0;
    psa_key_id_t key;
    unsigned twice;

    (void) own;
    live_psa_attributes(&attributes, 0);
    for (twice = 0; twice < 2; twice++) {
        LIVE_EQ(mbedguard_psa_key_derivation_setup(&op, PSA_ALG_HKDF(PSA_ALG_SHA_256)), 0);
        LIVE_EQ(mbedguard_psa_key_derivation_input_bytes(&op, PSA_KEY_DERIVATION_INPUT_SALT, text,
                                                         8),
                0);
        LIVE_EQ(mbedguard_psa_key_derivation_input_key(&op, PSA_KEY_DERIVATION_INPUT_SECRET,
                                                       secret),
                0);
        LIVE_EQ(mbedguard_psa_key_derivation_input_bytes(&op, PSA_KEY_DERIVATION_INPUT_INFO, text,
                                                         8),
                0);
        if (twice == 0)
            LIVE_EQ(mbedguard_psa_key_derivation_output_bytes(&op, bytes, sizeof(bytes)), 0);
        else
            LIVE_EQ(mbedguard_psa_key_derivation_output_key(&attributes, &op, &key), 0);
        LIVE_EQ(mbedguard_psa_key_derivation_abort(&op), 0);
    }
    LIVE_EQ(mbedguard_psa_export_key(key, exported, sizeof(exported), &length), PSA_SUCCESS);
    LIVE_EQ(memcmp(exported, bytes, sizeof(bytes)), 0);
    LIVE_EQ(mbedguard_psa_destroy_key(key), PSA_SUCCESS);
}

static void persist(struct own *own)
{
    const psa_key_id_t id = 100 + own->number;
    psa_key_id_t key;

    LIVE_EQ(live_psa_import(id, &key), PSA_SUCCESS);
    LIVE_EQ(live_psa_encrypt(id), PSA_SUCCESS);
    LIVE_EQ(mbedguard_psa_purge_key(id), PSA_SUCCESS);
    LIVE_EQ(live_psa_encrypt(id), PSA_SUCCESS);
    LIVE_EQ(mbedguard_psa_destroy_key(id), PSA_SUCCESS);
    LIVE_EQ(live_psa_is_gone(live_psa_encrypt(id)), 1);
}

#if !LIVE_V4
static void open_and_close(struct own *own)
{
    psa_key_handle_t handle;
    psa_key_id_t key;

    /* Purging does nothing to a volatile key, opening counts nothing, and closing ends it. */
    LIVE_EQ(live_psa_import(0, &key), PSA_SUCCESS);
    LIVE_EQ(mbedguard_psa_purge_key(key), PSA_SUCCESS);
    LIVE_EQ(live_psa_encrypt(key), PSA_SUCCESS);
    LIVE_EQ(mbedguard_psa_open_key(own->key, &handle), PSA_SUCCESS);
    LIVE_EQ(live_psa_encrypt(handle), PSA_SUCCESS);
    LIVE_EQ(mbedguard_psa_close_key(key), PSA_SUCCESS);
}
#endif

static void ask_for_nothing(struct own *own)
{
    mbedguard_psa_key_attributes_t attributes = MBEDGUARD_PSA_KEY_ATTRIBUTES_INIT;

    (void) own;
    LIVE_EQ(live_psa_is_gone(mbedguard_psa_get_key_attributes(0x7FFFFF00, &attributes)), 1);
    LIVE_EQ(live_psa_is_gone(live_psa_encrypt(99)), 1);
    LIVE_EQ(live_psa_is_gone(mbedguard_psa_destroy_key(98)), 1);
}

static void count(struct own *own)
{
    mbedtls_psa_stats_t stats;

    (void) own;
    LIVE_EQ(mbedguard_psa_get_stats(&stats), 0);
}

static void init(struct own *own)
{
    (void) own;
    LIVE_EQ(mbedguard_psa_crypto_init(), PSA_SUCCESS);
}

/* ---- The matrix ------------------------------------------------------------------------------ */

static const struct class {
    const char *name;
    void (*step)(struct own *own);
    unsigned rounds;
} classes[] = {
    {"hash", hash, 200},      {"mac", mac, 100},        {"draw", draw, 200},
    {"same", use_same, 300},  {"own", use_own, 200},    {"ask", ask, 200},
    {"sign", sign, 3},        {"create", create, 100},  {"generate", generate, 100},
    {"copy", copy, 100},      {"derive", derive, 40},   {"persist", persist, 4},
    {"nothing", ask_for_nothing, 40}, {"count", count, 200}, {"init", init, 200},
#if !LIVE_V4
    {"open", open_and_close, 40},
#endif
};

#define CLASSES (sizeof(classes) / sizeof(classes[0]))

static void make_keys(void)
{
    size_t length;

    ck_assert_int_eq(live_psa_import(0, &same), PSA_SUCCESS);
    ck_assert_int_eq(live_psa_import_secret(&secret), PSA_SUCCESS);
    ck_assert_int_eq(live_psa_import_hmac(&hmac), PSA_SUCCESS);
    ck_assert_int_eq(live_psa_generate_pair(&pair), PSA_SUCCESS);
    ck_assert_int_eq(mbedguard_psa_hash_compute(PSA_ALG_SHA_256, text, sizeof(text),
                                                digest_expected, sizeof(digest_expected), &length),
                     PSA_SUCCESS);
    ck_assert_int_eq(mbedguard_psa_mac_compute(hmac, PSA_ALG_HMAC(PSA_ALG_SHA_256), text,
                                               sizeof(text), mac_expected, sizeof(mac_expected),
                                               &length),
                     PSA_SUCCESS);
}

static void destroy_keys(void)
{
    ck_assert_int_eq(mbedguard_psa_destroy_key(same), PSA_SUCCESS);
    ck_assert_int_eq(mbedguard_psa_destroy_key(secret), PSA_SUCCESS);
    ck_assert_int_eq(mbedguard_psa_destroy_key(hmac), PSA_SUCCESS);
    ck_assert_int_eq(mbedguard_psa_destroy_key(pair), PSA_SUCCESS);
}

static void two_classes(unsigned number, void *data)
{
    const unsigned cell = *(const unsigned *) data;
    const struct class *class = &classes[number < 2 ? cell / CLASSES : cell % CLASSES];
    const unsigned rounds = live_rounds(class->rounds);
    struct own own = {number, 0};
    unsigned i;

    LIVE_EQ(live_psa_import(0, &own.key), PSA_SUCCESS);
    live_meet();
    for (i = 0; i < rounds && !live_failed(); i++)
        class->step(&own);
    live_meet();
    LIVE_EQ(mbedguard_psa_destroy_key(own.key), PSA_SUCCESS);
}

START_TEST(matrix)
{
    unsigned a, b, cell;

    make_keys();
    for (a = 0; a < CLASSES; a++) {
        for (b = a; b < CLASSES; b++) {
            cell = a * (unsigned) CLASSES + b;
            live_threads(4, two_classes, &cell);
            live_psa_assert_slots(4);
        }
    }
    destroy_keys();
    live_psa_assert_slots(0);
}
END_TEST

/* All at once, by dice. */
static void any_class(unsigned number, void *data)
{
    const unsigned rounds = live_rounds(300);
    struct own own = {number, 0};
    uint32_t dice = number + 1;
    unsigned i;

    (void) data;
    LIVE_EQ(live_psa_import(0, &own.key), PSA_SUCCESS);
    for (i = 0; i < rounds && !live_failed(); i++)
        classes[live_dice(&dice) % CLASSES].step(&own);
    LIVE_EQ(mbedguard_psa_destroy_key(own.key), PSA_SUCCESS);
}

START_TEST(all_at_once)
{
    make_keys();
    live_threads(6, any_class, NULL);
    live_psa_assert_slots(4);
    destroy_keys();
    live_psa_assert_slots(0);
}
END_TEST

/* ---- Stale identifiers ----------------------------------------------------------------------- */

/* Identifiers that were keys, and may be again: a success must be a whole one. */
static psa_key_id_t stale[4];

static void create_or_use_stale(unsigned number, void *data)
{
    const unsigned rounds = live_rounds(1000);
    mbedguard_psa_key_attributes_t attributes = MBEDGUARD_PSA_KEY_ATTRIBUTES_INIT;
    psa_status_t status;
    unsigned i;

    (void) data;
    for (i = 0; i < rounds && !live_failed(); i++) {
        if (number % 2 == 0) {
            create(NULL);
            continue;
        }
        status = live_psa_encrypt(stale[i % 4]);
        LIVE_EQ(status == PSA_SUCCESS || live_psa_is_gone(status), 1);
        status = mbedguard_psa_get_key_attributes(stale[i % 4], &attributes);
        LIVE_EQ(status == PSA_SUCCESS || live_psa_is_gone(status), 1);
        LIVE_EQ(live_psa_encrypt(same), PSA_SUCCESS);
    }
}

START_TEST(stale_identifiers)
{
    unsigned i;

    make_keys();
    for (i = 0; i < 4; i++)
        ck_assert_int_eq(live_psa_import(0, &stale[i]), PSA_SUCCESS);
    for (i = 0; i < 4; i++)
        ck_assert_int_eq(mbedguard_psa_destroy_key(stale[i]), PSA_SUCCESS);
    for (i = 0; i < 4; i++)
        ck_assert_int_eq(live_psa_is_gone(live_psa_encrypt(stale[i])), 1);
    live_threads(6, create_or_use_stale, NULL);
    live_psa_assert_slots(4);
    destroy_keys();
    live_psa_assert_slots(0);
}
END_TEST

/* ---- Full slots ------------------------------------------------------------------------------ */

#define MANY 64

static psa_key_id_t many[MANY];
static unsigned many_count;

/* In a full table a persistent key has to give up its slot for another, beside users. */
static void use_many(unsigned number, void *data)
{
    const unsigned rounds = live_rounds(400);
    psa_key_id_t key;
    unsigned i;

    (void) data;
    for (i = 0; i < rounds && !live_failed(); i++) {
        LIVE_EQ(live_psa_encrypt(many[(i + number) % many_count]), PSA_SUCCESS);
        if (number == 0) {
            LIVE_EQ(live_psa_encrypt(200 + i % 2), PSA_SUCCESS);
        } else if (number == 1) {
            LIVE_EQ(live_psa_import(0, &key), PSA_SUCCESS);
            LIVE_EQ(mbedguard_psa_destroy_key(key), PSA_SUCCESS);
        }
    }
}

/* Where one slot is left no two have a key in it, and who gets none is told so. */
static atomic_uint holders;

static void take_the_last(unsigned number, void *data)
{
    const unsigned rounds = live_rounds(2000);
    psa_status_t status;
    psa_key_id_t key;
    unsigned i;

    (void) data;
    for (i = 0; i < rounds && !live_failed(); i++) {
        status = live_psa_import(0, &key);
        if (status == PSA_SUCCESS) {
            LIVE_EQ(atomic_fetch_add(&holders, 1), 0);
            LIVE_EQ(live_psa_encrypt(key), PSA_SUCCESS);
            atomic_fetch_sub(&holders, 1);
            LIVE_EQ(mbedguard_psa_destroy_key(key), PSA_SUCCESS);
        } else {
            LIVE_EQ(status == PSA_ERROR_INSUFFICIENT_MEMORY && key == 0, 1);
        }
        if (i % 16 == 0)
            LIVE_EQ(live_psa_encrypt(many[number]), PSA_SUCCESS);
    }
}

START_TEST(full_slots)
{
    psa_key_id_t key;

    ck_assert_int_eq(live_psa_import(200, &key), PSA_SUCCESS);
    ck_assert_int_eq(live_psa_import(201, &key), PSA_SUCCESS);
    many_count = 0;
    while (many_count < MANY && live_psa_import(0, &many[many_count]) == PSA_SUCCESS)
        many_count++;
#if !LIVE_V3
    /* What is kept in a file gave up its slot. */
    ck_assert_uint_eq(many_count, MBEDTLS_PSA_KEY_SLOT_COUNT);
#endif
    /* Two slots for the two persistent keys and the one that is made and destroyed. */
    if (many_count < MANY) {
        ck_assert_int_eq(live_psa_import(0, &key), PSA_ERROR_INSUFFICIENT_MEMORY);
        ck_assert_uint_eq(key, 0);
        ck_assert_int_eq(mbedguard_psa_destroy_key(many[--many_count]), PSA_SUCCESS);
        live_threads(4, take_the_last, NULL);
        live_psa_assert_slots(many_count);
        ck_assert_int_eq(live_psa_import(0, &many[many_count++]), PSA_SUCCESS);
        ck_assert_int_eq(mbedguard_psa_destroy_key(many[--many_count]), PSA_SUCCESS);
        ck_assert_int_eq(mbedguard_psa_destroy_key(many[--many_count]), PSA_SUCCESS);
    }
    live_threads(4, use_many, NULL);
    live_psa_assert_slots(many_count);
    while (many_count > 0)
        ck_assert_int_eq(mbedguard_psa_destroy_key(many[--many_count]), PSA_SUCCESS);
    ck_assert_int_eq(mbedguard_psa_destroy_key(200), PSA_SUCCESS);
    ck_assert_int_eq(mbedguard_psa_destroy_key(201), PSA_SUCCESS);
    live_psa_assert_slots(0);
}
END_TEST

/* ---- Storage that fails ---------------------------------------------------------------------- */

/* In a directory that is gone no file can be made: persistent keys fail, and others notice nothing. */
static void store_or_use(unsigned number, void *data)
{
    const unsigned rounds = live_rounds(200);
    psa_key_id_t key;
    unsigned i;

    (void) data;
    for (i = 0; i < rounds && !live_failed(); i++) {
        if (number < 2) {
            LIVE_EQ(live_psa_import(100 + number, &key) == PSA_SUCCESS, 0);
            LIVE_EQ(live_psa_is_gone(live_psa_encrypt(100 + number)), 1);
        } else {
            LIVE_EQ(live_psa_import(0, &key), PSA_SUCCESS);
            LIVE_EQ(live_psa_encrypt(same), PSA_SUCCESS);
            LIVE_EQ(mbedguard_psa_destroy_key(key), PSA_SUCCESS);
        }
    }
}

START_TEST(storage_fails)
{
    char directory[1024];
    psa_key_id_t key;

    ck_assert_ptr_nonnull(getcwd(directory, sizeof(directory)));
    ck_assert_int_eq(mkdir("gone", 0700), 0);
    ck_assert_int_eq(chdir("gone"), 0);
    ck_assert_int_eq(rmdir("../gone"), 0);
    ck_assert_int_eq(live_psa_import(0, &same), PSA_SUCCESS);
    live_threads(4, store_or_use, NULL);
    live_psa_assert_slots(1);
    ck_assert_int_eq(chdir(directory), 0);
    ck_assert_int_eq(live_psa_import(100, &key), PSA_SUCCESS);
    ck_assert_int_eq(live_psa_encrypt(100), PSA_SUCCESS);
    ck_assert_int_eq(mbedguard_psa_destroy_key(100), PSA_SUCCESS);
    ck_assert_int_eq(mbedguard_psa_destroy_key(same), PSA_SUCCESS);
    live_psa_assert_slots(0);
}
END_TEST

/* ---- Free ------------------------------------------------------------------------------------ */

/* The end of the library under those who use it: what they get is right, or says that it is gone. */
static void free_or_use(unsigned number, void *data)
{
    const unsigned rounds = live_rounds(300);
    psa_key_id_t key;
    psa_status_t status;
    unsigned i;

    (void) data;
    for (i = 0; i < rounds && !live_failed(); i++) {
        if (number == 0) {
            LIVE_EQ(mbedguard_psa_crypto_free(), 0);
            LIVE_EQ(mbedguard_psa_crypto_init(), PSA_SUCCESS);
            continue;
        }
        status = live_psa_import(0, &key);
        LIVE_EQ(status == PSA_SUCCESS || status == PSA_ERROR_BAD_STATE, 1);
        if (status != PSA_SUCCESS)
            continue;
        status = live_psa_encrypt(key);
        LIVE_EQ(status == PSA_SUCCESS || status == PSA_ERROR_BAD_STATE || live_psa_is_gone(status),
                1);
        status = mbedguard_psa_destroy_key(key);
        LIVE_EQ(status == PSA_SUCCESS || status == PSA_ERROR_BAD_STATE || live_psa_is_gone(status),
                1);
    }
}

START_TEST(freed_beside_users)
{
    live_threads(4, free_or_use, NULL);
    ck_assert_int_eq(mbedguard_psa_crypto_free(), 0);
    ck_assert_int_eq(live_psa_encrypt(same), PSA_ERROR_BAD_STATE);
    ck_assert_int_eq(live_psa_import(0, &same), PSA_ERROR_BAD_STATE);
    ck_assert_int_eq(live_psa_import(100, &same), PSA_ERROR_BAD_STATE);
    ck_assert_int_eq(mbedguard_psa_destroy_key(100), PSA_ERROR_BAD_STATE);
#if LIVE_V3
    /* Mbed TLS 3.6 follows a null pointer there. */
    ck_assert_int_eq(mbedguard_psa_purge_key(100), PSA_ERROR_BAD_STATE);
#else
    ck_assert(live_psa_is_gone(mbedguard_psa_purge_key(100)));
#endif
#if LIVE_V3 && !LIVE_V4
    ck_assert_int_eq(mbedguard_psa_close_key(100), PSA_ERROR_BAD_STATE);
#endif
    ck_assert_int_eq(mbedguard_psa_crypto_init(), PSA_SUCCESS);
    live_psa_assert_slots(0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("psa storm");
    TCase *tc = live_psa_case(suite, "calls");

    tcase_add_test(tc, matrix);
    tcase_add_test(tc, all_at_once);
    tc = live_psa_case(suite, "keys");
    tcase_add_test(tc, stale_identifiers);
    tcase_add_test(tc, full_slots);
    tcase_add_test(tc, storage_fails);
    tcase_add_test(tc, freed_beside_users);
    return live_run(suite);
}
