/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Keys of PSA that are used, made and ended at the same time; operations of all threads; several calls
 * as one step.
 */
#include <stdatomic.h>
#include <string.h>

#include "live/live_psa.h"
#include "manual/psa_keys.h"

#if !LIVE_V3 && defined(MBEDTLS_THREADING_C) && !defined(MBEDGUARD_THREADING_NONE)
#define HAS_REGISTRY 1
#else
#define HAS_REGISTRY 0
#endif

/* ---- Which keys are known -------------------------------------------------------------------- */

#if HAS_REGISTRY

static bool known(psa_key_id_t key)
{
    return mbedguard_psa_key_guard(key) != NULL;
}

START_TEST(known_by_all_ways)
{
    mbedguard_psa_key_attributes_t attributes;
    psa_key_id_t made[4], persistent;
    psa_key_handle_t handle;
    unsigned i;

    live_psa_attributes(&attributes, 0);
    ck_assert(!known(PSA_KEY_ID_VENDOR_MAX));
    ck_assert_int_eq(live_psa_import(0, &made[0]), PSA_SUCCESS);
    ck_assert_int_eq(mbedguard_psa_generate_key(&attributes, &made[1]), PSA_SUCCESS);
    ck_assert_int_eq(mbedguard_psa_copy_key(made[0], &attributes, &made[2]), PSA_SUCCESS);
    ck_assert_int_eq(live_psa_derive(&attributes, &made[3]), PSA_SUCCESS);
    for (i = 0; i < 4; i++)
        ck_assert(known(made[i]));
    ck_assert_int_eq(live_psa_import(77, &persistent), PSA_SUCCESS);
    ck_assert(!known(persistent));
    ck_assert_int_eq(mbedguard_psa_open_key(persistent, &handle), PSA_SUCCESS);
    ck_assert(!known(handle));
    ck_assert_int_eq(mbedguard_psa_close_key(handle), PSA_SUCCESS);
    ck_assert_int_eq(mbedguard_psa_destroy_key(persistent), PSA_SUCCESS);
    /* A failure makes nothing known. */
    ck_assert_int_ne(mbedguard_psa_import_key(&attributes, live_psa_bytes, 3, &persistent),
                     PSA_SUCCESS);
    ck_assert(!known(persistent));
    ck_assert_int_eq(mbedguard_psa_purge_key(made[0]), PSA_SUCCESS);
    ck_assert(known(made[0]));
    ck_assert_int_eq(mbedguard_psa_close_key(made[0]), PSA_SUCCESS);
    ck_assert(!known(made[0]));
    ck_assert(live_psa_is_gone(live_psa_encrypt(made[0])));
    ck_assert_int_eq(mbedguard_psa_destroy_key(made[1]), PSA_SUCCESS);
    ck_assert(!known(made[1]));
    ck_assert_int_eq(mbedguard_psa_crypto_free(), 0);
    ck_assert(!known(made[2]) && !known(made[3]));
    ck_assert_int_eq(mbedguard_psa_crypto_init(), PSA_SUCCESS);
    live_psa_assert_slots(0);
}
END_TEST

#endif

/* ---- Foreign keys ---------------------------------------------------------------------------- */

/* A key of a raw call, made before there were threads: used by all, and ended by one of them. */
static psa_key_id_t foreign;
static _Atomic unsigned foreign_ended;

static void use_foreign(unsigned number, void *data)
{
    const unsigned rounds = live_rounds(20000);
    mbedguard_psa_key_attributes_t got = MBEDGUARD_PSA_KEY_ATTRIBUTES_INIT;
    psa_key_id_t key;
    psa_status_t status;
    unsigned i;

    (void) data;
    for (i = 0; i < rounds && !live_failed(); i++) {
        LIVE_EQ(live_psa_encrypt(foreign), PSA_SUCCESS);
        LIVE_EQ(mbedguard_psa_get_key_attributes(foreign, &got), PSA_SUCCESS);
        LIVE_EQ(mbedguard_psa_get_key_bits(&got), 128);
        mbedguard_psa_reset_key_attributes(&got);
        if (number == 0) {
            LIVE_EQ(live_psa_import(0, &key), PSA_SUCCESS);
            LIVE_EQ(mbedguard_psa_destroy_key(key), PSA_SUCCESS);
        }
    }
    live_meet();
    status = mbedguard_psa_destroy_key(foreign);
    LIVE_EQ(status == PSA_SUCCESS || live_psa_is_gone(status), 1);
    atomic_fetch_add(&foreign_ended, status == PSA_SUCCESS ? 1 : 0);
    LIVE_EQ(live_psa_is_gone(live_psa_encrypt(foreign)), 1);
}

