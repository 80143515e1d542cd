/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The none backend: nothing is locked, and objects live and keep each other all the same. */
#include "support.h"

#include <string.h>

#define CONFIG MBEDGUARD_RANK_CONFIG
#define CERT   MBEDGUARD_RANK_CERT
#define RNG    MBEDGUARD_RANK_RNG
#define LEAF   MBEDGUARD_RANK_LEAF

START_TEST(enter_and_locks_are_nothing)
{
    toy_leaf leaf;
    raw_toy *raw = NULL;
    toy_leaf *none = NULL;
    mbedguard_want set[] = { { &leaf.guard, LEAF } };
    mbedguard_object objects[] = { MBEDGUARD_OBJECT(&leaf) };
    mbedguard_counters counters = { 1, 1 };

    memset(&leaf, 0xA5, sizeof(leaf));
    ck_assert_int_eq(mbedguard_enter(&leaf.guard, LEAF, "a"), 0);
    ck_assert_int_eq(mbedguard_enter(&leaf.guard, LEAF, "a"), 0);
    ck_assert_int_eq(mbedguard_leave(&leaf.guard, LEAF), 0);
    ck_assert_int_eq(mbedguard_enter_set(set, 1, "a"), 0);
    ck_assert_int_eq(mbedguard_leave_set(set, 1), 0);
    ck_assert_int_eq(mbedguard_may_wait("a"), 0);
    ck_assert_int_eq(mbedguard_lock(&leaf), 0);
    ck_assert_int_eq(mbedguard_trylock(&leaf), 0);
    ck_assert_int_eq(mbedguard_unlock(&leaf), 0);
    ck_assert_int_eq(mbedguard_lock(none), MBEDGUARD_ERR_BAD_INPUT);
    ck_assert_int_eq(mbedguard_borrow(&leaf, &raw), 0);
    ck_assert_ptr_eq(raw, &leaf.unguarded);
    ck_assert_int_eq(mbedguard_borrow(none, &raw), MBEDGUARD_ERR_BAD_INPUT);
    ck_assert_ptr_null(raw);
    ck_assert_int_eq(mbedguard_lock_set(objects, 1), 0);
    ck_assert_int_eq(mbedguard_unlock_set(objects, 1), 0);
    ck_assert_int_eq(mbedguard_get_counters(&leaf, &counters), 0);
    ck_assert_uint_eq(counters.acquisitions, 0);
    ck_assert_int_eq(mbedguard_count_acquisitions(1), MBEDGUARD_ERR_UNSUPPORTED);
    ck_assert_uint_eq(mbedguard_threading_features(), 0);
    ck_assert_int_eq(mbedguard_threading_free_alt(), MBEDGUARD_ERR_UNSUPPORTED);
    ck_assert_int_eq(mbedguard_threading_set_alt(NULL, NULL, NULL, NULL),
                     MBEDGUARD_ERR_UNSUPPORTED);
    ck_assert_int_eq(mbedguard_threading_set_alt_ext(NULL), MBEDGUARD_ERR_UNSUPPORTED);
    ck_assert_int_eq(mbedguard_lockcheck_set_handler(NULL, NULL), MBEDGUARD_ERR_UNSUPPORTED);
}
END_TEST

START_TEST(guard_is_small)
{
    ck_assert_uint_le(sizeof(mbedguard_guard), 8);
}
END_TEST

START_TEST(start_comes_before_the_first_object)
{
    toy_leaf leaf;

    start_result = MBEDGUARD_ERR_VERSION;
    ck_assert_int_eq(mbedguard_object_init(&toy_leaf_type, &leaf, "a"), MBEDGUARD_ERR_VERSION);
    ck_assert_ptr_null(mbedguard_object_create(&toy_leaf_type, "a"));
    start_result = 0;
    ck_assert_int_eq(mbedguard_object_init(&toy_leaf_type, &leaf, "a"), 0);
    ck_assert_int_eq(mbedguard_object_init(&toy_leaf_type, &leaf, "a"), 0);
    ck_assert_int_eq(start_count, 3);
}
END_TEST

static int keep(mbedguard_guard *keeper, unsigned keeper_rank, mbedguard_guard *kept,
                unsigned kept_rank)
{
    mbedguard_keep edge;
    int ret = mbedguard_keep_begin(&edge, keeper, keeper_rank, kept, kept_rank, 1, true, "keep");

    if (ret == 0)
        mbedguard_keep_commit(&edge);
    return ret;
}

