/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* fork(), pthread_exit() and pthread_cancel() with guards held. POSIX threads only. */
#include "support.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define SSL    MBEDGUARD_RANK_SSL
#define CONFIG MBEDGUARD_RANK_CONFIG
#define CERT   MBEDGUARD_RANK_CERT
#define LEAF   MBEDGUARD_RANK_LEAF
#define SHARED (MBEDGUARD_RANK_LEAF | MBEDGUARD_SHARED)

static toy_ssl ssl;
static toy_config config;
static toy_cert cert;
static toy_leaf leaf[8];
static gate come;
static gate go;

static void setup(void)
{
    watchdog_setup();
    (void) mbedguard_object_init(&toy_ssl_type, &ssl, "setup");
    (void) mbedguard_object_init(&toy_config_type, &config, "setup");
    (void) mbedguard_object_init(&toy_cert_type, &cert, "setup");
    memset(leaf, 0, sizeof(leaf));
    (void) mbedguard_object_init(&toy_leaf_type, &leaf[0], "setup");
    gate_reset(&come);
    gate_reset(&go);
}

static void teardown(void)
{
    watchdog_teardown();
}

static int use_all(void)
{
    int i;

    for (i = 0; i < 8; i++) {
        EXPECT(mbedguard_enter(&leaf[i].guard, LEAF, "child") == 0);
        EXPECT(mbedguard_leave(&leaf[i].guard, LEAF) == 0);
        EXPECT(mbedguard_enter(&leaf[i].guard, SHARED, "child") == 0);
        EXPECT(mbedguard_leave(&leaf[i].guard, SHARED) == 0);
        EXPECT(mbedguard_lock(&leaf[i]) == 0);
        EXPECT(mbedguard_unlock(&leaf[i]) == 0);
    }
    return 0;
}

static int use_and_fork_again(void)
{
    int status;
    pid_t child;

    EXPECT(use_all() == 0);
    child = fork();
    if (child == 0) {
        (void) alarm(TEST_SECONDS - 10);
        _exit(use_all());
    }
    EXPECT(child > 0 && waitpid(child, &status, 0) == child);
    EXPECT(WIFEXITED(status));
    return WEXITSTATUS(status);
}

START_TEST(free_guards_are_free_in_the_child)
{
    ck_assert_int_eq(use_all(), 0);
    ck_assert_int_eq(in_child(use_and_fork_again), 0);
    ck_assert_int_eq(use_all(), 0);
}
END_TEST

static int own_locks_in_child(void)
{
    EXPECT(mbedguard_held(&leaf[0].guard) == 2);
    EXPECT(mbedguard_held(&leaf[1].guard) == 1);
    EXPECT(mbedguard_enter(&leaf[0].guard, LEAF, "child") == 0);
    EXPECT(mbedguard_leave(&leaf[0].guard, LEAF) == 0);
    EXPECT(mbedguard_leave(&leaf[1].guard, SHARED) == 0);
    EXPECT(mbedguard_unlock(&leaf[0]) == 0);
    return use_all();
}

START_TEST(own_locks_stay_own)
{
    ck_assert_int_eq(mbedguard_lock(&leaf[0]), 0);
    ck_assert_int_eq(mbedguard_enter(&leaf[1].guard, SHARED, "a"), 0);
    ck_assert_int_eq(in_child(own_locks_in_child), 0);
    ck_assert_int_eq(mbedguard_leave(&leaf[1].guard, SHARED), 0);
    ck_assert_int_eq(mbedguard_unlock(&leaf[0]), 0);
    ck_assert_int_eq(use_all(), 0);
}
END_TEST

static int quick_call_in_child(void)
{
    EXPECT(mbedguard_held(&leaf[2].guard) == 2);
    EXPECT(mbedguard_leave(&leaf[2].guard, LEAF) == 0);
    return use_all();
}

START_TEST(own_call_stays_own)
{
    ck_assert_int_eq(use_all(), 0);
    ck_assert_int_eq(mbedguard_enter(&leaf[2].guard, LEAF, "a"), 0);
    ck_assert_int_eq(in_child(quick_call_in_child), 0);
    ck_assert_int_eq(mbedguard_leave(&leaf[2].guard, LEAF), 0);
    ck_assert_int_eq(use_all(), 0);
}
END_TEST

