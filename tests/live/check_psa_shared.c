/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * One operation of all threads, of each kind: each call on it is whole, and its states are those of the
 * PSA specification. Operations as values: what begins one, and that one which is inactive may be
 * assigned. And that an operation which is set up goes on while a thread has the key store to itself.
 */
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "live/psa_kinds.h"

#define THREADS 4
#define EACH    (KIND_BLOCKS / THREADS)

static void end_keys(void)
{
    ck_assert_int_eq(mbedguard_psa_crypto_free(), 0);
    ck_assert_int_eq(mbedguard_psa_crypto_init(), PSA_SUCCESS);
    live_psa_assert_slots(0);
}

static void make_ready(const struct kind *kind, union kind_operation *op)
{
    ck_assert_int_eq(kind->begin(op), PSA_SUCCESS);
    if (kind->ready != NULL)
        ck_assert_int_eq(kind->ready(op), PSA_SUCCESS);
}

/* ---- One of all threads ---------------------------------------------------------------------- */

static union kind_operation shared;
static unsigned char got[KIND_LONG * KIND_BLOCKS], end_got[32];
static atomic_uint begun, ended;

static void share(unsigned number, void *data)
{
    const struct kind *const kind = data;
    unsigned char out[32], surplus[KIND_SHORT];
    size_t length = 0;
    psa_status_t status;
    unsigned i;

    status = kind->begin(&shared);
    LIVE_EQ(status == PSA_SUCCESS || status == PSA_ERROR_BAD_STATE, 1);
    atomic_fetch_add(&begun, status == PSA_SUCCESS ? 1 : 0);
    live_meet();
    if (number == 0) {
        LIVE_EQ(kind->abort(&shared), PSA_SUCCESS);
        LIVE_EQ(kind->begin(&shared), PSA_SUCCESS);
        if (kind->ready != NULL)
            LIVE_EQ(kind->ready(&shared), PSA_SUCCESS);
    }
    live_meet();
    for (i = 0; i < EACH; i++)
        LIVE_EQ(kind->feed(&shared, got + (number * EACH + i) * kind->block), PSA_SUCCESS);
    live_meet();
    if (kind->end == NULL) {
        /* There was as much as that, and no more. */
        LIVE_EQ(kind->feed(&shared, surplus), PSA_ERROR_INSUFFICIENT_DATA);
        return;
    }
    status = kind->end(&shared, out, &length);
    LIVE_EQ(status == PSA_SUCCESS || status == PSA_ERROR_BAD_STATE, 1);
    if (status == PSA_SUCCESS) {
        atomic_fetch_add(&ended, 1);
        LIVE_EQ(length, kind_end_length);
        memcpy(end_got, out, length);
    }
}

static int compare_long(const void *a, const void *b)
{
    return memcmp(a, b, KIND_LONG);
}

static int compare_short(const void *a, const void *b)
{
    return memcmp(a, b, KIND_SHORT);
}

static void sort(const struct kind *kind, unsigned char *blocks)
{
    qsort(blocks, KIND_BLOCKS, kind->block,
          kind->block == KIND_LONG ? compare_long : compare_short);
}

START_TEST(each_call_is_whole)
{
    struct kind kind = kinds[_i];
    unsigned i;

    ck_assert(psa_calls_make_keys());
    memset(kind_output, 0, sizeof(kind_output));
    kind.whole();
    /* Each block goes to one thread, whichever that is. */
    sort(&kind, kind_output);
    for (i = 0; i < live_rounds(30); i++) {
        atomic_store(&begun, 0);
        atomic_store(&ended, 0);
        memset(&shared, 0, sizeof(shared));
        live_threads(THREADS, share, &kind);
        ck_assert_uint_eq(atomic_load(&begun), kind.stays ? 1 : THREADS / 2);
        sort(&kind, got);
        ck_assert_int_eq(memcmp(got, kind_output, KIND_BLOCKS * kind.block), 0);
        if (kind.end != NULL) {
            ck_assert_uint_eq(atomic_load(&ended), 1);
            ck_assert_mem_eq(end_got, kind_end, kind_end_length);
        }
        ck_assert_int_eq(kind.abort(&shared), PSA_SUCCESS);
    }
    end_keys();
}
END_TEST

/* ---- Those that go by steps ------------------------------------------------------------------ */

#if LIVE_V3 && !LIVE_V4

static mbedguard_psa_sign_hash_interruptible_operation_t signing;
static unsigned char digest[32], signature[64];
static size_t signature_length;
static atomic_bool supported;

