/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Accessors of keys, numbers and small contexts: against the raw members, the keys in pk contexts
 * lent and worked on, and PSA's generator as a callback.
 */
#include <string.h>

#include "live/live.h"

#ifdef MBEDTLS_PRIVATE
#define SECRET(member) MBEDTLS_PRIVATE(member)
#else
#define SECRET(member) member
#endif

#define SAME(one, raw) (mbedtls_mpi_cmp_mpi(&(one)->unguarded, &(raw)) == 0)

static mbedguard_mpi n[5];
static mbedguard_ecp_point points[2];
static mbedguard_ecp_group group;

static void setup(void)
{
    unsigned i;

    live_setup();
    for (i = 0; i < 5; i++)
        mbedguard_mpi_init(&n[i]);
    mbedguard_ecp_point_init(&points[0]);
    mbedguard_ecp_point_init(&points[1]);
    mbedguard_ecp_group_init(&group);
}

static void teardown(void)
{
    unsigned i;

    for (i = 0; i < 5; i++)
        mbedguard_mpi_free(&n[i]);
    mbedguard_ecp_point_free(&points[0]);
    mbedguard_ecp_point_free(&points[1]);
    mbedguard_ecp_group_free(&group);
    live_teardown();
}

/* ---- RSA -------------------------------------------------------------------------------------- */

START_TEST(rsa_in_pk)
{
    mbedguard_pk_context pk, twin, ec;
    mbedtls_rsa_context *rsa;

    mbedguard_pk_init(&pk);
    mbedguard_pk_init(&twin);
    mbedguard_pk_init(&ec);
    live_parse_key(&ec, 0);
    ck_assert_int_eq(mbedguard_pk_rsa_gen_key(&pk, mbedguard_ctr_drbg_random, &live_drbg, 1024, 3),
                     MBEDTLS_ERR_PK_TYPE_MISMATCH);
    ck_assert_int_eq(mbedguard_pk_setup(&pk, mbedtls_pk_info_from_type(MBEDTLS_PK_RSA)), 0);
    ck_assert_int_eq(
        mbedguard_pk_rsa_gen_key(&pk, mbedguard_ctr_drbg_random, &live_drbg, 1024, 65537), 0);
    ck_assert_uint_eq(mbedguard_pk_rsa_get_len(&pk), 128);
    ck_assert_uint_eq(mbedguard_pk_rsa_get_len(&ec), 0);
    ck_assert_int_eq(mbedguard_pk_rsa_export(&pk, &n[0], &n[1], &n[2], &n[3], &n[4]), 0);
    ck_assert_int_eq(mbedguard_pk_rsa_export(&ec, &n[0], NULL, NULL, NULL, NULL),
                     MBEDTLS_ERR_PK_TYPE_MISMATCH);
    ck_assert_int_eq(mbedguard_pk_rsa_export(NULL, &n[0], NULL, NULL, NULL, NULL),
                     MBEDGUARD_ERR_BAD_INPUT);

    /* Lent: the pk context is locked until it is given back. */
    rsa = mbedguard_pk_rsa(&pk);
    ck_assert_ptr_nonnull(rsa);
    ck_assert(SAME(&n[0], rsa->SECRET(N)) && SAME(&n[1], rsa->SECRET(P)));
    ck_assert(SAME(&n[2], rsa->SECRET(Q)) && SAME(&n[3], rsa->SECRET(D)));
    ck_assert(SAME(&n[4], rsa->SECRET(E)));
    ck_assert_uint_eq(mbedtls_rsa_get_len(rsa), 128);
    ck_assert_int_eq(mbedguard_unlock(&pk), 0);
    ck_assert_int_eq(mbedguard_unlock(&pk), MBEDGUARD_ERR_NOT_LOCKED);
    ck_assert_ptr_null(mbedguard_pk_rsa(&ec));
    ck_assert_int_eq(mbedguard_unlock(&ec), MBEDGUARD_ERR_NOT_LOCKED);
    ck_assert_ptr_null(mbedguard_pk_rsa(NULL));

    /* A second key from the parts of the first. */
    ck_assert_int_eq(mbedguard_pk_setup(&twin, mbedtls_pk_info_from_type(MBEDTLS_PK_RSA)), 0);
    ck_assert_int_eq(mbedguard_pk_rsa_import(&twin, NULL, &n[1], &n[2], NULL, &n[4]), 0);
    ck_assert_int_eq(mbedguard_pk_rsa_complete(&twin), 0);
    ck_assert_int_eq(live_sign_and_verify(&twin, &pk), 0);
    ck_assert_int_eq(mbedguard_pk_rsa_set_padding(&pk, MBEDTLS_RSA_PKCS_V21, MBEDTLS_MD_SHA256), 0);
    ck_assert_int_eq(mbedguard_pk_rsa_set_padding(&pk, 7, MBEDTLS_MD_SHA256),
                     MBEDTLS_ERR_RSA_INVALID_PADDING);
    ck_assert_int_ne(live_sign_and_verify(&twin, &pk), 0);
    mbedguard_pk_free(&ec);
    mbedguard_pk_free(&twin);
    mbedguard_pk_free(&pk);
}
END_TEST

