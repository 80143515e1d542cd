/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* mbedguard_rng: one object, many threads, and what is set, reseeded and freed meanwhile. */
#include <string.h>

#include "modules/rng/source.h"

#define THREADS     5
#define MORE        48 /* than there are generators */
#define DRAWS       2000
#define NOT_SEEDED  MBEDTLS_ERR_CTR_DRBG_ENTROPY_SOURCE_FAILED

static mbedguard_rng_context rng;
static struct source source;
static unsigned char drawn[MORE * DRAWS][SOURCE_BLOCK];
static unsigned draws;
static atomic_uint done;

static void seed_one(void)
{
    memset(&source, 0, sizeof(source));
    ck_assert_int_eq(mbedguard_rng_init(&rng), 0);
    ck_assert_int_eq(mbedguard_rng_seed(&rng, source_func, &source,
                                        (const unsigned char *) "tests", 5),
                     0);
}

static void free_one(void)
{
    ck_assert_int_eq(mbedguard_rng_free(&rng), 0);
}

/* ---- Draws ----------------------------------------------------------------------------------- */

static void draw(unsigned number, void *data)
{
    unsigned i;

    (void) data;
    for (i = 0; i < draws; i++)
        LIVE_EQ(mbedguard_rng_random(&rng, drawn[number * draws + i], SOURCE_BLOCK), 0);
}

START_TEST(threads_draw)
{
    draws = live_rounds(DRAWS);
    seed_one();
    live_threads(THREADS, draw, NULL);
    source_assert_different(drawn[0], (size_t) THREADS * draws);
    /* The parent gave all seeds without asking again. */
    ck_assert_uint_eq(atomic_load(&source.calls), 1);
    free_one();
}
END_TEST

START_TEST(more_threads_than_generators)
{
    ck_assert_uint_gt(MORE, MBEDGUARD_RNG_THREADS);
    draws = live_rounds(300);
    seed_one();
    live_threads(MORE, draw, NULL);
    source_assert_different(drawn[0], (size_t) MORE * draws);
    free_one();
}
END_TEST

/* Each length, through the block that short draws come from, and past what Mbed TLS gives at once. */
static void draw_lengths(unsigned number, void *data)
{
    static const size_t lengths[] = {16, 17, 31, 64, 65, 256, 1024, 1025, 5000};
    unsigned char out[5000], zero[SOURCE_BLOCK] = {0};
    unsigned i, k;

    (void) data;
    for (i = 0; i < draws; i++) {
        const size_t len = lengths[i % 9];

        memset(out, 0, sizeof(out));
        LIVE_EQ(mbedguard_rng_random(&rng, out, len), 0);
        /* The first and the last bytes are there, and nothing behind them. */
        memcpy(drawn[(number * draws + i) * 2], out, SOURCE_BLOCK);
        memcpy(drawn[(number * draws + i) * 2 + 1], out + len - SOURCE_BLOCK, SOURCE_BLOCK);
        if (len < 2 * SOURCE_BLOCK)
            LIVE_EQ(mbedguard_rng_random(&rng, drawn[(number * draws + i) * 2 + 1], SOURCE_BLOCK),
                    0);
        for (k = 0; len + SOURCE_BLOCK <= sizeof(out) && k < SOURCE_BLOCK; k++)
            LIVE_EQ(out[len + k], zero[k]);
    }
    LIVE_EQ(mbedguard_rng_random(&rng, NULL, 0), 0);
}

START_TEST(lengths)
{
    draws = live_rounds(1000);
    seed_one();
    live_threads(THREADS, draw_lengths, NULL);
    source_assert_different(drawn[0], (size_t) THREADS * draws * 2);
    free_one();
}
END_TEST

/* ---- As f_rng of other functions ------------------------------------------------------------- */

