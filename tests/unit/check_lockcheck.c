/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The lock checker: every kind of finding, with both places; and what becomes of the call. */
#include "support.h"

#include <signal.h>
#include <string.h>

#define SSL    MBEDGUARD_RANK_SSL
#define CONFIG MBEDGUARD_RANK_CONFIG
#define CERT   MBEDGUARD_RANK_CERT
#define KEY    MBEDGUARD_RANK_KEY
#define RNG    MBEDGUARD_RANK_RNG
#define LEAF   MBEDGUARD_RANK_LEAF

static toy_ssl ssl;
static toy_config config;
static toy_key key;
static toy_rng rng[2];
static toy_leaf leaf;

static int reports;
static mbedguard_lockcheck_report last;

static void note(const mbedguard_lockcheck_report *report, void *data)
{
    (*(int *) data)++;
    last = *report;
}

static void setup(void)
{
    watchdog_setup();
    backend_setup();
    (void) mbedguard_object_init(&toy_ssl_type, &ssl, "setup");
    (void) mbedguard_object_init(&toy_config_type, &config, "setup");
    (void) mbedguard_object_init(&toy_key_type, &key, "setup");
    (void) mbedguard_object_init(&toy_rng_type, &rng[0], "setup");
    (void) mbedguard_object_init(&toy_rng_type, &rng[1], "setup");
    (void) mbedguard_object_init(&toy_leaf_type, &leaf, "setup");
    reports = 0;
    memset(&last, 0, sizeof(last));
    ck_assert_int_eq(mbedguard_lockcheck_set_handler(note, &reports), 0);
}

static void teardown(void)
{
    ck_assert_int_eq(mbedguard_lockcheck_set_handler(NULL, NULL), 0);
    backend_teardown();
    watchdog_teardown();
}

static void expect(mbedguard_lockcheck_kind kind, const mbedguard_guard *guard, const char *where,
                   const mbedguard_guard *other, const char *other_where)
{
    ck_assert_int_eq(reports, 1);
    ck_assert_int_eq((int) last.kind, (int) kind);
    ck_assert_ptr_eq(last.guard, guard);
    ck_assert_str_eq(last.where, where);
    ck_assert_ptr_eq(last.other_guard, other);
    if (other_where == NULL)
        ck_assert_ptr_null(last.other_where);
    else
        ck_assert_str_eq(last.other_where, other_where);
    reports = 0;
}

START_TEST(is_a_feature)
{
    ck_assert((mbedguard_threading_features() & MBEDGUARD_FEATURE_LOCKCHECK) != 0);
}
END_TEST

START_TEST(order)
{
    ck_assert_int_eq(mbedguard_enter(&key.guard, KEY, "first"), 0);
    ck_assert_int_eq(mbedguard_enter(&ssl.guard, SSL, "second"), MBEDGUARD_ERR_ORDER);
    expect(MBEDGUARD_LOCKCHECK_ORDER, &ssl.guard, "second", &key.guard, "first");
    ck_assert_int_eq(mbedguard_leave(&key.guard, KEY), 0);
}
END_TEST

START_TEST(order_of_public_locks)
{
    ck_assert_int_eq(mbedguard_lock(&key), 0);
    ck_assert_int_eq(mbedguard_lock(&ssl), MBEDGUARD_ERR_ORDER);
    ck_assert_int_eq(reports, 1);
    ck_assert_ptr_nonnull(strstr(last.where, "check_lockcheck.c:"));
    ck_assert_ptr_nonnull(strstr(last.other_where, "check_lockcheck.c:"));
    ck_assert_str_ne(last.where, last.other_where);
    ck_assert_int_eq(mbedguard_unlock(&key), 0);
}
END_TEST

START_TEST(reentry)
{
    ck_assert_int_eq(mbedguard_enter(&key.guard, KEY, "outer"), 0);
    ck_assert_int_eq(mbedguard_enter(&key.guard, KEY, "inner"), MBEDGUARD_ERR_REENTRY);
    expect(MBEDGUARD_LOCKCHECK_REENTRY, &key.guard, "inner", &key.guard, "outer");
    ck_assert_int_eq(mbedguard_leave(&key.guard, KEY), 0);
}
END_TEST

START_TEST(upgrade)
{
    const unsigned shared = CONFIG | MBEDGUARD_SHARED;

    ck_assert_int_eq(mbedguard_enter(&config.guard, shared, "reader"), 0);
    ck_assert_int_eq(mbedguard_enter(&config.guard, CONFIG, "writer"), MBEDGUARD_ERR_UPGRADE);
    expect(MBEDGUARD_LOCKCHECK_UPGRADE, &config.guard, "writer", &config.guard, "reader");
    ck_assert_int_eq(mbedguard_leave(&config.guard, shared), 0);
}
END_TEST

static void *unlock_anothers(void *unused)
{
    (void) unused;
    return (void *) (intptr_t) mbedguard_object_unlock(&leaf, sizeof(leaf), "stranger");
}

START_TEST(not_locked)
{
    ck_assert_int_eq(mbedguard_object_unlock(&leaf, sizeof(leaf), "nobody"),
                     MBEDGUARD_ERR_NOT_LOCKED);
    expect(MBEDGUARD_LOCKCHECK_NOT_LOCKED, &leaf.guard, "nobody", NULL, NULL);
    ck_assert_int_eq(mbedguard_object_lock(&leaf, sizeof(leaf), LEAF, "owner"), 0);
    ck_assert_int_eq((int) (intptr_t) join_thread(start_thread(unlock_anothers, NULL)),
                     MBEDGUARD_ERR_NOT_LOCKED);
    expect(MBEDGUARD_LOCKCHECK_NOT_LOCKED, &leaf.guard, "stranger", &leaf.guard, "owner");
    ck_assert_int_eq(mbedguard_unlock(&leaf), 0);
}
END_TEST