START_TEST(rsa_members)
{
    mbedguard_rsa_context rsa;

#if LIVE_V3
    mbedguard_rsa_init(&rsa);
    ck_assert_int_eq(mbedguard_rsa_set_padding(&rsa, MBEDTLS_RSA_PKCS_V21, MBEDTLS_MD_SHA256), 0);
#else
    mbedguard_rsa_init(&rsa, MBEDTLS_RSA_PKCS_V21, MBEDTLS_MD_SHA256);
#endif
    ck_assert_uint_eq(mbedguard_rsa_get_bitlen(&rsa), 0);
    ck_assert_int_eq(
        mbedguard_rsa_gen_key(&rsa, mbedguard_ctr_drbg_random, &live_drbg, 1024, 65537), 0);
    ck_assert_uint_eq(mbedguard_rsa_get_bitlen(&rsa), 1024);
    ck_assert_int_eq(mbedguard_rsa_get_padding_mode(&rsa), MBEDTLS_RSA_PKCS_V21);
    ck_assert_int_eq(mbedguard_rsa_get_md_alg(&rsa), MBEDTLS_MD_SHA256);
    ck_assert_int_lt(mbedguard_rsa_get_padding_mode(NULL), 0);
    mbedguard_rsa_free(&rsa);
}
END_TEST

/* ---- EC --------------------------------------------------------------------------------------- */

START_TEST(ec_in_pk)
{
    const unsigned char scalar[32] = {1, 2, 3};
    mbedguard_pk_context pk, rsa;
    mbedtls_ecp_keypair *ec;

    mbedguard_pk_init(&pk);
    mbedguard_pk_init(&rsa);
    ck_assert_int_eq(mbedguard_pk_setup(&rsa, mbedtls_pk_info_from_type(MBEDTLS_PK_RSA)), 0);
    ck_assert_int_eq(mbedguard_pk_setup(&pk, mbedtls_pk_info_from_type(MBEDTLS_PK_ECKEY)), 0);
    ck_assert_int_eq(mbedguard_pk_ec_get_group_id(&pk), MBEDTLS_ECP_DP_NONE);
    ck_assert_int_eq(mbedguard_pk_ec_gen_key(MBEDTLS_ECP_DP_SECP256R1, &pk,
                                             mbedguard_ctr_drbg_random, &live_drbg),
                     0);
    ck_assert_int_eq(mbedguard_pk_ec_get_group_id(&pk), MBEDTLS_ECP_DP_SECP256R1);
    ck_assert_int_eq(live_sign_and_verify(&pk, &pk), 0);
    ck_assert_int_eq(mbedguard_pk_ec_export(&pk, &group, &n[0], &points[0]), 0);
    ec = mbedguard_pk_ec(&pk);
    ck_assert_ptr_nonnull(ec);
    ck_assert(SAME(&n[0], ec->SECRET(d)));
    ck_assert_int_eq(mbedtls_ecp_point_cmp(&points[0].unguarded, &ec->SECRET(Q)), 0);
    ck_assert_int_eq(mbedguard_unlock(&pk), 0);
    ck_assert_int_eq(mbedguard_ecp_group_get_id(&group), MBEDTLS_ECP_DP_SECP256R1);
    ck_assert_int_eq(mbedguard_pk_ec_read_key(MBEDTLS_ECP_DP_SECP256R1, &pk, scalar, 32), 0);
    ck_assert_int_eq(mbedguard_pk_ec_export(&pk, NULL, &n[0], NULL), 0);
    ck_assert_uint_eq(mbedguard_mpi_size(&n[0]), 32);

    ck_assert_ptr_null(mbedguard_pk_ec(&rsa));
    ck_assert_int_eq(mbedguard_unlock(&rsa), MBEDGUARD_ERR_NOT_LOCKED);
    ck_assert_int_eq(mbedguard_pk_ec_export(&rsa, NULL, &n[0], NULL), MBEDTLS_ERR_PK_TYPE_MISMATCH);
    ck_assert_int_eq(mbedguard_pk_ec_get_group_id(&rsa), MBEDTLS_ECP_DP_NONE);
    mbedguard_pk_free(&rsa);
    mbedguard_pk_free(&pk);
}
END_TEST

