/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Calls that use pairs, derive, make, keep and end keys: see psa_calls.h. */
#include <string.h>

#include "live/psa_calls.h"

/* Old names are called, too. */
#if defined(__GNUC__)
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
#endif

#define ECDSA PSA_ALG_ECDSA(PSA_ALG_SHA_256)
#define HKDF  PSA_ALG_HKDF(PSA_ALG_SHA_256)

static void sign(unsigned thread)
{
    const psa_key_id_t key = psa_calls_key(CALLS_SIGN);
    unsigned char digest[32], signature[64];
    size_t length = 0;

    (void) thread;
    LIVE_EQ(mbedguard_psa_hash_compute(PSA_ALG_SHA_256, psa_calls_text, 100, digest, 32, &length),
            0);
    if (OK(mbedguard_psa_sign_hash(key, ECDSA, digest, 32, signature, 64, &length)) &&
        OK(mbedguard_psa_verify_hash(key, ECDSA, digest, 32, signature, length)) &&
        OK(mbedguard_psa_verify_message(key, ECDSA, psa_calls_text, 100, signature, length)) &&
        OK(mbedguard_psa_sign_message(key, ECDSA, psa_calls_text, 100, signature, 64, &length)))
        (void) OK(mbedguard_psa_verify_hash(key, ECDSA, digest, 32, signature, length));
#if !LIVE_V3
    if (OK(mbedguard_psa_asymmetric_sign(key, ECDSA, digest, 32, signature, 64, &length)))
        (void) OK(mbedguard_psa_asymmetric_verify(key, ECDSA, digest, 32, signature, length));
#endif
}

static void encrypt(unsigned thread)
{
    const psa_key_id_t key = psa_calls_key(CALLS_RSA);
    const psa_algorithm_t algorithm = PSA_ALG_RSA_PKCS1V15_CRYPT;
    unsigned char sealed[128], opened[128] = {0};
    size_t length = 0;

    (void) thread;
    if (OK(mbedguard_psa_asymmetric_encrypt(key, algorithm, psa_calls_text, 40, NULL, 0, sealed,
                                            sizeof(sealed), &length)) &&
        OK(mbedguard_psa_asymmetric_decrypt(key, algorithm, sealed, length, NULL, 0, opened,
                                            sizeof(opened), &length)))
        CHECK(length == 40 && memcmp(opened, psa_calls_text, 40) == 0);
}

/* What both ends agree on, by both ways. */
static void agree(unsigned thread)
{
    mbedguard_psa_key_derivation_operation_t op = mbedguard_psa_key_derivation_operation_init();
    const psa_key_id_t one = psa_calls_key(CALLS_ECDH), other = psa_calls_key(CALLS_ECDH_HKDF);
    unsigned char public_key[65], secret[32], bytes[2][16];
    size_t length = 0;

    (void) thread;
    if (OK(mbedguard_psa_export_public_key(other, public_key, 65, &length)) &&
        OK(mbedguard_psa_raw_key_agreement(PSA_ALG_ECDH, one, public_key, 65, secret, 32,
                                           &length)) &&
        OK(mbedguard_psa_key_derivation_setup(&op, HKDF)) &&
        OK(mbedguard_psa_key_derivation_input_bytes(&op, PSA_KEY_DERIVATION_INPUT_SECRET, secret,
                                                    32)) &&
        OK(mbedguard_psa_key_derivation_input_bytes(&op, PSA_KEY_DERIVATION_INPUT_INFO,
                                                    psa_calls_text, 5)) &&
        OK(mbedguard_psa_key_derivation_output_bytes(&op, bytes[0], 16)) &&
        OK(mbedguard_psa_key_derivation_abort(&op)) &&
        OK(mbedguard_psa_export_public_key(one, public_key, 65, &length)) &&
        OK(mbedguard_psa_key_derivation_setup(&op, PSA_ALG_KEY_AGREEMENT(PSA_ALG_ECDH, HKDF))) &&
        OK(mbedguard_psa_key_derivation_key_agreement(&op, PSA_KEY_DERIVATION_INPUT_SECRET, other,
                                                      public_key, 65)) &&
        OK(mbedguard_psa_key_derivation_input_bytes(&op, PSA_KEY_DERIVATION_INPUT_INFO,
                                                    psa_calls_text, 5)) &&
        OK(mbedguard_psa_key_derivation_output_bytes(&op, bytes[1], 16)))
        CHECK(memcmp(bytes[0], bytes[1], 16) == 0);
    LIVE_EQ(mbedguard_psa_key_derivation_abort(&op), 0);
}

