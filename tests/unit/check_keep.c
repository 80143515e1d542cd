/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Keepers: who changes a kept object excludes them; edges of all ages. */
#include "support.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>

#define SSL    MBEDGUARD_RANK_SSL
#define CONFIG MBEDGUARD_RANK_CONFIG
#define CERT   MBEDGUARD_RANK_CERT
#define KEY    MBEDGUARD_RANK_KEY
#define RNG    MBEDGUARD_RANK_RNG

#define CONFIGS 4

static toy_ssl ssl[4];
static toy_config config[CONFIGS];
static toy_cert cert[2];
static toy_key key;
static toy_rng rng;
static gate come;
static gate go;

static void setup(void)
{
    int i;

    watchdog_setup();
    backend_setup();
    for (i = 0; i < 4; i++)
        (void) mbedguard_object_init(&toy_ssl_type, &ssl[i], "setup");
    for (i = 0; i < CONFIGS; i++)
        (void) mbedguard_object_init(&toy_config_type, &config[i], "setup");
    for (i = 0; i < 2; i++)
        (void) mbedguard_object_init(&toy_cert_type, &cert[i], "setup");
    (void) mbedguard_object_init(&toy_key_type, &key, "setup");
    (void) mbedguard_object_init(&toy_rng_type, &rng, "setup");
    gate_reset(&come);
    gate_reset(&go);
}

static void teardown(void)
{
    int i;

    for (i = 0; i < 4; i++)
        ck_assert_int_eq(mbedguard_object_free(&toy_ssl_type, &ssl[i], "teardown"), 0);
    for (i = 0; i < CONFIGS; i++)
        ck_assert_int_eq(mbedguard_object_free(&toy_config_type, &config[i], "teardown"), 0);
    for (i = 0; i < 2; i++)
        ck_assert_int_eq(mbedguard_object_free(&toy_cert_type, &cert[i], "teardown"), 0);
    ck_assert_int_eq(mbedguard_object_free(&toy_key_type, &key, "teardown"), 0);
    ck_assert_int_eq(mbedguard_object_free(&toy_rng_type, &rng, "teardown"), 0);
    backend_teardown();
    watchdog_teardown();
}

/* A whole call that keeps: 0 or the error of its parts. */
static int keep(mbedguard_guard *keeper, unsigned keeper_rank, mbedguard_guard *kept,
                unsigned kept_rank, unsigned slot, bool replace)
{
    mbedguard_keep edge;
    int ret = mbedguard_enter(keeper, keeper_rank, "keep");

    if (ret != 0)
        return ret;
    ret = mbedguard_keep_begin(&edge, keeper, keeper_rank, kept, kept_rank, slot, replace, "keep");
    if (ret == 0)
        mbedguard_keep_commit(&edge);
    (void) mbedguard_leave(keeper, keeper_rank);
    return ret;
}

static int config_keeps_cert(int c, int t)
{
    return keep(&config[c].guard, CONFIG, &cert[t].guard, CERT, 1, false);
}

/* How a call of some mode on cert[0] holds a configuration meanwhile. */
static int config_held_in(unsigned mode, int c)
{
    int held;

    ck_assert_int_eq(mbedguard_enter(&cert[0].guard, CERT | mode, "mode"), 0);
    held = mbedguard_held(&config[c].guard);
    ck_assert_int_eq(mbedguard_leave(&cert[0].guard, CERT | mode), 0);
    ck_assert_int_eq(mbedguard_held(&config[c].guard), 0);
    ck_assert_int_eq(mbedguard_held(&cert[0].guard), 0);
    return held;
}

START_TEST(exclusive_takes_keepers_and_other_modes_do_not)
{
    ck_assert_int_eq(config_held_in(MBEDGUARD_EXCLUSIVE, 0), 0);
    ck_assert_int_eq(config_keeps_cert(0, 0), 0);
    ck_assert_int_eq(config_keeps_cert(2, 0), 0);
    ck_assert_int_eq(config_held_in(MBEDGUARD_EXCLUSIVE, 0), 2);
    ck_assert_int_eq(config_held_in(MBEDGUARD_EXCLUSIVE, 2), 2);
    ck_assert_int_eq(config_held_in(MBEDGUARD_EXCLUSIVE, 1), 0);
    ck_assert_int_eq(config_held_in(MBEDGUARD_USE, 0), 0);
    ck_assert_int_eq(config_held_in(MBEDGUARD_SHARED, 0), 0);
}
END_TEST

