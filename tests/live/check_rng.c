/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Random generators and entropy: Mbed TLS locks one function of each and leaves the others open;
 * and callbacks reach them from everywhere.
 */
#include <stdlib.h>
#include <string.h>

#include "live/live.h"

#define THREADS 5
#define BLOCK   32

static mbedguard_ctr_drbg_context ctr;
static mbedguard_hmac_drbg_context hmac;
static unsigned char drawn[THREADS][2000][BLOCK];

static void draw_and_set(unsigned number, void *data)
{
    static const unsigned char extra[] = "more";
    const unsigned rounds = live_rounds(2000);
    unsigned char *out;
    unsigned i;

    (void) data;
    for (i = 0; i < rounds && !live_failed(); i++) {
        out = drawn[number][i];
        if (number != 0 || i % 8 != 0) {
            LIVE_EQ(mbedguard_ctr_drbg_random(&ctr, out, BLOCK), 0);
            continue;
        }
        LIVE_EQ(mbedguard_ctr_drbg_random_with_add(&ctr, out, BLOCK, extra, sizeof(extra)), 0);
        LIVE_EQ(mbedguard_ctr_drbg_reseed(&ctr, extra, sizeof(extra)), 0);
        LIVE_EQ(mbedguard_ctr_drbg_set_reseed_interval(&ctr, 10 + (int) (i % 50)), 0);
        LIVE_EQ(mbedguard_ctr_drbg_set_prediction_resistance(&ctr, (i & 16) != 0), 0);
        LIVE_EQ(mbedguard_ctr_drbg_set_entropy_len(&ctr, 48), 0);
#if LIVE_V3
        LIVE_EQ(mbedguard_ctr_drbg_update(&ctr, extra, sizeof(extra)), 0);
#else
        LIVE_EQ(mbedguard_ctr_drbg_update_ret(&ctr, extra, sizeof(extra)), 0);
#endif
    }
}

static int compare(const void *a, const void *b)
{
    return memcmp(a, b, BLOCK);
}

/* Two threads that step on each other draw the same bytes. */
static void assert_all_different(unsigned threads, unsigned rounds)
{
    static unsigned char all[THREADS * 2000][BLOCK];
    unsigned i, count = 0;

    for (i = 0; i < threads; i++) {
        memcpy(all[count], drawn[i], (size_t) rounds * BLOCK);
        count += rounds;
    }
    qsort(all, count, BLOCK, compare);
    for (i = 1; i < count; i++)
        ck_assert_int_ne(memcmp(all[i - 1], all[i], BLOCK), 0);
}

START_TEST(one_ctr_drbg)
{
    ck_assert_int_eq(mbedguard_ctr_drbg_init(&ctr), 0);
    ck_assert_int_eq(mbedguard_ctr_drbg_seed(&ctr, mbedguard_entropy_func, &live_entropy, NULL, 0),
                     0);
    live_threads(THREADS, draw_and_set, NULL);
    assert_all_different(THREADS, live_rounds(2000));
    ck_assert_int_eq(mbedguard_ctr_drbg_free(&ctr), 0);
}
END_TEST

static void draw_hmac(unsigned number, void *data)
{
    const unsigned rounds = live_rounds(500);
    unsigned i;

    (void) data;
    for (i = 0; i < rounds && !live_failed(); i++) {
        LIVE_EQ(mbedguard_hmac_drbg_random(&hmac, drawn[number][i], BLOCK), 0);
        if (number != 0 || i % 8 != 0)
            continue;
        LIVE_EQ(mbedguard_hmac_drbg_reseed(&hmac, NULL, 0), 0);
        LIVE_EQ(mbedguard_hmac_drbg_set_reseed_interval(&hmac, 10 + (int) (i % 50)), 0);
        LIVE_EQ(mbedguard_hmac_drbg_set_prediction_resistance(&hmac, (i & 16) != 0), 0);
    }
}

