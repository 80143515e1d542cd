/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * fork() while other threads are inside guarded calls or hold locks. The child uses objects that
 * were free, gets MBEDGUARD_ERR_BROKEN for those that a thread which it does not have was
 * changing, and never hangs.
 */
#if !defined(_POSIX_C_SOURCE)
#define _POSIX_C_SOURCE 200809L
#endif

#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "live/live.h"

#define CHILD_SECONDS (LIVE_SECONDS / 3)

static mbedguard_mpi held, unheld, own, busy;
static mbedguard_ctr_drbg_context busy_drbg;
static atomic_bool finished;

static void make_numbers(void)
{
    ck_assert_int_eq(mbedguard_mpi_init(&held), 0);
    ck_assert_int_eq(mbedguard_mpi_init(&unheld), 0);
    ck_assert_int_eq(mbedguard_mpi_init(&own), 0);
    ck_assert_int_eq(mbedguard_mpi_init(&busy), 0);
    ck_assert_int_eq(mbedguard_mpi_lset(&held, 1), 0);
    ck_assert_int_eq(mbedguard_mpi_lset(&unheld, 1), 0);
    ck_assert_int_eq(mbedguard_mpi_lset(&own, 1), 0);
    ck_assert_int_eq(mbedguard_mpi_lset(&busy, 1), 0);
    atomic_store(&finished, false);
}

static void free_numbers(void)
{
    ck_assert_int_eq(mbedguard_mpi_free(&busy), 0);
    ck_assert_int_eq(mbedguard_mpi_free(&own), 0);
    ck_assert_int_eq(mbedguard_mpi_free(&unheld), 0);
    ck_assert_int_eq(mbedguard_mpi_free(&held), 0);
}

/*
 * Runs body in a child that cannot hang; its result must be 0, or names the line that is wrong.
 * The child tells it through a pipe and dies by a signal, so that no tool looks for leaks in a
 * process that lost the stacks of its threads.
 */
static void in_child(int (*body)(void))
{
    unsigned char result = 0xFF;
    int ends[2], status = 0;
    pid_t child;

    LIVE_EQ(pipe(ends), 0);
    child = fork();
    LIVE_EQ(child < 0, 0);
    if (child == 0) {
        alarm(CHILD_SECONDS);
        result = (unsigned char) body();
        if (write(ends[1], &result, 1) == 1)
            raise(SIGKILL);
        _exit(1);
    }
    close(ends[1]);
    if (child > 0) {
        LIVE_EQ(read(ends[0], &result, 1), 1);
        LIVE_EQ(result, 0);
        LIVE_EQ(waitpid(child, &status, 0), child);
        LIVE_EQ(WIFSIGNALED(status) ? WTERMSIG(status) : -1, SIGKILL);
    }
    close(ends[0]);
}

#define CHILD_EQ(got, expected)                                                                    \
    do {                                                                                           \
        if ((got) != (expected))                                                                   \
            return __LINE__ & 0xFF;                                                                \
    } while (0)

/* ---- One that another thread holds, one that is free, one that the forking thread holds ------ */

static int child_of_holders(void)
{
    CHILD_EQ(mbedguard_mpi_add_int(&unheld, &unheld, 1), 0);
    CHILD_EQ(mbedguard_mpi_cmp_int(&unheld, 2), 0);
    CHILD_EQ(mbedguard_mpi_lset(&held, 2), MBEDGUARD_ERR_BROKEN);
    CHILD_EQ(mbedguard_mpi_lset(&held, 2), MBEDGUARD_ERR_BROKEN);
    CHILD_EQ(mbedguard_lock(&held), MBEDGUARD_ERR_BROKEN);
    /* The thread that forked is here, with what it holds. */
    CHILD_EQ(mbedguard_mpi_lset(&own, 5), 0);
    CHILD_EQ(mbedguard_unlock(&own), 0);
    CHILD_EQ(mbedguard_unlock(&own), MBEDGUARD_ERR_NOT_LOCKED);
    CHILD_EQ(mbedguard_mpi_cmp_int(&own, 5), 0);
    /* A broken object can be made anew. */
    CHILD_EQ(mbedguard_mpi_free(&held), 0);
    CHILD_EQ(mbedguard_mpi_init(&held), 0);
    CHILD_EQ(mbedguard_mpi_lset(&held, 3), 0);
    CHILD_EQ(mbedguard_mpi_cmp_int(&held, 3), 0);
    return 0;
}

