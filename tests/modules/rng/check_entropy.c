/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Guarded entropy: every function from many threads, sources that are added while others gather, and
 * the thresholds of strong and weak sources as Mbed TLS has them.
 */
#if !defined(_POSIX_C_SOURCE)
#define _POSIX_C_SOURCE 200809L
#endif

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <mbedtls/entropy.h>

#include "manual/members.h"
#include "modules/rng/source.h"

#define THREADS 4
#define ROUNDS  300
#define LEN     32

static mbedguard_entropy_context entropy;

/* Gives so many bytes at once. */
struct drip {
    unsigned calls;
    size_t at_once;
    int result;
};

static int drip(void *context, unsigned char *output, size_t len, size_t *used)
{
    struct drip *source = context;
    uint32_t dice = ++source->calls * 2654435761u;
    size_t i;

    *used = len < source->at_once ? len : source->at_once;
    for (i = 0; i < *used; i++)
        output[i] = (unsigned char) (live_dice(&dice) >> 9);
    return source->result;
}

/* ---- Thresholds, as Mbed TLS has them -------------------------------------------------------- */

struct added {
    struct drip source;
    size_t threshold;
    int strong;
};

static void empty_both(mbedtls_entropy_context *raw)
{
    mbedtls_entropy_context *inside;

    mbedtls_entropy_init(raw);
    raw->MBEDTLS_PRIVATE(source_count) = 0;
    ck_assert_int_eq(mbedguard_entropy_init(&entropy), 0);
    ck_assert_int_eq(mbedguard_borrow(&entropy, &inside), 0);
    inside->MBEDTLS_PRIVATE(source_count) = 0;
    ck_assert_int_eq(mbedguard_unlock(&entropy), 0);
}

/* The same sources in both: results, calls of each source, and bytes are the same. */
static int compare_with_raw(const struct added *added, unsigned count)
{
    struct added ours[4], raws[4];
    unsigned char out[LEN] = {0}, raw_out[LEN] = {0};
    mbedtls_entropy_context raw;
    unsigned i, round;
    int ret = 0;

    empty_both(&raw);
    memcpy(ours, added, count * sizeof(*added));
    memcpy(raws, added, count * sizeof(*added));
    for (i = 0; i < count; i++) {
        ck_assert_int_eq(mbedguard_entropy_add_source(&entropy, drip, &ours[i].source,
                                                      ours[i].threshold, ours[i].strong),
                         0);
        ck_assert_int_eq(mbedtls_entropy_add_source(&raw, drip, &raws[i].source,
                                                    raws[i].threshold, raws[i].strong),
                         0);
    }
    for (round = 0; round < 3; round++) {
        ret = mbedtls_entropy_func(&raw, raw_out, LEN);
        ck_assert_int_eq(mbedguard_entropy_func(&entropy, out, LEN), ret);
        ck_assert_int_eq(memcmp(out, raw_out, LEN), 0);
        for (i = 0; i < count; i++)
            ck_assert_uint_eq(ours[i].source.calls, raws[i].source.calls);
    }
    mbedtls_entropy_free(&raw);
    ck_assert_int_eq(mbedguard_entropy_free(&entropy), 0);
    return ret;
}

START_TEST(thresholds)
{
    const struct added strong = {{0, 8, 0}, 64, MBEDTLS_ENTROPY_SOURCE_STRONG};
    const struct added weak = {{0, 3, 0}, 10, MBEDTLS_ENTROPY_SOURCE_WEAK};
    const struct added failing = {{0, 3, -1}, 10, MBEDTLS_ENTROPY_SOURCE_STRONG};
    const struct added empty = {{0, 0, 0}, 10, MBEDTLS_ENTROPY_SOURCE_STRONG};
    struct added both[3] = {strong, weak, strong};

    ck_assert_int_eq(compare_with_raw(&weak, 0), MBEDTLS_ERR_ENTROPY_NO_SOURCES_DEFINED);
    ck_assert_int_eq(compare_with_raw(&weak, 1), MBEDTLS_ERR_ENTROPY_NO_STRONG_SOURCE);
    ck_assert_int_eq(compare_with_raw(&strong, 1), 0);
    ck_assert_int_eq(compare_with_raw(both, 2), 0);
    both[2].threshold = 1000;
    ck_assert_int_eq(compare_with_raw(both, 3), 0);
    ck_assert_int_eq(compare_with_raw(&failing, 1), -1);
    ck_assert_int_eq(compare_with_raw(&empty, 1), MBEDTLS_ERR_ENTROPY_SOURCE_FAILED);
}
END_TEST

