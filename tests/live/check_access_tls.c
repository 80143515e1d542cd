/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Accessors of connections: copies that outlive what they were made of, members against the raw
 * ones, tickets, and sockets under an explicit lock.
 */
#if !defined(_POSIX_C_SOURCE)
#define _POSIX_C_SOURCE 200809L
#endif

#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "live/live.h"

#ifdef MBEDTLS_PRIVATE
#define SECRET(member) MBEDTLS_PRIVATE(member)
#else
#define SECRET(member) member
#endif

static mbedguard_x509_crt certs[2];
static mbedguard_pk_context keys[2];
static mbedguard_ssl_config client, server[2];
static struct live_pair pair;

/* Two servers with a certificate each, and a client that trusts both. */
static void setup(void)
{
    unsigned i;

    live_setup();
    mbedguard_ssl_config_init(&client);
    for (i = 0; i < 2; i++) {
        mbedguard_x509_crt_init(&certs[i]);
        mbedguard_pk_init(&keys[i]);
        mbedguard_ssl_config_init(&server[i]);
        ck_assert_int_eq(live_parse_crt(&certs[i], i), 0);
        live_parse_key(&keys[i], i);
        ck_assert_int_eq(live_config(&server[i], MBEDTLS_SSL_IS_SERVER, false), 0);
        ck_assert_int_eq(mbedguard_ssl_conf_own_cert(&server[i], &certs[i], &keys[i]), 0);
    }
    ck_assert_int_eq(live_config(&client, MBEDTLS_SSL_IS_CLIENT, false), 0);
    ck_assert_int_eq(mbedguard_ssl_conf_authmode(&client, MBEDTLS_SSL_VERIFY_OPTIONAL), 0);
    ck_assert_int_eq(mbedguard_ssl_conf_ca_chain(&client, &certs[0], NULL), 0);
}

static void teardown(void)
{
    unsigned i;

    mbedguard_ssl_config_free(&client);
    for (i = 0; i < 2; i++) {
        mbedguard_ssl_config_free(&server[i]);
        mbedguard_pk_free(&keys[i]);
        mbedguard_x509_crt_free(&certs[i]);
    }
    live_teardown();
}

static void connect_to(unsigned which)
{
    int ret, server_ret;

    ck_assert_int_eq(live_pair_setup(&pair, &client, &server[which], "first"), 0);
    live_pair_handshake(&pair, &ret, &server_ret);
    ck_assert_int_eq(ret, 0);
    ck_assert_int_eq(server_ret, 0);
}

/* The same connection once more, to a server with the other certificate: 0, or the first error. */
static int reconnect(unsigned which)
{
    int ret = mbedguard_ssl_session_reset(&pair.client), server_ret = 0;

    if (ret == 0)
        ret = mbedguard_ssl_free(&pair.server);
    if (ret == 0)
        ret = mbedguard_ssl_setup(&pair.server, &server[which]);
    if (ret == 0)
        ret =
            mbedguard_ssl_set_bio(&pair.server, &pair, live_send_server, live_receive_server, NULL);
    if (ret != 0)
        return ret;
    memset(&pair.to_client, 0, sizeof(pair.to_client));
    memset(&pair.to_server, 0, sizeof(pair.to_server));
    live_pair_handshake(&pair, &ret, &server_ret);
    return ret != 0 ? ret : server_ret;
}

static void reconnect_to(unsigned which)
{
    ck_assert_int_eq(reconnect(which), 0);
}

/* ---- Copies ----------------------------------------------------------------------------------- */

