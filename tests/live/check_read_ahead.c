/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Read-ahead: one receive for many records. What Mbed TLS has not asked for yet is read in order, before
 * the BIO is asked again, and a program that waits for its socket is told of it. Many threads at
 * once: check_duplex.c.
 */
#if !defined(_POSIX_C_SOURCE)
#define _POSIX_C_SOURCE 200809L
#endif

#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "live/wire.h"

#include <mbedguard/debug.h>

#define MESSAGE 20
#define SIZE    16384

static struct wire_link wired;
static mbedguard_ssl_context *const client = &wired.ends[0];
static mbedguard_ssl_context *const server = &wired.ends[1];

/* The client's BIO: gives what it is let through, then a code, once. */
static struct feed {
    size_t calls, asked;
    size_t through;
    int code;
} feed;

static void let_through(size_t bytes, int code)
{
    memset(&feed, 0, sizeof(feed));
    feed.through = bytes;
    feed.code = code;
}

static int receive(void *wire, unsigned char *buf, size_t len)
{
    int ret;

    feed.calls++;
    feed.asked = len;
    if (feed.through == 0) {
        ret = feed.code;
        feed.code = MBEDTLS_ERR_SSL_WANT_READ;
        return ret;
    }
    ret = wire_recv(wire, buf, len < feed.through ? len : feed.through);
    feed.through -= ret > 0 ? (size_t) ret : 0;
    return ret;
}

static void open_with(const struct wire_kind *kind)
{
    wire_open(&wired, kind);
    let_through(SIZE_MAX, 0);
    ck_assert_int_eq(mbedguard_ssl_set_bio(client, &wired.wires[0], wire_send, receive, NULL), 0);
    wire_connect(&wired);
}

/* A TLS 1.2 or 1.3 connection whose client reads ahead. */
static void open_link(int tls13)
{
    const struct wire_kind kind = {.psk = tls13 == 0, .tls13 = tls13 != 0};

    open_with(&kind);
    ck_assert_int_eq(mbedguard_ssl_set_read_ahead(client, SIZE), 0);
}

/* The server says a message: the length of its record. */
static size_t say(unsigned number)
{
    const size_t before = wired.channels[1].passed;
    unsigned char message[MESSAGE];

    memset(message, (int) number, sizeof(message));
    ck_assert_int_eq(mbedguard_ssl_write(server, message, MESSAGE), MESSAGE);
    return wired.channels[1].passed - before;
}

static void say_all(unsigned first, unsigned count)
{
    unsigned i;

    for (i = 0; i < count; i++)
        (void) say(first + i);
}

static void hear(unsigned number)
{
    unsigned char message[MESSAGE + 1];
    unsigned i;

    ck_assert_int_eq(mbedguard_ssl_read(client, message, sizeof(message)), MESSAGE);
    for (i = 0; i < MESSAGE; i++)
        ck_assert_uint_eq(message[i], number);
}

static void hear_all(unsigned first, unsigned count)
{
    unsigned i;

    for (i = 0; i < count; i++)
        hear(first + i);
}

static int hear_nothing(void)
{
    unsigned char byte;

    return mbedguard_ssl_read(client, &byte, 1);
}

/* ---- What is asked for --------------------------------------------------------------------------- */

START_TEST(one_receive)
{
    open_link(_i);
    say_all(0, 100);
    let_through(SIZE_MAX, 0);
    hear_all(0, 100);
    ck_assert_uint_eq(feed.calls, 1);
    ck_assert_uint_eq(feed.asked, SIZE);
    ck_assert_int_eq(hear_nothing(), MBEDTLS_ERR_SSL_WANT_READ);
    ck_assert_uint_eq(feed.calls, 2);
    wire_free(&wired);
}
END_TEST

/* A header, its record: what a connection asks for that was never told to read ahead. */
static void expect_exact_requests(void)
{
    const size_t record = say(1);

    (void) say(2);
    let_through(SIZE_MAX, 0);
    hear(1);
    ck_assert_uint_eq(feed.calls, 2);
    ck_assert_uint_eq(feed.asked, record - 5);
    ck_assert_int_eq(mbedguard_ssl_check_pending(client), 0);
    hear(2);
    ck_assert_uint_eq(feed.calls, 4);
}