static void *hold_some(void *unused)
{
    (void) unused;
    (void) mbedguard_lock(&leaf[0]);
    (void) mbedguard_enter(&leaf[1].guard, LEAF, "b");
    (void) mbedguard_enter(&leaf[2].guard, SHARED, "b");
    gate_add(&come);
    gate_wait(&go, 1);
    (void) mbedguard_leave(&leaf[2].guard, SHARED);
    (void) mbedguard_leave(&leaf[1].guard, LEAF);
    (void) mbedguard_unlock(&leaf[0]);
    return NULL;
}

/* Calls that can mend an object take it as it is, and say when it is whole. */
static int even_broken(void)
{
    mbedguard_want set[] = { { &leaf[0].guard, LEAF | MBEDGUARD_EVEN_BROKEN },
                             { &leaf[3].guard, LEAF | MBEDGUARD_EVEN_BROKEN } };

    EXPECT(mbedguard_enter_set(set, 2, "child") == 0);
    EXPECT(mbedguard_is_broken(&leaf[0].guard));
    EXPECT(!mbedguard_is_broken(&leaf[3].guard));
    EXPECT(mbedguard_leave_set(set, 2) == 0);
    EXPECT(mbedguard_lock(&leaf[0]) == MBEDGUARD_ERR_BROKEN);
    EXPECT(mbedguard_enter(&leaf[0].guard, LEAF | MBEDGUARD_EVEN_BROKEN, "child") == 0);
    mbedguard_make_whole(&leaf[0].guard);
    EXPECT(mbedguard_leave(&leaf[0].guard, LEAF) == 0);
    EXPECT(mbedguard_enter(&leaf[0].guard, LEAF | MBEDGUARD_EVEN_BROKEN, "child") == 0);
    EXPECT(!mbedguard_is_broken(&leaf[0].guard));
    EXPECT(mbedguard_leave(&leaf[0].guard, LEAF) == 0);
    return 0;
}

static int others_locks_in_child(void)
{
    EXPECT(mbedguard_lock(&leaf[0]) == MBEDGUARD_ERR_BROKEN);
    EXPECT(mbedguard_enter(&leaf[1].guard, LEAF, "child") == MBEDGUARD_ERR_BROKEN);
    EXPECT(mbedguard_enter(&leaf[1].guard, SHARED, "child") == MBEDGUARD_ERR_BROKEN);
    EXPECT(mbedguard_trylock(&leaf[1]) == MBEDGUARD_ERR_BROKEN);
    EXPECT(even_broken() == 0);
    EXPECT(mbedguard_enter(&leaf[2].guard, LEAF, "child") == 0);
    EXPECT(mbedguard_leave(&leaf[2].guard, LEAF) == 0);
    raw_frees = 0;
    EXPECT(mbedguard_object_free(&toy_leaf_type, &leaf[1], "child") == 0);
    EXPECT(raw_frees == 0);
    EXPECT(leaf[1].unguarded.alive == 1);
    EXPECT(mbedguard_object_init(&toy_leaf_type, &leaf[0], "child") == 0);
    return use_all();
}

START_TEST(others_locks_leave_broken_objects)
{
    pthread_t thread = start_thread(hold_some, NULL);

    gate_wait(&come, 1);
    ck_assert_int_eq(in_child(others_locks_in_child), 0);
    gate_add(&go);
    (void) join_thread(thread);
    ck_assert_int_eq(use_all(), 0);
}
END_TEST

static int broken_in_grandchild(void)
{
    EXPECT(mbedguard_lock(&leaf[3]) == 0);
    EXPECT(mbedguard_unlock(&leaf[3]) == 0);
    return in_child(others_locks_in_child);
}

START_TEST(broken_objects_stay_broken_in_grandchildren)
{
    pthread_t thread = start_thread(hold_some, NULL);

    gate_wait(&come, 1);
    ck_assert_int_eq(in_child(broken_in_grandchild), 0);
    gate_add(&go);
    (void) join_thread(thread);
}
END_TEST

