/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* See psa_kinds.h. */
#include <string.h>

#include "live/psa_kinds.h"

static const unsigned char zero[KIND_LONG * KIND_BLOCKS], iv[16] = "an iv, a nonce.";
unsigned char kind_output[KIND_LONG * KIND_BLOCKS + 32], kind_end[32];
size_t kind_end_length;

/* ---- Each kind ------------------------------------------------------------------------------- */

static psa_status_t hash_begin(union kind_operation *op)
{
    return mbedguard_psa_hash_setup(&op->hash, PSA_ALG_SHA_256);
}

static psa_status_t hash_feed(union kind_operation *op, unsigned char *out)
{
    memset(out, 0, KIND_LONG);
    return mbedguard_psa_hash_update(&op->hash, zero, KIND_LONG);
}

static psa_status_t hash_end(union kind_operation *op, unsigned char out[32], size_t *length)
{
    return mbedguard_psa_hash_finish(&op->hash, out, 32, length);
}

static psa_status_t hash_abort(union kind_operation *op)
{
    return mbedguard_psa_hash_abort(&op->hash);
}

static void hash_whole(void)
{
    ck_assert_int_eq(mbedguard_psa_hash_compute(PSA_ALG_SHA_256, zero, sizeof(zero), kind_end, 32,
                                                &kind_end_length),
                     PSA_SUCCESS);
}

#define MAC PSA_ALG_HMAC(PSA_ALG_SHA_256)

static psa_status_t mac_begin(union kind_operation *op)
{
    return mbedguard_psa_mac_sign_setup(&op->mac, psa_calls_key(CALLS_HMAC), MAC);
}

static psa_status_t mac_feed(union kind_operation *op, unsigned char *out)
{
    memset(out, 0, KIND_LONG);
    return mbedguard_psa_mac_update(&op->mac, zero, KIND_LONG);
}

static psa_status_t mac_end(union kind_operation *op, unsigned char out[32], size_t *length)
{
    return mbedguard_psa_mac_sign_finish(&op->mac, out, 32, length);
}

static psa_status_t mac_abort(union kind_operation *op)
{
    return mbedguard_psa_mac_abort(&op->mac);
}

static void mac_whole(void)
{
    ck_assert_int_eq(mbedguard_psa_mac_compute(psa_calls_key(CALLS_HMAC), MAC, zero, sizeof(zero),
                                               kind_end, 32, &kind_end_length),
                     PSA_SUCCESS);
}

/* Each block of zeroes comes out as the next block of the key stream. */
static psa_status_t cipher_begin(union kind_operation *op)
{
    return mbedguard_psa_cipher_encrypt_setup(&op->cipher, psa_calls_key(CALLS_CTR), PSA_ALG_CTR);
}

static psa_status_t cipher_ready(union kind_operation *op)
{
    return mbedguard_psa_cipher_set_iv(&op->cipher, iv, sizeof(iv));
}

static psa_status_t cipher_feed(union kind_operation *op, unsigned char *out)
{
    size_t length = 0;
    psa_status_t status =
        mbedguard_psa_cipher_update(&op->cipher, zero, KIND_LONG, out, KIND_LONG, &length);

    LIVE_EQ(status != PSA_SUCCESS || length == KIND_LONG, 1);
    return status;
}

static psa_status_t cipher_end(union kind_operation *op, unsigned char out[32], size_t *length)
{
    return mbedguard_psa_cipher_finish(&op->cipher, out, 32, length);
}

static psa_status_t cipher_abort(union kind_operation *op)
{
    return mbedguard_psa_cipher_abort(&op->cipher);
}

static void cipher_whole(void)
{
    static unsigned char sealed[16 + sizeof(zero)];
    size_t length = 0;

    memcpy(sealed, iv, 16);
    /* What is opened under the same stream: zeroes as the sealed text give the stream itself. */
    ck_assert_int_eq(mbedguard_psa_cipher_decrypt(psa_calls_key(CALLS_CTR), PSA_ALG_CTR, sealed,
                                                  sizeof(sealed), kind_output, sizeof(kind_output),
                                                  &length),
                     PSA_SUCCESS);
    ck_assert_uint_eq(length, sizeof(zero));
    kind_end_length = 0;
}

#define HKDF PSA_ALG_HKDF(PSA_ALG_SHA_256)

static psa_status_t derivation_begin(union kind_operation *op)
{
    return mbedguard_psa_key_derivation_setup(&op->derivation, HKDF);
}

static psa_status_t derivation_ready(union kind_operation *op)
{
    psa_status_t status = mbedguard_psa_key_derivation_input_key(
        &op->derivation, PSA_KEY_DERIVATION_INPUT_SECRET, psa_calls_key(CALLS_SECRET));

    if (status == PSA_SUCCESS)
        status = mbedguard_psa_key_derivation_input_bytes(&op->derivation,
                                                          PSA_KEY_DERIVATION_INPUT_INFO, iv, 5);
    if (status == PSA_SUCCESS)
        status =
            mbedguard_psa_key_derivation_set_capacity(&op->derivation, KIND_SHORT * KIND_BLOCKS);
    return status;
}

