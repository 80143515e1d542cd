/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Calls that came with Mbed TLS 3: see psa_calls.h. */
#include <string.h>

#include "live/psa_calls.h"

/* Old names are called, too. */
#if defined(__GNUC__)
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
#endif

#if LIVE_V3

static bool open_sealed(mbedguard_psa_aead_operation_t *op, const unsigned char *nonce,
                        const unsigned char *sealed, const unsigned char *tag)
{
    unsigned char opened[100] = {0};
    size_t length = 0;

    if (!OK(mbedguard_psa_aead_decrypt_setup(op, psa_calls_key(CALLS_GCM), PSA_ALG_GCM)) ||
        !OK(mbedguard_psa_aead_set_nonce(op, nonce, 12)) ||
        !OK(mbedguard_psa_aead_update_ad(op, psa_calls_text, 9)) ||
        !OK(mbedguard_psa_aead_update(op, sealed, 100, opened, 100, &length)) ||
        !OK(mbedguard_psa_aead_verify(op, opened, 0, &length, tag, 16)))
        return false;
    CHECK(memcmp(opened, psa_calls_text, 100) == 0);
    return true;
}

static void seal_in_parts(unsigned thread)
{
    mbedguard_psa_aead_operation_t op = MBEDGUARD_PSA_AEAD_OPERATION_INIT;
    unsigned char nonce[12], sealed[100], tag[16];
    size_t length = 0, rest = 0;

    (void) thread;
    if (OK(mbedguard_psa_aead_encrypt_setup(&op, psa_calls_key(CALLS_GCM), PSA_ALG_GCM)) &&
        OK(mbedguard_psa_aead_set_lengths(&op, 9, 100)) &&
        OK(mbedguard_psa_aead_generate_nonce(&op, nonce, sizeof(nonce), &length)) &&
        OK(mbedguard_psa_aead_update_ad(&op, psa_calls_text, 9)) &&
        OK(mbedguard_psa_aead_update(&op, psa_calls_text, 100, sealed, 100, &length)) &&
        OK(mbedguard_psa_aead_finish(&op, sealed, 0, &rest, tag, sizeof(tag), &length)))
        (void) open_sealed(&op, nonce, sealed, tag);
    LIVE_EQ(mbedguard_psa_aead_abort(&op), 0);
}

/* A way that 4 has no more, but for a call that does the same. */
static psa_status_t output_in_the_old_way(const mbedguard_psa_key_attributes_t *attributes,
                                          mbedguard_psa_key_derivation_operation_t *op,
                                          psa_key_id_t *key)
{
#if LIVE_V4
    return mbedguard_psa_key_derivation_output_key(attributes, op, key);
#else
    const psa_key_production_parameters_t production = PSA_KEY_PRODUCTION_PARAMETERS_INIT;

    return mbedguard_psa_key_derivation_output_key_ext(attributes, op, &production, 0, key);
#endif
}

static psa_status_t generate_in_the_old_way(const mbedguard_psa_key_attributes_t *attributes,
                                            psa_key_id_t *key)
{
#if LIVE_V4
    return mbedguard_psa_generate_key(attributes, key);
#else
    const psa_key_production_parameters_t production = PSA_KEY_PRODUCTION_PARAMETERS_INIT;

    return mbedguard_psa_generate_key_ext(attributes, &production, 0, key);
#endif
}