START_TEST(peer_certificate)
{
    const mbedguard_x509_crt *first, *second;
    mbedguard_x509_crt own;
    unsigned char der[2048];
    size_t length = 0, count = 0;
    char name[40];

    mbedguard_x509_crt_init(&own);
    ck_assert_ptr_null(mbedguard_ssl_get_peer_cert(NULL));
    ck_assert_int_eq(live_pair_setup(&pair, &client, &server[0], "first"), 0);
    ck_assert_ptr_null(mbedguard_ssl_get_peer_cert(&pair.client));
    ck_assert_int_eq(mbedguard_ssl_copy_peer_cert(&pair.client, &own), MBEDGUARD_ERR_NOT_FOUND);
    live_pair_free(&pair);

    connect_to(0);
    first = mbedguard_ssl_get_peer_cert(&pair.client);
    ck_assert_ptr_nonnull(first);
    ck_assert_ptr_eq(mbedguard_ssl_get_peer_cert(&pair.client), first);
    ck_assert_ptr_null(mbedguard_ssl_get_peer_cert(&pair.server));
    ck_assert_int_eq(mbedguard_x509_crt_get_raw(first, der, sizeof(der), &length), 0);
    ck_assert_uint_eq(length, certs[0].unguarded.raw.len);
    ck_assert_int_eq(memcmp(der, certs[0].unguarded.raw.p, length), 0);

    /* Another handshake, another certificate: what was given out stays. */
    reconnect_to(1);
    second = mbedguard_ssl_get_peer_cert(&pair.client);
    ck_assert_ptr_ne(second, first);
    ck_assert_int_gt(mbedguard_x509_crt_subject_dn_gets(name, sizeof(name), first), 0);
    ck_assert_str_eq(name, "CN=first");
    ck_assert_int_gt(mbedguard_x509_crt_subject_dn_gets(name, sizeof(name), second), 0);
    ck_assert_str_eq(name, "CN=second");
    reconnect_to(0);
    ck_assert_ptr_eq(mbedguard_ssl_get_peer_cert(&pair.client), first);

    /* Into a chain of the caller's. */
    ck_assert_int_eq(mbedguard_ssl_copy_peer_cert(&pair.client, &own), 0);
    ck_assert_int_eq(mbedguard_ssl_copy_peer_cert(&pair.client, &own), 0);
    ck_assert_int_eq(mbedguard_x509_crt_count(&own, &count), 0);
    ck_assert_uint_eq(count, 2);

    /* A copy that somebody refers to outlives the connection. */
    ck_assert_int_eq(mbedguard_x509_crt_ref((mbedguard_x509_crt *) (uintptr_t) first), 0);
    ck_assert_int_eq(mbedguard_ssl_release_copies(&pair.client), 0);
    ck_assert_ptr_ne(mbedguard_ssl_get_peer_cert(&pair.client), first);
    live_pair_free(&pair);
    ck_assert_int_gt(mbedguard_x509_crt_subject_dn_gets(name, sizeof(name), first), 0);
    ck_assert_str_eq(name, "CN=first");
    mbedguard_x509_crt_free((mbedguard_x509_crt *) (uintptr_t) first);
    mbedguard_x509_crt_free(&own);
}
END_TEST

START_TEST(names)
{
    const char *name;
    char text[16];
    size_t length = 99;

    connect_to(0);
    name = mbedguard_ssl_get_hostname(&pair.client);
    ck_assert_str_eq(name, "first");
    ck_assert_int_eq(mbedguard_ssl_set_hostname(&pair.client, "other"), 0);
    ck_assert_str_eq(mbedguard_ssl_get_hostname(&pair.client), "other");
    ck_assert_str_eq(name, "first");
    ck_assert_int_eq(mbedguard_ssl_copy_hostname(&pair.client, text, sizeof(text), &length), 0);
    ck_assert_str_eq(text, "other");
    ck_assert_uint_eq(length, 5);
    memset(text, 'x', sizeof(text));
    ck_assert_int_eq(mbedguard_ssl_copy_hostname(&pair.client, text, 5, &length),
                     MBEDTLS_ERR_SSL_BUFFER_TOO_SMALL);
    ck_assert_uint_eq(length, 5);
    ck_assert_int_eq(text[0], 'x');
    ck_assert_int_eq(mbedguard_ssl_copy_hostname(&pair.server, text, sizeof(text), &length),
                     MBEDGUARD_ERR_NOT_FOUND);
    ck_assert_ptr_null(mbedguard_ssl_get_hostname(&pair.server));
    ck_assert_int_eq(mbedguard_ssl_copy_alpn_protocol(&pair.client, text, sizeof(text), &length),
                     MBEDGUARD_ERR_NOT_FOUND);
#if defined(MBEDGUARD_HAVE_SSL_GET_HS_SNI)
    ck_assert_ptr_null(mbedguard_ssl_get_hs_sni(&pair.server, &length));
    ck_assert_uint_eq(length, 0);
#endif
    live_pair_free(&pair);
}
END_TEST