/* All take steps; one of them gets the signature. */
static void sign_together(unsigned number, void *data)
{
    unsigned char out[64];
    size_t length = 0;
    psa_status_t status;

    (void) data;
    if (number == 0) {
        status = mbedguard_psa_sign_hash_start(&signing, psa_calls_key(CALLS_SIGN),
                                               PSA_ALG_ECDSA(PSA_ALG_SHA_256), digest, 32);
        LIVE_EQ(status == PSA_SUCCESS || status == PSA_ERROR_NOT_SUPPORTED, 1);
        atomic_store(&supported, status == PSA_SUCCESS);
    }
    live_meet();
    do {
        status = mbedguard_psa_sign_hash_complete(&signing, out, sizeof(out), &length);
    } while (status == PSA_OPERATION_INCOMPLETE);
    LIVE_EQ(status == PSA_SUCCESS || status == PSA_ERROR_BAD_STATE, 1);
    if (status == PSA_SUCCESS) {
        atomic_fetch_add(&ended, 1);
        memcpy(signature, out, length);
        signature_length = length;
    }
    live_meet();
    LIVE_EQ(mbedguard_psa_sign_hash_abort(&signing), PSA_SUCCESS);
}

START_TEST(steps_of_all)
{
    unsigned i;

    ck_assert(psa_calls_make_keys());
    mbedguard_psa_interruptible_set_max_ops(100);
    for (i = 0; i < live_rounds(10); i++) {
        atomic_store(&ended, 0);
        live_threads(THREADS, sign_together, NULL);
        ck_assert_uint_eq(atomic_load(&ended), atomic_load(&supported) ? 1 : 0);
        if (atomic_load(&supported))
            ck_assert_int_eq(mbedguard_psa_verify_hash(psa_calls_key(CALLS_SIGN),
                                                       PSA_ALG_ECDSA(PSA_ALG_SHA_256), digest, 32,
                                                       signature, signature_length),
                             PSA_SUCCESS);
    }
    mbedguard_psa_interruptible_set_max_ops(PSA_INTERRUPTIBLE_MAX_OPS_UNLIMITED);
    end_keys();
}
END_TEST

#if defined(PSA_WANT_ALG_JPAKE)

static mbedguard_psa_pake_operation_t pake;

/* The steps have an order: of all who take the first one somebody does, and the others end it. */
static void agree_together(unsigned number, void *data)
{
    static const uint8_t user[] = "client", peer[] = "server";
    psa_pake_cipher_suite_t suite = mbedguard_psa_pake_cipher_suite_init();
    unsigned char out[128];
    psa_status_t status;
    size_t length = 0;

    (void) data;
    if (number == 0) {
        mbedguard_psa_pake_cs_set_algorithm(&suite, PSA_ALG_JPAKE);
        mbedguard_psa_pake_cs_set_primitive(
            &suite, PSA_PAKE_PRIMITIVE(PSA_PAKE_PRIMITIVE_TYPE_ECC, PSA_ECC_FAMILY_SECP_R1, 256));
        mbedguard_psa_pake_cs_set_hash(&suite, PSA_ALG_SHA_256);
        LIVE_EQ(mbedguard_psa_pake_setup(&pake, &suite), PSA_SUCCESS);
        LIVE_EQ(mbedguard_psa_pake_set_user(&pake, user, 6), PSA_SUCCESS);
        LIVE_EQ(mbedguard_psa_pake_set_peer(&pake, peer, 6), PSA_SUCCESS);
        LIVE_EQ(mbedguard_psa_pake_set_password_key(&pake, psa_calls_key(CALLS_PASSWORD)),
                PSA_SUCCESS);
    }
    live_meet();
    status = mbedguard_psa_pake_output(&pake, PSA_PAKE_STEP_KEY_SHARE, out, sizeof(out), &length);
    LIVE_EQ(status == PSA_SUCCESS ? length == 65 : status == PSA_ERROR_BAD_STATE, 1);
    atomic_fetch_add(&ended, status == PSA_SUCCESS ? 1 : 0);
    live_meet();
    LIVE_EQ(mbedguard_psa_pake_abort(&pake), PSA_SUCCESS);
}

START_TEST(agreement_of_all)
{
    unsigned i;

    ck_assert(psa_calls_make_keys());
    for (i = 0; i < live_rounds(20); i++) {
        atomic_store(&ended, 0);
        live_threads(THREADS, agree_together, NULL);
        ck_assert_uint_eq(atomic_load(&ended), 1);
    }
    end_keys();
}
END_TEST