START_TEST(off)
{
    const struct wire_kind kind = {.psk = _i == 0, .tls13 = _i != 0};

    open_with(&kind);
    expect_exact_requests();
    /* Less than what Mbed TLS asks for changes nothing. */
    ck_assert_int_eq(mbedguard_ssl_set_read_ahead(client, 5), 0);
    expect_exact_requests();
    ck_assert_int_eq(mbedguard_ssl_set_read_ahead(client, SIZE), 0);
    ck_assert_int_eq(mbedguard_ssl_set_read_ahead(client, 0), 0);
    expect_exact_requests();
    wire_free(&wired);
}
END_TEST

/* What was read ahead when it is turned off is not lost. */
START_TEST(turned_off)
{
    open_link(_i);
    say_all(0, 3);
    hear(0);
    ck_assert_int_eq(mbedguard_ssl_set_read_ahead(client, 0), 0);
    let_through(0, MBEDTLS_ERR_SSL_WANT_READ);
    hear_all(1, 2);
    ck_assert_uint_eq(feed.calls, 0);
    let_through(SIZE_MAX, 0);
    expect_exact_requests();
    wire_free(&wired);
}
END_TEST

/* A size that ends in the middle of records, whatever it is. */
START_TEST(sizes)
{
    static const size_t lengths[] = {6, 7, 48, 49, 50, 64, 100, 1000};
    unsigned i;

    open_link(_i);
    for (i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        ck_assert_int_eq(mbedguard_ssl_set_read_ahead(client, lengths[i]), 0);
        say_all(i, 50);
        hear_all(i, 50);
        ck_assert_int_eq(hear_nothing(), MBEDTLS_ERR_SSL_WANT_READ);
    }
    wire_free(&wired);
}
END_TEST

#if defined(MBEDTLS_SSL_PROTO_DTLS)
START_TEST(datagrams)
{
    const struct wire_kind kind = {.psk = true, .datagram = true};
    size_t asked;

    open_with(&kind);
    say_all(0, 3);
    hear(0);
    asked = feed.asked;
    ck_assert_int_eq(mbedguard_ssl_set_read_ahead(client, 2 * asked), 0);
    let_through(SIZE_MAX, 0);
    hear_all(1, 2);
    ck_assert_uint_eq(feed.calls, 2);
    ck_assert_uint_eq(feed.asked, asked);
    wire_free(&wired);
}
END_TEST
#endif

START_TEST(bad_input)
{
    open_link(_i);
    ck_assert_int_eq(mbedguard_ssl_set_read_ahead(NULL, 1), MBEDGUARD_ERR_BAD_INPUT);
#if SIZE_MAX > INT32_MAX
    ck_assert_int_eq(mbedguard_ssl_set_read_ahead(client, (size_t) INT32_MAX + 1),
                     MBEDGUARD_ERR_BAD_INPUT);
#endif
    say_all(0, 2);
    let_through(SIZE_MAX, 0);
    hear_all(0, 2);
    ck_assert_uint_eq(feed.asked, SIZE);
    wire_free(&wired);
}
END_TEST

/* ---- What a program that waits for its socket is told -------------------------------------------- */

/* One record and so many bytes of the two behind it are there. */
static void pending_behind(size_t bytes, size_t record)
{
    size_t more;

    say_all(1, 3);
    let_through(record + bytes, MBEDTLS_ERR_SSL_WANT_READ);
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
    let_through(SIZE_MAX, 0);
    hear_all((unsigned) more, (unsigned) (4 - more));
    ck_assert_int_eq(mbedguard_ssl_check_pending(client), 0);
}

START_TEST(pending)
{
    size_t record, bytes;

    open_link(_i);
    record = say(0);
    hear(0);
    for (bytes = 0; bytes <= 2 * record; bytes++)
        pending_behind(bytes, record);
    wire_free(&wired);
}
END_TEST

/* What is decrypted counts as before, and what is behind it comes next. */
START_TEST(pending_rest)
{
    unsigned char byte;

    open_link(_i);
    say_all(1, 2);
    ck_assert_int_eq(mbedguard_ssl_read(client, &byte, 1), 1);
    ck_assert_int_eq(mbedguard_ssl_check_pending(client), 1);
    ck_assert_uint_eq(mbedguard_ssl_get_bytes_avail(client), MESSAGE - 1);
    let_through(0, MBEDTLS_ERR_SSL_WANT_READ);
    for (byte = 1; byte < MESSAGE; byte++) {
        unsigned char got = 0;

        ck_assert_int_eq(mbedguard_ssl_read(client, &got, 1), 1);
        ck_assert_uint_eq(got, 1);
    }
    ck_assert_int_eq(mbedguard_ssl_check_pending(client), 1);
    hear(2);
    ck_assert_int_eq(mbedguard_ssl_check_pending(client), 0);
    ck_assert_uint_eq(feed.calls, 0);
    wire_free(&wired);
}
END_TEST

