/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* One thread and its guards: nesting, order, sets, locks, moved and garbage guards. */
#include "support.h"

#include <errno.h>
#include <string.h>

#define SSL    MBEDGUARD_RANK_SSL
#define CONFIG MBEDGUARD_RANK_CONFIG
#define CERT   MBEDGUARD_RANK_CERT
#define KEY    MBEDGUARD_RANK_KEY
#define RNG    MBEDGUARD_RANK_RNG
#define LEAF   MBEDGUARD_RANK_LEAF

static toy_ssl ssl;
static toy_config config;
static toy_cert cert;
static toy_key key;
static toy_rng rng;
static toy_leaf leaf[40];

static void setup(void)
{
    watchdog_setup();
    backend_setup();
    (void) mbedguard_object_init(&toy_ssl_type, &ssl, "setup");
    (void) mbedguard_object_init(&toy_config_type, &config, "setup");
    (void) mbedguard_object_init(&toy_cert_type, &cert, "setup");
    (void) mbedguard_object_init(&toy_key_type, &key, "setup");
    (void) mbedguard_object_init(&toy_rng_type, &rng, "setup");
    memset(leaf, 0, sizeof(leaf));
}

static void teardown(void)
{
    size_t i;

    (void) mbedguard_object_free(&toy_ssl_type, &ssl, "teardown");
    (void) mbedguard_object_free(&toy_config_type, &config, "teardown");
    (void) mbedguard_object_free(&toy_cert_type, &cert, "teardown");
    (void) mbedguard_object_free(&toy_key_type, &key, "teardown");
    (void) mbedguard_object_free(&toy_rng_type, &rng, "teardown");
    for (i = 0; i < 40; i++)
        (void) mbedguard_object_free(&toy_leaf_type, &leaf[i], "teardown");
    backend_teardown();
    watchdog_teardown();
}

/* Whether another thread can take a guard exclusively, without waiting for it. */
static void *try_leaf(void *toy)
{
    toy_leaf *object = toy;
    int ret = mbedguard_trylock(object);

    if (ret == 0)
        (void) mbedguard_unlock(object);
    return (void *) (intptr_t) ret;
}

static int tried_by_another(toy_leaf *object)
{
    return (int) (intptr_t) join_thread(start_thread(try_leaf, object));
}

static bool can_try(void)
{
    return (mbedguard_threading_features() & MBEDGUARD_FEATURE_TRYLOCK) != 0;
}

START_TEST(zeroed_is_valid_and_free)
{
    ck_assert_int_eq(mbedguard_enter(&leaf[0].guard, LEAF, "a"), 0);
    ck_assert_int_eq(mbedguard_held(&leaf[0].guard), 2);
    ck_assert_int_eq(mbedguard_leave(&leaf[0].guard, LEAF), 0);
    ck_assert_int_eq(mbedguard_held(&leaf[0].guard), 0);
    ck_assert_uint_eq(leaf[0].guard.magic, 0);
}
END_TEST

START_TEST(null_is_bad_input)
{
    toy_leaf *none = NULL;
    raw_toy *raw = (raw_toy *) 1;

    ck_assert_int_eq(mbedguard_enter(NULL, LEAF, "a"), MBEDGUARD_ERR_BAD_INPUT);
    ck_assert_int_eq(mbedguard_lock(none), MBEDGUARD_ERR_BAD_INPUT);
    ck_assert_int_eq(mbedguard_unlock(none), MBEDGUARD_ERR_BAD_INPUT);
    ck_assert_int_eq(mbedguard_borrow(none, &raw), MBEDGUARD_ERR_BAD_INPUT);
    ck_assert_ptr_null(raw);
    ck_assert_int_eq(mbedguard_lock_set(NULL, 1), MBEDGUARD_ERR_BAD_INPUT);
    ck_assert_int_eq(mbedguard_lock_set(NULL, 0), 0);
}
END_TEST

