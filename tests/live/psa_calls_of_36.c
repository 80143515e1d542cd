/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Calls that came with Mbed TLS 3: see psa_calls.h. */
#include <string.h>

#include "live/psa_calls.h"

/* Old names are called, too. */
#if defined(__GNUC__)
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
#endif

#if LIVE_V3 && !LIVE_V4

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

/* Steps of a signature: not in every configuration. */
static psa_status_t sign_in_steps(const unsigned char digest[32], unsigned char signature[64],
                                  size_t *length)
{
    mbedguard_psa_sign_hash_interruptible_operation_t op =
        mbedguard_psa_sign_hash_interruptible_operation_init();
    psa_status_t status = mbedguard_psa_sign_hash_start(
        &op, psa_calls_key(CALLS_SIGN), PSA_ALG_ECDSA(PSA_ALG_SHA_256), digest, 32);

    if (status != PSA_SUCCESS) {
        LIVE_EQ(mbedguard_psa_sign_hash_complete(&op, signature, 64, length), PSA_ERROR_BAD_STATE);
        LIVE_EQ(mbedguard_psa_sign_hash_get_num_ops(&op), 0);
    }
    while (status == PSA_SUCCESS || status == PSA_OPERATION_INCOMPLETE) {
        status = mbedguard_psa_sign_hash_complete(&op, signature, 64, length);
        if (status == PSA_SUCCESS)
            break;
    }
    LIVE_EQ(mbedguard_psa_sign_hash_abort(&op), 0);
    return status;
}

static psa_status_t verify_in_steps(const unsigned char digest[32], const unsigned char *signature,
                                    size_t length)
{
    mbedguard_psa_verify_hash_interruptible_operation_t op =
        mbedguard_psa_verify_hash_interruptible_operation_init();
    psa_status_t status =
        mbedguard_psa_verify_hash_start(&op, psa_calls_key(CALLS_SIGN),
                                        PSA_ALG_ECDSA(PSA_ALG_SHA_256), digest, 32, signature,
                                        length);

    if (status != PSA_SUCCESS) {
        LIVE_EQ(mbedguard_psa_verify_hash_complete(&op), PSA_ERROR_BAD_STATE);
        LIVE_EQ(mbedguard_psa_verify_hash_get_num_ops(&op), 0);
    }
    while (status == PSA_SUCCESS || status == PSA_OPERATION_INCOMPLETE) {
        status = mbedguard_psa_verify_hash_complete(&op);
        if (status == PSA_SUCCESS)
            break;
    }
    LIVE_EQ(mbedguard_psa_verify_hash_abort(&op), 0);
    return status;
}

static void in_steps(unsigned thread)
{
    unsigned char digest[32], signature[64] = {1};
    size_t length = 64;
    psa_status_t status;

    (void) thread;
    mbedguard_psa_interruptible_set_max_ops(1000);
    LIVE_EQ(mbedguard_psa_interruptible_get_max_ops(), 1000);
    LIVE_EQ(mbedguard_psa_hash_compute(PSA_ALG_SHA_256, psa_calls_text, 100, digest, 32, &length),
            0);
    status = sign_in_steps(digest, signature, &length);
    if (status == PSA_ERROR_NOT_SUPPORTED) {
        LIVE_EQ(verify_in_steps(digest, signature, 64) == PSA_SUCCESS, 0);
        return;
    }
    if (OK(status))
        (void) OK(verify_in_steps(digest, signature, length));
}

