/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Callbacks of a handshake: they get the application's own guarded connection or a guarded view,
 * may call what was made for them, and are refused what would hang or corrupt.
 */
#include <string.h>

#include <mbedtls/ssl_ciphersuites.h>

#include "live/live.h"

static mbedguard_ssl_config client_config, server_config;
static mbedguard_x509_crt crt[2];
static mbedguard_pk_context key[2];
static struct live_pair pair;

static void make(void)
{
    unsigned i;

    live_setup();
    for (i = 0; i < 2; i++) {
        ck_assert_int_eq(mbedguard_x509_crt_init(&crt[i]), 0);
        ck_assert_int_eq(mbedguard_pk_init(&key[i]), 0);
        ck_assert_int_eq(live_parse_crt(&crt[i], i), 0);
        live_parse_key(&key[i], i);
    }
    ck_assert_int_eq(mbedguard_ssl_config_init(&client_config), 0);
    ck_assert_int_eq(mbedguard_ssl_config_init(&server_config), 0);
    ck_assert_int_eq(live_config(&client_config, MBEDTLS_SSL_IS_CLIENT, false), 0);
    ck_assert_int_eq(live_config(&server_config, MBEDTLS_SSL_IS_SERVER, false), 0);
    ck_assert_int_eq(mbedguard_ssl_conf_own_cert(&server_config, &crt[0], &key[0]), 0);
    ck_assert_int_eq(mbedguard_ssl_conf_ca_chain(&client_config, &crt[0], NULL), 0);
}

static void unmake(void)
{
    unsigned i;

    ck_assert_int_eq(mbedguard_ssl_config_free(&server_config), 0);
    ck_assert_int_eq(mbedguard_ssl_config_free(&client_config), 0);
    for (i = 0; i < 2; i++) {
        ck_assert_int_eq(mbedguard_pk_free(&key[i]), 0);
        ck_assert_int_eq(mbedguard_x509_crt_free(&crt[i]), 0);
    }
    live_teardown();
}

/* Handshake and data on the static pair, whose ends the callbacks know. */
static void connect_pair(const char *hostname, int expected)
{
    int client, server;

    ck_assert_int_eq(live_pair_setup(&pair, &client_config, &server_config, hostname), 0);
    live_pair_handshake(&pair, &client, &server);
    live_assert_none();
    ck_assert_int_eq(client, expected);
    if (expected == 0) {
        ck_assert_int_eq(server, 0);
        ck_assert_int_eq(live_pair_talk(&pair), 0);
    }
    live_pair_free(&pair);
}

/* ---- SNI ------------------------------------------------------------------------------------- */

static unsigned sni_calls;

static int sni(void *context, mbedguard_ssl_context *ssl, const unsigned char *name, size_t length)
{
    unsigned char byte = 0;

    sni_calls++;
    LIVE_EQ(context == &sni_calls, 1);
    LIVE_EQ(ssl == &pair.server, 1);
    LIVE_EQ(length, 6);
    LIVE_EQ(memcmp(name, "second", 6), 0);
    /* Made for this place. */
    LIVE_EQ(mbedguard_ssl_set_hs_own_cert(ssl, &crt[1], &key[1]), 0);
    LIVE_EQ(mbedguard_ssl_set_hs_authmode(ssl, MBEDTLS_SSL_VERIFY_NONE), 0);
    LIVE_EQ(mbedguard_ssl_set_hs_ca_chain(ssl, &crt[0], NULL), 0);
    LIVE_EQ(mbedguard_ssl_get_ciphersuite(ssl) == NULL || true, 1);
    LIVE_EQ(mbedguard_ssl_get_bytes_avail(ssl), 0);
    /* Mbed TLS would corrupt or hang. */
    LIVE_EQ(mbedguard_ssl_handshake(ssl), MBEDGUARD_ERR_REENTRY);
    LIVE_EQ(mbedguard_ssl_read(ssl, &byte, 1), MBEDGUARD_ERR_REENTRY);
    LIVE_EQ(mbedguard_ssl_write(ssl, &byte, 1), MBEDGUARD_ERR_REENTRY);
    LIVE_EQ(mbedguard_ssl_session_reset(ssl), MBEDGUARD_ERR_REENTRY);
    LIVE_EQ(mbedguard_ssl_close_notify(ssl), MBEDGUARD_ERR_REENTRY);
    LIVE_EQ(mbedguard_ssl_set_hostname(ssl, "other"), MBEDGUARD_ERR_REENTRY);
#if defined(MBEDTLS_THREADING_C)
    /* The call holds the configuration shared, and so does this thread. */
    LIVE_EQ(mbedguard_ssl_conf_authmode(&server_config, MBEDTLS_SSL_VERIFY_NONE),
            MBEDGUARD_ERR_UPGRADE);
    LIVE_EQ(mbedguard_lock(&server_config), MBEDGUARD_ERR_UPGRADE);
    /* What a configuration keeps is changed with its keepers excluded. */
    LIVE_EQ(mbedguard_lock(&crt[0]), MBEDGUARD_ERR_UPGRADE);
    LIVE_EQ(mbedguard_lock(&key[0]), MBEDGUARD_ERR_UPGRADE);
#else
    /* Exclusively, where the keys behind it have no mutex. */
    LIVE_EQ(mbedguard_ssl_conf_authmode(&server_config, MBEDTLS_SSL_VERIFY_NONE),
            MBEDGUARD_ERR_REENTRY);
#endif
    return 0;
}