/* A header that Mbed TLS refuses is an error at once, so that there is nothing to wait for. */
static void expect_refused(const unsigned char header[5], int tls13)
{
    size_t length;

    for (length = 4; length <= 5; length++) {
        open_link(tls13);
        (void) say(1);
        ck_assert_int_eq(wire_send(&wired.wires[1], header, length), (int) length);
        hear(1);
        ck_assert_int_eq(mbedguard_ssl_check_pending(client), length == 5);
        if (length == 5)
            ck_assert_int_ne(hear_nothing(), MBEDTLS_ERR_SSL_WANT_READ);
        wire_free(&wired);
    }
}

START_TEST(pending_refused)
{
    static const unsigned char other[] = "HTTP/", long_one[] = {23, 3, 3, 0xFF, 0xFF},
                               empty[] = {23, 3, 3, 0, 0};

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
    ck_assert_int_eq(wire_recv(&wired.wires[0], buf, bytes), (int) bytes);
    ck_assert_int_eq(write(fd, buf, bytes), (ssize_t) bytes);
}

START_TEST(event_loop)
{
    static const size_t lengths[] = {SIZE, 100, 64, 30, 6, 0};
    mbedguard_net_context ours;
    int fds[2];
    unsigned i;

    open_link(_i);
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
        /* Half a record is read for at most once, and not for ever. */
        ck_assert_uint_le(wanted, 1);
        feed_socket(fds[1], record - record / 2);
        ck_assert_uint_eq(loop(ours.fd, 11, &wanted), 1);
        ck_assert_uint_le(wanted, 1);
    }
    wire_free(&wired);
    mbedguard_net_free(&ours);
    (void) close(fds[1]);
}
END_TEST

/* ---- Ends ---------------------------------------------------------------------------------------- */

/* The end is told in its place, and once: the next read asks the BIO again. */
static void end_with(int code, int expected, size_t half)
{
    const size_t record = say(0);

    hear(0);
    say_all(1, 3);
    let_through(3 * record - half, code);
    hear_all(1, half != 0 ? 2 : 3);
    ck_assert_uint_eq(feed.calls, 1);
    ck_assert_int_eq(mbedguard_ssl_check_pending(client), 0);
    ck_assert_int_eq(hear_nothing(), expected);
    ck_assert_uint_eq(feed.calls, 2);
    ck_assert_int_eq(hear_nothing(), MBEDTLS_ERR_SSL_WANT_READ);
    ck_assert_uint_eq(feed.calls, 3);
    let_through(SIZE_MAX, 0);
    if (half != 0)
        hear(3);
}

START_TEST(ends)
{
    size_t half;

    open_link(_i);
    for (half = 0; half <= 30; half += 10) {
        end_with(0, 0, half);
        end_with(MBEDTLS_ERR_SSL_CONN_EOF, 0, half);
        end_with(MBEDTLS_ERR_NET_CONN_RESET, MBEDTLS_ERR_NET_CONN_RESET, half);
        end_with(MBEDTLS_ERR_SSL_TIMEOUT, MBEDTLS_ERR_SSL_TIMEOUT, half);
        end_with(MBEDTLS_ERR_SSL_WANT_READ, MBEDTLS_ERR_SSL_WANT_READ, half);
    }
    wire_free(&wired);
}
END_TEST

/* The peer's close_notify comes with the data before it, and after it the end of the stream. */
START_TEST(close_notify)
{
    open_link(_i);
    say_all(0, 3);
    ck_assert_int_eq(mbedguard_ssl_close_notify(server), 0);
    wire_shut(&wired.wires[1]);
    let_through(SIZE_MAX, 0);
    hear_all(0, 3);
    ck_assert_int_eq(mbedguard_ssl_check_pending(client), 1);
    ck_assert_int_eq(hear_nothing(), MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY);
    ck_assert_uint_eq(feed.calls, 1);
    ck_assert_int_eq(mbedguard_ssl_check_pending(client), 0);
    wire_free(&wired);
}
END_TEST

/* ---- Beside other calls -------------------------------------------------------------------------- */

