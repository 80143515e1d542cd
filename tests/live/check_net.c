/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Sockets with a deadline (mbedguard/net_access.h), on the loopback. */
#if !defined(_POSIX_C_SOURCE)
#define _POSIX_C_SOURCE 200809L
#endif

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "live/live.h"

#include <mbedguard/net_sockets.h>

#define SHORT   20    /* milliseconds, of a call that is held up */
#define ENOUGH  60000 /* of one that is not, however busy the machine */
#define CLIENTS 64    /* more than wait for one listening socket */

static mbedguard_net_context listener, clients[CLIENTS];
static char port[8];

static void listen_on(int proto)
{
    struct sockaddr_in address;
    socklen_t length = sizeof(address);
    unsigned i;

    mbedguard_net_init(&listener);
    for (i = 0; i < CLIENTS; i++)
        mbedguard_net_init(&clients[i]);
    ck_assert_int_eq(mbedguard_net_bind(&listener, "127.0.0.1", "0", proto), 0);
    ck_assert_int_eq(getsockname(listener.fd, (struct sockaddr *) &address, &length), 0);
    snprintf(port, sizeof(port), "%u", (unsigned) ntohs(address.sin_port));
}

static void close_all(void)
{
    unsigned i;

    for (i = 0; i < CLIENTS; i++)
        ck_assert_int_eq(mbedguard_net_free(&clients[i]), 0);
    ck_assert_int_eq(mbedguard_net_free(&listener), 0);
}

static int connect_one(mbedguard_net_context *client, uint32_t timeout)
{
    return mbedguard_net_connect_timeout(client, "127.0.0.1", port, MBEDTLS_NET_PROTO_TCP, timeout);
}

static int accept_one(mbedguard_net_context *client, uint32_t timeout)
{
    return mbedguard_net_accept_timeout(&listener, client, NULL, 0, NULL, timeout);
}

static bool blocks(const mbedguard_net_context *socket)
{
    return (fcntl(socket->fd, F_GETFL) & O_NONBLOCK) == 0;
}

/* ---- Bad input ----------------------------------------------------------------------------------- */

START_TEST(bad_input)
{
    mbedguard_net_context none;
    const unsigned char byte = 1;

    mbedguard_net_init(&none);
    listen_on(MBEDTLS_NET_PROTO_TCP);
    ck_assert_int_eq(connect_one(NULL, SHORT), MBEDGUARD_ERR_BAD_INPUT);
    ck_assert_int_eq(accept_one(NULL, SHORT), MBEDGUARD_ERR_BAD_INPUT);
    ck_assert_int_eq(mbedguard_net_accept_timeout(NULL, &none, NULL, 0, NULL, SHORT),
                     MBEDGUARD_ERR_BAD_INPUT);
    ck_assert_int_eq(mbedguard_net_send_timeout(NULL, &byte, 1, SHORT), MBEDGUARD_ERR_BAD_INPUT);
    ck_assert_int_eq(mbedguard_net_accept_timeout(&none, &clients[0], NULL, 0, NULL, SHORT),
                     MBEDTLS_ERR_NET_INVALID_CONTEXT);
    ck_assert_int_eq(mbedguard_net_send_timeout(&none, &byte, 1, SHORT),
                     MBEDTLS_ERR_NET_INVALID_CONTEXT);
    ck_assert_int_eq(mbedguard_net_connect_timeout(&none, "127.0.0.1", "no such port",
                                                   MBEDTLS_NET_PROTO_TCP, SHORT),
                     MBEDTLS_ERR_NET_UNKNOWN_HOST);
    /* Nobody listens on port 1. */
    ck_assert_int_eq(mbedguard_net_connect_timeout(&none, "127.0.0.1", "1", MBEDTLS_NET_PROTO_TCP,
                                                   ENOUGH),
                     MBEDTLS_ERR_NET_CONNECT_FAILED);
    ck_assert_int_eq(none.fd, -1);
    close_all();
}
END_TEST

