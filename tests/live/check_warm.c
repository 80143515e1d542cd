/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * ECDSA keys that are made by hand, whose first use fills a table in Mbed TLS 2.28: it is filled before
 * handshakes or writers share the key, however it came to its curve.
 */
#include <stdio.h>
#include <string.h>

#include "live/live.h"

#include <mbedguard/key_access.h>

#if LIVE_V3

int main(void)
{
    puts("skipped: from Mbed TLS 3 on these tables are constant");
    return 77;
}

#else

#define CLIENTS 6

static mbedguard_pk_context key;
static mbedguard_x509_crt crt;
static mbedguard_ssl_config client_config, server_config;

static void make(void)
{
    live_setup();
    ck_assert_int_eq(mbedguard_pk_init(&key), 0);
    ck_assert_int_eq(
        mbedguard_pk_setup(&key, mbedguard_pk_info_from_type(MBEDTLS_PK_ECDSA)), 0);
    ck_assert_int_eq(mbedguard_x509_crt_init(&crt), 0);
    ck_assert_int_eq(live_parse_crt(&crt, 0), 0);
    ck_assert_int_eq(mbedguard_ssl_config_init(&client_config), 0);
    ck_assert_int_eq(mbedguard_ssl_config_init(&server_config), 0);
    ck_assert_int_eq(live_config(&client_config, MBEDTLS_SSL_IS_CLIENT, false), 0);
    ck_assert_int_eq(live_config(&server_config, MBEDTLS_SSL_IS_SERVER, false), 0);
    ck_assert_int_eq(mbedguard_ssl_conf_ca_chain(&client_config, &crt, NULL), 0);
}

static void unmake(void)
{
    ck_assert_int_eq(mbedguard_ssl_config_free(&server_config), 0);
    ck_assert_int_eq(mbedguard_ssl_config_free(&client_config), 0);
    ck_assert_int_eq(mbedguard_x509_crt_free(&crt), 0);
    ck_assert_int_eq(mbedguard_pk_free(&key), 0);
    live_teardown();
}

/* Without a lock, which would fill it: nobody else is here. */
static bool is_warm(void)
{
    return mbedtls_pk_ec(key.unguarded)->grp.T != NULL;
}

/* The key of live_pem[0], into what was lent. */
static void fill(mbedtls_ecp_keypair *ec)
{
    size_t length;
    const unsigned char *const der = live_key_der(0, &length);

    ck_assert_int_eq(mbedtls_ecp_group_load(&ec->grp, MBEDTLS_ECP_DP_SECP256R1), 0);
    ck_assert_int_eq(mbedtls_mpi_read_binary(&ec->d, der + 7, 32), 0);
    ck_assert_ptr_null(ec->grp.T);
}

static void fill_raw(void)
{
    fill(mbedtls_pk_ec(key.unguarded));
}

static void fill_lent(void)
{
    mbedtls_ecp_keypair *const ec = mbedguard_pk_ec(&key);

    ck_assert_ptr_nonnull(ec);
    fill(ec);
    ck_assert_int_eq(mbedguard_unlock(&key), 0);
}

static void fill_borrowed(void)
{
    mbedtls_pk_context *raw;

    ck_assert_int_eq(mbedguard_borrow(&key, &raw), 0);
    ck_assert_int_eq(mbedguard_lock(&key), 0);
    fill(mbedtls_pk_ec(*raw));
    ck_assert_int_eq(mbedguard_unlock(&key), 0);
    ck_assert(!is_warm());
    ck_assert_int_eq(mbedguard_unlock(&key), 0);
}

static void fill_by_call(void)
{
    size_t length;
    const unsigned char *const der = live_key_der(0, &length);

    ck_assert_int_eq(mbedguard_pk_ec_read_key(MBEDTLS_ECP_DP_SECP256R1, &key, der + 7, 32), 0);
}

