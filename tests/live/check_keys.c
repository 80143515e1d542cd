/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Keys, groups and certificates that many threads use at once: what looks read-only writes.
 */
#include <string.h>

#include "live/live.h"

#define THREADS 8

/* ---- The table of a group that is computed at first use -------------------------------------- */

/* The base point of P-256 as SEC 1 writes it. */
static const unsigned char base_point[65] = {
    0x04, 0x6B, 0x17, 0xD1, 0xF2, 0xE1, 0x2C, 0x42, 0x47, 0xF8, 0xBC, 0xE6, 0xE5,
    0x63, 0xA4, 0x40, 0xF2, 0x77, 0x03, 0x7D, 0x81, 0x2D, 0xEB, 0x33, 0xA0, 0xF4,
    0xA1, 0x39, 0x45, 0xD8, 0x98, 0xC2, 0x96, 0x4F, 0xE3, 0x42, 0xE2, 0xFE, 0x1A,
    0x7F, 0x9B, 0x8E, 0xE7, 0xEB, 0x4A, 0x7C, 0x0F, 0x9E, 0x16, 0x2B, 0xCE, 0x33,
    0x57, 0x6B, 0x31, 0x5E, 0xCE, 0xCB, 0xB6, 0x40, 0x68, 0x37, 0xBF, 0x51, 0xF5};

static mbedguard_ecp_group group;
static mbedguard_ecp_point base, expected[THREADS];

static void first_multiplication(unsigned number, void *data)
{
    const unsigned rounds = *(const unsigned *) data;
    mbedguard_ecp_point result;
    mbedguard_mpi scalar;
    unsigned i;

    mbedguard_ecp_point_init(&result);
    mbedguard_mpi_init(&scalar);
    LIVE_EQ(mbedguard_mpi_lset(&scalar, (mbedtls_mpi_sint) number + 2), 0);
    for (i = 0; i < rounds; i++) {
        live_meet();
        if (number == 0) {
            LIVE_EQ(mbedguard_ecp_group_free(&group), 0);
            LIVE_EQ(mbedguard_ecp_group_init(&group), 0);
            LIVE_EQ(mbedguard_ecp_group_load(&group, MBEDTLS_ECP_DP_SECP256R1), 0);
        }
        live_meet();
        LIVE_EQ(mbedguard_ecp_mul(&group, &result, &scalar, &base, mbedguard_ctr_drbg_random,
                                  &live_drbg),
                0);
        LIVE_EQ(mbedguard_ecp_point_cmp(&result, &expected[number]), 0);
    }
    mbedguard_mpi_free(&scalar);
    mbedguard_ecp_point_free(&result);
}

START_TEST(fresh_group)
{
    unsigned rounds = live_rounds(200), i;
    mbedguard_mpi scalar;

    mbedguard_mpi_init(&scalar);
    mbedguard_ecp_group_init(&group);
    mbedguard_ecp_point_init(&base);
    ck_assert_int_eq(mbedguard_ecp_group_load(&group, MBEDTLS_ECP_DP_SECP256R1), 0);
    ck_assert_int_eq(mbedguard_ecp_point_read_binary(&group, &base, base_point, sizeof(base_point)),
                     0);
    for (i = 0; i < THREADS; i++) {
        mbedguard_ecp_point_init(&expected[i]);
        ck_assert_int_eq(mbedguard_mpi_lset(&scalar, (mbedtls_mpi_sint) i + 2), 0);
        ck_assert_int_eq(mbedguard_ecp_mul(&group, &expected[i], &scalar, &base,
                                           mbedguard_ctr_drbg_random, &live_drbg),
                         0);
    }
    live_threads(THREADS, first_multiplication, &rounds);
    for (i = 0; i < THREADS; i++)
        mbedguard_ecp_point_free(&expected[i]);
    mbedguard_ecp_point_free(&base);
    mbedguard_ecp_group_free(&group);
    mbedguard_mpi_free(&scalar);
}
END_TEST

/* ---- Key exchange ---------------------------------------------------------------------------- */