static void *read_config(void *unused)
{
    (void) unused;
    (void) mbedguard_enter(&config.guard, CONFIG | MBEDGUARD_SHARED, "tls");
    gate_add(&come);
    gate_wait(&go, 1);
    (void) mbedguard_leave(&config.guard, CONFIG | MBEDGUARD_SHARED);
    return NULL;
}

static void *write_config(void *unused)
{
    (void) unused;
    (void) mbedguard_lock(&config);
    (void) mbedguard_unlock(&config);
    return NULL;
}

static int readers_and_queue_in_child(void)
{
    EXPECT(mbedguard_enter(&config.guard, CONFIG | MBEDGUARD_SHARED, "child") == 0);
    EXPECT(mbedguard_leave(&config.guard, CONFIG | MBEDGUARD_SHARED) == 0);
    EXPECT(mbedguard_lock(&config) == 0);
    EXPECT(mbedguard_unlock(&config) == 0);
    return 0;
}

START_TEST(readers_and_their_queue_do_not_reach_the_child)
{
    pthread_t reader = start_thread(read_config, NULL);
    pthread_t writer;
    uint32_t waiting = 0;

    gate_wait(&come, 1);
    writer = start_thread(write_config, NULL);
    while (waiting == 0) {
        (void) pthread_mutex_lock(&config.guard.mutex);
        waiting = config.guard.waiting_exclusive;
        (void) pthread_mutex_unlock(&config.guard.mutex);
        (void) sched_yield();
    }
    ck_assert_int_eq(in_child(readers_and_queue_in_child), 0);
    gate_add(&go);
    (void) join_thread(reader);
    (void) join_thread(writer);
}
END_TEST

static int changing_readers_in_child(void)
{
    EXPECT(mbedguard_leave(&leaf[3].guard, SHARED) == 0);
    EXPECT(mbedguard_enter(&leaf[3].guard, LEAF, "child") == 0);
    EXPECT(mbedguard_leave(&leaf[3].guard, LEAF) == 0);
    return mbedguard_enter(&leaf[2].guard, SHARED, "child") == MBEDGUARD_ERR_BROKEN ? 0 : 1;
}

/* Where readers change the object, those who are gone leave it broken. */
START_TEST(readers_that_change_leave_broken_objects)
{
    pthread_t thread = start_thread(hold_some, NULL);

    gate_wait(&come, 1);
    leaf[2].guard.readers_change = leaf[3].guard.readers_change = 1;
    ck_assert_int_eq(mbedguard_enter(&leaf[3].guard, SHARED, "a"), 0);
    ck_assert_int_eq(in_child(changing_readers_in_child), 0);
    (void) mbedguard_leave(&leaf[3].guard, SHARED);
    gate_add(&go);
    (void) join_thread(thread);
}
END_TEST

static uint32_t stop;

static void *busy(void *argument)
{
    const uintptr_t own = (uintptr_t) argument;

    while (__atomic_load_n(&stop, __ATOMIC_RELAXED) == 0) {
        mbedguard_want set[] = { { &leaf[own % 8].guard, LEAF },
                                 { &leaf[(own + 3) % 8].guard, SHARED },
                                 { &config.guard, CONFIG | MBEDGUARD_SHARED } };
        mbedguard_keep edge;

        if (mbedguard_enter_set(set, 3, "busy") == 0)
            (void) mbedguard_leave_set(set, 3);
        if (mbedguard_enter(&ssl.guard, SSL, "busy") == 0) {
            if (mbedguard_keep_begin(&edge, &ssl.guard, SSL, &cert.guard, CERT, 1, true,
                                     "busy") == 0)
                mbedguard_keep_commit(&edge);
            (void) mbedguard_leave(&ssl.guard, SSL);
        }
    }
    return NULL;
}

