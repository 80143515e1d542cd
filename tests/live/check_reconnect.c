/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The client of a DTLS server begins anew, from the same port, while threads write to it: nothing that
 * was meant for the one is told to, or sent behind what is said to, the other.
 */
#if !defined(_POSIX_C_SOURCE)
#define _POSIX_C_SOURCE 200809L
#endif

#include "live/wire.h"

#if defined(MBEDTLS_SSL_PROTO_DTLS) && defined(MBEDTLS_SSL_DTLS_CLIENT_PORT_REUSE) &&               \
    defined(MBEDTLS_SSL_COOKIE_C)

#include <sched.h>
#include <stdatomic.h>
#include <string.h>

#include <mbedguard/ssl_cookie.h>

static struct wire_link wired;
static mbedguard_ssl_cookie_ctx cookies;

static void ask_for_cookies(mbedguard_ssl_config *config, unsigned end)
{
    if (end == 1)
        ck_assert_int_eq(mbedguard_ssl_conf_dtls_cookies(config, mbedguard_ssl_cookie_write,
                                                         mbedguard_ssl_cookie_check, &cookies),
                         0);
}

/* The server is told who its client is each time that it asked for a cookie. */
static int greet(void)
{
    int ret = mbedguard_ssl_handshake(&wired.ends[1]);

    if (ret == MBEDTLS_ERR_SSL_HELLO_VERIFY_REQUIRED) {
        ck_assert_int_eq(mbedguard_ssl_session_reset(&wired.ends[1]), 0);
        ck_assert_int_eq(mbedguard_ssl_set_client_transport_id(
                             &wired.ends[1], (const unsigned char *) "client", 6),
                         0);
        ret = MBEDTLS_ERR_SSL_WANT_READ;
    }
    return ret;
}

static void shake_hands(void)
{
    int client = MBEDTLS_ERR_SSL_WANT_READ, server = MBEDTLS_ERR_SSL_WANT_READ;

    while (wire_wants_more(client) || wire_wants_more(server)) {
        if (wire_wants_more(client))
            client = mbedguard_ssl_handshake(&wired.ends[0]);
        if (wire_wants_more(server))
            server = greet();
    }
    ck_assert_int_eq(client, 0);
    ck_assert_int_eq(server, 0);
}

/* Of the old peer's thread: what it has to say is not for the new one. */
static void go_on_as_before(unsigned number, void *data)
{
    unsigned char byte = 0xEE;
    const int *expected = data;

    (void) number;
    LIVE_EQ(mbedguard_ssl_write(&wired.ends[1], &byte, 1), *expected);
    if (*expected < 0)
        LIVE_EQ(mbedguard_ssl_read(&wired.ends[1], &byte, 1), *expected);
}

static const struct wire_kind kind = {
    .psk = true, .datagram = true, .timeouts = true, .adjust = ask_for_cookies};

static void open_wire(void)
{
    ck_assert_int_eq(mbedguard_ssl_cookie_init(&cookies), 0);
#if LIVE_V4
    ck_assert_int_eq(mbedguard_ssl_cookie_setup(&cookies), 0);
#else
    ck_assert_int_eq(
        mbedguard_ssl_cookie_setup(&cookies, mbedguard_ctr_drbg_random, &live_drbg), 0);
#endif
    wire_open(&wired, &kind);
    ck_assert_int_eq(mbedguard_ssl_set_client_transport_id(&wired.ends[1],
                                                           (const unsigned char *) "client", 6),
                     0);
    shake_hands();
}

static void free_wire(void)
{
    wire_free(&wired);
    ck_assert_int_eq(mbedguard_ssl_cookie_free(&cookies), 0);
}

/* The client has lost its state, and comes from the same port. */
static void lose_client(void)
{
    ck_assert_int_eq(mbedguard_ssl_free(&wired.ends[0]), 0);
    wire_setup_end(&wired, 0);
}

