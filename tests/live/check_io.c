/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * What mbedguard/ssl_io_access.h adds to Mbed TLS: deadlines, whole messages, a limit of what is queued;
 * and what input and output do under a lock.
 */
#if !defined(_POSIX_C_SOURCE)
#define _POSIX_C_SOURCE 200809L
#endif

#include <sched.h>
#include <string.h>

#include "live/wire.h"

static struct wire_link wired;
static mbedguard_net_context sockets[2];

static void open_wire(bool waits)
{
    const struct wire_kind kind = {.psk = true, .waits = waits, .timeouts = waits};

    wire_open(&wired, &kind);
    wire_connect(&wired);
}

/* ---- Bad input ----------------------------------------------------------------------------------- */

START_TEST(no_connection)
{
    unsigned char byte = 0;
    size_t got = 7;

    ck_assert_int_eq(mbedguard_ssl_handshake_timeout(NULL, 1), MBEDGUARD_ERR_BAD_INPUT);
    ck_assert_int_eq(mbedguard_ssl_read_timeout(NULL, &byte, 1, 1), MBEDGUARD_ERR_BAD_INPUT);
    ck_assert_int_eq(mbedguard_ssl_read_exact(NULL, &byte, 1, 1, &got), MBEDGUARD_ERR_BAD_INPUT);
    ck_assert_uint_eq(got, 0);
    ck_assert_int_eq(mbedguard_ssl_write_timeout(NULL, &byte, 1, 1), MBEDGUARD_ERR_BAD_INPUT);
    ck_assert_int_eq(mbedguard_ssl_close(NULL, 1), MBEDGUARD_ERR_BAD_INPUT);
    ck_assert_int_eq(mbedguard_ssl_set_bio_cancel(NULL, NULL), MBEDGUARD_ERR_BAD_INPUT);
    ck_assert_int_eq(mbedguard_ssl_set_bio_one_at_once(NULL, 1), MBEDGUARD_ERR_BAD_INPUT);
    ck_assert_int_eq(mbedguard_ssl_set_out_limit(NULL, 1), MBEDGUARD_ERR_BAD_INPUT);
}
END_TEST

START_TEST(not_set_up)
{
    mbedguard_ssl_context ssl;
    unsigned char byte = 0;
    size_t got;

    ck_assert_int_eq(mbedguard_ssl_init(&ssl), 0);
    ck_assert_int_eq(mbedguard_ssl_handshake_timeout(&ssl, 1), MBEDTLS_ERR_SSL_BAD_INPUT_DATA);
    ck_assert_int_eq(mbedguard_ssl_read_timeout(&ssl, &byte, 1, 1), MBEDTLS_ERR_SSL_BAD_INPUT_DATA);
    ck_assert_int_eq(mbedguard_ssl_read_exact(&ssl, &byte, 1, 1, &got),
                     MBEDTLS_ERR_SSL_BAD_INPUT_DATA);
    ck_assert_int_eq(mbedguard_ssl_read_exact(&ssl, &byte, 1, 1, NULL), MBEDGUARD_ERR_BAD_INPUT);
    ck_assert_int_eq(mbedguard_ssl_read_exact(&ssl, NULL, 1, 1, &got), MBEDGUARD_ERR_BAD_INPUT);
    ck_assert_int_eq(mbedguard_ssl_write_timeout(&ssl, &byte, 1, 1),
                     MBEDTLS_ERR_SSL_BAD_INPUT_DATA);
    ck_assert_int_eq(mbedguard_ssl_close(&ssl, 1), MBEDTLS_ERR_SSL_BAD_INPUT_DATA);
    ck_assert_int_eq(mbedguard_ssl_session_reset(&ssl), MBEDTLS_ERR_SSL_BAD_INPUT_DATA);
    ck_assert_int_eq(mbedguard_ssl_free(&ssl), 0);
}
END_TEST

/* ---- Deadlines ----------------------------------------------------------------------------------- */

static void expect_echo(unsigned char byte)
{
    unsigned char in = 0;

    ck_assert_int_eq(mbedguard_ssl_write(&wired.ends[1], &byte, 1), 1);
    ck_assert_int_eq(mbedguard_ssl_read(&wired.ends[0], &in, 1), 1);
    ck_assert_uint_eq(in, byte);
}

static void read_in_vain(void)
{
    unsigned char in[4];
    size_t got = 7;

    ck_assert_int_eq(mbedguard_ssl_read_timeout(&wired.ends[0], in, 4, 20), MBEDTLS_ERR_SSL_TIMEOUT);
    expect_echo(3);
    ck_assert_int_eq(mbedguard_ssl_read_exact(&wired.ends[0], in, 4, 20, &got),
                     MBEDTLS_ERR_SSL_TIMEOUT);
    ck_assert_uint_eq(got, 0);
    expect_echo(4);
}