START_TEST(nothing_waits_under_a_lock)
{
    static unsigned char data[1 << 20];
    mbedguard_ssl_config config;
    int ret;

    listen_on(MBEDTLS_NET_PROTO_TCP);
    ck_assert_int_eq(connect_one(&clients[0], ENOUGH), 0);
    ck_assert_int_eq(mbedguard_ssl_config_init(&config), 0);
    ck_assert_int_eq(mbedguard_lock(&config), 0);
    ck_assert_int_eq(connect_one(&clients[1], ENOUGH), MBEDGUARD_ERR_WOULD_WAIT);
    ck_assert_int_eq(accept_one(&clients[1], ENOUGH), MBEDGUARD_ERR_WOULD_WAIT);
    do {
        ret = mbedguard_net_send_timeout(&clients[0], data, sizeof(data), ENOUGH);
    } while (ret > 0);
    ck_assert_int_eq(ret, MBEDTLS_ERR_SSL_WANT_WRITE);
    ck_assert_int_eq(mbedguard_unlock(&config), 0);
    ck_assert_int_eq(mbedguard_ssl_config_free(&config), 0);
    close_all();
}
END_TEST

/* ---- Accepting ----------------------------------------------------------------------------------- */

START_TEST(accept_in_time)
{
    unsigned char ip[16];
    size_t length = 77;

    listen_on(MBEDTLS_NET_PROTO_TCP);
    ck_assert_int_eq(mbedguard_net_accept_timeout(&listener, &clients[1], ip, sizeof(ip), &length,
                                                  SHORT),
                     MBEDTLS_ERR_SSL_TIMEOUT);
    ck_assert_int_eq(clients[1].fd, -1);
    ck_assert_uint_eq(length, 77);
    ck_assert(blocks(&listener));
    ck_assert_int_eq(connect_one(&clients[0], ENOUGH), 0);
    ck_assert_int_eq(mbedguard_net_accept_timeout(&listener, &clients[1], ip, sizeof(ip), &length,
                                                  ENOUGH),
                     0);
    ck_assert_uint_eq(length, 4);
    ck_assert_int_eq(ip[0], 127);
    ck_assert(blocks(&clients[1]));
    ck_assert(blocks(&clients[0]));
    /* Nothing is left to take, with a socket that does not block any more, either. */
    ck_assert_int_eq(accept_one(&clients[2], SHORT), MBEDTLS_ERR_SSL_TIMEOUT);
    close_all();
}
END_TEST

START_TEST(accept_a_datagram)
{
    unsigned char byte = 5;

    listen_on(MBEDTLS_NET_PROTO_UDP);
    ck_assert_int_eq(accept_one(&clients[1], SHORT), MBEDTLS_ERR_SSL_TIMEOUT);
    ck_assert_int_eq(mbedguard_net_connect_timeout(&clients[0], "127.0.0.1", port,
                                                   MBEDTLS_NET_PROTO_UDP, ENOUGH),
                     0);
    ck_assert_int_eq(mbedguard_net_send_timeout(&clients[0], &byte, 1, ENOUGH), 1);
    ck_assert_int_eq(accept_one(&clients[1], ENOUGH), 0);
    ck_assert(blocks(&clients[1]));
    byte = 0;
    ck_assert_int_eq(mbedguard_net_recv(&clients[1], &byte, 1), 1);
    ck_assert_int_eq(byte, 5);
    ck_assert_int_eq(accept_one(&clients[2], SHORT), MBEDTLS_ERR_SSL_TIMEOUT);
    close_all();
}
END_TEST

static unsigned accepted;

static void accept_or_not(unsigned number, void *data)
{
    mbedguard_net_context own;
    int ret;

    (void) number;
    (void) data;
    mbedguard_net_init(&own);
    ret = accept_one(&own, SHORT);
    if (ret == 0)
        __atomic_add_fetch(&accepted, 1, __ATOMIC_SEQ_CST);
    else
        LIVE_EQ(ret, MBEDTLS_ERR_SSL_TIMEOUT);
    LIVE_EQ(own.fd >= 0, ret == 0);
    mbedguard_net_free(&own);
}