START_TEST(lock_borrow_and_nesting_hold_keepers_to_the_end)
{
    raw_toy *raw;

    ck_assert_int_eq(config_keeps_cert(1, 0), 0);
    ck_assert_int_eq(mbedguard_lock(&cert[0]), 0);
    ck_assert_int_eq(mbedguard_held(&config[1].guard), 2);
    ck_assert_int_eq(mbedguard_enter(&cert[0].guard, CERT, "a"), 0);
    ck_assert_int_eq(mbedguard_enter(&config[1].guard, CONFIG, "a"), 0);
    ck_assert_int_eq(mbedguard_leave(&config[1].guard, CONFIG), 0);
    ck_assert_int_eq(mbedguard_leave(&cert[0].guard, CERT), 0);
    ck_assert_int_eq(mbedguard_held(&config[1].guard), 2);
    ck_assert_int_eq(mbedguard_borrow(&cert[0], &raw), 0);
    ck_assert_int_eq(mbedguard_unlock(&cert[0]), 0);
    ck_assert_int_eq(mbedguard_held(&config[1].guard), 2);
    ck_assert_int_eq(mbedguard_unlock(&cert[0]), 0);
    ck_assert_int_eq(mbedguard_held(&config[1].guard), 0);
}
END_TEST

START_TEST(one_keeper_of_two_objects)
{
    mbedguard_object set[] = { MBEDGUARD_OBJECT(&cert[0]), MBEDGUARD_OBJECT(&cert[1]) };

    ck_assert_int_eq(config_keeps_cert(0, 0), 0);
    ck_assert_int_eq(config_keeps_cert(0, 1), 0);
    ck_assert_int_eq(config_keeps_cert(3, 1), 0);
    ck_assert_int_eq(mbedguard_lock_set(set, 2), 0);
    ck_assert_int_eq(mbedguard_held(&config[0].guard), 2);
    ck_assert_int_eq(mbedguard_held(&config[3].guard), 2);
    ck_assert_int_eq(mbedguard_unlock(&cert[1]), 0);
    ck_assert_int_eq(mbedguard_held(&config[0].guard), 2);
    ck_assert_int_eq(mbedguard_held(&config[3].guard), 0);
    ck_assert_int_eq(mbedguard_unlock(&cert[0]), 0);
    ck_assert_int_eq(mbedguard_held(&config[0].guard), 0);
}
END_TEST

START_TEST(keeper_in_the_same_set)
{
    mbedguard_want set[] = { { &cert[0].guard, CERT },
                             { &key.guard, KEY },
                             { &config[1].guard, CONFIG | MBEDGUARD_SHARED } };

    ck_assert_int_eq(config_keeps_cert(1, 0), 0);
    ck_assert_int_eq(keep(&cert[1].guard, CERT, &key.guard, KEY, 1, true), 0);
    ck_assert_int_eq(mbedguard_enter_set(set, 3, "a"), 0);
    ck_assert_int_eq(mbedguard_held(&config[1].guard), 2);
    ck_assert_int_eq(mbedguard_held(&cert[1].guard), 2);
    ck_assert_int_eq(mbedguard_leave_set(set, 3), 0);
    ck_assert_int_eq(mbedguard_held(&config[1].guard), 0);
    ck_assert_int_eq(mbedguard_held(&cert[1].guard), 0);
    ck_assert_int_eq(mbedguard_held(&key.guard), 0);
}
END_TEST

START_TEST(keeper_held_shared_is_upgrade)
{
    ck_assert_int_eq(config_keeps_cert(1, 0), 0);
    ck_assert_int_eq(mbedguard_enter(&config[1].guard, CONFIG | MBEDGUARD_SHARED, "tls"), 0);
    ck_assert_int_eq(mbedguard_enter(&cert[0].guard, CERT, "a"), MBEDGUARD_ERR_UPGRADE);
    ck_assert_int_eq(mbedguard_held(&cert[0].guard), 0);
    ck_assert_int_eq(mbedguard_enter(&cert[0].guard, CERT | MBEDGUARD_USE, "a"), 0);
    ck_assert_int_eq(mbedguard_leave(&cert[0].guard, CERT | MBEDGUARD_USE), 0);
    ck_assert_int_eq(mbedguard_leave(&config[1].guard, CONFIG | MBEDGUARD_SHARED), 0);
}
END_TEST