#endif
#endif

/* ---- As values ------------------------------------------------------------------------------- */

/* None of this gives anything back: a guard owns nothing, and an inactive operation neither. */
static void use_to_the_end(const struct kind *kind, union kind_operation *op)
{
    unsigned char out[32];
    size_t length = 0;
    unsigned i;

    make_ready(kind, op);
    for (i = 0; i < KIND_BLOCKS; i++)
        ck_assert_int_eq(kind->feed(op, got + i * kind->block), PSA_SUCCESS);
    if (kind->end == NULL) {
        ck_assert_int_eq(kind->abort(op), PSA_SUCCESS);
    } else {
        ck_assert_int_eq(kind->end(op, out, &length), PSA_SUCCESS);
        ck_assert_uint_eq(length, kind_end_length);
        ck_assert_mem_eq(out, kind_end, length);
    }
    ck_assert_int_eq(memcmp(got, kind_output, KIND_BLOCKS * kind->block), 0);
}

START_TEST(inactive_ones_are_values)
{
    struct kind kind = kinds[_i];
    union kind_operation one, other, moved;

    ck_assert(psa_calls_make_keys());
    memset(kind_output, 0, sizeof(kind_output));
    kind.whole();
    memset(&one, 0, sizeof(one));
    use_to_the_end(&kind, &one);
    /* Over what was there, whatever that is. */
    memset(&other, 0xA5, sizeof(other));
    kind.init(&other);
    use_to_the_end(&kind, &other);
    /* One that was used, and its storage again. */
    memset(&moved, 0xA5, sizeof(moved));
    kind.assign(&moved, &other);
    memset(&other, 0xA5, sizeof(other));
    use_to_the_end(&kind, &moved);
    kind.assign(&one, &moved);
    use_to_the_end(&kind, &one);
    kind.init(&one);
    use_to_the_end(&kind, &one);
    /* And it can be shared. */
    kind.assign(&shared, &one);
    atomic_store(&begun, 0);
    live_threads(THREADS, share, &kind);
    ck_assert_uint_eq(atomic_load(&begun), kind.stays ? 1 : THREADS / 2);
    ck_assert_int_eq(kind.abort(&shared), PSA_SUCCESS);
    end_keys();
}
END_TEST

/* ---- Beside the lock of the store ------------------------------------------------------------ */

#define PATIENCE 20 /* seconds; only so that a failure comes to an end */

static atomic_bool through;

static void lock_or_go_on(unsigned number, void *data)
{
    const struct kind *const kind = data;
    unsigned char out[32];
    size_t length = 0;
    time_t until;
    unsigned i;

    if (number == 0) {
        LIVE_EQ(mbedguard_psa_lock(), 0);
        live_meet();
        for (until = time(NULL) + PATIENCE; !atomic_load(&through) && time(NULL) < until;)
            (void) sched_yield();
        LIVE_EQ(atomic_load(&through), true);
        LIVE_EQ(mbedguard_psa_unlock(), 0);
        return;
    }
    live_meet();
    for (i = 0; i < KIND_BLOCKS; i++)
        LIVE_EQ(kind->feed(&shared, got + i * kind->block), PSA_SUCCESS);
    if (kind->end != NULL)
        LIVE_EQ(kind->end(&shared, out, &length), PSA_SUCCESS);
    LIVE_EQ(kind->abort(&shared), PSA_SUCCESS);
    LIVE_EQ(mbedguard_psa_hash_compute(PSA_ALG_SHA_256, psa_calls_text, 100, out, 32, &length),
            PSA_SUCCESS);
    atomic_store(&through, true);
}

START_TEST(no_store_lock)
{
    struct kind kind = kinds[_i];

    ck_assert(psa_calls_make_keys());
    memset(&shared, 0, sizeof(shared));
    make_ready(&kind, &shared);
    atomic_store(&through, false);
    live_threads(2, lock_or_go_on, &kind);
    end_keys();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("psa shared");
    TCase *tc = live_psa_case(suite, "operations");

    tcase_add_loop_test(tc, each_call_is_whole, 0, KINDS);
    tcase_add_loop_test(tc, inactive_ones_are_values, 0, KINDS);
    tcase_add_loop_test(tc, no_store_lock, 0, KINDS);
#if LIVE_V3 && !LIVE_V4
    tcase_add_test(tc, steps_of_all);
#if defined(PSA_WANT_ALG_JPAKE)
    tcase_add_test(tc, agreement_of_all);
#endif
#endif
    return live_run(suite);
}
