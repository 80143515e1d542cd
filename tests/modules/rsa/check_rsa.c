/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* One RSA key, many threads: that they are inside at once, and with which key. */
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "modules/rsa/meeting.h"
#include "modules/rsa/one_key.h"

#if defined(ONE_KEY_TESTS)

/* Exponent blinding: two factors of 28 bytes in each operation; a blinding value at first beside them. */
#define DRAWN_ALWAYS   ((size_t) 56)
#define DRAWN_AT_FIRST (DRAWN_ALWAYS + LENGTH - 1)

START_TEST(threads_are_inside_at_once)
{
    ck_assert_uint_eq(copies(), 0);
    meet_and_sign(THREADS, 0);
    ck_assert_uint_eq(copies(), THREADS - 1);
    /* Which are there already now. */
    meet_and_sign(THREADS, 0);
    ck_assert_uint_eq(copies(), THREADS - 1);
}
END_TEST

START_TEST(one_thread_makes_no_copy)
{
    unsigned char made[LENGTH];
    unsigned i;

    for (i = 0; i < 5; i++) {
        ck_assert_int_eq(sign(mbedguard_ctr_drbg_random, &live_drbg, made), 0);
        ck_assert_mem_eq(made, signature[0], LENGTH);
    }
    ck_assert_uint_eq(copies(), 0);
}
END_TEST

/* ---- Blinding ---------------------------------------------------------------------------------- */

static size_t drawn_by[2];

static void count_drawn(unsigned number, void *data)
{
    sign_together(number, data);
    drawn_by[number] = meeting_drawn();
}

START_TEST(a_copy_has_blinding_values_of_its_own)
{
    unsigned char made[LENGTH];
    unsigned which = 0, copy;

    ck_assert_int_eq(sign(meeting_rng, NULL, made), 0); /* meets nobody: now the key has some */
    meeting_of(2);
    live_threads(2, count_drawn, &which);
    ck_assert(meeting_took_place());
    for (copy = 0; copy < 2 && drawn_by[copy] == DRAWN_ALWAYS; copy++)
        ;
    ck_assert_uint_lt(copy, 2);
    ck_assert_uint_ge(drawn_by[copy], DRAWN_AT_FIRST);
    ck_assert_uint_eq(drawn_by[1 - copy], DRAWN_ALWAYS);
    meeting_of(2);
    live_threads(2, count_drawn, &which);
    ck_assert_uint_eq(drawn_by[0] + drawn_by[1], 2 * DRAWN_ALWAYS);
}
END_TEST

/* ---- The bound --------------------------------------------------------------------------------- */

static void sign_often(unsigned number, void *data)
{
    unsigned char made[LENGTH];
    unsigned i, count;

    (void) data;
    for (i = 0; i < live_rounds(20); i++) {
        LIVE_EQ(sign(mbedguard_ctr_drbg_random, &live_drbg, made), 0);
        LIVE_EQ(memcmp(made, signature[0], LENGTH), 0);
        LIVE_EQ(mbedguard_rsa_count_copies(&used, &count), 0);
        LIVE_EQ(count <= 1, true);
    }
    (void) number;
}

START_TEST(copies_are_bounded)
{
    unsigned bound = 7;

    ck_assert_int_eq(mbedguard_rsa_set_max_copies(1), 0);
    ck_assert_int_eq(mbedguard_rsa_get_max_copies(&bound), 0);
    ck_assert_uint_eq(bound, 1);
    meet_and_sign(2, 0);
    live_threads(THREADS, sign_often, NULL);
    ck_assert_uint_eq(copies(), 1);
    ck_assert_int_eq(mbedguard_rsa_get_max_copies(NULL), MBEDGUARD_ERR_BAD_INPUT);
}
END_TEST

/* Lowers the bound while all are inside. */
static int lowering_rng(void *nothing, unsigned char *output, size_t length)
{
    const int ret = meeting_rng(nothing, output, length);

    LIVE_EQ(mbedguard_rsa_set_max_copies(1), 0);
    return ret;
}

static void sign_lowering(unsigned number, void *data)
{
    unsigned char made[LENGTH];

    (void) data;
    LIVE_EQ(sign(number == 0 ? lowering_rng : meeting_rng, NULL, made), 0);
    LIVE_EQ(memcmp(made, signature[0], LENGTH), 0);
}

