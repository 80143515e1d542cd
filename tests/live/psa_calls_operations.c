/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Attributes, hashes, MACs, ciphers, random numbers, the library as a whole: see psa_calls.h. */
#include <string.h>

#include "live/psa_calls.h"

/* Old names are called, too. */
#if defined(__GNUC__)
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
#endif

#if !LIVE_V4
#include <mbedguard/psa_util.h>
#endif

#if !defined(MBEDTLS_PRIVATE)
#define MBEDTLS_PRIVATE(member) member
#endif
#define SHA PSA_ALG_SHA_256
#define MAC PSA_ALG_HMAC(PSA_ALG_SHA_256)

#if !LIVE_V4
static void parameters(mbedguard_psa_key_attributes_t *own)
{
    const unsigned char exponent[] = {3};
    unsigned char got[4];
    size_t length = 0;

    if (mbedguard_psa_set_key_domain_parameters(own, PSA_KEY_TYPE_RSA_KEY_PAIR, exponent, 1) ==
        PSA_SUCCESS) {
        LIVE_EQ(mbedguard_psa_get_key_domain_parameters(own, got, sizeof(got), &length), 0);
        LIVE_EQ(length == 1 && got[0] == 3, 1);
    } else { /* not since 3.6 */
        LIVE_EQ(mbedguard_psa_get_key_domain_parameters(own, got, sizeof(got), &length), 0);
        LIVE_EQ(length, 0);
    }
}
#endif

static void attributes(unsigned thread)
{
    mbedguard_psa_key_attributes_t own = MBEDGUARD_PSA_KEY_ATTRIBUTES_INIT;
    psa_key_usage_t flags = PSA_KEY_USAGE_SIGN_HASH;

    own = mbedguard_psa_key_attributes_init();
    mbedguard_psa_set_key_lifetime(&own, PSA_KEY_LIFETIME_PERSISTENT);
    mbedguard_psa_set_key_id(&own, 5 + thread);
    mbedguard_psa_set_key_type(&own, PSA_KEY_TYPE_RSA_KEY_PAIR);
    mbedguard_psa_set_key_bits(&own, 1024);
    mbedguard_psa_set_key_algorithm(&own, MAC);
    mbedguard_psa_set_key_usage_flags(&own, flags);
    LIVE_EQ(mbedguard_psa_get_key_lifetime(&own), PSA_KEY_LIFETIME_PERSISTENT);
    LIVE_EQ(mbedguard_psa_get_key_id(&own), 5 + thread);
    LIVE_EQ(mbedguard_psa_get_key_type(&own), PSA_KEY_TYPE_RSA_KEY_PAIR);
    LIVE_EQ(mbedguard_psa_get_key_bits(&own), 1024);
    LIVE_EQ(mbedguard_psa_get_key_algorithm(&own), MAC);
    mbedguard_psa_extend_key_usage_flags(&flags);
    LIVE_EQ(mbedguard_psa_get_key_usage_flags(&own), flags);
    LIVE_EQ(flags & PSA_KEY_USAGE_SIGN_MESSAGE, PSA_KEY_USAGE_SIGN_MESSAGE);
    mbedguard_psa_set_key_enrollment_algorithm(&own, MAC);
    LIVE_EQ(mbedguard_psa_get_key_enrollment_algorithm(&own), MAC);
#if !LIVE_V4
    parameters(&own);
    LIVE_EQ(mbedguard_psa_key_handle_is_null(0), 1);
#endif
    mbedguard_psa_reset_key_attributes(&own);
    LIVE_EQ(mbedguard_psa_get_key_bits(&own), 0);
    LIVE_EQ(mbedguard_psa_key_policy_init().MBEDTLS_PRIVATE(alg), 0);
}

static void hash(unsigned thread)
{
    mbedguard_psa_hash_operation_t parts = mbedguard_psa_hash_operation_init();
    mbedguard_psa_hash_operation_t clone = MBEDGUARD_PSA_HASH_OPERATION_INIT;
    unsigned char whole[32], got[32] = {0};
    size_t length = 0;

    (void) thread;
    /* No hash needs the library: whoever frees it, this succeeds. */
    LIVE_EQ(mbedguard_psa_hash_compute(SHA, psa_calls_text, 100, whole, sizeof(whole), &length), 0);
    LIVE_EQ(mbedguard_psa_hash_compare(SHA, psa_calls_text, 100, whole, sizeof(whole)), 0);
    LIVE_EQ(mbedguard_psa_hash_setup(&parts, SHA), 0);
    LIVE_EQ(mbedguard_psa_hash_update(&parts, psa_calls_text, 40), 0);
    LIVE_EQ(mbedguard_psa_hash_clone(&parts, &clone), 0);
    LIVE_EQ(mbedguard_psa_hash_update(&parts, psa_calls_text + 40, 60), 0);
    LIVE_EQ(mbedguard_psa_hash_finish(&parts, got, sizeof(got), &length), 0);
    LIVE_EQ(memcmp(got, whole, sizeof(got)), 0);
    LIVE_EQ(mbedguard_psa_hash_update(&clone, psa_calls_text + 40, 60), 0);
    LIVE_EQ(mbedguard_psa_hash_verify(&clone, whole, sizeof(whole)), 0);
    LIVE_EQ(mbedguard_psa_hash_abort(&clone), 0);
}