START_TEST(key_pairs)
{
    mbedguard_ecp_keypair key, twin;
    unsigned char bytes[66], raw[66];
    size_t length = 99;

    mbedguard_ecp_keypair_init(&key);
    mbedguard_ecp_keypair_init(&twin);
    ck_assert_int_eq(mbedguard_ecp_keypair_get_group_id(&key), MBEDTLS_ECP_DP_NONE);
    ck_assert_int_eq(mbedguard_ecp_write_key_ext(&key, &length, bytes, sizeof(bytes)),
                     MBEDTLS_ERR_ECP_BAD_INPUT_DATA);
    ck_assert_uint_eq(length, 0);
    ck_assert_int_eq(mbedguard_ecp_gen_key(MBEDTLS_ECP_DP_SECP256R1, &key,
                                           mbedguard_ctr_drbg_random, &live_drbg),
                     0);
    ck_assert_int_eq(mbedguard_ecp_keypair_get_group_id(&key), MBEDTLS_ECP_DP_SECP256R1);
    ck_assert_int_eq(mbedguard_ecp_write_key_ext(&key, &length, bytes, sizeof(bytes)), 0);
    ck_assert_uint_eq(length, 32);
    ck_assert_int_eq(mbedtls_mpi_write_binary(&key.unguarded.SECRET(d), raw, 32), 0);
    ck_assert_mem_eq(bytes, raw, 32);
    ck_assert_int_eq(mbedguard_ecp_write_key_ext(&key, &length, bytes, 31),
                     MBEDTLS_ERR_ECP_BUFFER_TOO_SMALL);
    ck_assert_uint_eq(length, 0);

    /* The twin is made of the private key alone. */
    ck_assert_int_eq(mbedguard_ecp_read_key(MBEDTLS_ECP_DP_SECP256R1, &twin, raw, 32), 0);
    ck_assert_int_eq(
        mbedguard_ecp_keypair_calc_public(&twin, mbedguard_ctr_drbg_random, &live_drbg), 0);
    ck_assert_int_eq(mbedguard_ecp_write_public_key(&twin, MBEDTLS_ECP_PF_UNCOMPRESSED, &length,
                                                    bytes, sizeof(bytes)),
                     0);
    ck_assert_uint_eq(length, 65);
    ck_assert_int_eq(mbedguard_ecp_export(&key, &group, &n[0], &points[0]), 0);
    ck_assert_int_eq(mbedguard_ecp_point_write_binary(&group, &points[0],
                                                      MBEDTLS_ECP_PF_UNCOMPRESSED, &length, raw,
                                                      sizeof(raw)),
                     0);
    ck_assert_mem_eq(bytes, raw, 65);
    ck_assert(SAME(&n[0], key.unguarded.SECRET(d)));
    ck_assert_int_eq(mbedguard_ecp_set_public_key(MBEDTLS_ECP_DP_SECP384R1, &twin, &points[0]),
                     MBEDTLS_ERR_ECP_BAD_INPUT_DATA);
    ck_assert_int_eq(mbedguard_ecp_set_public_key(MBEDTLS_ECP_DP_SECP256R1, &twin, &points[0]), 0);
    mbedguard_ecp_keypair_free(&twin);
    mbedguard_ecp_keypair_free(&key);
}
END_TEST