START_TEST(a_lower_bound_takes_copies_back)
{
    meet_and_sign(THREADS, 0);
    ck_assert_uint_eq(copies(), THREADS - 1);
    meeting_of(THREADS);
    live_threads(THREADS, sign_lowering, NULL);
    ck_assert_uint_le(copies(), THREADS - 1);
    ck_assert_int_eq(mbedguard_rsa_set_max_copies(1), 0);
    meet_and_sign(2, 0);
    ck_assert_uint_le(copies(), THREADS - 1);
    /* Each that is used is one less. */
    meet_and_sign(2, 0);
    ck_assert_uint_eq(copies(), 1);
}
END_TEST

/* Until somebody says something else; so it has to be asked before. */
START_TEST(at_first_as_many_as_processors)
{
    const long processors = sysconf(_SC_NPROCESSORS_ONLN);
    unsigned bound = 0;

    ck_assert_int_gt(processors, 0);
    ck_assert_int_eq(mbedguard_rsa_get_max_copies(&bound), 0);
    ck_assert_uint_eq(bound, (unsigned) processors);
}
END_TEST

START_TEST(without_copies_threads_take_turns)
{
    ck_assert_int_eq(mbedguard_rsa_set_max_copies(0), 0);
    live_threads(THREADS, sign_often, NULL);
    ck_assert_uint_eq(copies(), 0);
}
END_TEST

/* ---- Changes ----------------------------------------------------------------------------------- */

START_TEST(another_key_is_used_by_all)
{
    meet_and_sign(2, 0);
    ck_assert_uint_eq(copies(), 1);
    ck_assert_int_eq(mbedguard_rsa_copy(&used, &key[1]), 0);
    ck_assert_uint_eq(copies(), 0);
    meet_and_sign(2, 1);
    meet_and_sign(THREADS, 1);
}
END_TEST

static int import_from(const mbedguard_rsa_context *from)
{
    mbedguard_mpi part[5];
    int ret;
    unsigned i;

    for (i = 0; i < 5; i++)
        mbedguard_mpi_init(&part[i]);
    ret = mbedguard_rsa_export(from, &part[0], &part[1], &part[2], &part[3], &part[4]);
    mbedguard_rsa_free(&used);
    if (ret == 0)
        ret = mbedguard_rsa_import(&used, &part[0], &part[1], &part[2], &part[3], &part[4]);
    for (i = 0; i < 5; i++)
        mbedguard_mpi_free(&part[i]);
    return ret;
}

START_TEST(an_imported_key_is_used_by_all)
{
    meet_and_sign(2, 0);
    ck_assert_int_eq(import_from(&key[2]), 0);
    ck_assert_uint_eq(copies(), 0);
    ck_assert_int_eq(mbedguard_rsa_complete(&used), 0);
    meet_and_sign(2, 2);
}
END_TEST

/* An import without complete fails in Mbed TLS: a copy would be complete. */
static void fail_together(unsigned number, void *data)
{
    unsigned char made[LENGTH];
    unsigned i;

    (void) number;
    (void) data;
    for (i = 0; i < live_rounds(50); i++)
        LIVE_EQ(sign(mbedguard_ctr_drbg_random, &live_drbg, made) != 0, true);
}

START_TEST(an_incomplete_key_stays_one)
{
    ck_assert_int_eq(import_from(&key[2]), 0);
    live_threads(THREADS, fail_together, NULL);
}
END_TEST

START_TEST(what_is_done_under_a_lock_counts)
{
    mbedtls_rsa_context *raw;

    meet_and_sign(2, 0);
    ck_assert_uint_eq(copies(), 1);
    ck_assert_int_eq(mbedguard_borrow(&used, &raw), 0);
    ck_assert_int_eq(mbedtls_rsa_copy(raw, &key[1].unguarded), 0);
    ck_assert_int_eq(mbedguard_unlock(&used), 0);
    ck_assert_uint_eq(copies(), 0);
    meet_and_sign(2, 1);
}
END_TEST

/* Each of the calls that change a key, on one that has a copy; whose key it has then. */
static int change_by_generation(void)
{
    return mbedguard_rsa_gen_key(&used, mbedguard_ctr_drbg_random, &live_drbg, BITS, 65537);
}

static int change_by_completion(void)
{
    return mbedguard_rsa_complete(&used);
}

static int change_by_padding(void)
{
    (void) mbedguard_rsa_set_padding(&used, MBEDTLS_RSA_PKCS_V15, MBEDTLS_MD_NONE);
    return 0;
}

static int change_by_copy(void)
{
    return mbedguard_rsa_copy(&used, &key[1]);
}

