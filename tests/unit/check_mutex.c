/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Mutexes of the program's own, as Mbed TLS has them, in every backend. */
#include "support.h"

#include <errno.h>
#include <string.h>

static mbedguard_threading_mutex_t mutex;
static long counter;

static void setup(void)
{
    watchdog_setup();
    backend_setup();
    counter = 0;
    memset(&mutex, 0, sizeof(mutex));
}

static void teardown(void)
{
    backend_teardown();
    watchdog_teardown();
}

/* The types are those of Mbed TLS's variables, under our prefix. */
static void (*volatile const init_pointer)(mbedguard_threading_mutex_t *) = mbedguard_mutex_init;
static void (*volatile const free_pointer)(mbedguard_threading_mutex_t *) = mbedguard_mutex_free;
static int (*volatile const lock_pointer)(mbedguard_threading_mutex_t *) = mbedguard_mutex_lock;
static int (*volatile const unlock_pointer)(mbedguard_threading_mutex_t *) = mbedguard_mutex_unlock;

START_TEST(one_life_after_another)
{
    int i;

    for (i = 0; i < 3; i++) {
        /* Whatever the storage held. */
        memset(&mutex, 0xA5, sizeof(mutex));
        init_pointer(&mutex);
        ck_assert_int_eq(lock_pointer(&mutex), 0);
        ck_assert_int_eq(unlock_pointer(&mutex), 0);
        ck_assert_int_eq(lock_pointer(&mutex), 0);
        ck_assert_int_eq(unlock_pointer(&mutex), 0);
        free_pointer(&mutex);
    }
}
END_TEST

static void expect_unusable(mbedguard_threading_mutex_t *one)
{
    ck_assert_int_eq(mbedguard_mutex_lock(one), MBEDGUARD_MUTEX_BAD_INPUT_DATA);
    ck_assert_int_eq(mbedguard_mutex_unlock(one), MBEDGUARD_MUTEX_BAD_INPUT_DATA);
    /* Freeing what is no mutex is nothing. */
    mbedguard_mutex_free(one);
    ck_assert_int_eq(mbedguard_mutex_lock(one), MBEDGUARD_MUTEX_BAD_INPUT_DATA);
}

START_TEST(what_is_no_mutex_is_told_at_lock)
{
    expect_unusable(&mutex);
    mbedguard_mutex_init(NULL);
    expect_unusable(NULL);
    mbedguard_mutex_init(&mutex);
    mbedguard_mutex_free(&mutex);
    expect_unusable(&mutex);
    ck_assert_int_eq(MBEDGUARD_MUTEX_BAD_INPUT_DATA, -0x001C);
    ck_assert_int_eq(MBEDGUARD_MUTEX_ERROR, -0x001E);
}
END_TEST

#if !defined(MBEDGUARD_THREADING_NONE)

#define THREADS 4
#define TURNS   20000

static void *count_up(void *unused)
{
    const int turns = rounds(TURNS);
    int failed = 0;
    int i;

    (void) unused;
    for (i = 0; i < turns; i++) {
        failed |= mbedguard_mutex_lock(&mutex);
        counter++;
        failed |= mbedguard_mutex_unlock(&mutex);
    }
    return (void *) (intptr_t) failed;
}

START_TEST(one_thread_at_a_time)
{
    pthread_t threads[THREADS];
    int i;

    mbedguard_mutex_init(&mutex);
    for (i = 0; i < THREADS; i++)
        threads[i] = start_thread(count_up, NULL);
    for (i = 0; i < THREADS; i++)
        ck_assert_ptr_null(join_thread(threads[i]));
    ck_assert_int_eq(counter, (long) THREADS * rounds(TURNS));
    mbedguard_mutex_free(&mutex);
}
END_TEST

/* It is no guard: no order, and a thread that holds it holds nothing of ours. */
START_TEST(guards_do_not_know_of_it)
{
    toy_leaf leaf;
    toy_ssl ssl;

    memset(&leaf, 0, sizeof(leaf));
    memset(&ssl, 0, sizeof(ssl));
    mbedguard_mutex_init(&mutex);
    ck_assert_int_eq(mbedguard_lock(&leaf), 0);
    ck_assert_int_eq(mbedguard_mutex_lock(&mutex), 0);
    ck_assert_int_eq(mbedguard_unlock(&leaf), 0);
    ck_assert_int_eq(mbedguard_lock(&ssl), 0);
    ck_assert_int_eq(mbedguard_mutex_unlock(&mutex), 0);
    ck_assert_int_eq(mbedguard_unlock(&ssl), 0);
    mbedguard_mutex_free(&mutex);
}
END_TEST

#endif

#if defined(MBEDGUARD_THREADING_PTHREAD)

static bool init_fails;