/* Each thread plays both sides, on one group that all of them share. */
static void both_sides(unsigned number, void *data)
{
    const unsigned rounds = live_rounds(40);
    mbedguard_ecp_point public_a, public_b;
    mbedguard_mpi secret_a, secret_b, shared_a, shared_b;
    unsigned i;

    (void) number;
    (void) data;
    mbedguard_ecp_point_init(&public_a);
    mbedguard_ecp_point_init(&public_b);
    mbedguard_mpi_init(&secret_a);
    mbedguard_mpi_init(&secret_b);
    mbedguard_mpi_init(&shared_a);
    mbedguard_mpi_init(&shared_b);
    for (i = 0; i < rounds && !live_failed(); i++) {
        LIVE_EQ(mbedguard_ecdh_gen_public(&group, &secret_a, &public_a, mbedguard_ctr_drbg_random,
                                          &live_drbg),
                0);
        LIVE_EQ(mbedguard_ecdh_gen_public(&group, &secret_b, &public_b, mbedguard_ctr_drbg_random,
                                          &live_drbg),
                0);
        LIVE_EQ(mbedguard_ecdh_compute_shared(&group, &shared_a, &public_b, &secret_a,
                                              mbedguard_ctr_drbg_random, &live_drbg),
                0);
        LIVE_EQ(mbedguard_ecdh_compute_shared(&group, &shared_b, &public_a, &secret_b,
                                              mbedguard_ctr_drbg_random, &live_drbg),
                0);
        LIVE_EQ(mbedguard_mpi_cmp_mpi(&shared_a, &shared_b), 0);
    }
    mbedguard_mpi_free(&shared_b);
    mbedguard_mpi_free(&shared_a);
    mbedguard_mpi_free(&secret_b);
    mbedguard_mpi_free(&secret_a);
    mbedguard_ecp_point_free(&public_b);
    mbedguard_ecp_point_free(&public_a);
}

START_TEST(one_group)
{
    mbedguard_ecp_group_init(&group);
    ck_assert_int_eq(mbedguard_ecp_group_load(&group, MBEDTLS_ECP_DP_SECP256R1), 0);
    live_threads(4, both_sides, NULL);
    mbedguard_ecp_group_free(&group);
}
END_TEST

static mbedguard_ecdh_context ecdh[2];

/* Two contexts that all threads share; an exchange takes several calls, so it takes the lock. */
static void exchange(unsigned number, void *data)
{
    mbedguard_ecdh_context *const a = &ecdh[number % 2], *const b = &ecdh[1 - number % 2];
    const mbedguard_object both[] = {MBEDGUARD_OBJECT(a), MBEDGUARD_OBJECT(b)};
    const unsigned rounds = live_rounds(40);
    unsigned char message[200], secret[2][66];
    size_t length, secret_length[2];
    unsigned i;

    (void) data;
    for (i = 0; i < rounds && !live_failed(); i++) {
        LIVE_EQ(mbedguard_lock_set(both, 2), 0);
        LIVE_EQ(mbedguard_ecdh_make_public(a, &length, message, sizeof(message),
                                           mbedguard_ctr_drbg_random, &live_drbg),
                0);
        LIVE_EQ(mbedguard_ecdh_read_public(b, message, length), 0);
        LIVE_EQ(mbedguard_ecdh_make_public(b, &length, message, sizeof(message),
                                           mbedguard_ctr_drbg_random, &live_drbg),
                0);
        LIVE_EQ(mbedguard_ecdh_read_public(a, message, length), 0);
        LIVE_EQ(mbedguard_ecdh_calc_secret(a, &secret_length[0], secret[0], sizeof(secret[0]),
                                           mbedguard_ctr_drbg_random, &live_drbg),
                0);
        LIVE_EQ(mbedguard_ecdh_calc_secret(b, &secret_length[1], secret[1], sizeof(secret[1]),
                                           mbedguard_ctr_drbg_random, &live_drbg),
                0);
        LIVE_EQ(secret_length[0], 32);
        LIVE_EQ(secret_length[1], 32);
        LIVE_EQ(memcmp(secret[0], secret[1], 32), 0);
        LIVE_EQ(mbedguard_unlock_set(both, 2), 0);
    }
}

