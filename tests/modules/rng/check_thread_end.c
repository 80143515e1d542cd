/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* mbedguard_rng: threads that end, of themselves or in the middle of something. */
#if !defined(_POSIX_C_SOURCE)
#define _POSIX_C_SOURCE 200809L
#endif

#include <pthread.h>
#include <string.h>

#include "modules/rng/pool.h"
#include "modules/rng/source.h"

#define THREADS 4
#define ROUNDS  100

static mbedguard_rng_context rng, second;
static struct source source;

static void seed_one(mbedguard_rng_context *ctx)
{
    ck_assert_int_eq(mbedguard_rng_init(ctx), 0);
    ck_assert_int_eq(mbedguard_rng_seed(ctx, source_func, &source, NULL, 0), 0);
}

static void setup(void)
{
    live_setup();
    memset(&source, 0, sizeof(source));
    seed_one(&rng);
    seed_one(&second);
}

static void teardown(void)
{
    ck_assert_int_eq(mbedguard_rng_free(&rng), 0);
    ck_assert_int_eq(mbedguard_rng_free(&second), 0);
    live_teardown();
}

/* ---- Wiped ----------------------------------------------------------------------------------- */

static bool is_zero(const void *memory, size_t len)
{
    const unsigned char *bytes = memory;
    size_t i = 0;

    while (i < len && bytes[i] == 0)
        i++;
    return i == len;
}

/* Whether there is anything of a seed in the lane of a number. */
static bool is_wiped(const mbedguard_rng_context *ctx, uint32_t number)
{
    mbedguard_rng_lane *lane = &ctx->unguarded.pool->lanes[number % MBEDGUARD_RNG_THREADS].lane;
    bool wiped;

    LIVE_EQ(mbedguard_rng_lane_enter(lane, "test"), 0);
    wiped = !lane->made && !lane->seeded && lane->left == 0 &&
            is_zero(&lane->drbg, sizeof(lane->drbg)) && is_zero(lane->block, sizeof(lane->block));
    LIVE_EQ(mbedguard_rng_lane_leave(lane), 0);
    return wiped;
}

static uint32_t numbers[THREADS];

static void draw_and_end(unsigned number, void *data)
{
    unsigned char out[SOURCE_BLOCK];

    (void) data;
    LIVE_EQ(mbedguard_rng_random(&rng, out, sizeof(out)), 0);
    LIVE_EQ(mbedguard_rng_random(&second, out, sizeof(out)), 0);
    LIVE_EQ(mbedguard_thread_number_to_end(&numbers[number]), 0);
    LIVE_EQ(is_wiped(&rng, numbers[number]), false);
    LIVE_EQ(is_wiped(&second, numbers[number]), false);
    live_meet();
}

START_TEST(wiped_at_the_end)
{
    unsigned char out[SOURCE_BLOCK];
    uint32_t i, k, own;

    ck_assert_int_eq(mbedguard_rng_random(&rng, out, sizeof(out)), 0);
    ck_assert_int_eq(mbedguard_thread_number_to_end(&own), 0);
    live_threads(THREADS, draw_and_end, NULL);
    for (i = 0; i < THREADS; i++) {
        ck_assert_uint_ne(numbers[i], own);
        for (k = 0; k < i; k++)
            ck_assert_uint_ne(numbers[i], numbers[k]);
        ck_assert(is_wiped(&rng, numbers[i]));
        ck_assert(is_wiped(&second, numbers[i]));
    }
    ck_assert(!is_wiped(&rng, own));
    live_assert_none();
}
END_TEST

/* Numbers of threads that ended are given again: else there would be ever less to have. */
START_TEST(numbers_come_back)
{
    unsigned rounds = live_rounds(ROUNDS);
    uint32_t i, own;

    ck_assert_int_eq(mbedguard_thread_number_to_end(&own), 0);
    while (rounds-- != 0) {
        live_threads(THREADS, draw_and_end, NULL);
        for (i = 0; i < THREADS; i++)
            ck_assert_uint_ne(numbers[i], own);
    }
}
END_TEST

