/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Read-ahead: one receive for many records. What Mbed TLS has not asked for yet is read in order,
 * before the BIO is asked again. What a program is told that waits for its socket: check_pending.c.
 * Many threads at once: check_duplex.c.
 */
#include <limits.h>
#include <string.h>

#include "live/feed.h"

#include <mbedguard/debug.h>

/* ---- What is asked for --------------------------------------------------------------------------- */

START_TEST(one_receive)
{
    feed_open(_i);
    say_all(0, 100);
    feed_through(SIZE_MAX, 0);
    hear_all(0, 100);
    ck_assert_uint_eq(feed.calls, 1);
    ck_assert_uint_eq(feed.asked, FEED_SIZE);
    ck_assert_int_eq(hear_nothing(), MBEDTLS_ERR_SSL_WANT_READ);
    ck_assert_uint_eq(feed.calls, 2);
    /* A header alone says nothing about what is behind its record. */
    (void) say(7);
    feed_through(5, MBEDTLS_ERR_SSL_WANT_READ);
    ck_assert_int_eq(hear_nothing(), MBEDTLS_ERR_SSL_WANT_READ);
    ck_assert_uint_eq(feed.calls, 2);
    ck_assert_uint_eq(feed.asked, FEED_SIZE);
    feed_through(SIZE_MAX, 0);
    hear(7);
    feed_close();
}
END_TEST

/* A header, its record: what a connection asks for that was never told to read ahead. */
static void expect_exact_requests(void)
{
    const size_t record = say(1);

    (void) say(2);
    feed_through(SIZE_MAX, 0);
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

    feed_open_with(&kind);
    expect_exact_requests();
    /* Less than what Mbed TLS asks for changes nothing. */
    ck_assert_int_eq(mbedguard_ssl_set_read_ahead(client, 5), 0);
    expect_exact_requests();
    ck_assert_int_eq(mbedguard_ssl_set_read_ahead(client, FEED_SIZE), 0);
    ck_assert_int_eq(mbedguard_ssl_set_read_ahead(client, 0), 0);
    expect_exact_requests();
    feed_close();
}
END_TEST

/* What was read ahead when it is turned off is not lost. */
START_TEST(turned_off)
{
    feed_open(_i);
    say_all(0, 3);
    hear(0);
    ck_assert_int_eq(mbedguard_ssl_set_read_ahead(client, 0), 0);
    feed_through(0, MBEDTLS_ERR_SSL_WANT_READ);
    hear_all(1, 2);
    ck_assert_uint_eq(feed.calls, 0);
    feed_through(SIZE_MAX, 0);
    expect_exact_requests();
    feed_close();
}
END_TEST

/* A size that ends in the middle of records, whatever it is. */
START_TEST(sizes)
{
    static const size_t lengths[] = {6, 7, 48, 49, 50, 64, 100, 1000};
    unsigned i;

    feed_open(_i);
    for (i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        ck_assert_int_eq(mbedguard_ssl_set_read_ahead(client, lengths[i]), 0);
        say_all(i, 50);
        hear_all(i, 50);
        ck_assert_int_eq(hear_nothing(), MBEDTLS_ERR_SSL_WANT_READ);
    }
    feed_close();
}
END_TEST

#if defined(MBEDTLS_SSL_PROTO_DTLS)
START_TEST(datagrams)
{
    const struct wire_kind kind = {.psk = true, .datagram = true};
    size_t asked;

    feed_open_with(&kind);
    say_all(0, 3);
    hear(0);
    asked = feed.asked;
    ck_assert_int_eq(mbedguard_ssl_set_read_ahead(client, 2 * asked), 0);
    feed_through(SIZE_MAX, 0);
    hear_all(1, 2);
    ck_assert_uint_eq(feed.calls, 2);
    ck_assert_uint_eq(feed.asked, asked);
    feed_close();
}
END_TEST
#endif

START_TEST(bad_input)
{
    feed_open(_i);
    ck_assert_int_eq(mbedguard_ssl_set_read_ahead(NULL, 1), MBEDGUARD_ERR_BAD_INPUT);
#if SIZE_MAX > INT32_MAX
    ck_assert_int_eq(mbedguard_ssl_set_read_ahead(client, (size_t) INT32_MAX + 1),
                     MBEDGUARD_ERR_BAD_INPUT);
#endif
    say_all(0, 2);
    feed_through(SIZE_MAX, 0);
    hear_all(0, 2);
    ck_assert_uint_eq(feed.asked, FEED_SIZE);
    feed_close();
}
END_TEST

