/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* An RSA key inside a pk context, used by many threads: through pk, and by TLS. */
#include <string.h>

#include "modules/rsa/meeting.h"
#include "modules/rsa/one_key.h"

#if defined(ONE_KEY_TESTS) && defined(MBEDTLS_PK_WRITE_C) && defined(MBEDTLS_PK_PARSE_C) &&            \
    defined(MBEDTLS_X509_CRT_WRITE_C) && defined(MBEDTLS_SSL_SRV_C) && defined(MBEDTLS_SSL_CLI_C)

#if LIVE_V3
#define SIGNATURE_SIZE LENGTH,
#define RNG_TO_PARSE   , mbedguard_ctr_drbg_random, &live_drbg
#define RNG_TO_CHECK   , mbedguard_ctr_drbg_random, &live_drbg
#else
#define SIGNATURE_SIZE
#define RNG_TO_PARSE
#define RNG_TO_CHECK
#endif

/*
 * Where PSA inside has no locks, or Mbed TLS no mutexes, calls through pk and handshakes take turns:
 * then nobody waits for the others, and it is the results that count.
 */
static bool pk_takes_turns(void)
{
#if defined(MBEDTLS_THREADING_C)
    return live_takes_turns();
#else
    return true;
#endif
}

static void meet_through_pk(unsigned threads)
{
    meeting_of(pk_takes_turns() ? 1 : threads);
}

static void assert_met(void)
{
    if (!pk_takes_turns())
        ck_assert(meeting_took_place());
}

static mbedguard_pk_context pk;
static mbedguard_x509_crt crt;
static mbedguard_ssl_config client, server;
static unsigned char der[KEYS][2048];
static const unsigned char *der_at[KEYS];
static size_t der_length[KEYS];

/* The key inside `into`, set up by hand. */
static void put_key(mbedguard_pk_context *into, unsigned which)
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