START_TEST(groups_and_points)
{
    ck_assert_uint_eq(mbedguard_ecp_group_get_pbits(&group), 0);
    ck_assert_int_eq(mbedguard_ecp_group_load(&group, MBEDTLS_ECP_DP_SECP384R1), 0);
    ck_assert_int_eq(mbedguard_ecp_group_get_id(&group), MBEDTLS_ECP_DP_SECP384R1);
    ck_assert_uint_eq(mbedguard_ecp_group_get_pbits(&group), 384);
    ck_assert_uint_eq(mbedguard_ecp_group_get_nbits(&group), 384);
    ck_assert_int_eq(mbedguard_ecp_group_export(&group, &n[0], &n[1], &n[2], &points[0], &n[3]), 0);
    ck_assert(SAME(&n[0], group.unguarded.P) && SAME(&n[1], group.unguarded.A));
    ck_assert(SAME(&n[2], group.unguarded.B) && SAME(&n[3], group.unguarded.N));
    ck_assert_int_eq(mbedtls_ecp_point_cmp(&points[0].unguarded, &group.unguarded.G), 0);
    ck_assert_int_eq(mbedguard_ecp_point_export(&points[0], &n[0], &n[1], &n[2]), 0);
    ck_assert(SAME(&n[0], points[0].unguarded.SECRET(X)));
    ck_assert(SAME(&n[1], points[0].unguarded.SECRET(Y)));
    ck_assert_int_eq(mbedguard_mpi_cmp_int(&n[2], 1), 0);
    ck_assert_int_eq(mbedguard_ecp_point_import(&points[1], &n[0], &n[1], &n[2]), 0);
    ck_assert_int_eq(mbedguard_ecp_point_cmp(&points[0], &points[1]), 0);
    ck_assert_int_eq(mbedguard_ecp_point_import(&points[1], NULL, &n[0], NULL), 0);
    ck_assert_int_ne(mbedguard_ecp_point_cmp(&points[0], &points[1]), 0);
    ck_assert_int_eq(mbedguard_ecp_point_export(NULL, &n[0], NULL, NULL), MBEDGUARD_ERR_BAD_INPUT);
    ck_assert_int_eq(mbedguard_ecp_group_get_id(NULL), MBEDTLS_ECP_DP_NONE);
}
END_TEST

START_TEST(ecdh_members)
{
    mbedguard_ecdh_context one, other;
    unsigned char message[100], secret[32];
    size_t length = 0, size = 0;

    mbedguard_ecdh_init(&one);
    mbedguard_ecdh_init(&other);
    ck_assert_int_eq(mbedguard_ecdh_get_grp_id(&one), MBEDTLS_ECP_DP_NONE);
    ck_assert_int_eq(mbedguard_ecdh_setup(&one, MBEDTLS_ECP_DP_SECP256R1), 0);
    ck_assert_int_eq(mbedguard_ecdh_setup(&other, MBEDTLS_ECP_DP_SECP256R1), 0);
    ck_assert_int_eq(mbedguard_ecdh_get_grp_id(&one), MBEDTLS_ECP_DP_SECP256R1);
    ck_assert_int_eq(mbedguard_ecdh_make_public(&one, &length, message, sizeof(message),
                                                mbedguard_ctr_drbg_random, &live_drbg),
                     0);
    ck_assert_int_eq(mbedguard_ecdh_read_public(&other, message, length), 0);
    ck_assert_int_eq(mbedguard_ecdh_make_public(&other, &length, message, sizeof(message),
                                                mbedguard_ctr_drbg_random, &live_drbg),
                     0);
    ck_assert_int_eq(mbedguard_ecdh_read_public(&one, message, length), 0);
    ck_assert_int_eq(mbedguard_ecdh_calc_secret(&one, &size, secret, sizeof(secret),
                                                mbedguard_ctr_drbg_random, &live_drbg),
                     0);
    ck_assert_int_eq(mbedguard_ecdh_export(&one, &group, &n[0], &points[0], NULL, &n[1]), 0);
    ck_assert_int_eq(mbedguard_ecdh_export(&other, NULL, NULL, NULL, &points[1], NULL), 0);
    /* What is one's own is the other's peer's; the secret is what was told. */
    ck_assert_int_eq(mbedguard_ecp_point_cmp(&points[0], &points[1]), 0);
    ck_assert_int_eq(mbedguard_mpi_read_binary(&n[2], secret, size), 0);
    ck_assert_int_eq(mbedguard_mpi_cmp_mpi(&n[1], &n[2]), 0);
    ck_assert_int_eq(mbedguard_ecp_group_get_id(&group), MBEDTLS_ECP_DP_SECP256R1);
    mbedguard_ecdh_free(&other);
    mbedguard_ecdh_free(&one);
}
END_TEST

