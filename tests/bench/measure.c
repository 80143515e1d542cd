/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Runs of two kinds in turns, and their medians. */
#include "bench/measure.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define PAIRS       41
#define RUN_SECONDS 0.02

void bench_must(int ret, const char *what)
{
    if (ret != 0) {
        (void) fprintf(stderr, "%s: %s-0x%04X\n", what, ret > 0 ? "-" : "",
                       (unsigned) (ret > 0 ? ret : -ret));
        exit(1);
    }
}

/*
 * The threads stay from one run to the next: what is measured is what threads do, not how they begin
 * and end.
 */
static struct worker {
    void *(*body)(void *);
    void *data;
} workers[BENCH_THREADS_MAX];
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t begun = PTHREAD_COND_INITIALIZER, done = PTHREAD_COND_INITIALIZER;
static unsigned hired, working;

static void *serve(void *data)
{
    struct worker *const self = data;

    bench_must(pthread_mutex_lock(&mutex), "lock");
    for (;;) {
        while (self->body == NULL)
            bench_must(pthread_cond_wait(&begun, &mutex), "wait");
        bench_must(pthread_mutex_unlock(&mutex), "unlock");
        (void) self->body(self->data);
        bench_must(pthread_mutex_lock(&mutex), "lock");
        self->body = NULL;
        working--;
        bench_must(pthread_cond_signal(&done), "signal");
    }
    return NULL;
}

static void hire(void)
{
    pthread_t thread;

    bench_must(pthread_create(&thread, NULL, serve, &workers[hired++]), "thread");
    bench_must(pthread_detach(thread), "detach");
}

void bench_threads(unsigned count, void *(*body)(void *), void *data, size_t size)
{
    unsigned i;

    bench_must(count > BENCH_THREADS_MAX, "too many threads");
    bench_must(pthread_mutex_lock(&mutex), "lock");
    while (hired < count)
        hire();
    for (i = 0; i < count; i++) {
        workers[i].data = (char *) data + i * size;
        workers[i].body = body;
    }
    working = count;
    bench_must(pthread_cond_broadcast(&begun), "broadcast");
    while (working != 0)
        bench_must(pthread_cond_wait(&done, &mutex), "wait");
    bench_must(pthread_mutex_unlock(&mutex), "unlock");
}

void bench_divide(unsigned threads, void *(*body)(void *), unsigned work)
{
    unsigned parts[BENCH_THREADS_MAX];
    unsigned i;

    bench_must(threads > BENCH_THREADS_MAX, "too many threads");
    for (i = 0; i < threads; i++)
        parts[i] = work / threads;
    bench_threads(threads, body, parts, sizeof(parts[0]));
}

double bench_now(void)
{
    struct timespec now;

    bench_must(clock_gettime(CLOCK_MONOTONIC, &now), "clock");
    return (double) now.tv_sec + 1e-9 * (double) now.tv_nsec;
}

static double seconds(bench_work *work, void *data, unsigned count)
{
    const double from = bench_now();

    work(data, count);
    return bench_now() - from;
}

/* As many as take long enough to be timed. */
static unsigned fitting_count(bench_work *work, void *data)
{
    unsigned count = 4;

    while (count < 1u << 24 && seconds(work, data, count) < RUN_SECONDS)
        count *= 2;
    return count;
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *) a;
    const double y = *(const double *) b;

    return (x > y) - (x < y);
}

static double median(double *values)
{
    qsort(values, PAIRS, sizeof(*values), by_value);
    return values[PAIRS / 2];
}

void bench_compare(const char *name, bench_work *baseline, void *baseline_data, bench_work *guarded,
                   void *guarded_data)
{
    const unsigned count = fitting_count(baseline, baseline_data);
    double rates[2][PAIRS], ratios[PAIRS];
    double medians[2];
    int i;

    /* The first run of a kind pays for what is done once. */
    (void) seconds(guarded, guarded_data, count);
    for (i = 0; i < PAIRS; i++) {
        double took[2] = {0, 0};

        /* Who is second in one pair is first in the next. */
        if (i % 2 != 0)
            took[1] = seconds(guarded, guarded_data, count);
        took[0] = seconds(baseline, baseline_data, count);
        if (i % 2 == 0)
            took[1] = seconds(guarded, guarded_data, count);
        rates[0][i] = (double) count / took[0];
        rates[1][i] = (double) count / took[1];
        ratios[i] = took[0] / took[1];
    }
    medians[0] = median(rates[0]);
    medians[1] = median(rates[1]);
    (void) printf("%s %.1f %.1f %.3f\n", name, medians[0], medians[1], median(ratios));
    (void) fflush(stdout);
}
