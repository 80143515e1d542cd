/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Calls that came with Mbed TLS 4, but for those in steps and by password: see psa_calls.h. */
#include <string.h>

#include "live/psa_calls.h"

#if LIVE_V4

/* A key that is agreed on has the bytes that are. */
static void agree(unsigned thread)
{
    mbedguard_psa_key_attributes_t attributes = MBEDGUARD_PSA_KEY_ATTRIBUTES_INIT;
    const psa_key_id_t own = psa_calls_key(CALLS_ECDH);
    unsigned char peer[65], expected[32], got[32] = {0};
    size_t length = 0;
    psa_key_id_t key;

    (void) thread;
    mbedguard_psa_set_key_type(&attributes, PSA_KEY_TYPE_RAW_DATA);
    mbedguard_psa_set_key_usage_flags(&attributes, PSA_KEY_USAGE_EXPORT);
    if (!OK(mbedguard_psa_export_public_key(psa_calls_key(CALLS_ECDH_HKDF), peer, 65, &length)) ||
        !OK(mbedguard_psa_key_agreement(own, peer, 65, PSA_ALG_ECDH, &attributes, &key)))
        return;
    if (OK(mbedguard_psa_export_key(key, got, 32, &length)) &&
        OK(mbedguard_psa_raw_key_agreement(PSA_ALG_ECDH, own, peer, 65, expected, 32, &length)))
        CHECK(memcmp(got, expected, 32) == 0);
    (void) OK(mbedguard_psa_destroy_key(key));
}

static bool begin(mbedguard_psa_key_derivation_operation_t *op)
{
    LIVE_EQ(mbedguard_psa_key_derivation_abort(op), 0);
    return OK(mbedguard_psa_key_derivation_setup(op, PSA_ALG_HKDF(PSA_ALG_SHA_256))) &&
           OK(mbedguard_psa_key_derivation_input_key(op, PSA_KEY_DERIVATION_INPUT_SECRET,
                                                     psa_calls_key(CALLS_SECRET))) &&
           OK(mbedguard_psa_key_derivation_input_bytes(op, PSA_KEY_DERIVATION_INPUT_INFO,
                                                       psa_calls_text, 5));
}

/* Declared, and not supported yet. */
static bool verifies(psa_status_t status)
{
    return status == PSA_ERROR_NOT_SUPPORTED || OK(status);
}

static void verify_derived(unsigned thread)
{
    mbedguard_psa_key_derivation_operation_t op = MBEDGUARD_PSA_KEY_DERIVATION_OPERATION_INIT;
    mbedguard_psa_key_attributes_t attributes = MBEDGUARD_PSA_KEY_ATTRIBUTES_INIT;
    unsigned char bytes[16] = {0};
    psa_key_id_t key;

    (void) thread;
    mbedguard_psa_set_key_type(&attributes, PSA_KEY_TYPE_PASSWORD_HASH);
    mbedguard_psa_set_key_usage_flags(&attributes, PSA_KEY_USAGE_VERIFY_DERIVATION);
    mbedguard_psa_set_key_algorithm(&attributes, PSA_ALG_HKDF(PSA_ALG_SHA_256));
    if (begin(&op) && OK(mbedguard_psa_key_derivation_output_bytes(&op, bytes, 16)) &&
        begin(&op) && verifies(mbedguard_psa_key_derivation_verify_bytes(&op, bytes, 16)) &&
        OK(mbedguard_psa_import_key(&attributes, bytes, 16, &key))) {
        if (begin(&op))
            (void) verifies(mbedguard_psa_key_derivation_verify_key(&op, key));
        (void) OK(mbedguard_psa_destroy_key(key));
    }
    if (begin(&op)) {
        bytes[3] ^= 1;
        LIVE_EQ(mbedguard_psa_key_derivation_verify_bytes(&op, bytes, 16) == PSA_SUCCESS, 0);
    }
    LIVE_EQ(mbedguard_psa_key_derivation_abort(&op), 0);
}

static void builtin(unsigned thread)
{
    (void) thread;
    LIVE_EQ(mbedguard_psa_key_id_is_builtin(5), 0);
    LIVE_EQ(mbedguard_psa_key_id_is_builtin(MBEDTLS_PSA_KEY_ID_BUILTIN_MIN), 1);
}

#if defined(PSA_XOF_OPERATION_INIT)

/* The first 40 bytes of SHAKE256 of psa_calls_text. */
static const unsigned char shaken[40] = {
    0x0d, 0xa8, 0x5a, 0xf0, 0xf3, 0x0c, 0x89, 0x62, 0xe5, 0x67,
    0xf7, 0xa4, 0xe4, 0x15, 0x5f, 0xd3, 0xdf, 0xba, 0x30, 0x6b,
    0x77, 0x5e, 0x1d, 0x22, 0xaa, 0x5b, 0x33, 0xd6, 0xa8, 0xe3,
    0xfc, 0x8d, 0x39, 0x7e, 0x21, 0x8e, 0x71, 0x06, 0x5f, 0x19,
};

/* It needs no library: whoever frees that, this succeeds. */
static void shake(unsigned thread)
{
    mbedguard_psa_xof_operation_t op = mbedguard_psa_xof_operation_init();
    mbedguard_psa_xof_operation_t other = MBEDGUARD_PSA_XOF_OPERATION_INIT;
    unsigned char out[40] = {0};
    const psa_status_t status = mbedguard_psa_xof_setup(&op, PSA_ALG_SHAKE256);

    (void) thread;
    LIVE_EQ(mbedguard_psa_xof_output(&other, out, 1), PSA_ERROR_BAD_STATE);
    LIVE_EQ(mbedguard_psa_xof_abort(&other), 0);
#if defined(PSA_WANT_ALG_SHAKE256)
    LIVE_EQ(status, 0);
    LIVE_EQ(mbedguard_psa_xof_set_context(&op, psa_calls_text, 3), PSA_ERROR_BAD_STATE);
    LIVE_EQ(mbedguard_psa_xof_update(&op, psa_calls_text, 60), 0);
    LIVE_EQ(mbedguard_psa_xof_update(&op, psa_calls_text + 60, 40), 0);
    LIVE_EQ(mbedguard_psa_xof_output(&op, out, 7), 0);
    LIVE_EQ(mbedguard_psa_xof_update(&op, psa_calls_text, 1), PSA_ERROR_BAD_STATE);
    LIVE_EQ(mbedguard_psa_xof_output(&op, out + 7, sizeof(out) - 7), 0);
    LIVE_EQ(memcmp(out, shaken, sizeof(out)), 0);
#else
    LIVE_EQ(status, PSA_ERROR_NOT_SUPPORTED);
    (void) shaken;
#endif
    LIVE_EQ(mbedguard_psa_xof_abort(&op), 0);
    LIVE_EQ(mbedguard_psa_xof_update(&op, psa_calls_text, 1), PSA_ERROR_BAD_STATE);
}

#endif

#endif

const struct psa_calls_step psa_calls_of_4[] = {
#if LIVE_V4
    {"agree on a key", agree, 2},
    {"verify what is derived", verify_derived, 5},
    {"builtin", builtin, 20},
#if defined(PSA_XOF_OPERATION_INIT)
    {"shake", shake, 20},
#endif
#endif
    {NULL, NULL, 0},
};
