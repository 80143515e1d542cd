/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * mbedguard_rng: who is seeded when, and with what. Linked with --wrap for three functions of Mbed
 * TLS, so that the parent and the generators of threads are seen, and for the lock that comes next.
 */
#include <limits.h>
#include <pthread.h>
#include <string.h>

#include "modules/rng/source.h"

#define THREADS 4
#define ROUNDS  300
#define DRAWS   60
#define SEEDS   512
#define UNIQUE  40
#define FAILED  MBEDTLS_ERR_CTR_DRBG_ENTROPY_SOURCE_FAILED

typedef int entropy_function(void *, unsigned char *, size_t);

int __real_mbedtls_ctr_drbg_seed(mbedtls_ctr_drbg_context *ctx, entropy_function *f_entropy,
                                 void *p_entropy, const unsigned char *custom, size_t len);
int __wrap_mbedtls_ctr_drbg_seed(mbedtls_ctr_drbg_context *ctx, entropy_function *f_entropy,
                                 void *p_entropy, const unsigned char *custom, size_t len);
int __real_mbedtls_ctr_drbg_reseed(mbedtls_ctr_drbg_context *ctx, const unsigned char *additional,
                                   size_t len);
int __wrap_mbedtls_ctr_drbg_reseed(mbedtls_ctr_drbg_context *ctx, const unsigned char *additional,
                                   size_t len);
int __real_mbedtls_ctr_drbg_random_with_add(void *ctx, unsigned char *output, size_t len,
                                            const unsigned char *additional, size_t add_len);
int __wrap_mbedtls_ctr_drbg_random_with_add(void *ctx, unsigned char *output, size_t len,
                                            const unsigned char *additional, size_t add_len);

static mbedguard_rng_context rng;
static struct source source;

/* What is seeded by the source is the parent. */
static _Atomic(mbedtls_ctr_drbg_context *) parent;
static atomic_uint parent_seeds;
static unsigned char personal[SEEDS][SOURCE_BLOCK * 4];
static size_t personal_len[SEEDS];
static atomic_uint personals;
/* How often this thread's generator was seeded, and how often the parent had been when it gave that. */
static _Thread_local unsigned seedings, given_at, seeded_at;

static void note_lane(const unsigned char *data, size_t len)
{
    const unsigned n = atomic_fetch_add(&personals, 1);

    seedings++;
    seeded_at = given_at;
    if (n >= SEEDS || data == NULL)
        return;
    memcpy(personal[n], data, len < sizeof(personal[n]) ? len : sizeof(personal[n]));
    personal_len[n] = len;
}

int __wrap_mbedtls_ctr_drbg_seed(mbedtls_ctr_drbg_context *ctx, entropy_function *f_entropy,
                                 void *p_entropy, const unsigned char *custom, size_t len)
{
    int ret = __real_mbedtls_ctr_drbg_seed(ctx, f_entropy, p_entropy, custom, len);

    if (f_entropy == source_func) {
        atomic_store(&parent, ctx);
        atomic_fetch_add(&parent_seeds, ret == 0);
    } else if (p_entropy != &live_entropy) {
        note_lane(custom, len);
    }
    return ret;
}

int __wrap_mbedtls_ctr_drbg_reseed(mbedtls_ctr_drbg_context *ctx, const unsigned char *additional,
                                   size_t len)
{
    int ret = __real_mbedtls_ctr_drbg_reseed(ctx, additional, len);

    if (ctx == atomic_load(&parent))
        atomic_fetch_add(&parent_seeds, ret == 0);
    else
        note_lane(additional, len);
    return ret;
}

int __wrap_mbedtls_ctr_drbg_random_with_add(void *ctx, unsigned char *output, size_t len,
                                            const unsigned char *additional, size_t add_len)
{
    if (ctx == atomic_load(&parent))
        given_at = atomic_load(&parent_seeds);
    return __real_mbedtls_ctr_drbg_random_with_add(ctx, output, len, additional, add_len);
}