static void mac(unsigned thread)
{
    mbedguard_psa_mac_operation_t parts = mbedguard_psa_mac_operation_init();
    const psa_key_id_t key = psa_calls_key(CALLS_HMAC);
    unsigned char whole[32], got[32] = {0};
    size_t length = 0;

    (void) thread;
    if (OK(mbedguard_psa_mac_compute(key, MAC, psa_calls_text, 100, whole, sizeof(whole),
                                     &length)) &&
        OK(mbedguard_psa_mac_verify(key, MAC, psa_calls_text, 100, whole, sizeof(whole))) &&
        OK(mbedguard_psa_mac_sign_setup(&parts, key, MAC)) &&
        OK(mbedguard_psa_mac_update(&parts, psa_calls_text, 100)) &&
        OK(mbedguard_psa_mac_sign_finish(&parts, got, sizeof(got), &length))) {
        CHECK(memcmp(got, whole, sizeof(got)) == 0);
        if (OK(mbedguard_psa_mac_verify_setup(&parts, key, MAC)) &&
            OK(mbedguard_psa_mac_update(&parts, psa_calls_text, 100)))
            (void) OK(mbedguard_psa_mac_verify_finish(&parts, whole, sizeof(whole)));
    }
    LIVE_EQ(mbedguard_psa_mac_abort(&parts), 0);
}

static void cipher(unsigned thread)
{
    const psa_key_id_t key = psa_calls_key(CALLS_CTR);
    unsigned char iv[16], sealed[116], opened[100] = {0};
    size_t length = 0;

    (void) thread;
    if (OK(mbedguard_psa_cipher_encrypt(key, PSA_ALG_CTR, psa_calls_text, 100, sealed,
                                        sizeof(sealed), &length)) &&
        OK(mbedguard_psa_cipher_decrypt(key, PSA_ALG_CTR, sealed, length, opened, sizeof(opened),
                                        &length)))
        CHECK(memcmp(opened, psa_calls_text, 100) == 0);
    {
        mbedguard_psa_cipher_operation_t parts = mbedguard_psa_cipher_operation_init();

        memset(opened, 0, sizeof(opened));
        if (OK(mbedguard_psa_cipher_encrypt_setup(&parts, key, PSA_ALG_CTR)) &&
            OK(mbedguard_psa_cipher_generate_iv(&parts, iv, sizeof(iv), &length)) &&
            OK(mbedguard_psa_cipher_update(&parts, psa_calls_text, 100, sealed, 100, &length)) &&
            OK(mbedguard_psa_cipher_finish(&parts, sealed + 100, 16, &length)) &&
            OK(mbedguard_psa_cipher_decrypt_setup(&parts, key, PSA_ALG_CTR)) &&
            OK(mbedguard_psa_cipher_set_iv(&parts, iv, sizeof(iv))) &&
            OK(mbedguard_psa_cipher_update(&parts, sealed, 100, opened, 100, &length)) &&
            OK(mbedguard_psa_cipher_finish(&parts, sealed, 16, &length)))
            CHECK(memcmp(opened, psa_calls_text, 100) == 0);
        LIVE_EQ(mbedguard_psa_cipher_abort(&parts), 0);
    }
}

static void seal(unsigned thread)
{
    const psa_key_id_t key = psa_calls_key(CALLS_GCM);
    static const unsigned char nonce[12];
    unsigned char sealed[116], opened[100] = {0};
    size_t length = 0;

    (void) thread;
    if (OK(mbedguard_psa_aead_encrypt(key, PSA_ALG_GCM, nonce, 12, psa_calls_text, 9,
                                      psa_calls_text, 100, sealed, sizeof(sealed), &length)) &&
        OK(mbedguard_psa_aead_decrypt(key, PSA_ALG_GCM, nonce, 12, psa_calls_text, 9, sealed, 116,
                                      opened, sizeof(opened), &length)))
        CHECK(memcmp(opened, psa_calls_text, 100) == 0);
    (void) mbedguard_psa_aead_operation_init();
}

static void draw(unsigned thread)
{
    unsigned char out[32] = {0};
    static const unsigned char zero[32];

    (void) thread;
    if (OK(mbedguard_psa_generate_random(out, sizeof(out))))
        LIVE_EQ(memcmp(out, zero, sizeof(out)) != 0, 1);
    memset(out, 0, sizeof(out));
    if (OK(mbedguard_psa_get_random(MBEDTLS_PSA_RANDOM_STATE, out, sizeof(out))))
        LIVE_EQ(memcmp(out, zero, sizeof(out)) != 0, 1);
}

static void library(unsigned thread)
{
    mbedtls_psa_stats_t stats;

    (void) thread;
    (void) OK(mbedguard_psa_crypto_init());
    LIVE_EQ(mbedguard_psa_get_stats(&stats), 0);
    LIVE_EQ(stats.MBEDTLS_PRIVATE(locked_slots), 0);
    CHECK(stats.MBEDTLS_PRIVATE(volatile_slots) >= 9);
}

const struct psa_calls_step psa_calls_operations[] = {
    {"attributes", attributes, 50}, {"hash", hash, 50}, {"mac", mac, 20}, {"cipher", cipher, 20},
    {"seal", seal, 20},             {"draw", draw, 50}, {"library", library, 20}, {NULL, NULL, 0},
};
