/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Handlers of the program's own, which call mbedguard and were registered before its first guarded
 * call: they run where the library's own handlers hold its locks, and in the child before it knows.
 */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define SSL  MBEDGUARD_RANK_SSL
#define CERT MBEDGUARD_RANK_CERT
#define LEAF MBEDGUARD_RANK_LEAF

/* What the handlers do, and what came of it; 0 is well. Each thread that forks has its own. */
static int (*at_prepare)(void);
static int (*at_parent)(void);
static int (*at_child)(void);
static _Thread_local int prepared;
static _Thread_local int in_parent;
static _Thread_local int born;

static toy_leaf leaf[4];
static toy_cert shared_cert;
static toy_cert *counted;
static gate come;
static gate go;

static void prepare_handler(void)
{
    prepared = at_prepare != NULL ? at_prepare() : 0;
}

static void parent_handler(void)
{
    in_parent = at_parent != NULL ? at_parent() : 0;
}

static void child_handler(void)
{
    born = at_child != NULL ? at_child() : 0;
}

static void setup(void)
{
    int i;

    watchdog_setup();
    at_prepare = NULL;
    at_parent = NULL;
    at_child = NULL;
    for (i = 0; i < 4; i++)
        (void) mbedguard_object_init(&toy_leaf_type, &leaf[i], "setup");
    (void) mbedguard_object_init(&toy_cert_type, &shared_cert, "setup");
    counted = mbedguard_object_create(&toy_cert_type, "setup");
    gate_reset(&come);
    gate_reset(&go);
}

static void teardown(void)
{
    at_prepare = NULL;
    at_parent = NULL;
    at_child = NULL;
    (void) mbedguard_object_free(&toy_cert_type, counted, "teardown");
    watchdog_teardown();
}

static void at_all(int (*body)(void))
{
    at_prepare = body;
    at_parent = body;
    at_child = body;
}

static int use_leaf(void)
{
    toy_leaf moved;

    EXPECT(mbedguard_enter(&leaf[0].guard, LEAF, "handler") == 0);
    EXPECT(mbedguard_leave(&leaf[0].guard, LEAF) == 0);
    EXPECT(mbedguard_lock(&leaf[0]) == 0);
    EXPECT(mbedguard_unlock(&leaf[0]) == 0);
    /* A guard that was moved is claimed. */
    EXPECT(mbedguard_object_init(&toy_leaf_type, &leaf[3], "handler") == 0);
    memcpy(&moved, &leaf[3], sizeof(moved));
    EXPECT(mbedguard_enter(&moved.guard, LEAF, "handler") == 0);
    EXPECT(mbedguard_leave(&moved.guard, LEAF) == 0);
    return 0;
}

static int use_counted(void)
{
    toy_leaf *made;

    EXPECT(mbedguard_object_ref(&toy_cert_type, counted, "handler") == 0);
    EXPECT(mbedguard_object_free(&toy_cert_type, counted, "handler") == 0);
    made = mbedguard_object_create(&toy_leaf_type, "handler");
    EXPECT(made != NULL);
    EXPECT(mbedguard_object_free(&toy_leaf_type, made, "handler") == 0);
    return 0;
}

static int keep_in(toy_ssl *ssl, toy_cert *cert, unsigned slot)
{
    mbedguard_keep edge;

    EXPECT(mbedguard_enter(&ssl->guard, SSL, "keep") == 0);
    EXPECT(mbedguard_keep_begin(&edge, &ssl->guard, SSL, &cert->guard, CERT, slot, true,
                                "keep") == 0);
    mbedguard_keep_commit(&edge);
    EXPECT(mbedguard_leave(&ssl->guard, SSL) == 0);
    return 0;
}