START_TEST(exclusive_keeps_others_out)
{
    int ret;

    if (!can_try())
        return;
    ck_assert_int_eq(mbedguard_enter(&leaf[0].guard, LEAF, "a"), 0);
    ck_assert_int_eq(tried_by_another(&leaf[0]), MBEDGUARD_ERR_WOULD_WAIT);
    ck_assert_int_eq(tried_by_another(&leaf[1]), 0);
    ck_assert_int_eq(mbedguard_leave(&leaf[0].guard, LEAF), 0);
    ck_assert_int_eq(tried_by_another(&leaf[0]), 0);
    ret = mbedguard_enter(&leaf[0].guard, LEAF | MBEDGUARD_SHARED, "a");
    ck_assert_int_eq(ret, 0);
    ck_assert_int_eq(mbedguard_held(&leaf[0].guard), 1);
    ck_assert_int_eq(tried_by_another(&leaf[0]), MBEDGUARD_ERR_WOULD_WAIT);
    ck_assert_int_eq(mbedguard_leave(&leaf[0].guard, LEAF | MBEDGUARD_SHARED), 0);
    ck_assert_int_eq(tried_by_another(&leaf[0]), 0);
}
END_TEST

START_TEST(nested_call_needs_permission)
{
    const unsigned in_callback = LEAF | MBEDGUARD_IN_CALLBACK;

    ck_assert_int_eq(mbedguard_enter(&leaf[0].guard, LEAF, "a"), 0);
    ck_assert_int_eq(mbedguard_enter(&leaf[0].guard, LEAF, "b"), MBEDGUARD_ERR_REENTRY);
    ck_assert_int_eq(mbedguard_enter(&leaf[0].guard, LEAF | MBEDGUARD_SHARED, "b"),
                     MBEDGUARD_ERR_REENTRY);
    ck_assert_int_eq(mbedguard_enter(&leaf[0].guard, in_callback, "b"), 0);
    ck_assert_int_eq(mbedguard_enter(&leaf[0].guard, in_callback | MBEDGUARD_SHARED, "b"), 0);
    ck_assert_int_eq(mbedguard_leave(&leaf[0].guard, in_callback | MBEDGUARD_SHARED), 0);
    ck_assert_int_eq(mbedguard_leave(&leaf[0].guard, in_callback), 0);
    ck_assert_int_eq(mbedguard_held(&leaf[0].guard), 2);
    ck_assert_int_eq(mbedguard_leave(&leaf[0].guard, LEAF), 0);
    ck_assert_int_eq(mbedguard_held(&leaf[0].guard), 0);
}
END_TEST

START_TEST(around_is_no_call_in_progress)
{
    const unsigned around = LEAF | MBEDGUARD_AROUND;

    ck_assert_int_eq(mbedguard_enter(&leaf[0].guard, around, "a"), 0);
    ck_assert_int_eq(mbedguard_held(&leaf[0].guard), 2);
    ck_assert_int_eq(mbedguard_enter(&leaf[0].guard, around, "b"), 0);
    ck_assert_int_eq(mbedguard_enter(&leaf[0].guard, LEAF, "c"), 0);
    /* But that one is. */
    ck_assert_int_eq(mbedguard_enter(&leaf[0].guard, LEAF, "d"), MBEDGUARD_ERR_REENTRY);
    ck_assert_int_eq(mbedguard_enter(&leaf[0].guard, around, "d"), MBEDGUARD_ERR_REENTRY);
    ck_assert_int_eq(mbedguard_leave(&leaf[0].guard, LEAF), 0);
    ck_assert_int_eq(mbedguard_leave(&leaf[0].guard, around), 0);
    ck_assert_int_eq(mbedguard_enter(&leaf[0].guard, LEAF, "c"), 0);
    ck_assert_int_eq(mbedguard_leave(&leaf[0].guard, LEAF), 0);
    ck_assert_int_eq(mbedguard_leave(&leaf[0].guard, around), 0);
    ck_assert_int_eq(mbedguard_held(&leaf[0].guard), 0);
    if (can_try())
        ck_assert_int_eq(tried_by_another(&leaf[0]), 0);
}
END_TEST

