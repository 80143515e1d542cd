/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * One operation object of many threads: what each is given is what the calls would have given one at a
 * time, in some order. Of a stream each thread gets pieces that nobody else gets; what ends an
 * operation ends it once, and all others find it over.
 */
#include <string.h>

#include "live/psa_calls.h"

#define THREADS 4

/* ---- Streams --------------------------------------------------------------------------------- */

#define PIECE  16
#define PIECES 16 /* of each thread */

static mbedguard_psa_cipher_operation_t cipher;
static mbedguard_psa_key_derivation_operation_t derivation;

static void begin_cipher(void)
{
    static const unsigned char iv[16];

    ck_assert_int_eq(
        mbedguard_psa_cipher_encrypt_setup(&cipher, psa_calls_key(CALLS_CTR), PSA_ALG_CTR), 0);
    ck_assert_int_eq(mbedguard_psa_cipher_set_iv(&cipher, iv, sizeof(iv)), 0);
}

static psa_status_t next_of_cipher(unsigned char out[PIECE])
{
    static const unsigned char zero[PIECE];
    size_t length = 0;
    const psa_status_t status =
        mbedguard_psa_cipher_update(&cipher, zero, PIECE, out, PIECE, &length);

    LIVE_EQ(length, PIECE);
    return status;
}

static psa_status_t end_cipher(void)
{
    return mbedguard_psa_cipher_abort(&cipher);
}

static void begin_derivation(void)
{
    ck_assert_int_eq(
        mbedguard_psa_key_derivation_setup(&derivation, PSA_ALG_HKDF(PSA_ALG_SHA_256)), 0);
    ck_assert_int_eq(mbedguard_psa_key_derivation_input_key(
                         &derivation, PSA_KEY_DERIVATION_INPUT_SECRET, psa_calls_key(CALLS_SECRET)),
                     0);
    ck_assert_int_eq(mbedguard_psa_key_derivation_input_bytes(
                         &derivation, PSA_KEY_DERIVATION_INPUT_INFO, psa_calls_text, 5),
                     0);
}

static psa_status_t next_of_derivation(unsigned char out[PIECE])
{
    return mbedguard_psa_key_derivation_output_bytes(&derivation, out, PIECE);
}

static psa_status_t end_derivation(void)
{
    return mbedguard_psa_key_derivation_abort(&derivation);
}

#if defined(PSA_XOF_OPERATION_INIT) && defined(PSA_WANT_ALG_SHAKE256)
static mbedguard_psa_xof_operation_t xof;

static void begin_xof(void)
{
    ck_assert_int_eq(mbedguard_psa_xof_setup(&xof, PSA_ALG_SHAKE256), 0);
    ck_assert_int_eq(mbedguard_psa_xof_update(&xof, psa_calls_text, 100), 0);
}

static psa_status_t next_of_xof(unsigned char out[PIECE])
{
    return mbedguard_psa_xof_output(&xof, out, PIECE);
}

static psa_status_t end_xof(void)
{
    return mbedguard_psa_xof_abort(&xof);
}
#endif

static const struct stream {
    void (*begin)(void);
    psa_status_t (*next)(unsigned char out[PIECE]);
    psa_status_t (*end)(void);
} streams[] = {
    {begin_cipher, next_of_cipher, end_cipher},
    {begin_derivation, next_of_derivation, end_derivation},
#if defined(PSA_XOF_OPERATION_INIT) && defined(PSA_WANT_ALG_SHAKE256)
    {begin_xof, next_of_xof, end_xof},
#endif
};

#define STREAMS ((int) (sizeof(streams) / sizeof(streams[0])))

static unsigned char pieces[THREADS * PIECES][PIECE];

static void take_pieces(unsigned number, void *data)
{
    const struct stream *stream = data;
    unsigned i;

    live_meet();
    for (i = 0; i < PIECES; i++)
        LIVE_EQ(stream->next(pieces[number * PIECES + i]), PSA_SUCCESS);
}

