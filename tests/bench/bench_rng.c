/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * One generator for many threads against Mbed TLS's, with its mutex: draws of 32 bytes, and where the
 * name says so of 16 and 1024. rng-1t: one thread. rng-2t: two threads, whose baseline share one.
 * rng-scaling-2t: guarded both times, two threads over one.
 */
#include "bench/measure.h"

#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>

#include <mbedguard/mbedguard.h>

typedef int draw_function(void *p_rng, unsigned char *output, size_t len);

struct draws {
    draw_function *f_rng;
    void *p_rng;
    size_t len;
    unsigned threads;
    unsigned count; /* of each thread */
};

static void *draw(void *data)
{
    const struct draws *draws = data;
    unsigned char output[1024];
    unsigned i;

    for (i = 0; i < draws->count; i++)
        bench_must(draws->f_rng(draws->p_rng, output, draws->len), "draw");
    return NULL;
}

static void work(void *data, unsigned count)
{
    struct draws *draws = data;

    draws->count = count / draws->threads;
    if (draws->threads == 1)
        (void) draw(draws);
    else
        bench_threads(draws->threads, draw, draws, 0);
}

static void compare(const char *name, struct draws baseline, struct draws guarded)
{
    bench_compare(name, work, &baseline, work, &guarded);
}

int main(void)
{
    static mbedtls_entropy_context entropy;
    static mbedtls_ctr_drbg_context raw;
    static mbedguard_rng_context rng;
    const struct draws raw_draws = {mbedtls_ctr_drbg_random, &raw, 32, 1, 0};
    const struct draws draws = {mbedguard_rng_random, &rng, 32, 1, 0};
    struct draws baseline = raw_draws, guarded = draws;

    mbedtls_entropy_init(&entropy);
    mbedtls_ctr_drbg_init(&raw);
    bench_must(mbedtls_ctr_drbg_seed(&raw, mbedtls_entropy_func, &entropy, NULL, 0), "seed");
    bench_must(mbedguard_rng_init(&rng), "init");
    bench_must(mbedguard_rng_seed(&rng, mbedtls_entropy_func, &entropy, NULL, 0), "seed");

    compare("rng-1t", raw_draws, draws);
    baseline.len = guarded.len = 16;
    compare("rng-1t-16", baseline, guarded);
    baseline.len = guarded.len = 1024;
    compare("rng-1t-1024", baseline, guarded);
    baseline = raw_draws;
    guarded = draws;
    baseline.threads = guarded.threads = 2;
    compare("rng-2t", baseline, guarded);
    compare("rng-scaling-2t", draws, guarded);

    bench_must(mbedguard_rng_free(&rng), "free");
    mbedtls_ctr_drbg_free(&raw);
    mbedtls_entropy_free(&entropy);
    return 0;
}
