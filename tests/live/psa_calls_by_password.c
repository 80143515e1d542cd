/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Two sides that agree by a password, since Mbed TLS 3: see psa_calls.h. */
#include <string.h>

#include "live/psa_calls.h"

#if defined(PSA_CALLS_JPAKE)

/* Set up, with the password: in 4 by one call. */
static bool begin(mbedguard_psa_pake_operation_t *op, const psa_pake_cipher_suite_t *suite)
{
    const psa_key_id_t password = psa_calls_key(CALLS_PASSWORD);

#if LIVE_V4
    if (!OK(mbedguard_psa_pake_setup(op, password, suite)))
        return false;
    /* Not of this algorithm, and of no other yet. */
    LIVE_EQ(mbedguard_psa_pake_set_context(op, psa_calls_text, 3) == PSA_SUCCESS, 0);
    return true;
#else
    return OK(mbedguard_psa_pake_setup(op, suite)) &&
           OK(mbedguard_psa_pake_set_password_key(op, password));
#endif
}

bool psa_calls_begin_pake(mbedguard_psa_pake_operation_t *op, const char *user, const char *peer)
{
    psa_pake_cipher_suite_t suite = mbedguard_psa_pake_cipher_suite_init();

    mbedguard_psa_pake_cs_set_algorithm(&suite, PSA_CALLS_JPAKE);
    mbedguard_psa_pake_cs_set_primitive(
        &suite, PSA_PAKE_PRIMITIVE(PSA_PAKE_PRIMITIVE_TYPE_ECC, PSA_ECC_FAMILY_SECP_R1, 256));
    LIVE_EQ(mbedguard_psa_pake_cs_get_algorithm(&suite), PSA_CALLS_JPAKE);
    LIVE_EQ(mbedguard_psa_pake_cs_get_family(&suite), PSA_ECC_FAMILY_SECP_R1);
    LIVE_EQ(mbedguard_psa_pake_cs_get_bits(&suite), 256);
    LIVE_EQ(mbedguard_psa_pake_cs_get_primitive(&suite) != 0, 1);
#if LIVE_V4
    LIVE_EQ(mbedguard_psa_pake_cs_get_key_confirmation(&suite), PSA_PAKE_CONFIRMED_KEY);
    mbedguard_psa_pake_cs_set_key_confirmation(&suite, PSA_PAKE_UNCONFIRMED_KEY);
    LIVE_EQ(mbedguard_psa_pake_cs_get_key_confirmation(&suite), PSA_PAKE_UNCONFIRMED_KEY);
#else
    mbedguard_psa_pake_cs_set_hash(&suite, PSA_ALG_SHA_256);
    LIVE_EQ(mbedguard_psa_pake_cs_get_hash(&suite), PSA_ALG_SHA_256);
#endif
    return begin(op, &suite) && OK(mbedguard_psa_pake_set_user(op, (const uint8_t *) user, 6)) &&
           OK(mbedguard_psa_pake_set_peer(op, (const uint8_t *) peer, 6)) &&
           OK(mbedguard_psa_pake_set_role(op, PSA_PAKE_ROLE_NONE));
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

/* The secret that an operation ends with, as the derivation of it takes it. */
#if LIVE_V4
static bool take_secret(mbedguard_psa_pake_operation_t *side,
                        mbedguard_psa_key_derivation_operation_t *op)
{
    mbedguard_psa_key_attributes_t attributes = MBEDGUARD_PSA_KEY_ATTRIBUTES_INIT;
    psa_key_id_t key;
    bool done;

    mbedguard_psa_set_key_type(&attributes, PSA_KEY_TYPE_DERIVE);
    mbedguard_psa_set_key_usage_flags(&attributes, PSA_KEY_USAGE_DERIVE);
    mbedguard_psa_set_key_algorithm(&attributes, PSA_ALG_TLS12_ECJPAKE_TO_PMS);
    if (!OK(mbedguard_psa_pake_get_shared_key(side, &attributes, &key)))
        return false;
    done = OK(mbedguard_psa_key_derivation_input_key(op, PSA_KEY_DERIVATION_INPUT_SECRET, key));
    return OK(mbedguard_psa_destroy_key(key)) && done;
}
#else
static bool take_secret(mbedguard_psa_pake_operation_t *side,
                        mbedguard_psa_key_derivation_operation_t *op)
{
    return OK(mbedguard_psa_pake_get_implicit_key(side, op));
}
#endif

static bool finish(mbedguard_psa_pake_operation_t *side, unsigned char secret[32])
{
    mbedguard_psa_key_derivation_operation_t op = MBEDGUARD_PSA_KEY_DERIVATION_OPERATION_INIT;
    const bool done =
        OK(mbedguard_psa_key_derivation_setup(&op, PSA_ALG_TLS12_ECJPAKE_TO_PMS)) &&
        take_secret(side, &op) && OK(mbedguard_psa_key_derivation_output_bytes(&op, secret, 32));

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
    if (psa_calls_begin_pake(&sides[0], "client", "server") &&
        psa_calls_begin_pake(&sides[1], "server", "client") &&
        exchange(sides, 2) && exchange(sides, 1) && finish(&sides[0], secret[0]) &&
        finish(&sides[1], secret[1]))
        CHECK(memcmp(secret[0], secret[1], 32) == 0);
    LIVE_EQ(mbedguard_psa_pake_abort(&sides[0]), 0);
    LIVE_EQ(mbedguard_psa_pake_abort(&sides[1]), 0);
}

#endif

const struct psa_calls_step psa_calls_by_password[] = {
#if defined(PSA_CALLS_JPAKE)
    {"agree by password", agree_by_password, 1},
#endif
    {NULL, NULL, 0},
};