START_TEST(foreign_keys)
{
    mbedguard_psa_key_attributes_t attributes;

    live_psa_attributes(&attributes, 0);
    ck_assert_int_eq(psa_import_key(&attributes.unguarded, live_psa_bytes, 16, &foreign),
                     PSA_SUCCESS);
#if HAS_REGISTRY
    ck_assert(!known(foreign));
#endif
    atomic_store(&foreign_ended, 0);
    live_threads(4, use_foreign, NULL);
    ck_assert_uint_eq(atomic_load(&foreign_ended), 1);
    live_psa_assert_slots(0);
}
END_TEST

/* ---- Destroyed in use ------------------------------------------------------------------------ */

#define USERS 4

static _Atomic unsigned used, gone;
static psa_key_id_t doomed;

/* Before the destroy is over a use succeeds or not; after it, it does not. */
static void use_or_destroy(unsigned number, void *data)
{
    const unsigned rounds = live_rounds(300);
    psa_status_t status;
    bool was_gone;
    unsigned i;

    (void) data;
    for (i = 0; i < rounds; i++) {
        if (number == 0) {
            LIVE_EQ(live_psa_import(0, &doomed), PSA_SUCCESS);
            atomic_store(&used, 0);
            atomic_store(&gone, 0);
        }
        live_meet();
        if (number == 0) {
            /* Only so that it is in use: what must hold, holds without it. */
            while (atomic_load(&used) == 0 && !live_failed())
                ;
            LIVE_EQ(mbedguard_psa_destroy_key(doomed), PSA_SUCCESS);
            atomic_store(&gone, 1);
        } else {
            do {
                was_gone = atomic_load(&gone) != 0;
                status = live_psa_encrypt(doomed);
                LIVE_EQ((status == PSA_SUCCESS && !was_gone) || live_psa_is_gone(status), 1);
                atomic_fetch_add(&used, 1);
            } while (status == PSA_SUCCESS && !was_gone);
        }
        live_meet();
    }
}

START_TEST(destroyed_in_use)
{
    live_threads(1 + USERS, use_or_destroy, NULL);
    live_psa_assert_slots(0);
}
END_TEST

/* ---- One object of all ----------------------------------------------------------------------- */

static psa_key_id_t hmac;
static mbedguard_psa_mac_operation_t shared_mac;
static _Atomic unsigned set_up, finished;
static unsigned char mac_got[32];

/*
 * A set-up of an operation that is set up ends it: of several, every other one succeeds. Then all feed
 * it, and one gets the end; the others are told BAD_STATE.
 */
static void share_operation(unsigned number, void *data)
{
    const psa_algorithm_t algorithm = PSA_ALG_HMAC(PSA_ALG_SHA_256);
    unsigned char out[32];
    psa_status_t status;
    size_t length = 0;
    unsigned i;

    (void) data;
    status = mbedguard_psa_mac_sign_setup(&shared_mac, hmac, algorithm);
    LIVE_EQ(status == PSA_SUCCESS || status == PSA_ERROR_BAD_STATE, 1);
    atomic_fetch_add(&set_up, status == PSA_SUCCESS ? 1 : 0);
    live_meet();
    if (number == 0) {
        LIVE_EQ(mbedguard_psa_mac_abort(&shared_mac), PSA_SUCCESS);
        LIVE_EQ(mbedguard_psa_mac_sign_setup(&shared_mac, hmac, algorithm), PSA_SUCCESS);
    }
    live_meet();
    for (i = 0; i < 20; i++)
        LIVE_EQ(mbedguard_psa_mac_update(&shared_mac, live_psa_block, sizeof(live_psa_block)),
                PSA_SUCCESS);
    live_meet();
    status = mbedguard_psa_mac_sign_finish(&shared_mac, out, sizeof(out), &length);
    LIVE_EQ(status == PSA_SUCCESS || status == PSA_ERROR_BAD_STATE, 1);
    if (status == PSA_SUCCESS) {
        atomic_fetch_add(&finished, 1);
        memcpy(mac_got, out, sizeof(out));
    }
}

START_TEST(one_operation)
{
    unsigned char bytes[16 * 20 * USERS], expected[32];
    size_t length, i;

    ck_assert_int_eq(live_psa_import_hmac(&hmac), PSA_SUCCESS);
    for (i = 0; i < 20 * USERS; i++)
        memcpy(bytes + 16 * i, live_psa_block, 16);
    ck_assert_int_eq(mbedguard_psa_mac_compute(hmac, PSA_ALG_HMAC(PSA_ALG_SHA_256), bytes,
                                               sizeof(bytes), expected, sizeof(expected),
                                               &length),
                     PSA_SUCCESS);
    for (i = 0; i < live_rounds(100); i++) {
        atomic_store(&set_up, 0);
        atomic_store(&finished, 0);
        memset(&shared_mac, 0, sizeof(shared_mac));
        live_threads(USERS, share_operation, NULL);
        ck_assert_uint_eq(atomic_load(&set_up), USERS / 2);
        ck_assert_uint_eq(atomic_load(&finished), 1);
        ck_assert_mem_eq(mac_got, expected, sizeof(expected));
    }
    ck_assert_int_eq(mbedguard_psa_destroy_key(hmac), PSA_SUCCESS);
    live_psa_assert_slots(0);
}
END_TEST

