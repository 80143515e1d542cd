/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Storage of a keeper that is freed in a callback or under a lock, and given back as soon as the
 * call returns, while another thread is on its way to it. Linked with --wrap for the locks and the
 * wait of POSIX: one thread is stopped right before it locks the keeper, and is let go by the other
 * one's wait for it; if that does not wait, it is a failure, and not a race.
 */
#include "support.h"

#include <stdlib.h>
#include <string.h>

#define CONFIG MBEDGUARD_RANK_CONFIG
#define CERT   MBEDGUARD_RANK_CERT
#define LEAF   MBEDGUARD_RANK_LEAF
#define CALL   (CONFIG | MBEDGUARD_CALLS_OUT)

/* A backend without conditions waits by locking over and over, more often than any call does. */
#define LOCKS_OF_A_WAIT 1000

static toy_config *keeper;
static toy_cert cert;
static toy_leaf leaf;
static gate come;
static gate go;

/* What the thread that comes stops at, and whether the one that frees still has to wait. */
static void *keeper_mutex;
static _Thread_local bool stops;
static _Thread_local int locks_left;

int __real_pthread_mutex_lock(pthread_mutex_t *mutex);
int __real_pthread_rwlock_wrlock(pthread_rwlock_t *lock);
int __real_pthread_cond_wait(pthread_cond_t *cond, pthread_mutex_t *mutex);
int __wrap_pthread_mutex_lock(pthread_mutex_t *mutex);
int __wrap_pthread_rwlock_wrlock(pthread_rwlock_t *lock);
int __wrap_pthread_cond_wait(pthread_cond_t *cond, pthread_mutex_t *mutex);

static void before_lock(const void *lock)
{
    if (stops && lock == keeper_mutex) {
        stops = false;
        gate_add(&come);
        gate_wait(&go, 1);
    } else if (locks_left > 0 && --locks_left == 0) {
        gate_add(&go);
    }
}

int __wrap_pthread_mutex_lock(pthread_mutex_t *mutex)
{
    before_lock(mutex);
    return __real_pthread_mutex_lock(mutex);
}

int __wrap_pthread_rwlock_wrlock(pthread_rwlock_t *lock)
{
    before_lock(lock);
    return __real_pthread_rwlock_wrlock(lock);
}

int __wrap_pthread_cond_wait(pthread_cond_t *cond, pthread_mutex_t *mutex)
{
    if (locks_left > 0) {
        locks_left = 0;
        gate_add(&go);
    }
    return __real_pthread_cond_wait(cond, mutex);
}

static void setup(void)
{
    watchdog_setup();
    backend_setup();
    gate_reset(&come);
    gate_reset(&go);
    locks_left = 0;
    keeper = malloc(sizeof(*keeper));
    ck_assert_ptr_nonnull(keeper);
    (void) mbedguard_object_init(&toy_config_type, keeper, "setup");
    (void) mbedguard_object_init(&toy_cert_type, &cert, "setup");
    (void) mbedguard_object_init(&toy_leaf_type, &leaf, "setup");
}

static void teardown(void)
{
    (void) mbedguard_object_free(&toy_cert_type, &cert, "teardown");
    (void) mbedguard_object_free(&toy_leaf_type, &leaf, "teardown");
    backend_teardown();
    watchdog_teardown();
}

/* Mutexes that the backend made: nothing of the keeper may be left there. */
static int made_before;

static int made(void)
{
#if defined(MBEDGUARD_THREADING_ALT)
    return backend_made;
#else
    return 0;
#endif
}

/* The keeper keeps the certificate, and is held by this thread from now on. */
static void keep_and_hold(void)
{
    mbedguard_keep edge;

    ck_assert_int_eq(mbedguard_lock(&cert), 0);
    ck_assert_int_eq(mbedguard_unlock(&cert), 0);
    made_before = made();
    ck_assert_int_eq(mbedguard_enter(&keeper->guard, CALL, "call"), 0);
    ck_assert_int_eq(mbedguard_keep_begin(&edge, &keeper->guard, CONFIG, &cert.guard, CERT, 1, true,
                                          "call"), 0);
    mbedguard_keep_commit(&edge);
#if defined(MBEDGUARD_THREADING_ALT)
    keeper_mutex = keeper->guard.mutex.storage.pointer;
#else
    keeper_mutex = &keeper->guard.mutex;
#endif
}

static void *change_cert(void *unused)
{
    int ret;

    (void) unused;
    stops = true;
    ret = mbedguard_enter(&cert.guard, CERT, "change");
    if (ret == 0)
        ret = mbedguard_leave(&cert.guard, CERT);
    return (void *) (intptr_t) ret;
}

/* Another thread found the keeper, and stands before its guard. */
static pthread_t comes(void)
{
    pthread_t thread = start_thread(change_cert, NULL);

    gate_wait(&come, 1);
    return thread;
}

/* The rest of the test, after a call that had to wait for the thread that comes. */
static void storage_goes(pthread_t thread)
{
    int waited = gate_count(&go);

    locks_left = 0;
    ck_assert_int_eq(waited, 1);
    ck_assert_int_eq(made(), made_before);
    memset(keeper, 0xEE, sizeof(*keeper));
    free(keeper);
    ck_assert_ptr_null(join_thread(thread));
}