/* Both ends have the session, and whoever asks gets it, however often. */
START_TEST(session_copies)
{
    mbedguard_ssl_session own, of_server;

    mbedguard_ssl_session_init(&own);
    mbedguard_ssl_session_init(&of_server);
    ck_assert_int_eq(live_pair_setup(&pair, &client, &server[0], "first"), 0);
    ck_assert_int_eq(mbedguard_ssl_copy_session(&pair.client, &own), MBEDGUARD_ERR_NOT_FOUND);
    ck_assert_int_eq(mbedguard_ssl_copy_session(NULL, &own), MBEDGUARD_ERR_BAD_INPUT);
    ck_assert_int_eq(mbedguard_ssl_copy_session(&pair.client, NULL), MBEDGUARD_ERR_BAD_INPUT);
    live_pair_free(&pair);

    connect_to(0);
    ck_assert_int_eq(mbedguard_ssl_copy_session(&pair.client, &own), 0);
    ck_assert_int_eq(mbedguard_ssl_copy_session(&pair.client, &own), 0);
    ck_assert_int_eq(mbedguard_ssl_copy_session(&pair.server, &of_server), 0);
    ck_assert_mem_eq(own.unguarded.SECRET(master), of_server.unguarded.SECRET(master), 48);
    ck_assert_int_ne(mbedguard_ssl_session_get_ciphersuite_id(&own), 0);
    /* It is the caller's: another session of the connection is another one. */
    reconnect_to(1);
    ck_assert_int_eq(mbedguard_ssl_copy_session(&pair.client, &of_server), 0);
    ck_assert_mem_ne(own.unguarded.SECRET(master), of_server.unguarded.SECRET(master), 48);
    /* Without a session nothing changes; with one it is of use. */
    ck_assert_int_eq(mbedguard_ssl_session_reset(&pair.client), 0);
    ck_assert_int_eq(mbedguard_ssl_copy_session(&pair.client, &own), MBEDGUARD_ERR_NOT_FOUND);
    ck_assert_int_eq(mbedguard_ssl_set_session(&pair.client, &own), 0);
    live_pair_free(&pair);
    mbedguard_ssl_session_free(&own);
    mbedguard_ssl_session_free(&of_server);
}
END_TEST

#if LIVE_V3 && defined(MBEDTLS_SSL_PROTO_TLS1_3)
/* Before there is a ticket, too. */
START_TEST(session_copies_13)
{
    mbedguard_ssl_config ends[2];
    mbedguard_ssl_session own;
    int ret, server_ret;
    unsigned i;

    mbedguard_ssl_session_init(&own);
    for (i = 0; i < 2; i++)
        mbedguard_ssl_config_init(&ends[i]);
    ck_assert_int_eq(live_config(&ends[0], MBEDTLS_SSL_IS_CLIENT, true), 0);
    ck_assert_int_eq(live_config(&ends[1], MBEDTLS_SSL_IS_SERVER, true), 0);
    ck_assert_int_eq(mbedguard_ssl_conf_ca_chain(&ends[0], &certs[0], NULL), 0);
    ck_assert_int_eq(mbedguard_ssl_conf_own_cert(&ends[1], &certs[0], &keys[0]), 0);
    ck_assert_int_eq(live_pair_setup(&pair, &ends[0], &ends[1], "first"), 0);
    live_pair_handshake(&pair, &ret, &server_ret);
    ck_assert_int_eq(ret, 0);
    ck_assert_int_eq(server_ret, 0);
    ck_assert_int_eq(mbedguard_ssl_copy_session(&pair.client, &own), 0);
    ck_assert_int_eq(mbedguard_ssl_copy_session(&pair.server, &own), 0);
    ck_assert_int_eq(mbedguard_ssl_session_get_ciphersuite_id(&own),
                     mbedguard_ssl_get_ciphersuite_id_from_ssl(&pair.server));
    live_pair_free(&pair);
    mbedguard_ssl_session_free(&own);
    for (i = 0; i < 2; i++)
        mbedguard_ssl_config_free(&ends[i]);
}
END_TEST
#endif