START_TEST(two_contexts)
{
    unsigned i;

    for (i = 0; i < 2; i++) {
        ck_assert_int_eq(mbedguard_ecdh_init(&ecdh[i]), 0);
        ck_assert_int_eq(mbedguard_ecdh_setup(&ecdh[i], MBEDTLS_ECP_DP_SECP256R1), 0);
    }
    live_threads(4, exchange, NULL);
    for (i = 0; i < 2; i++)
        ck_assert_int_eq(mbedguard_ecdh_free(&ecdh[i]), 0);
}
END_TEST

/* ---- One key --------------------------------------------------------------------------------- */

static mbedguard_pk_context ec_key, rsa_key;

static int check_pair(mbedguard_pk_context *key)
{
#if LIVE_V3
    return mbedguard_pk_check_pair(key, key, mbedguard_ctr_drbg_random, &live_drbg);
#else
    return mbedguard_pk_check_pair(key, key);
#endif
}

static int make_rsa_key(void)
{
    mbedguard_pk_context *const key = &rsa_key;
    mbedtls_pk_context *raw;
    int ret;

    ret = mbedguard_pk_setup(key, mbedtls_pk_info_from_type(MBEDTLS_PK_RSA));
    if (ret != 0)
        return ret;
    ret = mbedguard_borrow(key, &raw);
    if (ret != 0)
        return ret;
    ret = mbedtls_rsa_gen_key(mbedtls_pk_rsa(*raw), mbedguard_ctr_drbg_random, &live_drbg, 1024,
                              65537);
    return mbedguard_unlock(key) != 0 ? -1 : ret;
}

static void use_keys(unsigned number, void *data)
{
    const unsigned rounds = live_rounds(30);
    mbedguard_pk_context *key;
    unsigned i;

    (void) data;
    for (i = 0; i < rounds && !live_failed(); i++) {
        key = (i + number) % 2 != 0 ? &ec_key : &rsa_key;
        LIVE_EQ(check_pair(key), 0);
        LIVE_EQ(live_sign_and_verify(key, key), 0);
        LIVE_EQ(mbedguard_pk_can_do(key, key == &ec_key ? MBEDTLS_PK_ECDSA : MBEDTLS_PK_RSA), 1);
        LIVE_EQ(mbedguard_pk_get_bitlen(key), key == &ec_key ? 256 : 1024);
    }
}

START_TEST(one_key)
{
    ck_assert_int_eq(mbedguard_pk_init(&ec_key), 0);
    ck_assert_int_eq(mbedguard_pk_init(&rsa_key), 0);
    live_parse_key(&ec_key, 0);
    ck_assert_int_eq(make_rsa_key(), 0);
    live_threads(THREADS, use_keys, NULL);
    ck_assert_int_eq(mbedguard_pk_free(&rsa_key), 0);
    ck_assert_int_eq(mbedguard_pk_free(&ec_key), 0);
}
END_TEST

static mbedguard_rsa_context rsa;

static int rsa_round_trip(mbedguard_rsa_context *context)
{
    static const unsigned char text[] = "shared";
    unsigned char cipher[128], plain[128];
    size_t length;
    int ret;

#if LIVE_V3
    ret = mbedguard_rsa_pkcs1_encrypt(context, mbedguard_ctr_drbg_random, &live_drbg, sizeof(text),
                                      text, cipher);
    if (ret == 0)
        ret = mbedguard_rsa_rsaes_pkcs1_v15_decrypt(context, mbedguard_ctr_drbg_random, &live_drbg,
                                                    &length, cipher, plain, sizeof(plain));
#else
    ret = mbedguard_rsa_pkcs1_encrypt(context, mbedguard_ctr_drbg_random, &live_drbg,
                                      MBEDTLS_RSA_PUBLIC, sizeof(text), text, cipher);
    if (ret == 0)
        ret = mbedguard_rsa_rsaes_pkcs1_v15_decrypt(context, mbedguard_ctr_drbg_random, &live_drbg,
                                                    MBEDTLS_RSA_PRIVATE, &length, cipher, plain,
                                                    sizeof(plain));
#endif
    if (ret == 0 && (length != sizeof(text) || memcmp(plain, text, length) != 0))
        ret = MBEDTLS_ERR_RSA_VERIFY_FAILED;
    return ret;
}