START_TEST(read_of_a_bio_with_timeouts)
{
    open_wire(true);
    read_in_vain();
    wire_free(&wired);
}
END_TEST

static void free_sockets(void)
{
    wire_free(&wired);
    wire_close_sockets(sockets);
}

START_TEST(read_of_a_socket)
{
    open_wire(false);
    wire_use_sockets(&wired, sockets, NULL);
    read_in_vain();
    free_sockets();
}
END_TEST

START_TEST(handshake_with_nobody)
{
    const struct wire_kind kind = {.psk = true};

    wire_open(&wired, &kind);
    wire_use_sockets(&wired, sockets, NULL);
    ck_assert_int_eq(mbedguard_ssl_handshake_timeout(&wired.ends[0], 20), MBEDTLS_ERR_SSL_TIMEOUT);
    /* It goes on where it was. */
    wire_connect_in_threads(&wired);
    expect_echo(5);
    free_sockets();
}
END_TEST

/* The peer does not read: what was sealed when the time was over arrives once. */
START_TEST(write_to_a_full_socket)
{
    static unsigned char out[100000], in[sizeof(out)];
    size_t done = 0, whole, got;
    unsigned i;
    int ret;

    for (i = 0; i < sizeof(out); i++)
        out[i] = (unsigned char) (i % 251);
    open_wire(false);
    wire_use_sockets(&wired, sockets, NULL);
    /* On a slow machine time runs out long before the socket is full. */
    do {
        const size_t place = done % sizeof(out);

        ret = mbedguard_ssl_write_timeout(&wired.ends[0], out + place, sizeof(out) - place, 20);
        done += ret > 0 ? (size_t) ret : 0;
    } while (ret > 0);
    ck_assert_int_eq(ret, MBEDTLS_ERR_SSL_TIMEOUT);
    /* Room for all but the rest of one buffer. */
    for (whole = 0; whole + sizeof(in) <= done; whole += sizeof(in)) {
        ck_assert_int_eq(
            mbedguard_ssl_read_exact(&wired.ends[1], in, sizeof(in), 0, &got), 0);
        ck_assert_int_eq(memcmp(in, out, sizeof(in)), 0);
    }
    while (done < whole + sizeof(out)) {
        const size_t place = done - whole;

        ret = mbedguard_ssl_write_timeout(&wired.ends[0], out + place, sizeof(out) - place, 20);
        if (ret == MBEDTLS_ERR_SSL_TIMEOUT)
            break;
        ck_assert_int_gt(ret, 0);
        done += (size_t) ret;
    }
    ck_assert_int_eq(mbedguard_ssl_read_exact(&wired.ends[1], in, done - whole, 0, &got), 0);
    ck_assert_int_eq(memcmp(in, out, done - whole), 0);
    free_sockets();
}
END_TEST

/* ---- Whole messages ------------------------------------------------------------------------------ */

#define LENGTH  100
#define READERS 2

static unsigned messages;
static unsigned read_by[READERS];

/* Each message is of one byte value; it is written in parts that do not fit it. */
static void write_parts(void)
{
    unsigned char part[LENGTH];
    unsigned number;

    for (number = 0; number < messages; number++) {
        unsigned done;

        memset(part, (int) (number % 251), sizeof(part));
        for (done = 0; done < LENGTH; done += 25)
            LIVE_EQ(mbedguard_ssl_write(&wired.ends[1], part, 25), 25);
    }
    LIVE_EQ(mbedguard_ssl_close_notify(&wired.ends[1]), 0);
}

static void read_or_write(unsigned number, void *data)
{
    unsigned char in[LENGTH];
    size_t got;
    unsigned i;
    int ret;

    (void) data;
    if (number == READERS) {
        write_parts();
        return;
    }
    while ((ret = mbedguard_ssl_read_exact(&wired.ends[0], in, LENGTH, 0, &got)) == 0) {
        for (i = 1; i < LENGTH && in[i] == in[0]; i++) {
        }
        LIVE_EQ(i, LENGTH);
        read_by[number]++;
        if (live_failed())
            return;
    }
    /* One is told by the peer, and the others by the wire. */
    LIVE_EQ(ret == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY || ret == MBEDTLS_ERR_SSL_CONN_EOF, 1);
    wire_shut(&wired.wires[1]);
}