static void hold_or_fork(unsigned number, void *data)
{
    (void) data;
    if (number == 0)
        LIVE_EQ(mbedguard_lock(&held), 0);
    live_meet();
    if (number == 1) {
        LIVE_EQ(mbedguard_lock(&own), 0);
        in_child(child_of_holders);
        LIVE_EQ(mbedguard_unlock(&own), 0);
    }
    live_meet();
    if (number == 0)
        LIVE_EQ(mbedguard_unlock(&held), 0);
}

START_TEST(held_at_fork)
{
    make_numbers();
    live_threads(2, hold_or_fork, NULL);
    /* The parent noticed nothing. */
    ck_assert_int_eq(mbedguard_mpi_lset(&held, 2), 0);
    ck_assert_int_eq(mbedguard_mpi_cmp_int(&own, 1), 0);
    free_numbers();
}
END_TEST

/* ---- Under load ------------------------------------------------------------------------------ */

static int child_of_load(void)
{
    unsigned char out[32];
    mbedguard_mpi fresh;
    int ret;

    ret = mbedguard_mpi_add_int(&busy, &busy, 1);
    if (ret != MBEDGUARD_ERR_BROKEN)
        CHILD_EQ(ret, 0);
    ret = mbedguard_ctr_drbg_random(&busy_drbg, out, sizeof(out));
    if (ret != MBEDGUARD_ERR_BROKEN)
        CHILD_EQ(ret, 0);
    CHILD_EQ(mbedguard_mpi_add_int(&unheld, &unheld, 1), 0);
    CHILD_EQ(mbedguard_mpi_cmp_int(&unheld, 2), 0);
    CHILD_EQ(mbedguard_mpi_init(&fresh), 0);
    CHILD_EQ(mbedguard_mpi_lset(&fresh, 1), 0);
    CHILD_EQ(mbedguard_mpi_free(&fresh), 0);
    return 0;
}

static void work_or_fork(unsigned number, void *data)
{
    const unsigned rounds = live_rounds(100);
    unsigned char out[32];
    unsigned i;

    (void) data;
    if (number != 0) {
        while (!atomic_load(&finished)) {
            LIVE_EQ(mbedguard_mpi_add_int(&busy, &busy, 1), 0);
            LIVE_EQ(mbedguard_ctr_drbg_random(&busy_drbg, out, sizeof(out)), 0);
        }
        return;
    }
    for (i = 0; i < rounds && !live_failed(); i++)
        in_child(child_of_load);
    atomic_store(&finished, true);
}

START_TEST(fork_under_load)
{
    make_numbers();
    ck_assert_int_eq(mbedguard_ctr_drbg_init(&busy_drbg), 0);
    ck_assert_int_eq(
        mbedguard_ctr_drbg_seed(&busy_drbg, mbedguard_entropy_func, &live_entropy, NULL, 0), 0);
    live_threads(3, work_or_fork, NULL);
    ck_assert_int_eq(mbedguard_ctr_drbg_free(&busy_drbg), 0);
    free_numbers();
}
END_TEST

/* ---- Generators ------------------------------------------------------------------------------ */

static int pipe_to_parent[2];

static int child_that_draws(void)
{
    unsigned char out[32];

    CHILD_EQ(mbedguard_ctr_drbg_random(&live_drbg, out, sizeof(out)), 0);
    CHILD_EQ(write(pipe_to_parent[1], out, sizeof(out)), (ssize_t) sizeof(out));
    return 0;
}

/* 2.28 has no fork detection: raw, both processes draw the same bytes. */
START_TEST(child_draws_other_bytes)
{
    unsigned char child[32] = {0}, parent[32] = {0};

    ck_assert_int_eq(pipe(pipe_to_parent), 0);
    ck_assert_int_eq(mbedguard_ctr_drbg_random(&live_drbg, parent, sizeof(parent)), 0);
    in_child(child_that_draws);
    live_assert_none();
    ck_assert_int_eq(mbedguard_ctr_drbg_random(&live_drbg, parent, sizeof(parent)), 0);
    ck_assert_int_eq(read(pipe_to_parent[0], child, sizeof(child)), (ssize_t) sizeof(child));
    ck_assert_int_ne(memcmp(child, parent, sizeof(child)), 0);
    close(pipe_to_parent[0]);
    close(pipe_to_parent[1]);
}
END_TEST

/* ---- PSA ------------------------------------------------------------------------------------- */