static void (*const fillers[])(void) = {fill_lent, fill_borrowed, fill_by_call};
#define FILLERS (int) (sizeof(fillers) / sizeof(fillers[0]))

static void handshakes(unsigned number, void *data)
{
    const unsigned rounds = live_rounds(3);
    unsigned i;

    (void) number;
    (void) data;
    for (i = 0; i < rounds; i++)
        LIVE_EQ(live_pair_once(&client_config, &server_config, "first"), 0);
}

/* The configuration has the key before it has a curve. */
START_TEST(filled_when_it_is_kept_already)
{
    ck_assert_int_eq(mbedguard_ssl_conf_own_cert(&server_config, &crt, &key), 0);
    ck_assert(!is_warm());
    fillers[_i]();
    ck_assert(is_warm());
    live_threads(CLIENTS, handshakes, NULL);
}
END_TEST

/* As programs do that do not go on to lock it. */
START_TEST(filled_before_it_is_kept)
{
    fill_raw();
    ck_assert_int_eq(mbedguard_ssl_conf_own_cert(&server_config, &crt, &key), 0);
    ck_assert(is_warm());
    live_threads(CLIENTS, handshakes, NULL);
}
END_TEST

static void keep_for_a_handshake(void)
{
    mbedguard_ssl_context ssl;

    ck_assert_int_eq(mbedguard_ssl_init(&ssl), 0);
    ck_assert_int_eq(mbedguard_ssl_setup(&ssl, &server_config), 0);
    ck_assert_int_eq(mbedguard_ssl_set_hs_own_cert(&ssl, &crt, &key), 0);
    ck_assert_int_eq(mbedguard_ssl_free(&ssl), 0);
}

static void keep_for_a_certificate(void)
{
    mbedguard_x509write_cert writer;

    ck_assert_int_eq(mbedguard_x509write_crt_init(&writer), 0);
    ck_assert_int_eq(mbedguard_x509write_crt_set_issuer_key(&writer, &key), 0);
    ck_assert_int_eq(mbedguard_x509write_crt_free(&writer), 0);
}

static void keep_for_a_request(void)
{
    mbedguard_x509write_csr writer;

    ck_assert_int_eq(mbedguard_x509write_csr_init(&writer), 0);
    ck_assert_int_eq(mbedguard_x509write_csr_set_key(&writer, &key), 0);
    ck_assert_int_eq(mbedguard_x509write_csr_free(&writer), 0);
}

static void (*const keepers[])(void) = {keep_for_a_handshake, keep_for_a_certificate,
                                        keep_for_a_request};
#define KEEPERS (int) (sizeof(keepers) / sizeof(keepers[0]))

START_TEST(kept_by_others)
{
    fill_raw();
    keepers[_i]();
    ck_assert(is_warm());
}
END_TEST

/* Several threads keep it at once: one of them fills the table. */
static void keep(unsigned number, void *data)
{
    mbedguard_ssl_config *const config = mbedguard_ssl_config_new();

    (void) number;
    (void) data;
    LIVE_EQ(config != NULL, true);
    LIVE_EQ(live_config(config, MBEDTLS_SSL_IS_SERVER, false), 0);
    LIVE_EQ(mbedguard_ssl_conf_own_cert(config, &crt, &key), 0);
    LIVE_EQ(live_pair_once(&client_config, config, "first"), 0);
    LIVE_EQ(mbedguard_ssl_config_free(config), 0);
}

START_TEST(kept_by_threads_at_once)
{
    fill_raw();
    live_threads(CLIENTS, keep, NULL);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("warm");
    TCase *tc = live_case_with(suite, "warm", make, unmake);

    tcase_add_loop_test(tc, filled_when_it_is_kept_already, 0, FILLERS);
    tcase_add_test(tc, filled_before_it_is_kept);
    tcase_add_loop_test(tc, kept_by_others, 0, KEEPERS);
    tcase_add_test(tc, kept_by_threads_at_once);
    return live_run(suite);
}

#endif
