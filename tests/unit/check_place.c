/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Places: a counted object that threads take while others replace it. */
#include "support.h"

#include <string.h>

#define CONFIG MBEDGUARD_RANK_CONFIG
#define CERT   MBEDGUARD_RANK_CERT

static void *place;

static void setup(void)
{
    watchdog_setup();
    backend_setup();
    place = NULL;
}

static void teardown(void)
{
    backend_teardown();
    watchdog_teardown();
}

static toy_config *make(void)
{
    toy_config *config = mbedguard_object_create(&toy_config_type, "new");

    ck_assert_ptr_nonnull(config);
    return config;
}

static int drop(toy_config *config)
{
    return mbedguard_object_free(&toy_config_type, config, "free");
}

START_TEST(a_place_has_a_reference)
{
    toy_config *first = make();
    toy_config *second = make();
    void *taken = NULL;

    ck_assert_int_eq(mbedguard_place_put(&place, first, CONFIG), 0);
    ck_assert_int_eq(drop(first), 0);
    ck_assert_int_eq(mbedguard_place_take(&place, CONFIG, &taken), 0);
    ck_assert_ptr_eq(taken, first);
    ck_assert_int_eq(mbedguard_place_put(&place, second, CONFIG), 0);
    ck_assert_int_eq(raw_frees, 0);
    mbedguard_place_let_go(taken, CONFIG);
    ck_assert_int_eq(raw_frees, 1);
    /* Itself in its own place. */
    ck_assert_int_eq(mbedguard_place_put(&place, second, CONFIG), 0);
    ck_assert_int_eq(drop(second), 0);
    ck_assert_int_eq(raw_frees, 1);
    ck_assert_int_eq(mbedguard_place_put(&place, NULL, CONFIG), 0);
    ck_assert_int_eq(raw_frees, 2);
    ck_assert_int_eq(mbedguard_place_put(&place, NULL, CONFIG), 0);
    ck_assert_int_eq(mbedguard_place_take(&place, CONFIG, &taken), MBEDGUARD_ERR_NOT_FOUND);
}
END_TEST

START_TEST(mistakes_change_nothing)
{
    toy_cert *cert = mbedguard_object_create(&toy_cert_type, "new");
    toy_config *config = make();
    static toy_config plain;
    void *garbage, *taken = &plain;

    memset(&garbage, 0x5A, sizeof(garbage));
    ck_assert_int_eq(mbedguard_object_init(&toy_config_type, &plain, "a"), 0);
    ck_assert_int_eq(mbedguard_place_put(&place, &plain, CONFIG), MBEDGUARD_ERR_BAD_INPUT);
    ck_assert_int_eq(mbedguard_place_put(&place, cert, CONFIG), MBEDGUARD_ERR_BAD_INPUT);
    ck_assert_int_eq(mbedguard_place_put(&garbage, config, CONFIG), MBEDGUARD_ERR_NOT_INITIALIZED);
    ck_assert_int_eq(mbedguard_place_put(&garbage, NULL, CONFIG), MBEDGUARD_ERR_NOT_INITIALIZED);
    ck_assert_int_eq(mbedguard_place_take(&garbage, CONFIG, &taken), MBEDGUARD_ERR_NOT_INITIALIZED);
    ck_assert_ptr_eq(taken, &plain);
#if defined(MBEDGUARD_THREADING_ALT)
    backend_fail_in = 1;
    ck_assert_int_ne(mbedguard_place_put(&place, config, CONFIG), 0);
    backend_fail_in = 0;
#endif
    ck_assert_ptr_null(place);
    /* None of them has taken a reference. */
    ck_assert_int_eq(drop(config), 0);
    ck_assert_int_eq(raw_frees, 1);
    ck_assert_int_eq(mbedguard_place_put(&place, config, CONFIG), MBEDGUARD_ERR_BAD_INPUT);
    ck_assert_int_eq(mbedguard_object_free(&toy_cert_type, cert, "free"), 0);
    ck_assert_int_eq(mbedguard_object_free(&toy_config_type, &plain, "free"), 0);
}
END_TEST