static void use_as_f_rng(unsigned number, void *data)
{
    unsigned char out[SOURCE_BLOCK];
    mbedguard_mpi number_of_ours;
    mbedtls_mpi raw;
    unsigned i;

    (void) data;
    LIVE_EQ(mbedguard_mpi_init(&number_of_ours), 0);
    mbedtls_mpi_init(&raw);
    for (i = 0; i < draws; i++) {
        LIVE_EQ(mbedguard_mpi_fill_random(&number_of_ours, SOURCE_BLOCK, mbedguard_rng_random, &rng),
                0);
        LIVE_EQ(mbedguard_mpi_write_binary(&number_of_ours, out, sizeof(out)), 0);
        memcpy(drawn[(number * draws + i) * 2], out, SOURCE_BLOCK);
        LIVE_EQ(mbedtls_mpi_fill_random(&raw, SOURCE_BLOCK, mbedguard_rng_random, &rng), 0);
        LIVE_EQ(mbedtls_mpi_write_binary(&raw, out, sizeof(out)), 0);
        memcpy(drawn[(number * draws + i) * 2 + 1], out, SOURCE_BLOCK);
    }
    mbedtls_mpi_free(&raw);
    LIVE_EQ(mbedguard_mpi_free(&number_of_ours), 0);
}

START_TEST(as_f_rng)
{
    draws = live_rounds(500);
    seed_one();
    live_threads(THREADS, use_as_f_rng, NULL);
    source_assert_different(drawn[0], (size_t) THREADS * draws * 2);
    free_one();
}
END_TEST

static mbedguard_ssl_config client, server;

static void shake_hands(unsigned number, void *data)
{
    (void) number;
    (void) data;
    LIVE_EQ(live_pair_once(&client, &server, "first"), 0);
}

/* A configuration keeps it: the program's reference may go first. */
START_TEST(kept_by_a_configuration)
{
    mbedguard_rng_context *counted = mbedguard_rng_new();
    mbedguard_x509_crt crt;
    mbedguard_pk_context key;

    ck_assert_ptr_nonnull(counted);
    ck_assert_int_eq(mbedguard_rng_seed(counted, mbedguard_entropy_func, &live_entropy, NULL, 0), 0);
    live_identity(&crt, &key, 0);
    ck_assert_int_eq(live_config(&client, MBEDTLS_SSL_IS_CLIENT, false), 0);
    ck_assert_int_eq(live_config(&server, MBEDTLS_SSL_IS_SERVER, false), 0);
    ck_assert_int_eq(mbedguard_ssl_conf_own_cert(&server, &crt, &key), 0);
    ck_assert_int_eq(mbedguard_ssl_conf_ca_chain(&client, &crt, NULL), 0);
    ck_assert_int_eq(mbedguard_ssl_conf_rng(&client, mbedguard_rng_random, counted), 0);
    ck_assert_int_eq(mbedguard_ssl_conf_rng(&server, mbedguard_rng_random, counted), 0);
    ck_assert_int_eq(mbedguard_rng_free(counted), 0);
    live_threads(3, shake_hands, NULL);
    ck_assert_int_eq(mbedguard_ssl_config_free(&client), 0);
    ck_assert_int_eq(mbedguard_ssl_config_free(&server), 0);
    ck_assert_int_eq(mbedguard_x509_crt_free(&crt), 0);
    ck_assert_int_eq(mbedguard_pk_free(&key), 0);
}
END_TEST

START_TEST(references)
{
    mbedguard_rng_context *counted = mbedguard_rng_new();
    unsigned char out[SOURCE_BLOCK];

    ck_assert_ptr_nonnull(counted);
    ck_assert_int_eq(mbedguard_rng_init(counted), MBEDGUARD_ERR_BAD_INPUT);
    ck_assert_int_eq(mbedguard_rng_ref(counted), 0);
    ck_assert_int_eq(mbedguard_rng_seed(counted, source_func, &source, NULL, 0), 0);
    ck_assert_int_eq(mbedguard_rng_free(counted), 0);
    ck_assert_int_eq(mbedguard_rng_random(counted, out, sizeof(out)), 0);
    ck_assert_int_eq(mbedguard_rng_free(counted), 0);
    seed_one();
    ck_assert_int_eq(mbedguard_rng_ref(&rng), MBEDGUARD_ERR_BAD_INPUT);
    free_one();
}
END_TEST