/* What was read ahead is of the session that ends. */
START_TEST(reset)
{
    unsigned i;

    open_link(_i);
    say_all(0, 3);
    hear(0);
    ck_assert_int_eq(mbedguard_ssl_check_pending(client), 1);
    for (i = 0; i < 2; i++)
        ck_assert_int_eq(mbedguard_ssl_session_reset(&wired.ends[i]), 0);
    ck_assert_int_eq(mbedguard_ssl_check_pending(client), 0);
    wire_renew(&wired);
    wire_connect(&wired);
    say_all(5, 2);
    let_through(SIZE_MAX, 0);
    hear_all(5, 2);
    ck_assert_uint_eq(feed.asked, SIZE);
    ck_assert_uint_eq(feed.calls, 1);
    wire_free(&wired);
}
END_TEST

/* It is what the old BIO brought, and comes before what the new one does. */
START_TEST(another_bio)
{
    open_link(_i);
    say_all(0, 3);
    hear(0);
    let_through(SIZE_MAX, 0);
    ck_assert_int_eq(mbedguard_ssl_set_bio(client, &wired.wires[0], wire_send, wire_recv, NULL), 0);
    ck_assert_int_eq(mbedguard_ssl_check_pending(client), 1);
    say_all(3, 1);
    hear_all(1, 3);
    ck_assert_uint_eq(feed.calls, 0);
    wire_free(&wired);
}
END_TEST

/* Under a lock the BIO is not called; what is there already is read. */
START_TEST(under_lock)
{
    size_t record;

    open_link(_i);
    record = say(0);
    say_all(1, 3);
    let_through(3 * record + 10, 0);
    hear(0);
    ck_assert_int_eq(mbedguard_lock(client), 0);
    ck_assert_int_eq(mbedguard_ssl_check_pending(client), 1);
    hear_all(1, 2);
    ck_assert_int_eq(mbedguard_ssl_check_pending(client), 0);
    ck_assert_int_eq(hear_nothing(), MBEDTLS_ERR_SSL_WANT_READ);
    ck_assert_uint_eq(feed.calls, 1);
    ck_assert_int_eq(mbedguard_unlock(client), 0);
    let_through(SIZE_MAX, 0);
    hear(3);
    wire_free(&wired);
}
END_TEST

/* A read with a deadline waits for what is not there, and not for what is. */
START_TEST(deadline)
{
    const struct wire_kind kind = {
        .psk = _i == 0, .tls13 = _i != 0, .waits = true, .timeouts = true};
    unsigned char message[MESSAGE];
    size_t got;

    wire_open(&wired, &kind);
    wire_connect(&wired);
    ck_assert_int_eq(mbedguard_ssl_set_read_ahead(client, SIZE), 0);
    ck_assert_int_eq(mbedguard_ssl_read_timeout(client, message, MESSAGE, 1),
                     MBEDTLS_ERR_SSL_TIMEOUT);
    say_all(1, 4);
    hear(1);
    /* Nothing is received from here on. */
    wire_stop(&wired.wires[0], false, true);
    ck_assert_int_eq(mbedguard_ssl_read_timeout(client, message, MESSAGE, 1), MESSAGE);
    ck_assert_uint_eq(message[0], 2);
    ck_assert_int_eq(mbedguard_ssl_read_exact(client, message, MESSAGE, 1, &got), 0);
    ck_assert_uint_eq(message[0], 3);
    hear(4);
    ck_assert_int_eq(hear_nothing(), MBEDTLS_ERR_SSL_WANT_READ);
    wire_free(&wired);
}
END_TEST

#if defined(MBEDTLS_SSL_CONTEXT_SERIALIZATION) && defined(MBEDTLS_DEBUG_C)
static unsigned lines;

static void count_line(void *context, int level, const char *file, int line, const char *text)
{
    (void) context;
    (void) level;
    (void) file;
    (void) line;
    (void) text;
    lines++;
}

static void count_lines(mbedguard_ssl_config *config, unsigned end)
{
    (void) end;
    ck_assert_int_eq(mbedguard_ssl_conf_dbg(config, count_line, NULL), 0);
}

static unsigned char saved[16384];