START_TEST(freed_in_a_callback)
{
    pthread_t thread;

    keep_and_hold();
    thread = comes();
    ck_assert_int_eq(mbedguard_object_free(&toy_config_type, keeper, "free"), 0);
    ck_assert_int_eq(raw_frees, 0);
    locks_left = LOCKS_OF_A_WAIT;
    ck_assert_int_eq(mbedguard_leave(&keeper->guard, CALL), 0);
    ck_assert_int_eq(raw_frees, 1);
    storage_goes(thread);
}
END_TEST

START_TEST(freed_under_a_lock)
{
    pthread_t thread;

    keep_and_hold();
    ck_assert_int_eq(mbedguard_lock(keeper), 0);
    ck_assert_int_eq(mbedguard_leave(&keeper->guard, CALL), 0);
    thread = comes();
    locks_left = LOCKS_OF_A_WAIT;
    ck_assert_int_eq(mbedguard_object_free(&toy_config_type, keeper, "free"), 0);
    ck_assert_int_eq(gate_count(&go), 0);
    ck_assert_int_eq(mbedguard_unlock(keeper), 0);
    storage_goes(thread);
}
END_TEST

START_TEST(freed_in_a_callback_under_a_lock)
{
    pthread_t thread;

    keep_and_hold();
    ck_assert_int_eq(mbedguard_lock(keeper), 0);
    thread = comes();
    ck_assert_int_eq(mbedguard_object_free(&toy_config_type, keeper, "free"), 0);
    locks_left = LOCKS_OF_A_WAIT;
    ck_assert_int_eq(mbedguard_leave(&keeper->guard, CALL), 0);
    ck_assert_int_eq(raw_frees, 1);
    ck_assert_int_eq(gate_count(&go), 0);
    ck_assert_int_eq(mbedguard_unlock(keeper), 0);
    storage_goes(thread);
}
END_TEST

/* Whoever waits for the leaf may hold the keeper: with the leaf held, nobody may wait for it. */
START_TEST(waits_with_nothing_later_held)
{
    pthread_t thread;

    keep_and_hold();
    ck_assert_int_eq(mbedguard_lock(&leaf), 0);
    thread = comes();
    ck_assert_int_eq(mbedguard_object_free(&toy_config_type, keeper, "free"), 0);
    locks_left = LOCKS_OF_A_WAIT;
    ck_assert_int_eq(mbedguard_leave(&keeper->guard, CALL), 0);
    ck_assert_int_eq(raw_frees, 1);
    ck_assert_int_eq(gate_count(&go), 0);
    ck_assert_int_eq(mbedguard_unlock(&leaf), 0);
    /* For the backend's mutex, which nobody dares to touch any more. */
    ck_assert_int_eq(mbedguard_object_free(&toy_config_type, keeper, "again"), 0);
    made_before = made();
    storage_goes(thread);
}
END_TEST

START_TEST(waits_with_something_earlier_held)
{
    static toy_ssl ssl;
    pthread_t thread;

    ck_assert_int_eq(mbedguard_object_init(&toy_ssl_type, &ssl, "a"), 0);
    ck_assert_int_eq(mbedguard_lock(&ssl), 0);
    keep_and_hold();
    thread = comes();
    ck_assert_int_eq(mbedguard_object_free(&toy_config_type, keeper, "free"), 0);
    locks_left = LOCKS_OF_A_WAIT;
    ck_assert_int_eq(mbedguard_leave(&keeper->guard, CALL), 0);
    storage_goes(thread);
    ck_assert_int_eq(mbedguard_unlock(&ssl), 0);
    (void) mbedguard_object_free(&toy_ssl_type, &ssl, "a");
}
END_TEST

/* Freed and used again under one lock: it is not given back, and nobody has to be waited for. */
START_TEST(keeps_again)
{
    mbedguard_keep edge;
    pthread_t thread;

    keep_and_hold();
    ck_assert_int_eq(mbedguard_lock(keeper), 0);
    ck_assert_int_eq(mbedguard_leave(&keeper->guard, CALL), 0);
    thread = comes();
    ck_assert_int_eq(mbedguard_object_free(&toy_config_type, keeper, "free"), 0);
    ck_assert_int_eq(mbedguard_keep_begin(&edge, &keeper->guard, CONFIG, &cert.guard, CERT, 1, true,
                                          "again"), 0);
    mbedguard_keep_commit(&edge);
    locks_left = LOCKS_OF_A_WAIT;
    ck_assert_int_eq(mbedguard_unlock(keeper), 0);
    locks_left = 0;
    ck_assert_int_eq(gate_count(&go), 0);
    gate_add(&go);
    ck_assert_ptr_null(join_thread(thread));
    ck_assert_int_eq(mbedguard_object_free(&toy_config_type, keeper, "free"), 0);
    free(keeper);
}
END_TEST

static Suite *make_suite(const char *name)
{
    Suite *suite = suite_create(name);

    add_case(suite, "callback", freed_in_a_callback, setup, teardown);
    add_case(suite, "lock", freed_under_a_lock, setup, teardown);
    add_case(suite, "both", freed_in_a_callback_under_a_lock, setup, teardown);
    add_case(suite, "later", waits_with_nothing_later_held, setup, teardown);
    add_case(suite, "earlier", waits_with_something_earlier_held, setup, teardown);
    add_case(suite, "again", keeps_again, setup, teardown);
    return suite;
}

int main(void)
{
    return run_suites(make_suite, "storage of keepers");
}