/* One generator for many threads may seed another, or any guarded one. */
START_TEST(chains)
{
    mbedguard_rng_context child;
    mbedguard_ctr_drbg_context drbg;
    unsigned char out[2][SOURCE_BLOCK];

    seed_one();
    ck_assert_int_eq(mbedguard_rng_init(&child), 0);
    ck_assert_int_eq(mbedguard_ctr_drbg_init(&drbg), 0);
    ck_assert_int_eq(mbedguard_rng_seed(&child, mbedguard_rng_random, &rng, NULL, 0), 0);
    ck_assert_int_eq(mbedguard_ctr_drbg_seed(&drbg, mbedguard_rng_random, &child, NULL, 0), 0);
    ck_assert_int_eq(mbedguard_rng_set_prediction_resistance(&child, 1), 0);
    ck_assert_int_eq(mbedguard_rng_set_prediction_resistance(&rng, 1), 0);
    ck_assert_int_eq(mbedguard_rng_random(&child, out[0], SOURCE_BLOCK), 0);
    ck_assert_int_eq(mbedguard_ctr_drbg_reseed(&drbg, NULL, 0), 0);
    ck_assert_int_eq(mbedguard_ctr_drbg_random(&drbg, out[1], SOURCE_BLOCK), 0);
    ck_assert_int_ne(memcmp(out[0], out[1], SOURCE_BLOCK), 0);
    /* Nobody seeds itself, in one step or in two. */
    ck_assert_int_eq(mbedguard_rng_seed(&rng, mbedguard_rng_random, &child, NULL, 0),
                     MBEDGUARD_ERR_CYCLE);
    ck_assert_int_ne(mbedguard_rng_seed(&rng, mbedguard_rng_random, &rng, NULL, 0), 0);
    ck_assert_int_eq(mbedguard_rng_random(&rng, out[0], SOURCE_BLOCK), 0);
    ck_assert_int_eq(mbedguard_ctr_drbg_free(&drbg), 0);
    /* What was freed in its place seeds nobody. */
    free_one();
    ck_assert_int_eq(mbedguard_rng_random(&child, out[0], SOURCE_BLOCK), NOT_SEEDED);
    ck_assert_int_eq(mbedguard_rng_free(&child), 0);
}
END_TEST

/* ---- Meanwhile ------------------------------------------------------------------------------- */

static void set_or_draw(unsigned number, void *data)
{
    static const unsigned char extra[] = "more";
    unsigned i;

    (void) data;
    if (number != 0) {
        for (i = 0; i < draws; i++) {
            unsigned char *out = drawn[number * draws + i];

            if (i % 16 == 3)
                LIVE_EQ(mbedguard_rng_random_with_add(&rng, out, SOURCE_BLOCK, extra, sizeof(extra)),
                        0);
            else
                LIVE_EQ(mbedguard_rng_random(&rng, out, SOURCE_BLOCK), 0);
        }
        atomic_fetch_add(&done, 1);
        return;
    }
    for (i = 0; atomic_load(&done) != THREADS - 1; i++) {
        LIVE_EQ(mbedguard_rng_reseed(&rng, extra, sizeof(extra)), 0);
        LIVE_EQ(mbedguard_rng_set_reseed_interval(&rng, (int) (i % 7) * 10), 0);
        LIVE_EQ(mbedguard_rng_set_prediction_resistance(&rng, i % 2), 0);
        LIVE_EQ(mbedguard_rng_set_entropy_len(&rng, i % 3 == 0 ? 0 : 24 + i % 40), 0);
        LIVE_EQ(mbedguard_rng_seed(&rng, source_func, &source, extra, i % 5), 0);
    }
    for (i = 0; i < draws; i++)
        LIVE_EQ(mbedguard_rng_random(&rng, drawn[i], SOURCE_BLOCK), 0);
}