int __real_pthread_mutex_init(pthread_mutex_t *made, const pthread_mutexattr_t *attributes);
int __wrap_pthread_mutex_init(pthread_mutex_t *made, const pthread_mutexattr_t *attributes);

int __wrap_pthread_mutex_init(pthread_mutex_t *made, const pthread_mutexattr_t *attributes)
{
    return init_fails ? EAGAIN : __real_pthread_mutex_init(made, attributes);
}

static void fail_next_init(void)
{
    init_fails = true;
}

static void fail_no_more(void)
{
    init_fails = false;
}

static gate come;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;

static void *change(void *unused)
{
    (void) unused;
    gate_wait(&come, 1);
    (void) mbedguard_mutex_lock(&mutex);
    counter = 1;
    (void) pthread_cond_signal(&changed);
    (void) mbedguard_mutex_unlock(&mutex);
    return NULL;
}

/* Programs give the member to pthread_cond_wait(), as they do with Mbed TLS's. */
START_TEST(member_serves_a_condition)
{
    pthread_t thread;

    gate_reset(&come);
    mbedguard_mutex_init(&mutex);
    thread = start_thread(change, NULL);
    ck_assert_int_eq(mbedguard_mutex_lock(&mutex), 0);
    gate_add(&come);
    while (counter == 0)
        ck_assert_int_eq(pthread_cond_wait(&changed, &mutex.mutex), 0);
    ck_assert_int_eq(mbedguard_mutex_unlock(&mutex), 0);
    (void) join_thread(thread);
    mbedguard_mutex_free(&mutex);
}
END_TEST

#elif defined(MBEDGUARD_THREADING_ALT)

static void fail_next_init(void)
{
    backend_fail_in = 1;
}

static void fail_no_more(void)
{
    backend_fail_in = 0;
}

START_TEST(without_a_backend_there_is_none)
{
    mbedguard_mutex_init(&mutex);
    ck_assert_int_eq(mbedguard_mutex_lock(&mutex), 0);
    ck_assert_int_eq(mbedguard_mutex_unlock(&mutex), 0);
    ck_assert_int_eq(mbedguard_threading_free_alt(), 0);
    expect_unusable(&mutex);
    mbedguard_mutex_init(&mutex);
    expect_unusable(&mutex);
    backend_setup();
    expect_unusable(&mutex);
    mbedguard_mutex_init(&mutex);
    ck_assert_int_eq(mbedguard_mutex_lock(&mutex), 0);
    ck_assert_int_eq(mbedguard_mutex_unlock(&mutex), 0);
    mbedguard_mutex_free(&mutex);
}
END_TEST

START_TEST(code_of_the_backend_is_passed_on)
{
    mbedguard_mutex_init(&mutex);
    backend_fail_in = 1;
    ck_assert_int_eq(mbedguard_mutex_lock(&mutex), -1);
    ck_assert_int_eq(mbedguard_mutex_lock(&mutex), 0);
    ck_assert_int_eq(mbedguard_mutex_unlock(&mutex), 0);
    mbedguard_mutex_free(&mutex);
}
END_TEST

#endif

#if !defined(MBEDGUARD_THREADING_NONE)

START_TEST(failed_init_is_told_at_lock)
{
#if defined(MBEDGUARD_THREADING_ALT)
    if (backend_wanted == BACKEND_FOUR)
        return; /* its init has no result, and cannot fail */
#endif
    fail_next_init();
    mbedguard_mutex_init(&mutex);
    fail_no_more();
    expect_unusable(&mutex);
    mbedguard_mutex_init(&mutex);
    ck_assert_int_eq(mbedguard_mutex_lock(&mutex), 0);
    ck_assert_int_eq(mbedguard_mutex_unlock(&mutex), 0);
    mbedguard_mutex_free(&mutex);
}
END_TEST

#endif

static Suite *make_suite(const char *name)
{
    Suite *suite = suite_create(name);
    TCase *tc = tcase_create("mutex");

    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_set_timeout(tc, TEST_SECONDS);
    tcase_add_test(tc, one_life_after_another);
    tcase_add_test(tc, what_is_no_mutex_is_told_at_lock);
#if !defined(MBEDGUARD_THREADING_NONE)
    tcase_add_test(tc, one_thread_at_a_time);
    tcase_add_test(tc, guards_do_not_know_of_it);
    tcase_add_test(tc, failed_init_is_told_at_lock);
#endif
#if defined(MBEDGUARD_THREADING_PTHREAD)
    tcase_add_test(tc, member_serves_a_condition);
#elif defined(MBEDGUARD_THREADING_ALT)
    tcase_add_test(tc, without_a_backend_there_is_none);
    tcase_add_test(tc, code_of_the_backend_is_passed_on);
#endif
    suite_add_tcase(suite, tc);
    return suite;
}

int main(void)
{
    return run_suites(make_suite, "mutexes of the program");
}