static bool begin(mbedguard_psa_key_derivation_operation_t *op)
{
    size_t capacity = 0;

    return OK(mbedguard_psa_key_derivation_setup(op, HKDF)) &&
           OK(mbedguard_psa_key_derivation_get_capacity(op, &capacity)) &&
           OK(mbedguard_psa_key_derivation_set_capacity(op, 64)) &&
           OK(mbedguard_psa_key_derivation_input_key(op, PSA_KEY_DERIVATION_INPUT_SECRET,
                                                     psa_calls_key(CALLS_SECRET))) &&
           OK(mbedguard_psa_key_derivation_input_bytes(op, PSA_KEY_DERIVATION_INPUT_INFO,
                                                       psa_calls_text, 5));
}

static void derive(unsigned thread)
{
    mbedguard_psa_key_derivation_operation_t op = MBEDGUARD_PSA_KEY_DERIVATION_OPERATION_INIT;
    mbedguard_psa_key_attributes_t attributes;
    unsigned char bytes[16], exported[16] = {0};
    size_t length = 0;
    psa_key_id_t key;

    (void) thread;
    live_psa_attributes(&attributes, 0);
    if (begin(&op) && OK(mbedguard_psa_key_derivation_output_bytes(&op, bytes, 16)) &&
        OK(mbedguard_psa_key_derivation_abort(&op)) && begin(&op) &&
        OK(mbedguard_psa_key_derivation_output_key(&attributes, &op, &key))) {
        if (OK(mbedguard_psa_export_key(key, exported, 16, &length)))
            CHECK(memcmp(exported, bytes, 16) == 0);
        (void) OK(mbedguard_psa_destroy_key(key));
    }
    LIVE_EQ(mbedguard_psa_key_derivation_abort(&op), 0);
}

/* Import, generation, copy; what they are; their end. */
static void make(unsigned thread)
{
    mbedguard_psa_key_attributes_t attributes, got = MBEDGUARD_PSA_KEY_ATTRIBUTES_INIT;
    unsigned char bytes[16];
    size_t length = 0;
    psa_key_id_t key;

    (void) thread;
    live_psa_attributes(&attributes, 0);
    if (OK(mbedguard_psa_import_key(&attributes, live_psa_bytes, 16, &key))) {
        (void) OK(live_psa_encrypt(key));
        (void) OK(mbedguard_psa_destroy_key(key));
    }
    if (OK(mbedguard_psa_copy_key(psa_calls_key(CALLS_AES), &attributes, &key))) {
        (void) OK(live_psa_encrypt(key));
        (void) OK(mbedguard_psa_destroy_key(key));
    }
    if (OK(mbedguard_psa_generate_key(&attributes, &key))) {
        if (OK(mbedguard_psa_export_key(key, bytes, 16, &length)))
            CHECK(memcmp(bytes, live_psa_bytes, 16) != 0);
        if (OK(mbedguard_psa_get_key_attributes(key, &got)))
            CHECK(mbedguard_psa_get_key_type(&got) == PSA_KEY_TYPE_AES);
        mbedguard_psa_reset_key_attributes(&got);
        (void) OK(mbedguard_psa_destroy_key(key));
    }
}

/* Beside a free the library may be gone between any two of these. */
static void persist(unsigned thread)
{
    const psa_key_id_t id = 800 + thread;
    psa_key_id_t key;
    psa_status_t status;

    if (!OK(live_psa_import(id, &key)))
        return;
    (void) OK(live_psa_encrypt(id));
    (void) OK(mbedguard_psa_purge_key(id));
#if !LIVE_V4
    {
        psa_key_handle_t handle;

        if (OK(mbedguard_psa_open_key(id, &handle))) {
            (void) OK(live_psa_encrypt(handle));
            (void) OK(mbedguard_psa_close_key(handle));
        }
    }
#endif
    (void) OK(live_psa_encrypt(id));
    /* The file goes with the key, whatever else happens. */
    do {
        status = mbedguard_psa_destroy_key(id);
    } while (status == PSA_ERROR_BAD_STATE && atomic_load(&psa_calls_may_vanish));
    (void) OK(status);
    if (!atomic_load(&psa_calls_may_vanish))
        LIVE_EQ(live_psa_is_gone(live_psa_encrypt(id)), 1);
}

static void ask_for_nothing(unsigned thread)
{
    mbedguard_psa_key_attributes_t attributes = MBEDGUARD_PSA_KEY_ATTRIBUTES_INIT;

    (void) thread;
    CHECK(live_psa_is_gone(mbedguard_psa_get_key_attributes(0x7FFFFF00, &attributes)));
    CHECK(live_psa_is_gone(live_psa_encrypt(99)));
    CHECK(live_psa_is_gone(mbedguard_psa_destroy_key(98)));
}

const struct psa_calls_step psa_calls_on_keys[] = {
    {"sign", sign, 1}, {"encrypt", encrypt, 2}, {"agree", agree, 1},
    {"derive", derive, 10}, {"make", make, 10}, {"persist", persist, 2},
    {"nothing", ask_for_nothing, 10}, {NULL, NULL, 0},
};