START_TEST(sni_callback)
{
    ck_assert_int_eq(mbedguard_ssl_conf_sni(&server_config, sni, &sni_calls), 0);
    ck_assert_int_eq(mbedguard_ssl_conf_ca_chain(&client_config, &crt[1], NULL), 0);
    connect_pair("second", 0);
    ck_assert_uint_eq(sni_calls, 1);
    /* Afterwards all is as before: nothing is held. */
    ck_assert_int_eq(mbedguard_lock(&server_config), 0);
    ck_assert_int_eq(mbedguard_unlock(&server_config), 0);
    ck_assert_int_eq(mbedguard_lock(&crt[1]), 0);
    ck_assert_int_eq(mbedguard_unlock(&crt[1]), 0);
}
END_TEST

/* ---- PSK ------------------------------------------------------------------------------------- */

static const unsigned char secret[] = "sixteen letters";
static unsigned psk_calls;

static int psk(void *context, mbedguard_ssl_context *ssl, const unsigned char *name, size_t length)
{
    psk_calls++;
    LIVE_EQ(context == &psk_calls, 1);
    LIVE_EQ(ssl == &pair.server, 1);
    LIVE_EQ(length, 2);
    LIVE_EQ(memcmp(name, "me", 2), 0);
    LIVE_EQ(mbedguard_ssl_renegotiate(ssl), MBEDGUARD_ERR_REENTRY);
    return mbedguard_ssl_set_hs_psk(ssl, secret, sizeof(secret));
}

START_TEST(psk_callback)
{
    static const int suites[] = {MBEDTLS_TLS_PSK_WITH_AES_128_GCM_SHA256, 0};

    ck_assert_int_eq(mbedguard_ssl_conf_ciphersuites(&client_config, suites), 0);
    ck_assert_int_eq(mbedguard_ssl_conf_psk(&client_config, secret, sizeof(secret),
                                            (const unsigned char *) "me", 2),
                     0);
    ck_assert_int_eq(mbedguard_ssl_conf_psk_cb(&server_config, psk, &psk_calls), 0);
    connect_pair(NULL, 0);
    ck_assert_uint_eq(psk_calls, 1);
}
END_TEST

/* ---- Certificates ---------------------------------------------------------------------------- */

static unsigned verify_calls;

static int verify(void *context, mbedguard_x509_crt *given, int depth, uint32_t *flags)
{
    char text[1000];
    uint32_t own_flags;
    int ret;

    verify_calls++;
    LIVE_EQ(context == &verify_calls, 1);
    LIVE_EQ(depth, 0);
    LIVE_EQ(*flags, 0);
    LIVE_EQ(mbedguard_x509_crt_info(text, sizeof(text), "", given) > 0, 1);
    LIVE_EQ(strstr(text, "CN=first") != NULL, 1);
    LIVE_EQ(mbedguard_x509_crt_check_key_usage(given, 0), 0);
    /* Other chains may be verified here, and so may this one. */
    LIVE_EQ(mbedguard_x509_crt_verify(&crt[1], &crt[1], NULL, NULL, &own_flags, NULL, NULL), 0);
    ret = mbedguard_x509_crt_verify(given, &crt[0], NULL, NULL, &own_flags, NULL, NULL);
#if defined(MBEDTLS_THREADING_C)
    LIVE_EQ(ret, 0);
#else
    /* A certificate is exclusive there, and its keepers come first: two configurations. */
    LIVE_EQ(ret == 0 || ret == MBEDGUARD_ERR_ORDER, 1);
#endif
    /* Rubbish in, error out. */
    LIVE_EQ(mbedguard_ssl_handshake(&pair.client) == 0, 0);
    return 0;
}

