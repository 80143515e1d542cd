/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Signatures are verified by each thread with a key of its own, while others make and destroy keys of
 * PSA: with MBEDTLS_USE_PSA_CRYPTO a verification makes one, too, and the key store of 2.28 has no
 * locks, nor has any without MBEDTLS_THREADING_C.
 */
#include <mbedtls/version.h>

#include "raw.h"

#if defined(MBEDTLS_USE_PSA_CRYPTO) && MBEDTLS_VERSION_NUMBER < 0x04000000 &&                      \
    (MBEDTLS_VERSION_NUMBER < 0x03060000 || !defined(MBEDTLS_THREADING_C))

#include <mbedtls/ecp.h>
#include <mbedtls/md.h>
#include <mbedtls/pk.h>
#include <mbedtls/psa_util.h>
#include <psa/crypto.h>

#define ROUNDS 10

static unsigned char der[256], signature[128];
static size_t der_length, signature_length;
static const unsigned char hash[32] = "what was signed";
static const unsigned char bytes[16] = "sixteen bytes..";

static void verify(unsigned thread)
{
    mbedtls_pk_context pk;
    unsigned i;

    (void) thread;
    mbedtls_pk_init(&pk);
    RAW_CALL(mbedtls_pk_parse_public_key(&pk, der, der_length));
    for (i = 0; i < ROUNDS; i++)
        RAW_DATA(mbedtls_pk_verify(&pk, MBEDTLS_MD_SHA256, hash, sizeof(hash), signature,
                                   signature_length) == 0);
    mbedtls_pk_free(&pk);
}

static void make_keys(void)
{
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
    psa_key_id_t id;
    unsigned i;

    psa_set_key_usage_flags(&attributes, PSA_KEY_USAGE_EXPORT);
    psa_set_key_type(&attributes, PSA_KEY_TYPE_AES);
    for (i = 0; i < 20 * ROUNDS; i++) {
        RAW_DATA(psa_import_key(&attributes, bytes, sizeof(bytes), &id) == PSA_SUCCESS);
        RAW_DATA(psa_destroy_key(id) == PSA_SUCCESS);
    }
}

static void storm(unsigned thread)
{
    if (thread % 2 == 0)
        verify(thread);
    else
        make_keys();
}

/* A key that signs without PSA: the pk context exists only while there is one thread. */
static void sign_once(void)
{
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
    mbedtls_pk_context pk;
    psa_key_id_t id;

    psa_set_key_usage_flags(&attributes, PSA_KEY_USAGE_SIGN_HASH);
    psa_set_key_algorithm(&attributes, PSA_ALG_ECDSA(PSA_ALG_SHA_256));
    psa_set_key_type(&attributes, PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_SECP_R1));
    psa_set_key_bits(&attributes, 256);
    RAW_DATA(psa_generate_key(&attributes, &id) == PSA_SUCCESS);
    mbedtls_pk_init(&pk);
    RAW_CALL(mbedtls_pk_setup_opaque(&pk, id));
    RAW_CALL(mbedtls_pk_sign(&pk, MBEDTLS_MD_SHA256, hash, sizeof(hash), signature,
#if MBEDTLS_VERSION_NUMBER >= 0x03000000
                             sizeof(signature),
#endif
                             &signature_length, mbedtls_psa_get_random, MBEDTLS_PSA_RANDOM_STATE));
    der_length = (size_t) mbedtls_pk_write_pubkey_der(&pk, der, sizeof(der));
    memmove(der, der + sizeof(der) - der_length, der_length);
    mbedtls_pk_free(&pk);
    RAW_DATA(psa_destroy_key(id) == PSA_SUCCESS);
}

int main(void)
{
    RAW_CALL(psa_crypto_init());
    sign_once();
    raw_threads(storm);
    mbedtls_psa_crypto_free();
    return raw_result();
}

#else

int main(void)
{
    return 77;
}

#endif