static void derive(unsigned thread)
{
    mbedguard_psa_key_derivation_operation_t op = MBEDGUARD_PSA_KEY_DERIVATION_OPERATION_INIT;
    const psa_custom_key_parameters_t custom = PSA_CUSTOM_KEY_PARAMETERS_INIT;
    const psa_key_production_parameters_t production = PSA_KEY_PRODUCTION_PARAMETERS_INIT;
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
                      : mbedguard_psa_key_derivation_output_key_ext(&attributes, &op, &production,
                                                                    0, &key))) {
            (void) OK(mbedguard_psa_export_key(key, bytes[i], 16, &length));
            (void) OK(mbedguard_psa_destroy_key(key));
        }
        LIVE_EQ(mbedguard_psa_key_derivation_abort(&op), 0);
    }
    CHECK(memcmp(bytes[0], bytes[1], 16) == 0);
    for (i = 0; i < 2; i++) {
        if (OK(i == 0 ? mbedguard_psa_generate_key_custom(&attributes, &custom, NULL, 0, &key)
                      : mbedguard_psa_generate_key_ext(&attributes, &production, 0, &key)))
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

static void can_do(unsigned thread)
{
    (void) thread;
    CHECK(mbedguard_psa_can_do_hash(PSA_ALG_SHA_256) == 1);
    CHECK(mbedguard_psa_can_do_cipher(PSA_KEY_TYPE_AES, PSA_ALG_CTR) == 1);
}

/* ---- PAKE ------------------------------------------------------------------------------------ */

#if defined(PSA_WANT_ALG_JPAKE)

static bool set_up(mbedguard_psa_pake_operation_t *op, const char *user, const char *peer)
{
    psa_pake_cipher_suite_t suite = mbedguard_psa_pake_cipher_suite_init();

    mbedguard_psa_pake_cs_set_algorithm(&suite, PSA_ALG_JPAKE);
    mbedguard_psa_pake_cs_set_primitive(
        &suite, PSA_PAKE_PRIMITIVE(PSA_PAKE_PRIMITIVE_TYPE_ECC, PSA_ECC_FAMILY_SECP_R1, 256));
    mbedguard_psa_pake_cs_set_hash(&suite, PSA_ALG_SHA_256);
    LIVE_EQ(mbedguard_psa_pake_cs_get_algorithm(&suite), PSA_ALG_JPAKE);
    LIVE_EQ(mbedguard_psa_pake_cs_get_hash(&suite), PSA_ALG_SHA_256);
    LIVE_EQ(mbedguard_psa_pake_cs_get_family(&suite), PSA_ECC_FAMILY_SECP_R1);
    LIVE_EQ(mbedguard_psa_pake_cs_get_bits(&suite), 256);
    LIVE_EQ(mbedguard_psa_pake_cs_get_primitive(&suite) != 0, 1);
    return OK(mbedguard_psa_pake_setup(op, &suite)) &&
           OK(mbedguard_psa_pake_set_user(op, (const uint8_t *) user, 6)) &&
           OK(mbedguard_psa_pake_set_peer(op, (const uint8_t *) peer, 6)) &&
           OK(mbedguard_psa_pake_set_role(op, PSA_PAKE_ROLE_NONE)) &&
           OK(mbedguard_psa_pake_set_password_key(op, psa_calls_key(CALLS_PASSWORD)));
}

/* The three parts of one key share of one side. */
static bool send(mbedguard_psa_pake_operation_t *op, unsigned char parts[3][128], size_t length[3])
{
    static const psa_pake_step_t order[] = {PSA_PAKE_STEP_KEY_SHARE, PSA_PAKE_STEP_ZK_PUBLIC,
                                            PSA_PAKE_STEP_ZK_PROOF};
    unsigned i;

    for (i = 0; i < 3; i++) {
        if (!OK(mbedguard_psa_pake_output(op, order[i], parts[i], 128, &length[i])))
            return false;
    }
    return true;
}

static bool receive(mbedguard_psa_pake_operation_t *op, unsigned char parts[3][128],
                    const size_t length[3])
{
    static const psa_pake_step_t order[] = {PSA_PAKE_STEP_KEY_SHARE, PSA_PAKE_STEP_ZK_PUBLIC,
                                            PSA_PAKE_STEP_ZK_PROOF};
    unsigned i;

    for (i = 0; i < 3; i++) {
        if (!OK(mbedguard_psa_pake_input(op, order[i], parts[i], length[i])))
            return false;
    }
    return true;
}

static bool exchange(mbedguard_psa_pake_operation_t sides[2], unsigned shares)
{
    unsigned char parts[2][2][3][128];
    size_t length[2][2][3];
    unsigned side, share;

    for (side = 0; side < 2; side++)
        for (share = 0; share < shares; share++)
            if (!send(&sides[side], parts[side][share], length[side][share]))
                return false;
    for (side = 0; side < 2; side++)
        for (share = 0; share < shares; share++)
            if (!receive(&sides[1 - side], parts[side][share], length[side][share]))
                return false;
    return true;
}

static bool finish(mbedguard_psa_pake_operation_t *side, unsigned char secret[32])
{
    mbedguard_psa_key_derivation_operation_t op = MBEDGUARD_PSA_KEY_DERIVATION_OPERATION_INIT;
    const bool done =
        OK(mbedguard_psa_key_derivation_setup(&op, PSA_ALG_TLS12_ECJPAKE_TO_PMS)) &&
        OK(mbedguard_psa_pake_get_implicit_key(side, &op)) &&
        OK(mbedguard_psa_key_derivation_output_bytes(&op, secret, 32));

    LIVE_EQ(mbedguard_psa_key_derivation_abort(&op), 0);
    return done;
}

static void agree_by_password(unsigned thread)
{
    mbedguard_psa_pake_operation_t sides[2];
    unsigned char secret[2][32];

    (void) thread;
    sides[0] = mbedguard_psa_pake_operation_init();
    sides[1] = mbedguard_psa_pake_operation_init();
    if (set_up(&sides[0], "client", "server") && set_up(&sides[1], "server", "client") &&
        exchange(sides, 2) && exchange(sides, 1) && finish(&sides[0], secret[0]) &&
        finish(&sides[1], secret[1]))
        CHECK(memcmp(secret[0], secret[1], 32) == 0);
    LIVE_EQ(mbedguard_psa_pake_abort(&sides[0]), 0);
    LIVE_EQ(mbedguard_psa_pake_abort(&sides[1]), 0);
}

#endif

const struct psa_calls_step psa_calls_of_36[] = {
    {"seal in parts", seal_in_parts, 20}, {"in steps", in_steps, 5},
    {"derive in other ways", derive, 5},  {"stretch", stretch, 20},
    {"manage the generator", manage_generator, 10}, {"can do", can_do, 50},
#if defined(PSA_WANT_ALG_JPAKE)
    {"agree by password", agree_by_password, 1},
#endif
    {NULL, NULL, 0},
};

#else

const struct psa_calls_step psa_calls_of_36[] = {{NULL, NULL, 0}};

#endif