static int use_keepers(void)
{
    toy_ssl ssl;
    toy_cert cert;

    EXPECT(mbedguard_object_init(&toy_ssl_type, &ssl, "handler") == 0);
    EXPECT(mbedguard_object_init(&toy_cert_type, &cert, "handler") == 0);
    EXPECT(keep_in(&ssl, &cert, 1) == 0);
    EXPECT(keep_in(&ssl, &shared_cert, 2) == 0);
    EXPECT(keep_in(&ssl, counted, 3) == 0);
    EXPECT(mbedguard_lock(&cert) == 0);
    EXPECT(mbedguard_held(&ssl.guard) == 2);
    EXPECT(mbedguard_unlock(&cert) == 0);
    EXPECT(mbedguard_held(&ssl.guard) == 0);
    EXPECT(mbedguard_object_init(&toy_cert_type, &cert, "handler") == 0);
    EXPECT(mbedguard_object_free(&toy_cert_type, &cert, "handler") == 0);
    EXPECT(mbedguard_object_free(&toy_ssl_type, &ssl, "handler") == 0);
    return 0;
}

static int use_all(void)
{
    int ret = use_leaf();

    ret = ret != 0 ? ret : use_counted();
    return ret != 0 ? ret : use_keepers();
}

static int child_of_all(void)
{
    EXPECT(prepared == 0);
    EXPECT(born == 0);
    return use_all();
}

static void fork_and_check(void)
{
    ck_assert_int_eq(in_child(child_of_all), 0);
    ck_assert_int_eq(prepared, 0);
    ck_assert_int_eq(in_parent, 0);
}

START_TEST(handlers_call_what_they_like)
{
    at_all(use_all);
    fork_and_check();
    fork_and_check();
    ck_assert_int_eq(use_all(), 0);
}
END_TEST

START_TEST(reference_in_a_handler)
{
    at_all(use_counted);
    fork_and_check();
}
END_TEST

/* The first call of a thread is the one in its handler. */
static void *fork_afresh(void *unused)
{
    (void) unused;
    fork_and_check();
    return NULL;
}

START_TEST(first_call_of_the_thread_that_forks)
{
    at_all(use_all);
    (void) join_thread(start_thread(fork_afresh, NULL));
    (void) join_thread(start_thread(fork_afresh, NULL));
}
END_TEST

/* Holds what the handler wants until it has used the table of keepers. */
static void *keep_while_held(void *unused)
{
    toy_ssl ssl;
    int ret;

    (void) unused;
    (void) mbedguard_object_init(&toy_ssl_type, &ssl, "other");
    (void) mbedguard_lock(&ssl);
    (void) mbedguard_lock(&leaf[1]);
    gate_add(&come);
    gate_wait(&go, 1);
    ret = mbedguard_object_ref(&toy_cert_type, counted, "other");
    (void) mbedguard_object_free(&toy_cert_type, counted, "other");
    (void) mbedguard_unlock(&leaf[1]);
    (void) mbedguard_unlock(&ssl);
    (void) mbedguard_object_free(&toy_ssl_type, &ssl, "other");
    return (void *) (intptr_t) ret;
}

static int wait_in_a_call(void)
{
    gate_add(&go);
    EXPECT(mbedguard_enter(&leaf[1].guard, LEAF, "handler") == 0);
    EXPECT(mbedguard_leave(&leaf[1].guard, LEAF) == 0);
    return 0;
}

START_TEST(handler_waits_for_a_thread_that_needs_the_table)
{
    pthread_t thread = start_thread(keep_while_held, NULL);

    gate_wait(&come, 1);
    at_prepare = wait_in_a_call;
    fork_and_check();
    ck_assert_ptr_null(join_thread(thread));
}
END_TEST

/* The length of a call is that of the raw call, too: what it calls back may wait for the others. */
static void *use_tables_once(void *unused)
{
    (void) unused;
    gate_wait(&come, 1);
    (void) use_counted();
    gate_add(&go);
    return NULL;
}

static int wait_in_a_raw_call(void)
{
    EXPECT(mbedguard_enter(&leaf[1].guard, LEAF | MBEDGUARD_CALLS_OUT, "handler") == 0);
    EXPECT(mbedguard_enter(&leaf[2].guard, LEAF, "callback") == 0);
    EXPECT(mbedguard_leave(&leaf[2].guard, LEAF) == 0);
    gate_add(&come);
    gate_wait(&go, 1);
    EXPECT(mbedguard_leave(&leaf[1].guard, LEAF | MBEDGUARD_CALLS_OUT) == 0);
    return 0;
}