START_TEST(messages_stay_whole)
{
    const struct wire_kind kind = {.psk = true, .waits = true};

    messages = live_rounds(2000);
    memset(read_by, 0, sizeof(read_by));
    wire_open(&wired, &kind);
    wire_connect(&wired);
    live_threads(READERS + 1, read_or_write, NULL);
    ck_assert_uint_eq(read_by[0] + read_by[1], messages);
    wire_free(&wired);
}
END_TEST

#if defined(MBEDTLS_SSL_MAX_FRAGMENT_LENGTH)
static void make_records_small(mbedguard_ssl_config *config, unsigned end)
{
    if (end == 0)
        ck_assert_int_eq(mbedguard_ssl_conf_max_frag_len(config, MBEDTLS_SSL_MAX_FRAG_LEN_512), 0);
}

/* Where Mbed TLS returns after one record, and another writer might come between. */
START_TEST(one_call_for_all_records)
{
    const struct wire_kind kind = {.psk = true, .adjust = make_records_small};
    unsigned char out[2000] = {1, 2, 3}, in[sizeof(out)];
    size_t got = 0;
    unsigned before;

    wire_open(&wired, &kind);
    wire_connect(&wired);
    before = wire_records(&wired.wires[0], MBEDTLS_SSL_MSG_APPLICATION_DATA);
    ck_assert_int_eq(mbedguard_ssl_write(&wired.ends[0], out, sizeof(out)), sizeof(out));
    ck_assert_uint_eq(wire_records(&wired.wires[0], MBEDTLS_SSL_MSG_APPLICATION_DATA), before + 4);
    ck_assert_int_eq(mbedguard_ssl_read_exact(&wired.ends[1], in, sizeof(in), 0, &got), 0);
    ck_assert_mem_eq(in, out, sizeof(in));
    wire_free(&wired);
}
END_TEST
#endif

#if defined(MBEDTLS_SSL_RENEGOTIATION)

static int calls; /* of readers */

static void ask_anew(mbedguard_ssl_config *config, unsigned end)
{
    if (end == 1)
        ck_assert_int_eq(
            mbedguard_ssl_conf_renegotiation(config, MBEDTLS_SSL_RENEGOTIATION_ENABLED), 0);
}

/* A reader that has to send is outside, and another one has all the time to come between. */
static int send_slowly(void *wire, const unsigned char *buf, size_t len)
{
    unsigned i;

    while (__atomic_load_n(&calls, __ATOMIC_SEQ_CST) < READERS && !live_failed())
        sched_yield();
    for (i = 0; i < 2000; i++)
        sched_yield();
    return wire_send(wire, buf, len);
}

static void read_both(unsigned number, void *data)
{
    unsigned char in[LENGTH];
    size_t got;

    (void) number;
    (void) data;
    __atomic_add_fetch(&calls, 1, __ATOMIC_SEQ_CST);
    LIVE_EQ(mbedguard_ssl_read_exact(&wired.ends[0], in, LENGTH, 0, &got), 0);
    LIVE_EQ(in[LENGTH - 1], in[0]);
}

/* In the middle of the first message the peer asks for what is refused by an alert. */
START_TEST(message_over_an_alert)
{
    const struct wire_kind kind = {.psk = true, .waits = true, .adjust = ask_anew};
    unsigned char out[LENGTH];

    calls = 0;
    wire_open(&wired, &kind);
    wire_connect(&wired);
    ck_assert_int_eq(
        mbedguard_ssl_set_bio(&wired.ends[0], &wired.wires[0], send_slowly, wire_recv, NULL), 0);
    memset(out, 1, sizeof(out));
    ck_assert_int_eq(mbedguard_ssl_write(&wired.ends[1], out, LENGTH / 2), LENGTH / 2);
    ck_assert_int_eq(mbedguard_ssl_renegotiate(&wired.ends[1]), 0);
    ck_assert_int_eq(mbedguard_ssl_write(&wired.ends[1], out, LENGTH / 2), LENGTH / 2);
    memset(out, 2, sizeof(out));
    ck_assert_int_eq(mbedguard_ssl_write(&wired.ends[1], out, LENGTH), LENGTH);
    live_threads(READERS, read_both, NULL);
    wire_free(&wired);
}
END_TEST

#endif

/* ---- Under a lock -------------------------------------------------------------------------------- */