#if !LIVE_V3 && defined(MBEDTLS_CTR_DRBG_C) && !defined(MBEDTLS_PSA_CRYPTO_EXTERNAL_RNG) &&        \
    !defined(MBEDTLS_USE_PSA_CRYPTO) && !defined(MBEDTLS_PSA_CRYPTO_SE_C) &&                       \
    !defined(MBEDTLS_PSA_CRYPTO_BUILTIN_KEYS) && defined(MBEDGUARD_THREADING_PTHREAD)
#define PSA_CAN_BE_CLEARED 1

/* The generator's entropy, which stops the thread that is to be in the middle of a call. */
static int (*entropy_below)(void *data, unsigned char *output, size_t length);
static _Thread_local bool stops;
static psa_key_id_t key;

static int stopping_entropy(void *data, unsigned char *output, size_t length)
{
    if (stops) {
        stops = false;
        live_meet();
        live_meet();
    }
    return entropy_below(data, output, length);
}

/* Every draw asks for entropy. Nobody else is there yet, so the generator may be used raw. */
static void prepare_psa(void)
{
    mbedtls_ctr_drbg_context *const generator = MBEDTLS_PSA_RANDOM_STATE;
    mbedguard_psa_key_attributes_t attributes = MBEDGUARD_PSA_KEY_ATTRIBUTES_INIT;

    entropy_below = generator->f_entropy;
    generator->f_entropy = stopping_entropy;
    mbedtls_ctr_drbg_set_prediction_resistance(generator, MBEDTLS_CTR_DRBG_PR_ON);
    mbedguard_psa_set_key_type(&attributes, PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_SECP_R1));
    mbedguard_psa_set_key_bits(&attributes, 256);
    mbedguard_psa_set_key_usage_flags(&attributes, PSA_KEY_USAGE_SIGN_HASH);
    mbedguard_psa_set_key_algorithm(&attributes, PSA_ALG_ECDSA(PSA_ALG_SHA_256));
    ck_assert_int_eq(mbedguard_psa_generate_key(&attributes, &key), PSA_SUCCESS);
}

static psa_status_t draw(void)
{
    unsigned char out[32];

    return mbedguard_psa_generate_random(out, sizeof(out));
}

static psa_status_t sign(void)
{
    static const unsigned char hash[32] = {1};
    unsigned char signature[64];
    size_t length;

    return mbedguard_psa_sign_hash(key, PSA_ALG_ECDSA(PSA_ALG_SHA_256), hash, sizeof(hash),
                                   signature, sizeof(signature), &length);
}

static psa_status_t make_and_destroy(void)
{
    mbedguard_psa_key_attributes_t attributes = MBEDGUARD_PSA_KEY_ATTRIBUTES_INIT;
    psa_key_id_t made;
    psa_status_t status;

    mbedguard_psa_set_key_type(&attributes, PSA_KEY_TYPE_AES);
    mbedguard_psa_set_key_bits(&attributes, 128);
    status = mbedguard_psa_generate_key(&attributes, &made);
    return status == PSA_SUCCESS ? mbedguard_psa_destroy_key(made) : status;
}

static int child_that_clears(void)
{
    unsigned i;

    CHILD_EQ(draw(), PSA_ERROR_SERVICE_FAILURE);
    CHILD_EQ(mbedguard_psa_crypto_init(), PSA_ERROR_SERVICE_FAILURE);
    CHILD_EQ(mbedguard_psa_crypto_free(), 0);
    CHILD_EQ(draw(), PSA_ERROR_BAD_STATE);
    for (i = 0; i < 2; i++) {
        CHILD_EQ(mbedguard_psa_crypto_init(), PSA_SUCCESS);
        CHILD_EQ(draw(), PSA_SUCCESS);
        CHILD_EQ(make_and_destroy(), PSA_SUCCESS);
        /* The parent's keys are gone. */
        CHILD_EQ(sign() != PSA_SUCCESS, 1);
        CHILD_EQ(mbedguard_psa_crypto_free(), 0);
    }
    return 0;
}

static int child_that_cannot_clear(void)
{
    CHILD_EQ(draw(), PSA_ERROR_SERVICE_FAILURE);
    CHILD_EQ(mbedguard_psa_crypto_free(), MBEDGUARD_ERR_BROKEN);
    CHILD_EQ(mbedguard_psa_crypto_free(), MBEDGUARD_ERR_BROKEN);
    CHILD_EQ(mbedguard_psa_crypto_init(), PSA_ERROR_SERVICE_FAILURE);
    CHILD_EQ(draw(), PSA_ERROR_SERVICE_FAILURE);
    return 0;
}