START_TEST(lock_takes_another_with_it)
{
    const mbedguard_object both[] = {MBEDGUARD_OBJECT(&leaf[0]), MBEDGUARD_OBJECT(&leaf[1])};
    const mbedguard_want with = {&rng.guard, RNG | MBEDGUARD_AROUND};

    locks_with = with;
    locks_with_rank = LEAF;
    ck_assert_int_eq(mbedguard_lock(&leaf[0]), 0);
    ck_assert_int_eq(mbedguard_held(&rng.guard), 2);
    ck_assert_int_eq(mbedguard_unlock(&rng), MBEDGUARD_ERR_NOT_LOCKED);
    ck_assert_int_eq(mbedguard_enter(&rng.guard, RNG, "a"), 0);
    ck_assert_int_eq(mbedguard_leave(&rng.guard, RNG), 0);
    ck_assert_int_eq(mbedguard_lock(&leaf[0]), 0);
    ck_assert_int_eq(mbedguard_unlock(&leaf[0]), 0);
    ck_assert_int_eq(mbedguard_held(&rng.guard), 2);
    ck_assert_int_eq(mbedguard_unlock(&leaf[0]), 0);
    ck_assert_int_eq(mbedguard_held(&rng.guard), 0);
    ck_assert_int_eq(mbedguard_lock_set(both, 2), 0);
    ck_assert_int_eq(mbedguard_unlock(&leaf[0]), 0);
    ck_assert_int_eq(mbedguard_held(&rng.guard), 2);
    ck_assert_int_eq(mbedguard_unlock(&leaf[1]), 0);
    ck_assert_int_eq(mbedguard_held(&rng.guard), 0);
    if (can_try())
        ck_assert_int_eq(tried_by_another(&leaf[0]), 0);
    locks_with_rank = 0;
}
END_TEST

START_TEST(lock_is_no_call_in_progress)
{
    ck_assert_int_eq(mbedguard_lock(&leaf[0]), 0);
    ck_assert_int_eq(mbedguard_lock(&leaf[0]), 0);
    ck_assert_int_eq(mbedguard_enter(&leaf[0].guard, LEAF, "a"), 0);
    ck_assert_int_eq(mbedguard_enter(&leaf[0].guard, LEAF, "b"), MBEDGUARD_ERR_REENTRY);
    ck_assert_int_eq(mbedguard_leave(&leaf[0].guard, LEAF), 0);
    ck_assert_int_eq(mbedguard_unlock(&leaf[0]), 0);
    ck_assert_int_eq(mbedguard_held(&leaf[0].guard), 2);
    ck_assert_int_eq(mbedguard_unlock(&leaf[0]), 0);
    ck_assert_int_eq(mbedguard_held(&leaf[0].guard), 0);
    ck_assert_int_eq(mbedguard_unlock(&leaf[0]), MBEDGUARD_ERR_NOT_LOCKED);
}
END_TEST

START_TEST(unlocking_a_call_is_refused)
{
    ck_assert_int_eq(mbedguard_enter(&leaf[0].guard, LEAF, "a"), 0);
    ck_assert_int_eq(mbedguard_unlock(&leaf[0]), MBEDGUARD_ERR_NOT_LOCKED);
    ck_assert_int_eq(mbedguard_held(&leaf[0].guard), 2);
    ck_assert_int_eq(mbedguard_leave(&leaf[0].guard, LEAF), 0);
    ck_assert_int_eq(mbedguard_leave(&leaf[0].guard, LEAF), MBEDGUARD_ERR_NOT_LOCKED);
}
END_TEST

