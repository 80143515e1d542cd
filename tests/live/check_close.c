/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * A connection is closed by one thread while others read and write, at any moment: the peer is told,
 * everybody leaves, whatever they were waiting for, and comes in no more.
 */
#if !defined(_POSIX_C_SOURCE)
#define _POSIX_C_SOURCE 200809L
#endif

#include <signal.h>
#include <string.h>
#include <time.h>

#include "live/wire.h"

#define ROUNDS 1000

enum role {
    READER,
    READER_2,
    WRITER,
    WRITER_2,
    CLOSER,
    CLOSER_2,
    PEER_READER,
    PEER_WRITER,
    ROLES
};

static struct wire_link wired;
static mbedguard_net_context sockets[2];
static uint32_t moment;    /* of the close, in microseconds: any will do */
static unsigned closed[2]; /* results of the closers: 0, MBEDGUARD_ERR_CLOSED */

static void close_at_some_moment(void)
{
    const struct timespec pause = {0, (long) moment * 1000};
    int ret;

    nanosleep(&pause, NULL);
    ret = mbedguard_ssl_close(&wired.ends[0], 0);
    LIVE_EQ(ret == 0 || ret == MBEDGUARD_ERR_CLOSED, 1);
    __atomic_add_fetch(&closed[ret == 0 ? 0 : 1], 1, __ATOMIC_SEQ_CST);
}

static void work(unsigned number, void *data)
{
    unsigned char buf[3000];
    unsigned left = moment % 16;
    int ret;

    (void) data;
    memset(buf, 0x5C, sizeof(buf));
    switch ((enum role) number) {
    case READER:
    case READER_2:
        do {
            ret = mbedguard_ssl_read(&wired.ends[0], buf, sizeof(buf));
        } while (ret > 0 || wire_wants_more(ret));
        LIVE_EQ(ret, MBEDGUARD_ERR_CLOSED);
        break;
    case WRITER:
    case WRITER_2:
        do {
            ret = mbedguard_ssl_write(&wired.ends[0], buf, sizeof(buf));
        } while (ret > 0 || wire_wants_more(ret));
        LIVE_EQ(ret, MBEDGUARD_ERR_CLOSED);
        break;
    case PEER_READER:
        do {
            ret = mbedguard_ssl_read(&wired.ends[1], buf, sizeof(buf));
        } while (ret > 0 || wire_wants_more(ret));
        LIVE_EQ(ret, MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY);
        break;
    case PEER_WRITER:
        /* Who writes to a socket that was closed is told so. */
        do {
            ret = mbedguard_ssl_write(&wired.ends[1], buf, 100);
        } while (ret > 0 && left-- != 0);
        break;
    default:
        close_at_some_moment();
        break;
    }
}

/* Nothing more is done on a closed connection. */
static void check_closed(void)
{
    mbedguard_ssl_context *ssl = &wired.ends[0];
    unsigned char byte = 0;

    ck_assert_int_eq(mbedguard_ssl_read(ssl, &byte, 1), MBEDGUARD_ERR_CLOSED);
    ck_assert_int_eq(mbedguard_ssl_write(ssl, &byte, 1), MBEDGUARD_ERR_CLOSED);
    ck_assert_int_eq(mbedguard_ssl_handshake(ssl), MBEDGUARD_ERR_CLOSED);
    ck_assert_int_eq(mbedguard_ssl_close_notify(ssl), MBEDGUARD_ERR_CLOSED);
    ck_assert_int_eq(mbedguard_ssl_send_alert_message(ssl, 1, 90), MBEDGUARD_ERR_CLOSED);
    ck_assert_int_eq(mbedguard_ssl_close(ssl, 0), MBEDGUARD_ERR_CLOSED);
}