#if defined(MBEDTLS_DHM_C)
#if LIVE_V3
#define PARAM(name) MBEDTLS_DHM_PARAM_##name
#else
#define PARAM(name) MBEDGUARD_DHM_PARAM_##name
#endif

START_TEST(dhm_members)
{
    mbedguard_dhm_context dhm;
    unsigned char public[2];

    mbedguard_dhm_init(&dhm);
    ck_assert_uint_eq(mbedguard_dhm_get_len(&dhm), 0);
    ck_assert_int_eq(mbedguard_mpi_lset(&n[0], 65267), 0);
    ck_assert_int_eq(mbedguard_mpi_lset(&n[1], 2), 0);
    ck_assert_int_eq(mbedguard_dhm_set_group(&dhm, &n[0], &n[1]), 0);
    ck_assert_int_eq(
        mbedguard_dhm_make_public(&dhm, 2, public, 2, mbedguard_ctr_drbg_random, &live_drbg), 0);
    ck_assert_uint_eq(mbedguard_dhm_get_bitlen(&dhm), 16);
    ck_assert_uint_eq(mbedguard_dhm_get_len(&dhm), 2);
    ck_assert_int_eq(mbedguard_dhm_get_value(&dhm, PARAM(P), &n[2]), 0);
    ck_assert_int_eq(mbedguard_mpi_cmp_int(&n[2], 65267), 0);
    ck_assert_int_eq(mbedguard_dhm_get_value(&dhm, PARAM(G), &n[2]), 0);
    ck_assert_int_eq(mbedguard_mpi_cmp_int(&n[2], 2), 0);
    ck_assert_int_eq(mbedguard_dhm_get_value(&dhm, PARAM(GX), &n[2]), 0);
    ck_assert(SAME(&n[2], dhm.unguarded.SECRET(GX)));
    ck_assert_int_eq(mbedguard_dhm_get_value(&dhm, PARAM(X), &n[2]), 0);
    ck_assert(SAME(&n[2], dhm.unguarded.SECRET(X)));
    ck_assert_int_eq(mbedguard_dhm_get_value(&dhm, 77, &n[2]), MBEDTLS_ERR_DHM_BAD_INPUT_DATA);
    ck_assert_int_eq(mbedguard_dhm_get_value(&dhm, PARAM(P), NULL), MBEDGUARD_ERR_BAD_INPUT);
    mbedguard_dhm_free(&dhm);
}
END_TEST
#endif

/* ---- Small contexts --------------------------------------------------------------------------- */

START_TEST(small_contexts)
{
    const mbedtls_cipher_info_t *const aes =
        mbedtls_cipher_info_from_type(MBEDTLS_CIPHER_AES_128_CBC);
    const mbedtls_md_info_t *const sha = mbedtls_md_info_from_type(MBEDTLS_MD_SHA256);
    mbedguard_cipher_context_t cipher;
    mbedguard_md_context_t md;
    mbedguard_pem_context pem;
    const unsigned char *inside;
    unsigned char der[1024];
    size_t length = 99, used = 0;

    mbedguard_cipher_init(&cipher);
    ck_assert_ptr_null(mbedguard_cipher_get_info(&cipher));
    ck_assert_int_eq(mbedguard_cipher_setup(&cipher, aes), 0);
    ck_assert_ptr_eq(mbedguard_cipher_get_info(&cipher), aes);
    ck_assert_ptr_null(mbedguard_cipher_get_info(NULL));
    mbedguard_cipher_free(&cipher);

    mbedguard_md_init(&md);
    ck_assert_ptr_null(mbedguard_md_info_from_ctx(&md));
    ck_assert_int_eq(mbedguard_md_setup(&md, sha, 0), 0);
    ck_assert_ptr_eq(mbedguard_md_info_from_ctx(&md), sha);
    mbedguard_md_free(&md);

    mbedguard_pem_init(&pem);
    ck_assert_int_eq(mbedguard_pem_copy_buffer(&pem, der, sizeof(der), &length),
                     MBEDGUARD_ERR_NOT_FOUND);
    ck_assert_uint_eq(length, 0);
    ck_assert_int_eq(mbedguard_pem_read_buffer(&pem, "-----BEGIN CERTIFICATE-----",
                                               "-----END CERTIFICATE-----",
                                               (const unsigned char *) live_pem[0], NULL, 0, &used),
                     0);
    inside = mbedguard_pem_get_buffer(&pem, &used);
    ck_assert_ptr_nonnull(inside);
    ck_assert_int_eq(mbedguard_pem_copy_buffer(&pem, der, sizeof(der), &length), 0);
    ck_assert_uint_eq(length, used);
    ck_assert_mem_eq(der, inside, length);
    ck_assert_int_eq(mbedguard_pem_copy_buffer(&pem, der, used - 1, &length),
                     MBEDTLS_ERR_PEM_BAD_INPUT_DATA);
    ck_assert_uint_eq(length, used);
    mbedguard_pem_free(&pem);
}
END_TEST

