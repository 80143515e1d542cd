/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* One cookie context, many threads: side by side, during changes, after fork(). */
#if !defined(_POSIX_C_SOURCE)
#define _POSIX_C_SOURCE 200809L
#endif

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cookies.h"

#define THREADS       4
#define CHILD_SECONDS (LIVE_SECONDS / 3)
#define LONG          1000000ul /* for a test: seconds, or cookies that others make */

/* ---- Many threads ------------------------------------------------------------------------------ */

static void make_and_check(unsigned number, void *data)
{
    struct cookie cookie;
    char client[32];
    unsigned i;

    (void) data;
    (void) snprintf(client, sizeof client, "thread %u", number);
    for (i = 0; i < live_rounds(2000); i++) {
        if (number == 0) {
            LIVE_EQ(mbedguard_ssl_cookie_set_timeout(&cookies_ours, LONG + i), 0);
            continue;
        }
        LIVE_EQ(cookie_make(&cookies_ours, client, &cookie), 0);
        LIVE_EQ(cookie_check(&cookies_ours, client, &cookie), 0);
        LIVE_EQ(cookie_check(&cookies_ours, "nobody", &cookie), COOKIE_MISMATCH);
/* else the raw context is one thread's alone, or would have to know how many were made */
#if defined(MBEDTLS_THREADING_C) && !COOKIE_PSA && defined(MBEDTLS_HAVE_TIME)
        LIVE_EQ(mbedtls_ssl_cookie_check(data, cookie.bytes, cookie.length,
                                         (const unsigned char *) client, strlen(client)),
                0);
#endif
    }
}

START_TEST(storm)
{
    cookies_set_up();
    ck_assert_int_eq(mbedguard_ssl_cookie_set_timeout(&cookies_ours, LONG), 0);
    live_threads(THREADS, make_and_check, &cookies_raw);
    cookies_tear_down();
}
END_TEST

#if !defined(MBEDTLS_HAVE_TIME)
#define NUMBERED 16000 /* cookies of each thread: all numbers have two bytes */

static _Atomic unsigned char given[THREADS * NUMBERED];

static void number_cookies(unsigned number, void *data)
{
    struct cookie cookie;
    unsigned i;

    (void) number;
    (void) data;
    for (i = 0; i < live_rounds(NUMBERED); i++) {
        uint32_t serial;

        LIVE_EQ(cookie_make(&cookies_ours, "a", &cookie), 0);
        serial = (uint32_t) cookie.bytes[2] << 8 | cookie.bytes[3];
        LIVE_EQ(serial < sizeof given, true);
        if (serial < sizeof given)
            LIVE_EQ(given[serial]++, 0);
    }
}

START_TEST(numbers_given_once)
{
    cookies_set_up();
    live_threads(THREADS, number_cookies, NULL);
    cookies_tear_down();
}
END_TEST
#endif

#if defined(MBEDTLS_HAVE_TIME)
static void meet_in_call(unsigned number, void *data)
{
    struct cookie cookie;

    (void) data;
    LIVE_EQ(cookie_make(&cookies_ours, "m", &cookie), 0);
    cookie_at_clock = COOKIE_MEET;
    if (number == 0)
        LIVE_EQ(cookie_make(&cookies_ours, "m", &cookie), 0);
    else
        LIVE_EQ(cookie_check(&cookies_ours, "m", &cookie), 0);
}

START_TEST(two_at_once)
{
    cookies_set_up();
    live_threads(2, meet_in_call, NULL);
    ck_assert(!atomic_load(&cookie_missed));
    cookies_tear_down();
}
END_TEST
#endif

/* ---- Freed, set up, locked while in use -------------------------------------------------------- */

static void change_or_use(unsigned number, void *data)
{
    struct cookie cookie;
    unsigned i;
    int ret;

    (void) data;
    for (i = 0; i < live_rounds(400); i++) {
        if (number == 0) {
            LIVE_EQ(mbedguard_ssl_cookie_free(&cookies_ours), 0);
            (void) sched_yield();
            LIVE_EQ(mbedguard_ssl_cookie_setup(&cookies_ours, cookie_draw, NULL), 0);
        } else if (cookie_make(&cookies_ours, "a", &cookie) == 0) {
            ret = cookie_check(&cookies_ours, "a", &cookie);
            LIVE_EQ(ret == 0 || ret == -1 || ret == COOKIE_MISMATCH, true);
        }
    }
}

START_TEST(freed_while_in_use)
{
    cookies_set_up();
    live_threads(THREADS, change_or_use, NULL);
    cookies_tear_down();
}
END_TEST

static atomic_uint locked, made;

static void lock_or_make(unsigned number, void *data)
{
    struct cookie cookie;
    unsigned i;

    (void) data;
    if (number != 0) {
        while (atomic_load(&locked) == 0)
            (void) sched_yield();
        LIVE_EQ(cookie_make(&cookies_ours, "a", &cookie), 0);
        atomic_fetch_add(&made, 1);
        return;
    }
    LIVE_EQ(mbedguard_lock(&cookies_ours), 0);
    atomic_store(&locked, 1);
    for (i = 0; i < 2000; i++) {
        (void) sched_yield();
        LIVE_EQ(atomic_load(&made), 0);
    }
    LIVE_EQ(mbedguard_unlock(&cookies_ours), 0);
}

