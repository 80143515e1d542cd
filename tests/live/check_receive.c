/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * What a read asks the application's BIO for: no more than Mbed TLS would, and whatever the BIO says
 * in the middle of a record reaches the reader in its place.
 */
#include <string.h>

#include "live/live.h"

#define MOST 8

/* What the BIO of the client does, call by call: what is there, or a code. */
static struct script {
    int codes[MOST]; /* 0: what is there */
    size_t count;
    size_t asked[MOST]; /* bytes wanted, by call */
    size_t calls;
} script;

static mbedguard_ssl_config configs[2];
static mbedguard_x509_crt crt;
static mbedguard_pk_context key;
static struct live_pair pair;

static int receive_by_script(void *context, unsigned char *buf, size_t len)
{
    const size_t call = script.calls++;

    if (call >= script.count)
        return MBEDTLS_ERR_SSL_WANT_READ;
    script.asked[call] = len;
    return script.codes[call] != 0 ? script.codes[call] : live_receive_client(context, buf, len);
}

static void expect_calls(size_t count, const int *codes)
{
    memset(&script, 0, sizeof(script));
    script.count = count;
    memcpy(script.codes, codes, count * sizeof(*codes));
}

static void set_up(void)
{
    int client, server;
    unsigned i;

    live_setup();
    ck_assert_int_eq(mbedguard_x509_crt_init(&crt), 0);
    ck_assert_int_eq(mbedguard_pk_init(&key), 0);
    ck_assert_int_eq(live_parse_crt(&crt, 0), 0);
    live_parse_key(&key, 0);
    for (i = 0; i < 2; i++) {
        ck_assert_int_eq(mbedguard_ssl_config_init(&configs[i]), 0);
        ck_assert_int_eq(live_config(&configs[i],
                                     i == 0 ? MBEDTLS_SSL_IS_CLIENT : MBEDTLS_SSL_IS_SERVER, false),
                         0);
        ck_assert_int_eq(mbedguard_ssl_conf_ca_chain(&configs[i], &crt, NULL), 0);
    }
    ck_assert_int_eq(mbedguard_ssl_conf_own_cert(&configs[1], &crt, &key), 0);
    ck_assert_int_eq(live_pair_setup(&pair, &configs[0], &configs[1], "first"), 0);
    live_pair_handshake(&pair, &client, &server);
    ck_assert_int_eq(client, 0);
    ck_assert_int_eq(server, 0);
    ck_assert_int_eq(live_pair_talk(&pair), 0);
    ck_assert_int_eq(
        mbedguard_ssl_set_bio(&pair.client, &pair, live_send_client, receive_by_script, NULL), 0);
}

static void tear_down(void)
{
    live_pair_free(&pair);
    ck_assert_int_eq(mbedguard_ssl_config_free(&configs[0]), 0);
    ck_assert_int_eq(mbedguard_ssl_config_free(&configs[1]), 0);
    ck_assert_int_eq(mbedguard_pk_free(&key), 0);
    ck_assert_int_eq(mbedguard_x509_crt_free(&crt), 0);
    live_teardown();
}

static const unsigned char message[] = "a message of the server";

static void server_says_it(void)
{
    ck_assert_int_eq(mbedguard_ssl_write(&pair.server, message, sizeof(message)), sizeof(message));
}

static int client_reads(size_t length)
{
    static unsigned char buf[256];

    return mbedguard_ssl_read(&pair.client, buf, length);
}

/* A header, and then the record that it announces: the next one is not touched. */
START_TEST(one_record)
{
    static const int codes[] = {0, 0, 0, 0};

    server_says_it();
    server_says_it();
    expect_calls(4, codes);
    ck_assert_int_eq(client_reads(256), sizeof(message));
    ck_assert_uint_eq(script.calls, 2);
    ck_assert_uint_eq(script.asked[0], 5);
    ck_assert_uint_gt(script.asked[1], sizeof(message));
    ck_assert_int_eq(client_reads(256), sizeof(message));
    ck_assert_uint_eq(script.calls, 4);
    ck_assert_uint_eq(script.asked[3], script.asked[1]);
}
END_TEST

/* What Mbed TLS has already is read without the BIO. */
START_TEST(rest_of_message)
{
    static const int codes[] = {0, 0};

    server_says_it();
    expect_calls(2, codes);
    ck_assert_int_eq(client_reads(10), 10);
    ck_assert_int_eq(client_reads(256), sizeof(message) - 10);
    ck_assert_uint_eq(script.calls, 2);
}
END_TEST

/* The rest of a record comes late. */
START_TEST(late)
{
    static const int codes[] = {0, MBEDTLS_ERR_SSL_WANT_READ, 0};

    server_says_it();
    expect_calls(3, codes);
    ck_assert_int_eq(client_reads(256), MBEDTLS_ERR_SSL_WANT_READ);
    ck_assert_uint_eq(script.calls, 2);
    ck_assert_int_eq(client_reads(256), sizeof(message));
    ck_assert_uint_eq(script.calls, 3);
    ck_assert_uint_eq(script.asked[0], 5);
    ck_assert_uint_gt(script.asked[2], sizeof(message));
}
END_TEST

/* An error in the middle of a record is told once by a socket: it must not be lost. */
START_TEST(error_behind_header)
{
    static const int codes[] = {0, MBEDTLS_ERR_NET_CONN_RESET, MBEDTLS_ERR_SSL_WANT_READ};

    server_says_it();
    expect_calls(3, codes);
    ck_assert_int_eq(client_reads(256), MBEDTLS_ERR_NET_CONN_RESET);
    ck_assert_uint_eq(script.calls, 2);
}
END_TEST

/* A header is all that there is before the end of the stream, which Mbed TLS tells as 0. */
START_TEST(end_behind_header)
{
    static const int codes[] = {0, MBEDTLS_ERR_SSL_CONN_EOF};

    server_says_it();
    expect_calls(2, codes);
    ck_assert_int_eq(client_reads(256), 0);
    ck_assert_uint_eq(script.calls, 2);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("receive");
    TCase *tests = live_case_with(suite, "receive", set_up, tear_down);

    tcase_add_test(tests, one_record);
    tcase_add_test(tests, rest_of_message);
    tcase_add_test(tests, late);
    tcase_add_test(tests, error_behind_header);
    tcase_add_test(tests, end_behind_header);
    return live_run(suite);
}
