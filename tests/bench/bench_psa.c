/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * PSA by two threads, each with a key of its own. The baseline is raw use without a race: what one
 * thread does on a store of its own cannot be had in one process, but two threads that use two
 * volatile keys, and nothing else, have nothing in common in any version. With `-mutex`, the baseline
 * is raw use under one mutex around every call.
 *
 * psa-latency-during-rsa4096 is the rate of the slowest signature of one thread while another generates
 * an RSA key: raw under one mutex, and guarded.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "bench/measure.h"
#include "bench/psa_side.h"

#define THREADS 2

static pthread_mutex_t one_mutex = PTHREAD_MUTEX_INITIALIZER;

struct part {
    void (*use)(uint32_t key);
    pthread_mutex_t *mutex;
    uint32_t key;
    unsigned count;
};

/* Where there is one. */
static void lock(pthread_mutex_t *mutex)
{
    if (mutex != NULL)
        bench_must(pthread_mutex_lock(mutex), "lock");
}

static void unlock(pthread_mutex_t *mutex)
{
    if (mutex != NULL)
        bench_must(pthread_mutex_unlock(mutex), "unlock");
}

static void *use_key(void *data)
{
    const struct part *part = data;
    unsigned i;

    for (i = 0; i < part->count; i++) {
        lock(part->mutex);
        part->use(part->key);
        unlock(part->mutex);
    }
    return NULL;
}

static void both(void *data, unsigned count)
{
    struct part *parts = data;
    unsigned i;

    for (i = 0; i < THREADS; i++)
        parts[i].count = count / THREADS;
    bench_threads(THREADS, use_key, parts, sizeof(*parts));
}

static void compare(const char *name, void (*raw)(uint32_t), void (*guarded)(uint32_t),
                    uint32_t (*make)(void))
{
    struct part raw_parts[THREADS], mutex_parts[THREADS], guarded_parts[THREADS];
    char text[64];
    unsigned i;

    for (i = 0; i < THREADS; i++) {
        const uint32_t key = make != NULL ? make() : 0;

        raw_parts[i] = (struct part){raw, NULL, key, 0};
        mutex_parts[i] = (struct part){raw, &one_mutex, key, 0};
        guarded_parts[i] = (struct part){guarded, NULL, key, 0};
    }
    bench_compare(name, both, raw_parts, both, guarded_parts);
    (void) snprintf(text, sizeof(text), "%s-mutex", name);
    bench_compare(text, both, mutex_parts, both, guarded_parts);
    for (i = 0; make != NULL && i < THREADS; i++)
        bench_psa_guarded.end(raw_parts[i].key);
}

/* ---- Beside the generation of a slow key ----------------------------------------------------- */

struct slow {
    void (*make)(void);
    void (*sign)(uint32_t key);
    pthread_mutex_t *mutex;
    uint32_t key;
    atomic_uint done;
};

static void *make_slow_key(void *data)
{
    struct slow *slow = data;

    lock(slow->mutex);
    slow->make();
    unlock(slow->mutex);
    atomic_store(&slow->done, 1);
    return NULL;
}

/* The rate at which this thread could sign if each signature took as long as the longest did. */
static double slowest_rate(struct slow *slow)
{
    double longest = 0;
    pthread_t thread;

    bench_must(pthread_create(&thread, NULL, make_slow_key, slow), "thread");
    while (atomic_load(&slow->done) == 0) {
        const double from = bench_now();
        double took;

        lock(slow->mutex);
        slow->sign(slow->key);
        unlock(slow->mutex);
        took = bench_now() - from;
        longest = took > longest ? took : longest;
    }
    bench_must(pthread_join(thread, NULL), "join");
    return 1 / longest;
}

static void compare_latency(void)
{
    const uint32_t key = bench_psa_guarded.make_signer();
    struct slow raw = {bench_psa_raw.make_rsa4096, bench_psa_raw.sign, &one_mutex, key, 0};
    struct slow guarded = {bench_psa_guarded.make_rsa4096, bench_psa_guarded.sign, NULL, key, 0};
    const double one = slowest_rate(&raw);
    const double other = slowest_rate(&guarded);

    (void) printf("psa-latency-during-rsa4096 %.3f %.3f %.3f\n", one, other, other / one);
    bench_psa_guarded.end(key);
}

int main(void)
{
    bench_psa_guarded.open();
    compare("psa-sign-2keys-2t", bench_psa_raw.sign, bench_psa_guarded.sign,
            bench_psa_guarded.make_signer);
    compare("psa-hash-2t", bench_psa_raw.hash, bench_psa_guarded.hash, NULL);
    compare("psa-gcm-2keys-2t", bench_psa_raw.gcm, bench_psa_guarded.gcm,
            bench_psa_guarded.make_cipher);
    compare_latency();
    bench_psa_guarded.close();
    return 0;
}
