/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * A handshake points at entries of its configuration's list of certificates from one step to the next.
 * Whoever would free them meanwhile is refused, or the handshake ends.
 */
#include <sched.h>
#include <stdatomic.h>
#include <string.h>

#include "live/live.h"

#include <mbedguard/ssl_access.h>

#define CLIENTS 4

static mbedguard_ssl_config client_config, server_config;
static mbedguard_x509_crt crt;
static mbedguard_pk_context key;

static void fill_server(bool tls13)
{
    ck_assert_int_eq(live_config(&server_config, MBEDTLS_SSL_IS_SERVER, tls13), 0);
    ck_assert_int_eq(mbedguard_ssl_conf_own_cert(&server_config, &crt, &key), 0);
}

static void make(bool tls13)
{
    live_identity(&crt, &key, 0);
    ck_assert_int_eq(mbedguard_ssl_config_init(&client_config), 0);
    ck_assert_int_eq(mbedguard_ssl_config_init(&server_config), 0);
    ck_assert_int_eq(live_config(&client_config, MBEDTLS_SSL_IS_CLIENT, tls13), 0);
    ck_assert_int_eq(mbedguard_ssl_conf_ca_chain(&client_config, &crt, NULL), 0);
    fill_server(tls13);
}

static void unmake(void)
{
    ck_assert_int_eq(mbedguard_ssl_config_free(&client_config), 0);
    ck_assert_int_eq(mbedguard_ssl_config_free(&server_config), 0);
    ck_assert_int_eq(mbedguard_pk_free(&key), 0);
    ck_assert_int_eq(mbedguard_x509_crt_free(&crt), 0);
}

/* The server has read ClientHello, and chosen its certificate. */
static void begin(struct live_pair *pair)
{
    unsigned i;

    ck_assert_int_eq(live_pair_setup(pair, &client_config, &server_config, "first"), 0);
    ck_assert_int_eq(mbedguard_ssl_handshake(&pair->client), MBEDTLS_ERR_SSL_WANT_READ);
    for (i = 0; i < 2; i++)
        ck_assert_int_eq(mbedguard_ssl_handshake_step(&pair->server), 0);
}

static void finish(struct live_pair *pair)
{
    int client, server;

    live_pair_handshake(pair, &client, &server);
    ck_assert_int_eq(client, 0);
    ck_assert_int_eq(server, 0);
    ck_assert_int_eq(live_pair_talk(pair), 0);
}

#if LIVE_V3

static int empty(void)
{
    return mbedguard_ssl_conf_own_cert(&server_config, NULL, NULL);
}

/* Only a handshake stands in the way, by whatever it ends. */
START_TEST(certificates_are_in_use)
{
    static struct live_pair pair, other;

    make(_i != 0);
    begin(&pair);
    begin(&other);
    ck_assert_int_eq(empty(), MBEDGUARD_ERR_IN_USE);
    /* More certificates may come. */
    ck_assert_int_eq(mbedguard_ssl_conf_own_cert(&server_config, &crt, &key), 0);
    finish(&pair);
    ck_assert_int_eq(empty(), MBEDGUARD_ERR_IN_USE);
    live_pair_free(&other);
    /* A connection whose handshake is over does not need them. */
    ck_assert_int_eq(empty(), 0);
    ck_assert_int_eq(live_pair_talk(&pair), 0);
    ck_assert_int_ne(live_pair_once(&client_config, &server_config, "first"), 0);
    ck_assert_int_eq(mbedguard_ssl_conf_own_cert(&server_config, &crt, &key), 0);
    begin(&other);
    ck_assert_int_eq(empty(), MBEDGUARD_ERR_IN_USE);
    ck_assert_int_eq(mbedguard_ssl_session_reset(&other.server), 0);
    ck_assert_int_eq(empty(), 0);
    ck_assert_int_eq(mbedguard_ssl_conf_own_cert(&server_config, &crt, &key), 0);
    ck_assert_int_eq(live_pair_once(&client_config, &server_config, "first"), 0);
    live_pair_free(&other);
    live_pair_free(&pair);
    unmake();
}
END_TEST

