/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* POSIX threads: waiting, cancellation, the end of threads, fork. */
#define _GNU_SOURCE /* pthread_getattr_np(), pthread_cond_clockwait() */

#include "core/atomic.h"
#include "core/await.h"
#include "core/gate.h"
#include "core/process.h"

#if defined(MBEDGUARD_THREADING_PTHREAD)

#include <errno.h>
#include <string.h>
#include <time.h>

#if defined(__GLIBC__) && defined(__GLIBC_PREREQ)
#if __GLIBC_PREREQ(2, 30)
#define HAVE_CLOCKWAIT 1
#endif
#endif

/* What can be started once only is not started again after a later step failed. */
static bool handlers_installed;
static uint32_t key_made; /* asked for numbers, too, by threads that did not come by the start */
static pthread_key_t exit_key;

int mbedguard_thread_trylock(mbedguard_backend_mutex *mutex)
{
    int failed = pthread_mutex_trylock(mutex);

    return failed == EBUSY ? 1 : failed == 0 ? 0 : -1;
}

int mbedguard_thread_cond_wait(mbedguard_cond *cond, mbedguard_backend_mutex *mutex)
{
    return pthread_cond_wait(cond, mutex);
}

int mbedguard_thread_cond_broadcast(mbedguard_cond *cond)
{
    return pthread_cond_broadcast(cond);
}

/*
 * Conditions that are made statically, as a child of fork needs them, know the wall clock alone: where
 * a wait cannot name its clock, one second at a time keeps what a change of that clock costs small.
 */
int mbedguard_thread_cond_wait_ms(mbedguard_cond *cond, mbedguard_backend_mutex *mutex,
                                  uint32_t milliseconds)
{
#if defined(HAVE_CLOCKWAIT)
    const clockid_t clock = CLOCK_MONOTONIC;
#else
    const clockid_t clock = CLOCK_REALTIME;
#endif
    struct timespec until;
    int failed;

    if (milliseconds > 1000)
        milliseconds = 1000;
    if (clock_gettime(clock, &until) != 0)
        return MBEDGUARD_ERR_THREADING;
    until.tv_sec += (time_t) (milliseconds / 1000);
    until.tv_nsec += (long) (milliseconds % 1000) * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
#if defined(HAVE_CLOCKWAIT)
    failed = pthread_cond_clockwait(cond, mutex, clock, &until);
#else
    failed = pthread_cond_timedwait(cond, mutex, &until);
#endif
    return failed == 0 || failed == ETIMEDOUT ? 0 : MBEDGUARD_ERR_THREADING;
}

uintptr_t mbedguard_thread_name(void)
{
    return (uintptr_t) &mbedguard_thread_state;
}

/* Pthreads fail to lock only where the mutex is destroyed: trying again is of no use. */
int mbedguard_thread_lock_stubborn(mbedguard_backend_mutex *mutex)
{
    return pthread_mutex_lock(mutex);
}

int mbedguard_thread_make(mbedguard_backend_mutex *mutex)
{
    return pthread_mutex_init(mutex, NULL);
}

void mbedguard_thread_unmake(mbedguard_backend_mutex *mutex)
{
    (void) pthread_mutex_destroy(mutex);
}

static void at_exit_of_thread(void *thread)
{
    mbedguard_exit_thread(thread);
}

static int make_buckets(void)
{
    unsigned i;

    for (i = 0; i < MBEDGUARD_PARK_BUCKETS; i++) {
        if (pthread_mutex_init(&mbedguard_process.park[i].mutex.raw, NULL) != 0 ||
            pthread_cond_init(&mbedguard_process.park[i].cond, NULL) != 0)
            return MBEDGUARD_ERR_THREADING;
    }
    return 0;
}

int mbedguard_thread_start(void)
{
    static const pthread_mutex_t initializer = PTHREAD_MUTEX_INITIALIZER;
    static const pthread_mutex_t zero;

    if (memcmp(&initializer, &zero, sizeof(zero)) != 0)
        mbedguard_set_slow(mbedguard_process.slow | MBEDGUARD_SLOW_MAKE);
    if (mbedguard_load(&key_made) == 0) {
        /* A fork that shuts the gate cannot make it any more. */
        if (make_buckets() != 0 || mbedguard_gate_doors() == 0)
            return MBEDGUARD_ERR_THREADING;
        if (pthread_key_create(&exit_key, at_exit_of_thread) != 0)
            return MBEDGUARD_ERR_THREADING;
        mbedguard_store(&key_made, 1);
    }
    if (!handlers_installed) {
        if (pthread_atfork(mbedguard_fork_prepare, mbedguard_fork_parent,
                           mbedguard_fork_child) != 0)
            return MBEDGUARD_ERR_ALLOC_FAILED;
        handlers_installed = true;
    }
    return 0;
}

int mbedguard_thread_cancel_off(void)
{
    int state = PTHREAD_CANCEL_ENABLE;

    (void) pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
    return state;
}

void mbedguard_thread_cancel_restore(int state)
{
    (void) pthread_setcancelstate(state, NULL);
}

void mbedguard_thread_run(void (*f)(void *context), void (*lost)(void *context), void *context)
{
    pthread_cleanup_push(lost, context);
    f(context);
    pthread_cleanup_pop(0);
}

int mbedguard_thread_watch_exit(void *thread)
{
    if (mbedguard_load(&key_made) == 0)
        return MBEDGUARD_ERR_THREADING;
    return pthread_setspecific(exit_key, thread) == 0 ? 0 : MBEDGUARD_ERR_ALLOC_FAILED;
}

bool mbedguard_thread_on_stack(const void *address)
{
#if defined(__linux__)
    pthread_attr_t attributes;
    void *base;
    size_t size;
    bool inside = false;

    if (pthread_getattr_np(pthread_self(), &attributes) != 0)
        return false;
    if (pthread_attr_getstack(&attributes, &base, &size) == 0)
        inside = (uintptr_t) address >= (uintptr_t) base &&
                 (uintptr_t) address - (uintptr_t) base < size;
    (void) pthread_attr_destroy(&attributes);
    return inside;
#else
    (void) address;
    return false;
#endif
}

unsigned mbedguard_threading_features(void)
{
    unsigned features = MBEDGUARD_FEATURE_THREADS | MBEDGUARD_FEATURE_SHARED |
                        MBEDGUARD_FEATURE_TRYLOCK | MBEDGUARD_FEATURE_WAIT |
                        MBEDGUARD_FEATURE_FORK | MBEDGUARD_FEATURE_CANCEL;

#if defined(MBEDGUARD_LOCKCHECK)
    features |= MBEDGUARD_FEATURE_LOCKCHECK;
#endif
#if defined(MBEDGUARD_PSA_INSIDE)
    features |= MBEDGUARD_FEATURE_PSA_INSIDE;
#endif
    return features;
}

int mbedguard_threading_set_alt(void (*mutex_init)(mbedguard_threading_mutex_t *),
                                void (*mutex_free)(mbedguard_threading_mutex_t *),
                                int (*mutex_lock)(mbedguard_threading_mutex_t *),
                                int (*mutex_unlock)(mbedguard_threading_mutex_t *))
{
    (void) mutex_init;
    (void) mutex_free;
    (void) mutex_lock;
    (void) mutex_unlock;
    return MBEDGUARD_ERR_UNSUPPORTED;
}

int mbedguard_threading_set_alt_ext(const mbedguard_threading_ops *ops)
{
    (void) ops;
    return MBEDGUARD_ERR_UNSUPPORTED;
}

int mbedguard_threading_free_alt(void)
{
    return MBEDGUARD_ERR_UNSUPPORTED;
}

#endif
