/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Programs that know Mbed TLS only, each with one real race. check_raw_is_caught.sh compiles them
 * as they stand, where helgrind must object or data must be lost, and through the shadow
 * directory, where neither may be: a test of the guard that could not fail would prove nothing.
 *
 * Exit: 0, 1 data was lost, 2 a call failed, 77 this version of Mbed TLS has no such race.
 */
#ifndef RAW_H
#define RAW_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mbedtls/version.h>

#define RAW_THREADS 4

static atomic_int raw_status;
static pthread_barrier_t raw_barrier;

static inline void raw_check(int ok, int status)
{
    if (!ok)
        atomic_store(&raw_status, status);
}

/* A call must succeed; data must be right. */
#define RAW_CALL(call)      raw_check((call) == 0, 2)
#define RAW_DATA(condition) raw_check((condition) ? 1 : 0, 1)

struct raw_thread {
    void (*body)(unsigned number);
    unsigned number;
    pthread_t thread;
};

static inline void *raw_thread_main(void *context)
{
    const struct raw_thread *self = context;

    pthread_barrier_wait(&raw_barrier);
    self->body(self->number);
    return NULL;
}

/* RAW_THREADS threads that start together. */
static inline void raw_threads(void (*body)(unsigned number))
{
    struct raw_thread threads[RAW_THREADS];
    unsigned i;

    pthread_barrier_init(&raw_barrier, NULL, RAW_THREADS);
    for (i = 0; i < RAW_THREADS; i++) {
        threads[i].body = body;
        threads[i].number = i;
        if (pthread_create(&threads[i].thread, NULL, raw_thread_main, &threads[i]) != 0)
            abort();
    }
    for (i = 0; i < RAW_THREADS; i++)
        pthread_join(threads[i].thread, NULL);
    pthread_barrier_destroy(&raw_barrier);
}

static inline int raw_result(void)
{
#if defined(MBEDGUARD_SWITCH_H)
    printf("guarded: %d\n", atomic_load(&raw_status));
#else
    printf("raw: %d\n", atomic_load(&raw_status));
#endif
    return atomic_load(&raw_status);
}

#endif /* RAW_H */