/* Between a seed that the parent gave this thread, and the lock of its generator. */
static _Thread_local void (*before_the_lock)(void);
static _Thread_local unsigned given_before;

int __real_pthread_mutex_lock(pthread_mutex_t *mutex);
int __wrap_pthread_mutex_lock(pthread_mutex_t *mutex);

int __wrap_pthread_mutex_lock(pthread_mutex_t *mutex)
{
    void (*body)(void) = before_the_lock;

    if (body != NULL && given_at != given_before) {
        before_the_lock = NULL;
        body();
    }
    return __real_pthread_mutex_lock(mutex);
}

static void seed_one(void)
{
    memset(&source, 0, sizeof(source));
    atomic_store(&personals, 0);
    atomic_store(&parent_seeds, 0);
    ck_assert_int_eq(mbedguard_rng_init(&rng), 0);
    ck_assert_int_eq(mbedguard_rng_seed(&rng, source_func, &source,
                                        (const unsigned char *) "program", 7),
                     0);
}

static void free_one(void)
{
    ck_assert_int_eq(mbedguard_rng_free(&rng), 0);
}

/* ---- All threads reseeded by one call -------------------------------------------------------- */

static void draw_after_one_call(unsigned number, void *data)
{
    unsigned char out[SOURCE_BLOCK];
    const unsigned rounds = live_rounds(ROUNDS);
    unsigned i, before;

    (void) data;
    for (i = 0; i < rounds; i++) {
        LIVE_EQ(mbedguard_rng_random(&rng, out, sizeof(out)), 0);
        before = seedings;
        live_meet();
        if (number == 0)
            LIVE_EQ(mbedguard_rng_reseed(&rng, NULL, 0), 0);
        live_meet();
        LIVE_EQ(mbedguard_rng_random(&rng, out, sizeof(out)), 0);
        LIVE_EQ(seedings, before + 1);
        LIVE_EQ(seeded_at, i + 2);
        LIVE_EQ(mbedguard_rng_random(&rng, out, sizeof(out)), 0);
        LIVE_EQ(seedings, before + 1);
    }
}

START_TEST(one_call_reseeds_all)
{
    seed_one();
    live_threads(THREADS, draw_after_one_call, NULL);
    ck_assert_uint_eq(atomic_load(&source.calls), 1 + live_rounds(ROUNDS));
    free_one();
}
END_TEST

static atomic_uint returned;
static atomic_bool over;

/* While others draw: what a draw gives is never older than the last call that had returned. */
static void draw_beside_calls(unsigned number, void *data)
{
    unsigned char out[SOURCE_BLOCK];
    unsigned i;

    (void) data;
    while (number != 0 && !atomic_load(&over)) {
        const unsigned least = atomic_load(&returned);

        LIVE_EQ(mbedguard_rng_random(&rng, out, sizeof(out)), 0);
        LIVE_EQ(seeded_at >= least, true);
    }
    for (i = live_rounds(20 * ROUNDS); number == 0 && i != 0; i--) {
        LIVE_EQ(mbedguard_rng_reseed(&rng, NULL, 0), 0);
        atomic_store(&returned, atomic_load(&parent_seeds));
    }
    if (number == 0)
        atomic_store(&over, true);
}

START_TEST(nothing_old_after_a_call)
{
    seed_one();
    /* Of its own accord the parent reseeds for one, and that says nothing of the others. */
    ck_assert_int_eq(mbedguard_rng_set_reseed_interval(&rng, INT_MAX), 0);
    atomic_store(&returned, 0);
    atomic_store(&over, false);
    live_threads(THREADS, draw_beside_calls, NULL);
    ck_assert_uint_eq(atomic_load(&returned), 1 + live_rounds(20 * ROUNDS));
    free_one();
}
END_TEST

static void *reseed_elsewhere(void *data)
{
    LIVE_EQ(mbedguard_rng_reseed(&rng, NULL, 0), 0);
    return data;
}