static void close_many(bool sockets_used)
{
    static const struct wire_kind kind = {.waits = true, .psk = true};
    const unsigned rounds = live_rounds(ROUNDS);
    uint32_t dice = 11;
    unsigned round, i;

    signal(SIGPIPE, SIG_IGN);
    wire_open(&wired, &kind);
    if (!sockets_used)
        ck_assert_int_eq(mbedguard_ssl_set_bio_cancel(&wired.ends[0], wire_cancel), 0);
    for (round = 0; round < rounds; round++) {
        for (i = 0; i < 2; i++)
            ck_assert_int_eq(mbedguard_ssl_session_reset(&wired.ends[i]), 0);
        wire_renew(&wired);
        if (sockets_used) {
            wire_use_sockets(&wired, sockets, mbedguard_net_recv_timeout);
            wire_connect_in_threads(&wired);
        } else {
            wire_connect(&wired);
        }
        moment = live_dice(&dice) % 300;
        closed[0] = closed[1] = 0;
        live_threads(ROLES, work, NULL);
        ck_assert_uint_eq(closed[0], 1);
        ck_assert_uint_eq(closed[1], 1);
        if (!sockets_used)
            ck_assert_uint_eq(wire_records(&wired.wires[0], MBEDTLS_SSL_MSG_ALERT), 1);
        check_closed();
        if (sockets_used)
            wire_close_sockets(sockets);
    }
    wire_free(&wired);
}

/* The BIO has a function that wakes who is inside. */
START_TEST(by_cancel)
{
    close_many(false);
}
END_TEST

/* Sockets are shut down. */
START_TEST(by_socket)
{
    close_many(true);
}
END_TEST

/* ---- A peer that does not read ------------------------------------------------------------------- */

static void fill_or_close(unsigned number, void *data)
{
    unsigned char buf[3000];
    const bool *sockets_used = data;
    int ret;

    memset(buf, 0x5C, sizeof(buf));
    if (number == 0) {
        do {
            ret = mbedguard_ssl_write(&wired.ends[0], buf, sizeof(buf));
        } while (ret > 0);
        LIVE_EQ(ret, MBEDGUARD_ERR_CLOSED);
    } else if (number == 1) {
        ret = mbedguard_ssl_read(&wired.ends[0], buf, sizeof(buf));
        LIVE_EQ(ret, MBEDGUARD_ERR_CLOSED);
    } else {
        /* A function of the program's that blocks knows no deadline: not to be called from here. */
        if (!*sockets_used)
            wire_await_waiter(&wired.wires[0], true);
        LIVE_EQ(mbedguard_ssl_close(&wired.ends[0], 30), MBEDTLS_ERR_SSL_TIMEOUT);
    }
}

static void close_full(bool sockets_used)
{
    static const struct wire_kind kind = {.waits = true, .psk = true};
    int ret;

    signal(SIGPIPE, SIG_IGN);
    wire_open(&wired, &kind);
    if (sockets_used) {
        wire_use_sockets(&wired, sockets, mbedguard_net_recv_timeout);
        wire_connect_in_threads(&wired);
    } else {
        ck_assert_int_eq(mbedguard_ssl_set_bio_cancel(&wired.ends[0], wire_cancel), 0);
        wire_connect(&wired);
    }
    wired.wires[0].waits = false;
    ret = wire_fill(&wired, 0, sockets_used ? &sockets[0] : NULL);
    ck_assert_int_eq(ret, sockets_used ? MBEDTLS_ERR_SSL_TIMEOUT : MBEDTLS_ERR_SSL_WANT_WRITE);
    wired.wires[0].waits = true;
    live_threads(3, fill_or_close, &sockets_used);
    check_closed();
    if (sockets_used)
        wire_close_sockets(sockets);
    wire_free(&wired);
}

START_TEST(full_by_cancel)
{
    close_full(false);
}
END_TEST

START_TEST(full_by_socket)
{
    close_full(true);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("close");
    TCase *cancel_case = live_case(suite, "cancel");
    TCase *socket_case = live_case(suite, "socket");

    tcase_add_test(cancel_case, by_cancel);
    tcase_add_test(cancel_case, full_by_cancel);
    tcase_add_test(socket_case, by_socket);
    tcase_add_test(socket_case, full_by_socket);
    return live_run(suite);
}