START_TEST(upgrade_is_refused)
{
    const unsigned shared = CONFIG | MBEDGUARD_SHARED;

    ck_assert_int_eq(mbedguard_enter(&config.guard, shared, "a"), 0);
    ck_assert_int_eq(mbedguard_enter(&config.guard, shared, "b"), 0);
    ck_assert_int_eq(mbedguard_enter(&config.guard, CONFIG, "b"), MBEDGUARD_ERR_UPGRADE);
    ck_assert_int_eq(mbedguard_enter(&config.guard, CONFIG | MBEDGUARD_USE, "b"),
                     MBEDGUARD_ERR_UPGRADE);
    ck_assert_int_eq(mbedguard_lock(&config), MBEDGUARD_ERR_UPGRADE);
    ck_assert_int_eq(mbedguard_leave(&config.guard, shared), 0);
    ck_assert_int_eq(mbedguard_held(&config.guard), 1);
    ck_assert_int_eq(mbedguard_leave(&config.guard, shared), 0);
    ck_assert_int_eq(mbedguard_enter(&config.guard, CONFIG, "b"), 0);
    ck_assert_int_eq(mbedguard_leave(&config.guard, CONFIG), 0);
}
END_TEST

START_TEST(descending_is_refused_free_or_not)
{
    ck_assert_int_eq(mbedguard_lock(&key), 0);
    ck_assert_int_eq(mbedguard_enter(&cert.guard, CERT | MBEDGUARD_SHARED, "a"),
                     MBEDGUARD_ERR_ORDER);
    ck_assert_int_eq(mbedguard_lock(&ssl), MBEDGUARD_ERR_ORDER);
    ck_assert_int_eq(mbedguard_enter(&rng.guard, RNG, "a"), 0);
    ck_assert_int_eq(mbedguard_enter(&leaf[1].guard, LEAF, "b"), 0);
    ck_assert_int_eq(mbedguard_enter(&leaf[0].guard, LEAF, "b"), MBEDGUARD_ERR_ORDER);
    ck_assert_int_eq(mbedguard_enter(&leaf[2].guard, LEAF, "b"), 0);
    ck_assert_int_eq(mbedguard_leave(&leaf[1].guard, LEAF), 0);
    ck_assert_int_eq(mbedguard_enter(&leaf[1].guard, LEAF, "b"), MBEDGUARD_ERR_ORDER);
    ck_assert_int_eq(mbedguard_leave(&leaf[2].guard, LEAF), 0);
    ck_assert_int_eq(mbedguard_enter(&leaf[1].guard, LEAF, "b"), 0);
    ck_assert_int_eq(mbedguard_leave(&leaf[1].guard, LEAF), 0);
    ck_assert_int_eq(mbedguard_leave(&rng.guard, RNG), 0);
    ck_assert_int_eq(mbedguard_unlock(&key), 0);
}
END_TEST

START_TEST(waiting_is_refused_under_a_lock)
{
    const unsigned waits = SSL | MBEDGUARD_MAY_WAIT;

    ck_assert_int_eq(mbedguard_may_wait("a"), 0);
    ck_assert_int_eq(mbedguard_enter(&ssl.guard, waits, "a"), 0);
    ck_assert_int_eq(mbedguard_may_wait("a"), 0);
    ck_assert_int_eq(mbedguard_leave(&ssl.guard, waits), 0);
    ck_assert_int_eq(mbedguard_lock(&ssl), 0);
    ck_assert_int_eq(mbedguard_may_wait("a"), MBEDGUARD_ERR_WOULD_WAIT);
    ck_assert_int_eq(mbedguard_enter(&ssl.guard, waits, "a"), MBEDGUARD_ERR_WOULD_WAIT);
    ck_assert_int_eq(mbedguard_unlock(&ssl), 0);
    ck_assert_int_eq(mbedguard_may_wait("a"), 0);
}
END_TEST