/* Mbed TLS locks the private operation; setters and copies it does not. */
static void use_and_set(unsigned number, void *data)
{
    const unsigned rounds = live_rounds(60);
    mbedguard_rsa_context copy;
    unsigned i;

    (void) data;
    for (i = 0; i < rounds && !live_failed(); i++) {
        if (number == 0) {
#if LIVE_V3
            LIVE_EQ(mbedguard_rsa_set_padding(&rsa, MBEDTLS_RSA_PKCS_V15, MBEDTLS_MD_NONE), 0);
            LIVE_EQ(mbedguard_rsa_init(&copy), 0);
#else
            LIVE_EQ(mbedguard_rsa_set_padding(&rsa, MBEDTLS_RSA_PKCS_V15, 0), 0);
            LIVE_EQ(mbedguard_rsa_init(&copy, MBEDTLS_RSA_PKCS_V15, 0), 0);
#endif
            LIVE_EQ(mbedguard_rsa_copy(&copy, &rsa), 0);
            LIVE_EQ(rsa_round_trip(&copy), 0);
            LIVE_EQ(mbedguard_rsa_free(&copy), 0);
        } else {
            LIVE_EQ(rsa_round_trip(&rsa), 0);
            LIVE_EQ(mbedguard_rsa_check_privkey(&rsa), 0);
        }
    }
}

START_TEST(one_rsa_context)
{
#if LIVE_V3
    ck_assert_int_eq(mbedguard_rsa_init(&rsa), 0);
#else
    ck_assert_int_eq(mbedguard_rsa_init(&rsa, MBEDTLS_RSA_PKCS_V15, 0), 0);
#endif
    ck_assert_int_eq(
        mbedguard_rsa_gen_key(&rsa, mbedguard_ctr_drbg_random, &live_drbg, 1024, 65537), 0);
    ck_assert_int_eq(mbedguard_rsa_check_pub_priv(&rsa, &rsa), 0);
    live_threads(4, use_and_set, NULL);
    ck_assert_int_eq(mbedguard_rsa_free(&rsa), 0);
}
END_TEST

/* ---- One certificate ------------------------------------------------------------------------- */

static mbedguard_x509_crt ca, other;

static void verify_itself(unsigned number, void *data)
{
    const unsigned rounds = live_rounds(40);
    uint32_t flags;
    char text[1000];
    unsigned i;

    (void) number;
    (void) data;
    for (i = 0; i < rounds && !live_failed(); i++) {
        flags = 1;
        LIVE_EQ(mbedguard_x509_crt_verify(&ca, &ca, NULL, "first", &flags, NULL, NULL), 0);
        LIVE_EQ(flags, 0);
        /* The same two, in either order: one is not signed by the other. */
        LIVE_EQ(mbedguard_x509_crt_verify(number % 2 != 0 ? &ca : &other,
                                          number % 2 != 0 ? &other : &ca, NULL, NULL, &flags, NULL,
                                          NULL),
                MBEDTLS_ERR_X509_CERT_VERIFY_FAILED);
        LIVE_EQ(flags & MBEDTLS_X509_BADCERT_NOT_TRUSTED, MBEDTLS_X509_BADCERT_NOT_TRUSTED);
        LIVE_EQ(mbedguard_x509_crt_info(text, sizeof(text), "", &ca) <= 0, 0);
    }
}

START_TEST(one_certificate)
{
    ck_assert_int_eq(mbedguard_x509_crt_init(&ca), 0);
    ck_assert_int_eq(mbedguard_x509_crt_init(&other), 0);
    ck_assert_int_eq(live_parse_crt(&ca, 0), 0);
    ck_assert_int_eq(live_parse_crt(&other, 1), 0);
    live_threads(THREADS, verify_itself, NULL);
    ck_assert_int_eq(mbedguard_x509_crt_free(&other), 0);
    ck_assert_int_eq(mbedguard_x509_crt_free(&ca), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("keys");
    TCase *tc = live_case(suite, "groups");

    tcase_add_test(tc, fresh_group);
    tcase_add_test(tc, one_group);
    tcase_add_test(tc, two_contexts);
    tc = live_case(suite, "keys");
    tcase_add_test(tc, one_key);
    tcase_add_test(tc, one_rsa_context);
    tc = live_case(suite, "certificates");
    tcase_add_test(tc, one_certificate);
    return live_run(suite);
}
