/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Guarded CTR_DRBG and HMAC_DRBG: every function from many threads, seed files included; and the
 * bytes are those of Mbed TLS, in whatever order threads take them.
 */
#if !defined(_POSIX_C_SOURCE)
#define _POSIX_C_SOURCE 200809L
#endif

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "modules/rng/source.h"

#define THREADS 4
#define DRAWS   500
#define ROUNDS  400

static struct source source;
static unsigned char drawn[THREADS * DRAWS][SOURCE_BLOCK], expected[THREADS * DRAWS][SOURCE_BLOCK];
static unsigned draws;

static const mbedtls_md_info_t *hash(void)
{
    return mbedtls_md_info_from_type(MBEDTLS_MD_SHA256);
}

static int compare(const void *a, const void *b)
{
    return memcmp(a, b, SOURCE_BLOCK);
}

/* Each block of the sequence was given to one thread, once. */
static void assert_same_set(void)
{
    const size_t count = (size_t) THREADS * draws;

    qsort(drawn, count, SOURCE_BLOCK, compare);
    qsort(expected, count, SOURCE_BLOCK, compare);
    ck_assert_int_eq(memcmp(drawn, expected, count * SOURCE_BLOCK), 0);
}

/* ---- The bytes of Mbed TLS ------------------------------------------------------------------- */

static mbedguard_ctr_drbg_context ctr;
static mbedguard_hmac_drbg_context hmac;

static void draw_ctr(unsigned number, void *data)
{
    unsigned i;

    (void) data;
    for (i = 0; i < draws; i++)
        LIVE_EQ(mbedguard_ctr_drbg_random(&ctr, drawn[number * draws + i], SOURCE_BLOCK), 0);
}

START_TEST(ctr_sequence)
{
    mbedtls_ctr_drbg_context raw;
    unsigned i;

    draws = live_rounds(DRAWS);
    memset(&source, 0, sizeof(source));
    mbedtls_ctr_drbg_init(&raw);
    ck_assert_int_eq(mbedtls_ctr_drbg_seed(&raw, source_func, &source, NULL, 0), 0);
    mbedtls_ctr_drbg_set_reseed_interval(&raw, 7);
    for (i = 0; i < THREADS * draws; i++)
        ck_assert_int_eq(mbedtls_ctr_drbg_random(&raw, expected[i], SOURCE_BLOCK), 0);
    mbedtls_ctr_drbg_free(&raw);

    memset(&source, 0, sizeof(source));
    ck_assert_int_eq(mbedguard_ctr_drbg_init(&ctr), 0);
    ck_assert_int_eq(mbedguard_ctr_drbg_seed(&ctr, source_func, &source, NULL, 0), 0);
    ck_assert_int_eq(mbedguard_ctr_drbg_set_reseed_interval(&ctr, 7), 0);
    live_threads(THREADS, draw_ctr, NULL);
    ck_assert_int_eq(mbedguard_ctr_drbg_free(&ctr), 0);
    assert_same_set();
}
END_TEST

static void draw_hmac(unsigned number, void *data)
{
    unsigned i;

    (void) data;
    for (i = 0; i < draws; i++)
        LIVE_EQ(mbedguard_hmac_drbg_random(&hmac, drawn[number * draws + i], SOURCE_BLOCK), 0);
}

START_TEST(hmac_sequence)
{
    mbedtls_hmac_drbg_context raw;
    unsigned i;

    draws = live_rounds(DRAWS);
    memset(&source, 0, sizeof(source));
    mbedtls_hmac_drbg_init(&raw);
    ck_assert_int_eq(mbedtls_hmac_drbg_seed(&raw, hash(), source_func, &source, NULL, 0), 0);
    mbedtls_hmac_drbg_set_reseed_interval(&raw, 7);
    for (i = 0; i < THREADS * draws; i++)
        ck_assert_int_eq(mbedtls_hmac_drbg_random(&raw, expected[i], SOURCE_BLOCK), 0);
    mbedtls_hmac_drbg_free(&raw);

    memset(&source, 0, sizeof(source));
    ck_assert_int_eq(mbedguard_hmac_drbg_init(&hmac), 0);
    ck_assert_int_eq(mbedguard_hmac_drbg_seed(&hmac, hash(), source_func, &source, NULL, 0), 0);
    ck_assert_int_eq(mbedguard_hmac_drbg_set_reseed_interval(&hmac, 7), 0);
    live_threads(THREADS, draw_hmac, NULL);
    ck_assert_int_eq(mbedguard_hmac_drbg_free(&hmac), 0);
    assert_same_set();
}
END_TEST