START_TEST(set_during_draws)
{
    draws = live_rounds(DRAWS);
    atomic_store(&done, 0);
    seed_one();
    live_threads(THREADS, set_or_draw, NULL);
    source_assert_different(drawn[0], (size_t) THREADS * draws);
    free_one();
}
END_TEST

static void free_or_draw(unsigned number, void *data)
{
    unsigned i = 0;

    (void) data;
    while (number != 0 && i < draws) {
        int ret = mbedguard_rng_random(&rng, drawn[number * draws + i], SOURCE_BLOCK);

        if (ret == 0)
            i++;
        else
            LIVE_EQ(ret, NOT_SEEDED);
    }
    if (number != 0) {
        atomic_fetch_add(&done, 1);
        return;
    }
    while (atomic_load(&done) != THREADS - 1) {
        LIVE_EQ(mbedguard_rng_free(&rng), 0);
        LIVE_EQ(mbedguard_rng_seed(&rng, source_func, &source, NULL, 0), 0);
    }
    for (i = 0; i < draws; i++)
        LIVE_EQ(mbedguard_rng_random(&rng, drawn[i], SOURCE_BLOCK), 0);
}

START_TEST(free_during_draws)
{
    draws = live_rounds(DRAWS);
    atomic_store(&done, 0);
    seed_one();
    live_threads(THREADS, free_or_draw, NULL);
    source_assert_different(drawn[0], (size_t) THREADS * draws);
    free_one();
}
END_TEST

/* ---- Misuse ---------------------------------------------------------------------------------- */

