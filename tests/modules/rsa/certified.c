/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "modules/rsa/certified.h"

#include <string.h>

#include "modules/rsa/meeting.h"

#if defined(CERTIFIED_TESTS)

#if LIVE_V3
#define SIGNATURE_SIZE LENGTH,
#define RNG_TO_PARSE   , mbedguard_ctr_drbg_random, &live_drbg
#else
#define SIGNATURE_SIZE
#define RNG_TO_PARSE
#endif

static bool pk_takes_turns(void)
{
#if defined(MBEDTLS_THREADING_C)
    return live_takes_turns();
#else
    return true;
#endif
}

void meet_through_pk(unsigned threads)
{
    meeting_of(pk_takes_turns() ? 1 : threads);
}

void assert_met(void)
{
    if (!pk_takes_turns())
        ck_assert(meeting_took_place());
}

mbedguard_pk_context pk;
mbedguard_x509_crt crt;
mbedguard_ssl_config client, server;
static unsigned char der[KEYS][2048];
static const unsigned char *der_at[KEYS];
static size_t der_length[KEYS];

void put_key(mbedguard_pk_context *into, unsigned which)
{
    mbedguard_mpi part[5];
    unsigned i;

    for (i = 0; i < 5; i++)
        mbedguard_mpi_init(&part[i]);
    ck_assert_int_eq(
        mbedguard_rsa_export(&key[which], &part[0], &part[1], &part[2], &part[3], &part[4]), 0);
    ck_assert_int_eq(mbedguard_pk_setup(into, mbedtls_pk_info_from_type(MBEDTLS_PK_RSA)), 0);
    ck_assert_int_eq(
        mbedguard_pk_rsa_import(into, &part[0], &part[1], &part[2], &part[3], &part[4]), 0);
    ck_assert_int_eq(mbedguard_pk_rsa_complete(into), 0);
    for (i = 0; i < 5; i++)
        mbedguard_mpi_free(&part[i]);
}

static void write_key(unsigned which)
{
    mbedguard_pk_context made;
    int length;

    mbedguard_pk_init(&made);
    put_key(&made, which);
    length = mbedguard_pk_write_key_der(&made, der[which], sizeof der[which]);
    ck_assert_int_gt(length, 0);
    der_length[which] = (size_t) length;
    der_at[which] = der[which] + sizeof der[which] - length;
    mbedguard_pk_free(&made);
}

int parse(mbedguard_pk_context *into, unsigned which)
{
    return mbedguard_pk_parse_key(into, der_at[which], der_length[which], NULL, 0 RNG_TO_PARSE);
}

int parse_raw(mbedtls_pk_context *into, unsigned which)
{
    return mbedtls_pk_parse_key(into, der_at[which], der_length[which], NULL, 0 RNG_TO_PARSE);
}

static void issue(void)
{
    mbedguard_x509write_cert writer;
    unsigned char pem[4096];
    int ret;

    mbedguard_x509write_crt_init(&writer);
    mbedguard_x509write_crt_set_md_alg(&writer, MBEDTLS_MD_SHA256);
    mbedguard_x509write_crt_set_subject_key(&writer, &pk);
    mbedguard_x509write_crt_set_issuer_key(&writer, &pk);
    ret = mbedguard_x509write_crt_set_subject_name(&writer, "CN=localhost");
    if (ret == 0)
        ret = mbedguard_x509write_crt_set_issuer_name(&writer, "CN=localhost");
    if (ret == 0)
        ret = mbedguard_x509write_crt_set_validity(&writer, "20200101000000", "20491231235959");
    if (ret == 0)
        ret = mbedguard_x509write_crt_pem(&writer, pem, sizeof pem, mbedguard_ctr_drbg_random,
                                          &live_drbg);
    mbedguard_x509write_crt_free(&writer);
    ck_assert_int_eq(ret, 0);
    ck_assert_int_eq(mbedguard_x509_crt_parse(&crt, pem, strlen((const char *) pem) + 1), 0);
}

void certified_setup(void)
{
    unsigned i;

    one_key_setup();
    meeting_at(0);
    for (i = 0; i < KEYS; i++)
        write_key(i);
    mbedguard_pk_init(&pk);
    mbedguard_x509_crt_init(&crt);
    ck_assert_int_eq(parse(&pk, 0), 0);
    issue();
    /* With blinding values that nobody has drawn yet. */
    mbedguard_pk_free(&pk);
    ck_assert_int_eq(parse(&pk, 0), 0);
    mbedguard_ssl_config_init(&client);
    mbedguard_ssl_config_init(&server);
}

void certified_teardown(void)
{
    mbedguard_ssl_config_free(&client);
    mbedguard_ssl_config_free(&server);
    mbedguard_x509_crt_free(&crt);
    mbedguard_pk_free(&pk);
    one_key_teardown();
}

int pk_sign(int (*f_rng)(void *, unsigned char *, size_t), void *p_rng, unsigned char *made)
{
    size_t length = 0;
    int ret;

    meeting_next();
    ret = mbedguard_pk_sign(&pk, MBEDTLS_MD_SHA256, hash, HASH, made, SIGNATURE_SIZE & length, f_rng,
                            p_rng);
    return ret == 0 && length != LENGTH ? 1 : ret;
}

/* The key is too short for what a client of TLS 1.3 would like best. */
static void allow_short_key(bool tls13)
{
#if LIVE_TLS13
    static const uint16_t algorithms[] = {MBEDTLS_TLS1_3_SIG_RSA_PSS_RSAE_SHA256,
                                          MBEDTLS_TLS1_3_SIG_RSA_PKCS1_SHA256,
                                          MBEDTLS_TLS1_3_SIG_NONE};

    if (tls13)
        mbedguard_ssl_conf_sig_algs(&client, algorithms);
#else
    (void) tls13;
#endif
}

void configure(bool tls13)
{
    ck_assert_int_eq(live_config(&client, MBEDTLS_SSL_IS_CLIENT, tls13), 0);
    ck_assert_int_eq(live_config(&server, MBEDTLS_SSL_IS_SERVER, tls13), 0);
    allow_short_key(tls13);
    mbedguard_ssl_conf_authmode(&client, MBEDTLS_SSL_VERIFY_NONE);
    /* No other draw of a handshake is as long as one for a blinding value, or for half of it. */
    meeting_at(LENGTH / 2);
    mbedguard_ssl_conf_rng(&server, meeting_rng, NULL);
}

void handshake_together(unsigned number, void *data)
{
    (void) number;
    (void) data;
    meeting_next();
    LIVE_EQ(live_pair_once(&client, &server, "localhost"), 0);
}

void meet_in_handshakes(unsigned threads)
{
    meet_through_pk(threads);
    live_threads(threads, handshake_together, NULL);
    assert_met();
}

#endif