/* Each piece of the stream was given to one thread. */
static void assert_each_once(unsigned char expected[THREADS * PIECES][PIECE])
{
    unsigned i, j, found;

    for (i = 0; i < THREADS * PIECES; i++) {
        found = 0;
        for (j = 0; j < THREADS * PIECES; j++)
            found += memcmp(pieces[j], expected[i], PIECE) == 0;
        ck_assert_uint_eq(found, 1);
    }
}

START_TEST(stream)
{
    static unsigned char expected[THREADS * PIECES][PIECE];
    struct stream one = streams[_i];
    unsigned i, round;

    ck_assert(psa_calls_make_keys());
    one.begin();
    for (i = 0; i < THREADS * PIECES; i++)
        ck_assert_int_eq(one.next(expected[i]), PSA_SUCCESS);
    ck_assert_int_eq(one.end(), PSA_SUCCESS);
    for (round = 0; round < live_rounds(50); round++) {
        one.begin();
        live_threads(THREADS, take_pieces, &one);
        ck_assert_int_eq(one.end(), PSA_SUCCESS);
        assert_each_once(expected);
    }
}
END_TEST

#if LIVE_V3

/* ---- What ends an operation ------------------------------------------------------------------ */

#define ECDSA PSA_ALG_ECDSA(PSA_ALG_SHA_256)
#define OPS   200 /* in steps: less than any of them takes */

static const unsigned char digest[32] = "what was signed";
static unsigned char result[THREADS][65];
static size_t result_length[THREADS];

static mbedguard_psa_aead_operation_t aead;

static psa_status_t begin_aead(void)
{
    static const unsigned char nonce[12] = {1};
    psa_status_t status =
        mbedguard_psa_aead_encrypt_setup(&aead, psa_calls_key(CALLS_GCM), PSA_ALG_GCM);

    if (status == PSA_SUCCESS)
        status = mbedguard_psa_aead_set_nonce(&aead, nonce, sizeof(nonce));
    return status == PSA_SUCCESS ? mbedguard_psa_aead_update_ad(&aead, digest, 32) : status;
}

static psa_status_t finish_aead(unsigned number)
{
    size_t none;

    return mbedguard_psa_aead_finish(&aead, NULL, 0, &none, result[number], 16,
                                     &result_length[number]);
}

static psa_status_t abort_aead(void)
{
    return mbedguard_psa_aead_abort(&aead);
}

static void check_aead(unsigned number)
{
    static const unsigned char nonce[12] = {1};
    unsigned char expected[16];
    size_t length;

    ck_assert_int_eq(mbedguard_psa_aead_encrypt(psa_calls_key(CALLS_GCM), PSA_ALG_GCM, nonce, 12,
                                                digest, 32, NULL, 0, expected, 16, &length),
                     0);
    ck_assert_mem_eq(result[number], expected, 16);
}

static mbedguard_psa_sign_hash_interruptible_operation_t sign;

static psa_status_t begin_sign(void)
{
    return mbedguard_psa_sign_hash_start(&sign, psa_calls_key(CALLS_SIGN), ECDSA, digest, 32);
}

static psa_status_t finish_sign(unsigned number)
{
    return mbedguard_psa_sign_hash_complete(&sign, result[number], 64, &result_length[number]);
}

static psa_status_t abort_sign(void)
{
    return mbedguard_psa_sign_hash_abort(&sign);
}

static void check_signature(unsigned number)
{
    ck_assert_int_eq(mbedguard_psa_verify_hash(psa_calls_key(CALLS_SIGN), ECDSA, digest, 32,
                                               result[number], result_length[number]),
                     0);
}

static mbedguard_psa_verify_hash_interruptible_operation_t verify;

