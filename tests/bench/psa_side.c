/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* One side of psa_side.h. */
#include <string.h>

#include <psa/crypto.h>

#include "bench/measure.h"
#include "bench/psa_side.h"

static const unsigned char text[1024];

static void open_store(void)
{
    bench_must(psa_crypto_init(), "psa_crypto_init");
}

static void close_store(void)
{
    mbedtls_psa_crypto_free();
}

static uint32_t make(psa_key_type_t type, size_t bits, psa_algorithm_t algorithm,
                     psa_key_usage_t usage)
{
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
    psa_key_id_t key;

    psa_set_key_type(&attributes, type);
    psa_set_key_bits(&attributes, bits);
    psa_set_key_algorithm(&attributes, algorithm);
    psa_set_key_usage_flags(&attributes, usage);
    bench_must(psa_generate_key(&attributes, &key), "psa_generate_key");
    return key;
}

static uint32_t make_signer(void)
{
    return make(PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_SECP_R1), 256,
                PSA_ALG_ECDSA(PSA_ALG_SHA_256), PSA_KEY_USAGE_SIGN_HASH);
}

static uint32_t make_cipher(void)
{
    return make(PSA_KEY_TYPE_AES, 128, PSA_ALG_GCM, PSA_KEY_USAGE_ENCRYPT);
}

static void end(uint32_t key)
{
    bench_must(psa_destroy_key(key), "psa_destroy_key");
}

static void make_rsa4096(void)
{
    end(make(PSA_KEY_TYPE_RSA_KEY_PAIR, 4096, PSA_ALG_RSA_PKCS1V15_SIGN(PSA_ALG_SHA_256),
             PSA_KEY_USAGE_SIGN_HASH));
}

static void sign(uint32_t key)
{
    unsigned char signature[64];
    size_t length;

    bench_must(psa_sign_hash(key, PSA_ALG_ECDSA(PSA_ALG_SHA_256), text, 32, signature,
                             sizeof(signature), &length),
               "psa_sign_hash");
}

static void gcm(uint32_t key)
{
    unsigned char out[sizeof(text) + 16];
    size_t length;

    bench_must(psa_aead_encrypt(key, PSA_ALG_GCM, text, 12, NULL, 0, text, sizeof(text), out,
                                sizeof(out), &length),
               "psa_aead_encrypt");
}

static void hash(uint32_t key)
{
    unsigned char out[32];
    size_t length;

    (void) key;
    bench_must(psa_hash_compute(PSA_ALG_SHA_256, text, sizeof(text), out, sizeof(out), &length),
               "psa_hash_compute");
}

const struct bench_psa SIDE = {
    open_store, close_store, make_signer, make_cipher, make_rsa4096, end, sign, gcm, hash,
};