START_TEST(keeper_below_what_is_held_is_order)
{
    ck_assert_int_eq(keep(&cert[0].guard, CERT, &key.guard, KEY, 1, true), 0);
    ck_assert_int_eq(mbedguard_lock(&cert[1]), 0);
    ck_assert_int_eq(mbedguard_lock(&key), MBEDGUARD_ERR_ORDER);
    ck_assert_int_eq(mbedguard_held(&key.guard), 0);
    ck_assert_int_eq(mbedguard_unlock(&cert[1]), 0);
    ck_assert_int_eq(mbedguard_lock(&key), 0);
    ck_assert_int_eq(mbedguard_unlock(&key), 0);
}
END_TEST

START_TEST(slots_duplicates_and_abort)
{
    mbedguard_keep edge;

    ck_assert_int_eq(config_keeps_cert(0, 0), 0);
    ck_assert_int_eq(config_keeps_cert(0, 0), 0);
    ck_assert_int_eq(keep(&config[0].guard, CONFIG, &cert[0].guard, CERT, 2, false), 0);
    mbedguard_keep_release(&config[0].guard, 1);
    ck_assert_int_eq(config_held_in(MBEDGUARD_EXCLUSIVE, 0), 2);
    /* Slot 2 is taken over by the other certificate. */
    ck_assert_int_eq(keep(&config[0].guard, CONFIG, &cert[1].guard, CERT, 2, true), 0);
    ck_assert_int_eq(config_held_in(MBEDGUARD_EXCLUSIVE, 0), 0);
    ck_assert_int_eq(mbedguard_enter(&config[0].guard, CONFIG, "a"), 0);
    ck_assert_int_eq(mbedguard_keep_begin(&edge, &config[0].guard, CONFIG, &cert[0].guard, CERT, 2,
                                          true, "a"), 0);
    mbedguard_keep_abort(&edge);
    ck_assert_int_eq(mbedguard_leave(&config[0].guard, CONFIG), 0);
    ck_assert_int_eq(config_held_in(MBEDGUARD_EXCLUSIVE, 0), 0);
    ck_assert_int_eq(config_keeps_cert(0, 0), 0);
    ck_assert_int_eq(keep(&config[0].guard, CONFIG, NULL, CERT, 1, true), 0);
    ck_assert_int_eq(config_held_in(MBEDGUARD_EXCLUSIVE, 0), 0);
}
END_TEST

START_TEST(nothing_takes_the_place_of_all_and_is_added_to_none)
{
    ck_assert_int_eq(config_keeps_cert(0, 0), 0);
    ck_assert_int_eq(keep(&config[0].guard, CONFIG, NULL, CERT, 1, false), 0);
    ck_assert_int_eq(config_held_in(MBEDGUARD_EXCLUSIVE, 0), 2);
    ck_assert_int_eq(keep(&config[0].guard, CONFIG, NULL, CERT, 1, true), 0);
    ck_assert_int_eq(config_held_in(MBEDGUARD_EXCLUSIVE, 0), 0);
}
END_TEST

START_TEST(keeping_downwards_is_order)
{
    ck_assert_int_eq(keep(&key.guard, KEY, &cert[0].guard, CERT, 1, true), MBEDGUARD_ERR_ORDER);
    ck_assert_int_eq(keep(&rng.guard, RNG, &rng.guard, RNG, 1, true), MBEDGUARD_ERR_CYCLE);
}
END_TEST

static bool can_wait(void)
{
    return (mbedguard_threading_features() & MBEDGUARD_FEATURE_WAIT) != 0;
}

static void wait_for_waiting(mbedguard_guard *guard)
{
    uint32_t waiting = 0;

    while (waiting == 0) {
#if defined(MBEDGUARD_THREADING_PTHREAD)
        pthread_mutex_t *mutex = &guard->mutex;
#else
        pthread_mutex_t *mutex = guard->mutex.storage.pointer;
#endif
        /* A look, not a lock in the order of locks. */
        if (pthread_mutex_trylock(mutex) == 0) {
            waiting = guard->waiting_exclusive;
            (void) pthread_mutex_unlock(mutex);
        }
        (void) sched_yield();
    }
}

/* Changes cert[0]; tells which configurations it held meanwhile as bits. */
static void *change_cert(void *unused)
{
    uintptr_t held = 0;
    int i;

    (void) unused;
    gate_add(&come);
    if (mbedguard_enter(&cert[0].guard, CERT, "change") != 0)
        return (void *) 0x100;
    cert[0].unguarded.value++;
    for (i = 0; i < CONFIGS; i++)
        held |= mbedguard_held(&config[i].guard) == 2 ? (uintptr_t) 1 << i : 0;
    if (mbedguard_leave(&cert[0].guard, CERT) != 0)
        return (void *) 0x200;
    return (void *) held;
}