/* Mbed TLS, which does not know of it, is not asked; of streams it saves none, and says so in its log. */
START_TEST(saving)
{
    const struct wire_kind kind = {.psk = _i == 0, .tls13 = _i != 0, .adjust = count_lines};
    size_t length;

    open_with(&kind);
    ck_assert_int_eq(mbedguard_ssl_set_read_ahead(client, SIZE), 0);
    say_all(0, 2);
    hear(0);
    mbedguard_debug_set_threshold(1);
    lines = 0;
    ck_assert_int_eq(mbedguard_ssl_context_save(client, saved, sizeof(saved), &length),
                     MBEDTLS_ERR_SSL_BAD_INPUT_DATA);
    ck_assert_uint_eq(lines, 0);
    hear(1);
    lines = 0;
    ck_assert_int_eq(mbedguard_ssl_context_save(client, saved, sizeof(saved), &length),
                     MBEDTLS_ERR_SSL_BAD_INPUT_DATA);
    ck_assert_uint_ne(lines, 0);
    mbedguard_debug_set_threshold(0);
    wire_free(&wired);
}
END_TEST
#endif

/* ---- Several readers ----------------------------------------------------------------------------- */

#define READERS 3

static unsigned messages;
static unsigned seen[READERS][256];

/* One writes, the others read whole messages: each goes to one of them, and to each in order. */
static void write_or_read(unsigned number, void *data)
{
    unsigned char message[MESSAGE];
    unsigned i, last = 0;
    size_t got;

    (void) data;
    for (i = 0; i < (number == READERS ? READERS * messages : messages) && !live_failed(); i++) {
        if (number == READERS) {
            memset(message, (int) (i + 1), MESSAGE);
            LIVE_EQ(mbedguard_ssl_write(server, message, MESSAGE), MESSAGE);
            continue;
        }
        LIVE_EQ(mbedguard_ssl_read_exact(client, message, MESSAGE, 0, &got), 0);
        LIVE_EQ(message[0] == message[MESSAGE - 1] && message[0] > last, 1);
        last = message[0];
        seen[number][last]++;
    }
    if (live_failed())
        wire_shut_both(&wired);
}

START_TEST(readers)
{
    const struct wire_kind kind = {.psk = _i == 0, .tls13 = _i != 0, .waits = true};
    unsigned rounds, i;

    wire_open(&wired, &kind);
    wire_connect(&wired);
    ck_assert_int_eq(mbedguard_ssl_set_read_ahead(client, SIZE), 0);
    messages = UCHAR_MAX / READERS;
    for (rounds = live_rounds(20); rounds != 0; rounds--) {
        memset(seen, 0, sizeof(seen));
        live_threads(READERS + 1, write_or_read, NULL);
        for (i = 1; i <= READERS * messages; i++)
            ck_assert_uint_eq(seen[0][i] + seen[1][i] + seen[2][i], 1);
    }
    wire_free(&wired);
}
END_TEST

static void add_tests(TCase *tests)
{
    const int kinds = 1 + LIVE_TLS13;

    tcase_add_loop_test(tests, one_receive, 0, kinds);
    tcase_add_loop_test(tests, off, 0, kinds);
    tcase_add_loop_test(tests, turned_off, 0, kinds);
    tcase_add_loop_test(tests, sizes, 0, kinds);
    tcase_add_loop_test(tests, bad_input, 0, kinds);
    tcase_add_loop_test(tests, pending, 0, kinds);
    tcase_add_loop_test(tests, pending_rest, 0, kinds);
    tcase_add_loop_test(tests, pending_refused, 0, kinds);
    tcase_add_loop_test(tests, event_loop, 0, kinds);
    tcase_add_loop_test(tests, ends, 0, kinds);
    tcase_add_loop_test(tests, close_notify, 0, kinds);
    tcase_add_loop_test(tests, reset, 0, kinds);
    tcase_add_loop_test(tests, another_bio, 0, kinds);
    tcase_add_loop_test(tests, under_lock, 0, kinds);
    tcase_add_loop_test(tests, deadline, 0, kinds);
    tcase_add_loop_test(tests, readers, 0, kinds);
}

int main(void)
{
    Suite *suite = suite_create("read-ahead");
    TCase *tests = live_case(suite, "read-ahead");

    add_tests(tests);
#if defined(MBEDTLS_SSL_PROTO_DTLS)
    tcase_add_test(tests, datagrams);
#endif
#if defined(MBEDTLS_SSL_CONTEXT_SERIALIZATION) && defined(MBEDTLS_DEBUG_C)
    tcase_add_loop_test(tests, saving, 0, 1 + LIVE_TLS13);
#endif
    return live_run(suite);
}
