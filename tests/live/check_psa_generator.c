/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * mbedguard_psa_get_random() wherever a function is given a generator, by many threads, beside PSA
 * calls. Without MBEDTLS_THREADING_C that generator has no mutex, and whoever is given it holds the
 * store, which comes before keys where PSA is used inside: so the call takes it first, or the
 * generator is refused.
 */
#include <string.h>

#include "live/live_psa.h"

#include <mbedguard/ecp_access.h>
#include <mbedguard/key_access.h>
#include <mbedguard/psa_access.h>
#include <mbedguard/rng.h>
#include <mbedguard/x509_pk_access.h>

#if LIVE_V3
#define SIZE_OF(buffer) sizeof(buffer),
#else
#define SIZE_OF(buffer)
#endif

#define GENERATOR mbedguard_psa_get_random, MBEDTLS_PSA_RANDOM_STATE

static mbedguard_ssl_config client_config, server_config;
static mbedguard_x509_crt crt;
static mbedguard_pk_context key;
static mbedguard_ssl_ticket_context tickets;

static void setup(void)
{
    live_psa_setup();
    mbedguard_ssl_config_init(&client_config);
    mbedguard_ssl_config_init(&server_config);
    mbedguard_ssl_ticket_init(&tickets);
    live_identity(&crt, &key, 0);
    ck_assert_int_eq(live_config(&client_config, MBEDTLS_SSL_IS_CLIENT, false), 0);
    ck_assert_int_eq(live_config(&server_config, MBEDTLS_SSL_IS_SERVER, LIVE_TLS13 != 0), 0);
    mbedguard_ssl_conf_rng(&client_config, GENERATOR);
    mbedguard_ssl_conf_rng(&server_config, GENERATOR);
    mbedguard_ssl_conf_ca_chain(&client_config, &crt, NULL);
    ck_assert_int_eq(mbedguard_ssl_conf_own_cert(&server_config, &crt, &key), 0);
    ck_assert_int_eq(mbedguard_ssl_ticket_setup(&tickets, GENERATOR, MBEDTLS_CIPHER_AES_256_GCM, 3600), 0);
    ck_assert_int_eq(mbedguard_ssl_conf_session_tickets_cb(&server_config, mbedguard_ssl_ticket_write,
                                                           mbedguard_ssl_ticket_parse, &tickets),
                     0);
}

static void teardown(void)
{
    ck_assert_int_eq(mbedguard_ssl_config_free(&server_config), 0);
    ck_assert_int_eq(mbedguard_ssl_config_free(&client_config), 0);
    ck_assert_int_eq(mbedguard_ssl_ticket_free(&tickets), 0);
    ck_assert_int_eq(mbedguard_pk_free(&key), 0);
    ck_assert_int_eq(mbedguard_x509_crt_free(&crt), 0);
    live_psa_assert_slots(0);
    live_psa_teardown();
}

/* ---- What is given it ------------------------------------------------------------------------ */

static void shake_hands(void)
{
    LIVE_EQ(live_pair_once(&client_config, &server_config, "first"), 0);
}

static void make_rsa_in_pk(void)
{
#if defined(MBEDTLS_RSA_C) && defined(MBEDTLS_GENPRIME)
    mbedguard_pk_context own;

    mbedguard_pk_init(&own);
    LIVE_EQ(mbedguard_pk_rsa_gen_key(NULL, GENERATOR, 1024, 65537), MBEDGUARD_ERR_BAD_INPUT);
    LIVE_EQ(mbedguard_pk_setup(&own, mbedtls_pk_info_from_type(MBEDTLS_PK_RSA)), 0);
    LIVE_EQ(mbedguard_pk_rsa_gen_key(&own, GENERATOR, 1024, 65537), 0);
    LIVE_EQ(mbedguard_pk_get_bitlen(&own), 1024);
    LIVE_EQ(live_sign_and_verify(&own, &own), 0);
    LIVE_EQ(mbedguard_pk_free(&own), 0);
#else
    shake_hands();
#endif
}

static void make_ec_in_pk(void)
{
    mbedguard_pk_context own;

    mbedguard_pk_init(&own);
    LIVE_EQ(mbedguard_pk_ec_gen_key(MBEDTLS_ECP_DP_SECP256R1, NULL, GENERATOR), MBEDGUARD_ERR_BAD_INPUT);
    LIVE_EQ(mbedguard_pk_setup(&own, mbedtls_pk_info_from_type(MBEDTLS_PK_ECKEY)), 0);
    LIVE_EQ(mbedguard_pk_ec_gen_key(MBEDTLS_ECP_DP_SECP256R1, &own, GENERATOR), 0);
    LIVE_EQ(live_sign_and_verify(&own, &own), 0);
    LIVE_EQ(mbedguard_pk_free(&own), 0);
}

static void make_key_pair(void)
{
    mbedguard_ecp_keypair pair;

    mbedguard_ecp_keypair_init(&pair);
    LIVE_EQ(mbedguard_ecp_gen_key(MBEDTLS_ECP_DP_SECP256R1, &pair, GENERATOR), 0);
    LIVE_EQ(mbedguard_ecp_keypair_calc_public(&pair, GENERATOR), 0);
    LIVE_EQ(mbedguard_ecp_keypair_free(&pair), 0);
}