START_TEST(client_reconnects)
{
    int expected = MBEDTLS_ERR_SSL_CLIENT_RECONNECT;
    unsigned char byte = 0;
    int ret = MBEDTLS_ERR_SSL_WANT_READ;

    open_wire();
    lose_client();
    while (ret == MBEDTLS_ERR_SSL_WANT_READ) {
        ck_assert_int_eq(mbedguard_ssl_handshake(&wired.ends[0]), MBEDTLS_ERR_SSL_WANT_READ);
        ret = mbedguard_ssl_read(&wired.ends[1], &byte, 1);
    }
    ck_assert_int_eq(ret, MBEDTLS_ERR_SSL_CLIENT_RECONNECT);
    live_threads(1, go_on_as_before, &expected);
    shake_hands();
    expected = 1;
    live_threads(1, go_on_as_before, &expected);
    ck_assert_int_eq(mbedguard_ssl_read(&wired.ends[0], &byte, 1), 1);
    ck_assert_uint_eq(byte, 0xEE);
    ck_assert_int_eq(mbedguard_ssl_read(&wired.ends[0], &byte, 1), MBEDTLS_ERR_SSL_WANT_READ);
    free_wire();
}
END_TEST

/* ---- What was not sent yet ----------------------------------------------------------------------- */

/* The client asks for a session with the cookie that it was given; the server has not read that. */
static void ask_again(void)
{
    unsigned char byte;

    lose_client();
    ck_assert_int_eq(mbedguard_ssl_handshake(&wired.ends[0]), MBEDTLS_ERR_SSL_WANT_READ);
    ck_assert_int_eq(mbedguard_ssl_read(&wired.ends[1], &byte, 1), MBEDTLS_ERR_SSL_WANT_READ);
    ck_assert_int_eq(mbedguard_ssl_handshake(&wired.ends[0]), MBEDTLS_ERR_SSL_WANT_READ);
}

static void expect_reconnect(void)
{
    unsigned char byte;

    ck_assert_int_eq(mbedguard_ssl_read(&wired.ends[1], &byte, 1),
                     MBEDTLS_ERR_SSL_CLIENT_RECONNECT);
}

/* The server's answer alone is on its way: no data. */
static void expect_no_data(void)
{
    const struct wire_channel *channel = &wired.channels[1];
    size_t at = 0;

    ck_assert_int_eq(mbedguard_ssl_handshake(&wired.ends[1]), MBEDTLS_ERR_SSL_WANT_READ);
    ck_assert_uint_gt(channel->count, 0);
    while (at < channel->count) {
        const unsigned char *head = channel->data + channel->head + at;

        ck_assert_uint_lt(channel->head + at + 2, WIRE_ROOM);
        ck_assert_uint_eq(head[2], MBEDTLS_SSL_MSG_HANDSHAKE);
        at += 2 + ((size_t) head[0] << 8 | head[1]);
    }
}

static void write_late(unsigned number, void *data)
{
    unsigned char out[50] = {0xEE};

    (void) number;
    LIVE_EQ(mbedguard_ssl_write(&wired.ends[1], out, sizeof(out)), *(const int *) data);
}

/* Sealed for the old one, and the BIO did not take it. */
START_TEST(queued)
{
    int expected = MBEDTLS_ERR_SSL_WANT_WRITE;

    open_wire();
    ask_again();
    wire_stop(&wired.wires[1], true, true);
    live_threads(3, write_late, &expected);
    expect_reconnect();
    wire_stop(&wired.wires[1], true, false);
    expect_no_data();
    shake_hands();
    expected = 50;
    live_threads(1, write_late, &expected);
    free_wire();
}
END_TEST

/* Inside the BIO, which then takes nothing: the one that is in, and the one that waits for its turn. */
static void write_or_read(unsigned number, void *data)
{
    int code = MBEDTLS_ERR_SSL_CLIENT_RECONNECT;
    unsigned char byte;

    (void) data;
    if (number != 0) {
        write_late(number, &code);
        return;
    }
    wire_await_waiter(&wired.wires[1], true);
    LIVE_EQ(mbedguard_ssl_read(&wired.ends[1], &byte, 1), code);
    wire_stop(&wired.wires[1], true, true);
}