static psa_status_t begin_verify(void)
{
    unsigned char signature[64];
    size_t length = 0;

    ck_assert_int_eq(mbedguard_psa_sign_hash(psa_calls_key(CALLS_SIGN), ECDSA, digest, 32,
                                             signature, 64, &length),
                     0);
    return mbedguard_psa_verify_hash_start(&verify, psa_calls_key(CALLS_SIGN), ECDSA, digest, 32,
                                           signature, length);
}

static psa_status_t finish_verify(unsigned number)
{
    (void) number;
    return mbedguard_psa_verify_hash_complete(&verify);
}

static psa_status_t abort_verify(void)
{
    return mbedguard_psa_verify_hash_abort(&verify);
}

#if LIVE_V4
static psa_key_id_t result_key[THREADS];
static mbedguard_psa_export_public_key_iop_t export;

static psa_status_t begin_export(void)
{
    return mbedguard_psa_export_public_key_iop_setup(&export, psa_calls_key(CALLS_ECDH));
}

static psa_status_t finish_export(unsigned number)
{
    return mbedguard_psa_export_public_key_iop_complete(&export, result[number], 65,
                                                        &result_length[number]);
}

static psa_status_t abort_export(void)
{
    return mbedguard_psa_export_public_key_iop_abort(&export);
}

static void check_export(unsigned number)
{
    unsigned char expected[65];
    size_t length;

    ck_assert_int_eq(
        mbedguard_psa_export_public_key(psa_calls_key(CALLS_ECDH), expected, 65, &length), 0);
    ck_assert_uint_eq(result_length[number], length);
    ck_assert_mem_eq(result[number], expected, 65);
}

static mbedguard_psa_key_agreement_iop_t agree;

static psa_status_t begin_agree(void)
{
    mbedguard_psa_key_attributes_t attributes = MBEDGUARD_PSA_KEY_ATTRIBUTES_INIT;
    unsigned char peer[65];
    size_t length;

    mbedguard_psa_set_key_type(&attributes, PSA_KEY_TYPE_RAW_DATA);
    mbedguard_psa_set_key_usage_flags(&attributes, PSA_KEY_USAGE_EXPORT);
    ck_assert_int_eq(
        mbedguard_psa_export_public_key(psa_calls_key(CALLS_ECDH_HKDF), peer, 65, &length), 0);
    return mbedguard_psa_key_agreement_iop_setup(&agree, psa_calls_key(CALLS_ECDH), peer, 65,
                                                 PSA_ALG_ECDH, &attributes);
}

static psa_status_t finish_agree(unsigned number)
{
    return mbedguard_psa_key_agreement_iop_complete(&agree, &result_key[number]);
}

static psa_status_t abort_agree(void)
{
    return mbedguard_psa_key_agreement_iop_abort(&agree);
}

static void check_agree(unsigned number)
{
    unsigned char peer[65], expected[32], got[32];
    size_t length;

    ck_assert_int_eq(
        mbedguard_psa_export_public_key(psa_calls_key(CALLS_ECDH_HKDF), peer, 65, &length), 0);
    ck_assert_int_eq(mbedguard_psa_raw_key_agreement(PSA_ALG_ECDH, psa_calls_key(CALLS_ECDH), peer,
                                                     65, expected, 32, &length),
                     0);
    ck_assert_int_eq(mbedguard_psa_export_key(result_key[number], got, 32, &length), 0);
    ck_assert_mem_eq(got, expected, 32);
    ck_assert_int_eq(mbedguard_psa_destroy_key(result_key[number]), 0);
}

static mbedguard_psa_generate_key_iop_t generate;

static psa_status_t begin_generate(void)
{
    mbedguard_psa_key_attributes_t attributes = MBEDGUARD_PSA_KEY_ATTRIBUTES_INIT;

    mbedguard_psa_set_key_type(&attributes, PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_SECP_R1));
    mbedguard_psa_set_key_bits(&attributes, 256);
    return mbedguard_psa_generate_key_iop_setup(&generate, &attributes);
}

static psa_status_t finish_generate(unsigned number)
{
    return mbedguard_psa_generate_key_iop_complete(&generate, &result_key[number]);
}