START_TEST(raw_call_of_a_handler_waits_for_a_thread)
{
    pthread_t thread = start_thread(use_tables_once, NULL);

    at_prepare = wait_in_a_raw_call;
    fork_and_check();
    (void) join_thread(thread);
}
END_TEST

static uint32_t stop;

static void *take_leaf(void *unused)
{
    (void) unused;
    while (__atomic_load_n(&stop, __ATOMIC_RELAXED) == 0) {
        if (mbedguard_lock(&leaf[1]) != 0)
            return (void *) 1;
        leaf[1].unguarded.value++;
        if (mbedguard_unlock(&leaf[1]) != 0 || use_counted() != 0)
            return (void *) 1;
    }
    return NULL;
}

static int lock_leaf(void)
{
    EXPECT(mbedguard_lock(&leaf[1]) == 0);
    leaf[1].unguarded.value++;
    return 0;
}

static int unlock_leaf(void)
{
    EXPECT(mbedguard_held(&leaf[1].guard) == 2);
    leaf[1].unguarded.value++;
    EXPECT(mbedguard_unlock(&leaf[1]) == 0);
    return 0;
}

/* What handlers are mostly for: nobody else is in while the process forks. */
START_TEST(locked_from_prepare_to_the_end)
{
    pthread_t threads[2];
    int i;

    at_prepare = lock_leaf;
    at_parent = unlock_leaf;
    at_child = unlock_leaf;
    stop = 0;
    for (i = 0; i < 2; i++)
        threads[i] = start_thread(take_leaf, NULL);
    for (i = 0; i < 20; i++)
        fork_and_check();
    (void) __atomic_exchange_n(&stop, 1, __ATOMIC_RELAXED);
    for (i = 0; i < 2; i++)
        ck_assert_ptr_null(join_thread(threads[i]));
    ck_assert_int_eq(mbedguard_lock(&leaf[1]), 0);
    ck_assert_int_eq(mbedguard_unlock(&leaf[1]), 0);
}
END_TEST

/* The child, as its first handler finds it. */

static void *hold_leaf(void *unused)
{
    (void) unused;
    (void) mbedguard_lock(&leaf[2]);
    gate_add(&come);
    gate_wait(&go, 1);
    (void) mbedguard_unlock(&leaf[2]);
    return NULL;
}

static int find_broken_and_mend(void)
{
    EXPECT(mbedguard_enter(&leaf[2].guard, LEAF, "child") == MBEDGUARD_ERR_BROKEN);
    EXPECT(mbedguard_object_init(&toy_leaf_type, &leaf[2], "child") == 0);
    EXPECT(mbedguard_held(&leaf[0].guard) == 2);
    EXPECT(mbedguard_held(&leaf[1].guard) == 1);
    EXPECT(mbedguard_lock(&leaf[2]) == 0);
    return 0;
}

static int still_locked(void)
{
    EXPECT(born == 0);
    EXPECT(mbedguard_held(&leaf[0].guard) == 2);
    EXPECT(mbedguard_held(&leaf[2].guard) == 2);
    EXPECT(mbedguard_leave(&leaf[1].guard, LEAF | MBEDGUARD_SHARED) == 0);
    EXPECT(mbedguard_unlock(&leaf[2]) == 0);
    EXPECT(mbedguard_unlock(&leaf[0]) == 0);
    EXPECT(mbedguard_unlock(&leaf[0]) == MBEDGUARD_ERR_NOT_LOCKED);
    return use_all();
}

START_TEST(first_handler_of_the_child_finds_a_child)
{
    pthread_t thread = start_thread(hold_leaf, NULL);

    gate_wait(&come, 1);
    at_child = find_broken_and_mend;
    ck_assert_int_eq(mbedguard_lock(&leaf[0]), 0);
    ck_assert_int_eq(mbedguard_enter(&leaf[1].guard, LEAF | MBEDGUARD_SHARED, "a"), 0);
    ck_assert_int_eq(in_child(still_locked), 0);
    ck_assert_int_eq(mbedguard_leave(&leaf[1].guard, LEAF | MBEDGUARD_SHARED), 0);
    ck_assert_int_eq(mbedguard_unlock(&leaf[0]), 0);
    gate_add(&go);
    (void) join_thread(thread);
}
END_TEST

