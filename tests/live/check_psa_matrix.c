/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Every PSA call (psa_calls.h) beside each class of calls: what it gives is checked, and that no slot
 * is left taken or locked. Beside those that free the library a call may fail, and no more.
 */
#include "live/psa_calls.h"

/* ---- The classes ----------------------------------------------------------------------------- */

static psa_key_id_t own[4];
static _Atomic psa_key_id_t doomed; /* any thread may destroy it */

static void hash(unsigned thread)
{
    unsigned char digest[32];
    size_t length;

    (void) thread;
    LIVE_EQ(mbedguard_psa_hash_compute(PSA_ALG_SHA_256, psa_calls_text, 100, digest, 32, &length),
            0);
}

/* Each key that the steps use, so that it is the same one. */
static void use_the_same(unsigned thread)
{
    mbedguard_psa_key_attributes_t attributes = MBEDGUARD_PSA_KEY_ATTRIBUTES_INIT;
    unsigned i;

    (void) thread;
    (void) OK(live_psa_encrypt(psa_calls_key(CALLS_AES)));
    for (i = 0; i < CALLS_KEYS; i++) {
        const psa_key_id_t key = psa_calls_key((enum psa_calls_key) i);

        if (key != 0)
            (void) OK(mbedguard_psa_get_key_attributes(key, &attributes));
        mbedguard_psa_reset_key_attributes(&attributes);
    }
}

static void use_another(unsigned thread)
{
    (void) OK(live_psa_encrypt(own[thread]));
}

static void create(unsigned thread)
{
    mbedguard_psa_key_attributes_t attributes;
    psa_key_id_t key;

    (void) thread;
    live_psa_attributes(&attributes, 0);
    if (OK(mbedguard_psa_generate_key(&attributes, &key)))
        (void) OK(mbedguard_psa_destroy_key(key));
}

/* What another thread may use, or have destroyed, at this moment. */
static void destroy(unsigned thread)
{
    psa_key_id_t key;
    psa_status_t status;

    (void) thread;
    if (!OK(live_psa_import(0, &key)))
        return;
    key = atomic_exchange(&doomed, key);
    if (key != 0)
        (void) OK(mbedguard_psa_destroy_key(key));
    key = atomic_exchange(&doomed, 0);
    if (key != 0) {
        status = live_psa_encrypt(key);
        CHECK(status == PSA_SUCCESS);
        (void) OK(mbedguard_psa_destroy_key(key));
    }
}

static void destroy_the_last(void)
{
    const psa_key_id_t key = atomic_exchange(&doomed, 0);

    if (key != 0)
        ck_assert_int_eq(mbedguard_psa_destroy_key(key), PSA_SUCCESS);
}

static void persist(unsigned thread)
{
    const psa_key_id_t id = 900 + thread;
    psa_key_id_t key;

    if (!OK(live_psa_import(id, &key)))
        return;
    (void) OK(mbedguard_psa_purge_key(id));
    (void) OK(live_psa_encrypt(id));
    (void) OK(mbedguard_psa_destroy_key(id));
}

static void init(unsigned thread)
{
    (void) thread;
    LIVE_EQ(mbedguard_psa_crypto_init(), PSA_SUCCESS);
}

static void free_library(unsigned thread)
{
    LIVE_EQ(mbedguard_psa_crypto_free(), 0);
    LIVE_EQ(mbedguard_psa_crypto_init(), PSA_SUCCESS);
    if (thread % 2 == 0)
        (void) psa_calls_make_keys();
}

static const struct class {
    const char *name;
    void (*step)(unsigned thread);
    bool frees;
} classes[] = {
    {"hash", hash, false},       {"same", use_the_same, false}, {"other", use_another, false},
    {"create", create, false},   {"destroy", destroy, false},   {"persist", persist, false},
    {"init", init, false},       {"free", free_library, true},
};

#define CLASSES (sizeof(classes) / sizeof(classes[0]))

/* ---- The matrix ------------------------------------------------------------------------------ */

struct cell {
    const struct psa_calls_step *step;
    const struct class *class;
};

static atomic_uint steps_done;

static void two_and_two(unsigned number, void *data)
{
    const struct cell *cell = data;
    const unsigned full = cell->step->rounds, rounds = full > 2 ? live_rounds(full) : full;
    unsigned i;

    live_meet();
    if (number >= 2) {
        do {
            cell->class->step(number);
        } while (atomic_load(&steps_done) < 2 && !live_failed());
        return;
    }
    for (i = 0; i < rounds && !live_failed(); i++)
        cell->step->step(number);
    atomic_fetch_add(&steps_done, 1);
}

static unsigned start(void)
{
    unsigned i;

    ck_assert(psa_calls_make_keys());
    for (i = 0; i < 4; i++)
        ck_assert_int_eq(live_psa_import(0, &own[i]), PSA_SUCCESS);
    return live_psa_volatile_slots();
}

static void start_again(void)
{
    ck_assert_int_eq(mbedguard_psa_crypto_free(), 0);
    ck_assert_int_eq(mbedguard_psa_crypto_init(), PSA_SUCCESS);
    live_psa_assert_slots(0);
}

static void run_beside(const struct class *class, const struct psa_calls_step *step)
{
    const unsigned keys = start();
    struct cell cell;

    for (; step->name != NULL; step++) {
        cell.step = step;
        cell.class = class;
        atomic_store(&steps_done, 0);
        live_threads(4, two_and_two, &cell);
        destroy_the_last();
        if (!class->frees)
            live_psa_assert_slots(keys);
    }
    start_again();
}

START_TEST(beside)
{
    const struct class *class = &classes[_i];

    atomic_store(&psa_calls_may_vanish, class->frees);
    run_beside(class, psa_calls_operations);
    run_beside(class, psa_calls_on_keys);
    run_beside(class, psa_calls_of_36);
    run_beside(class, psa_calls_in_steps);
    run_beside(class, psa_calls_by_password);
    run_beside(class, psa_calls_of_4);
    atomic_store(&psa_calls_may_vanish, false);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("psa matrix");
    TCase *tc = live_psa_case(suite, "matrix");

    tcase_add_loop_test(tc, beside, 0, CLASSES);
    return live_run(suite);
}