static int parse(mbedguard_pk_context *into, unsigned which)
{
    return mbedguard_pk_parse_key(into, der_at[which], der_length[which], NULL, 0 RNG_TO_PARSE);
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

static void setup(void)
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

static void teardown(void)
{
    mbedguard_ssl_config_free(&client);
    mbedguard_ssl_config_free(&server);
    mbedguard_x509_crt_free(&crt);
    mbedguard_pk_free(&pk);
    one_key_teardown();
}

static int pk_sign(int (*f_rng)(void *, unsigned char *, size_t), void *p_rng, unsigned char *made)
{
    size_t length = 0;
    int ret;

    meeting_next();
    ret = mbedguard_pk_sign(&pk, MBEDTLS_MD_SHA256, hash, HASH, made, SIGNATURE_SIZE & length, f_rng,
                            p_rng);
    return ret == 0 && length != LENGTH ? 1 : ret;
}

static void pk_sign_together(unsigned number, void *data)
{
    const unsigned which = *(const unsigned *) data;
    unsigned char made[LENGTH];

    (void) number;
    LIVE_EQ(pk_sign(meeting_rng, NULL, made), 0);
    LIVE_EQ(memcmp(made, signature[which], LENGTH), 0);
}

static void pk_meet_and_sign(unsigned threads, unsigned which)
{
    meet_through_pk(threads);
    live_threads(threads, pk_sign_together, &which);
    assert_met();
}

START_TEST(threads_sign_through_pk_at_once)
{
    pk_meet_and_sign(THREADS, 0);
    pk_meet_and_sign(THREADS, 0);
}
END_TEST

START_TEST(a_key_set_up_by_hand_is_shared_as_well)
{
    mbedguard_pk_free(&pk);
    put_key(&pk, 1);
    pk_meet_and_sign(2, 1);
}
END_TEST

START_TEST(a_key_parsed_under_a_lock_is_shared_as_well)
{
    mbedtls_pk_context *raw;

    mbedguard_pk_free(&pk);
    ck_assert_int_eq(mbedguard_borrow(&pk, &raw), 0);
    ck_assert_int_eq(mbedtls_pk_parse_key(raw, der_at[2], der_length[2], NULL, 0 RNG_TO_PARSE), 0);
    ck_assert_int_eq(mbedguard_unlock(&pk), 0);
    pk_meet_and_sign(2, 2);
}
END_TEST

static const unsigned char text[] = "nobody reads this";
static unsigned char sealed[LENGTH];

static void pk_open_together(unsigned number, void *data)
{
    unsigned char opened[LENGTH];
    size_t length = 0;

    (void) number;
    (void) data;
    meeting_next();
    LIVE_EQ(mbedguard_pk_decrypt(&pk, sealed, sizeof sealed, opened, &length, sizeof opened,
                                 meeting_rng, NULL),
            0);
    LIVE_EQ(length, sizeof text);
    LIVE_EQ(memcmp(opened, text, sizeof text), 0);
}

START_TEST(threads_decrypt_through_pk_at_once)
{
    size_t length = 0;

    ck_assert_int_eq(mbedguard_pk_encrypt(&pk, text, sizeof text, sealed, &length, sizeof sealed,
                                          mbedguard_ctr_drbg_random, &live_drbg),
                     0);
    meet_through_pk(3);
    live_threads(3, pk_open_together, NULL);
    assert_met();
}
END_TEST

START_TEST(it_is_an_rsa_key_to_everybody)
{
    unsigned char public_der[512], made[LENGTH];
    mbedguard_pk_context other;
    mbedtls_rsa_context *rsa;
    int length;

    ck_assert_int_eq(mbedguard_pk_get_type(&pk), MBEDTLS_PK_RSA);
    ck_assert_str_eq(mbedguard_pk_get_name(&pk), "RSA");
    ck_assert_uint_eq(mbedguard_pk_get_bitlen(&pk), BITS);
    ck_assert_int_eq(mbedguard_pk_can_do(&pk, MBEDTLS_PK_RSASSA_PSS), 1);
    ck_assert_int_eq(mbedguard_pk_can_do(&pk, MBEDTLS_PK_ECKEY), 0);
    rsa = mbedguard_pk_rsa(&pk);
    ck_assert_ptr_nonnull(rsa);
    ck_assert_int_eq(mbedtls_rsa_check_privkey(rsa), 0);
    ck_assert_int_eq(mbedguard_unlock(&pk), 0);

    length = mbedguard_pk_write_pubkey_der(&pk, public_der, sizeof public_der);
    ck_assert_int_gt(length, 0);
    mbedguard_pk_init(&other);
    ck_assert_int_eq(mbedguard_pk_parse_public_key(
                         &other, public_der + sizeof public_der - length, (size_t) length),
                     0);
    ck_assert_int_eq(mbedguard_pk_check_pair(&other, &pk RNG_TO_CHECK), 0);
    ck_assert_int_eq(mbedguard_pk_check_pair(&pk, &pk RNG_TO_CHECK), 0);
    ck_assert_int_eq(pk_sign(mbedguard_ctr_drbg_random, &live_drbg, made), 0);
    ck_assert_int_eq(mbedguard_pk_verify(&other, MBEDTLS_MD_SHA256, hash, HASH, made, LENGTH), 0);
    ck_assert_int_eq(mbedguard_pk_verify(&pk, MBEDTLS_MD_SHA256, hash, HASH, made, LENGTH), 0);
    mbedguard_pk_free(&other);
    ck_assert_int_eq(parse(&other, 1), 0);
    ck_assert_int_ne(mbedguard_pk_check_pair(&other, &pk RNG_TO_CHECK), 0);
    mbedguard_pk_free(&other);
}
END_TEST

/* ---- Changes ----------------------------------------------------------------------------------- */

START_TEST(what_changes_the_key_takes_the_copies)
{
    unsigned char made[LENGTH];

    pk_meet_and_sign(2, 0);
    mbedguard_pk_free(&pk);
    ck_assert_int_lt(pk_sign(mbedguard_ctr_drbg_random, &live_drbg, made), 0);
    ck_assert_int_eq(parse(&pk, 1), 0);
    pk_meet_and_sign(2, 1);
    ck_assert_int_eq(mbedguard_pk_rsa_set_padding(&pk, MBEDTLS_RSA_PKCS_V21, MBEDTLS_MD_SHA256), 0);
    ck_assert_int_eq(mbedguard_pk_rsa_set_padding(&pk, MBEDTLS_RSA_PKCS_V15, MBEDTLS_MD_NONE), 0);
    pk_meet_and_sign(2, 1);
}
END_TEST

START_TEST(what_is_done_to_it_under_a_lock_counts)
{
    mbedtls_rsa_context *rsa;

    pk_meet_and_sign(2, 0);
    rsa = mbedguard_pk_rsa(&pk);
    ck_assert_ptr_nonnull(rsa);
    ck_assert_int_eq(mbedtls_rsa_copy(rsa, &key[2].unguarded), 0);
    ck_assert_int_eq(mbedguard_unlock(&pk), 0);
    pk_meet_and_sign(2, 2);
}
END_TEST

static void sign_or_replace(unsigned number, void *data)
{
    unsigned char made[LENGTH];
    unsigned i;

    (void) data;
    for (i = 0; i < live_rounds(20); i++) {
        if (number == 0) {
            mbedguard_pk_free(&pk);
            LIVE_EQ(parse(&pk, i % KEYS), 0);
        } else if (pk_sign(mbedguard_ctr_drbg_random, &live_drbg, made) == 0) {
            LIVE_EQ(memcmp(made, signature[0], LENGTH) == 0 ||
                        memcmp(made, signature[1], LENGTH) == 0 ||
                        memcmp(made, signature[2], LENGTH) == 0,
                    true);
        }
    }
}

START_TEST(a_key_is_replaced_while_threads_sign)
{
    live_threads(THREADS, sign_or_replace, NULL);
}
END_TEST

/* ---- TLS --------------------------------------------------------------------------------------- */

static void configure(bool tls13)
{
    ck_assert_int_eq(live_config(&client, MBEDTLS_SSL_IS_CLIENT, tls13), 0);
    ck_assert_int_eq(live_config(&server, MBEDTLS_SSL_IS_SERVER, tls13), 0);
    mbedguard_ssl_conf_authmode(&client, MBEDTLS_SSL_VERIFY_NONE);
    ck_assert_int_eq(mbedguard_ssl_conf_own_cert(&server, &crt, &pk), 0);
    /* No other draw of a handshake is as long as one for a blinding value, or for half of it. */
    meeting_at(LENGTH / 2);
    mbedguard_ssl_conf_rng(&server, meeting_rng, NULL);
}

static void handshake_together(unsigned number, void *data)
{
    (void) number;
    (void) data;
    meeting_next();
    LIVE_EQ(live_pair_once(&client, &server, "localhost"), 0);
}

START_TEST(handshakes_sign_at_once)
{
    configure(false);
    meet_through_pk(3);
    live_threads(3, handshake_together, NULL);
    assert_met();
}
END_TEST

#if LIVE_TLS13
START_TEST(handshakes_of_tls13_sign_at_once)
{
    /* The key is too short for what a client would like best. */
    static const uint16_t algorithms[] = {MBEDTLS_TLS1_3_SIG_RSA_PSS_RSAE_SHA256,
                                          MBEDTLS_TLS1_3_SIG_RSA_PKCS1_SHA256,
                                          MBEDTLS_TLS1_3_SIG_NONE};

    configure(true);
    mbedguard_ssl_conf_sig_algs(&client, algorithms);
    meet_through_pk(3);
    live_threads(3, handshake_together, NULL);
    assert_met();
}
END_TEST
#endif

#if defined(MBEDTLS_KEY_EXCHANGE_RSA_ENABLED)
START_TEST(handshakes_decrypt_at_once)
{
    static const int suites[] = {MBEDTLS_TLS_RSA_WITH_AES_128_CBC_SHA256, 0};

    configure(false);
    mbedguard_ssl_conf_ciphersuites(&client, suites);
    meet_through_pk(3);
    live_threads(3, handshake_together, NULL);
    assert_met();
}
END_TEST
#endif

/* A key that handshakes of the server keep changes beside them. */
static void handshake_or_change(unsigned number, void *data)
{
    unsigned char made[LENGTH];
    unsigned i;

    (void) data;
    for (i = 0; i < live_rounds(10); i++) {
        if (number == 0) {
            LIVE_EQ(mbedguard_pk_rsa_complete(&pk), 0);
        } else if (number == 1) {
            LIVE_EQ(pk_sign(mbedguard_ctr_drbg_random, &live_drbg, made), 0);
            LIVE_EQ(memcmp(made, signature[0], LENGTH), 0);
        } else {
            LIVE_EQ(live_pair_once(&client, &server, "localhost"), 0);
        }
    }
}

START_TEST(handshakes_and_signatures_share_the_key)
{
    configure(false);
    meeting_of(1);
    live_threads(THREADS, handshake_or_change, NULL);
}
END_TEST

/* The program's own choice for a handshake is what is used, also where the configuration has another. */
#if defined(MBEDTLS_SSL_SERVER_NAME_INDICATION)
static mbedguard_pk_context given;

static int give_another(void *nothing, mbedguard_ssl_context *ssl, const unsigned char *name,
                        size_t length)
{
    (void) nothing;
    (void) name;
    (void) length;
    return mbedguard_ssl_set_hs_own_cert(ssl, &crt, &given);
}

START_TEST(what_a_callback_gives_is_used)
{
    mbedguard_pk_init(&given);
    ck_assert_int_eq(parse(&given, 1), 0);
    configure(false);
    meeting_of(1);
    handshake_together(0, NULL);
    live_assert_none();
    /* Not the certificate's key: what it signs is refused, and so it is known that it did. */
    mbedguard_ssl_conf_sni(&server, give_another, NULL);
    ck_assert_int_ne(live_pair_once(&client, &server, "localhost"), 0);
    mbedguard_pk_free(&given);
    ck_assert_int_eq(parse(&given, 0), 0);
    ck_assert_int_eq(live_pair_once(&client, &server, "localhost"), 0);
    mbedguard_ssl_conf_sni(&server, NULL, NULL);
    ck_assert_int_eq(live_pair_once(&client, &server, "localhost"), 0);
    mbedguard_pk_free(&given);
}
END_TEST
#endif

/* A key that is replaced where it stands signs no more in a handshake that goes on. */
START_TEST(a_handshake_goes_on_with_the_key_that_is_there)
{
    struct live_pair pair;
    int from_client, from_server;

    configure(false);
    meeting_of(1);
    ck_assert_int_eq(live_pair_setup(&pair, &client, &server, "localhost"), 0);
    ck_assert_int_eq(mbedguard_ssl_handshake(&pair.client), MBEDTLS_ERR_SSL_WANT_READ);
    ck_assert_int_eq(mbedguard_ssl_handshake(&pair.server), MBEDTLS_ERR_SSL_WANT_READ);
    mbedguard_pk_free(&pk);
    ck_assert_int_eq(parse(&pk, 1), 0);
    live_pair_handshake(&pair, &from_client, &from_server);
    ck_assert_int_eq(from_server, 0); /* it had signed before */
    /* Another one, from the beginning: the certificate is of the other key. */
    ck_assert_int_eq(mbedguard_ssl_session_reset(&pair.server), 0);
    ck_assert_int_eq(mbedguard_ssl_session_reset(&pair.client), 0);
    live_pair_handshake(&pair, &from_client, &from_server);
    ck_assert_int_ne(from_client, 0);
    live_pair_free(&pair);
}
END_TEST

START_TEST(a_reset_in_the_middle_lets_go)
{
    struct live_pair pair;

    configure(false);
    meeting_of(1);
    ck_assert_int_eq(live_pair_setup(&pair, &client, &server, "localhost"), 0);
    ck_assert_int_eq(mbedguard_ssl_handshake(&pair.client), MBEDTLS_ERR_SSL_WANT_READ);
    ck_assert_int_eq(mbedguard_ssl_handshake(&pair.server), MBEDTLS_ERR_SSL_WANT_READ);
    ck_assert_int_eq(mbedguard_ssl_session_reset(&pair.server), 0);
#if LIVE_V3
    ck_assert_int_eq(mbedguard_ssl_conf_own_cert(&server, NULL, NULL), 0);
    ck_assert_int_eq(mbedguard_ssl_conf_own_cert(&server, &crt, &pk), 0);
#endif
    ck_assert_int_eq(mbedguard_ssl_session_reset(&pair.client), 0);
    live_pair_free(&pair);
    ck_assert_int_eq(live_pair_once(&client, &server, "localhost"), 0);
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("rsa-pk");
    TCase *tc = live_case_with(suite, "pk", setup, teardown);

    tcase_add_test(tc, threads_sign_through_pk_at_once);
    tcase_add_test(tc, a_key_set_up_by_hand_is_shared_as_well);
    tcase_add_test(tc, a_key_parsed_under_a_lock_is_shared_as_well);
    tcase_add_test(tc, threads_decrypt_through_pk_at_once);
    tcase_add_test(tc, it_is_an_rsa_key_to_everybody);
    tcase_add_test(tc, what_changes_the_key_takes_the_copies);
    tcase_add_test(tc, what_is_done_to_it_under_a_lock_counts);
    tcase_add_test(tc, a_key_is_replaced_while_threads_sign);

    tc = live_case_with(suite, "tls", setup, teardown);
    tcase_add_test(tc, handshakes_sign_at_once);
#if LIVE_TLS13
    tcase_add_test(tc, handshakes_of_tls13_sign_at_once);
#endif
#if defined(MBEDTLS_KEY_EXCHANGE_RSA_ENABLED)
    tcase_add_test(tc, handshakes_decrypt_at_once);
#endif
    tcase_add_test(tc, handshakes_and_signatures_share_the_key);
#if defined(MBEDTLS_SSL_SERVER_NAME_INDICATION)
    tcase_add_test(tc, what_a_callback_gives_is_used);
#endif
    tcase_add_test(tc, a_handshake_goes_on_with_the_key_that_is_there);
    tcase_add_test(tc, a_reset_in_the_middle_lets_go);
    return live_run(suite);
}

#else

int main(void)
{
    return 77;
}

#endif