START_TEST(set_sorts_and_drops_null_and_aliases)
{
    mbedguard_want set[] = {
        { &leaf[3].guard, LEAF | MBEDGUARD_SHARED },
        { NULL, LEAF },
        { &rng.guard, RNG },
        { &leaf[1].guard, LEAF | MBEDGUARD_SHARED },
        { &leaf[3].guard, LEAF | MBEDGUARD_USE | MBEDGUARD_IN_CALLBACK },
    };

    ck_assert_int_eq(mbedguard_enter_set(set, 5, "a"), 0);
    ck_assert_ptr_eq(set[0].guard, &rng.guard);
    ck_assert_ptr_eq(set[1].guard, &leaf[1].guard);
    ck_assert_ptr_eq(set[2].guard, &leaf[3].guard);
    ck_assert_uint_eq(set[2].how, LEAF | MBEDGUARD_USE | MBEDGUARD_IN_CALLBACK);
    ck_assert_ptr_null(set[3].guard);
    ck_assert_ptr_null(set[4].guard);
    ck_assert_int_eq(mbedguard_held(&leaf[1].guard), 1);
    ck_assert_int_eq(mbedguard_held(&leaf[3].guard), 2);
    ck_assert_int_eq(mbedguard_leave_set(set, 5), 0);
    ck_assert_int_eq(mbedguard_held(&leaf[1].guard), 0);
    ck_assert_int_eq(mbedguard_held(&leaf[3].guard), 0);
    ck_assert_int_eq(mbedguard_held(&rng.guard), 0);
}
END_TEST

START_TEST(set_of_nothing)
{
    mbedguard_want set[] = { { NULL, LEAF }, { NULL, LEAF } };

    ck_assert_int_eq(mbedguard_enter_set(set, 0, "a"), 0);
    ck_assert_int_eq(mbedguard_leave_set(set, 0), 0);
    ck_assert_int_eq(mbedguard_enter_set(set, 2, "a"), 0);
    ck_assert_int_eq(mbedguard_leave_set(set, 2), 0);
}
END_TEST

START_TEST(set_is_all_or_nothing)
{
    mbedguard_want set[] = { { &rng.guard, RNG },
                             { &leaf[0].guard, LEAF },
                             { &leaf[2].guard, LEAF } };

    memset(&leaf[2].guard, 0x5A, sizeof(leaf[2].guard));
    ck_assert_int_eq(mbedguard_enter_set(set, 3, "a"), MBEDGUARD_ERR_NOT_INITIALIZED);
    ck_assert_int_eq(mbedguard_held(&rng.guard), 0);
    ck_assert_int_eq(mbedguard_held(&leaf[0].guard), 0);
    memset(&leaf[2].guard, 0, sizeof(leaf[2].guard));
    if (can_try())
        ck_assert_int_eq(tried_by_another(&leaf[0]), 0);
}
END_TEST

START_TEST(set_over_what_is_held)
{
    mbedguard_want set[] = { { &leaf[2].guard, LEAF }, { &rng.guard, RNG | MBEDGUARD_SHARED } };
    mbedguard_want low[] = { { &leaf[2].guard, LEAF }, { &key.guard, KEY | MBEDGUARD_USE } };

    ck_assert_int_eq(mbedguard_lock(&rng), 0);
    ck_assert_int_eq(mbedguard_enter_set(set, 2, "a"), 0);
    ck_assert_int_eq(mbedguard_leave_set(set, 2), 0);
    ck_assert_int_eq(mbedguard_held(&rng.guard), 2);
    ck_assert_int_eq(mbedguard_enter_set(low, 2, "a"), MBEDGUARD_ERR_ORDER);
    ck_assert_int_eq(mbedguard_held(&leaf[2].guard), 0);
    ck_assert_int_eq(mbedguard_unlock(&rng), 0);
    ck_assert_int_eq(mbedguard_held(&rng.guard), 0);
}
END_TEST

