/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Calls that were told MBEDTLS_ERR_SSL_WANT_WRITE come again, as programs do it: nothing is done
 * twice, nothing is lost, and nobody is told what became of another's data. What went over the wire
 * is counted.
 */
#include <string.h>

#include "live/wire.h"

#define LENGTH 500

static struct wire_link wired;
static unsigned char message[LENGTH], copy[LENGTH], other[LENGTH], grown[LENGTH + 50];

static void adjust(mbedguard_ssl_config *config, unsigned end)
{
    (void) end;
#if defined(MBEDTLS_SSL_RENEGOTIATION)
    ck_assert_int_eq(mbedguard_ssl_conf_renegotiation(config, MBEDTLS_SSL_RENEGOTIATION_ENABLED),
                     0);
#else
    (void) config;
#endif
}

static void open_wire(void)
{
    static const struct wire_kind kind = {.psk = true, .adjust = adjust};

    wire_open(&wired, &kind);
    wire_connect(&wired);
    memset(message, 0x11, sizeof(message));
    memset(copy, 0x11, sizeof(copy));
    memset(other, 0x22, sizeof(other));
    memset(grown, 0x11, sizeof(grown));
}

static int write_to(unsigned end, const unsigned char *buf, size_t len)
{
    return mbedguard_ssl_write(&wired.ends[end], buf, len);
}

static void hold(bool on)
{
    wire_stop(&wired.wires[0], true, on);
}

/* The other end reads these bytes, and no more. */
static void expect_bytes(const unsigned char *buf, size_t len)
{
    unsigned char in[2 * LENGTH];
    size_t got = 0;

    while (got < len) {
        const int ret = mbedguard_ssl_read(&wired.ends[1], in + got, sizeof(in) - got);

        ck_assert_int_gt(ret, 0);
        got += (size_t) ret;
    }
    ck_assert_uint_eq(got, len);
    ck_assert_int_eq(memcmp(in, buf, len), 0);
}

static void expect_no_more(unsigned records)
{
    unsigned char byte;

    ck_assert_int_eq(mbedguard_ssl_read(&wired.ends[1], &byte, 1), MBEDTLS_ERR_SSL_WANT_READ);
    ck_assert_uint_eq(wire_records(&wired.wires[0], MBEDTLS_SSL_MSG_APPLICATION_DATA), records);
}

/* ---- The same write ------------------------------------------------------------------------------ */

static void come_again_with(const unsigned char *buf)
{
    open_wire();
    hold(true);
    ck_assert_int_eq(write_to(0, message, LENGTH), MBEDTLS_ERR_SSL_WANT_WRITE);
    ck_assert_int_eq(write_to(0, buf, LENGTH), MBEDTLS_ERR_SSL_WANT_WRITE);
    hold(false);
    ck_assert_int_eq(write_to(0, buf, LENGTH), LENGTH);
    expect_bytes(message, LENGTH);
    expect_no_more(1);
    /* It is over with that: the same message once more is another one. */
    ck_assert_int_eq(write_to(0, message, LENGTH), LENGTH);
    expect_bytes(message, LENGTH);
    expect_no_more(2);
    wire_free(&wired);
}

START_TEST(same_buffer)
{
    come_again_with(message);
}
END_TEST

START_TEST(no_buffer)
{
    come_again_with(NULL);
}
END_TEST

START_TEST(another_address)
{
    come_again_with(copy);
}
END_TEST

/* The program appended to what it has to send meanwhile. */
START_TEST(grown_buffer)
{
    open_wire();
    hold(true);
    ck_assert_int_eq(write_to(0, message, LENGTH), MBEDTLS_ERR_SSL_WANT_WRITE);
    hold(false);
    ck_assert_int_eq(write_to(0, grown, sizeof(grown)), LENGTH);
    ck_assert_int_eq(write_to(0, grown + LENGTH, 50), 50);
    expect_bytes(grown, sizeof(grown));
    expect_no_more(2);
    wire_free(&wired);
}
END_TEST

/* ---- Others -------------------------------------------------------------------------------------- */