static psa_status_t derivation_feed(union kind_operation *op, unsigned char *out)
{
    return mbedguard_psa_key_derivation_output_bytes(&op->derivation, out, KIND_SHORT);
}

static psa_status_t derivation_abort(union kind_operation *op)
{
    return mbedguard_psa_key_derivation_abort(&op->derivation);
}

static void derivation_whole(void)
{
    union kind_operation op;

    memset(&op, 0, sizeof(op));
    ck_assert_int_eq(derivation_begin(&op), PSA_SUCCESS);
    ck_assert_int_eq(derivation_ready(&op), PSA_SUCCESS);
    ck_assert_int_eq(mbedguard_psa_key_derivation_output_bytes(&op.derivation, kind_output,
                                                               KIND_SHORT * KIND_BLOCKS),
                     PSA_SUCCESS);
    ck_assert_int_eq(derivation_abort(&op), PSA_SUCCESS);
}

#if LIVE_V3

static psa_status_t aead_begin(union kind_operation *op)
{
    return mbedguard_psa_aead_encrypt_setup(&op->aead, psa_calls_key(CALLS_GCM), PSA_ALG_GCM);
}

static psa_status_t aead_ready(union kind_operation *op)
{
    psa_status_t status = mbedguard_psa_aead_set_lengths(&op->aead, 5, sizeof(zero));

    if (status == PSA_SUCCESS)
        status = mbedguard_psa_aead_set_nonce(&op->aead, iv, 12);
    return status == PSA_SUCCESS ? mbedguard_psa_aead_update_ad(&op->aead, iv, 5) : status;
}

static psa_status_t aead_feed(union kind_operation *op, unsigned char *out)
{
    size_t length = 0;
    psa_status_t status =
        mbedguard_psa_aead_update(&op->aead, zero, KIND_LONG, out, KIND_LONG, &length);

    LIVE_EQ(status != PSA_SUCCESS || length == KIND_LONG, 1);
    return status;
}

static psa_status_t aead_end(union kind_operation *op, unsigned char out[32], size_t *length)
{
    unsigned char rest[16];
    size_t rest_length = 0;
    psa_status_t status =
        mbedguard_psa_aead_finish(&op->aead, rest, sizeof(rest), &rest_length, out, 32, length);

    LIVE_EQ(rest_length, 0);
    return status;
}

static psa_status_t aead_abort(union kind_operation *op)
{
    return mbedguard_psa_aead_abort(&op->aead);
}

static void aead_whole(void)
{
    size_t length = 0;

    ck_assert_int_eq(mbedguard_psa_aead_encrypt(psa_calls_key(CALLS_GCM), PSA_ALG_GCM, iv, 12, iv,
                                                5, zero, sizeof(zero), kind_output,
                                                sizeof(kind_output), &length),
                     PSA_SUCCESS);
    ck_assert_uint_eq(length, sizeof(zero) + 16);
    memcpy(kind_end, kind_output + sizeof(zero), 16);
    kind_end_length = 16;
}

#endif

/* ---- As values ------------------------------------------------------------------------------- */

#define VALUES(X)                                                                                  \
    X(hash, MBEDGUARD_PSA_HASH_OPERATION_INIT)                                                     \
    X(mac, MBEDGUARD_PSA_MAC_OPERATION_INIT)                                                       \
    X(cipher, MBEDGUARD_PSA_CIPHER_OPERATION_INIT)                                                 \
    X(derivation, MBEDGUARD_PSA_KEY_DERIVATION_OPERATION_INIT)                                     \
    OF_V3(X)
#if LIVE_V3
#define OF_V3(X) X(aead, MBEDGUARD_PSA_AEAD_OPERATION_INIT)
#else
#define OF_V3(X)
#endif

#define ASSIGN(member, initializer)                                                                \
    static void init_##member(union kind_operation *op)                                            \
    {                                                                                              \
        static const union kind_operation fresh = {.member = initializer};                         \
        op->member = fresh.member;                                                                 \
    }                                                                                              \
    static void assign_##member(union kind_operation *to, const union kind_operation *from)        \
    {                                                                                              \
        to->member = from->member;                                                                 \
    }
VALUES(ASSIGN)

const struct kind kinds[KINDS] = {
    {"hash", hash_begin, NULL, hash_feed, hash_end, hash_abort, hash_whole, KIND_LONG, false,
     init_hash, assign_hash},
    {"mac", mac_begin, NULL, mac_feed, mac_end, mac_abort, mac_whole, KIND_LONG, false, init_mac,
     assign_mac},
    {"cipher", cipher_begin, cipher_ready, cipher_feed, cipher_end, cipher_abort, cipher_whole,
     KIND_LONG, false, init_cipher, assign_cipher},
    {"derivation", derivation_begin, derivation_ready, derivation_feed, NULL, derivation_abort,
     derivation_whole, KIND_SHORT, true, init_derivation, assign_derivation},
#if LIVE_V3
    {"aead", aead_begin, aead_ready, aead_feed, aead_end, aead_abort, aead_whole, KIND_LONG, false,
     init_aead, assign_aead},
#endif
};