#if !LIVE_V3
START_TEST(session_pointer)
{
    const mbedguard_ssl_session *session, *of_server;
    unsigned char id[32];
    size_t length = 0;

    connect_to(0);
    session = mbedguard_ssl_get_session_pointer(&pair.client);
    of_server = mbedguard_ssl_get_session_pointer(&pair.server);
    ck_assert_ptr_nonnull(session);
    ck_assert_ptr_nonnull(of_server);
    ck_assert_ptr_eq(mbedguard_ssl_get_session_pointer(&pair.client), session);
    ck_assert_mem_eq(session->unguarded.master, of_server->unguarded.master, 48);
    ck_assert_int_eq(mbedguard_ssl_session_copy_id(session, id, sizeof(id), &length), 0);
    ck_assert_uint_eq(length, mbedguard_ssl_session_get_id_len(session));
    ck_assert_mem_eq(id, *mbedguard_ssl_session_get_id(session), length);
    ck_assert_int_eq(mbedguard_ssl_session_get_ciphersuite_id(session),
                     mbedguard_ssl_get_ciphersuite_id_from_ssl(&pair.client));
    reconnect_to(1);
    ck_assert_ptr_ne(mbedguard_ssl_get_session_pointer(&pair.client), session);
    ck_assert_int_ne(mbedguard_ssl_session_get_ciphersuite_id(session), 0);
    live_pair_free(&pair);
}
END_TEST
#endif

/* ---- Members ---------------------------------------------------------------------------------- */

START_TEST(members)
{
    mbedtls_ssl_send_t *f_send;
    mbedtls_ssl_recv_t *f_recv;
    mbedtls_ssl_recv_timeout_t *f_recv_timeout;
    mbedguard_ssl_session session;
    unsigned char id[32];
    void *p_bio;
    size_t length = 99;

    ck_assert_int_eq(live_pair_setup(&pair, &client, &server[0], "first"), 0);
    ck_assert_int_eq(mbedguard_ssl_get_state(&pair.client), MBEDTLS_SSL_HELLO_REQUEST);
    ck_assert_int_eq(mbedguard_ssl_is_handshake_over(&pair.client), 0);
    ck_assert_int_eq(mbedguard_ssl_get_ciphersuite_id_from_ssl(&pair.client), 0);
    live_pair_free(&pair);
    connect_to(0);
    ck_assert_int_eq(mbedguard_ssl_get_state(&pair.client), pair.client.unguarded.SECRET(state));
    ck_assert_int_eq(mbedguard_ssl_is_handshake_over(&pair.client), 1);
    ck_assert_int_eq(mbedguard_ssl_get_version_number(&pair.client), 0x0303);
    ck_assert_int_ne(mbedguard_ssl_get_ciphersuite_id_from_ssl(&pair.client), 0);
    ck_assert_int_eq(mbedguard_ssl_get_bio(&pair.client, &p_bio, &f_send, &f_recv, &f_recv_timeout),
                     0);
    ck_assert_ptr_eq(p_bio, &pair);
    ck_assert(f_send == live_send_client && f_recv == live_receive_client);
    ck_assert(f_recv_timeout == NULL);
    ck_assert_int_eq(mbedguard_ssl_get_bio(&pair.client, NULL, NULL, NULL, NULL), 0);
    ck_assert_int_eq(mbedguard_ssl_get_bio(NULL, &p_bio, NULL, NULL, NULL),
                     MBEDGUARD_ERR_BAD_INPUT);
    ck_assert_ptr_null(p_bio);
    ck_assert_int_eq(mbedguard_ssl_get_out_pending(&pair.client, &length), 0);
    ck_assert_uint_eq(length, 0);
    ck_assert_ptr_eq(mbedguard_ssl_context_get_config(&pair.client), &client);
    ck_assert_int_eq(mbedguard_ssl_conf_get_endpoint(&client), MBEDTLS_SSL_IS_CLIENT);
    ck_assert_int_eq(mbedguard_ssl_conf_get_endpoint(&server[0]), MBEDTLS_SSL_IS_SERVER);
    ck_assert_int_eq(mbedguard_ssl_conf_get_authmode(&client), MBEDTLS_SSL_VERIFY_OPTIONAL);
    ck_assert_int_eq(mbedguard_ssl_conf_get_authmode(NULL), MBEDGUARD_ERR_BAD_INPUT);

    ck_assert_ptr_null(mbedguard_ssl_get_user_data_p(&pair.client));
    ck_assert_int_eq(mbedguard_ssl_set_user_data_p(&pair.client, &pair), 0);
    ck_assert_ptr_eq(mbedguard_ssl_get_user_data_p(&pair.client), &pair);
    ck_assert_int_eq(mbedguard_ssl_set_user_data_n(&pair.client, 77), 0);
    ck_assert_uint_eq(mbedguard_ssl_get_user_data_n(&pair.client), 77);
    reconnect_to(1);
    ck_assert_uint_eq(mbedguard_ssl_get_user_data_n(&pair.client), 77);

    mbedguard_ssl_session_init(&session);
    ck_assert_int_eq(mbedguard_ssl_get_session(&pair.client, &session), 0);
    ck_assert_int_eq(mbedguard_ssl_session_copy_id(&session, id, sizeof(id), &length), 0);
    ck_assert_uint_eq(length, session.unguarded.SECRET(id_len));
    ck_assert_mem_eq(id, session.unguarded.SECRET(id), length);
    if (length != 0)
        ck_assert_int_eq(mbedguard_ssl_session_copy_id(&session, id, length - 1, &length),
                         MBEDTLS_ERR_SSL_BUFFER_TOO_SMALL);
    ck_assert_ptr_eq(mbedguard_ssl_session_get_id(&session), &session.unguarded.SECRET(id));
    mbedguard_ssl_session_free(&session);
    live_pair_free(&pair);
}
END_TEST