static pthread_t grandchild;

static int start_a_thread(void)
{
    int ret = use_all();

    gate_reset(&come);
    gate_reset(&go);
    grandchild = start_thread(hold_leaf, NULL);
    gate_wait(&come, 1);
    return ret;
}

static int thread_is_not_forgotten(void)
{
    EXPECT(born == 0);
    gate_add(&go);
    EXPECT(mbedguard_lock(&leaf[2]) == 0);
    EXPECT(mbedguard_unlock(&leaf[2]) == 0);
    (void) join_thread(grandchild);
    return use_all();
}

/* What was done for the first handler of the child is not done again to its threads. */
START_TEST(threads_of_a_handler_of_the_child)
{
    at_child = start_a_thread;
    ck_assert_int_eq(in_child(thread_is_not_forgotten), 0);
}
END_TEST

static int child_in_a_call(void)
{
    EXPECT(prepared == 0);
    EXPECT(born == 0);
    return use_counted();
}

/* The process forks in a callback: a call is in progress all the time. */
START_TEST(fork_in_the_middle_of_a_call)
{
    toy_ssl ssl;

    at_all(use_counted);
    ck_assert_int_eq(mbedguard_object_init(&toy_ssl_type, &ssl, "a"), 0);
    ck_assert_int_eq(mbedguard_enter(&ssl.guard, SSL | MBEDGUARD_CALLS_OUT, "a"), 0);
    ck_assert_int_eq(in_child(child_in_a_call), 0);
    ck_assert_int_eq(prepared, 0);
    ck_assert_int_eq(in_parent, 0);
    ck_assert_int_eq(mbedguard_leave(&ssl.guard, SSL | MBEDGUARD_CALLS_OUT), 0);
    ck_assert_int_eq(mbedguard_enter(&leaf[0].guard, LEAF, "quick"), 0);
    ck_assert_int_eq(in_child(child_in_a_call), 0);
    ck_assert_int_eq(prepared, 0);
    ck_assert_int_eq(in_parent, 0);
    ck_assert_int_eq(mbedguard_leave(&leaf[0].guard, LEAF), 0);
    ck_assert_int_eq(use_all(), 0);
}
END_TEST