/* ---- Ends ---------------------------------------------------------------------------------------- */

/* The end is told in its place, and once: the next read asks the BIO again. */
static void end_with(int code, int expected, size_t half)
{
    const size_t record = say(0);

    hear(0);
    say_all(1, 3);
    feed_through(3 * record - half, code);
    hear_all(1, half != 0 ? 2 : 3);
    ck_assert_uint_eq(feed.calls, 1);
    ck_assert_int_eq(mbedguard_ssl_check_pending(client), 0);
    ck_assert_int_eq(hear_nothing(), expected);
    ck_assert_uint_eq(feed.calls, 2);
    ck_assert_int_eq(hear_nothing(), MBEDTLS_ERR_SSL_WANT_READ);
    ck_assert_uint_eq(feed.calls, 3);
    feed_through(SIZE_MAX, 0);
    if (half != 0)
        hear(3);
}

START_TEST(ends)
{
    size_t half;

    feed_open(_i);
    for (half = 0; half <= 30; half += 10) {
        end_with(0, 0, half);
        end_with(MBEDTLS_ERR_SSL_CONN_EOF, 0, half);
        end_with(MBEDTLS_ERR_NET_CONN_RESET, MBEDTLS_ERR_NET_CONN_RESET, half);
        end_with(MBEDTLS_ERR_SSL_TIMEOUT, MBEDTLS_ERR_SSL_TIMEOUT, half);
        end_with(MBEDTLS_ERR_SSL_WANT_READ, MBEDTLS_ERR_SSL_WANT_READ, half);
    }
    feed_close();
}
END_TEST

/* The peer's close_notify comes with the data before it, and after it the end of the stream. */
START_TEST(close_notify)
{
    feed_open(_i);
    say_all(0, 3);
    ck_assert_int_eq(mbedguard_ssl_close_notify(server), 0);
    wire_shut(&fed.wires[1]);
    feed_through(SIZE_MAX, 0);
    hear_all(0, 3);
    ck_assert_int_eq(mbedguard_ssl_check_pending(client), 1);
    ck_assert_int_eq(hear_nothing(), MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY);
    ck_assert_uint_eq(feed.calls, 1);
    ck_assert_int_eq(mbedguard_ssl_check_pending(client), 0);
    feed_close();
}
END_TEST

/* ---- Beside other calls -------------------------------------------------------------------------- */

/* What was read ahead is of the session that ends. */
START_TEST(reset)
{
    unsigned i;

    feed_open(_i);
    say_all(0, 3);
    hear(0);
    ck_assert_int_eq(mbedguard_ssl_check_pending(client), 1);
    for (i = 0; i < 2; i++)
        ck_assert_int_eq(mbedguard_ssl_session_reset(&fed.ends[i]), 0);
    ck_assert_int_eq(mbedguard_ssl_check_pending(client), 0);
    wire_renew(&fed);
    wire_connect(&fed);
    say_all(5, 2);
    feed_through(SIZE_MAX, 0);
    hear_all(5, 2);
    ck_assert_uint_eq(feed.asked, FEED_SIZE);
    ck_assert_uint_eq(feed.calls, 1);
    feed_close();
}
END_TEST

/* It is what the old BIO brought, and comes before what the new one does. */
START_TEST(another_bio)
{
    feed_open(_i);
    say_all(0, 3);
    hear(0);
    feed_through(SIZE_MAX, 0);
    ck_assert_int_eq(mbedguard_ssl_set_bio(client, &fed.wires[0], wire_send, wire_recv, NULL), 0);
    ck_assert_int_eq(mbedguard_ssl_check_pending(client), 1);
    say_all(3, 1);
    hear_all(1, 3);
    ck_assert_uint_eq(feed.calls, 0);
    feed_close();
}
END_TEST

/* Under a lock the BIO is not called; what is there already is read. */
START_TEST(under_lock)
{
    size_t record;

    feed_open(_i);
    record = say(0);
    say_all(1, 3);
    feed_through(3 * record + 10, 0);
    hear(0);
    ck_assert_int_eq(mbedguard_lock(client), 0);
    ck_assert_int_eq(mbedguard_ssl_check_pending(client), 1);
    hear_all(1, 2);
    ck_assert_int_eq(mbedguard_ssl_check_pending(client), 0);
    ck_assert_int_eq(hear_nothing(), MBEDTLS_ERR_SSL_WANT_READ);
    ck_assert_uint_eq(feed.calls, 1);
    ck_assert_int_eq(mbedguard_unlock(client), 0);
    feed_through(SIZE_MAX, 0);
    hear(3);
    feed_close();
}
END_TEST