START_TEST(verify_callback)
{
    ck_assert_int_eq(mbedguard_ssl_conf_verify(&client_config, verify, &verify_calls), 0);
    connect_pair("first", 0);
    ck_assert_uint_eq(verify_calls, 1);
}
END_TEST

static int refuse(void *context, mbedguard_x509_crt *given, int depth, uint32_t *flags)
{
    (void) context;
    (void) given;
    (void) depth;
    *flags |= MBEDTLS_X509_BADCERT_OTHER;
    return 0;
}

START_TEST(verify_callback_of_one_connection)
{
    uint32_t flags;
    int client, server;

    ck_assert_int_eq(live_pair_setup(&pair, &client_config, &server_config, "first"), 0);
    ck_assert_int_eq(mbedguard_ssl_set_verify(&pair.client, refuse, NULL), 0);
    live_pair_handshake(&pair, &client, &server);
    ck_assert_int_eq(client, MBEDTLS_ERR_X509_CERT_VERIFY_FAILED);
    ck_assert_uint_eq(mbedguard_ssl_get_verify_result(&pair.client), MBEDTLS_X509_BADCERT_OTHER);
    live_pair_free(&pair);
    /* Outside TLS: what the callback writes to flags comes back. */
    ck_assert_int_eq(mbedguard_x509_crt_verify(&crt[0], &crt[0], NULL, NULL, &flags, refuse, NULL),
                     MBEDTLS_ERR_X509_CERT_VERIFY_FAILED);
    ck_assert_uint_eq(flags, MBEDTLS_X509_BADCERT_OTHER);
}
END_TEST

START_TEST(peer_certificate)
{
    const mbedguard_x509_crt *peer;
    char text[1000];
    int client, server;

    ck_assert_int_eq(live_pair_setup(&pair, &client_config, &server_config, "first"), 0);
    ck_assert_ptr_null(mbedguard_ssl_get_peer_cert(&pair.client));
    live_pair_handshake(&pair, &client, &server);
    ck_assert_int_eq(client, 0);
    peer = mbedguard_ssl_get_peer_cert(&pair.client);
    ck_assert_ptr_nonnull(peer);
    ck_assert_int_gt(mbedguard_x509_crt_info(text, sizeof(text), "", peer), 0);
    ck_assert_ptr_nonnull(strstr(text, "CN=first"));
    /* It is the connection's, but it does not die with the session. */
    ck_assert_int_eq(mbedguard_ssl_session_reset(&pair.client), 0);
    ck_assert_int_gt(mbedguard_x509_crt_info(text, sizeof(text), "", peer), 0);
    live_pair_free(&pair);
}
END_TEST

/* ---- Cache and tickets ----------------------------------------------------------------------- */

static mbedguard_ssl_cache_context cache;
static mbedguard_ssl_ticket_context tickets;
static unsigned cache_gets, cache_sets, ticket_writes, ticket_parses;

#if LIVE_V3
static int cache_get(void *data, const unsigned char *id, size_t length,
                     mbedguard_ssl_session *session)
{
    const int ret = mbedguard_ssl_cache_get(data, id, length, session);

    cache_gets += ret == 0;
    return ret;
}

static int cache_set(void *data, const unsigned char *id, size_t length,
                     const mbedguard_ssl_session *session)
{
    const int ret = mbedguard_ssl_cache_set(data, id, length, session);

    cache_sets += ret == 0;
    return ret;
}
#else
static int cache_get(void *data, mbedguard_ssl_session *session)
{
    const int ret = mbedguard_ssl_cache_get(data, session);

    cache_gets += ret == 0;
    return ret;
}

static int cache_set(void *data, const mbedguard_ssl_session *session)
{
    const int ret = mbedguard_ssl_cache_set(data, session);

    cache_sets += ret == 0;
    return ret;
}
#endif

static int ticket_write(void *data, const mbedguard_ssl_session *session, unsigned char *start,
                        const unsigned char *end, size_t *length, uint32_t *lifetime)
{
    const int ret = mbedguard_ssl_ticket_write(data, session, start, end, length, lifetime);

    ticket_writes += ret == 0;
    return ret;
}