/* The deterministic form: the same bytes from the same key, for ECDSA. */
START_TEST(hmac_from_a_buffer)
{
    static const unsigned char seed[40] = "the nonce of a signature";
    mbedtls_hmac_drbg_context raw;
    unsigned char out[100], raw_out[100];

    mbedtls_hmac_drbg_init(&raw);
    ck_assert_int_eq(mbedguard_hmac_drbg_init(&hmac), 0);
    ck_assert_int_eq(mbedtls_hmac_drbg_seed_buf(&raw, hash(), seed, sizeof(seed)), 0);
    ck_assert_int_eq(mbedguard_hmac_drbg_seed_buf(&hmac, hash(), seed, sizeof(seed)), 0);
    ck_assert_int_eq(mbedtls_hmac_drbg_random_with_add(&raw, raw_out, sizeof(raw_out), seed, 9), 0);
    ck_assert_int_eq(mbedguard_hmac_drbg_random_with_add(&hmac, out, sizeof(out), seed, 9), 0);
    ck_assert_int_eq(memcmp(out, raw_out, sizeof(out)), 0);
    mbedtls_hmac_drbg_free(&raw);
    ck_assert_int_eq(mbedguard_hmac_drbg_free(&hmac), 0);
}
END_TEST

/* From NIST's vectors for HMAC_DRBG with SHA-1, without and with prediction resistance. */
static const unsigned char nist_entropy[2][56] = {
    {0x79, 0x34, 0x9b, 0xbf, 0x7c, 0xdd, 0xa5, 0x79, 0x95, 0x57, 0x86, 0x66, 0x21, 0xc9,
     0x13, 0x83, 0x11, 0x46, 0x73, 0x3a, 0xbf, 0x8c, 0x35, 0xc8, 0xc7, 0x21, 0x5b, 0x5b,
     0x96, 0xc4, 0x8e, 0x9b, 0x33, 0x8c, 0x74, 0xe3, 0xe9, 0x9d, 0xfe, 0xdf},
    {0xa0, 0xc9, 0xab, 0x58, 0xf1, 0xe2, 0xe5, 0xa4, 0xde, 0x3e, 0xbd, 0x4f, 0xf7, 0x3e,
     0x9c, 0x5b, 0x64, 0xef, 0xd8, 0xca, 0x02, 0x8c, 0xf8, 0x11, 0x48, 0xa5, 0x84, 0xfe,
     0x69, 0xab, 0x5a, 0xee, 0x42, 0xaa, 0x4d, 0x42, 0x17, 0x60, 0x99, 0xd4, 0x5e, 0x13,
     0x97, 0xdc, 0x40, 0x4d, 0x86, 0xa3, 0x7b, 0xf5, 0x59, 0x54, 0x75, 0x69, 0x51, 0xe4}};
static const unsigned char nist_output[2][80] = {
    {0xc6, 0xa1, 0x6a, 0xb8, 0xd4, 0x20, 0x70, 0x6f, 0x0f, 0x34, 0xab, 0x7f, 0xec, 0x5a,
     0xdc, 0xa9, 0xd8, 0xca, 0x3a, 0x13, 0x3e, 0x15, 0x9c, 0xa6, 0xac, 0x43, 0xc6, 0xf8,
     0xa2, 0xbe, 0x22, 0x83, 0x4a, 0x4c, 0x0a, 0x0a, 0xff, 0xb1, 0x0d, 0x71, 0x94, 0xf1,
     0xc1, 0xa5, 0xcf, 0x73, 0x22, 0xec, 0x1a, 0xe0, 0x96, 0x4e, 0xd4, 0xbf, 0x12, 0x27,
     0x46, 0xe0, 0x87, 0xfd, 0xb5, 0xb3, 0xe9, 0x1b, 0x34, 0x93, 0xd5, 0xbb, 0x98, 0xfa,
     0xed, 0x49, 0xe8, 0x5f, 0x13, 0x0f, 0xc8, 0xa4, 0x59, 0xb7},
    {0x9a, 0x00, 0xa2, 0xd0, 0x0e, 0xd5, 0x9b, 0xfe, 0x31, 0xec, 0xb1, 0x39, 0x9b, 0x60,
     0x81, 0x48, 0xd1, 0x96, 0x9d, 0x25, 0x0d, 0x3c, 0x1e, 0x94, 0x10, 0x10, 0x98, 0x12,
     0x93, 0x25, 0xca, 0xb8, 0xfc, 0xcc, 0x2d, 0x54, 0x73, 0x19, 0x70, 0xc0, 0x10, 0x7a,
     0xa4, 0x89, 0x25, 0x19, 0x95, 0x5e, 0x4b, 0xc6, 0x00, 0x1d, 0x7f, 0x4e, 0x6a, 0x2b,
     0xf8, 0xa3, 0x01, 0xab, 0x46, 0x05, 0x5c, 0x09, 0xa6, 0x71, 0x88, 0xf1, 0xa7, 0x40,
     0xee, 0xf3, 0xe1, 0x5c, 0x02, 0x9b, 0x44, 0xaf, 0x03, 0x44}};