/* Each step is another thread's than the one before. */
static void other_thread_step(unsigned number, void *data)
{
    const unsigned char *buf = data;

    if (number == 0)
        LIVE_EQ(mbedguard_ssl_write(&wired.ends[0], buf, LENGTH), LENGTH);
}

/* Another thread of a pool comes with the same message. */
START_TEST(other_thread)
{
    open_wire();
    hold(true);
    ck_assert_int_eq(write_to(0, message, LENGTH), MBEDTLS_ERR_SSL_WANT_WRITE);
    hold(false);
    live_threads(1, other_thread_step, copy);
    expect_bytes(message, LENGTH);
    expect_no_more(1);
    wire_free(&wired);
}
END_TEST

/* Another thread comes with another message: both arrive, and both are told so. */
START_TEST(other_thread_other_message)
{
    open_wire();
    hold(true);
    ck_assert_int_eq(write_to(0, message, LENGTH), MBEDTLS_ERR_SSL_WANT_WRITE);
    hold(false);
    live_threads(1, other_thread_step, other);
    ck_assert_int_eq(write_to(0, message, LENGTH), LENGTH);
    expect_bytes(message, LENGTH);
    expect_bytes(other, LENGTH);
    expect_no_more(2);
    wire_free(&wired);
}
END_TEST

/* A write that is given up was sealed: it is sent, and the next one is not taken for it. */
START_TEST(abandoned)
{
    open_wire();
    hold(true);
    ck_assert_int_eq(write_to(0, message, LENGTH), MBEDTLS_ERR_SSL_WANT_WRITE);
    ck_assert_int_eq(write_to(0, other, 100), MBEDTLS_ERR_SSL_WANT_WRITE);
    hold(false);
    ck_assert_int_eq(write_to(0, other, 100), 100);
    expect_bytes(message, LENGTH);
    expect_bytes(other, 100);
    expect_no_more(2);
    wire_free(&wired);
}
END_TEST

/* ---- Other calls --------------------------------------------------------------------------------- */

START_TEST(close_notify)
{
    unsigned char byte;

    open_wire();
    hold(true);
    ck_assert_int_eq(write_to(0, message, LENGTH), MBEDTLS_ERR_SSL_WANT_WRITE);
    ck_assert_int_eq(mbedguard_ssl_close_notify(&wired.ends[0]), MBEDTLS_ERR_SSL_WANT_WRITE);
    ck_assert_int_eq(mbedguard_ssl_close_notify(&wired.ends[0]), MBEDTLS_ERR_SSL_WANT_WRITE);
    hold(false);
    ck_assert_int_eq(mbedguard_ssl_close_notify(&wired.ends[0]), 0);
    expect_bytes(message, LENGTH);
    ck_assert_int_eq(mbedguard_ssl_read(&wired.ends[1], &byte, 1),
                     MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY);
    ck_assert_uint_eq(wire_records(&wired.wires[0], MBEDTLS_SSL_MSG_ALERT), 1);
    wire_free(&wired);
}
END_TEST

/* A write that ends the handshake, and its data, were not sent: who reads instead sends the flight. */
START_TEST(read_instead)
{
    static const struct wire_kind kind = {.psk = true};
    unsigned char byte;

    wire_open(&wired, &kind);
    ck_assert_int_eq(mbedguard_ssl_handshake(&wired.ends[0]), MBEDTLS_ERR_SSL_WANT_READ);
    ck_assert_int_eq(write_to(1, message, LENGTH), MBEDTLS_ERR_SSL_WANT_READ);
    ck_assert_int_eq(mbedguard_ssl_handshake(&wired.ends[0]), MBEDTLS_ERR_SSL_WANT_READ);
    wire_stop(&wired.wires[1], true, true);
    ck_assert_int_eq(write_to(1, message, LENGTH), MBEDTLS_ERR_SSL_WANT_WRITE);
    wire_stop(&wired.wires[1], true, false);
    ck_assert_int_eq(mbedguard_ssl_read(&wired.ends[1], &byte, 1), MBEDTLS_ERR_SSL_WANT_READ);
    ck_assert_int_eq(mbedguard_ssl_handshake(&wired.ends[0]), 0);
    ck_assert_int_eq(write_to(1, message, LENGTH), LENGTH);
    wire_free(&wired);
}
END_TEST

