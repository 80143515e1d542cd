/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * An alternative threading backend on next to nothing: a spinlock of one C11
 * atomic_flag, and a function that names the thread which runs. There is no
 * condition variable, so shared mode is exclusive; and thread-local storage of
 * the compiler is not needed, since the backend names the threads.
 *
 * Four threads then count on a guarded counter. They are POSIX threads only
 * because something has to run: on a small system the two functions at the
 * bottom of the backend would be those of its scheduler.
 */
#define _POSIX_C_SOURCE 200809L

#include <assert.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>

#include <mbedguard/guard.h>
#include <mbedguard/threading.h>

#if defined(MBEDGUARD_THREADING_ALT)

static_assert(sizeof(atomic_flag) <= sizeof(mbedguard_threading_mutex_t),
              "a spinlock has to fit");

/* What the scheduler of the system would do. */
static void let_others_run(void)
{
    (void) sched_yield();
}

static uintptr_t number_of_this_thread(void)
{
    return (uintptr_t) pthread_self();
}

static atomic_flag *flag(mbedguard_threading_mutex_t *mutex)
{
    return (atomic_flag *) (void *) mutex;
}

static int spin_init(mbedguard_threading_mutex_t *mutex)
{
    atomic_flag_clear(flag(mutex));
    return 0;
}

static int spin_free(mbedguard_threading_mutex_t *mutex)
{
    (void) mutex;
    return 0;
}

static int spin_lock(mbedguard_threading_mutex_t *mutex)
{
    while (atomic_flag_test_and_set_explicit(flag(mutex),
                                             memory_order_acquire))
        let_others_run();
    return 0;
}

static int spin_unlock(mbedguard_threading_mutex_t *mutex)
{
    atomic_flag_clear_explicit(flag(mutex), memory_order_release);
    return 0;
}

static int spin_try(mbedguard_threading_mutex_t *mutex)
{
    return atomic_flag_test_and_set_explicit(flag(mutex),
                                             memory_order_acquire) ? 1 : 0;
}

static const mbedguard_threading_ops spinlocks = {
    .version = MBEDGUARD_THREADING_OPS_VERSION,
    .size = sizeof(mbedguard_threading_ops),
    .mutex_init = spin_init,
    .mutex_free = spin_free,
    .mutex_lock = spin_lock,
    .mutex_unlock = spin_unlock,
    .mutex_trylock = spin_try,
    .thread_self = number_of_this_thread,
};

/* A guarded object of our own, made like those of the library. */
typedef struct counter {
    struct {
        long value;
    } unguarded;
    union {
        mbedguard_guard guard;
        unsigned char guard_rank[MBEDGUARD_RANK_SIZE(MBEDGUARD_RANK_LEAF)];
    };
} counter;

/* All-zero bytes are a free guard. */
static counter shared_counter;

static void *count(void *failed)
{
    int i;

    for (i = 0; i < 10000; i++) {
        /* Locks nest: the second one is this thread's already. */
        if (mbedguard_lock(&shared_counter) != 0 ||
            mbedguard_lock(&shared_counter) != 0)
            return failed;
        shared_counter.unguarded.value++;
        if (mbedguard_unlock(&shared_counter) != 0 ||
            mbedguard_unlock(&shared_counter) != 0)
            return failed;
    }
    return NULL;
}

int main(void)
{
    mbedguard_counters counters;
    pthread_t threads[4];
    int failed;
    int i;

    /* Before anything else, and before there are other threads. */
    failed = mbedguard_threading_set_alt_ext(&spinlocks);
    if (failed != 0) {
        puts(mbedguard_error_string(failed));
        return 1;
    }
    /* Possible, since there is a try-lock. */
    failed |= mbedguard_count_acquisitions(1);
    for (i = 0; i < 4; i++) {
        if (pthread_create(&threads[i], NULL, count, &failed) != 0)
            return 1;
    }
    for (i = 0; i < 4; i++) {
        void *result;

        (void) pthread_join(threads[i], &result);
        failed |= result != NULL;
    }
    failed |= mbedguard_get_counters(&shared_counter, &counters);
    printf("counted to %ld, locked %llu times, %llu of them after waiting\n",
           shared_counter.unguarded.value,
           (unsigned long long) counters.acquisitions,
           (unsigned long long) counters.contentions);
    failed |= mbedguard_threading_free_alt();
    return failed != 0 || shared_counter.unguarded.value != 40000;
}

#else

int main(void)
{
    puts("needs mbedguard configured with --with-threading=alt");
    return 77;
}

#endif