/* ---- PSA's generator, called back while a number, a group and a key are held ------------------- */

static void draw(unsigned number, void *data)
{
    const unsigned rounds = *(const unsigned *) data;
    mbedguard_mpi number_of_mine;
    unsigned i;

    mbedguard_mpi_init(&number_of_mine);
    for (i = 0; i < rounds; i++) {
        LIVE_EQ(mbedguard_mpi_fill_random(&number_of_mine, 32, mbedguard_psa_get_random,
                                          MBEDTLS_PSA_RANDOM_STATE),
                0);
        /* Somebody starts PSA again meanwhile, which changes nothing. */
        if (number == 0)
            LIVE_EQ(mbedguard_psa_crypto_init(), PSA_SUCCESS);
    }
    mbedguard_mpi_free(&number_of_mine);
}

START_TEST(psa_generator)
{
    static mbedguard_ctr_drbg_context below;
    unsigned rounds = live_rounds(100);
    mbedguard_ctr_drbg_context above;
    mbedguard_ecp_keypair key;
    unsigned char bytes[16];

    live_threads(4, draw, &rounds);
    mbedguard_ecp_keypair_init(&key);
    ck_assert_int_eq(mbedguard_ecp_gen_key(MBEDTLS_ECP_DP_SECP256R1, &key, mbedguard_psa_get_random,
                                           MBEDTLS_PSA_RANDOM_STATE),
                     0);
    mbedguard_ecp_keypair_free(&key);

    /* Generators that are seeded by it, wherever they stand. */
    mbedguard_ctr_drbg_init(&below);
    mbedguard_ctr_drbg_init(&above);
    ck_assert_int_eq(mbedguard_ctr_drbg_seed(&below, mbedguard_psa_get_random,
                                             MBEDTLS_PSA_RANDOM_STATE, NULL, 0),
                     0);
    ck_assert_int_eq(mbedguard_ctr_drbg_seed(&above, mbedguard_psa_get_random,
                                             MBEDTLS_PSA_RANDOM_STATE, NULL, 0),
                     0);
    ck_assert_int_eq(mbedguard_ctr_drbg_random(&below, bytes, sizeof(bytes)), 0);
    ck_assert_int_eq(mbedguard_ctr_drbg_reseed(&above, NULL, 0), 0);
    mbedguard_ctr_drbg_free(&above);
    mbedguard_ctr_drbg_free(&below);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("access-keys");
    TCase *tc = live_case_with(suite, "keys", setup, teardown);

    tcase_add_test(tc, rsa_in_pk);
    tcase_add_test(tc, rsa_members);
    tcase_add_test(tc, ec_in_pk);
    tcase_add_test(tc, key_pairs);
    tcase_add_test(tc, groups_and_points);
    tcase_add_test(tc, ecdh_members);
#if defined(MBEDTLS_DHM_C)
    tcase_add_test(tc, dhm_members);
#endif
    tcase_add_test(tc, small_contexts);
    tcase_add_test(tc, psa_generator);
    return live_run(suite);
}
