/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* What the steps of psa_calls.h share: their keys, and what they note. */
#include "live/psa_calls.h"

const unsigned char psa_calls_text[100] = "what is worked on, in one part or two";
atomic_bool psa_calls_may_vanish;

static _Atomic psa_key_id_t keys[CALLS_KEYS];
static unsigned char rsa[1024];
static size_t rsa_length;

bool psa_calls_ok(psa_status_t status, const char *what, const char *file, int line)
{
    if (status != PSA_SUCCESS && !atomic_load(&psa_calls_may_vanish))
        live_note(file, line, what, status, PSA_SUCCESS);
    return status == PSA_SUCCESS;
}

void psa_calls_check(bool holds, const char *what, const char *file, int line)
{
    if (!holds && !atomic_load(&psa_calls_may_vanish))
        live_note(file, line, what, 0, 1);
}

psa_key_id_t psa_calls_key(enum psa_calls_key which)
{
    return atomic_load(&keys[which]);
}

struct kind {
    psa_key_type_t type;
    size_t bits;
    psa_algorithm_t algorithm;
    psa_key_usage_t usage;
};

#define PAIR  PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_SECP_R1)
#define SIGN  (PSA_KEY_USAGE_SIGN_HASH | PSA_KEY_USAGE_VERIFY_HASH)
#define CRYPT (PSA_KEY_USAGE_ENCRYPT | PSA_KEY_USAGE_DECRYPT)
#define HKDF  PSA_ALG_HKDF(PSA_ALG_SHA_256)

static const struct kind kinds[CALLS_KEYS] = {
    [CALLS_AES] = {PSA_KEY_TYPE_AES, 128, PSA_ALG_ECB_NO_PADDING, LIVE_PSA_USAGE},
    [CALLS_CTR] = {PSA_KEY_TYPE_AES, 128, PSA_ALG_CTR, CRYPT},
    [CALLS_GCM] = {PSA_KEY_TYPE_AES, 128, PSA_ALG_GCM, CRYPT},
    [CALLS_HMAC] = {PSA_KEY_TYPE_HMAC, 128, PSA_ALG_HMAC(PSA_ALG_SHA_256),
                    PSA_KEY_USAGE_SIGN_MESSAGE | PSA_KEY_USAGE_VERIFY_MESSAGE},
    [CALLS_SIGN] = {PAIR, 256, PSA_ALG_ECDSA(PSA_ALG_SHA_256), SIGN},
    [CALLS_RSA] = {PSA_KEY_TYPE_RSA_KEY_PAIR, 1024, PSA_ALG_RSA_PKCS1V15_CRYPT,
                   CRYPT | PSA_KEY_USAGE_EXPORT},
    [CALLS_SECRET] = {PSA_KEY_TYPE_DERIVE, 128, HKDF, PSA_KEY_USAGE_DERIVE},
    [CALLS_ECDH] = {PAIR, 256, PSA_ALG_ECDH, PSA_KEY_USAGE_DERIVE},
    [CALLS_ECDH_HKDF] = {PAIR, 256, PSA_ALG_KEY_AGREEMENT(PSA_ALG_ECDH, HKDF),
                         PSA_KEY_USAGE_DERIVE},
#if defined(PSA_CALLS_JPAKE)
    [CALLS_PASSWORD] = {PSA_KEY_TYPE_PASSWORD, 128, PSA_CALLS_JPAKE, PSA_KEY_USAGE_DERIVE},
#endif
};

static bool make(const struct kind *kind, psa_key_id_t *key)
{
    mbedguard_psa_key_attributes_t attributes = MBEDGUARD_PSA_KEY_ATTRIBUTES_INIT;
    const bool is_rsa = kind->type == PSA_KEY_TYPE_RSA_KEY_PAIR;

    mbedguard_psa_set_key_type(&attributes, kind->type);
    mbedguard_psa_set_key_bits(&attributes, kind->bits);
    mbedguard_psa_set_key_algorithm(&attributes, kind->algorithm);
    mbedguard_psa_set_key_usage_flags(&attributes, kind->usage);
    /* RSA keys take long: one is made, and then the same again. */
    if (is_rsa && rsa_length > 0)
        return OK(mbedguard_psa_import_key(&attributes, rsa, rsa_length, key));
    if (!PSA_KEY_TYPE_IS_KEY_PAIR(kind->type))
        return OK(mbedguard_psa_import_key(&attributes, live_psa_bytes, sizeof(live_psa_bytes),
                                           key));
    return OK(mbedguard_psa_generate_key(&attributes, key)) &&
           (!is_rsa || OK(mbedguard_psa_export_key(*key, rsa, sizeof(rsa), &rsa_length)));
}

bool psa_calls_make_keys(void)
{
    psa_key_id_t key;
    unsigned i;

    for (i = 0; i < CALLS_KEYS; i++) {
        if (kinds[i].type == 0)
            continue;
        if (!make(&kinds[i], &key))
            return false;
        atomic_store(&keys[i], key);
    }
    return true;
}