START_TEST(rest_of_a_chain)
{
    mbedguard_x509_crt chain;

    mbedguard_x509_crt_init(&chain);
    ck_assert_int_eq(live_parse_crt(&chain, 0), 0);
    ck_assert_int_eq(mbedguard_ssl_conf_authmode(&client, MBEDTLS_SSL_VERIFY_REQUIRED), 0);
    /* The first one is left out, so it is not trusted; the second one is. */
    ck_assert_int_eq(live_parse_crt(&chain, 1), 0);
    ck_assert_int_eq(mbedguard_ssl_conf_ca_chain_rest(&client, &chain, NULL), 0);
    ck_assert_int_eq(live_pair_once(&client, &server[0], "first"),
                     MBEDTLS_ERR_X509_CERT_VERIFY_FAILED);
    ck_assert_int_eq(live_pair_once(&client, &server[1], "second"), 0);
    ck_assert_int_eq(mbedguard_ssl_conf_ca_chain_rest(&client, NULL, NULL),
                     MBEDGUARD_ERR_BAD_INPUT);
    ck_assert_int_eq(mbedguard_ssl_conf_ca_chain(&client, &chain, NULL), 0);
    ck_assert_int_eq(live_pair_once(&client, &server[0], "first"), 0);
    ck_assert_int_eq(mbedguard_unlock(&client), MBEDGUARD_ERR_NOT_LOCKED);
    mbedguard_ssl_config_free(&client);
    mbedguard_x509_crt_free(&chain);
}
END_TEST