START_TEST(lock_keeps_others_out)
{
    cookies_set_up();
    atomic_store(&locked, 0);
    atomic_store(&made, 0);
    live_threads(3, lock_or_make, NULL);
    ck_assert_uint_eq(atomic_load(&made), 2);
    cookies_tear_down();
}
END_TEST

/* ---- fork() ------------------------------------------------------------------------------------ */

static atomic_bool stop;

#if defined(MBEDTLS_HAVE_TIME)
static void *stay_in_call(void *data)
{
    struct cookie cookie;

    cookie_at_clock = COOKIE_STAY;
    LIVE_EQ(cookie_make(&cookies_ours, "s", &cookie), 0);
    return data;
}
#endif

static void *make_until_stopped(void *data)
{
    struct cookie cookie;

    while (!atomic_load(&stop))
        LIVE_EQ(cookie_make(&cookies_ours, "a", &cookie), 0);
    return data;
}

/*
 * The end of a child: by a signal where all is well, so that no tool looks for leaks in a process that
 * lost the stacks of its threads.
 */
static void end_child(int result)
{
    if (result == 0)
        (void) raise(SIGKILL);
    _exit(result);
}

static int use_in_child(const struct cookie *cookie)
{
    struct cookie mine;
    unsigned i;

#if COOKIE_PSA
    /* Who was in the store at that moment may have left it broken, and says so once for all. */
    if (cookie_check(&cookies_ours, "p", cookie) == MBEDGUARD_ERR_BROKEN)
        return cookie_make(&cookies_ours, "c", &mine) == MBEDGUARD_ERR_BROKEN ? 0 : 5;
#endif
    for (i = 0; i < 40; i++) {
        if (cookie_check(&cookies_ours, "p", cookie) != 0)
            return 1;
        if (cookie_make(&cookies_ours, "c", &mine) != 0 || cookie_check(&cookies_ours, "c", &mine) != 0)
            return 2;
    }
    if (mbedguard_ssl_cookie_set_timeout(&cookies_ours, 9) != 0)
        return 3;
    return mbedguard_ssl_cookie_free(&cookies_ours) == 0 ? 0 : 4;
}

#if defined(MBEDTLS_HAVE_TIME)
/* Two threads are in the middle of a call, each in a lane: the child makes these anew. */
START_TEST(forked_in_the_middle)
{
    pthread_t threads[2];
    struct cookie cookie;
    int status = 0;
    unsigned i;
    pid_t child;

    cookies_set_up();
    ck_assert_int_eq(cookie_make(&cookies_ours, "p", &cookie), 0);
    for (i = 0; i < 2; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, stay_in_call, NULL), 0);
    cookie_wait_for(&cookie_inside, 2);
    child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        alarm(CHILD_SECONDS);
        end_child(use_in_child(&cookie));
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(WIFSIGNALED(status) ? WTERMSIG(status) : -WEXITSTATUS(status), SIGKILL);
    atomic_store(&cookie_may_leave, 1);
    for (i = 0; i < 2; i++)
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
    ck_assert(!atomic_load(&cookie_missed));
    live_assert_none();
    cookies_tear_down();
}
END_TEST
#endif

START_TEST(forked_while_in_use)
{
    pthread_t threads[2];
    struct cookie cookie;
    unsigned i, round;
    int status;

    cookies_set_up();
    atomic_store(&stop, false);
    /* However long it takes, and however many others are made. */
    ck_assert_int_eq(mbedguard_ssl_cookie_set_timeout(&cookies_ours, 0), 0);
    ck_assert_int_eq(cookie_make(&cookies_ours, "p", &cookie), 0);
    for (i = 0; i < 2; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, make_until_stopped, NULL), 0);
    for (round = 0; round < live_rounds(60); round++) {
        const pid_t child = fork();

        ck_assert_int_ge(child, 0);
        if (child == 0) {
            alarm(CHILD_SECONDS);
            end_child(use_in_child(&cookie));
        }
        ck_assert_int_eq(waitpid(child, &status, 0), child);
        ck_assert_int_eq(WIFSIGNALED(status) ? WTERMSIG(status) : -WEXITSTATUS(status), SIGKILL);
    }
    atomic_store(&stop, true);
    for (i = 0; i < 2; i++)
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
    live_assert_none();
    cookies_tear_down();
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("ssl_cookie_threads");
    TCase *const tc = live_case(suite, "threads");

#if defined(MBEDTLS_HAVE_TIME)
    if (!live_takes_turns()) {
        tcase_add_test(tc, two_at_once);
        tcase_add_test(tc, forked_in_the_middle);
    }
#else
    tcase_add_test(tc, numbers_given_once);
#endif
    tcase_add_test(tc, storm);
    tcase_add_test(tc, freed_while_in_use);
    tcase_add_test(tc, lock_keeps_others_out);
    tcase_add_test(tc, forked_while_in_use);
    return live_run(suite);
}