START_TEST(change_waits_for_the_call_of_a_keeper)
{
    pthread_t thread;

    if (!can_wait())
        return;
    ck_assert_int_eq(config_keeps_cert(1, 0), 0);
    ck_assert_int_eq(mbedguard_enter(&config[1].guard, CONFIG | MBEDGUARD_SHARED, "tls"), 0);
    thread = start_thread(change_cert, NULL);
    wait_for_waiting(&config[1].guard);
    ck_assert_int_eq(cert[0].unguarded.value, 0);
    ck_assert_int_eq(mbedguard_leave(&config[1].guard, CONFIG | MBEDGUARD_SHARED), 0);
    ck_assert_ptr_eq(join_thread(thread), (void *) 2);
    ck_assert_int_eq(cert[0].unguarded.value, 1);
}
END_TEST

/*
 * While a change is on its way to config[1], another configuration starts to keep the
 * certificate.
 */
static void keeper_comes(int other)
{
    const unsigned shared = CONFIG | MBEDGUARD_SHARED;
    mbedguard_keep edge;
    pthread_t thread;

    ck_assert_int_eq(config_keeps_cert(1, 0), 0);
    if (other < 1)
        ck_assert_int_eq(mbedguard_enter(&config[other].guard, CONFIG, "set"), 0);
    ck_assert_int_eq(mbedguard_enter(&config[1].guard, shared, "tls"), 0);
    thread = start_thread(change_cert, NULL);
    wait_for_waiting(&config[1].guard);
    if (other > 1)
        ck_assert_int_eq(mbedguard_enter(&config[other].guard, CONFIG, "set"), 0);
    ck_assert_int_eq(mbedguard_keep_begin(&edge, &config[other].guard, CONFIG, &cert[0].guard, CERT,
                                          1, false, "set"), 0);
    mbedguard_keep_commit(&edge);
    ck_assert_int_eq(mbedguard_leave(&config[other].guard, CONFIG), 0);
    ck_assert_int_eq(mbedguard_leave(&config[1].guard, shared), 0);
    ck_assert_ptr_eq(join_thread(thread), (void *) ((uintptr_t) 2 | (uintptr_t) 1 << other));
}

START_TEST(keeper_that_comes_later_is_taken_too)
{
    if (can_wait())
        keeper_comes(3);
}
END_TEST

START_TEST(keeper_that_comes_before_makes_it_start_again)
{
    if (can_wait())
        keeper_comes(0);
}
END_TEST

START_TEST(keeper_that_lets_go_is_not_held)
{
    pthread_t thread;

    ck_assert_int_eq(config_keeps_cert(1, 0), 0);
    ck_assert_int_eq(mbedguard_lock(&config[1]), 0);
    thread = start_thread(change_cert, NULL);
    gate_wait(&come, 1);
    (void) sched_yield();
    mbedguard_keep_release(&config[1].guard, MBEDGUARD_SLOT_ALL);
    ck_assert_int_eq(mbedguard_unlock(&config[1]), 0);
    ck_assert_ptr_null(join_thread(thread));
}
END_TEST

static void *hold_config(void *unused)
{
    (void) unused;
    (void) mbedguard_enter(&config[2].guard, CONFIG, "hold");
    gate_add(&come);
    gate_wait(&go, 1);
    (void) mbedguard_leave(&config[2].guard, CONFIG);
    return NULL;
}

START_TEST(trylock_does_not_wait_for_keepers)
{
    pthread_t thread;
    int ret;

    if ((mbedguard_threading_features() & MBEDGUARD_FEATURE_TRYLOCK) == 0)
        return;
    ck_assert_int_eq(config_keeps_cert(0, 0), 0);
    ck_assert_int_eq(config_keeps_cert(2, 0), 0);
    thread = start_thread(hold_config, NULL);
    gate_wait(&come, 1);
    ret = mbedguard_trylock(&cert[0]);
    gate_add(&go);
    (void) join_thread(thread);
    ck_assert_int_eq(ret, MBEDGUARD_ERR_WOULD_WAIT);
    ck_assert_int_eq(mbedguard_held(&config[0].guard), 0);
    ck_assert_int_eq(mbedguard_trylock(&cert[0]), 0);
    ck_assert_int_eq(mbedguard_unlock(&cert[0]), 0);
}
END_TEST