static int ticket_parse(void *data, mbedguard_ssl_session *session, unsigned char *buffer,
                        size_t length)
{
    const int ret = mbedguard_ssl_ticket_parse(data, session, buffer, length);

    ticket_parses += ret == 0;
    return ret;
}

/* One connection; with resume the session of the one before. */
static void connect_with(mbedguard_ssl_session *session, bool resume)
{
    int client, server;

    ck_assert_int_eq(live_pair_setup(&pair, &client_config, &server_config, "first"), 0);
    if (resume)
        ck_assert_int_eq(mbedguard_ssl_set_session(&pair.client, session), 0);
    live_pair_handshake(&pair, &client, &server);
    ck_assert_int_eq(client, 0);
    ck_assert_int_eq(server, 0);
    ck_assert_int_eq(live_pair_talk(&pair), 0);
    if (!resume)
        ck_assert_int_eq(mbedguard_ssl_get_session(&pair.client, session), 0);
    live_pair_free(&pair);
}

static void resume_twice(void)
{
    mbedguard_ssl_session session;

    verify_calls = 0;
    ck_assert_int_eq(mbedguard_ssl_session_init(&session), 0);
    connect_with(&session, false);
    ck_assert_uint_eq(verify_calls, 1);
    connect_with(&session, true);
    connect_with(&session, true);
    /* No certificate was sent: both were resumed, and the view was written back. */
    ck_assert_uint_eq(verify_calls, 1);
    ck_assert_int_eq(mbedguard_ssl_session_free(&session), 0);
}

static int count_verify(void *context, mbedguard_x509_crt *given, int depth, uint32_t *flags)
{
    (void) context;
    (void) given;
    (void) depth;
    (void) flags;
    verify_calls++;
    return 0;
}

START_TEST(cache_callbacks)
{
    cache_gets = cache_sets = 0;
    ck_assert_int_eq(mbedguard_ssl_cache_init(&cache), 0);
    ck_assert_int_eq(mbedguard_ssl_conf_verify(&client_config, count_verify, NULL), 0);
    ck_assert_int_eq(mbedguard_ssl_conf_session_tickets(&client_config, 0), 0);
    ck_assert_int_eq(mbedguard_ssl_conf_session_cache(&server_config, &cache, cache_get, cache_set),
                     0);
    resume_twice();
    ck_assert_uint_eq(cache_sets, 1);
    ck_assert_uint_eq(cache_gets, 2);
    /* And the library's own functions, as callbacks. */
    ck_assert_int_eq(mbedguard_ssl_conf_session_cache(
                         &server_config, &cache, mbedguard_ssl_cache_get, mbedguard_ssl_cache_set),
                     0);
    resume_twice();
    ck_assert_uint_eq(cache_gets, 2);
    /* The cache before the configuration, as most programs do it. */
    ck_assert_int_eq(mbedguard_ssl_cache_free(&cache), 0);
}
END_TEST

START_TEST(ticket_callbacks)
{
    ticket_writes = ticket_parses = 0;
    ck_assert_int_eq(mbedguard_ssl_ticket_init(&tickets), 0);
    ck_assert_int_eq(live_ticket_setup(&tickets, 3600), 0);
    ck_assert_int_eq(mbedguard_ssl_conf_verify(&client_config, count_verify, NULL), 0);
    ck_assert_int_eq(
        mbedguard_ssl_conf_session_tickets_cb(&server_config, ticket_write, ticket_parse, &tickets),
        0);
    resume_twice();
    ck_assert_uint_ge(ticket_writes, 1);
    ck_assert_uint_eq(ticket_parses, 2);
    ck_assert_int_eq(mbedguard_ssl_conf_session_tickets_cb(&server_config,
                                                           mbedguard_ssl_ticket_write,
                                                           mbedguard_ssl_ticket_parse, &tickets),
                     0);
    resume_twice();
    ck_assert_uint_eq(ticket_parses, 2);
    ck_assert_int_eq(mbedguard_ssl_ticket_free(&tickets), 0);
}
END_TEST

/* ---- BIO ------------------------------------------------------------------------------------- */

static int nosy_send(void *context, const unsigned char *buffer, size_t length)
{
    LIVE_EQ(mbedguard_ssl_session_reset(&pair.client), MBEDGUARD_ERR_REENTRY);
    LIVE_EQ(mbedguard_ssl_get_ciphersuite(&pair.client) == NULL || true, 1);
    return live_send_client(context, buffer, length);
}