/* Whatever others were doing: every call of the child ends, with 0 or BROKEN, and free mends. */
static int no_hang_in_child(void)
{
    mbedguard_keep edge;
    int ret;
    int i;

    for (i = 0; i < 8; i++) {
        ret = mbedguard_lock(&leaf[i]);
        EXPECT(ret == 0 || ret == MBEDGUARD_ERR_BROKEN);
        if (ret == 0)
            EXPECT(mbedguard_unlock(&leaf[i]) == 0);
        EXPECT(mbedguard_object_free(&toy_leaf_type, &leaf[i], "child") == 0);
    }
    EXPECT(mbedguard_enter(&config.guard, CONFIG | MBEDGUARD_SHARED, "child") == 0);
    EXPECT(mbedguard_leave(&config.guard, CONFIG | MBEDGUARD_SHARED) == 0);
    EXPECT(mbedguard_object_free(&toy_ssl_type, &ssl, "child") == 0);
    EXPECT(mbedguard_enter(&ssl.guard, SSL, "child") == 0);
    ret = mbedguard_keep_begin(&edge, &ssl.guard, SSL, &cert.guard, CERT, 1, true, "child");
    EXPECT(ret == 0);
    mbedguard_keep_commit(&edge);
    EXPECT(mbedguard_leave(&ssl.guard, SSL) == 0);
    EXPECT(mbedguard_lock(&cert) == 0);
    EXPECT(mbedguard_held(&ssl.guard) == 2);
    EXPECT(mbedguard_unlock(&cert) == 0);
    return use_all();
}

static void *forks(void *unused)
{
    int i;

    (void) unused;
    for (i = 0; i < 25; i++) {
        if (in_child(no_hang_in_child) != 0)
            return (void *) 1;
    }
    return NULL;
}

START_TEST(fork_from_several_threads_under_load)
{
    pthread_t threads[6];
    uintptr_t i;

    stop = 0;
    for (i = 0; i < 4; i++)
        threads[i] = start_thread(busy, (void *) i);
    for (; i < 6; i++)
        threads[i] = start_thread(forks, NULL);
    for (i = 4; i < 6; i++)
        ck_assert_ptr_null(join_thread(threads[i]));
    (void) __atomic_exchange_n(&stop, 1, __ATOMIC_RELAXED);
    for (i = 0; i < 4; i++)
        (void) join_thread(threads[i]);
}
END_TEST

static void *claim(void *unused)
{
    (void) unused;
    return (void *) (intptr_t) use_all();
}

static int threads_in_child(void)
{
    pthread_t threads[6];
    int failed = 0;
    int i;

    for (i = 0; i < 6; i++)
        threads[i] = start_thread(claim, NULL);
    for (i = 0; i < 6; i++)
        failed += join_thread(threads[i]) != NULL;
    return failed;
}

START_TEST(threads_of_the_child_claim_together)
{
    ck_assert_int_eq(use_all(), 0);
    ck_assert_int_eq(in_child(threads_in_child), 0);
}
END_TEST

/* The end of threads. */

static void *exit_in_a_callback(void *unused)
{
    const unsigned tls = SSL | MBEDGUARD_CALLS_OUT;
    mbedguard_want set[] = { { &ssl.guard, tls }, { &config.guard, CONFIG | MBEDGUARD_SHARED } };

    (void) unused;
    (void) mbedguard_enter_set(set, 2, "tls");
    (void) mbedguard_enter(&leaf[0].guard, LEAF, "callback");
    (void) mbedguard_enter(&leaf[1].guard, SHARED, "callback");
    gate_add(&come);
    gate_wait(&go, 1);
    pthread_exit(NULL);
    return NULL;
}

static void *wait_for_ssl(void *unused)
{
    (void) unused;
    gate_add(&go);
    return (void *) (intptr_t) mbedguard_enter(&ssl.guard, SSL, "waiter");
}