/* A step that is not due does nothing, and its error is told to nobody else. */
START_TEST(step_that_is_not_due)
{
    open_wire();
    hold(true);
    ck_assert_int_eq(mbedguard_ssl_close_notify(&wired.ends[0]), MBEDTLS_ERR_SSL_WANT_WRITE);
    ck_assert_int_eq(mbedguard_ssl_handshake_step(&wired.ends[0]), MBEDTLS_ERR_SSL_BAD_INPUT_DATA);
    hold(false);
    ck_assert_int_eq(mbedguard_ssl_handshake(&wired.ends[0]), 0);
    wire_free(&wired);
}
END_TEST

START_TEST(alert)
{
    mbedguard_ssl_context *ssl;

    open_wire();
    ssl = &wired.ends[0];
    hold(true);
    ck_assert_int_eq(write_to(0, message, LENGTH), MBEDTLS_ERR_SSL_WANT_WRITE);
    ck_assert_int_eq(mbedguard_ssl_send_alert_message(ssl, MBEDTLS_SSL_ALERT_LEVEL_WARNING,
                                                      MBEDTLS_SSL_ALERT_MSG_USER_CANCELED),
                     MBEDTLS_ERR_SSL_WANT_WRITE);
    hold(false);
    ck_assert_int_eq(mbedguard_ssl_send_alert_message(ssl, MBEDTLS_SSL_ALERT_LEVEL_WARNING,
                                                      MBEDTLS_SSL_ALERT_MSG_USER_CANCELED),
                     0);
    expect_bytes(message, LENGTH);
    ck_assert_uint_eq(wire_records(&wired.wires[0], MBEDTLS_SSL_MSG_ALERT), 1);
    wire_free(&wired);
}
END_TEST

#if defined(MBEDTLS_SSL_RENEGOTIATION)
/* A server asks its client once. */
START_TEST(renegotiate)
{
    unsigned before;

    open_wire();
    before = wire_records(&wired.wires[1], MBEDTLS_SSL_MSG_HANDSHAKE);
    wire_stop(&wired.wires[1], true, true);
    ck_assert_int_eq(write_to(1, message, LENGTH), MBEDTLS_ERR_SSL_WANT_WRITE);
    ck_assert_int_eq(mbedguard_ssl_renegotiate(&wired.ends[1]), MBEDTLS_ERR_SSL_WANT_WRITE);
    ck_assert_int_eq(mbedguard_ssl_renegotiate(&wired.ends[1]), MBEDTLS_ERR_SSL_WANT_WRITE);
    wire_stop(&wired.wires[1], true, false);
    ck_assert_int_eq(mbedguard_ssl_renegotiate(&wired.ends[1]), 0);
    ck_assert_uint_eq(wire_records(&wired.wires[1], MBEDTLS_SSL_MSG_HANDSHAKE), before + 1);
    wire_free(&wired);
}
END_TEST
#endif

int main(void)
{
    Suite *suite = suite_create("retry");
    TCase *same_case = live_case(suite, "same");
    TCase *others_case = live_case(suite, "others");
    TCase *calls_case = live_case(suite, "calls");

    tcase_add_test(same_case, same_buffer);
    tcase_add_test(same_case, no_buffer);
    tcase_add_test(same_case, another_address);
    tcase_add_test(same_case, grown_buffer);
    tcase_add_test(others_case, other_thread);
    tcase_add_test(others_case, other_thread_other_message);
    tcase_add_test(others_case, abandoned);
    tcase_add_test(calls_case, close_notify);
    tcase_add_test(calls_case, alert);
    tcase_add_test(calls_case, read_instead);
    tcase_add_test(calls_case, step_that_is_not_due);
#if defined(MBEDTLS_SSL_RENEGOTIATION)
    tcase_add_test(calls_case, renegotiate);
#endif
    return live_run(suite);
}