START_TEST(one_hmac_drbg)
{
    ck_assert_int_eq(mbedguard_hmac_drbg_init(&hmac), 0);
    ck_assert_int_eq(mbedguard_hmac_drbg_seed(&hmac, mbedtls_md_info_from_type(MBEDTLS_MD_SHA256),
                                              mbedguard_entropy_func, &live_entropy, NULL, 0),
                     0);
    live_threads(THREADS, draw_hmac, NULL);
    assert_all_different(THREADS, live_rounds(500));
    ck_assert_int_eq(mbedguard_hmac_drbg_free(&hmac), 0);
}
END_TEST

/* ---- Entropy, its sources, and the order in which guards are taken --------------------------- */

static mbedguard_entropy_context entropy;
static mbedguard_md_context_t source_hash;
static mbedguard_mpi source_number;
static mbedguard_ctr_drbg_context *source_drbg;
static int order_seen, leaf_seen;

/* A source may hash, since hashes rank last; nothing that ranks before entropy may be touched. */
static int source(void *context, unsigned char *out, size_t length, size_t *used)
{
    unsigned char digest[32];

    (void) context;
    leaf_seen = mbedguard_md_starts(&source_hash);
    if (leaf_seen == 0)
        leaf_seen = mbedguard_md_update(&source_hash, (const unsigned char *) "x", 1);
    if (leaf_seen == 0)
        leaf_seen = mbedguard_md_finish(&source_hash, digest);
    if (source_drbg != NULL)
        order_seen = mbedguard_ctr_drbg_random(source_drbg, digest, sizeof(digest));
    else
        order_seen = mbedguard_mpi_lset(&source_number, 1);
    memset(out, 0x5C, length);
    *used = length;
    return 0;
}

START_TEST(sources)
{
    unsigned char out[32];

    ck_assert_int_eq(mbedguard_entropy_init(&entropy), 0);
    ck_assert_int_eq(mbedguard_md_init(&source_hash), 0);
    ck_assert_int_eq(
        mbedguard_md_setup(&source_hash, mbedtls_md_info_from_type(MBEDTLS_MD_SHA256), 0), 0);
    ck_assert_int_eq(mbedguard_mpi_init(&source_number), 0);
    ck_assert_int_eq(
        mbedguard_entropy_add_source(&entropy, source, NULL, 1, MBEDTLS_ENTROPY_SOURCE_WEAK), 0);
    ck_assert_int_eq(mbedguard_entropy_func(&entropy, out, sizeof(out)), 0);
    ck_assert_int_eq(leaf_seen, 0);
    ck_assert_int_eq(order_seen, MBEDGUARD_ERR_ORDER);
    /* A generator that is in nobody's hands is refused like any other. */
    source_drbg = &live_drbg;
    ck_assert_int_eq(mbedguard_entropy_gather(&entropy), 0);
    ck_assert_int_eq(order_seen, MBEDGUARD_ERR_ORDER);
    /* And so is the one that is being seeded. */
    source_drbg = &ctr;
    ck_assert_int_eq(mbedguard_ctr_drbg_init(&ctr), 0);
    ck_assert_int_eq(mbedguard_ctr_drbg_seed(&ctr, mbedguard_entropy_func, &entropy, NULL, 0), 0);
    ck_assert(order_seen == MBEDGUARD_ERR_ORDER || order_seen == MBEDGUARD_ERR_REENTRY);
    source_drbg = NULL;
    ck_assert_int_eq(mbedguard_ctr_drbg_free(&ctr), 0);
    ck_assert_int_eq(mbedguard_entropy_free(&entropy), 0);
    ck_assert_int_eq(mbedguard_md_free(&source_hash), 0);
    ck_assert_int_eq(mbedguard_mpi_free(&source_number), 0);
}
END_TEST

static int plain_source(void *context, unsigned char *out, size_t length, size_t *used)
{
    (void) context;
    memset(out, 0x5D, length);
    *used = length;
    return 0;
}