START_TEST(reentry_in_a_set_unwinds)
{
    mbedguard_want set[] = { { &leaf[1].guard, LEAF }, { &leaf[3].guard, LEAF } };

    ck_assert_int_eq(mbedguard_enter(&leaf[1].guard, LEAF, "a"), 0);
    ck_assert_int_eq(mbedguard_enter_set(set, 2, "b"), MBEDGUARD_ERR_REENTRY);
    ck_assert_int_eq(mbedguard_held(&leaf[3].guard), 0);
    ck_assert_int_eq(mbedguard_held(&leaf[1].guard), 2);
    ck_assert_int_eq(mbedguard_leave(&leaf[1].guard, LEAF), 0);
}
END_TEST

START_TEST(public_set)
{
    mbedguard_object set[] = { MBEDGUARD_OBJECT(&leaf[5]), MBEDGUARD_OBJECT(&cert),
                               MBEDGUARD_OBJECT((toy_key *) NULL), MBEDGUARD_OBJECT(&leaf[5]),
                               MBEDGUARD_OBJECT(&ssl) };

    ck_assert_int_eq(mbedguard_lock_set(set, 5), 0);
    ck_assert_int_eq(mbedguard_held(&leaf[5].guard), 2);
    ck_assert_int_eq(mbedguard_held(&ssl.guard), 2);
    ck_assert_int_eq(mbedguard_held(&cert.guard), 2);
    ck_assert_int_eq(mbedguard_unlock_set(set, 5), 0);
    ck_assert_int_eq(mbedguard_held(&leaf[5].guard), 0);
    ck_assert_int_eq(mbedguard_held(&ssl.guard), 0);
    ck_assert_int_eq(mbedguard_unlock_set(set, 5), MBEDGUARD_ERR_NOT_LOCKED);
}
END_TEST

START_TEST(more_than_fit_inline)
{
    mbedguard_object set[40];
    size_t i;

    for (i = 0; i < 40; i++) {
        mbedguard_object one = MBEDGUARD_OBJECT(&leaf[39 - i]);

        set[i] = one;
    }
    ck_assert_int_eq(mbedguard_lock_set(set, 40), 0);
    for (i = 0; i < 40; i++)
        ck_assert_int_eq(mbedguard_held(&leaf[i].guard), 2);
    ck_assert_int_eq(mbedguard_enter(&leaf[17].guard, LEAF, "a"), 0);
    ck_assert_int_eq(mbedguard_leave(&leaf[17].guard, LEAF), 0);
    ck_assert_int_eq(mbedguard_unlock_set(set, 40), 0);
    for (i = 0; i < 40; i++)
        ck_assert_int_eq(mbedguard_held(&leaf[i].guard), 0);
}
END_TEST

START_TEST(borrow_hands_out_the_raw_object)
{
    raw_toy *raw = NULL;

    ck_assert_int_eq(mbedguard_borrow(&key, &raw), 0);
    ck_assert_ptr_eq(raw, &key.unguarded);
    ck_assert_int_eq(mbedguard_held(&key.guard), 2);
    ck_assert_int_eq(mbedguard_unlock(&key), 0);
}
END_TEST

START_TEST(trylock_where_there_is_one)
{
    int ret = mbedguard_trylock(&leaf[0]);

    if (!can_try()) {
        ck_assert_int_eq(ret, MBEDGUARD_ERR_UNSUPPORTED);
        return;
    }
    ck_assert_int_eq(ret, 0);
    ck_assert_int_eq(mbedguard_trylock(&leaf[0]), 0);
    ck_assert_int_eq(mbedguard_unlock(&leaf[0]), 0);
    ck_assert_int_eq(tried_by_another(&leaf[0]), MBEDGUARD_ERR_WOULD_WAIT);
    ck_assert_int_eq(mbedguard_unlock(&leaf[0]), 0);
}
END_TEST