START_TEST(ticket_keys)
{
    mbedguard_ssl_ticket_context tickets, other;
    unsigned char ticket[2048], copy[2048], key[32];
    mbedguard_ssl_session session, back;
    uint32_t lifetime;
    size_t length;
    unsigned i;

    memset(key, 0x42, sizeof(key));
    mbedguard_ssl_session_init(&session);
    mbedguard_ssl_session_init(&back);
#if LIVE_V3
    session.unguarded.SECRET(tls_version) = MBEDTLS_SSL_VERSION_TLS1_2;
    session.unguarded.SECRET(endpoint) = MBEDTLS_SSL_IS_SERVER;
#if defined(MBEDTLS_HAVE_TIME)
    session.unguarded.SECRET(ticket_creation_time) = mbedtls_ms_time();
#endif
#endif
    session.unguarded.SECRET(ciphersuite) = 0x1234;
#if defined(MBEDTLS_HAVE_TIME)
    session.unguarded.SECRET(start) = mbedtls_time(NULL);
#endif
    mbedguard_ssl_ticket_init(&tickets);
    mbedguard_ssl_ticket_init(&other);
    ck_assert_int_eq(mbedguard_ssl_ticket_rotate(&tickets, key, 4, key, 32, 60),
                     MBEDTLS_ERR_CIPHER_BAD_INPUT_DATA);
    ck_assert_int_eq(live_ticket_setup(&tickets, 60), 0);
    ck_assert_int_eq(live_ticket_setup(&other, 60), 0);
    ck_assert_int_eq(mbedguard_ssl_ticket_rotate(&tickets, key, 3, key, 32, 60),
                     MBEDTLS_ERR_CIPHER_BAD_INPUT_DATA);
    ck_assert_int_eq(mbedguard_ssl_ticket_rotate(&tickets, key, 4, key, 31, 60),
                     MBEDTLS_ERR_CIPHER_BAD_INPUT_DATA);
    /* Two contexts with the program's key open each other's tickets. */
    ck_assert_int_eq(mbedguard_ssl_ticket_rotate(&tickets, key, 4, key, 32, 60), 0);
    ck_assert_int_eq(mbedguard_ssl_ticket_write(&tickets, &session, ticket, ticket + sizeof(ticket),
                                                &length, &lifetime),
                     0);
    memcpy(copy, ticket, length);
    ck_assert_int_ne(mbedguard_ssl_ticket_parse(&other, &back, copy, length), 0);
    ck_assert_int_eq(mbedguard_ssl_ticket_rotate(&other, key, 4, key, 32, 60), 0);
    memcpy(copy, ticket, length);
    ck_assert_int_eq(mbedguard_ssl_ticket_parse(&other, &back, copy, length), 0);
    ck_assert_int_eq(back.unguarded.SECRET(ciphersuite), 0x1234);
    /* One rotation later they still open, two later not. */
    for (i = 0; i < 2; i++) {
        memset(key, (int) i, sizeof(key));
        ck_assert_int_eq(mbedguard_ssl_ticket_rotate(&other, key, 4, key, 32, 60), 0);
        memcpy(copy, ticket, length);
        ck_assert((mbedguard_ssl_ticket_parse(&other, &back, copy, length) == 0) == (i == 0));
    }
    mbedguard_ssl_session_free(&session);
    mbedguard_ssl_session_free(&back);
    mbedguard_ssl_ticket_free(&tickets);
    mbedguard_ssl_ticket_free(&other);
}
END_TEST

/* ---- Inside callbacks ------------------------------------------------------------------------- */

struct inside {
    unsigned calls;
    int state;
    char subject[40], name[16];
    void *user;
};

/* A call on the connection is in progress: reading it is let in. */
static int on_verify(void *data, mbedguard_x509_crt *crt, int depth, uint32_t *flags)
{
    struct inside *inside = data;
    size_t length = 0;

    (void) depth;
    (void) flags;
    inside->calls++;
    inside->state = mbedguard_ssl_get_state(&pair.client);
    inside->user = mbedguard_ssl_get_user_data_p(&pair.client);
    if (mbedguard_x509_crt_subject_dn_gets(inside->subject, sizeof(inside->subject), crt) < 0 ||
        mbedguard_ssl_copy_hostname(&pair.client, inside->name, sizeof(inside->name), &length) !=
            0 ||
        mbedguard_ssl_get_hostname(&pair.client) == NULL)
        return MBEDTLS_ERR_SSL_INTERNAL_ERROR;
    return 0;
}

#if defined(MBEDGUARD_HAVE_SSL_GET_HS_SNI)
static int on_certificate(mbedguard_ssl_context *ssl)
{
    struct inside *inside = mbedguard_ssl_get_user_data_p(ssl);
    unsigned char copy[16];
    const unsigned char *name;
    size_t length = 0, copied = 0;

    name = mbedguard_ssl_get_hs_sni(ssl, &length);
    if (name == NULL || length >= sizeof(inside->name) ||
        mbedguard_ssl_copy_hs_sni(ssl, copy, sizeof(copy), &copied) != 0 || copied != length ||
        memcmp(copy, name, length) != 0 ||
        mbedguard_ssl_copy_hs_sni(ssl, copy, length - 1, &copied) !=
            MBEDTLS_ERR_SSL_BUFFER_TOO_SMALL)
        return MBEDTLS_ERR_SSL_INTERNAL_ERROR;
    memcpy(inside->name, name, length);
    return mbedguard_ssl_set_hs_own_cert(ssl, &certs[0], &keys[0]);
}
#endif