START_TEST(bio_callbacks)
{
    int client, server;

    ck_assert_int_eq(live_pair_setup(&pair, &client_config, &server_config, "first"), 0);
    ck_assert_int_eq(
        mbedguard_ssl_set_bio(&pair.client, &pair, nosy_send, live_receive_client, NULL), 0);
    live_pair_handshake(&pair, &client, &server);
    live_assert_none();
    ck_assert_int_eq(client, 0);
    ck_assert_int_eq(server, 0);
    ck_assert_int_eq(live_pair_talk(&pair), 0);
    live_pair_free(&pair);
}
END_TEST

/* ---- Freed from its own callback ------------------------------------------------------------- */

static int sni_that_frees(void *context, mbedguard_ssl_context *ssl, const unsigned char *name,
                          size_t length)
{
    (void) context;
    (void) name;
    (void) length;
    LIVE_EQ(mbedguard_ssl_free(ssl), 0);
    /* Not yet: the handshake that runs this still needs it. */
    return 0;
}

START_TEST(freed_from_its_callback)
{
    int client, server;

    ck_assert_int_eq(mbedguard_ssl_conf_sni(&server_config, sni_that_frees, NULL), 0);
    ck_assert_int_eq(live_pair_setup(&pair, &client_config, &server_config, "first"), 0);
    live_pair_handshake(&pair, &client, &server);
    live_assert_none();
    /* The server is gone in the middle; the client waits for it, or gave up. */
    ck_assert_int_ne(client, 0);
    ck_assert_int_ne(server, 0);
    /* And empty: as after any other free. */
    ck_assert_ptr_null(mbedguard_ssl_get_peer_cert(&pair.server));
    ck_assert_int_eq(mbedguard_ssl_free(&pair.server), 0);
    ck_assert_int_eq(mbedguard_ssl_init(&pair.server), 0);
    ck_assert_int_eq(mbedguard_ssl_setup(&pair.server, &server_config), 0);
    live_pair_free(&pair);
}
END_TEST

/* ---- All at once ----------------------------------------------------------------------------- */

static void handshakes(unsigned number, void *data)
{
    const unsigned rounds = live_rounds(30);
    unsigned i;

    (void) number;
    (void) data;
    for (i = 0; i < rounds && !live_failed(); i++)
        LIVE_EQ(live_pair_once(&client_config, &server_config, "first"), 0);
}

START_TEST(shared_by_threads)
{
    ck_assert_int_eq(mbedguard_ssl_cache_init(&cache), 0);
    ck_assert_int_eq(mbedguard_ssl_conf_session_cache(
                         &server_config, &cache, mbedguard_ssl_cache_get, mbedguard_ssl_cache_set),
                     0);
    live_threads(4, handshakes, NULL);
    ck_assert_int_eq(mbedguard_ssl_cache_free(&cache), 0);
}
END_TEST

#if LIVE_TLS13
START_TEST(shared_by_threads_13)
{
    ck_assert_int_eq(mbedguard_ssl_conf_max_tls_version(&client_config, MBEDTLS_SSL_VERSION_TLS1_3),
                     0);
    ck_assert_int_eq(mbedguard_ssl_conf_max_tls_version(&server_config, MBEDTLS_SSL_VERSION_TLS1_3),
                     0);
    live_threads(4, handshakes, NULL);
}
END_TEST
#endif

static TCase *tls_case(Suite *suite, const char *name)
{
    return live_case_with(suite, name, make, unmake);
}

int main(void)
{
    Suite *suite = suite_create("tls");
    TCase *tc = tls_case(suite, "callbacks");

    tcase_add_test(tc, sni_callback);
    tcase_add_test(tc, psk_callback);
    tcase_add_test(tc, verify_callback);
    tcase_add_test(tc, verify_callback_of_one_connection);
    tcase_add_test(tc, cache_callbacks);
    tcase_add_test(tc, ticket_callbacks);
    tcase_add_test(tc, bio_callbacks);
    tc = tls_case(suite, "life");
    tcase_add_test(tc, peer_certificate);
    tcase_add_test(tc, freed_from_its_callback);
    tc = tls_case(suite, "threads");
    tcase_add_test(tc, shared_by_threads);
#if LIVE_TLS13
    tcase_add_test(tc, shared_by_threads_13);
#endif
    return live_run(suite);
}