START_TEST(garbage_is_told_and_never_hangs)
{
    toy_leaf garbage;
    int byte;

    for (byte = 1; byte < 256; byte += 7) {
        memset(&garbage, byte, sizeof(garbage));
        ck_assert_int_eq(mbedguard_enter(&garbage.guard, LEAF, "a"), MBEDGUARD_ERR_NOT_INITIALIZED);
        ck_assert_int_eq(mbedguard_lock(&garbage), MBEDGUARD_ERR_NOT_INITIALIZED);
        ck_assert_int_eq(mbedguard_object_free(&toy_leaf_type, &garbage, "a"),
                         MBEDGUARD_ERR_NOT_INITIALIZED);
    }
    memset(&garbage, 0, sizeof(garbage));
    garbage.guard.self = &leaf[0].guard;
    ck_assert_int_eq(mbedguard_lock(&garbage), MBEDGUARD_ERR_NOT_INITIALIZED);
    ck_assert_int_eq(raw_frees, 0);
}
END_TEST

START_TEST(moved_guard_is_a_new_one)
{
    toy_leaf moved;

    ck_assert_int_eq(mbedguard_object_init(&toy_leaf_type, &leaf[0], "a"), 0);
    ck_assert_int_eq(mbedguard_lock(&leaf[0]), 0);
    memcpy(&moved, &leaf[0], sizeof(moved));
    ck_assert_int_eq(mbedguard_unlock(&leaf[0]), 0);
    ck_assert_int_eq(mbedguard_held(&moved.guard), 0);
    ck_assert_int_eq(mbedguard_unlock(&moved), MBEDGUARD_ERR_NOT_LOCKED);
    ck_assert_int_eq(mbedguard_lock(&moved), 0);
    ck_assert_int_eq(mbedguard_unlock(&moved), 0);
    ck_assert_ptr_eq(moved.guard.self, &moved.guard);
    (void) mbedguard_object_free(&toy_leaf_type, &moved, "a");
}
END_TEST

START_TEST(counters_when_asked_for)
{
    mbedguard_counters counters;

    if (!can_try()) {
        ck_assert_int_eq(mbedguard_count_acquisitions(1), MBEDGUARD_ERR_UNSUPPORTED);
        return;
    }
    ck_assert_int_eq(mbedguard_enter(&leaf[0].guard, LEAF, "a"), 0);
    ck_assert_int_eq(mbedguard_leave(&leaf[0].guard, LEAF), 0);
    ck_assert_int_eq(mbedguard_get_counters(&leaf[0], &counters), 0);
    ck_assert_uint_eq(counters.acquisitions, 0);
    ck_assert_int_eq(mbedguard_count_acquisitions(1), 0);
    ck_assert_int_eq(mbedguard_enter(&leaf[0].guard, LEAF, "a"), 0);
    ck_assert_int_eq(mbedguard_get_counters(&leaf[0], &counters), 0);
    ck_assert_int_eq(mbedguard_leave(&leaf[0].guard, LEAF), 0);
    ck_assert_int_eq(mbedguard_enter(&leaf[0].guard, LEAF | MBEDGUARD_SHARED, "a"), 0);
    ck_assert_int_eq(mbedguard_leave(&leaf[0].guard, LEAF | MBEDGUARD_SHARED), 0);
    ck_assert_int_eq(mbedguard_get_counters(&leaf[0], &counters), 0);
    ck_assert_uint_eq(counters.acquisitions, 2);
    ck_assert_uint_eq(counters.contentions, 0);
    ck_assert_int_eq(mbedguard_count_acquisitions(0), 0);
}
END_TEST

START_TEST(errno_is_kept)
{
    mbedguard_want set[] = { { &leaf[1].guard, LEAF }, { &rng.guard, RNG } };

    errno = 4711;
    ck_assert_int_eq(mbedguard_enter(&key.guard, KEY, "a"), 0);
    ck_assert_int_eq(mbedguard_enter_set(set, 2, "a"), 0);
    ck_assert_int_eq(mbedguard_leave_set(set, 2), 0);
    ck_assert_int_eq(mbedguard_leave(&key.guard, KEY), 0);
    ck_assert_int_eq(mbedguard_lock(&key), 0);
    ck_assert_int_eq(mbedguard_unlock(&key), 0);
    ck_assert_int_eq(errno, 4711);
}
END_TEST