static int from_vector(void *data, unsigned char *output, size_t len)
{
    const unsigned char **next = data;

    memcpy(output, *next, len);
    *next += len;
    return 0;
}

START_TEST(hmac_vectors)
{
    const mbedtls_md_info_t *sha1 = mbedtls_md_info_from_type(MBEDTLS_MD_SHA1);
    unsigned char out[80];
    int resistance;

    for (resistance = 0; sha1 != NULL && resistance < 2; resistance++) {
        const unsigned char *next = nist_entropy[resistance];

        ck_assert_int_eq(mbedguard_hmac_drbg_init(&hmac), 0);
        ck_assert_int_eq(mbedguard_hmac_drbg_seed(&hmac, sha1, from_vector, &next, NULL, 0), 0);
        if (resistance)
            ck_assert_int_eq(mbedguard_hmac_drbg_set_prediction_resistance(&hmac, 1), 0);
        else
            ck_assert_int_eq(mbedguard_hmac_drbg_reseed(&hmac, NULL, 0), 0);
        ck_assert_int_eq(mbedguard_hmac_drbg_random(&hmac, out, sizeof(out)), 0);
        ck_assert_int_eq(mbedguard_hmac_drbg_random(&hmac, out, sizeof(out)), 0);
        ck_assert_int_eq(memcmp(out, nist_output[resistance], sizeof(out)), 0);
        ck_assert_int_eq(mbedguard_hmac_drbg_free(&hmac), 0);
    }
}
END_TEST

/* ---- Every function, from all threads -------------------------------------------------------- */

static char path[] = "/tmp/mbedguard-check-drbg-XXXXXX";

static void make_path(void)
{
    int file;

    memcpy(path + sizeof(path) - 7, "XXXXXX", 6);
    file = mkstemp(path);
    ck_assert_int_ge(file, 0);
    close(file);
}

/* A seed file is whole whoever wrote it. */
static long file_size(void)
{
    FILE *file = fopen(path, "rb");
    long size;

    if (file == NULL)
        return -1;
    (void) fseek(file, 0, SEEK_END);
    size = ftell(file);
    (void) fclose(file);
    return size;
}

static void any_of_ctr(unsigned number, void *data)
{
    static const unsigned char extra[16] = "extra";
    const unsigned rounds = live_rounds(ROUNDS);
    uint32_t dice = number + 1;
    unsigned char out[SOURCE_BLOCK];
    unsigned i;

    (void) data;
    for (i = 0; i < rounds; i++) {
        switch (live_dice(&dice) % 9) {
        case 0: LIVE_EQ(mbedguard_ctr_drbg_random(&ctr, out, sizeof(out)), 0); break;
        case 1: LIVE_EQ(mbedguard_ctr_drbg_random_with_add(&ctr, out, sizeof(out), extra, 16), 0);
            break;
        case 2: LIVE_EQ(mbedguard_ctr_drbg_reseed(&ctr, extra, sizeof(extra)), 0); break;
#if LIVE_V3
        case 3: LIVE_EQ(mbedguard_ctr_drbg_update(&ctr, extra, sizeof(extra)), 0); break;
#else
        case 3: LIVE_EQ(mbedguard_ctr_drbg_update_ret(&ctr, extra, sizeof(extra)), 0); break;
#endif
        case 4: LIVE_EQ(mbedguard_ctr_drbg_set_reseed_interval(&ctr, (int) (i % 9) + 1), 0); break;
        case 5: LIVE_EQ(mbedguard_ctr_drbg_set_prediction_resistance(&ctr, (int) i % 2), 0); break;
        case 6: LIVE_EQ(mbedguard_ctr_drbg_set_entropy_len(&ctr, 32 + i % 40), 0);
            /* Too late, once it is seeded. */
            LIVE_EQ(mbedguard_ctr_drbg_set_nonce_len(&ctr, 8),
                    MBEDTLS_ERR_CTR_DRBG_ENTROPY_SOURCE_FAILED);
            break;
#if defined(MBEDTLS_FS_IO)
        case 7: LIVE_EQ(mbedguard_ctr_drbg_write_seed_file(&ctr, path), 0); break;
        default: LIVE_EQ(mbedguard_ctr_drbg_update_seed_file(&ctr, path), 0); break;
#else
        default: break;
#endif
        }
    }
}