START_TEST(wiped_by_free)
{
    const mbedguard_rng_pool *pool = rng.unguarded.pool;
    unsigned char out[SOURCE_BLOCK];
    unsigned i;

    ck_assert_int_eq(mbedguard_rng_random(&rng, out, sizeof(out)), 0);
    ck_assert_int_eq(mbedguard_rng_free(&rng), 0);
    ck_assert_ptr_null(pool->owner);
    ck_assert(is_zero(&pool->parent, sizeof(pool->parent)));
    for (i = 0; i < MBEDGUARD_RNG_THREADS; i++) {
        ck_assert(is_zero(&pool->lanes[i].lane.drbg, sizeof(pool->lanes[i].lane.drbg)));
        ck_assert(is_zero(pool->lanes[i].lane.block, sizeof(pool->lanes[i].lane.block)));
    }
    /* What was freed is what the next one gets: memory has a bound. */
    seed_one(&rng);
    ck_assert_ptr_eq(rng.unguarded.pool, pool);
}
END_TEST

/* An object that was dropped without a free, and one made where it stood. */
START_TEST(dropped)
{
    const mbedguard_rng_pool *pool = rng.unguarded.pool;

    memset(&rng, 0, sizeof(rng));
    seed_one(&rng);
    ck_assert_ptr_eq(rng.unguarded.pool, pool);
    live_threads(THREADS, draw_and_end, NULL);
}
END_TEST

/* No line of the memory is of two generators, nor of one and the parent. */
START_TEST(lines)
{
    const mbedguard_rng_pool *pool = rng.unguarded.pool;
    const char *lane = (const char *) &pool->lanes[0], *next = (const char *) &pool->lanes[1];

    ck_assert_uint_ge((size_t) (next - lane), sizeof(pool->lanes[0].lane) + MBEDGUARD_LANE_APART);
    ck_assert_uint_ge((size_t) (lane - (const char *) &pool->parent),
                      sizeof(pool->parent) + MBEDGUARD_LANE_APART);
}
END_TEST

/* ---- In the entropy function ----------------------------------------------------------------- */

static atomic_bool ends_thread;

static void end_thread(void *data)
{
    bool yes = true;

    (void) data;
    if (atomic_compare_exchange_strong(&ends_thread, &yes, false))
        pthread_exit(NULL);
}

static void end_in_entropy(unsigned number, void *data)
{
    unsigned char out[SOURCE_BLOCK];
    unsigned i;

    (void) data;
    for (i = 0; i < 20; i++) {
        if (number == 0 && i == 10)
            atomic_store(&ends_thread, true);
        LIVE_EQ(mbedguard_rng_random(&rng, out, sizeof(out)), 0);
    }
}

/* A draw, a reseed, a first seed that never come back: others are not stopped by it. */
START_TEST(exit_in_entropy)
{
    unsigned rounds = live_rounds(ROUNDS);

    ck_assert_int_eq(mbedguard_rng_set_prediction_resistance(&rng, 1), 0);
    source.inside = end_thread;
    while (rounds-- != 0) {
        live_threads(THREADS, end_in_entropy, NULL);
        atomic_store(&ends_thread, false);
    }
}
END_TEST

static void reseed_and_end(unsigned number, void *data)
{
    (void) number;
    (void) data;
    atomic_store(&ends_thread, true);
    (void) mbedguard_rng_reseed(&rng, NULL, 0);
    LIVE_EQ(true, false);
}

static void seed_and_end(unsigned number, void *data)
{
    (void) number;
    (void) data;
    atomic_store(&ends_thread, true);
    (void) mbedguard_rng_seed(&rng, source_func, &source, NULL, 0);
    LIVE_EQ(true, false);
}

static void lock_and_end(unsigned number, void *data)
{
    (void) number;
    (void) data;
    LIVE_EQ(mbedguard_lock(&rng), 0);
    pthread_exit(NULL);
}

START_TEST(exit_in_other_calls)
{
    void (*const bodies[])(unsigned, void *) = {reseed_and_end, seed_and_end, lock_and_end};
    unsigned char out[SOURCE_BLOCK];
    unsigned i;

    source.inside = end_thread;
    for (i = 0; i < 3; i++) {
        const unsigned calls = atomic_load(&source.calls);

        ck_assert_int_eq(mbedguard_rng_random(&rng, out, sizeof(out)), 0);
        live_threads(1, bodies[i], NULL);
        atomic_store(&ends_thread, false);
        ck_assert_int_eq(mbedguard_rng_reseed(&rng, NULL, 0), 0);
        ck_assert_int_eq(mbedguard_rng_random(&rng, out, sizeof(out)), 0);
        ck_assert_uint_gt(atomic_load(&source.calls), calls);
        /* And in the middle of it, freed. */
        live_threads(1, bodies[i], NULL);
        atomic_store(&ends_thread, false);
        ck_assert_int_eq(mbedguard_rng_free(&rng), 0);
        ck_assert_int_eq(mbedguard_rng_random(&rng, out, sizeof(out)),
                         MBEDTLS_ERR_CTR_DRBG_ENTROPY_SOURCE_FAILED);
        seed_one(&rng);
    }
}
END_TEST