START_TEST(kept_storage_may_vanish_first)
{
    toy_cert *gone = calloc(1, sizeof(*gone));

    ck_assert_ptr_nonnull(gone);
    ck_assert_int_eq(mbedguard_object_init(&toy_cert_type, gone, "a"), 0);
    ck_assert_int_eq(keep(&config[0].guard, CONFIG, &gone->guard, CERT, 1, false), 0);
    ck_assert_int_eq(mbedguard_object_free(&toy_cert_type, gone, "a"), 0);
    free(gone);
    ck_assert_int_eq(mbedguard_object_free(&toy_config_type, &config[0], "a"), 0);
}
END_TEST

START_TEST(kept_storage_may_be_used_again)
{
    ck_assert_int_eq(config_keeps_cert(0, 0), 0);
    ck_assert_int_eq(mbedguard_object_free(&toy_cert_type, &cert[0], "a"), 0);
    ck_assert_int_eq(config_held_in(MBEDGUARD_EXCLUSIVE, 0), 2);
    ck_assert_int_eq(mbedguard_object_init(&toy_cert_type, &cert[0], "a"), 0);
    ck_assert_int_eq(config_held_in(MBEDGUARD_EXCLUSIVE, 0), 2);
    memset(&cert[0], 0, sizeof(cert[0]));
    ck_assert_int_eq(config_held_in(MBEDGUARD_EXCLUSIVE, 0), 2);
    ck_assert_int_eq(mbedguard_object_free(&toy_config_type, &config[0], "a"), 0);
    ck_assert_int_eq(config_held_in(MBEDGUARD_EXCLUSIVE, 0), 0);
}
END_TEST

START_TEST(init_of_a_keeper_lets_go)
{
    ck_assert_int_eq(config_keeps_cert(0, 0), 0);
    ck_assert_int_eq(mbedguard_object_init(&toy_config_type, &config[0], "a"), 0);
    ck_assert_int_eq(config_held_in(MBEDGUARD_EXCLUSIVE, 0), 0);
}
END_TEST

/* TLS calls that read the certificate, configurations that come and go, and who changes it. */
static uint32_t changes_left;

/* With this set the test is run against a guard that forgets keepers, and has to fail. */
static unsigned mode_of_change(void)
{
    return getenv("CHECK_BROKEN") != NULL ? MBEDGUARD_USE : MBEDGUARD_EXCLUSIVE;
}

static void *tls_calls(void *argument)
{
    uintptr_t own = (uintptr_t) argument;
    uintptr_t torn = 0;

    while (__atomic_load_n(&changes_left, __ATOMIC_RELAXED) != 0) {
        mbedguard_want set[] = { { &ssl[own].guard, SSL },
                                 { &config[own % 2].guard, CONFIG | MBEDGUARD_SHARED } };

        if (mbedguard_enter_set(set, 2, "tls") != 0)
            return (void *) 1;
        torn += __atomic_load_n(&cert[0].unguarded.value, __ATOMIC_RELAXED) !=
                __atomic_load_n(&cert[0].unguarded.mirror, __ATOMIC_RELAXED);
        (void) mbedguard_leave_set(set, 2);
        (void) sched_yield();
    }
    return (void *) torn;
}

static void *change_calls(void *unused)
{
    const unsigned how = CERT | mode_of_change();

    (void) unused;
    while (__atomic_load_n(&changes_left, __ATOMIC_RELAXED) != 0) {
        if (mbedguard_enter(&cert[0].guard, how, "change") != 0)
            return (void *) 1;
        if (__atomic_load_n(&changes_left, __ATOMIC_RELAXED) != 0) {
            (void) __atomic_fetch_add(&cert[0].unguarded.value, 1, __ATOMIC_RELAXED);
            (void) sched_yield();
            (void) __atomic_fetch_add(&cert[0].unguarded.mirror, 1, __ATOMIC_RELAXED);
            (void) __atomic_fetch_sub(&changes_left, 1, __ATOMIC_RELAXED);
        }
        (void) mbedguard_leave(&cert[0].guard, how);
    }
    return NULL;
}

/* Configurations in storage that really vanishes, also while a change is on its way to them. */
static void *passing_configs(void *unused)
{
    (void) unused;
    while (__atomic_load_n(&changes_left, __ATOMIC_RELAXED) != 0) {
        toy_config *passing = malloc(sizeof(*passing));

        if (passing == NULL ||
            mbedguard_object_init(&toy_config_type, passing, "passing") != 0 ||
            keep(&passing->guard, CONFIG, &cert[0].guard, CERT, 1, false) != 0 ||
            mbedguard_object_free(&toy_config_type, passing, "passing") != 0)
            return (void *) 1;
        memset(passing, 0xEE, sizeof(*passing));
        free(passing);
    }
    return NULL;
}