START_TEST(inside_callbacks)
{
    struct inside inside = {0}, at_server = {0};
    int ret, server_ret;

    ck_assert_int_eq(mbedguard_ssl_conf_verify(&client, on_verify, &inside), 0);
    ck_assert_int_eq(live_pair_setup(&pair, &client, &server[0], "first"), 0);
    ck_assert_int_eq(mbedguard_ssl_set_user_data_p(&pair.client, &inside), 0);
    ck_assert_int_eq(mbedguard_ssl_set_user_data_p(&pair.server, &at_server), 0);
#if defined(MBEDGUARD_HAVE_SSL_GET_HS_SNI)
    ck_assert_int_eq(mbedguard_ssl_conf_cert_cb(&server[0], on_certificate), 0);
#endif
    live_pair_handshake(&pair, &ret, &server_ret);
    ck_assert_int_eq(ret, 0);
    ck_assert_int_eq(server_ret, 0);
    ck_assert_uint_eq(inside.calls, 1);
    ck_assert_int_eq(inside.state, MBEDTLS_SSL_SERVER_CERTIFICATE);
    ck_assert_str_eq(inside.subject, "CN=first");
    ck_assert_str_eq(inside.name, "first");
    ck_assert_ptr_eq(inside.user, &inside);
#if defined(MBEDGUARD_HAVE_SSL_GET_HS_SNI)
    ck_assert_str_eq(at_server.name, "first");
#endif
    live_pair_free(&pair);
}
END_TEST

/* ---- Many threads ----------------------------------------------------------------------------- */

#define THREADS 6

/* Thread 0 connects again and again, to one server and the other; the rest look at its peer. */
static void look_at_peer(unsigned number, void *data)
{
    const unsigned rounds = *(const unsigned *) data;
    unsigned i;

    for (i = 0; i < rounds; i++) {
        const mbedguard_x509_crt *crt;
        char name[40] = "";

        live_meet();
        if (number == 0) {
            LIVE_EQ(reconnect(i % 2), 0);
        } else {
            unsigned looks;

            for (looks = 0; looks < 20; looks++) {
                crt = mbedguard_ssl_get_peer_cert(&pair.client);
                if (crt == NULL)
                    continue;
                LIVE_EQ(mbedguard_x509_crt_get_version(crt), 3);
                LIVE_EQ(mbedguard_x509_crt_subject_dn_gets(name, sizeof(name), crt) > 0, 1);
                LIVE_EQ(strcmp(name, "CN=first") == 0 || strcmp(name, "CN=second") == 0, 1);
                LIVE_EQ(mbedguard_x509_crt_pk_get_bitlen(crt), 256);
                LIVE_EQ(strcmp(mbedguard_ssl_get_hostname(&pair.client), "first"), 0);
            }
        }
        live_meet();
        if (number == 0)
            continue;
        crt = mbedguard_ssl_get_peer_cert(&pair.client);
        LIVE_EQ(crt != NULL, 1);
        if (crt != NULL) {
            (void) mbedguard_x509_crt_subject_dn_gets(name, sizeof(name), crt);
            LIVE_EQ(strcmp(name, i % 2 == 0 ? "CN=first" : "CN=second"), 0);
        }
    }
}

START_TEST(peers_of_a_busy_connection)
{
    unsigned rounds = live_rounds(40);

    connect_to(1);
    live_threads(THREADS, look_at_peer, &rounds);
    live_pair_free(&pair);
}
END_TEST

/* ---- Sockets ---------------------------------------------------------------------------------- */