static void *start_and_leave(void *unused)
{
    int ret = mbedguard_enter(&leaf[7].guard, LEAF, "a");

    (void) unused;
    if (ret == 0)
        (void) mbedguard_leave(&leaf[7].guard, LEAF);
    return (void *) (intptr_t) ret;
}

START_TEST(library_starts_once)
{
    int before = start_count;
    int i;

    (void) before;
    for (i = 0; i < 4; i++)
        ck_assert_ptr_null(join_thread(start_thread(start_and_leave, NULL)));
    ck_assert_int_eq(start_count, before);
    ck_assert_int_ge(start_count, 1);
}
END_TEST

START_TEST(nested_calls_can_be_counted_up_to_a_limit)
{
    int n = 0;
    int ret;

    while ((ret = mbedguard_lock(&leaf[0])) == 0)
        n++;
    ck_assert_int_eq(ret, MBEDGUARD_ERR_OVERFLOW);
    while (n-- > 0)
        ck_assert_int_eq(mbedguard_unlock(&leaf[0]), 0);
    ck_assert_int_eq(mbedguard_held(&leaf[0].guard), 0);
}
END_TEST

START_TEST(errors_have_words)
{
    int code;

    for (code = MBEDGUARD_ERR_BAD_INPUT; code >= MBEDGUARD_ERR_OVERFLOW; code--)
        ck_assert_str_ne(mbedguard_error_string(code), "not an mbedguard error");
    ck_assert_str_eq(mbedguard_error_string(0), "not an mbedguard error");
    ck_assert_str_eq(mbedguard_error_string(-1), "not an mbedguard error");
}
END_TEST

static Suite *make_suite(const char *name)
{
    Suite *suite = suite_create(name);
    TCase *cases = tcase_create("one thread");

    tcase_add_checked_fixture(cases, setup, teardown);
    tcase_set_timeout(cases, TEST_SECONDS);
    tcase_add_test(cases, zeroed_is_valid_and_free);
    tcase_add_test(cases, null_is_bad_input);
    tcase_add_test(cases, exclusive_keeps_others_out);
    tcase_add_test(cases, nested_call_needs_permission);
    tcase_add_test(cases, around_is_no_call_in_progress);
    tcase_add_test(cases, lock_takes_another_with_it);
    tcase_add_test(cases, lock_is_no_call_in_progress);
    tcase_add_test(cases, unlocking_a_call_is_refused);
    tcase_add_test(cases, upgrade_is_refused);
    tcase_add_test(cases, descending_is_refused_free_or_not);
    tcase_add_test(cases, waiting_is_refused_under_a_lock);
    tcase_add_test(cases, set_sorts_and_drops_null_and_aliases);
    tcase_add_test(cases, set_of_nothing);
    tcase_add_test(cases, set_is_all_or_nothing);
    tcase_add_test(cases, set_over_what_is_held);
    tcase_add_test(cases, reentry_in_a_set_unwinds);
    tcase_add_test(cases, public_set);
    tcase_add_test(cases, more_than_fit_inline);
    tcase_add_test(cases, borrow_hands_out_the_raw_object);
    tcase_add_test(cases, trylock_where_there_is_one);
    tcase_add_test(cases, garbage_is_told_and_never_hangs);
    tcase_add_test(cases, moved_guard_is_a_new_one);
    tcase_add_test(cases, counters_when_asked_for);
    tcase_add_test(cases, errno_is_kept);
    tcase_add_test(cases, library_starts_once);
    tcase_add_test(cases, nested_calls_can_be_counted_up_to_a_limit);
    tcase_add_test(cases, errors_have_words);
    suite_add_tcase(suite, cases);
    return suite;
}

int main(void)
{
    return run_suites(make_suite, "guard");
}
