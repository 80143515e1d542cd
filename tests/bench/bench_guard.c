/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * What a guarded call costs when nobody is in its way: the time of an enter and a leave beside the
 * time of a bare mutex pair, in a process with a second thread, since glibc's locks are cheaper
 * without one. Prints `guard-overhead mutex_ns added_ns added/mutex`, a median of alternating runs.
 */
#define _POSIX_C_SOURCE 200809L

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "core/enter.h"

#define RUNS  201
#define LOOPS 20000

static pthread_mutex_t bare = PTHREAD_MUTEX_INITIALIZER;
static mbedguard_guard guard;
static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

int mbedguard_library_start(void)
{
    return 0;
}

mbedguard_want mbedguard_library_locks_with(unsigned rank)
{
    const mbedguard_want nothing = {NULL, 0};

    (void) rank;
    return nothing;
}

void mbedguard_library_unlocks(void *object, size_t size, unsigned rank)
{
    (void) object;
    (void) size;
    (void) rank;
}

static void *second_thread(void *unused)
{
    (void) unused;
    (void) pthread_mutex_lock(&gate);
    (void) pthread_mutex_unlock(&gate);
    return NULL;
}

static double now_ns(void)
{
    struct timespec t;

    (void) clock_gettime(CLOCK_MONOTONIC, &t);
    return (double) t.tv_sec * 1e9 + (double) t.tv_nsec;
}

static double mutex_pair(void)
{
    double start = now_ns();
    int i;

    for (i = 0; i < LOOPS; i++) {
        (void) pthread_mutex_lock(&bare);
        (void) pthread_mutex_unlock(&bare);
    }
    return (now_ns() - start) / LOOPS;
}

static double guarded_call(void) MBEDGUARD_NO_ANALYSIS
{
    double start = now_ns();
    int i;

    for (i = 0; i < LOOPS; i++) {
        if (mbedguard_enter(&guard, MBEDGUARD_RANK_LEAF, "bench") != 0 ||
            mbedguard_leave(&guard, MBEDGUARD_RANK_LEAF) != 0)
            abort();
    }
    return (now_ns() - start) / LOOPS;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *) a;
    double y = *(const double *) b;

    return (x > y) - (x < y);
}

static double median(double *values)
{
    qsort(values, RUNS, sizeof(*values), by_value);
    return values[RUNS / 2];
}

int main(void)
{
    double mutex_ns[RUNS];
    double added_ns[RUNS];
    double mutex;
    double added;
    pthread_t thread;
    int i;

    (void) pthread_mutex_lock(&gate);
    if (pthread_create(&thread, NULL, second_thread, NULL) != 0)
        return 1;
    for (i = 0; i < RUNS; i++) {
        mutex_ns[i] = mutex_pair();
        added_ns[i] = guarded_call();
    }
    (void) pthread_mutex_unlock(&gate);
    (void) pthread_join(thread, NULL);
    mutex = median(mutex_ns);
    added = median(added_ns);
    (void) printf("guard-overhead %.1f %.1f %.2f\n", mutex, added, added / mutex);
    return 0;
}
