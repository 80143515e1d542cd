/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* DTLS handshakes of many threads, with the cookies of one context. */
#include <stdatomic.h>
#include <string.h>

#include "live/live.h"

#if defined(MBEDTLS_SSL_PROTO_DTLS) && defined(MBEDTLS_SSL_DTLS_HELLO_VERIFY) &&                   \
    defined(MBEDTLS_KEY_EXCHANGE_PSK_ENABLED)

static mbedguard_ssl_cookie_ctx cookies;
static mbedguard_ssl_config server_config;
static atomic_uint sent_away, let_in;

static int count_check(void *ctx, const unsigned char *cookie, size_t clen,
                       const unsigned char *info, size_t ilen)
{
    const int ret = mbedguard_ssl_cookie_check(ctx, cookie, clen, info, ilen);

    atomic_fetch_add(ret == 0 ? &let_in : &sent_away, 1);
    return ret;
}

struct datagrams {
    unsigned char bytes[2][4096];
    size_t length[2]; /* to the client, to the server */
};

static int give(struct datagrams *wire, int to, const unsigned char *buf, size_t len)
{
    if (wire->length[to] != 0 || len > sizeof wire->bytes[to])
        return MBEDTLS_ERR_SSL_WANT_WRITE;
    memcpy(wire->bytes[to], buf, len);
    wire->length[to] = len;
    return (int) len;
}

static int take(struct datagrams *wire, int to, unsigned char *buf, size_t len)
{
    const size_t length = wire->length[to];

    if (length == 0 || length > len)
        return MBEDTLS_ERR_SSL_WANT_READ;
    memcpy(buf, wire->bytes[to], length);
    wire->length[to] = 0;
    return (int) length;
}

static int client_send(void *wire, const unsigned char *buf, size_t len)
{
    return give(wire, 1, buf, len);
}
static int client_recv(void *wire, unsigned char *buf, size_t len)
{
    return take(wire, 0, buf, len);
}
static int server_send(void *wire, const unsigned char *buf, size_t len)
{
    return give(wire, 0, buf, len);
}
static int server_recv(void *wire, unsigned char *buf, size_t len)
{
    return take(wire, 1, buf, len);
}

/* No time passes in memory. */
static void no_timer(void *timer, uint32_t intermediate, uint32_t final)
{
    (void) timer;
    (void) intermediate;
    (void) final;
}
static int never(void *timer)
{
    (void) timer;
    return 0;
}

static const unsigned char psk[16] = {1, 2, 3};

static int dtls_config(mbedguard_ssl_config *config, int endpoint)
{
    int ret = mbedguard_ssl_config_init(config);

    if (ret == 0)
        ret = mbedguard_ssl_config_defaults(config, endpoint, MBEDTLS_SSL_TRANSPORT_DATAGRAM,
                                            MBEDTLS_SSL_PRESET_DEFAULT);
#if !LIVE_V4
    if (ret == 0)
        ret = mbedguard_ssl_conf_rng(config, mbedguard_ctr_drbg_random, &live_drbg);
#endif
    if (ret == 0)
        ret = mbedguard_ssl_conf_psk(config, psk, sizeof psk, (const unsigned char *) "id", 2);
    return ret;
}

static int set_up_end(mbedguard_ssl_context *ssl, mbedguard_ssl_config *config,
                      struct datagrams *wire, bool server)
{
    int ret = mbedguard_ssl_setup(ssl, config);

    if (ret == 0)
        ret = mbedguard_ssl_set_timer_cb(ssl, wire, no_timer, never);
    if (ret == 0)
        ret = mbedguard_ssl_set_bio(ssl, wire, server ? server_send : client_send,
                                    server ? server_recv : client_recv, NULL);
    return ret;
}