static void sign_and_check_pair(void)
{
    static const unsigned char hash[32] = "of what is signed";
    unsigned char signature[256];
    size_t length = 0;

    LIVE_EQ(mbedguard_pk_sign(&key, MBEDTLS_MD_SHA256, hash, sizeof(hash), signature,
                              SIZE_OF(signature) &length, GENERATOR),
            0);
    LIVE_EQ(mbedguard_pk_verify(&key, MBEDTLS_MD_SHA256, hash, sizeof(hash), signature, length), 0);
#if LIVE_V3
    LIVE_EQ(mbedguard_pk_check_pair(&key, &key, GENERATOR), 0);
    LIVE_EQ(mbedguard_x509_crt_pk_check_pair(&crt, &key, GENERATOR), 0);
#endif
}

static void seed(void)
{
    mbedguard_ctr_drbg_context drbg;
    mbedguard_rng_context rng;
    mbedguard_mpi number;
    unsigned char out[32];

    mbedguard_ctr_drbg_init(&drbg);
    mbedguard_rng_init(&rng);
    mbedguard_mpi_init(&number);
    LIVE_EQ(mbedguard_mpi_fill_random(&number, 32, GENERATOR), 0);
    LIVE_EQ(mbedguard_ctr_drbg_seed(&drbg, GENERATOR, NULL, 0), 0);
    LIVE_EQ(mbedguard_ctr_drbg_reseed(&drbg, NULL, 0), 0);
    LIVE_EQ(mbedguard_ctr_drbg_random(&drbg, out, sizeof(out)), 0);
    LIVE_EQ(mbedguard_rng_seed(&rng, GENERATOR, NULL, 0), 0);
    LIVE_EQ(mbedguard_rng_random(&rng, out, sizeof(out)), 0);
    LIVE_EQ(mbedguard_mpi_free(&number), 0);
    LIVE_EQ(mbedguard_rng_free(&rng), 0);
    LIVE_EQ(mbedguard_ctr_drbg_free(&drbg), 0);
}

static void use_store(void)
{
    unsigned char out[32];
    psa_key_id_t id = 0;

    LIVE_EQ(live_psa_import(0, &id), PSA_SUCCESS);
    LIVE_EQ(live_psa_encrypt(id), PSA_SUCCESS);
    LIVE_EQ(mbedguard_psa_destroy_key(id), PSA_SUCCESS);
    LIVE_EQ(mbedguard_psa_generate_random(out, sizeof(out)), PSA_SUCCESS);
    LIVE_EQ(mbedguard_psa_get_random(MBEDTLS_PSA_RANDOM_STATE, out, sizeof(out)), 0);
}

static void storm(unsigned number, void *data)
{
    static void (*const bodies[])(void) = {make_rsa_in_pk,      make_ec_in_pk, make_key_pair,
                                           sign_and_check_pair, seed,          use_store,
                                           shake_hands,         shake_hands};
    const unsigned rounds = live_rounds(number == 0 ? 5 : 20);
    unsigned i;

    (void) data;
    for (i = 0; i < rounds && !live_failed(); i++)
        bodies[number]();
}

START_TEST(all_at_once)
{
    live_threads(8, storm, NULL);
    live_assert_none();
    ck_assert_uint_eq(live_findings(), 0);
}
END_TEST

/* What keeps the key comes before the store, and the store before the key. */
START_TEST(key_that_is_kept)
{
    mbedguard_pk_context own;

    mbedguard_pk_init(&own);
    ck_assert_int_eq(mbedguard_pk_setup(&own, mbedtls_pk_info_from_type(MBEDTLS_PK_ECKEY)), 0);
    ck_assert_int_eq(mbedguard_pk_ec_gen_key(MBEDTLS_ECP_DP_SECP256R1, &own, GENERATOR), 0);
    ck_assert_int_eq(mbedguard_ssl_conf_own_cert(&client_config, &crt, &own), 0);
    ck_assert_int_eq(mbedguard_pk_ec_gen_key(MBEDTLS_ECP_DP_SECP256R1, &own, GENERATOR), 0);
    ck_assert_int_eq(live_sign_and_verify(&own, &own), 0);
    ck_assert_int_eq(mbedguard_ssl_config_free(&client_config), 0);
    ck_assert_int_eq(mbedguard_pk_free(&own), 0);
}
END_TEST

/* What a lock makes one step may draw as well. */
START_TEST(under_a_lock)
{
    mbedguard_pk_context own;

    mbedguard_pk_init(&own);
    ck_assert_int_eq(mbedguard_lock(&own), 0);
    ck_assert_int_eq(mbedguard_pk_setup(&own, mbedtls_pk_info_from_type(MBEDTLS_PK_ECKEY)), 0);
    ck_assert_int_eq(mbedguard_pk_ec_gen_key(MBEDTLS_ECP_DP_SECP256R1, &own, GENERATOR), 0);
    ck_assert_int_eq(mbedguard_unlock(&own), 0);
    ck_assert_int_eq(live_sign_and_verify(&own, &own), 0);
    ck_assert_int_eq(mbedguard_pk_free(&own), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("psa generator");
    TCase *tc = live_case_with(suite, "calls", setup, teardown);

    tcase_add_test(tc, all_at_once);
    tcase_add_test(tc, key_that_is_kept);
    tcase_add_test(tc, under_a_lock);
    return live_run(suite);
}