static void reseed_in_between(void)
{
    pthread_t thread;

    LIVE_EQ(pthread_create(&thread, NULL, reseed_elsewhere, NULL), 0);
    LIVE_EQ(pthread_join(thread, NULL), 0);
}

/* A seed that was on its way when all were reseeded is not used. */
START_TEST(seed_on_its_way)
{
    unsigned char out[SOURCE_BLOCK];
    unsigned before = seedings;

    seed_one();
    given_at = given_before = 0;
    before_the_lock = reseed_in_between;
    ck_assert_int_eq(mbedguard_rng_random(&rng, out, sizeof(out)), 0);
    ck_assert_ptr_null((void *) (uintptr_t) before_the_lock);
    ck_assert_uint_eq(seedings, before + 1);
    ck_assert_uint_eq(seeded_at, 2);
    live_assert_none();
    free_one();
}
END_TEST

static void *seed_elsewhere(void *data)
{
    LIVE_EQ(mbedguard_rng_seed(&rng, source_func, &source, NULL, 0), 0);
    return data;
}

/* At the lock of the generator, and at the next one. */
static void seed_in_between(void)
{
    static unsigned seeds;
    pthread_t thread;

    LIVE_EQ(pthread_create(&thread, NULL, seed_elsewhere, NULL), 0);
    LIVE_EQ(pthread_join(thread, NULL), 0);
    if (++seeds % 2 != 0)
        before_the_lock = seed_in_between;
}

/* What a draw is on its way to was given up, and came back. */
START_TEST(seeded_twice_on_the_way)
{
    unsigned char out[SOURCE_BLOCK];

    seed_one();
    ck_assert_int_eq(mbedguard_rng_random(&rng, out, sizeof(out)), 0);
    given_before = given_at + 1;
    before_the_lock = seed_in_between;
    ck_assert_int_eq(mbedguard_rng_random(&rng, out, sizeof(out)), 0);
    ck_assert_ptr_null((void *) (uintptr_t) before_the_lock);
    ck_assert_uint_eq(seeded_at, 3);
    live_assert_none();
    free_one();
}
END_TEST

/* ---- What each generator is personalised with ------------------------------------------------ */

static void draw_once(unsigned number, void *data)
{
    unsigned char out[SOURCE_BLOCK];

    (void) number;
    (void) data;
    live_meet();
    LIVE_EQ(mbedguard_rng_random(&rng, out, sizeof(out)), 0);
    live_meet();
}

START_TEST(personalisation_is_unique)
{
    unsigned i, k, count;

    seed_one();
    live_threads(8, draw_once, NULL);
    free_one();
    count = atomic_load(&personals);
    ck_assert_uint_eq(count, 8);
    /* Another object, and the same one anew, and what is seeded again. */
    ck_assert_int_eq(mbedguard_rng_seed(&rng, source_func, &source,
                                        (const unsigned char *) "program", 7),
                     0);
    live_threads(8, draw_once, NULL);
    ck_assert_int_eq(mbedguard_rng_reseed(&rng, NULL, 0), 0);
    live_threads(8, draw_once, NULL);
    count = atomic_load(&personals);
    ck_assert_uint_eq(count, 24);
    for (i = 0; i < count; i++) {
        ck_assert_uint_eq(personal_len[i], UNIQUE + 7);
        ck_assert_int_eq(memcmp(personal[i] + UNIQUE, "program", 7), 0);
        for (k = 0; k < i; k++)
            ck_assert_int_ne(memcmp(personal[i], personal[k], UNIQUE), 0);
    }
    free_one();
}
END_TEST