/* ---- Cancelled ------------------------------------------------------------------------------- */

static pthread_barrier_t inside;
static int state_inside;

static void wait_inside(void *data)
{
    (void) data;
    (void) pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state_inside);
    (void) pthread_setcancelstate(state_inside, NULL);
    (void) pthread_barrier_wait(&inside);
    (void) pthread_barrier_wait(&inside);
    /* A cancellation point, that of a function which reads a device. */
    pthread_testcancel();
}

static int drawn_when_cancelled;

static void *draw_and_be_cancelled(void *data)
{
    unsigned char out[SOURCE_BLOCK];

    drawn_when_cancelled = mbedguard_rng_random(&rng, out, sizeof(out));
    pthread_testcancel();
    return data;
}

START_TEST(cancelled_in_entropy)
{
    unsigned char out[SOURCE_BLOCK];
    pthread_t thread;
    void *result = NULL;

    ck_assert_int_eq(mbedguard_rng_set_prediction_resistance(&rng, 1), 0);
    ck_assert_int_eq(pthread_barrier_init(&inside, NULL, 2), 0);
    source.inside = wait_inside;
    drawn_when_cancelled = -1;
    ck_assert_int_eq(pthread_create(&thread, NULL, draw_and_be_cancelled, NULL), 0);
    (void) pthread_barrier_wait(&inside);
    ck_assert_int_eq(pthread_cancel(thread), 0);
    (void) pthread_barrier_wait(&inside);
    ck_assert_int_eq(pthread_join(thread, &result), 0);
    /* It draws to the end, and is gone then. */
    ck_assert_ptr_eq(result, PTHREAD_CANCELED);
    ck_assert_int_eq(state_inside, PTHREAD_CANCEL_DISABLE);
    ck_assert_int_eq(drawn_when_cancelled, 0);
    source.inside = NULL;
    pthread_barrier_destroy(&inside);
    ck_assert_int_eq(mbedguard_rng_random(&rng, out, sizeof(out)), 0);
}
END_TEST

/* ---- Draws of destructors -------------------------------------------------------------------- */

static pthread_key_t key;
static atomic_int late_draws;

static void draw_late(void *data)
{
    unsigned char out[SOURCE_BLOCK];

    LIVE_EQ(mbedguard_rng_random(&rng, out, sizeof(out)), 0);
    if (atomic_fetch_add(&late_draws, 1) % 2 == 0)
        (void) pthread_setspecific(key, data);
}

static void set_key(unsigned number, void *data)
{
    unsigned char out[SOURCE_BLOCK];

    (void) data;
    if (number == 0)
        LIVE_EQ(mbedguard_rng_random(&rng, out, sizeof(out)), 0);
    LIVE_EQ(pthread_setspecific(key, &key), 0);
}

START_TEST(draws_of_destructors)
{
    uint32_t i, own;

    ck_assert_int_eq(mbedguard_thread_number_to_end(&own), 0);
    ck_assert_int_eq(pthread_key_create(&key, draw_late), 0);
    live_threads(1, set_key, NULL);
    ck_assert_int_ge(atomic_load(&late_draws), 2);
    for (i = 0; i < MBEDGUARD_RNG_THREADS; i++)
        ck_assert(i == own % MBEDGUARD_RNG_THREADS || is_wiped(&rng, i));
    ck_assert_int_eq(pthread_key_delete(key), 0);
    live_assert_none();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ends of threads that draw");
    TCase *tc = live_case_with(suite, "wiped", setup, teardown);

    tcase_add_test(tc, wiped_at_the_end);
    tcase_add_test(tc, numbers_come_back);
    tcase_add_test(tc, wiped_by_free);
    tcase_add_test(tc, dropped);
    tcase_add_test(tc, lines);
    tc = live_case_with(suite, "in the middle", setup, teardown);
    tcase_add_test(tc, exit_in_entropy);
    tcase_add_test(tc, exit_in_other_calls);
    tcase_add_test(tc, cancelled_in_entropy);
    tcase_add_test(tc, draws_of_destructors);
    return live_run(suite);
}