/* What one thread is in the middle of, and what the child of the other does. */
struct in_the_middle {
    psa_status_t (*call)(void);
    int (*child)(void);
};

static void call_or_fork(unsigned number, void *data)
{
    const struct in_the_middle *const what = data;

    if (number == 0) {
        stops = true;
        LIVE_EQ(what->call(), PSA_SUCCESS);
        return;
    }
    live_meet();
    in_child(what->child);
    live_meet();
}

static void fork_in_the_middle(psa_status_t (*call)(void), int (*child)(void))
{
    struct in_the_middle what = {call, child};

    prepare_psa();
    live_threads(2, call_or_fork, &what);
    /* The parent noticed nothing. */
    ck_assert_int_eq(sign(), PSA_SUCCESS);
    ck_assert_int_eq(make_and_destroy(), PSA_SUCCESS);
    ck_assert_int_eq(mbedguard_psa_destroy_key(key), PSA_SUCCESS);
}

START_TEST(psa_is_cleared_after_a_draw)
{
    fork_in_the_middle(draw, child_that_clears);
}
END_TEST

START_TEST(psa_is_cleared_after_a_signature)
{
    fork_in_the_middle(sign, child_that_clears);
}
END_TEST

#if defined(MBEDTLS_GENPRIME) && defined(MBEDTLS_PK_WRITE_C) && defined(MBEDTLS_THREADING_C)

static psa_status_t make_slow_key(void)
{
    mbedguard_psa_key_attributes_t attributes = MBEDGUARD_PSA_KEY_ATTRIBUTES_INIT;
    psa_key_id_t made;
    psa_status_t status;

    mbedguard_psa_set_key_type(&attributes, PSA_KEY_TYPE_RSA_KEY_PAIR);
    mbedguard_psa_set_key_bits(&attributes, 1024);
    status = mbedguard_psa_generate_key(&attributes, &made);
    return status == PSA_SUCCESS ? mbedguard_psa_destroy_key(made) : status;
}

/* It makes a key, but not in the store yet: only the generator is in the middle of something. */
START_TEST(psa_is_cleared_after_a_slow_key)
{
    fork_in_the_middle(make_slow_key, child_that_clears);
}
END_TEST

#endif

/* Of a call that makes or destroys keys nobody knows how far it came. */
START_TEST(psa_stays_broken_after_a_call_that_makes_keys)
{
    fork_in_the_middle(make_and_destroy, child_that_cannot_clear);
}
END_TEST

/* No empty slot: the call may have made one empty. */
START_TEST(psa_stays_broken_if_the_slots_are_full)
{
    static const unsigned char bytes[16] = {1};
    mbedguard_psa_key_attributes_t attributes = MBEDGUARD_PSA_KEY_ATTRIBUTES_INIT;
    struct in_the_middle what = {draw, child_that_cannot_clear};
    psa_key_id_t ids[256];
    unsigned count = 0;

    prepare_psa();
    mbedguard_psa_set_key_type(&attributes, PSA_KEY_TYPE_AES);
    while (count < 256 && mbedguard_psa_import_key(&attributes, bytes, sizeof(bytes),
                                                   &ids[count]) == PSA_SUCCESS)
        count++;
    ck_assert_uint_lt(count, 256);
    live_threads(2, call_or_fork, &what);
    while (count > 0)
        ck_assert_int_eq(mbedguard_psa_destroy_key(ids[--count]), PSA_SUCCESS);
    ck_assert_int_eq(mbedguard_psa_destroy_key(key), PSA_SUCCESS);
}
END_TEST

#endif

int main(void)
{
    Suite *suite = suite_create("fork");
    TCase *tc = live_case(suite, "fork");

    tcase_add_test(tc, held_at_fork);
    tcase_add_test(tc, fork_under_load);
    tcase_add_test(tc, child_draws_other_bytes);
#if defined(PSA_CAN_BE_CLEARED)
    tcase_add_test(tc, psa_is_cleared_after_a_draw);
    tcase_add_test(tc, psa_is_cleared_after_a_signature);
#if defined(MBEDTLS_GENPRIME) && defined(MBEDTLS_PK_WRITE_C) && defined(MBEDTLS_THREADING_C)
    tcase_add_test(tc, psa_is_cleared_after_a_slow_key);
#endif
    tcase_add_test(tc, psa_stays_broken_after_a_call_that_makes_keys);
    tcase_add_test(tc, psa_stays_broken_if_the_slots_are_full);
#endif
    return live_run(suite);
}
