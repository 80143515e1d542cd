/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * What a program is told that reads ahead and waits for its socket: there is something to read where a
 * whole record was received, and not for a part of one.
 */
#if !defined(_POSIX_C_SOURCE)
#define _POSIX_C_SOURCE 200809L
#endif

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "live/feed.h"

/* One record and so many bytes of the two behind it are there. */
static void pending_behind(size_t bytes, size_t record)
{
    size_t more;

    say_all(1, 3);
    feed_through(record + bytes, MBEDTLS_ERR_SSL_WANT_READ);
    hear(1);
    ck_assert_int_eq(mbedguard_ssl_check_pending(client), bytes >= record);
    ck_assert_uint_eq(mbedguard_ssl_get_bytes_avail(client), 0);
    if (bytes >= record) {
        hear(2);
        ck_assert_int_eq(mbedguard_ssl_check_pending(client), bytes == 2 * record);
    }
    /* A part of a record is asked about once; Mbed TLS has it then. */
    if (bytes < 2 * record) {
        ck_assert_int_eq(hear_nothing(), MBEDTLS_ERR_SSL_WANT_READ);
        ck_assert_int_eq(mbedguard_ssl_check_pending(client), 0);
    }
    ck_assert_uint_eq(feed.calls, bytes < 2 * record ? 2 : 1);
    more = bytes < record ? 2 : 3;
    feed_through(SIZE_MAX, 0);
    hear_all((unsigned) more, (unsigned) (4 - more));
    ck_assert_int_eq(mbedguard_ssl_check_pending(client), 0);
}

START_TEST(pending)
{
    size_t record, bytes;

    feed_open(_i);
    record = say(0);
    hear(0);
    for (bytes = 0; bytes <= 2 * record; bytes++)
        pending_behind(bytes, record);
    feed_close();
}
END_TEST

/* What is decrypted counts as before, and what is behind it comes next. */
START_TEST(pending_rest)
{
    unsigned char byte;

    feed_open(_i);
    say_all(1, 2);
    ck_assert_int_eq(mbedguard_ssl_read(client, &byte, 1), 1);
    ck_assert_int_eq(mbedguard_ssl_check_pending(client), 1);
    ck_assert_uint_eq(mbedguard_ssl_get_bytes_avail(client), MESSAGE - 1);
    feed_through(0, MBEDTLS_ERR_SSL_WANT_READ);
    for (byte = 1; byte < MESSAGE; byte++) {
        unsigned char got = 0;

        ck_assert_int_eq(mbedguard_ssl_read(client, &got, 1), 1);
        ck_assert_uint_eq(got, 1);
    }
    ck_assert_int_eq(mbedguard_ssl_check_pending(client), 1);
    hear(2);
    ck_assert_int_eq(mbedguard_ssl_check_pending(client), 0);
    ck_assert_uint_eq(feed.calls, 0);
    feed_close();
}
END_TEST

/* A header that Mbed TLS refuses is an error at once, so that there is nothing to wait for. */
static void expect_refused(const unsigned char header[5], int tls13)
{
    size_t length;

    for (length = 4; length <= 5; length++) {
        feed_open(tls13);
        (void) say(1);
        ck_assert_int_eq(wire_send(&fed.wires[1], header, length), (int) length);
        hear(1);
        ck_assert_int_eq(mbedguard_ssl_check_pending(client), length == 5);
        if (length == 5)
            ck_assert_int_ne(hear_nothing(), MBEDTLS_ERR_SSL_WANT_READ);
        feed_close();
    }
}

START_TEST(pending_refused)
{
    static const unsigned char other[] = {'G', 'E', 'T', 0, 32};
    static const unsigned char long_one[] = {23, 3, 3, 0xFF, 0xFF};
    static const unsigned char empty[] = {23, 3, 3, 0, 0};

    expect_refused(other, _i);
    expect_refused(long_one, _i);
    expect_refused(empty, _i);
}
END_TEST

/* What an event loop does, until it would sleep: messages read, and reads for nothing. */
static unsigned loop(int fd, unsigned first, unsigned *wanted)
{
    unsigned count = 0;

    for (;;) {
        struct pollfd socket = {fd, POLLIN, 0};
        unsigned char message[MESSAGE];
        int ret;

        if (mbedguard_ssl_check_pending(client) == 0 && poll(&socket, 1, 0) == 0)
            return count;
        ret = mbedguard_ssl_read(client, message, MESSAGE);
        if (ret == MBEDTLS_ERR_SSL_WANT_READ) {
            ++*wanted;
            continue;
        }
        ck_assert_int_eq(ret, MESSAGE);
        ck_assert_uint_eq(message[0], first + count);
        count++;
    }
}

static void feed_socket(int fd, size_t bytes)
{
    unsigned char buf[4096];

    ck_assert_uint_le(bytes, sizeof(buf));
    ck_assert_int_eq(wire_recv(&fed.wires[0], buf, bytes), (int) bytes);
    ck_assert_int_eq(write(fd, buf, bytes), (ssize_t) bytes);
}

START_TEST(event_loop)
{
    static const size_t lengths[] = {FEED_SIZE, 100, 64, 30, 6, 0};
    mbedguard_net_context ours;
    int fds[2];
    unsigned i;

    feed_open(_i);
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    mbedguard_net_init(&ours);
    ours.fd = fds[0];
    ck_assert_int_eq(mbedguard_net_set_nonblock(&ours), 0);
    ck_assert_int_eq(
        mbedguard_ssl_set_bio(client, &ours, mbedguard_net_send, mbedguard_net_recv, NULL), 0);
    for (i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        unsigned wanted = 0;
        size_t record;

        ck_assert_int_eq(mbedguard_ssl_set_read_ahead(client, lengths[i]), 0);
        record = say(1);
        say_all(2, 10);
        feed_socket(fds[1], 10 * record + record / 2);
        ck_assert_uint_eq(loop(ours.fd, 1, &wanted), 10);
        /* Half a record is not read for where it came with others, and once where it came alone. */
        ck_assert_uint_le(wanted, lengths[i] != FEED_SIZE);
        feed_socket(fds[1], record - record / 2);
        ck_assert_uint_eq(loop(ours.fd, 11, &wanted), 1);
        ck_assert_uint_le(wanted, lengths[i] != FEED_SIZE);
    }
    feed_close();
    mbedguard_net_free(&ours);
    (void) close(fds[1]);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("pending");
    TCase *tests = live_case(suite, "pending");
    const int kinds = 1 + LIVE_TLS13;

    tcase_add_loop_test(tests, pending, 0, kinds);
    tcase_add_loop_test(tests, pending_rest, 0, kinds);
    tcase_add_loop_test(tests, pending_refused, 0, kinds);
    tcase_add_loop_test(tests, event_loop, 0, kinds);
    return live_run(suite);
}
