/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Setting an alternative backend and taking it out again. */
#include "support.h"

#include <stddef.h>
#include <string.h>

#define LEAF MBEDGUARD_RANK_LEAF

static toy_leaf leaf;

static void setup(void)
{
    watchdog_setup();
    memset(&leaf, 0, sizeof(leaf));
}

static void use_once(void)
{
    ck_assert_int_eq(mbedguard_lock(&leaf), 0);
    ck_assert_int_eq(mbedguard_unlock(&leaf), 0);
    ck_assert_int_eq(mbedguard_object_free(&toy_leaf_type, &leaf, "a"), 0);
}

START_TEST(without_a_backend_nothing_goes)
{
    ck_assert_uint_eq(mbedguard_threading_features() & MBEDGUARD_FEATURE_THREADS, 0);
    ck_assert_int_eq(mbedguard_lock(&leaf), MBEDGUARD_ERR_THREADING);
    ck_assert_int_eq(mbedguard_object_init(&toy_leaf_type, &leaf, "a"), MBEDGUARD_ERR_THREADING);
    ck_assert_ptr_null(mbedguard_object_create(&toy_leaf_type, "a"));
    ck_assert_int_eq(mbedguard_threading_free_alt(), 0);
}
END_TEST

START_TEST(half_a_backend_is_bad_input)
{
    mbedguard_threading_ops ops;
    mbedguard_threading_ops whole;

    ck_assert_int_eq(mbedguard_threading_set_alt_ext(NULL), MBEDGUARD_ERR_BAD_INPUT);
    backend_ops(&whole, BACKEND_SELF);
    ck_assert_int_eq(mbedguard_threading_set_alt(NULL, NULL, whole.mutex_lock, whole.mutex_unlock),
                     MBEDGUARD_ERR_BAD_INPUT);
    ops = whole;
    ops.version = 2;
    ck_assert_int_eq(mbedguard_threading_set_alt_ext(&ops), MBEDGUARD_ERR_BAD_INPUT);
    ops = whole;
    ops.size = offsetof(mbedguard_threading_ops, mutex_unlock);
    ck_assert_int_eq(mbedguard_threading_set_alt_ext(&ops), MBEDGUARD_ERR_BAD_INPUT);
    ops = whole;
    ops.mutex_lock = NULL;
    ck_assert_int_eq(mbedguard_threading_set_alt_ext(&ops), MBEDGUARD_ERR_BAD_INPUT);
    ops = whole;
    ops.mutex_lock_shared = ops.mutex_lock;
    ck_assert_int_eq(mbedguard_threading_set_alt_ext(&ops), MBEDGUARD_ERR_BAD_INPUT);
    ops = whole;
    ops.cond_free = NULL;
    ck_assert_int_eq(mbedguard_threading_set_alt_ext(&ops), MBEDGUARD_ERR_BAD_INPUT);
    ck_assert_int_eq(backend_made, 0);
}
END_TEST

START_TEST(members_behind_size_are_not_there)
{
    mbedguard_threading_ops ops;

    backend_ops(&ops, BACKEND_SELF);
    ops.size = offsetof(mbedguard_threading_ops, cond_init);
    ck_assert_int_eq(mbedguard_threading_set_alt_ext(&ops), 0);
    ck_assert_uint_eq(mbedguard_threading_features(),
                      MBEDGUARD_FEATURE_THREADS | MBEDGUARD_FEATURE_TRYLOCK);
    use_once();
    ck_assert_int_eq(mbedguard_threading_free_alt(), 0);
    ck_assert_int_eq(backend_made, 0);
}
END_TEST