static void derive(unsigned thread)
{
    mbedguard_psa_key_derivation_operation_t op = MBEDGUARD_PSA_KEY_DERIVATION_OPERATION_INIT;
    const psa_custom_key_parameters_t custom = PSA_CUSTOM_KEY_PARAMETERS_INIT;
    mbedguard_psa_key_attributes_t attributes;
    unsigned char bytes[2][16] = {{0}, {1}};
    size_t length = 0;
    psa_key_id_t key;
    unsigned i;

    (void) thread;
    live_psa_attributes(&attributes, 0);
    for (i = 0; i < 2; i++) {
        if (OK(mbedguard_psa_key_derivation_setup(&op, PSA_ALG_HKDF(PSA_ALG_SHA_256))) &&
            OK(mbedguard_psa_key_derivation_input_key(&op, PSA_KEY_DERIVATION_INPUT_SECRET,
                                                      psa_calls_key(CALLS_SECRET))) &&
            OK(mbedguard_psa_key_derivation_input_bytes(&op, PSA_KEY_DERIVATION_INPUT_INFO,
                                                        psa_calls_text, 5)) &&
            OK(i == 0 ? mbedguard_psa_key_derivation_output_key_custom(&attributes, &op, &custom,
                                                                       NULL, 0, &key)
                      : output_in_the_old_way(&attributes, &op, &key))) {
            (void) OK(mbedguard_psa_export_key(key, bytes[i], 16, &length));
            (void) OK(mbedguard_psa_destroy_key(key));
        }
        LIVE_EQ(mbedguard_psa_key_derivation_abort(&op), 0);
    }
    CHECK(memcmp(bytes[0], bytes[1], 16) == 0);
    for (i = 0; i < 2; i++) {
        if (OK(i == 0 ? mbedguard_psa_generate_key_custom(&attributes, &custom, NULL, 0, &key)
                      : generate_in_the_old_way(&attributes, &key)))
            (void) OK(mbedguard_psa_destroy_key(key));
    }
}

static void stretch(unsigned thread)
{
    mbedguard_psa_key_derivation_operation_t op = MBEDGUARD_PSA_KEY_DERIVATION_OPERATION_INIT;
    psa_status_t status =
        mbedguard_psa_key_derivation_setup(&op, PSA_ALG_PBKDF2_HMAC(PSA_ALG_SHA_256));

    (void) thread;
    if (status == PSA_SUCCESS)
        (void) OK(mbedguard_psa_key_derivation_input_integer(&op, PSA_KEY_DERIVATION_INPUT_COST, 3));
    else
        LIVE_EQ(mbedguard_psa_key_derivation_input_integer(&op, PSA_KEY_DERIVATION_INPUT_COST, 3),
                PSA_ERROR_BAD_STATE);
    LIVE_EQ(mbedguard_psa_key_derivation_abort(&op), 0);
}

/* 3.6.6 and TF-PSA-Crypto 1.1 have brought it, and that of 4 has a version of its own. */
#if LIVE_V4
#define GENERATOR_IS_MANAGED (TF_PSA_CRYPTO_VERSION_NUMBER >= 0x01010000)
#else
#define GENERATOR_IS_MANAGED (MBEDTLS_VERSION_NUMBER >= 0x03060600)
#endif

#if GENERATOR_IS_MANAGED
static void manage_generator(unsigned thread)
{
    unsigned char out[16] = {0};
    static const unsigned char zero[16];

    (void) thread;
    if (OK(mbedguard_psa_random_reseed(psa_calls_text, 10)) &&
        OK(mbedguard_psa_random_deplete()) &&
        OK(mbedguard_psa_random_set_prediction_resistance(0)) &&
        OK(mbedguard_psa_generate_random(out, sizeof(out))))
        LIVE_EQ(memcmp(out, zero, sizeof(out)) != 0, 1);
}
#endif

static void can_do(unsigned thread)
{
    (void) thread;
    CHECK(mbedguard_psa_can_do_hash(PSA_ALG_SHA_256) == 1);
#if !LIVE_V4
    CHECK(mbedguard_psa_can_do_cipher(PSA_KEY_TYPE_AES, PSA_ALG_CTR) == 1);
#endif
}

#endif

const struct psa_calls_step psa_calls_of_36[] = {
#if LIVE_V3
    {"seal in parts", seal_in_parts, 20},
    {"derive in other ways", derive, 5},
    {"stretch", stretch, 20},
#if GENERATOR_IS_MANAGED
    {"manage the generator", manage_generator, 10},
#endif
    {"can do", can_do, 50},
#endif
    {NULL, NULL, 0},
};
