/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* An RSA key that handshakes of many threads sign and decrypt with. */
#include <string.h>

#include "modules/rsa/certified.h"
#include "modules/rsa/meeting.h"

#if defined(CERTIFIED_TESTS)

/* The key is the configuration's. */
static void serve(bool tls13)
{
    configure(tls13);
    ck_assert_int_eq(mbedguard_ssl_conf_own_cert(&server, &crt, &pk), 0);
}

START_TEST(handshakes_sign_at_once)
{
    serve(false);
    meet_in_handshakes(3);
}
END_TEST

#if LIVE_TLS13
START_TEST(handshakes_of_tls13_sign_at_once)
{
    serve(true);
    meet_in_handshakes(3);
}
END_TEST
#endif

#if defined(MBEDTLS_KEY_EXCHANGE_RSA_ENABLED)
START_TEST(handshakes_decrypt_at_once)
{
    static const int suites[] = {MBEDTLS_TLS_RSA_WITH_AES_128_CBC_SHA256, 0};

    serve(false);
    mbedguard_ssl_conf_ciphersuites(&client, suites);
    meet_in_handshakes(3);
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
    serve(false);
    meeting_of(1);
    live_threads(THREADS, handshake_or_change, NULL);
}
END_TEST

/* A key that is replaced where it stands signs no more in a handshake that goes on. */
START_TEST(a_handshake_goes_on_with_the_key_that_is_there)
{
    struct live_pair pair;
    int from_client, from_server;

    serve(false);
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

    serve(false);
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

/* ---- Certificates that callbacks give ------------------------------------------------------------ */

#if defined(MBEDTLS_SSL_SERVER_NAME_INDICATION)

/* What a callback does, in this order. */
#define ADD_EC    1u /* a pair of which the client has no use */
#define ADD_RSA   2u /* the certificate, with the given key */
#define ADD_BARE  4u /* the other certificate, without a key */
#define LET_GO    8u /* of the given key, which is a counted one */
#define TAKE_BACK 16u

static mbedguard_pk_context other, *given;
static mbedguard_x509_crt ec_crt;
static mbedguard_pk_context ec_key;
static unsigned wanted;

static int answer(mbedguard_ssl_context *ssl)
{
    int ret = 0;

    if ((wanted & ADD_EC) != 0)
        ret = mbedguard_ssl_set_hs_own_cert(ssl, &ec_crt, &ec_key);
    if (ret == 0 && (wanted & ADD_RSA) != 0)
        ret = mbedguard_ssl_set_hs_own_cert(ssl, &crt, given);
    if (ret == 0 && (wanted & ADD_BARE) != 0)
        ret = mbedguard_ssl_set_hs_own_cert(ssl, &ec_crt, NULL);
    if (ret == 0 && (wanted & LET_GO) != 0)
        ret = mbedguard_pk_free(given);
    if (ret == 0 && (wanted & TAKE_BACK) != 0)
        ret = mbedguard_ssl_set_hs_own_cert(ssl, NULL, NULL);
    return ret;
}

static int by_name(void *nothing, mbedguard_ssl_context *ssl, const unsigned char *name,
                   size_t length)
{
    (void) nothing;
    (void) name;
    (void) length;
    return answer(ssl);
}

static void callbacks_setup(void)
{
    certified_setup();
    live_identity(&ec_crt, &ec_key, 0);
    mbedguard_pk_init(&other);
    ck_assert_int_eq(parse(&other, 0), 0);
    given = &other;
}

static void callbacks_teardown(void)
{
    mbedguard_ssl_config_free(&server);
    mbedguard_pk_free(&other);
    mbedguard_x509_crt_free(&ec_crt);
    mbedguard_pk_free(&ec_key);
    certified_teardown();
}

/* All that the server has is what the callback gives, and what the client can use of it has an RSA key. */
static void answer_with(bool tls13, unsigned what)
{
    static const int suites[] = {MBEDTLS_TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, 0};

    configure(tls13);
    if (!tls13)
        mbedguard_ssl_conf_ciphersuites(&client, suites);
    wanted = what;
    mbedguard_ssl_conf_sni(&server, by_name, NULL);
}

#if defined(MBEDTLS_KEY_EXCHANGE_RSA_ENABLED)
static void want_decryption(void)
{
    static const int suites[] = {MBEDTLS_TLS_RSA_WITH_AES_128_CBC_SHA256, 0};

    mbedguard_ssl_conf_ciphersuites(&client, suites);
}
#endif

static void counted_key(void)
{
    given = mbedguard_pk_new();
    ck_assert_ptr_nonnull(given);
    ck_assert_int_eq(parse(given, 0), 0);
}

START_TEST(handshakes_sign_at_once_with_a_key_of_a_callback)
{
    answer_with(false, ADD_RSA);
    meet_in_handshakes(THREADS);
}
END_TEST

#if LIVE_TLS13
START_TEST(handshakes_of_tls13_sign_at_once_with_a_key_of_a_callback)
{
    answer_with(true, ADD_RSA);
    meet_in_handshakes(THREADS);
}
END_TEST
#endif

START_TEST(of_several_pairs_the_right_one_signs_at_once)
{
    answer_with(false, ADD_EC | ADD_RSA | ADD_BARE);
    meet_in_handshakes(3);
}
END_TEST

#if LIVE_V3
START_TEST(handshakes_sign_at_once_with_a_key_of_the_certificate_callback)
{
    answer_with(false, ADD_RSA);
    mbedguard_ssl_conf_sni(&server, NULL, NULL);
    mbedguard_ssl_conf_cert_cb(&server, answer);
    meet_in_handshakes(3);
}
END_TEST

/* Then it is as if the callback had given none. The other key is not the certificate's. */
START_TEST(what_is_taken_back_is_not_used)
{
    mbedguard_pk_free(&other);
    ck_assert_int_eq(parse(&other, 1), 0);
    answer_with(false, ADD_RSA | TAKE_BACK);
    ck_assert_int_eq(mbedguard_ssl_conf_own_cert(&server, &crt, &pk), 0);
    meet_in_handshakes(3);
}
END_TEST
#endif

#if defined(MBEDTLS_KEY_EXCHANGE_RSA_ENABLED)
START_TEST(handshakes_decrypt_at_once_with_a_key_of_a_callback)
{
    answer_with(false, ADD_RSA);
    want_decryption();
    meet_in_handshakes(3);
}
END_TEST
#endif

/* How far a server comes with a ClientHello. */
static void begin(struct live_pair *pair)
{
    meeting_of(1);
    ck_assert_int_eq(live_pair_setup(pair, &client, &server, "localhost"), 0);
    ck_assert_int_eq(mbedguard_ssl_handshake(&pair->client), MBEDTLS_ERR_SSL_WANT_READ);
    ck_assert_int_eq(mbedguard_ssl_handshake(&pair->server), MBEDTLS_ERR_SSL_WANT_READ);
}

static void go_on(struct live_pair *pair)
{
    int from_client, from_server;

    live_pair_handshake(pair, &from_client, &from_server);
    ck_assert_int_eq(from_client, 0);
    ck_assert_int_eq(from_server, 0);
    ck_assert_int_eq(live_pair_talk(pair), 0);
}

/* Between the steps of a handshake the key is in nobody's hands, and each step looks at it anew. */
#if defined(MBEDTLS_KEY_EXCHANGE_RSA_ENABLED)
START_TEST(a_handshake_goes_on_with_what_the_callbacks_key_is_now)
{
    struct live_pair pair;
    int from_client, from_server;
    unsigned which;

    answer_with(false, ADD_RSA);
    want_decryption();
    for (which = 0; which < 2; which++) {
        begin(&pair);
        mbedguard_pk_free(&other);
        ck_assert_int_eq(parse(&other, which), 0);
        live_pair_handshake(&pair, &from_client, &from_server);
        ck_assert_int_eq(from_server == 0, which == 0);
        live_pair_free(&pair);
    }
}
END_TEST
#endif

/* The program's own choice for a handshake is what is used, also where the configuration has another. */
START_TEST(what_a_callback_gives_is_used)
{
    serve(false);
    meeting_of(1);
    handshake_together(0, NULL);
    live_assert_none();
    /* Not the certificate's key: what it signs is refused, and so it is known that it did. */
    mbedguard_pk_free(&other);
    ck_assert_int_eq(parse(&other, 1), 0);
    wanted = ADD_RSA;
    mbedguard_ssl_conf_sni(&server, by_name, NULL);
    ck_assert_int_ne(live_pair_once(&client, &server, "localhost"), 0);
    mbedguard_pk_free(&other);
    ck_assert_int_eq(parse(&other, 0), 0);
    ck_assert_int_eq(live_pair_once(&client, &server, "localhost"), 0);
    mbedguard_ssl_conf_sni(&server, NULL, NULL);
    ck_assert_int_eq(live_pair_once(&client, &server, "localhost"), 0);
}
END_TEST

/* The handshake keeps it, also where a certificate without a key comes after it. */
START_TEST(a_key_of_a_callback_lives_as_long_as_the_handshake)
{
    struct live_pair pair;

    counted_key();
    answer_with(false, ADD_RSA | ADD_BARE | LET_GO);
#if defined(MBEDTLS_KEY_EXCHANGE_RSA_ENABLED)
    want_decryption();
#endif
    begin(&pair);
    go_on(&pair);
    live_pair_free(&pair);
}
END_TEST

START_TEST(a_key_of_a_configuration_lives_as_long_as_that)
{
    counted_key();
    answer_with(false, 0);
    ck_assert_int_eq(mbedguard_ssl_conf_own_cert(&server, &crt, given), 0);
    ck_assert_int_eq(mbedguard_ssl_conf_own_cert(&server, &ec_crt, NULL), 0);
    ck_assert_int_eq(mbedguard_pk_free(given), 0);
    meet_in_handshakes(2);
}
END_TEST

START_TEST(a_reset_in_the_middle_lets_a_callbacks_key_go)
{
    struct live_pair pair;

    answer_with(false, ADD_RSA);
    begin(&pair);
    ck_assert_int_eq(mbedguard_ssl_session_reset(&pair.server), 0);
    mbedguard_pk_free(&other);
    ck_assert_int_eq(parse(&other, 0), 0);
    meet_in_handshakes(3);
    live_pair_free(&pair);
}
END_TEST

/* Too late: Mbed TLS points at what the handshake has. */
START_TEST(what_a_handshake_has_chosen_is_not_taken_from_it)
{
    struct live_pair pair;

    answer_with(false, ADD_RSA);
    begin(&pair);
    ck_assert_int_eq(mbedguard_ssl_set_hs_own_cert(&pair.server, &ec_crt, &ec_key), 0);
#if LIVE_V3
    ck_assert_int_eq(mbedguard_ssl_set_hs_own_cert(&pair.server, NULL, NULL), MBEDGUARD_ERR_IN_USE);
#endif
    go_on(&pair);
    live_pair_free(&pair);
}
END_TEST

/* What is given outside of steps is the key itself. */
START_TEST(a_certificate_may_be_given_before_the_handshake)
{
    struct live_pair pair;

    answer_with(false, 0);
    meeting_of(1);
    ck_assert_int_eq(live_pair_setup(&pair, &client, &server, "localhost"), 0);
    ck_assert_int_eq(mbedguard_ssl_set_hs_own_cert(&pair.server, &crt, given), 0);
    go_on(&pair);
    live_pair_free(&pair);
}
END_TEST

/* A key that callbacks give changes beside the handshakes, and signs beside them. */
START_TEST(handshakes_and_signatures_share_a_callbacks_key)
{
    answer_with(false, ADD_RSA);
    given = &pk;
    meeting_of(1);
    live_threads(THREADS, handshake_or_change, NULL);
}
END_TEST

static void add_callbacks(Suite *suite)
{
    TCase *const tc = live_case_with(suite, "callbacks", callbacks_setup, callbacks_teardown);

    tcase_add_test(tc, handshakes_sign_at_once_with_a_key_of_a_callback);
#if LIVE_TLS13
    tcase_add_test(tc, handshakes_of_tls13_sign_at_once_with_a_key_of_a_callback);
#endif
    tcase_add_test(tc, of_several_pairs_the_right_one_signs_at_once);
#if LIVE_V3
    tcase_add_test(tc, handshakes_sign_at_once_with_a_key_of_the_certificate_callback);
    tcase_add_test(tc, what_is_taken_back_is_not_used);
#endif
#if defined(MBEDTLS_KEY_EXCHANGE_RSA_ENABLED)
    tcase_add_test(tc, handshakes_decrypt_at_once_with_a_key_of_a_callback);
    tcase_add_test(tc, a_handshake_goes_on_with_what_the_callbacks_key_is_now);
#endif
    tcase_add_test(tc, what_a_callback_gives_is_used);
    tcase_add_test(tc, a_key_of_a_callback_lives_as_long_as_the_handshake);
    tcase_add_test(tc, a_key_of_a_configuration_lives_as_long_as_that);
    tcase_add_test(tc, a_reset_in_the_middle_lets_a_callbacks_key_go);
    tcase_add_test(tc, what_a_handshake_has_chosen_is_not_taken_from_it);
    tcase_add_test(tc, a_certificate_may_be_given_before_the_handshake);
    tcase_add_test(tc, handshakes_and_signatures_share_a_callbacks_key);
}

#else

static void add_callbacks(Suite *suite)
{
    (void) suite;
}

#endif

int main(void)
{
    Suite *const suite = suite_create("rsa-tls");
    TCase *const tc = live_case_with(suite, "tls", certified_setup, certified_teardown);

    tcase_add_test(tc, handshakes_sign_at_once);
#if LIVE_TLS13
    tcase_add_test(tc, handshakes_of_tls13_sign_at_once);
#endif
#if defined(MBEDTLS_KEY_EXCHANGE_RSA_ENABLED)
    tcase_add_test(tc, handshakes_decrypt_at_once);
#endif
    tcase_add_test(tc, handshakes_and_signatures_share_the_key);
    tcase_add_test(tc, a_handshake_goes_on_with_the_key_that_is_there);
    tcase_add_test(tc, a_reset_in_the_middle_lets_go);
    add_callbacks(suite);
    return live_run(suite);
}

#else

int main(void)
{
    return 77;
}

#endif