START_TEST(features_of_each_backend)
{
    static const unsigned features[BACKENDS] = {
        MBEDGUARD_FEATURE_THREADS,
        MBEDGUARD_FEATURE_THREADS | MBEDGUARD_FEATURE_TRYLOCK | MBEDGUARD_FEATURE_WAIT |
            MBEDGUARD_FEATURE_SHARED,
        MBEDGUARD_FEATURE_THREADS | MBEDGUARD_FEATURE_TRYLOCK | MBEDGUARD_FEATURE_SHARED,
        MBEDGUARD_FEATURE_THREADS | MBEDGUARD_FEATURE_TRYLOCK | MBEDGUARD_FEATURE_WAIT |
            MBEDGUARD_FEATURE_SHARED | MBEDGUARD_FEATURE_THREAD_SELF,
    };
    int b;

    for (b = 0; b < BACKENDS; b++) {
        backend_wanted = (backend) b;
        backend_setup();
        ck_assert_uint_eq(mbedguard_threading_features(), features[b]);
        use_once();
        backend_teardown();
        ck_assert_int_eq(backend_made, 0);
    }
}
END_TEST

START_TEST(set_once_and_before_any_guard)
{
    mbedguard_threading_ops ops;

    backend_ops(&ops, BACKEND_WAIT);
    ck_assert_int_eq(mbedguard_threading_set_alt_ext(&ops), 0);
    ck_assert_int_eq(mbedguard_threading_set_alt_ext(&ops), MBEDGUARD_ERR_UNSUPPORTED);
    ck_assert_int_eq(mbedguard_lock(&leaf), 0);
    ck_assert_int_eq(mbedguard_threading_set_alt_ext(&ops), MBEDGUARD_ERR_UNSUPPORTED);
    ck_assert_int_eq(mbedguard_threading_free_alt(), MBEDGUARD_ERR_UNSUPPORTED);
    ck_assert_int_eq(mbedguard_unlock(&leaf), 0);
    ck_assert_int_eq(mbedguard_threading_set_alt_ext(&ops), MBEDGUARD_ERR_UNSUPPORTED);
    ck_assert_int_eq(mbedguard_object_free(&toy_leaf_type, &leaf, "a"), 0);
    ck_assert_int_eq(mbedguard_threading_free_alt(), 0);
    ck_assert_int_eq(backend_made, 0);
    /* And another one afterwards. */
    backend_ops(&ops, BACKEND_SELF);
    ck_assert_int_eq(mbedguard_threading_set_alt_ext(&ops), 0);
    use_once();
    ck_assert_int_eq(mbedguard_threading_free_alt(), 0);
    ck_assert_int_eq(backend_made, 0);
}
END_TEST

START_TEST(mutexes_of_freed_objects_are_given_back)
{
    toy_leaf *counted;
    int made;

    backend_wanted = BACKEND_WAIT;
    backend_setup();
    made = backend_made;
    ck_assert_int_eq(mbedguard_lock(&leaf), 0);
    ck_assert_int_eq(mbedguard_unlock(&leaf), 0);
    ck_assert_int_eq(backend_made, made + 1);
    ck_assert_int_eq(mbedguard_object_free(&toy_leaf_type, &leaf, "a"), 0);
    ck_assert_int_eq(backend_made, made);
    counted = mbedguard_object_create(&toy_leaf_type, "new");
    ck_assert_int_eq(mbedguard_lock(counted), 0);
    ck_assert_int_eq(mbedguard_unlock(counted), 0);
    ck_assert_int_eq(mbedguard_object_free(&toy_leaf_type, counted, "a"), 0);
    ck_assert_int_eq(backend_made, made);
    backend_teardown();
}
END_TEST

static Suite *make_suite(const char *name)
{
    Suite *suite = suite_create(name);
    TCase *cases = tcase_create("setting");

    tcase_add_checked_fixture(cases, setup, watchdog_teardown);
    tcase_set_timeout(cases, TEST_SECONDS);
    tcase_add_test(cases, without_a_backend_nothing_goes);
    tcase_add_test(cases, half_a_backend_is_bad_input);
    tcase_add_test(cases, members_behind_size_are_not_there);
    tcase_add_test(cases, features_of_each_backend);
    tcase_add_test(cases, set_once_and_before_any_guard);
    tcase_add_test(cases, mutexes_of_freed_objects_are_given_back);
    suite_add_tcase(suite, cases);
    return suite;
}

int main(void)
{
    SRunner *runner = srunner_create(make_suite("alt"));
    int failed;

    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