/* One more fork, whose handlers fork no more. */
static int fork_once_more(void)
{
    int status = -1;
    pid_t child;

    at_all(use_counted);
    child = fork();
    if (child == 0) {
        (void) alarm(TEST_SECONDS - 10);
        _exit(child_in_a_call() != 0 ? 1 : use_all());
    }
    EXPECT(child > 0 && waitpid(child, &status, 0) == child);
    EXPECT(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    EXPECT(prepared == 0);
    EXPECT(in_parent == 0);
    return 0;
}

static int fork_in_a_handler(void)
{
    EXPECT(fork_once_more() == 0);
    return use_counted();
}

static int fork_after_a_call(void)
{
    EXPECT(use_counted() == 0);
    EXPECT(fork_once_more() == 0);
    return use_counted();
}

/* The handler forks while the locks are let go. */
static int fork_in_a_call(void)
{
    EXPECT(mbedguard_enter(&leaf[1].guard, LEAF | MBEDGUARD_CALLS_OUT, "handler") == 0);
    at_all(NULL);
    EXPECT(in_child(use_counted) == 0);
    EXPECT(mbedguard_leave(&leaf[1].guard, LEAF | MBEDGUARD_CALLS_OUT) == 0);
    return use_counted();
}

START_TEST(handlers_fork)
{
    int (*const bodies[])(void) = { fork_in_a_handler, fork_after_a_call, fork_in_a_call };
    size_t i;

    for (i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        at_prepare = bodies[i];
        fork_and_check();
        at_all(NULL);
        at_child = bodies[i];
        fork_and_check();
        at_all(NULL);
        at_parent = bodies[i];
        fork_and_check();
    }
    ck_assert_int_eq(use_all(), 0);
}
END_TEST

static void *busy(void *unused)
{
    (void) unused;
    while (__atomic_load_n(&stop, __ATOMIC_RELAXED) == 0) {
        if (use_counted() != 0 || use_keepers() != 0)
            return (void *) 1;
    }
    return NULL;
}

static int tables_are_whole(void)
{
    toy_ssl ssl;
    int i;

    EXPECT(prepared == 0);
    EXPECT(born == 0);
    EXPECT(mbedguard_object_init(&toy_ssl_type, &ssl, "child") == 0);
    for (i = 0; i < 3; i++) {
        EXPECT(use_counted() == 0);
        EXPECT(keep_in(&ssl, counted, 1) == 0);
        EXPECT(mbedguard_object_free(&toy_ssl_type, &ssl, "child") == 0);
    }
    return 0;
}

static void *forks(void *unused)
{
    const int times = rounds(50);
    int i;

    (void) unused;
    for (i = 0; i < times; i++) {
        if (in_child(tables_are_whole) != 0 || prepared != 0 || in_parent != 0)
            return (void *) 1;
    }
    return NULL;
}

START_TEST(tables_are_whole_in_children_of_a_busy_process)
{
    pthread_t threads[5];
    int i;

    at_all(use_counted);
    stop = 0;
    for (i = 0; i < 3; i++)
        threads[i] = start_thread(busy, NULL);
    for (; i < 5; i++)
        threads[i] = start_thread(forks, NULL);
    for (i = 3; i < 5; i++)
        ck_assert_ptr_null(join_thread(threads[i]));
    (void) __atomic_exchange_n(&stop, 1, __ATOMIC_RELAXED);
    for (i = 0; i < 3; i++)
        ck_assert_ptr_null(join_thread(threads[i]));
}
END_TEST

static void *forks_locked(void *unused)
{
    const int times = rounds(50);
    int i;

    (void) unused;
    for (i = 0; i < times; i++) {
        if (in_child(use_counted) != 0 || prepared != 0 || in_parent != 0)
            return (void *) 1;
    }
    return NULL;
}

START_TEST(two_threads_fork_with_the_same_lock)
{
    pthread_t threads[2];
    int i;

    at_prepare = lock_leaf;
    at_parent = unlock_leaf;
    at_child = unlock_leaf;
    for (i = 0; i < 2; i++)
        threads[i] = start_thread(forks_locked, NULL);
    for (i = 0; i < 2; i++)
        ck_assert_ptr_null(join_thread(threads[i]));
}
END_TEST

static Suite *make_suite(const char *name)
{
    Suite *suite = suite_create(name);

    if (without_fork("children of processes with threads") ||
        with_tsan("children of processes with threads"))
        return suite;
    add_case(suite, "all", handlers_call_what_they_like, setup, teardown);
    add_case(suite, "reference", reference_in_a_handler, setup, teardown);
    add_case(suite, "first call", first_call_of_the_thread_that_forks, setup, teardown);
    add_case(suite, "wait", handler_waits_for_a_thread_that_needs_the_table, setup, teardown);
    add_case(suite, "raw call", raw_call_of_a_handler_waits_for_a_thread, setup, teardown);
    add_case(suite, "child", first_handler_of_the_child_finds_a_child, setup, teardown);
    add_case(suite, "threads of the child", threads_of_a_handler_of_the_child, setup, teardown);
    add_case(suite, "in a call", fork_in_the_middle_of_a_call, setup, teardown);
    add_case(suite, "nested", handlers_fork, setup, teardown);
    if (with_asan("fork beside threads that allocate"))
        return suite;
    add_case(suite, "lock", locked_from_prepare_to_the_end, setup, teardown);
    add_case(suite, "tables", tables_are_whole_in_children_of_a_busy_process, setup, teardown);
    add_case(suite, "two", two_threads_fork_with_the_same_lock, setup, teardown);
    return suite;
}

int main(void)
{
    /* Before the first guarded call, so before the library's own. */
    if (pthread_atfork(prepare_handler, parent_handler, child_handler) != 0)
        return EXIT_FAILURE;
    return run_suites(make_suite, "handlers of fork");
}