START_TEST(bad_input)
{
    static const unsigned char long_one[2000];
    unsigned char out[SOURCE_BLOCK] = {7};
    mbedguard_rng_context garbage;

    seed_one();
    ck_assert_int_eq(mbedguard_rng_init(NULL), MBEDGUARD_ERR_BAD_INPUT);
    ck_assert_int_eq(mbedguard_rng_free(NULL), 0);
    ck_assert_int_eq(mbedguard_rng_ref(NULL), MBEDGUARD_ERR_BAD_INPUT);
    ck_assert_int_eq(mbedguard_rng_seed(NULL, source_func, &source, NULL, 0),
                     MBEDGUARD_ERR_BAD_INPUT);
    ck_assert_int_eq(mbedguard_rng_seed(&rng, NULL, NULL, NULL, 0), MBEDGUARD_ERR_BAD_INPUT);
    ck_assert_int_eq(mbedguard_rng_seed(&rng, source_func, &source, NULL, 1),
                     MBEDGUARD_ERR_BAD_INPUT);
    ck_assert_int_eq(mbedguard_rng_seed(&rng, source_func, &source, long_one, sizeof(long_one)),
                     MBEDTLS_ERR_CTR_DRBG_INPUT_TOO_BIG);
    ck_assert_int_eq(mbedguard_rng_seed(&rng, source_func, &source, long_one,
                                        MBEDTLS_CTR_DRBG_MAX_SEED_INPUT),
                     MBEDTLS_ERR_CTR_DRBG_INPUT_TOO_BIG);
    ck_assert_int_eq(mbedguard_rng_random(NULL, out, sizeof(out)), MBEDGUARD_ERR_BAD_INPUT);
    ck_assert_int_eq(mbedguard_rng_random(&rng, NULL, 1), MBEDGUARD_ERR_BAD_INPUT);
    ck_assert_int_eq(mbedguard_rng_random_with_add(&rng, out, sizeof(out), NULL, 1),
                     MBEDGUARD_ERR_BAD_INPUT);
    ck_assert_int_eq(mbedguard_rng_random_with_add(&rng, out, sizeof(out), long_one,
                                                   sizeof(long_one)),
                     MBEDTLS_ERR_CTR_DRBG_INPUT_TOO_BIG);
    ck_assert_int_eq(mbedguard_rng_reseed(NULL, NULL, 0), MBEDGUARD_ERR_BAD_INPUT);
    ck_assert_int_eq(mbedguard_rng_reseed(&rng, NULL, 1), MBEDGUARD_ERR_BAD_INPUT);
    ck_assert_int_eq(mbedguard_rng_reseed(&rng, long_one, sizeof(long_one)),
                     MBEDTLS_ERR_CTR_DRBG_INPUT_TOO_BIG);
    ck_assert_int_eq(mbedguard_rng_set_prediction_resistance(NULL, 1), MBEDGUARD_ERR_BAD_INPUT);
    ck_assert_int_eq(mbedguard_rng_set_reseed_interval(NULL, 1), MBEDGUARD_ERR_BAD_INPUT);
    ck_assert_int_eq(mbedguard_rng_set_entropy_len(NULL, 1), MBEDGUARD_ERR_BAD_INPUT);
    ck_assert_int_eq(mbedguard_rng_set_entropy_len(&rng, MBEDTLS_CTR_DRBG_MAX_SEED_INPUT),
                     MBEDGUARD_ERR_BAD_INPUT);
    ck_assert_int_eq(mbedguard_rng_set_entropy_len(&rng, SIZE_MAX), MBEDGUARD_ERR_BAD_INPUT);
    ck_assert_uint_eq(out[0], 7);
    memset(&garbage, 0xA5, sizeof(garbage));
    ck_assert_int_eq(mbedguard_rng_random(&garbage, out, sizeof(out)),
                     MBEDGUARD_ERR_NOT_INITIALIZED);
    ck_assert_int_eq(mbedguard_rng_reseed(&garbage, NULL, 0), MBEDGUARD_ERR_NOT_INITIALIZED);
    ck_assert_int_eq(mbedguard_rng_free(&garbage), MBEDGUARD_ERR_NOT_INITIALIZED);
    /* After all of that it is as it was. */
    ck_assert_int_eq(mbedguard_rng_random(&rng, out, sizeof(out)), 0);
    free_one();
}
END_TEST

START_TEST(not_seeded)
{
    static mbedguard_rng_context zero;
    unsigned char out[SOURCE_BLOCK] = {0}, none[SOURCE_BLOCK] = {0};
    mbedguard_rng_context copy;

    ck_assert_int_eq(mbedguard_rng_random(&zero, out, sizeof(out)), NOT_SEEDED);
    ck_assert_int_eq(mbedguard_rng_reseed(&zero, NULL, 0), NOT_SEEDED);
    seed_one();
    /* A copy of the bytes draws nothing, and ends nothing. */
    copy = rng;
    ck_assert_int_eq(mbedguard_rng_random(&copy, out, sizeof(out)), NOT_SEEDED);
    ck_assert_int_eq(mbedguard_rng_reseed(&copy, NULL, 0), NOT_SEEDED);
    ck_assert_int_eq(mbedguard_rng_set_reseed_interval(&copy, 1), 0);
    ck_assert_int_eq(mbedguard_rng_free(&copy), 0);
    ck_assert_int_eq(mbedguard_rng_random(&rng, out, sizeof(out)), 0);
    free_one();
    memset(out, 0, sizeof(out));
    ck_assert_int_eq(mbedguard_rng_random(&rng, out, sizeof(out)), NOT_SEEDED);
    ck_assert_int_eq(memcmp(out, none, sizeof(out)), 0);
    ck_assert_int_eq(mbedguard_rng_reseed(&rng, NULL, 0), NOT_SEEDED);
    ck_assert_int_eq(mbedguard_rng_set_prediction_resistance(&rng, 0), 0);
    ck_assert_int_eq(mbedguard_rng_free(&rng), 0);
}
END_TEST

