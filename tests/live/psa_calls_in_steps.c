/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Operations that are interrupted and go on: signatures since 3.6, keys since 4. What they give is what
 * the call in one piece gives, or is checked by it. Without MBEDTLS_ECP_RESTARTABLE none can be set up,
 * and what is called then finds that nothing was. See psa_calls.h.
 */
#include <string.h>

#include "live/psa_calls.h"

#if LIVE_V3

#define ECDSA PSA_ALG_ECDSA(PSA_ALG_SHA_256)
#define OPS   300 /* less than any of them takes */

/* What a call of these returns that is not over, or cannot be made. */
static bool goes_on(psa_status_t status, unsigned *parts)
{
    (*parts)++;
    return status == PSA_OPERATION_INCOMPLETE;
}

/* One that succeeded was interrupted, since no other limit is ever set; one that never began did not. */
static void note_end(psa_status_t begun, psa_status_t status, unsigned parts, uint32_t ops)
{
    if (begun != PSA_SUCCESS)
        LIVE_EQ(status, PSA_ERROR_BAD_STATE);
    if (status == PSA_SUCCESS) {
        CHECK(parts > 1);
        CHECK(ops > OPS);
    }
}

static psa_status_t sign(const unsigned char digest[32], unsigned char signature[64],
                         size_t *length)
{
    mbedguard_psa_sign_hash_interruptible_operation_t op =
        mbedguard_psa_sign_hash_interruptible_operation_init();
    const psa_status_t begun =
        mbedguard_psa_sign_hash_start(&op, psa_calls_key(CALLS_SIGN), ECDSA, digest, 32);
    psa_status_t status;
    unsigned parts = 0;

    do {
        status = mbedguard_psa_sign_hash_complete(&op, signature, 64, length);
    } while (goes_on(status, &parts));
    note_end(begun, status, parts, mbedguard_psa_sign_hash_get_num_ops(&op));
    LIVE_EQ(mbedguard_psa_sign_hash_abort(&op), 0);
    LIVE_EQ(mbedguard_psa_sign_hash_get_num_ops(&op), 0);
    return begun == PSA_SUCCESS ? status : begun;
}

static psa_status_t verify(const unsigned char digest[32], const unsigned char *signature,
                           size_t length)
{
    mbedguard_psa_verify_hash_interruptible_operation_t op =
        mbedguard_psa_verify_hash_interruptible_operation_init();
    const psa_status_t begun = mbedguard_psa_verify_hash_start(
        &op, psa_calls_key(CALLS_SIGN), ECDSA, digest, 32, signature, length);
    psa_status_t status;
    unsigned parts = 0;

    do {
        status = mbedguard_psa_verify_hash_complete(&op);
    } while (goes_on(status, &parts));
    note_end(begun, status, parts, mbedguard_psa_verify_hash_get_num_ops(&op));
    LIVE_EQ(mbedguard_psa_verify_hash_abort(&op), 0);
    LIVE_EQ(mbedguard_psa_verify_hash_get_num_ops(&op), 0);
    return begun == PSA_SUCCESS ? status : begun;
}

static void limit(void)
{
    mbedguard_psa_interruptible_set_max_ops(OPS);
    LIVE_EQ(mbedguard_psa_interruptible_get_max_ops(), OPS);
}

/* Signed in steps, verified at once and in steps; what was signed at once, verified in steps. */
static void sign_in_steps(unsigned thread)
{
    const psa_key_id_t key = psa_calls_key(CALLS_SIGN);
    unsigned char digest[32], signature[64] = {1};
    size_t length = 64;
    psa_status_t status;

    (void) thread;
    limit();
    LIVE_EQ(mbedguard_psa_hash_compute(PSA_ALG_SHA_256, psa_calls_text, 100, digest, 32, &length),
            0);
    status = sign(digest, signature, &length);
    if (status == PSA_ERROR_NOT_SUPPORTED) {
        LIVE_EQ(verify(digest, signature, 64) == PSA_SUCCESS, 0);
        return;
    }
    if (OK(status) && OK(mbedguard_psa_verify_hash(key, ECDSA, digest, 32, signature, length)) &&
        OK(verify(digest, signature, length)) &&
        OK(mbedguard_psa_sign_hash(key, ECDSA, digest, 32, signature, 64, &length)) &&
        OK(verify(digest, signature, length))) {
        signature[5] ^= 1;
        CHECK(verify(digest, signature, length) == PSA_ERROR_INVALID_SIGNATURE);
    }
}

#endif

#if LIVE_V4

static void attributes_of(mbedguard_psa_key_attributes_t *attributes, psa_key_type_t type,
                          psa_key_usage_t usage, psa_algorithm_t algorithm)
{
    mbedguard_psa_reset_key_attributes(attributes);
    mbedguard_psa_set_key_type(attributes, type);
    mbedguard_psa_set_key_bits(attributes, 256);
    mbedguard_psa_set_key_usage_flags(attributes, usage);
    mbedguard_psa_set_key_algorithm(attributes, algorithm);
}

static psa_status_t agree(const unsigned char peer[65], psa_key_id_t *key)
{
    mbedguard_psa_key_agreement_iop_t op = mbedguard_psa_key_agreement_iop_init();
    mbedguard_psa_key_attributes_t attributes = MBEDGUARD_PSA_KEY_ATTRIBUTES_INIT;
    psa_status_t begun, status;
    unsigned parts = 0;

    attributes_of(&attributes, PSA_KEY_TYPE_RAW_DATA, PSA_KEY_USAGE_EXPORT, PSA_ALG_NONE);
    begun = mbedguard_psa_key_agreement_iop_setup(&op, psa_calls_key(CALLS_ECDH), peer, 65,
                                                  PSA_ALG_ECDH, &attributes);
    do {
        status = mbedguard_psa_key_agreement_iop_complete(&op, key);
    } while (goes_on(status, &parts));
    note_end(begun, status, parts, mbedguard_psa_key_agreement_iop_get_num_ops(&op));
    LIVE_EQ(mbedguard_psa_key_agreement_iop_abort(&op), 0);
    LIVE_EQ(mbedguard_psa_key_agreement_iop_get_num_ops(&op), 0);
    return begun == PSA_SUCCESS ? status : begun;
}