START_TEST(exit_in_a_callback_leaves_a_broken_object)
{
    pthread_t thread = start_thread(exit_in_a_callback, NULL);
    pthread_t waiter;

    gate_wait(&come, 1);
    leaf[1].guard.readers_change = 1;
    waiter = start_thread(wait_for_ssl, NULL);
    (void) join_thread(thread);
    ck_assert_int_eq((int) (intptr_t) join_thread(waiter), MBEDGUARD_ERR_BROKEN);
    ck_assert_int_eq(mbedguard_lock(&ssl), MBEDGUARD_ERR_BROKEN);
    ck_assert_int_eq(mbedguard_lock(&leaf[0]), MBEDGUARD_ERR_BROKEN);
    ck_assert_int_eq(mbedguard_lock(&leaf[1]), MBEDGUARD_ERR_BROKEN);
    ck_assert_int_eq(mbedguard_lock(&config), 0);
    ck_assert_int_eq(mbedguard_unlock(&config), 0);
    ck_assert_int_eq(mbedguard_object_free(&toy_ssl_type, &ssl, "a"), 0);
    ck_assert_int_eq(raw_frees, 0);
    ck_assert_int_eq(mbedguard_lock(&ssl), 0);
    ck_assert_int_eq(mbedguard_unlock(&ssl), 0);
    ck_assert_int_eq(mbedguard_object_init(&toy_leaf_type, &leaf[0], "a"), 0);
    ck_assert_int_eq(mbedguard_lock(&leaf[0]), 0);
    ck_assert_int_eq(mbedguard_unlock(&leaf[0]), 0);
}
END_TEST

static void *cancelled_under_a_lock(void *unused)
{
    (void) unused;
    (void) mbedguard_lock(&leaf[0]);
    gate_add(&come);
    for (;;) {
        pthread_testcancel();
        (void) sched_yield();
    }
    return NULL;
}

START_TEST(cancel_under_a_lock_leaves_a_broken_object)
{
    pthread_t thread = start_thread(cancelled_under_a_lock, NULL);

    gate_wait(&come, 1);
    ck_assert_int_eq(pthread_cancel(thread), 0);
    ck_assert_ptr_eq(join_thread(thread), PTHREAD_CANCELED);
    ck_assert_int_eq(mbedguard_lock(&leaf[0]), MBEDGUARD_ERR_BROKEN);
}
END_TEST

static void *cancelled_in_a_call(void *unused)
{
    const unsigned how = LEAF | MBEDGUARD_CALLS_OUT;

    (void) unused;
    if (mbedguard_enter(&leaf[0].guard, how, "call") != 0)
        return NULL;
    gate_add(&come);
    gate_wait(&go, 1); /* where it would be cancelled, were that not off */
    pthread_testcancel();
    (void) mbedguard_enter(&leaf[1].guard, how, "nested");
    (void) mbedguard_leave(&leaf[1].guard, how);
    pthread_testcancel();
    leaf[0].unguarded.value = 1;
    (void) mbedguard_leave(&leaf[0].guard, how);
    pthread_testcancel();
    leaf[0].unguarded.value = 2;
    return NULL;
}

START_TEST(cancel_waits_for_the_end_of_a_call_out)
{
    pthread_t thread = start_thread(cancelled_in_a_call, NULL);

    gate_wait(&come, 1);
    ck_assert_int_eq(pthread_cancel(thread), 0);
    gate_add(&go);
    ck_assert_ptr_eq(join_thread(thread), PTHREAD_CANCELED);
    ck_assert_int_eq(leaf[0].unguarded.value, 1);
    ck_assert_int_eq(mbedguard_lock(&leaf[0]), 0);
    ck_assert_int_eq(mbedguard_unlock(&leaf[0]), 0);
}
END_TEST

static void *cancelled_while_waiting(void *unused)
{
    (void) unused;
    gate_add(&come);
    (void) mbedguard_enter(&leaf[0].guard, LEAF, "writer");
    leaf[0].unguarded.value = 3;
    (void) mbedguard_leave(&leaf[0].guard, LEAF);
    pthread_testcancel();
    return NULL;
}

START_TEST(waiting_is_no_cancellation_point)
{
    pthread_t thread;
    uint32_t waiting = 0;

    ck_assert_int_eq(mbedguard_enter(&leaf[0].guard, SHARED, "reader"), 0);
    thread = start_thread(cancelled_while_waiting, NULL);
    while (waiting == 0) {
        (void) pthread_mutex_lock(&leaf[0].guard.mutex);
        waiting = leaf[0].guard.waiting_exclusive;
        (void) pthread_mutex_unlock(&leaf[0].guard.mutex);
        (void) sched_yield();
    }
    ck_assert_int_eq(pthread_cancel(thread), 0);
    ck_assert_int_eq(mbedguard_leave(&leaf[0].guard, SHARED), 0);
    (void) join_thread(thread);
    ck_assert_int_eq(leaf[0].unguarded.value, 3);
    ck_assert_int_eq(use_all(), 0);
}
END_TEST