START_TEST(every_function_of_ctr)
{
    memset(&source, 0, sizeof(source));
    make_path();
    ck_assert_int_eq(mbedguard_ctr_drbg_init(&ctr), 0);
    ck_assert_int_eq(mbedguard_ctr_drbg_seed(&ctr, source_func, &source, NULL, 0), 0);
#if defined(MBEDTLS_FS_IO)
    ck_assert_int_eq(mbedguard_ctr_drbg_write_seed_file(&ctr, path), 0);
#endif
    live_threads(THREADS, any_of_ctr, NULL);
#if defined(MBEDTLS_FS_IO)
    ck_assert_int_eq(file_size(), MBEDTLS_CTR_DRBG_MAX_INPUT);
#endif
    ck_assert_int_eq(mbedguard_ctr_drbg_free(&ctr), 0);
    unlink(path);
}
END_TEST

static void any_of_hmac(unsigned number, void *data)
{
    static const unsigned char extra[16] = "extra";
    const unsigned rounds = live_rounds(ROUNDS);
    uint32_t dice = number + 1;
    unsigned char out[SOURCE_BLOCK];
    unsigned i;

    (void) data;
    for (i = 0; i < rounds; i++) {
        switch (live_dice(&dice) % 9) {
        case 0: LIVE_EQ(mbedguard_hmac_drbg_random(&hmac, out, sizeof(out)), 0); break;
        case 1: LIVE_EQ(mbedguard_hmac_drbg_random_with_add(&hmac, out, sizeof(out), extra, 16), 0);
            break;
        case 2: LIVE_EQ(mbedguard_hmac_drbg_reseed(&hmac, extra, sizeof(extra)), 0); break;
#if LIVE_V3
        case 3: LIVE_EQ(mbedguard_hmac_drbg_update(&hmac, extra, sizeof(extra)), 0); break;
#else
        case 3: LIVE_EQ(mbedguard_hmac_drbg_update_ret(&hmac, extra, sizeof(extra)), 0); break;
#endif
        case 4: LIVE_EQ(mbedguard_hmac_drbg_set_reseed_interval(&hmac, (int) (i % 9) + 1), 0);
            break;
        case 5: LIVE_EQ(mbedguard_hmac_drbg_set_prediction_resistance(&hmac, (int) i % 2), 0);
            break;
        case 6: LIVE_EQ(mbedguard_hmac_drbg_set_entropy_len(&hmac, 32 + i % 40), 0); break;
#if defined(MBEDTLS_FS_IO)
        case 7: LIVE_EQ(mbedguard_hmac_drbg_write_seed_file(&hmac, path), 0); break;
        default: LIVE_EQ(mbedguard_hmac_drbg_update_seed_file(&hmac, path), 0); break;
#else
        default: break;
#endif
        }
    }
}

START_TEST(every_function_of_hmac)
{
    memset(&source, 0, sizeof(source));
    make_path();
    ck_assert_int_eq(mbedguard_hmac_drbg_init(&hmac), 0);
    ck_assert_int_eq(mbedguard_hmac_drbg_seed(&hmac, hash(), source_func, &source, NULL, 0), 0);
#if defined(MBEDTLS_FS_IO)
    ck_assert_int_eq(mbedguard_hmac_drbg_write_seed_file(&hmac, path), 0);
#endif
    live_threads(THREADS, any_of_hmac, NULL);
#if defined(MBEDTLS_FS_IO)
    ck_assert_int_eq(file_size(), MBEDTLS_HMAC_DRBG_MAX_INPUT);
#endif
    ck_assert_int_eq(mbedguard_hmac_drbg_free(&hmac), 0);
    unlink(path);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("generators of Mbed TLS");
    TCase *tc = live_case(suite, "bytes");

    tcase_add_test(tc, ctr_sequence);
    tcase_add_test(tc, hmac_sequence);
    tcase_add_test(tc, hmac_from_a_buffer);
    tcase_add_test(tc, hmac_vectors);
    tc = live_case(suite, "every function");
    tcase_add_test(tc, every_function_of_ctr);
    tcase_add_test(tc, every_function_of_hmac);
    return live_run(suite);
}