/* ---- One persistent identifier --------------------------------------------------------------- */

static _Atomic unsigned made;

static void make_persistent(unsigned number, void *data)
{
    const unsigned rounds = live_rounds(30);
    psa_status_t status;
    psa_key_id_t key;
    unsigned i;

    (void) data;
    for (i = 0; i < rounds; i++) {
        live_meet();
        status = live_psa_import(300, &key);
        LIVE_EQ(status == PSA_SUCCESS || status == PSA_ERROR_ALREADY_EXISTS, 1);
        atomic_fetch_add(&made, status == PSA_SUCCESS ? 1 : 0);
        LIVE_EQ(live_psa_encrypt(300), PSA_SUCCESS);
        /* It may be gone from memory already. */
        status = mbedguard_psa_purge_key(300);
        LIVE_EQ(status == PSA_SUCCESS || live_psa_is_gone(status), 1);
        live_meet();
        if (number == 0) {
            LIVE_EQ(atomic_exchange(&made, 0), 1);
            LIVE_EQ(live_psa_encrypt(300), PSA_SUCCESS);
            LIVE_EQ(mbedguard_psa_destroy_key(300), PSA_SUCCESS);
        }
    }
}

START_TEST(one_persistent_identifier)
{
    live_threads(USERS, make_persistent, NULL);
    live_psa_assert_slots(0);
}
END_TEST

/* ---- Several calls as one step --------------------------------------------------------------- */

static void two_keys_in_one_step(unsigned number, void *data)
{
    const unsigned rounds = live_rounds(300);
    mbedguard_psa_key_attributes_t attributes;
    psa_key_id_t two[2];
    unsigned i;

    (void) data;
    live_psa_attributes(&attributes, 0);
    for (i = 0; i < rounds && !live_failed(); i++) {
        if (number == 0) {
            LIVE_EQ(live_psa_volatile_slots() % 2, 0);
            continue;
        }
        LIVE_EQ(mbedguard_lock(&attributes), 0);
        LIVE_EQ(mbedguard_psa_lock(), 0);
        LIVE_EQ(mbedguard_psa_generate_key(&attributes, &two[0]), PSA_SUCCESS);
        LIVE_EQ(mbedguard_psa_lock(), 0);
        LIVE_EQ(mbedguard_psa_generate_key(&attributes, &two[1]), PSA_SUCCESS);
        LIVE_EQ(mbedguard_psa_unlock(), 0);
        LIVE_EQ(mbedguard_psa_unlock(), 0);
        LIVE_EQ(mbedguard_unlock(&attributes), 0);
        LIVE_EQ(mbedguard_psa_lock(), 0);
        LIVE_EQ(mbedguard_psa_destroy_key(two[0]), PSA_SUCCESS);
        LIVE_EQ(mbedguard_psa_destroy_key(two[1]), PSA_SUCCESS);
        LIVE_EQ(mbedguard_psa_unlock(), 0);
    }
}

START_TEST(one_step)
{
    mbedguard_psa_key_attributes_t attributes;
    psa_key_id_t key;

    live_threads(3, two_keys_in_one_step, NULL);
    live_psa_assert_slots(0);
    live_psa_attributes(&attributes, 0);
    ck_assert_int_eq(mbedguard_psa_lock(), 0);
#if defined(MBEDGUARD_PSA_INSIDE)
    /* The store comes before all that TLS reaches. */
    ck_assert_int_eq(mbedguard_psa_generate_key(&attributes, &key), PSA_SUCCESS);
    ck_assert_int_eq(mbedguard_psa_destroy_key(key), PSA_SUCCESS);
#else
    /* Attributes come before the store. */
    ck_assert_int_eq(mbedguard_psa_generate_key(&attributes, &key), PSA_ERROR_SERVICE_FAILURE);
#endif
    ck_assert_int_eq(mbedguard_psa_unlock(), 0);
    ck_assert_int_eq(mbedguard_psa_unlock(), MBEDGUARD_ERR_NOT_LOCKED);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("psa keys");
    TCase *tc = live_psa_case(suite, "keys");

#if HAS_REGISTRY
    tcase_add_test(tc, known_by_all_ways);
#endif
    tcase_add_test(tc, foreign_keys);
    tcase_add_test(tc, destroyed_in_use);
    tcase_add_test(tc, one_persistent_identifier);
    tc = live_psa_case(suite, "operations");
    tcase_add_test(tc, one_operation);
    tcase_add_test(tc, one_step);
    return live_run(suite);
}