START_TEST(too_many_sources)
{
    struct drip source = {0, 8, 0};
    mbedtls_entropy_context raw;
    int i;

    empty_both(&raw);
    for (i = 0; i <= MBEDTLS_ENTROPY_MAX_SOURCES; i++) {
        int ret = mbedtls_entropy_add_source(&raw, drip, &source, 1, MBEDTLS_ENTROPY_SOURCE_WEAK);

        ck_assert_int_eq(mbedguard_entropy_add_source(&entropy, drip, &source, 1,
                                                      MBEDTLS_ENTROPY_SOURCE_WEAK),
                         ret);
    }
    ck_assert_int_eq(mbedguard_entropy_add_source(&entropy, drip, &source, 1,
                                                  MBEDTLS_ENTROPY_SOURCE_WEAK),
                     MBEDTLS_ERR_ENTROPY_MAX_SOURCES);
    mbedtls_entropy_free(&raw);
    ck_assert_int_eq(mbedguard_entropy_free(&entropy), 0);
}
END_TEST

/* ---- Sources that are added while others gather ---------------------------------------------- */

#define ADDED 12

static struct drip sources[ADDED];
static atomic_bool all_added;

static void gather_or_add(unsigned number, void *data)
{
    unsigned char out[LEN];
    unsigned i;

    (void) data;
    if (number == 0) {
        for (i = 0; i < ADDED; i++) {
            LIVE_EQ(mbedguard_entropy_add_source(&entropy, drip, &sources[i], 16,
                                                 i % 2 != 0 ? MBEDTLS_ENTROPY_SOURCE_STRONG
                                                            : MBEDTLS_ENTROPY_SOURCE_WEAK),
                    0);
            /* One that was added takes part in what begins after that. */
            LIVE_EQ(mbedguard_entropy_func(&entropy, out, LEN), 0);
            LIVE_EQ(mbedguard_lock(&entropy), 0);
            LIVE_EQ(sources[i].calls >= 2, true);
            LIVE_EQ(mbedguard_unlock(&entropy), 0);
        }
        atomic_store(&all_added, true);
        return;
    }
    while (!atomic_load(&all_added)) {
        LIVE_EQ(mbedguard_entropy_func(&entropy, out, LEN), 0);
        LIVE_EQ(mbedguard_entropy_gather(&entropy), 0);
    }
}

START_TEST(added_while_gathering)
{
    unsigned i;

    memset(sources, 0, sizeof(sources));
    for (i = 0; i < ADDED; i++)
        sources[i].at_once = 8;
    atomic_store(&all_added, false);
    ck_assert_int_eq(mbedguard_entropy_init(&entropy), 0);
    live_threads(THREADS, gather_or_add, NULL);
    ck_assert_int_eq(mbedguard_entropy_free(&entropy), 0);
}
END_TEST

/* ---- Every function, from all threads -------------------------------------------------------- */

static char path[] = "/tmp/mbedguard-check-entropy-XXXXXX";

static void any_function(unsigned number, void *data)
{
    const unsigned rounds = live_rounds(ROUNDS);
    uint32_t dice = number + 1;
    unsigned char out[LEN] = {0};
    unsigned i;

    (void) data;
    for (i = 0; i < rounds; i++) {
        switch (live_dice(&dice) % 5) {
        case 0: LIVE_EQ(mbedguard_entropy_func(&entropy, out, LEN), 0); break;
        case 1: LIVE_EQ(mbedguard_entropy_gather(&entropy), 0); break;
        case 2: LIVE_EQ(mbedguard_entropy_update_manual(&entropy, out, LEN), 0); break;
#if defined(MBEDTLS_FS_IO)
        case 3: LIVE_EQ(mbedguard_entropy_write_seed_file(&entropy, path), 0); break;
        default: LIVE_EQ(mbedguard_entropy_update_seed_file(&entropy, path), 0); break;
#else
        default: break;
#endif
        }
    }
}

START_TEST(every_function)
{
    int file;

    memcpy(path + sizeof(path) - 7, "XXXXXX", 6);
    file = mkstemp(path);
    ck_assert_int_ge(file, 0);
    close(file);
    ck_assert_int_eq(mbedguard_entropy_init(&entropy), 0);
#if defined(MBEDTLS_FS_IO)
    ck_assert_int_eq(mbedguard_entropy_write_seed_file(&entropy, path), 0);
#endif
    live_threads(THREADS, any_function, NULL);
    ck_assert_int_eq(mbedguard_entropy_free(&entropy), 0);
    unlink(path);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("entropy");
    TCase *tc = live_case(suite, "thresholds");

    tcase_add_test(tc, thresholds);
    tcase_add_test(tc, too_many_sources);
    tc = live_case(suite, "threads");
    tcase_add_test(tc, added_while_gathering);
    tcase_add_test(tc, every_function);
    return live_run(suite);
}