START_TEST(sockets_under_a_lock)
{
    static unsigned char data[1 << 20];
    mbedguard_net_context one, other, listener;
    int ends[2], sent;

    mbedguard_net_init(&one);
    mbedguard_net_init(&other);
    mbedguard_net_init(&listener);
    ck_assert_int_eq(mbedguard_net_get_fd(&one), -1);
    ck_assert_int_eq(mbedguard_net_get_fd(NULL), -1);
    ck_assert_int_eq(mbedguard_net_recv(&one, data, 1), MBEDTLS_ERR_NET_INVALID_CONTEXT);
    ck_assert_int_eq(mbedguard_net_bind(&listener, "127.0.0.1", "0", MBEDTLS_NET_PROTO_TCP), 0);
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    one.fd = ends[0];
    other.fd = ends[1];
    ck_assert_int_eq(mbedguard_net_get_fd(&one), ends[0]);
    ck_assert_int_eq(mbedguard_net_send(&one, data, 10), 10);
    ck_assert_int_eq(mbedguard_net_recv(&other, data, 100), 10);

    /* Both ends block; nothing below may. */
    ck_assert_int_eq(mbedguard_lock(&client), 0);
    ck_assert_int_eq(mbedguard_net_recv(&one, data, 10), MBEDTLS_ERR_SSL_WANT_READ);
    ck_assert_int_eq(mbedguard_net_recv_timeout(&one, data, 10, 0), MBEDTLS_ERR_SSL_WANT_READ);
    ck_assert_int_eq(mbedguard_net_accept(&listener, &one, NULL, 0, NULL),
                     MBEDGUARD_ERR_WOULD_WAIT);
    ck_assert_int_eq(mbedguard_net_connect(&listener, "127.0.0.1", "9", MBEDTLS_NET_PROTO_TCP),
                     MBEDGUARD_ERR_WOULD_WAIT);
    ck_assert_int_eq(mbedguard_net_bind(&listener, NULL, "9", MBEDTLS_NET_PROTO_TCP),
                     MBEDGUARD_ERR_WOULD_WAIT);
    ck_assert_int_eq(mbedguard_net_poll(&one, MBEDTLS_NET_POLL_READ, 1), MBEDGUARD_ERR_WOULD_WAIT);
    ck_assert_int_eq(mbedguard_net_poll(&one, MBEDTLS_NET_POLL_WRITE, 0), MBEDTLS_NET_POLL_WRITE);
    do {
        sent = mbedguard_net_send(&one, data, sizeof(data));
    } while (sent > 0);
    ck_assert_int_eq(sent, MBEDTLS_ERR_SSL_WANT_WRITE);
    ck_assert_int_eq(mbedguard_net_recv(&other, data, 10), 10);
    ck_assert_int_gt(mbedguard_net_recv_timeout(&other, data, sizeof(data), 1000), 0);
    ck_assert_int_eq(mbedguard_unlock(&client), 0);

    ck_assert_int_eq(mbedguard_net_free(&other), 0);
    ck_assert_int_eq(mbedguard_net_get_fd(&other), -1);
    ck_assert_int_eq(mbedguard_net_free(&other), 0);
    ck_assert_int_eq(mbedguard_net_close(&one), 0);
    ck_assert_int_eq(mbedguard_net_free(NULL), 0);
    ck_assert_int_eq(mbedguard_net_free(&listener), 0);
}
END_TEST

START_TEST(a_failed_connect_leaves_no_descriptor)
{
    mbedguard_net_context net;
    int next;

    mbedguard_net_init(&net);
    next = open("/dev/null", O_RDONLY);
    close(next);
    /* What the context held before is forgotten, as in Mbed TLS; nobody listens on port 1. */
    net.fd = next;
    ck_assert_int_eq(mbedguard_net_connect(&net, "127.0.0.1", "1", MBEDTLS_NET_PROTO_TCP),
                     MBEDTLS_ERR_NET_CONNECT_FAILED);
    ck_assert_int_eq(mbedguard_net_get_fd(&net), -1);
    /* The number is another's by now, which freeing must not close. */
    ck_assert_int_eq(open("/dev/null", O_RDONLY), next);
    ck_assert_int_eq(mbedguard_net_free(&net), 0);
    ck_assert_int_ge(fcntl(next, F_GETFD), 0);
    close(next);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("access-tls");
    TCase *tc = live_case_with(suite, "connections", setup, teardown);

    tcase_add_test(tc, peer_certificate);
    tcase_add_test(tc, names);
    tcase_add_test(tc, session_copies);
#if LIVE_V3 && defined(MBEDTLS_SSL_PROTO_TLS1_3)
    tcase_add_test(tc, session_copies_13);
#endif
#if !LIVE_V3
    tcase_add_test(tc, session_pointer);
#endif
    tcase_add_test(tc, members);
    tcase_add_test(tc, rest_of_a_chain);
    tcase_add_test(tc, ticket_keys);
    tcase_add_test(tc, inside_callbacks);
    tcase_add_test(tc, peers_of_a_busy_connection);
    tcase_add_test(tc, sockets_under_a_lock);
    tcase_add_test(tc, a_failed_connect_leaves_no_descriptor);
    return live_run(suite);
}