/* Of several that see the client one takes it, and the others wait for no other one. */
START_TEST(one_client_for_many)
{
    const unsigned rounds = live_rounds(40);
    unsigned i;

    listen_on(MBEDTLS_NET_PROTO_TCP);
    for (i = 0; i < rounds; i++) {
        /* As at the first time. */
        ck_assert_int_eq(mbedguard_net_set_block(&listener), 0);
        ck_assert_int_eq(connect_one(&clients[0], ENOUGH), 0);
        accepted = 0;
        live_threads(4, accept_or_not, NULL);
        ck_assert_uint_eq(accepted, 1);
        ck_assert_int_eq(mbedguard_net_free(&clients[0]), 0);
    }
    close_all();
}
END_TEST

/* Before the others wait, or while they do: there is no socket any more, and no deadline is awaited. */
static void accept_or_free(unsigned number, void *data)
{
    mbedguard_net_context own;
    int ret;

    (void) data;
    if (number == 0) {
        LIVE_EQ(mbedguard_net_free(&listener), 0);
        return;
    }
    mbedguard_net_init(&own);
    ret = accept_one(&own, 0);
    LIVE_EQ(ret == MBEDTLS_ERR_NET_INVALID_CONTEXT || ret == MBEDTLS_ERR_NET_ACCEPT_FAILED, 1);
    LIVE_EQ(own.fd, -1);
}

START_TEST(free_wakes)
{
    const unsigned rounds = live_rounds(200);
    unsigned i;

    for (i = 0; i < rounds; i++) {
        listen_on(i % 2 == 0 ? MBEDTLS_NET_PROTO_TCP : MBEDTLS_NET_PROTO_UDP);
        live_threads(3, accept_or_free, NULL);
    }
}
END_TEST

/* ---- Connecting ---------------------------------------------------------------------------------- */

static void connect_or_accept(unsigned number, void *data)
{
    const unsigned *full = data;
    unsigned i;

    if (number == 0) {
        LIVE_EQ(connect_one(&clients[*full], ENOUGH), 0);
        return;
    }
    for (i = 0; i < *full; i++) {
        mbedguard_net_context own;

        mbedguard_net_init(&own);
        LIVE_EQ(accept_one(&own, ENOUGH), 0);
        mbedguard_net_free(&own);
    }
}

/* Nobody accepts: after some clients the system answers no more. */
START_TEST(connect_to_a_full_server)
{
    mbedguard_net_context other;
    unsigned full = 0;
    int ret;

    listen_on(MBEDTLS_NET_PROTO_TCP);
    while ((ret = connect_one(&clients[full], 500)) == 0 && full < CLIENTS - 1)
        full++;
    ck_assert_int_eq(ret, MBEDTLS_ERR_SSL_TIMEOUT);
    ck_assert_int_eq(clients[full].fd, -1);
    other.fd = 12345;
    ck_assert_int_eq(connect_one(&other, SHORT), MBEDTLS_ERR_SSL_TIMEOUT);
    ck_assert_int_eq(other.fd, 12345);
    live_threads(2, connect_or_accept, &full);
    ck_assert(blocks(&clients[full]));
    close_all();
}
END_TEST

/* ---- Sending ------------------------------------------------------------------------------------- */

/* What has no room here gets some by a receive alone, as no TCP promises. */
static void make_pair(void)
{
    int ends[2];

    listen_on(MBEDTLS_NET_PROTO_TCP);
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    clients[0].fd = ends[0];
    clients[1].fd = ends[1];
}