START_TEST(counted_objects_are_kept)
{
    toy_config *config = mbedguard_object_create(&toy_config_type, "new");
    toy_cert *first = mbedguard_object_create(&toy_cert_type, "new");
    toy_cert *second = mbedguard_object_create(&toy_cert_type, "new");

    ck_assert_int_eq(keep(&config->guard, CONFIG, &first->guard, CERT), 0);
    ck_assert_int_eq(mbedguard_object_free(&toy_cert_type, first, "free"), 0);
    ck_assert_int_eq(raw_frees, 0);
    ck_assert_int_eq(keep(&config->guard, CONFIG, &second->guard, CERT), 0);
    ck_assert_int_eq(raw_frees, 1);
    ck_assert_int_eq(mbedguard_object_ref(&toy_config_type, config, "ref"), 0);
    ck_assert_int_eq(mbedguard_object_init(&toy_config_type, config, "a"),
                     MBEDGUARD_ERR_BAD_INPUT);
    ck_assert_int_eq(mbedguard_object_free(&toy_config_type, config, "free"), 0);
    ck_assert_int_eq(mbedguard_object_free(&toy_config_type, config, "free"), 0);
    ck_assert_int_eq(raw_frees, 2);
    ck_assert_int_eq(mbedguard_object_free(&toy_cert_type, second, "free"), 0);
    ck_assert_int_eq(raw_frees, 3);
}
END_TEST

START_TEST(places_have_a_reference)
{
    toy_config *config = mbedguard_object_create(&toy_config_type, "new");
    toy_config plain;
    void *place = NULL, *taken = NULL;

    memset(&plain, 0, sizeof(plain));
    ck_assert_int_eq(mbedguard_place_put(&place, config, CONFIG), 0);
    ck_assert_int_eq(mbedguard_object_free(&toy_config_type, config, "free"), 0);
    ck_assert_int_eq(mbedguard_place_take(&place, CONFIG, &taken), 0);
    ck_assert_int_eq(mbedguard_place_put(&place, &plain, CONFIG), MBEDGUARD_ERR_BAD_INPUT);
    ck_assert_ptr_eq(place, config);
    ck_assert_int_eq(mbedguard_place_put(&place, NULL, CONFIG), 0);
    ck_assert_int_eq(raw_frees, 0);
    mbedguard_place_let_go(taken, CONFIG);
    ck_assert_int_eq(raw_frees, 1);
    ck_assert_int_eq(mbedguard_place_put(&place, config, CONFIG), MBEDGUARD_ERR_BAD_INPUT);
}
END_TEST

START_TEST(order_and_cycles_are_refused)
{
    toy_rng rng[2];
    toy_config config;

    memset(rng, 0, sizeof(rng));
    memset(&config, 0, sizeof(config));
    ck_assert_int_eq(keep(&rng[0].guard, RNG, &rng[1].guard, RNG), 0);
    ck_assert_int_eq(keep(&rng[1].guard, RNG, &rng[0].guard, RNG), MBEDGUARD_ERR_CYCLE);
    ck_assert_int_eq(keep(&rng[1].guard, RNG, &config.guard, CONFIG), MBEDGUARD_ERR_ORDER);
    ck_assert_int_eq(mbedguard_object_free(&toy_rng_type, &rng[0], "free"), 0);
    ck_assert_int_eq(keep(&rng[1].guard, RNG, &rng[0].guard, RNG), 0);
    ck_assert_int_eq(mbedguard_object_free(&toy_rng_type, &rng[1], "free"), 0);
}
END_TEST

static Suite *make_suite(const char *name)
{
    Suite *suite = suite_create(name);
    TCase *cases = tcase_create("none");

    tcase_add_checked_fixture(cases, watchdog_setup, watchdog_teardown);
    tcase_add_test(cases, start_comes_before_the_first_object);
    tcase_add_test(cases, enter_and_locks_are_nothing);
    tcase_add_test(cases, guard_is_small);
    tcase_add_test(cases, counted_objects_are_kept);
    tcase_add_test(cases, places_have_a_reference);
    tcase_add_test(cases, order_and_cycles_are_refused);
    suite_add_tcase(suite, cases);
    return suite;
}

int main(void)
{
    return run_suites(make_suite, "none");
}