/* With entropy that never changes it is all that makes two objects different. */
START_TEST(same_entropy_other_output)
{
    mbedguard_rng_context other;
    unsigned char out[2][SOURCE_BLOCK];

    memset(&source, 0, sizeof(source));
    atomic_store(&source.constant, true);
    ck_assert_int_eq(mbedguard_rng_init(&rng), 0);
    ck_assert_int_eq(mbedguard_rng_init(&other), 0);
    ck_assert_int_eq(mbedguard_rng_seed(&rng, source_func, &source, NULL, 0), 0);
    ck_assert_int_eq(mbedguard_rng_seed(&other, source_func, &source, NULL, 0), 0);
    ck_assert_int_eq(mbedguard_rng_random(&rng, out[0], SOURCE_BLOCK), 0);
    ck_assert_int_eq(mbedguard_rng_random(&other, out[1], SOURCE_BLOCK), 0);
    ck_assert_int_ne(memcmp(out[0], out[1], SOURCE_BLOCK), 0);
    ck_assert_int_eq(mbedguard_rng_free(&other), 0);
    free_one();
}
END_TEST

/* ---- Prediction resistance, interval, as Mbed TLS has them ----------------------------------- */

/* The same settings on one of Mbed TLS's own: entropy is asked for at the same draws. */
static void compare_calls(int interval, int resistance, size_t len)
{
    static struct source raw_source;
    mbedtls_ctr_drbg_context raw;
    unsigned char out[1024];
    unsigned i;

    memset(&raw_source, 0, sizeof(raw_source));
    mbedtls_ctr_drbg_init(&raw);
    ck_assert_int_eq(mbedtls_ctr_drbg_seed(&raw, source_func, &raw_source, NULL, 0), 0);
    seed_one();
    if (interval != 0) {
        mbedtls_ctr_drbg_set_reseed_interval(&raw, interval);
        ck_assert_int_eq(mbedguard_rng_set_reseed_interval(&rng, interval), 0);
    }
    mbedtls_ctr_drbg_set_prediction_resistance(&raw, resistance);
    ck_assert_int_eq(mbedguard_rng_set_prediction_resistance(&rng, resistance), 0);
    for (i = 0; i < DRAWS; i++) {
        ck_assert_int_eq(mbedtls_ctr_drbg_random(&raw, out, len), 0);
        ck_assert_int_eq(mbedguard_rng_random(&rng, out, len), 0);
        ck_assert_uint_eq(atomic_load(&source.calls), atomic_load(&raw_source.calls));
    }
    mbedtls_ctr_drbg_free(&raw);
    free_one();
}

START_TEST(as_mbedtls_has_it)
{
    static const size_t lengths[] = {1, 16, 64, 65, 1024};
    unsigned i;

    for (i = 0; i < 5; i++) {
        compare_calls(0, 0, lengths[i]);
        compare_calls(1, 0, lengths[i]);
        compare_calls(7, 0, lengths[i]);
        compare_calls(0, 1, lengths[i]);
        compare_calls(7, 1, lengths[i]);
    }
}
END_TEST

static void draw_to_the_interval(unsigned number, void *data)
{
    unsigned char out[SOURCE_BLOCK];
    unsigned i;

    (void) number;
    (void) data;
    for (i = 0; i < 20; i++)
        LIVE_EQ(mbedguard_rng_random(&rng, out, sizeof(out)), 0);
    LIVE_EQ(seedings, 2);
}

/* Each generator counts for itself. */
START_TEST(interval_of_each)
{
    seed_one();
    ck_assert_int_eq(mbedguard_rng_set_reseed_interval(&rng, 10), 0);
    live_threads(THREADS, draw_to_the_interval, NULL);
    ck_assert_uint_eq(atomic_load(&source.calls), 1 + THREADS);
    free_one();
}
END_TEST