static void agree_in_steps(unsigned thread)
{
    unsigned char peer[65], expected[32], got[32] = {0};
    size_t length = 0;
    psa_key_id_t key = 0;
    psa_status_t status;

    (void) thread;
    limit();
    if (!OK(mbedguard_psa_export_public_key(psa_calls_key(CALLS_ECDH_HKDF), peer, 65, &length)))
        return;
    status = agree(peer, &key);
    if (status == PSA_ERROR_NOT_SUPPORTED || !OK(status))
        return;
    if (OK(mbedguard_psa_export_key(key, got, 32, &length)) &&
        OK(mbedguard_psa_raw_key_agreement(PSA_ALG_ECDH, psa_calls_key(CALLS_ECDH), peer, 65,
                                           expected, 32, &length)))
        CHECK(memcmp(got, expected, 32) == 0);
    (void) OK(mbedguard_psa_destroy_key(key));
}

/* The public key of a pair. */
static psa_status_t export_public(psa_key_id_t key, unsigned char out[65], size_t *length)
{
    mbedguard_psa_export_public_key_iop_t op = mbedguard_psa_export_public_key_iop_init();
    const psa_status_t begun = mbedguard_psa_export_public_key_iop_setup(&op, key);
    psa_status_t status;
    unsigned parts = 0;

    do {
        status = mbedguard_psa_export_public_key_iop_complete(&op, out, 65, length);
    } while (goes_on(status, &parts));
    note_end(begun, status, parts, mbedguard_psa_export_public_key_iop_get_num_ops(&op));
    LIVE_EQ(mbedguard_psa_export_public_key_iop_abort(&op), 0);
    LIVE_EQ(mbedguard_psa_export_public_key_iop_get_num_ops(&op), 0);
    return begun == PSA_SUCCESS ? status : begun;
}

static void export_in_steps(unsigned thread)
{
    const psa_key_id_t key = psa_calls_key(CALLS_SIGN);
    unsigned char got[65] = {0}, expected[65];
    size_t length = 0;
    psa_status_t status;

    (void) thread;
    limit();
    status = export_public(key, got, &length);
    if (status == PSA_ERROR_NOT_SUPPORTED || !OK(status))
        return;
    CHECK(length == 65);
    if (OK(mbedguard_psa_export_public_key(key, expected, 65, &length)))
        CHECK(memcmp(got, expected, 65) == 0);
}

/* A pair is drawn in one part. */
static psa_status_t generate(psa_key_id_t *key)
{
    mbedguard_psa_generate_key_iop_t op = mbedguard_psa_generate_key_iop_init();
    mbedguard_psa_key_attributes_t attributes = MBEDGUARD_PSA_KEY_ATTRIBUTES_INIT;
    psa_status_t begun, status;
    unsigned parts = 0;

    attributes_of(&attributes, PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_SECP_R1),
                  PSA_KEY_USAGE_SIGN_HASH | PSA_KEY_USAGE_VERIFY_HASH, ECDSA);
    begun = mbedguard_psa_generate_key_iop_setup(&op, &attributes);
    do {
        status = mbedguard_psa_generate_key_iop_complete(&op, key);
    } while (goes_on(status, &parts));
    if (begun != PSA_SUCCESS)
        LIVE_EQ(status, PSA_ERROR_BAD_STATE);
    if (status == PSA_SUCCESS)
        LIVE_EQ(mbedguard_psa_generate_key_iop_get_num_ops(&op) > 0, 1);
    LIVE_EQ(mbedguard_psa_generate_key_iop_abort(&op), 0);
    LIVE_EQ(mbedguard_psa_generate_key_iop_get_num_ops(&op), 0);
    return begun == PSA_SUCCESS ? status : begun;
}

static void generate_in_steps(unsigned thread)
{
    unsigned char digest[32] = {7}, signature[64], one[65] = {0}, other[65] = {1};
    size_t length = 0;
    psa_key_id_t key = 0;
    psa_status_t status;

    (void) thread;
    limit();
    status = generate(&key);
    if (status == PSA_ERROR_NOT_SUPPORTED || !OK(status))
        return;
    if (OK(mbedguard_psa_sign_hash(key, ECDSA, digest, 32, signature, 64, &length)))
        (void) OK(mbedguard_psa_verify_hash(key, ECDSA, digest, 32, signature, length));
    if (OK(mbedguard_psa_export_public_key(key, one, 65, &length)) &&
        OK(mbedguard_psa_export_public_key(psa_calls_key(CALLS_SIGN), other, 65, &length)))
        CHECK(memcmp(one, other, 65) != 0);
    (void) OK(mbedguard_psa_destroy_key(key));
}

#endif

const struct psa_calls_step psa_calls_in_steps[] = {
#if LIVE_V3
    {"sign in steps", sign_in_steps, 1},
#endif
#if LIVE_V4
    {"agree in steps", agree_in_steps, 1},
    {"export in steps", export_in_steps, 1},
    {"generate in steps", generate_in_steps, 1},
#endif
    {NULL, NULL, 0},
};