static atomic_uint finished;

/* Step by step, so that there are many places to be in. */
static void connect_or_empty(unsigned number, void *data)
{
    static _Thread_local struct live_pair pair;
    const unsigned rounds = live_rounds(20);
    unsigned i;
    int ret, ends[2];

    (void) data;
    if (number == CLIENTS) {
        while (atomic_load(&finished) < CLIENTS && !live_failed()) {
            ret = empty();
            LIVE_EQ(ret == 0 || ret == MBEDGUARD_ERR_IN_USE, true);
            LIVE_EQ(mbedguard_ssl_conf_own_cert(&server_config, &crt, &key), 0);
            sched_yield();
        }
        return;
    }
    for (i = 0; i < rounds && !live_failed(); i++) {
        LIVE_EQ(live_pair_setup(&pair, &client_config, &server_config, "first"), 0);
        ret = mbedguard_ssl_handshake(&pair.client);
        LIVE_EQ(ret, MBEDTLS_ERR_SSL_WANT_READ);
        do {
            ret = mbedguard_ssl_handshake_step(&pair.server);
            sched_yield();
        } while (ret == 0 && !mbedguard_ssl_is_handshake_over(&pair.server));
        /* It found a certificate, or none: that it had one and lost it is no result. */
        live_pair_handshake(&pair, &ends[0], &ends[1]);
        LIVE_EQ(ends[0] < -0x10000 || ends[1] < -0x10000, false);
        live_pair_free(&pair);
    }
    atomic_fetch_add(&finished, 1);
}

START_TEST(emptied_beside_handshakes)
{
    make(_i != 0);
    atomic_store(&finished, 0);
    live_threads(CLIENTS + 1, connect_or_empty, NULL);
    unmake();
}
END_TEST

#endif

/* As programs do that load everything anew in the same storage. */
START_TEST(freed_and_filled_again)
{
    static struct live_pair pair, over;
    int client, server;

    make(_i != 0);
    ck_assert_int_eq(live_pair_setup(&over, &client_config, &server_config, "first"), 0);
    finish(&over);
    begin(&pair);
    ck_assert_int_eq(mbedguard_ssl_config_free(&server_config), 0);
    ck_assert_int_eq(mbedguard_ssl_config_init(&server_config), 0);
    fill_server(_i != 0);
    /* What was begun with the old contents does not go on with the new ones. */
    ck_assert_int_eq(mbedguard_ssl_handshake(&pair.server), MBEDTLS_ERR_SSL_BAD_INPUT_DATA);
    ck_assert_int_eq(mbedguard_ssl_handshake_step(&pair.server), MBEDTLS_ERR_SSL_BAD_INPUT_DATA);
    /* What was over does. */
    ck_assert_int_eq(live_pair_talk(&over), 0);
    /* And so does the next session of the same connection. */
    ck_assert_int_eq(mbedguard_ssl_session_reset(&pair.server), 0);
    ck_assert_int_eq(mbedguard_ssl_session_reset(&pair.client), 0);
    pair.to_client.head = pair.to_client.tail = pair.to_server.head = pair.to_server.tail = 0;
    live_pair_handshake(&pair, &client, &server);
    ck_assert_int_eq(client, 0);
    ck_assert_int_eq(server, 0);
    live_pair_free(&pair);
    live_pair_free(&over);
    unmake();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("in use");
    TCase *tc = live_case(suite, "in use");

#if LIVE_V3
    tcase_add_loop_test(tc, certificates_are_in_use, 0, LIVE_TLS13 ? 2 : 1);
    tcase_add_loop_test(tc, emptied_beside_handshakes, 0, LIVE_TLS13 ? 2 : 1);
#endif
    tcase_add_loop_test(tc, freed_and_filled_again, 0, LIVE_TLS13 ? 2 : 1);
    return live_run(suite);
}