/* It may be set before there is a seed, and stays. */
START_TEST(set_before_the_seed)
{
    unsigned char out[SOURCE_BLOCK];
    unsigned i;

    memset(&source, 0, sizeof(source));
    ck_assert_int_eq(mbedguard_rng_init(&rng), 0);
    ck_assert_int_eq(mbedguard_rng_set_prediction_resistance(&rng, 1), 0);
    ck_assert_int_eq(mbedguard_rng_set_entropy_len(&rng, 16), 0);
    ck_assert_int_eq(mbedguard_rng_seed(&rng, source_func, &source, NULL, 0), 0);
    /* Entropy, and a nonce since that is so little. */
    ck_assert_uint_eq(atomic_load(&source.calls), 2);
    for (i = 0; i < 5; i++) {
        ck_assert_int_eq(mbedguard_rng_random(&rng, out, sizeof(out)), 0);
        ck_assert_uint_eq(atomic_load(&source.calls), 3 + i);
    }
    free_one();
}
END_TEST

/* ---- Entropy that fails ---------------------------------------------------------------------- */

static void expect_no_draw(size_t len)
{
    unsigned char out[2000], none[2000] = {0};

    memset(out, 0, sizeof(out));
    ck_assert_int_eq(mbedguard_rng_random(&rng, out, len), FAILED);
    ck_assert_int_eq(memcmp(out, none, len), 0);
}

START_TEST(entropy_fails)
{
    unsigned char out[SOURCE_BLOCK];

    memset(&source, 0, sizeof(source));
    ck_assert_int_eq(mbedguard_rng_init(&rng), 0);
    atomic_store(&source.fails, 1);
    ck_assert_int_eq(mbedguard_rng_seed(&rng, source_func, &source, NULL, 0), FAILED);
    expect_no_draw(16);
    ck_assert_int_eq(mbedguard_rng_seed(&rng, source_func, &source, NULL, 0), 0);
    ck_assert_int_eq(mbedguard_rng_random(&rng, out, sizeof(out)), 0);
    /* A reseed that fails changes nothing. */
    atomic_store(&source.fails, 1);
    ck_assert_int_eq(mbedguard_rng_reseed(&rng, NULL, 0), FAILED);
    ck_assert_int_eq(mbedguard_rng_random(&rng, out, sizeof(out)), 0);
    atomic_store(&source.fails, 1);
    ck_assert_int_eq(mbedguard_rng_seed(&rng, source_func, &source, NULL, 0), FAILED);
    ck_assert_int_eq(mbedguard_rng_random(&rng, out, sizeof(out)), 0);
    /* A draw that needs it gives nothing, in its second step either. */
    ck_assert_int_eq(mbedguard_rng_set_prediction_resistance(&rng, 1), 0);
    atomic_store(&source.fails, 2);
    expect_no_draw(16);
    expect_no_draw(2000);
    ck_assert_int_eq(mbedguard_rng_random(&rng, out, sizeof(out)), 0);
    ck_assert_int_eq(mbedguard_rng_set_prediction_resistance(&rng, 0), 0);
    ck_assert_int_eq(mbedguard_rng_set_reseed_interval(&rng, 1), 0);
    ck_assert_int_eq(mbedguard_rng_random(&rng, out, sizeof(out)), 0);
    atomic_store(&source.works, 1);
    atomic_store(&source.fails, 1);
    expect_no_draw(2000);
    ck_assert_uint_eq(atomic_load(&source.fails), 0);
    ck_assert_int_eq(mbedguard_rng_random(&rng, out, sizeof(out)), 0);
    free_one();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("seeds of many threads");
    TCase *tc = live_case(suite, "reseed");

    tcase_add_test(tc, one_call_reseeds_all);
    tcase_add_test(tc, nothing_old_after_a_call);
    tcase_add_test(tc, seed_on_its_way);
    tcase_add_test(tc, seeded_twice_on_the_way);
    tc = live_case(suite, "personalisation");
    tcase_add_test(tc, personalisation_is_unique);
    tcase_add_test(tc, same_entropy_other_output);
    tc = live_case(suite, "when");
    tcase_add_test(tc, as_mbedtls_has_it);
    tcase_add_test(tc, interval_of_each);
    tcase_add_test(tc, set_before_the_seed);
    tc = live_case(suite, "failure");
    tcase_add_test(tc, entropy_fails);
    return live_run(suite);
}