static int change_by_import(void)
{
    const int ret = import_from(&key[2]);

    return ret == 0 ? mbedguard_rsa_complete(&used) : ret;
}

static int import_bytes_of(const mbedguard_rsa_context *from)
{
    static const unsigned char exponent[] = {1, 0, 1};
    unsigned char modulus[LENGTH], prime[2][LENGTH / 2];
    int ret = mbedguard_rsa_export_raw(from, modulus, LENGTH, prime[0], LENGTH / 2, prime[1],
                                       LENGTH / 2, NULL, 0, NULL, 0);

    return ret != 0 ? ret
                    : mbedguard_rsa_import_raw(&used, modulus, LENGTH, prime[0], LENGTH / 2,
                                               prime[1], LENGTH / 2, NULL, 0, exponent, 3);
}

static int change_by_bytes(void)
{
    int ret = import_bytes_of(&key[1]);

    /* At once, and not only by what follows. */
    LIVE_EQ(copies(), 0);
    mbedguard_rsa_free(&used);
    if (ret == 0)
        ret = import_bytes_of(&key[1]);
    return ret == 0 ? mbedguard_rsa_complete(&used) : ret;
}

static const struct {
    int (*call)(void);
    unsigned then;
} changers[] = {
    {change_by_generation, KEYS}, /* a new one */
    {change_by_completion, 0},    {change_by_padding, 0}, {change_by_copy, 1},
    {change_by_import, 2},        {change_by_bytes, 1},
};

START_TEST(each_change_takes_the_copies)
{
    size_t i;

    for (i = 0; i < sizeof(changers) / sizeof(changers[0]); i++) {
        mbedguard_rsa_free(&used);
        ck_assert_int_eq(mbedguard_rsa_copy(&used, &key[0]), 0);
        meet_and_sign(2, 0);
        ck_assert_uint_eq(copies(), 1);
        ck_assert_int_eq(changers[i].call(), 0);
        ck_assert_msg(copies() == 0, "by change %zu", i);
        if (changers[i].then < KEYS)
            meet_and_sign(2, changers[i].then);
    }
}
END_TEST

static void pss_together(unsigned number, void *data)
{
    unsigned char made[LENGTH];

    (void) number;
    (void) data;
    LIVE_EQ(sign(meeting_rng, NULL, made), 0);
    LIVE_EQ(mbedguard_rsa_rsassa_pss_verify(&key[0], VERIFYING MBEDTLS_MD_SHA256, HASH, hash, made),
            0);
}

START_TEST(copies_have_the_padding_that_was_set)
{
    meet_and_sign(2, 0);
    mbedguard_rsa_set_padding(&used, MBEDTLS_RSA_PKCS_V21, MBEDTLS_MD_SHA256);
    mbedguard_rsa_set_padding(&key[0], MBEDTLS_RSA_PKCS_V21, MBEDTLS_MD_SHA256);
    ck_assert_uint_eq(copies(), 0);
    meeting_of(THREADS);
    live_threads(THREADS, pss_together, NULL);
    ck_assert(meeting_took_place());
}
END_TEST

/* Counts the replacements that have returned. */
static unsigned replaced;
static pthread_mutex_t replaced_mutex = PTHREAD_MUTEX_INITIALIZER;

static unsigned replacements(unsigned more)
{
    unsigned count;

    pthread_mutex_lock(&replaced_mutex);
    replaced += more;
    count = replaced;
    pthread_mutex_unlock(&replaced_mutex);
    return count;
}

static void replace_or_sign(unsigned number, void *data)
{
    const unsigned rounds = live_rounds(40);
    unsigned char made[LENGTH];
    unsigned i;

    (void) data;
    for (i = 0; i < rounds; i++) {
        const unsigned before = replacements(0);
        unsigned after, k;
        bool known = false;

        if (number == 0) {
            LIVE_EQ(mbedguard_rsa_copy(&used, &key[(before + 1) % KEYS]), 0);
            (void) replacements(1);
            continue;
        }
        LIVE_EQ(sign(mbedguard_ctr_drbg_random, &live_drbg, made), 0);
        after = replacements(0);
        /* Of the key at the beginning, or of one that came meanwhile. */
        for (k = before; k <= after + 1; k++)
            known = known || memcmp(made, signature[k % KEYS], LENGTH) == 0;
        LIVE_EQ(known, true);
    }
}

START_TEST(a_replaced_key_signs_no_more)
{
    replaced = 0;
    live_threads(THREADS, replace_or_sign, NULL);
}
END_TEST

