/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Handshakes of several threads, with tickets of one context. */
#include <stdatomic.h>

#include "tickets.h"

static mbedguard_ssl_ticket_context tickets;
static mbedguard_ssl_config server_config, client_config;
static mbedguard_x509_crt crt;
static mbedguard_pk_context key;
static atomic_uint parsed;

static int count_parse(void *data, mbedguard_ssl_session *session, unsigned char *buffer, size_t length)
{
    const int ret = mbedguard_ssl_ticket_parse(data, session, buffer, length);

    if (ret == 0)
        atomic_fetch_add(&parsed, 1);
    return ret;
}

static int connect_once(mbedguard_ssl_session *session, bool resume)
{
    static _Thread_local struct live_pair pair;
    int ret = live_pair_setup(&pair, &client_config, &server_config, "first"), server = 0;

    if (ret == 0 && resume)
        ret = mbedguard_ssl_set_session(&pair.client, session);
    if (ret == 0)
        live_pair_handshake(&pair, &ret, &server);
    if (ret == 0)
        ret = server != 0 ? server : live_pair_talk(&pair);
    if (ret == 0 && !resume)
        ret = mbedguard_ssl_get_session(&pair.client, session);
    live_pair_free(&pair);
    return ret;
}

static void resume_many(unsigned number, void *data)
{
    mbedguard_ssl_session session;
    unsigned i, round;

    (void) data;
    for (round = 0; round < live_rounds(10); round++) {
        mbedguard_ssl_session_init(&session);
        LIVE_EQ(connect_once(&session, false), 0);
        for (i = 0; i < 3; i++)
            LIVE_EQ(connect_once(&session, true), 0);
        mbedguard_ssl_session_free(&session);
    }
    if (number == 0)
        LIVE_EQ(ticket_rotate(&tickets, 1, LONG_LIFE), 0);
}

START_TEST(resumed_in_threads)
{
    atomic_store(&parsed, 0);
    ck_assert_int_eq(mbedguard_ssl_ticket_init(&tickets), 0);
    ck_assert_int_eq(live_ticket_setup(&tickets, LONG_LIFE), 0);
    live_identity(&crt, &key, 0);
    ck_assert_int_eq(live_config(&server_config, MBEDTLS_SSL_IS_SERVER, false), 0);
    ck_assert_int_eq(live_config(&client_config, MBEDTLS_SSL_IS_CLIENT, false), 0);
    ck_assert_int_eq(mbedguard_ssl_conf_own_cert(&server_config, &crt, &key), 0);
    ck_assert_int_eq(mbedguard_ssl_conf_ca_chain(&client_config, &crt, NULL), 0);
    ck_assert_int_eq(mbedguard_ssl_conf_session_tickets_cb(
                         &server_config, mbedguard_ssl_ticket_write, count_parse, &tickets),
                     0);
    live_threads(3, resume_many, NULL);
    ck_assert_uint_eq(atomic_load(&parsed), 3 * 3 * live_rounds(10));
    ck_assert_int_eq(mbedguard_ssl_config_free(&client_config), 0);
    ck_assert_int_eq(mbedguard_ssl_config_free(&server_config), 0);
    ck_assert_int_eq(mbedguard_x509_crt_free(&crt), 0);
    ck_assert_int_eq(mbedguard_pk_free(&key), 0);
    ck_assert_int_eq(mbedguard_ssl_ticket_free(&tickets), 0);
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("ssl_ticket_resume");

    tcase_add_test(live_case(suite, "handshakes"), resumed_in_threads);
    return live_run(suite);
}