static void cancellation_point(void *unused)
{
    (void) unused;
    pthread_testcancel();
}

/* The last reference goes in a call on the object, which is freed when that call has ended. */
static void *cancelled_in_a_late_free(void *unused)
{
    toy_ssl *counted = mbedguard_object_create(&toy_ssl_type, "new");

    (void) unused;
    (void) pthread_cancel(pthread_self());
    (void) mbedguard_enter(&counted->guard, SSL, "call");
    (void) mbedguard_object_free(&toy_ssl_type, counted, "free");
    raw_free_hook = cancellation_point;
    (void) mbedguard_leave(&counted->guard, SSL);
    leaf[0].unguarded.value = 4;
    pthread_testcancel();
    return NULL;
}

START_TEST(cancel_waits_for_the_end_of_a_late_free)
{
    ck_assert_ptr_eq(join_thread(start_thread(cancelled_in_a_late_free, NULL)), PTHREAD_CANCELED);
    ck_assert_int_eq(leaf[0].unguarded.value, 4);
    ck_assert_int_eq(raw_frees, 1);
}
END_TEST

static void *guard_on_the_stack(void *unused)
{
    toy_leaf own;

    (void) unused;
    memset(&own, 0, sizeof(own));
    (void) mbedguard_lock(&own);
    (void) mbedguard_lock(&leaf[1]);
    pthread_exit(NULL);
    return NULL;
}

START_TEST(guard_on_the_dead_stack_is_left_alone)
{
    bool above = (uintptr_t) &leaf[1] > (uintptr_t) &above;

    (void) join_thread(start_thread(guard_on_the_stack, NULL));
    /* The global was out of order or is broken now; either way it ends. */
    ck_assert_int_eq(mbedguard_lock(&leaf[1]), above ? MBEDGUARD_ERR_BROKEN : 0);
    if (!above)
        ck_assert_int_eq(mbedguard_unlock(&leaf[1]), 0);
}
END_TEST

static Suite *make_suite(const char *name)
{
    Suite *suite = suite_create(name);

    if (!without_fork("children of processes with threads") &&
        !with_tsan("children of processes with threads")) {
        add_case(suite, "free", free_guards_are_free_in_the_child, setup, teardown);
        add_case(suite, "own locks", own_locks_stay_own, setup, teardown);
        add_case(suite, "own call", own_call_stays_own, setup, teardown);
        add_case(suite, "broken", others_locks_leave_broken_objects, setup, teardown);
        add_case(suite, "next", broken_objects_stay_broken_in_grandchildren, setup, teardown);
        add_case(suite, "changed", readers_that_change_leave_broken_objects, setup, teardown);
        add_case(suite, "queue", readers_and_their_queue_do_not_reach_the_child, setup, teardown);
        if (!with_asan("fork beside threads that allocate"))
            add_case(suite, "load", fork_from_several_threads_under_load, setup, teardown);
        add_case(suite, "claim", threads_of_the_child_claim_together, setup, teardown);
    }
    add_case(suite, "exit", exit_in_a_callback_leaves_a_broken_object, setup, teardown);
    add_case(suite, "cancel", cancel_under_a_lock_leaves_a_broken_object, setup, teardown);
    add_case(suite, "cancel in a call", cancel_waits_for_the_end_of_a_call_out, setup, teardown);
    add_case(suite, "late free", cancel_waits_for_the_end_of_a_late_free, setup, teardown);
    add_case(suite, "cancel in a wait", waiting_is_no_cancellation_point, setup, teardown);
    if (!without_fork("a mutex that is lost with its stack"))
        add_case(suite, "dead stack", guard_on_the_dead_stack_is_left_alone, setup, teardown);
    return suite;
}

int main(void)
{
    return run_suites(make_suite, "fork and exit");
}