/* Until the peer would have to receive; how much it is. */
static size_t fill_socket(void)
{
    static const unsigned char out[100000];
    size_t sent = 0;
    int ret;

    while ((ret = mbedguard_net_send_timeout(&clients[0], out, sizeof(out), SHORT)) > 0)
        sent += (size_t) ret;
    ck_assert_int_eq(ret, MBEDTLS_ERR_SSL_TIMEOUT);
    return sent;
}

static void receive_all(size_t sent)
{
    static unsigned char in[100000];
    size_t got = 0;

    while (got < sent && !live_failed()) {
        const int ret = mbedguard_net_recv(&clients[1], in, sizeof(in));

        LIVE_EQ(ret > 0, 1);
        got += ret > 0 ? (size_t) ret : 0;
    }
    LIVE_EQ(got, sent);
}

static void send_or_receive(unsigned number, void *data)
{
    const unsigned char byte = 0;
    const size_t *sent = data;

    if (number == 0) {
        LIVE_EQ(mbedguard_net_send_timeout(&clients[0], &byte, 1, ENOUGH), 1);
        return;
    }
    receive_all(*sent + 1);
}

START_TEST(send_to_a_full_socket)
{
    size_t sent;

    make_pair();
    sent = fill_socket();
    live_threads(2, send_or_receive, &sent);
    close_all();
}
END_TEST

static void send_or_free(unsigned number, void *data)
{
    static const unsigned char out[100000];
    int ret;

    (void) data;
    if (number == 0) {
        LIVE_EQ(mbedguard_net_free(&clients[0]), 0);
        return;
    }
    do {
        ret = mbedguard_net_send_timeout(&clients[0], out, sizeof(out), 0);
    } while (ret > 0 || ret == MBEDTLS_ERR_SSL_WANT_WRITE);
    LIVE_EQ(ret != MBEDTLS_ERR_SSL_TIMEOUT, 1);
}

START_TEST(free_wakes_who_sends)
{
    const unsigned rounds = live_rounds(50);
    unsigned i;

    for (i = 0; i < rounds; i++) {
        make_pair();
        live_threads(2, send_or_free, NULL);
        close_all();
    }
}
END_TEST

/*
 * The descriptor is taken away from the context, as by a free, and there is room afterwards: who waited
 * must not send to what may be another's by now.
 */
static void send_or_take_away(unsigned number, void *data)
{
    static const unsigned char out[100000];
    mbedguard_net_context taken;
    const size_t *sent = data;

    if (number == 0) {
        LIVE_EQ(mbedguard_net_send_timeout(&clients[0], out, sizeof(out), 0),
                MBEDTLS_ERR_NET_INVALID_CONTEXT);
        return;
    }
    sched_yield();
    taken.fd = __atomic_exchange_n(&clients[0].fd, -1, __ATOMIC_SEQ_CST);
    receive_all(*sent);
    mbedguard_net_free(&taken);
}

START_TEST(nothing_goes_to_a_descriptor_of_before)
{
    const unsigned rounds = live_rounds(20);
    unsigned i;

    for (i = 0; i < rounds; i++) {
        size_t sent;

        make_pair();
        sent = fill_socket();
        live_threads(2, send_or_take_away, &sent);
        close_all();
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("net");
    TCase *bad = live_case(suite, "bad input");
    TCase *accepting = live_case(suite, "accepting");
    TCase *connecting = live_case(suite, "connecting");
    TCase *sending = live_case(suite, "sending");

    tcase_add_test(bad, bad_input);
    tcase_add_test(bad, nothing_waits_under_a_lock);
    tcase_add_test(accepting, accept_in_time);
    tcase_add_test(accepting, accept_a_datagram);
    tcase_add_test(accepting, one_client_for_many);
    tcase_add_test(accepting, free_wakes);
    tcase_add_test(connecting, connect_to_a_full_server);
    tcase_add_test(sending, send_to_a_full_socket);
    tcase_add_test(sending, free_wakes_who_sends);
    tcase_add_test(sending, nothing_goes_to_a_descriptor_of_before);
    return live_run(suite);
}