START_TEST(being_sent)
{
    open_wire();
    ask_again();
    wired.channels[1].room = 0;
    wired.wires[1].waits = true;
    live_threads(3, write_or_read, NULL);
    wired.channels[1].room = WIRE_ROOM;
    wired.wires[1].waits = false;
    wire_stop(&wired.wires[1], true, false);
    expect_no_data();
    shake_hands();
    free_wire();
}
END_TEST

/* ---- While writers write ------------------------------------------------------------------------- */

#define ROUNDS 30

/* How far the server's wire is: with the old one, told of the new one, answering it, in a session. */
enum { OLD, TOLD, ANSWERED, NEW };
static atomic_int how_far;
static atomic_uint told;

#define WRITERS 3

/* Between the server's first answer and the end of the handshake only that is sent. */
static int send_and_look(void *wire, const unsigned char *buf, size_t len)
{
    if (buf[0] == MBEDTLS_SSL_MSG_HANDSHAKE && atomic_load(&how_far) == TOLD)
        atomic_store(&how_far, ANSWERED);
    LIVE_EQ(buf[0] == MBEDTLS_SSL_MSG_APPLICATION_DATA && atomic_load(&how_far) == ANSWERED, 0);
    return wire_send(wire, buf, len);
}

static void greet_anew(void)
{
    unsigned char byte;
    int ret;

    do {
        ret = mbedguard_ssl_read(&wired.ends[1], &byte, 1);
    } while (wire_wants_more(ret) && !live_failed());
    LIVE_EQ(ret, MBEDTLS_ERR_SSL_CLIENT_RECONNECT);
    /* All are told, as long as nobody begins the handshake. */
    while (atomic_load(&told) < WRITERS && !live_failed())
        sched_yield();
    atomic_store(&how_far, TOLD);
    do {
        ret = mbedguard_ssl_handshake(&wired.ends[1]);
    } while (wire_wants_more(ret) && !live_failed());
    LIVE_EQ(ret, 0);
    atomic_store(&how_far, NEW);
}

static void write_until_told(void)
{
    unsigned char out[50] = {0xEE};
    int ret;

    do {
        ret = mbedguard_ssl_write(&wired.ends[1], out, sizeof(out));
    } while (ret > 0 && !live_failed());
    LIVE_EQ(ret, MBEDTLS_ERR_SSL_CLIENT_RECONNECT);
    atomic_fetch_add(&told, 1);
}

static void come_anew(void)
{
    int ret;

    do {
        ret = mbedguard_ssl_handshake(&wired.ends[0]);
    } while (wire_wants_more(ret) && !live_failed());
    LIVE_EQ(ret, 0);
}

static void work(unsigned number, void *data)
{
    (void) data;
    if (number == 0)
        come_anew();
    else if (number == 1)
        greet_anew();
    else
        write_until_told();
    if (live_failed())
        wire_shut_both(&wired);
}

START_TEST(while_writers_write)
{
    unsigned rounds = live_rounds(ROUNDS);

    open_wire();
    ck_assert_int_eq(mbedguard_ssl_set_bio(&wired.ends[1], &wired.wires[1], send_and_look, wire_recv,
                                           wire_recv_timeout),
                     0);
    wired.wires[0].waits = wired.wires[1].waits = true;
    while (rounds-- != 0) {
        lose_client();
        atomic_store(&how_far, OLD);
        atomic_store(&told, 0);
        live_threads(2 + WRITERS, work, NULL);
    }
    free_wire();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("reconnect");
    TCase *reconnect = live_case(suite, "reconnect");

    tcase_add_test(reconnect, client_reconnects);
    tcase_add_test(reconnect, queued);
    tcase_add_test(reconnect, being_sent);
    tcase_add_test(reconnect, while_writers_write);
    return live_run(suite);
}

#else

#include <stdio.h>

int main(void)
{
    puts("skipped: this Mbed TLS has no DTLS whose clients may begin anew from the same port");
    return 77;
}

#endif