/* What a thread that holds something let go of is gone for others, and freed when it holds nothing. */
START_TEST(freed_later_under_a_lock)
{
    static toy_leaf leaf;
    toy_config *config = make();

    ck_assert_int_eq(mbedguard_object_init(&toy_leaf_type, &leaf, "a"), 0);
    ck_assert_int_eq(mbedguard_place_put(&place, config, CONFIG), 0);
    ck_assert_int_eq(drop(config), 0);
    ck_assert_int_eq(mbedguard_lock(&leaf), 0);
    ck_assert_int_eq(mbedguard_place_put(&place, NULL, CONFIG), 0);
    ck_assert_int_eq(mbedguard_place_put(&place, config, CONFIG), MBEDGUARD_ERR_BAD_INPUT);
    ck_assert_int_eq(raw_frees, 0);
    ck_assert_int_eq(mbedguard_unlock(&leaf), 0);
    ck_assert_int_eq(raw_frees, 1);
    (void) mbedguard_object_free(&toy_leaf_type, &leaf, "a");
}
END_TEST

#define TAKERS 4
#define PUTTERS 2

static int failures;

static void note_failure(void)
{
    __atomic_add_fetch(&failures, 1, __ATOMIC_RELAXED);
}

static void *take(void *argument)
{
    int i;

    for (i = rounds(2000); i > 0; i--) {
        void *taken = NULL;

        if (mbedguard_place_take(&place, CONFIG, &taken) != 0) {
            note_failure();
            break;
        }
        /* It lives: its guard can be taken. */
        if (mbedguard_enter(&((toy_config *) taken)->guard, CONFIG | MBEDGUARD_SHARED, "take") != 0)
            note_failure();
        else if (((toy_config *) taken)->unguarded.alive != 1)
            note_failure();
        else if (mbedguard_leave(&((toy_config *) taken)->guard, CONFIG | MBEDGUARD_SHARED) != 0)
            note_failure();
        mbedguard_place_let_go(taken, CONFIG);
    }
    return argument;
}

static void *put(void *argument)
{
    int i;

    for (i = rounds(2000); i > 0; i--) {
        toy_config *config = mbedguard_object_create(&toy_config_type, "new");

        if (config == NULL || mbedguard_place_put(&place, config, CONFIG) != 0 ||
            drop(config) != 0)
            note_failure();
    }
    return argument;
}

START_TEST(taken_while_replaced)
{
    toy_config *first = make();
    pthread_t threads[TAKERS + PUTTERS];
    int i;

    failures = 0;
    ck_assert_int_eq(mbedguard_place_put(&place, first, CONFIG), 0);
    ck_assert_int_eq(drop(first), 0);
    for (i = 0; i < TAKERS + PUTTERS; i++)
        threads[i] = start_thread(i < TAKERS ? take : put, NULL);
    for (i = 0; i < TAKERS + PUTTERS; i++)
        (void) join_thread(threads[i]);
    ck_assert_int_eq(failures, 0);
    /* All but the last one are gone. */
    ck_assert_int_eq(raw_frees, PUTTERS * rounds(2000));
    ck_assert_int_eq(mbedguard_place_put(&place, NULL, CONFIG), 0);
    ck_assert_int_eq(raw_frees, raw_inits);
}
END_TEST

static Suite *make_suite(const char *name)
{
    Suite *suite = suite_create(name);

    add_case(suite, "reference", a_place_has_a_reference, setup, teardown);
    add_case(suite, "mistakes", mistakes_change_nothing, setup, teardown);
    add_case(suite, "under a lock", freed_later_under_a_lock, setup, teardown);
    add_case(suite, "load", taken_while_replaced, setup, teardown);
    return suite;
}

int main(void)
{
    return run_suites(make_suite, "place");
}