/* A read with a deadline waits for what is not there, and not for what is. */
START_TEST(deadline)
{
    const struct wire_kind kind = {
        .psk = _i == 0, .tls13 = _i != 0, .waits = true, .timeouts = true};
    unsigned char message[MESSAGE];
    size_t got;

    wire_open(&fed, &kind);
    wire_connect(&fed);
    ck_assert_int_eq(mbedguard_ssl_set_read_ahead(client, FEED_SIZE), 0);
    ck_assert_int_eq(mbedguard_ssl_read_timeout(client, message, MESSAGE, 1),
                     MBEDTLS_ERR_SSL_TIMEOUT);
    say_all(1, 4);
    hear(1);
    /* Nothing is received from here on. */
    wire_stop(&fed.wires[0], false, true);
    ck_assert_int_eq(mbedguard_ssl_read_timeout(client, message, MESSAGE, 1), MESSAGE);
    ck_assert_uint_eq(message[0], 2);
    ck_assert_int_eq(mbedguard_ssl_read_exact(client, message, MESSAGE, 1, &got), 0);
    ck_assert_uint_eq(message[0], 3);
    hear(4);
    ck_assert_int_eq(hear_nothing(), MBEDTLS_ERR_SSL_WANT_READ);
    feed_close();
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

/* Mbed TLS, which does not know of it, is not asked; it saves no streams, and its log says so. */
START_TEST(saving)
{
    const struct wire_kind kind = {.psk = _i == 0, .tls13 = _i != 0, .adjust = count_lines};
    size_t length;

    feed_open_with(&kind);
    ck_assert_int_eq(mbedguard_ssl_set_read_ahead(client, FEED_SIZE), 0);
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
    feed_close();
}
END_TEST
#endif

/* ---- Several readers ----------------------------------------------------------------------------- */

#define READERS 3

static unsigned messages;
static bool exact;
static unsigned seen[READERS][256];

static int hear_any(unsigned char *message)
{
    size_t got;

    return exact ? mbedguard_ssl_read_exact(client, message, MESSAGE, 0, &got)
                 : mbedguard_ssl_read(client, message, MESSAGE);
}

/* One writes, the others read whole messages: each goes to one of them, and to each in order. */
static void write_or_read(unsigned number, void *data)
{
    unsigned char message[MESSAGE];
    unsigned i, last = 0;

    (void) data;
    for (i = 0; i < (number == READERS ? READERS * messages : messages) && !live_failed(); i++) {
        if (number == READERS) {
            memset(message, (int) (i + 1), MESSAGE);
            LIVE_EQ(mbedguard_ssl_write(server, message, MESSAGE), MESSAGE);
            continue;
        }
        LIVE_EQ(hear_any(message), exact ? 0 : MESSAGE);
        LIVE_EQ(message[0] == message[MESSAGE - 1] && message[0] > last, 1);
        last = message[0];
        seen[number][last]++;
    }
    if (live_failed())
        wire_shut_both(&fed);
}

START_TEST(readers)
{
    const struct wire_kind kind = {.psk = _i < 2, .tls13 = _i >= 2, .waits = true};
    unsigned rounds, i;

    exact = _i % 2 != 0;
    wire_open(&fed, &kind);
    wire_connect(&fed);
    ck_assert_int_eq(mbedguard_ssl_set_read_ahead(client, FEED_SIZE), 0);
    messages = UCHAR_MAX / READERS;
    for (rounds = live_rounds(20); rounds != 0; rounds--) {
        memset(seen, 0, sizeof(seen));
        live_threads(READERS + 1, write_or_read, NULL);
        for (i = 1; i <= READERS * messages; i++)
            ck_assert_uint_eq(seen[0][i] + seen[1][i] + seen[2][i], 1);
    }
    feed_close();
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
    tcase_add_loop_test(tests, ends, 0, kinds);
    tcase_add_loop_test(tests, close_notify, 0, kinds);
    tcase_add_loop_test(tests, reset, 0, kinds);
    tcase_add_loop_test(tests, another_bio, 0, kinds);
    tcase_add_loop_test(tests, under_lock, 0, kinds);
    tcase_add_loop_test(tests, deadline, 0, kinds);
    tcase_add_loop_test(tests, readers, 0, 2 * kinds);
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