START_TEST(nothing_waits_under_a_lock)
{
    unsigned char out[300], in[sizeof(out)];
    size_t pending = 0, before;

    memset(out, 0x42, sizeof(out));
    open_wire(true);
    ck_assert_int_eq(mbedguard_ssl_write(&wired.ends[1], out, sizeof(out)), (int) sizeof(out));
    before = wired.channels[0].passed;
    ck_assert_int_eq(mbedguard_lock(&wired.ends[0]), 0);
    /* There is something to read: the BIO is not asked. */
    ck_assert_int_eq(mbedguard_ssl_read(&wired.ends[0], in, sizeof(in)), MBEDTLS_ERR_SSL_WANT_READ);
    ck_assert_int_eq(mbedguard_ssl_write(&wired.ends[0], out, sizeof(out)),
                     MBEDTLS_ERR_SSL_WANT_WRITE);
    ck_assert_int_eq(mbedguard_ssl_write(&wired.ends[0], out, sizeof(out)),
                     MBEDTLS_ERR_SSL_WANT_WRITE);
    ck_assert_uint_eq(wired.channels[0].passed, before);
    ck_assert_int_eq(mbedguard_ssl_get_out_pending(&wired.ends[0], &pending), 0);
    ck_assert_uint_gt(pending, sizeof(out));
    ck_assert_int_eq(mbedguard_unlock(&wired.ends[0]), 0);
    ck_assert_int_eq(mbedguard_ssl_read(&wired.ends[0], in, sizeof(in)), (int) sizeof(in));
    ck_assert_int_eq(mbedguard_ssl_write(&wired.ends[0], out, sizeof(out)), (int) sizeof(out));
    ck_assert_uint_eq(wire_records(&wired.wires[0], MBEDTLS_SSL_MSG_APPLICATION_DATA), 1);
    ck_assert_int_eq(mbedguard_ssl_read(&wired.ends[1], in, sizeof(in)), (int) sizeof(in));
    wire_free(&wired);
}
END_TEST

/* ---- What may be queued -------------------------------------------------------------------------- */

static void write_in_vain(unsigned number, void *data)
{
    unsigned char out[50] = {0};
    size_t before = 0, after = 0;

    (void) number;
    (void) data;
    LIVE_EQ(mbedguard_ssl_get_out_pending(&wired.ends[0], &before), 0);
    LIVE_EQ(mbedguard_ssl_write(&wired.ends[0], out, sizeof(out)), MBEDTLS_ERR_SSL_WANT_WRITE);
    LIVE_EQ(mbedguard_ssl_get_out_pending(&wired.ends[0], &after), 0);
    LIVE_EQ(after, before);
}

/* While the BIO takes nothing, another thread's bytes are not taken either, whatever the limit. */
START_TEST(nothing_is_taken_behind_a_bio_that_waits)
{
    unsigned char out[100] = {1}, in[sizeof(out)];

    open_wire(false);
    if (_i == 0)
        ck_assert_int_eq(mbedguard_ssl_set_out_limit(&wired.ends[0], 0), 0);
    wire_stop(&wired.wires[0], true, true);
    ck_assert_int_eq(mbedguard_ssl_write(&wired.ends[0], out, sizeof(out)),
                     MBEDTLS_ERR_SSL_WANT_WRITE);
    live_threads(1, write_in_vain, NULL);
    wire_stop(&wired.wires[0], true, false);
    ck_assert_int_eq(mbedguard_ssl_write(&wired.ends[0], out, sizeof(out)), (int) sizeof(out));
    ck_assert_int_eq(mbedguard_ssl_read(&wired.ends[1], in, sizeof(in)), (int) sizeof(in));
    ck_assert_int_eq(memcmp(in, out, sizeof(in)), 0);
    ck_assert_int_eq(mbedguard_ssl_read(&wired.ends[1], in, sizeof(in)), MBEDTLS_ERR_SSL_WANT_READ);
    wire_free(&wired);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("io");
    TCase *bad = live_case(suite, "bad input");
    TCase *deadlines = live_case(suite, "deadlines");
    TCase *exact = live_case(suite, "messages");
    TCase *queue = live_case(suite, "queue");

    tcase_add_test(bad, no_connection);
    tcase_add_test(bad, not_set_up);
    tcase_add_test(deadlines, read_of_a_bio_with_timeouts);
    tcase_add_test(deadlines, read_of_a_socket);
    tcase_add_test(deadlines, handshake_with_nobody);
    tcase_add_test(deadlines, write_to_a_full_socket);
    tcase_add_test(exact, messages_stay_whole);
#if defined(MBEDTLS_SSL_MAX_FRAGMENT_LENGTH)
    tcase_add_test(exact, one_call_for_all_records);
#endif
#if defined(MBEDTLS_SSL_RENEGOTIATION)
    tcase_add_test(exact, message_over_an_alert);
#endif
    tcase_add_test(queue, nothing_waits_under_a_lock);
    tcase_add_loop_test(queue, nothing_is_taken_behind_a_bio_that_waits, 0, 2);
    return live_run(suite);
}