static void stir(unsigned number, void *data)
{
    const unsigned rounds = live_rounds(200);
    unsigned char out[32];
    unsigned i;

    (void) data;
    for (i = 0; i < rounds && !live_failed(); i++) {
        switch ((number + i) % 4) {
        case 0:
            LIVE_EQ(mbedguard_entropy_func(&entropy, out, sizeof(out)), 0);
            break;
        case 1:
            LIVE_EQ(mbedguard_entropy_gather(&entropy), 0);
            break;
        case 2:
            LIVE_EQ(mbedguard_entropy_update_manual(&entropy, (const unsigned char *) "salt", 4),
                    0);
            break;
        default:
            if (i < 4 && number == 0)
                LIVE_EQ(mbedguard_entropy_add_source(&entropy, plain_source, NULL, 1,
                                                     MBEDTLS_ENTROPY_SOURCE_WEAK),
                        0);
            break;
        }
    }
}

START_TEST(one_entropy)
{
    ck_assert_int_eq(mbedguard_entropy_init(&entropy), 0);
    live_threads(4, stir, NULL);
    ck_assert_int_eq(mbedguard_entropy_free(&entropy), 0);
}
END_TEST

/* ---- RNG callbacks of other calls ------------------------------------------------------------ */

static mbedguard_mpi filled;
static int reentry_seen;

/* Comes back to the number that is being filled. */
static int nosy_rng(void *context, unsigned char *out, size_t length)
{
    (void) context;
    reentry_seen = mbedguard_mpi_lset(&filled, 1);
    memset(out, 0x77, length);
    return 0;
}

START_TEST(callback_comes_back)
{
    ck_assert_int_eq(mbedguard_mpi_init(&filled), 0);
    ck_assert_int_eq(mbedguard_mpi_fill_random(&filled, 1, nosy_rng, NULL), 0);
    ck_assert_int_eq(reentry_seen, MBEDGUARD_ERR_REENTRY);
    ck_assert_int_eq(mbedguard_mpi_cmp_int(&filled, 0x77), 0);
    /* An explicit lock is no call in progress. */
    ck_assert_int_eq(mbedguard_lock(&filled), 0);
    ck_assert_int_eq(mbedguard_mpi_lset(&filled, 1), 0);
    ck_assert_int_eq(mbedguard_mpi_fill_random(&filled, 1, nosy_rng, NULL), 0);
    ck_assert_int_eq(reentry_seen, MBEDGUARD_ERR_REENTRY);
    ck_assert_int_eq(mbedguard_unlock(&filled), 0);
    ck_assert_int_eq(mbedguard_mpi_free(&filled), 0);
}
END_TEST

START_TEST(generator_as_data)
{
    unsigned char out[BLOCK];

    /* What a callback is given may be NULL or rubbish: an error, never an output. */
    ck_assert_int_eq(mbedguard_ctr_drbg_random(NULL, out, sizeof(out)), MBEDGUARD_ERR_BAD_INPUT);
    ck_assert_int_eq(mbedguard_mpi_init(&filled), 0);
    ck_assert_int_eq(mbedguard_mpi_fill_random(&filled, 8, mbedguard_ctr_drbg_random, NULL),
                     MBEDGUARD_ERR_BAD_INPUT);
    ck_assert_int_eq(mbedguard_entropy_func(NULL, out, sizeof(out)), MBEDGUARD_ERR_BAD_INPUT);
    /* Order: under an explicit lock of the generator nothing that ranks before it can be used. */
    ck_assert_int_eq(mbedguard_lock(&live_drbg), 0);
    ck_assert_int_eq(mbedguard_mpi_fill_random(&filled, 8, mbedguard_ctr_drbg_random, &live_drbg),
                     MBEDGUARD_ERR_ORDER);
    ck_assert_int_eq(mbedguard_ctr_drbg_random(&live_drbg, out, sizeof(out)), 0);
    ck_assert_int_eq(mbedguard_unlock(&live_drbg), 0);
    ck_assert_int_eq(mbedguard_mpi_free(&filled), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("rng");
    TCase *tc = live_case(suite, "generators");

    tcase_add_test(tc, one_ctr_drbg);
    tcase_add_test(tc, one_hmac_drbg);
    tc = live_case(suite, "entropy");
    tcase_add_test(tc, sources);
    tcase_add_test(tc, one_entropy);
    tc = live_case(suite, "callbacks");
    tcase_add_test(tc, callback_comes_back);
    tcase_add_test(tc, generator_as_data);
    return live_run(suite);
}