/* The server forgets the client that it sent away, and begins anew. */
static int shake_hands(mbedguard_ssl_context *client, mbedguard_ssl_context *server,
                       const unsigned char *address, size_t length)
{
    int by_client = MBEDTLS_ERR_SSL_WANT_READ, by_server = MBEDTLS_ERR_SSL_WANT_READ;
    unsigned i;

    for (i = 0; i < 1000 && (by_client != 0 || by_server != 0); i++) {
        if (by_client != 0)
            by_client = mbedguard_ssl_handshake(client);
        if (by_server != 0)
            by_server = mbedguard_ssl_handshake(server);
        if (by_server == MBEDTLS_ERR_SSL_HELLO_VERIFY_REQUIRED) {
            by_server = mbedguard_ssl_session_reset(server);
            if (by_server == 0)
                by_server = mbedguard_ssl_set_client_transport_id(server, address, length);
            if (by_server == 0)
                by_server = MBEDTLS_ERR_SSL_WANT_READ;
        }
        if (by_client != 0 && by_client != MBEDTLS_ERR_SSL_WANT_READ &&
            by_client != MBEDTLS_ERR_SSL_WANT_WRITE)
            return by_client;
        if (by_server != 0 && by_server != MBEDTLS_ERR_SSL_WANT_READ &&
            by_server != MBEDTLS_ERR_SSL_WANT_WRITE)
            return by_server;
    }
    return by_client != 0 ? by_client : by_server;
}

static void visit(unsigned number, void *data)
{
    static _Thread_local struct datagrams wire;
    mbedguard_ssl_context client, server;
    mbedguard_ssl_config client_config;
    const unsigned char address[2] = {9, (unsigned char) number};
    unsigned i;

    (void) data;
    LIVE_EQ(dtls_config(&client_config, MBEDTLS_SSL_IS_CLIENT), 0);
    for (i = 0; i < live_rounds(20); i++) {
        memset(&wire, 0, sizeof wire);
        LIVE_EQ(mbedguard_ssl_init(&client), 0);
        LIVE_EQ(mbedguard_ssl_init(&server), 0);
        LIVE_EQ(set_up_end(&client, &client_config, &wire, false), 0);
        LIVE_EQ(set_up_end(&server, &server_config, &wire, true), 0);
        LIVE_EQ(mbedguard_ssl_set_client_transport_id(&server, address, sizeof address), 0);
        LIVE_EQ(shake_hands(&client, &server, address, sizeof address), 0);
        LIVE_EQ(mbedguard_ssl_free(&client), 0);
        LIVE_EQ(mbedguard_ssl_free(&server), 0);
    }
    LIVE_EQ(mbedguard_ssl_config_free(&client_config), 0);
}

START_TEST(handshakes_in_threads)
{
    ck_assert_int_eq(mbedguard_ssl_cookie_init(&cookies), 0);
#if LIVE_V4
    ck_assert_int_eq(mbedguard_ssl_cookie_setup(&cookies), 0);
#else
    ck_assert_int_eq(mbedguard_ssl_cookie_setup(&cookies, mbedguard_ctr_drbg_random, &live_drbg), 0);
#endif
    atomic_store(&sent_away, 0);
    atomic_store(&let_in, 0);
    ck_assert_int_eq(dtls_config(&server_config, MBEDTLS_SSL_IS_SERVER), 0);
    ck_assert_int_eq(mbedguard_ssl_conf_dtls_cookies(&server_config, mbedguard_ssl_cookie_write,
                                                     count_check, &cookies),
                     0);
    live_threads(3, visit, NULL);
    ck_assert_uint_eq(atomic_load(&let_in), 3 * live_rounds(20));
    ck_assert_uint_eq(atomic_load(&sent_away), 3 * live_rounds(20));
    /* And with the library's own functions. */
    ck_assert_int_eq(mbedguard_ssl_conf_dtls_cookies(&server_config, mbedguard_ssl_cookie_write,
                                                     mbedguard_ssl_cookie_check, &cookies),
                     0);
    live_threads(2, visit, NULL);
    ck_assert_int_eq(mbedguard_ssl_config_free(&server_config), 0);
    ck_assert_int_eq(mbedguard_ssl_cookie_free(&cookies), 0);
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("ssl_cookie_dtls");

    tcase_add_test(live_case(suite, "handshakes"), handshakes_in_threads);
    return live_run(suite);
}

#else

int main(void)
{
    return 77;
}

#endif