static psa_status_t abort_generate(void)
{
    return mbedguard_psa_generate_key_iop_abort(&generate);
}

static void check_generate(unsigned number)
{
    ck_assert_int_eq(mbedguard_psa_destroy_key(result_key[number]), 0);
}
#endif

#if defined(PSA_CALLS_JPAKE)
static mbedguard_psa_pake_operation_t pake;

static psa_status_t begin_pake(void)
{
    return psa_calls_begin_pake(&pake, "client", "server") ? PSA_SUCCESS : PSA_ERROR_GENERIC_ERROR;
}

/* The second one is out of step, which ends the operation. */
static psa_status_t finish_pake(unsigned number)
{
    return mbedguard_psa_pake_output(&pake, PSA_PAKE_STEP_KEY_SHARE, result[number], 65,
                                     &result_length[number]);
}

static psa_status_t abort_pake(void)
{
    return mbedguard_psa_pake_abort(&pake);
}

static void check_pake(unsigned number)
{
    ck_assert_uint_eq(result_length[number], 65);
    ck_assert_uint_eq(result[number][0], 4); /* a point */
}
#endif

static const struct ending {
    psa_status_t (*begin)(void);
    psa_status_t (*finish)(unsigned number);
    psa_status_t (*abort)(void);
    void (*check)(unsigned number); /* of who succeeded; or NULL */
} endings[] = {
    {begin_aead, finish_aead, abort_aead, check_aead},
    {begin_sign, finish_sign, abort_sign, check_signature},
    {begin_verify, finish_verify, abort_verify, NULL},
#if LIVE_V4
    {begin_export, finish_export, abort_export, check_export},
    {begin_agree, finish_agree, abort_agree, check_agree},
    {begin_generate, finish_generate, abort_generate, check_generate},
#endif
#if defined(PSA_CALLS_JPAKE)
    {begin_pake, finish_pake, abort_pake, check_pake},
#endif
};

#define ENDINGS ((int) (sizeof(endings) / sizeof(endings[0])))

static atomic_uint successes, winner;

static void finish(unsigned number, void *data)
{
    const struct ending *ending = data;
    psa_status_t status;

    live_meet();
    do {
        status = ending->finish(number);
    } while (status == PSA_OPERATION_INCOMPLETE);
    if (status != PSA_SUCCESS) {
        LIVE_EQ(status, PSA_ERROR_BAD_STATE);
        return;
    }
    atomic_store(&winner, number);
    atomic_fetch_add(&successes, 1);
}

START_TEST(ends_once)
{
    struct ending one = endings[_i];
    unsigned keys, round;
    psa_status_t begun;

    ck_assert(psa_calls_make_keys());
    keys = live_psa_volatile_slots();
    mbedguard_psa_interruptible_set_max_ops(OPS);
    for (round = 0; round < live_rounds(20); round++) {
        begun = one.begin();
        /* Without MBEDTLS_ECP_RESTARTABLE there are no steps. */
        ck_assert(begun == PSA_SUCCESS || begun == PSA_ERROR_NOT_SUPPORTED);
        atomic_store(&successes, 0);
        live_threads(THREADS, finish, &one);
        ck_assert_uint_eq(atomic_load(&successes), begun == PSA_SUCCESS);
        if (begun == PSA_SUCCESS && one.check != NULL)
            one.check(atomic_load(&winner));
        ck_assert_int_eq(one.abort(), PSA_SUCCESS);
    }
    live_psa_assert_slots(keys);
}
END_TEST

#endif

int main(void)
{
    Suite *suite = suite_create("psa operations");
    TCase *tc = live_psa_case(suite, "operations");

    tcase_add_loop_test(tc, stream, 0, STREAMS);
#if LIVE_V3
    tcase_add_loop_test(tc, ends_once, 0, ENDINGS);
#endif
    return live_run(suite);
}