START_TEST(changes_and_calls_under_load)
{
    pthread_t threads[8];
    uintptr_t i;

    ck_assert_int_eq(config_keeps_cert(0, 0), 0);
    ck_assert_int_eq(config_keeps_cert(1, 0), 0);
    changes_left = (uint32_t) rounds(1000);
    for (i = 0; i < 4; i++)
        threads[i] = start_thread(tls_calls, (void *) i);
    for (; i < 6; i++)
        threads[i] = start_thread(change_calls, NULL);
    for (; i < 8; i++)
        threads[i] = start_thread(passing_configs, NULL);
    for (i = 0; i < 8; i++)
        ck_assert_ptr_null(join_thread(threads[i]));
}
END_TEST

/* Many edges, so that the tables grow, and all of them gone at the end. */
START_TEST(tables_grow)
{
    enum { MANY = 1000, KEPT = 50 };
    toy_config *many = calloc(MANY, sizeof(*many));
    toy_cert *kept = calloc(KEPT, sizeof(*kept));
    int i;

    ck_assert_ptr_nonnull(many);
    ck_assert_ptr_nonnull(kept);
    for (i = 0; i < MANY; i++)
        ck_assert_int_eq(keep(&many[i].guard, CONFIG, &kept[i % KEPT].guard, CERT, 1, false), 0);
    ck_assert_int_eq(mbedguard_lock(&kept[7]), 0);
    for (i = 0; i < MANY; i++)
        ck_assert_int_eq(mbedguard_held(&many[i].guard), i % KEPT == 7 ? 2 : 0);
    ck_assert_int_eq(mbedguard_unlock(&kept[7]), 0);
    for (i = 0; i < KEPT; i++)
        ck_assert_int_eq(mbedguard_object_free(&toy_cert_type, &kept[i], "many"), 0);
    for (i = 0; i < MANY; i++)
        ck_assert_int_eq(mbedguard_object_free(&toy_config_type, &many[i], "many"), 0);
    ck_assert_int_eq(mbedguard_lock(&kept[7]), 0);
    ck_assert_int_eq(mbedguard_held(&many[7].guard), 0);
    ck_assert_int_eq(mbedguard_unlock(&kept[7]), 0);
    ck_assert_int_eq(mbedguard_object_free(&toy_cert_type, &kept[7], "many"), 0);
    free(many);
    free(kept);
}
END_TEST

static Suite *make_suite(const char *name)
{
    Suite *suite = suite_create(name);

    add_case(suite, "modes", exclusive_takes_keepers_and_other_modes_do_not, setup, teardown);
    add_case(suite, "locks", lock_borrow_and_nesting_hold_keepers_to_the_end, setup, teardown);
    add_case(suite, "two objects", one_keeper_of_two_objects, setup, teardown);
    add_case(suite, "same set", keeper_in_the_same_set, setup, teardown);
    add_case(suite, "upgrade", keeper_held_shared_is_upgrade, setup, teardown);
    add_case(suite, "below", keeper_below_what_is_held_is_order, setup, teardown);
    add_case(suite, "slots", slots_duplicates_and_abort, setup, teardown);
    add_case(suite, "nothing", nothing_takes_the_place_of_all_and_is_added_to_none, setup, teardown);
    add_case(suite, "downwards", keeping_downwards_is_order, setup, teardown);
    add_case(suite, "waits", change_waits_for_the_call_of_a_keeper, setup, teardown);
    add_case(suite, "later", keeper_that_comes_later_is_taken_too, setup, teardown);
    add_case(suite, "again", keeper_that_comes_before_makes_it_start_again, setup, teardown);
    add_case(suite, "lets go", keeper_that_lets_go_is_not_held, setup, teardown);
    add_case(suite, "try", trylock_does_not_wait_for_keepers, setup, teardown);
    add_case(suite, "vanish", kept_storage_may_vanish_first, setup, teardown);
    add_case(suite, "reuse", kept_storage_may_be_used_again, setup, teardown);
    add_case(suite, "init", init_of_a_keeper_lets_go, setup, teardown);
    add_case(suite, "load", changes_and_calls_under_load, setup, teardown);
    add_case(suite, "grow", tables_grow, setup, teardown);
    return suite;
}

int main(void)
{
    return run_suites(make_suite, "keepers");
}
