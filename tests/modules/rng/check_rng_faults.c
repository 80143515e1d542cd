/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * mbedguard_rng: the nth allocation fails, and the nth lock. The call that meets it says so and gives
 * no bytes, nothing stays locked, and all works afterwards. Linked with --wrap for malloc, calloc and
 * pthread_mutex_lock.
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "core/await.h"
#include "modules/rng/source.h"

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
int __real_pthread_mutex_lock(pthread_mutex_t *mutex);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
int __wrap_pthread_mutex_lock(pthread_mutex_t *mutex);

/* The call of this thread that fails: 1 is the next one, 0 none. */
static _Thread_local int alloc_fail_in, lock_fail_in;

static bool fails(int *fail_in)
{
    return *fail_in > 0 && (*fail_in)-- == 1;
}

void *__wrap_malloc(size_t size)
{
    return fails(&alloc_fail_in) ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails(&alloc_fail_in) ? NULL : __real_calloc(count, size);
}

int __wrap_pthread_mutex_lock(pthread_mutex_t *mutex)
{
    return fails(&lock_fail_in) ? EINVAL : __real_pthread_mutex_lock(mutex);
}

static mbedguard_rng_context rng, child;
static struct source source;
static unsigned failures;

static bool step(int ret)
{
    if (ret != 0) {
        LIVE_EQ(ret == MBEDGUARD_ERR_ALLOC_FAILED || ret == MBEDGUARD_ERR_THREADING ||
                    ret == MBEDTLS_ERR_CTR_DRBG_ENTROPY_SOURCE_FAILED,
                true);
        failures++;
    }
    return ret == 0;
}

static void draw(mbedguard_rng_context *ctx, size_t len)
{
    unsigned char out[2000], none[2000] = {0};

    memset(out, 0, sizeof(out));
    if (!step(mbedguard_rng_random(ctx, out, len)))
        LIVE_EQ(memcmp(out, none, len), 0);
    else
        LIVE_EQ(memcmp(out, none, len) != 0, true);
}

/* Once it cannot fail any more, what failed to be freed is freed. */
static void free_surely(mbedguard_rng_context *ctx)
{
    while (!step(mbedguard_rng_free(ctx)))
        ;
}

static void everything(void)
{
    mbedguard_rng_context *counted;

    (void) step(mbedguard_rng_init(&rng));
    (void) step(mbedguard_rng_init(&child));
    (void) step(mbedguard_rng_seed(&rng, source_func, &source, NULL, 0));
    (void) step(mbedguard_rng_seed(&child, mbedguard_rng_random, &rng, NULL, 0));
    draw(&rng, 16);
    draw(&rng, 16);
    (void) step(mbedguard_rng_reseed(&rng, NULL, 0));
    draw(&rng, 2000);
    (void) step(mbedguard_rng_set_prediction_resistance(&child, 1));
    draw(&child, 100);
    (void) step(mbedguard_rng_set_reseed_interval(&rng, 1));
    (void) step(mbedguard_rng_set_entropy_len(&rng, 32));
    draw(&rng, 16);
    /* Anew, with draws from what there was before. */
    (void) step(mbedguard_rng_seed(&rng, source_func, &source, NULL, 0));
    draw(&rng, 16);
    counted = mbedguard_rng_new();
    if (counted == NULL) {
        failures++;
    } else {
        (void) step(mbedguard_rng_seed(counted, source_func, &source, NULL, 0));
        draw(counted, 16);
        free_surely(counted);
    }
    free_surely(&child);
    free_surely(&rng);
}

static void *in_thread(void *fail_in)
{
    /* A thread that has nothing yet needs more than one that has. */
    alloc_fail_in = ((int *) fail_in)[0];
    lock_fail_in = ((int *) fail_in)[1];
    everything();
    ((int *) fail_in)[0] = alloc_fail_in;
    ((int *) fail_in)[1] = lock_fail_in;
    alloc_fail_in = lock_fail_in = 0;
    LIVE_EQ(mbedguard_holds_any(), false);
    return NULL;
}

/* Whether anything failed. */
static bool run(int allocation, int lock)
{
    int fail_in[2] = {allocation, lock};
    pthread_t thread;

    failures = 0;
    ck_assert_int_eq(pthread_create(&thread, NULL, in_thread, fail_in), 0);
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
    live_assert_none();
    return fail_in[0] <= 0 && fail_in[1] <= 0;
}

static void works(void)
{
    (void) run(0, 0);
    ck_assert_uint_eq(failures, 0);
}

START_TEST(nth_allocation_fails)
{
    int n;

    for (n = 1; run(n, 0); n++) {
        ck_assert_uint_gt(failures, 0);
        works();
    }
    ck_assert_int_gt(n, 2);
}
END_TEST

START_TEST(nth_lock_fails)
{
    const int every = live_rounds(10) < 10 ? 17 : 1;
    int n;

    for (n = 1; run(0, n); n += every)
        works();
    ck_assert_int_gt(n, 100);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("faults of a generator for many threads");
    TCase *tc = live_case(suite, "faults");

    tcase_add_test(tc, nth_allocation_fails);
    tcase_add_test(tc, nth_lock_fails);
    return live_run(suite);
}