START_TEST(freed_held)
{
    toy_leaf *counted = mbedguard_object_create(&toy_leaf_type, "new");

    ck_assert_int_eq(mbedguard_object_lock(&leaf, sizeof(leaf), LEAF, "lock"), 0);
    ck_assert_int_eq(mbedguard_object_free(&toy_leaf_type, &leaf, "free"), 0);
    expect(MBEDGUARD_LOCKCHECK_FREED_HELD, &leaf.guard, "free", &leaf.guard, "lock");
    ck_assert_int_eq(mbedguard_unlock(&leaf), 0);
    ck_assert_int_eq(mbedguard_object_lock(counted, sizeof(*counted), LEAF, "lock"), 0);
    ck_assert_int_eq(mbedguard_object_free(&toy_leaf_type, counted, "free"), 0);
    expect(MBEDGUARD_LOCKCHECK_FREED_HELD, &counted->guard, "free", &counted->guard, "lock");
    ck_assert_int_eq(mbedguard_unlock(counted), 0);
    /* In a callback of a call on it, it is no misuse. */
    ck_assert_int_eq(mbedguard_enter(&ssl.guard, SSL, "call"), 0);
    ck_assert_int_eq(mbedguard_object_free(&toy_ssl_type, &ssl, "callback"), 0);
    ck_assert_int_eq(mbedguard_leave(&ssl.guard, SSL), 0);
    ck_assert_int_eq(reports, 0);
}
END_TEST

START_TEST(uninitialized)
{
    static toy_leaf garbage;

    memset(&garbage, 0x7F, sizeof(garbage));
    ck_assert_int_eq(mbedguard_enter(&garbage.guard, LEAF, "use"), MBEDGUARD_ERR_NOT_INITIALIZED);
    expect(MBEDGUARD_LOCKCHECK_UNINITIALIZED, &garbage.guard, "use", NULL, NULL);
    ck_assert_int_eq(mbedguard_object_free(&toy_leaf_type, &garbage, "free"),
                     MBEDGUARD_ERR_NOT_INITIALIZED);
    expect(MBEDGUARD_LOCKCHECK_UNINITIALIZED, &garbage.guard, "free", NULL, NULL);
}
END_TEST

#if defined(MBEDGUARD_THREADING_PTHREAD)
static void *end_with_a_lock(void *unused)
{
    (void) unused;
    (void) mbedguard_object_lock(&leaf, sizeof(leaf), LEAF, "lost");
    return NULL;
}

START_TEST(thread_exit)
{
    (void) join_thread(start_thread(end_with_a_lock, NULL));
    expect(MBEDGUARD_LOCKCHECK_THREAD_EXIT, &leaf.guard, "lost", &leaf.guard, "lost");
    ck_assert_int_eq(mbedguard_lock(&leaf), MBEDGUARD_ERR_BROKEN);
}
END_TEST
#endif

static int keep(mbedguard_guard *keeper, mbedguard_guard *kept, const char *where)
{
    mbedguard_keep edge;
    int ret;

    ck_assert_int_eq(mbedguard_enter(keeper, RNG, where), 0);
    ret = mbedguard_keep_begin(&edge, keeper, RNG, kept, RNG, 1, true, where);
    if (ret == 0)
        mbedguard_keep_commit(&edge);
    ck_assert_int_eq(mbedguard_leave(keeper, RNG), 0);
    return ret;
}

START_TEST(cycle)
{
    ck_assert_int_eq(keep(&rng[0].guard, &rng[1].guard, "seed"), 0);
    ck_assert_int_eq(keep(&rng[1].guard, &rng[0].guard, "seed back"), MBEDGUARD_ERR_CYCLE);
    expect(MBEDGUARD_LOCKCHECK_CYCLE, &rng[0].guard, "seed back", &rng[1].guard, "seed back");
}
END_TEST

START_TEST(default_handler_aborts)
{
    ck_assert_int_eq(mbedguard_lockcheck_set_handler(NULL, NULL), 0);
    (void) mbedguard_unlock(&leaf);
}
END_TEST

static Suite *make_suite(const char *name)
{
    Suite *suite = suite_create(name);
    TCase *cases = tcase_create("findings");

    tcase_add_checked_fixture(cases, setup, teardown);
    tcase_set_timeout(cases, TEST_SECONDS);
    tcase_add_test(cases, is_a_feature);
    tcase_add_test(cases, order);
    tcase_add_test(cases, order_of_public_locks);
    tcase_add_test(cases, reentry);
    tcase_add_test(cases, upgrade);
    tcase_add_test(cases, not_locked);
    tcase_add_test(cases, freed_held);
    tcase_add_test(cases, uninitialized);
#if defined(MBEDGUARD_THREADING_PTHREAD)
    tcase_add_test(cases, thread_exit);
#endif
    tcase_add_test(cases, cycle);
    if (!without_fork("a handler that aborts"))
        tcase_add_test_raise_signal(cases, default_handler_aborts, SIGABRT);
    suite_add_tcase(suite, cases);
    return suite;
}

int main(void)
{
    return run_suites(make_suite, "lock checker");
}