static int seen_inside[4];

static void come_back(void *data)
{
    unsigned char out[SOURCE_BLOCK];

    (void) data;
    seen_inside[0] = mbedguard_rng_random(&rng, out, sizeof(out));
    seen_inside[1] = mbedguard_rng_reseed(&rng, NULL, 0);
    seen_inside[2] = mbedguard_rng_set_prediction_resistance(&rng, 1);
    seen_inside[3] = mbedguard_rng_seed(&rng, source_func, &source, NULL, 0);
}

/* Refused whether a seed is needed or not. */
START_TEST(order)
{
    unsigned char out[SOURCE_BLOCK];
    unsigned i;

    seed_one();
    ck_assert_int_eq(mbedguard_rng_random(&rng, out, sizeof(out)), 0);
    source.inside = come_back;
    ck_assert_int_eq(mbedguard_rng_reseed(&rng, NULL, 0), 0);
    for (i = 0; i < 4; i++)
        ck_assert_int_eq(seen_inside[i], MBEDGUARD_ERR_REENTRY);
    source.inside = NULL;
    ck_assert_int_eq(mbedguard_rng_random(&rng, out, sizeof(out)), 0);
    ck_assert_int_eq(mbedguard_lock(&live_entropy), 0);
    ck_assert_int_eq(mbedguard_rng_random(&rng, out, sizeof(out)), MBEDGUARD_ERR_ORDER);
    ck_assert_int_eq(mbedguard_unlock(&live_entropy), 0);
    ck_assert_int_eq(mbedguard_lock(&rng), 0);
    ck_assert_int_eq(mbedguard_rng_random(&rng, out, sizeof(out)), 0);
    ck_assert_int_eq(mbedguard_rng_reseed(&rng, NULL, 0), 0);
    ck_assert_int_eq(mbedguard_rng_random(&rng, out, sizeof(out)), 0);
    ck_assert_int_eq(mbedguard_unlock(&rng), 0);
    free_one();
}
END_TEST

static int freed_inside;

static void free_inside(void *data)
{
    freed_inside = mbedguard_rng_free(data);
}

/* It takes effect when the call ends that runs the entropy function, and that gives nothing. */
START_TEST(freed_in_entropy)
{
    unsigned char out[SOURCE_BLOCK];

    seed_one();
    ck_assert_int_eq(mbedguard_rng_set_prediction_resistance(&rng, 1), 0);
    freed_inside = -1;
    source.inside = free_inside;
    source.data = &rng;
    ck_assert_int_eq(mbedguard_rng_random(&rng, out, sizeof(out)), NOT_SEEDED);
    ck_assert_int_eq(freed_inside, 0);
    ck_assert_int_eq(mbedguard_rng_random(&rng, out, sizeof(out)), NOT_SEEDED);
    seed_one();
    ck_assert_int_eq(mbedguard_rng_random(&rng, out, sizeof(out)), 0);
    free_one();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("rng of many threads");
    TCase *tc = live_case(suite, "draws");

    tcase_add_test(tc, threads_draw);
    tcase_add_test(tc, more_threads_than_generators);
    tcase_add_test(tc, lengths);
    tc = live_case(suite, "callback");
    tcase_add_test(tc, as_f_rng);
    tcase_add_test(tc, kept_by_a_configuration);
    tcase_add_test(tc, references);
    tcase_add_test(tc, chains);
    tc = live_case(suite, "meanwhile");
    tcase_add_test(tc, set_during_draws);
    tcase_add_test(tc, free_during_draws);
    tc = live_case(suite, "misuse");
    tcase_add_test(tc, bad_input);
    tcase_add_test(tc, not_seeded);
    tcase_add_test(tc, order);
    tcase_add_test(tc, freed_in_entropy);
    return live_run(suite);
}