static void use_and_free(unsigned number, void *data)
{
    unsigned char made[LENGTH];
    unsigned i;

    (void) data;
    for (i = 0; i < live_rounds(20); i++) {
        if (number == 0) {
            mbedguard_rsa_free(&used);
            LIVE_EQ(mbedguard_rsa_copy(&used, &key[0]), 0);
        } else if (sign(mbedguard_ctr_drbg_random, &live_drbg, made) == 0) {
            LIVE_EQ(memcmp(made, signature[0], LENGTH), 0);
        }
        if (number == 1) {
            LIVE_EQ(mbedguard_rsa_check_pubkey(&key[0]), 0);
            LIVE_EQ(mbedguard_rsa_check_pub_priv(&key[0], &key[0]), 0);
        }
    }
}

START_TEST(free_waits_for_those_inside)
{
    live_threads(THREADS, use_and_free, NULL);
}
END_TEST

/* ---- Decryption -------------------------------------------------------------------------------- */

static const unsigned char text[] = "nobody reads this";
static unsigned char sealed[LENGTH];

static void open_together(unsigned number, void *data)
{
    unsigned char opened[LENGTH];
    size_t length = 0;

    (void) number;
    (void) data;
    meeting_next();
    LIVE_EQ(mbedguard_rsa_pkcs1_decrypt(&used, meeting_rng, NULL, PRIVATE & length, sealed, opened,
                                        sizeof opened),
            0);
    LIVE_EQ(length, sizeof text);
    LIVE_EQ(memcmp(opened, text, sizeof text), 0);
}

START_TEST(threads_decrypt_at_once)
{
    const int padding[] = {MBEDTLS_RSA_PKCS_V15, MBEDTLS_RSA_PKCS_V21};
    unsigned i;

    for (i = 0; i < 2; i++) {
        mbedguard_rsa_set_padding(&used, padding[i], MBEDTLS_MD_SHA256);
        ck_assert_int_eq(mbedguard_rsa_pkcs1_encrypt(&used, mbedguard_ctr_drbg_random, &live_drbg,
                                                     PUBLIC sizeof text, text, sealed),
                         0);
        meeting_of(3);
        live_threads(3, open_together, NULL);
        ck_assert(meeting_took_place());
    }
}
END_TEST

static void raw_together(unsigned number, void *data)
{
    unsigned char made[LENGTH], back[LENGTH], input[LENGTH] = {0};

    (void) data;
    input[LENGTH - 1] = (unsigned char) (number + 2);
    meeting_next();
    LIVE_EQ(mbedguard_rsa_private(&used, meeting_rng, NULL, input, made), 0);
    LIVE_EQ(mbedguard_rsa_public(&key[0], made, back), 0);
    LIVE_EQ(memcmp(back, input, LENGTH), 0);
}

START_TEST(the_bare_operation_is_parallel)
{
    meeting_of(2);
    live_threads(2, raw_together, NULL);
    ck_assert(meeting_took_place());
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("rsa");
    TCase *tc = live_case(suite, "at first");

    tcase_add_test(tc, at_first_as_many_as_processors);
    tc = live_case_with(suite, "together", one_key_setup, one_key_teardown);

    tcase_add_test(tc, threads_are_inside_at_once);
    tcase_add_test(tc, one_thread_makes_no_copy);
    tcase_add_test(tc, a_copy_has_blinding_values_of_its_own);
    tcase_add_test(tc, copies_are_bounded);
    tcase_add_test(tc, a_lower_bound_takes_copies_back);
    tcase_add_test(tc, without_copies_threads_take_turns);
    tcase_add_test(tc, threads_decrypt_at_once);
    tcase_add_test(tc, the_bare_operation_is_parallel);

    tc = live_case_with(suite, "changes", one_key_setup, one_key_teardown);
    tcase_add_test(tc, another_key_is_used_by_all);
    tcase_add_test(tc, an_imported_key_is_used_by_all);
    tcase_add_test(tc, an_incomplete_key_stays_one);
    tcase_add_test(tc, what_is_done_under_a_lock_counts);
    tcase_add_test(tc, each_change_takes_the_copies);
    tcase_add_test(tc, copies_have_the_padding_that_was_set);
    tcase_add_test(tc, a_replaced_key_signs_no_more);
    tcase_add_test(tc, free_waits_for_those_inside);
    return live_run(suite);
}

#else

int main(void)
{
    return 77;
}

#endif
