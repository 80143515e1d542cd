/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Early data of TLS 1.3 beside everything else: threads that write it, shake hands, read and write at
 * the same time. Each message arrives once, whether the server takes early data or not.
 */
#if !defined(_POSIX_C_SOURCE)
#define _POSIX_C_SOURCE 200809L
#endif

#include "live/wire.h"

#if LIVE_TLS13 && defined(MBEDTLS_SSL_EARLY_DATA) && defined(MBEDTLS_SSL_TICKET_C)

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>

#include <mbedguard/ssl_ticket.h>

#define LENGTH   100
#define MESSAGES 20  /* of each writer */
#define LIMIT    1000 /* of early data, in bytes */
#define WRITERS  3
#define ROUNDS   20

static struct wire_link wired;
static mbedguard_ssl_ticket_context ticket_keys;
static mbedguard_ssl_session session;
static uint32_t limit;

/* ---- A session whose ticket allows it ------------------------------------------------------------ */

static void allow(mbedguard_ssl_config *config, unsigned end)
{
    ck_assert_int_eq(mbedguard_ssl_conf_early_data(config, MBEDTLS_SSL_EARLY_DATA_ENABLED), 0);
    if (end == 0) {
        wire_hear_of_tickets(config);
        return;
    }
    ck_assert_int_eq(mbedguard_ssl_conf_max_early_data_size(config, limit), 0);
    wire_give_tickets(config, &ticket_keys);
}

/* Both ends begin anew, and the client has a session to resume. */
static void begin_again(void)
{
    ck_assert_int_eq(mbedguard_ssl_session_reset(&wired.ends[0]), 0);
    ck_assert_int_eq(mbedguard_ssl_session_reset(&wired.ends[1]), 0);
    wire_renew(&wired);
    ck_assert_int_eq(mbedguard_ssl_set_session(&wired.ends[0], &session), 0);
}

static void open_session(const struct wire_kind *kind, uint32_t bytes)
{
    unsigned char byte;
    int ret;

    limit = bytes;
    ck_assert_int_eq(mbedguard_ssl_ticket_init(&ticket_keys), 0);
    ck_assert_int_eq(live_ticket_setup(&ticket_keys, 86400), 0);
    ck_assert_int_eq(mbedguard_ssl_session_init(&session), 0);
    wire_open(&wired, kind);
    wire_connect(&wired);
    do {
        ret = mbedguard_ssl_read(&wired.ends[0], &byte, 1);
    } while (wire_wants_more(ret));
    ck_assert_int_eq(ret, MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET);
    ck_assert_int_eq(mbedguard_ssl_get_session(&wired.ends[0], &session), 0);
    begin_again();
}

static void refuse_early_data(void)
{
    ck_assert_int_eq(
        mbedguard_ssl_conf_early_data(&wired.configs[1], MBEDTLS_SSL_EARLY_DATA_DISABLED), 0);
}

static void free_session(void)
{
    wire_free(&wired);
    ck_assert_int_eq(mbedguard_ssl_session_free(&session), 0);
    ck_assert_int_eq(mbedguard_ssl_ticket_free(&ticket_keys), 0);
}

/* ---- One thread ---------------------------------------------------------------------------------- */

static unsigned char message[10 * LENGTH];

static int write_early(size_t len)
{
    return mbedguard_ssl_write_early_data(&wired.ends[0], message, len);
}

static int status(void)
{
    return mbedguard_ssl_get_early_data_status(&wired.ends[0]);
}

/* Both handshakes in turns; the bytes of early data that the server read. */
static size_t connect_and_read_early(void)
{
    int ret[2] = {MBEDTLS_ERR_SSL_WANT_READ, MBEDTLS_ERR_SSL_WANT_READ};
    unsigned char in[LENGTH];
    size_t early = 0;

    while (ret[0] != 0 || ret[1] != 0) {
        if (ret[1] != 0)
            ret[1] = mbedguard_ssl_handshake(&wired.ends[1]);
        while (ret[1] == MBEDTLS_ERR_SSL_RECEIVED_EARLY_DATA) {
            const int got = mbedguard_ssl_read_early_data(&wired.ends[1], in, sizeof(in));

            ck_assert_int_gt(got, 0);
            early += (size_t) got;
            ret[1] = mbedguard_ssl_handshake(&wired.ends[1]);
        }
        if (ret[0] != 0)
            ret[0] = mbedguard_ssl_handshake(&wired.ends[0]);
        ck_assert(ret[0] == 0 || wire_wants_more(ret[0]));
        ck_assert(ret[1] == 0 || wire_wants_more(ret[1]));
    }
    return early;
}

static void expect_read(size_t expected)
{
    unsigned char in[sizeof(message)];
    size_t got = 0;
    int ret;

    while ((ret = mbedguard_ssl_read(&wired.ends[1], in, sizeof(in))) > 0)
        got += (size_t) ret;
    ck_assert_int_eq(ret, MBEDTLS_ERR_SSL_WANT_READ);
    ck_assert_uint_eq(got, expected);
}

static const struct wire_kind in_turns = {.tls13 = true, .adjust = allow};

/* Who was told less than what is there would write it twice. */
START_TEST(up_to_the_limit)
{
    open_session(&in_turns, 250);
    ck_assert_int_eq(write_early(sizeof(message)), 250);
    ck_assert_int_eq(write_early(1), MBEDTLS_ERR_SSL_CANNOT_WRITE_EARLY_DATA);
    ck_assert_uint_eq(connect_and_read_early(), 250);
    ck_assert_int_eq(status(), MBEDTLS_SSL_EARLY_DATA_STATUS_ACCEPTED);
    expect_read(0);
    free_session();
}
END_TEST

START_TEST(comes_again)
{
    open_session(&in_turns, LIMIT);
    wire_stop(&wired.wires[0], true, true);
    ck_assert_int_eq(write_early(LENGTH), MBEDTLS_ERR_SSL_WANT_WRITE);
    ck_assert_int_eq(write_early(LENGTH), MBEDTLS_ERR_SSL_WANT_WRITE);
    wire_stop(&wired.wires[0], true, false);
    ck_assert_int_eq(write_early(LENGTH), LENGTH);
    ck_assert_uint_eq(connect_and_read_early(), LENGTH);
    ck_assert_int_eq(write_early(LENGTH), MBEDTLS_ERR_SSL_CANNOT_WRITE_EARLY_DATA);
    expect_read(0);
    free_session();
}
END_TEST

/* What was refused is written once more, from the same buffer: that is no write that comes again. */
START_TEST(written_once_more)
{
    open_session(&in_turns, LIMIT);
    refuse_early_data();
    wire_stop(&wired.wires[0], true, true);
    ck_assert_int_eq(write_early(LENGTH), MBEDTLS_ERR_SSL_WANT_WRITE);
    wire_stop(&wired.wires[0], true, false);
    ck_assert_uint_eq(connect_and_read_early(), 0);
    ck_assert_int_eq(status(), MBEDTLS_SSL_EARLY_DATA_STATUS_REJECTED);
    ck_assert_int_eq(mbedguard_ssl_write(&wired.ends[0], message, LENGTH), LENGTH);
    expect_read(LENGTH);
    free_session();
}
END_TEST

START_TEST(not_indicated)
{
    open_session(&in_turns, LIMIT);
    ck_assert_int_eq(mbedguard_ssl_session_reset(&wired.ends[0]), 0);
    ck_assert_int_eq(write_early(LENGTH), MBEDTLS_ERR_SSL_CANNOT_WRITE_EARLY_DATA);
    ck_assert_uint_eq(connect_and_read_early(), 0);
    ck_assert_int_eq(status(), MBEDTLS_SSL_EARLY_DATA_STATUS_NOT_INDICATED);
    free_session();
}
END_TEST

/* ---- Many ---------------------------------------------------------------------------------------- */

enum role {
    EARLY_WRITER,
    EARLY_WRITER_2,
    WRITER,
    READER,
    PEER_HANDSHAKE,
    PEER_READER,
    PEER_WRITER,
    ROLES
};

static atomic_uint seen[WRITERS][MESSAGES];
static atomic_uint answers, early;
static atomic_int left; /* messages that may be written early */
static atomic_bool begun;
static pthread_barrier_t all_written;

static void check_failure(void)
{
    if (live_failed())
        wire_shut_both(&wired);
}

static void note_message(const unsigned char *buf, int len)
{
    LIVE_EQ(len, LENGTH);
    LIVE_EQ(buf[0] < WRITERS && buf[1] < MESSAGES, 1);
    LIVE_EQ(buf[LENGTH - 1], buf[0] + buf[1]);
    if (buf[0] < WRITERS && buf[1] < MESSAGES)
        atomic_fetch_add(&seen[buf[0]][buf[1]], 1);
}

/* A call of the server's that was told of early data comes again after this. */
static bool reads_early(int ret)
{
    unsigned char in[LENGTH];

    if (ret != MBEDTLS_ERR_SSL_RECEIVED_EARLY_DATA)
        return wire_wants_more(ret);
    ret = mbedguard_ssl_read_early_data(&wired.ends[1], in, sizeof(in));
    if (ret > 0) {
        atomic_fetch_add(&early, 1);
        note_message(in, ret);
    } else if (ret != MBEDTLS_ERR_SSL_CANNOT_READ_EARLY_DATA) {
        LIVE_EQ(ret, LENGTH); /* another thread may have been faster */
    }
    return true;
}

static void fill(unsigned char *buf, unsigned writer, unsigned number)
{
    memset(buf, 0, LENGTH);
    buf[0] = (unsigned char) writer;
    buf[1] = (unsigned char) number;
    buf[LENGTH - 1] = (unsigned char) (writer + number);
}

static void write_from(unsigned writer, unsigned first)
{
    unsigned char buf[LENGTH];
    int ret;

    for (; first < MESSAGES && !live_failed(); first++) {
        fill(buf, writer, first);
        do {
            ret = mbedguard_ssl_write(&wired.ends[0], buf, LENGTH);
        } while (wire_wants_more(ret));
        LIVE_EQ(ret, LENGTH);
    }
}

/* As many as it is possible; how many it were. */
static unsigned write_early_ones(unsigned writer)
{
    unsigned char buf[LENGTH];
    unsigned number;
    int ret;

    for (number = 0; number < MESSAGES && atomic_fetch_sub(&left, 1) > 0; number++) {
        fill(buf, writer, number);
        do {
            ret = mbedguard_ssl_write_early_data(&wired.ends[0], buf, LENGTH);
        } while (wire_wants_more(ret));
        if (ret != LENGTH) {
            LIVE_EQ(ret, MBEDTLS_ERR_SSL_CANNOT_WRITE_EARLY_DATA);
            break;
        }
        atomic_store(&begun, true);
    }
    return number;
}

/* The first message goes early, whoever is faster. */
static void await_the_first(void)
{
    while (!atomic_load(&begun) && !live_failed())
        sched_yield();
}

static void write_all(unsigned writer)
{
    unsigned done = 0;
    int ret;

    if (writer != 0)
        await_the_first();
    if (writer < 2)
        done = write_early_ones(writer);
    if (writer < 2) {
        do {
            ret = mbedguard_ssl_handshake(&wired.ends[0]);
        } while (wire_wants_more(ret));
        LIVE_EQ(ret, 0);
        write_from(writer, status() == MBEDTLS_SSL_EARLY_DATA_STATUS_REJECTED ? 0 : done);
    } else {
        write_from(writer, 0);
    }
    check_failure();
    pthread_barrier_wait(&all_written);
    if (writer == 0) {
        do {
            ret = mbedguard_ssl_close_notify(&wired.ends[0]);
        } while (wire_wants_more(ret));
        LIVE_EQ(ret, 0);
    }
}

static void hear_answers(void)
{
    unsigned char in[LENGTH];
    int ret;

    await_the_first();
    while (atomic_load(&answers) < MESSAGES && !live_failed()) {
        do {
            ret = mbedguard_ssl_read(&wired.ends[0], in, sizeof(in));
        } while (wire_wants_more(ret) || ret == MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET);
        LIVE_EQ(ret, LENGTH);
        atomic_fetch_add(&answers, 1);
    }
}

static void read_to_the_end(void)
{
    unsigned char in[LENGTH];
    int ret;

    do {
        ret = mbedguard_ssl_read(&wired.ends[1], in, sizeof(in));
        if (ret > 0)
            note_message(in, ret);
    } while ((ret > 0 || reads_early(ret)) && !live_failed());
    LIVE_EQ(ret, MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY);
}

static void answer(void)
{
    unsigned char buf[LENGTH] = {0};
    unsigned i;
    int ret;

    for (i = 0; i < MESSAGES && !live_failed(); i++) {
        do {
            ret = mbedguard_ssl_write(&wired.ends[1], buf, LENGTH);
        } while (reads_early(ret));
        LIVE_EQ(ret, LENGTH);
    }
}

static void work(unsigned number, void *data)
{
    int ret;

    (void) data;
    switch ((enum role) number) {
    case EARLY_WRITER:
    case EARLY_WRITER_2:
    case WRITER:
        write_all(number);
        break;
    case READER:
        hear_answers();
        break;
    case PEER_HANDSHAKE:
        do {
            ret = mbedguard_ssl_handshake(&wired.ends[1]);
        } while (reads_early(ret));
        LIVE_EQ(ret, 0);
        break;
    case PEER_READER:
        read_to_the_end();
        break;
    default:
        answer();
        break;
    }
    check_failure();
}

static void check_once(void)
{
    unsigned i, k;

    for (i = 0; i < WRITERS; i++)
        for (k = 0; k < MESSAGES; k++)
            ck_assert_msg(atomic_load(&seen[i][k]) == 1, "message %u of writer %u came %u times", k, i,
                          atomic_load(&seen[i][k]));
    memset(seen, 0, sizeof(seen));
    atomic_store(&answers, 0);
}

static void write_beside(const struct wire_kind *kind, bool refused)
{
    unsigned rounds = live_rounds(ROUNDS);

    open_session(kind, LIMIT);
    if (refused)
        refuse_early_data();
    atomic_store(&early, 0);
    pthread_barrier_init(&all_written, NULL, WRITERS);
    while (rounds-- != 0) {
        /* Who discards it counts what is around it, too: fewer than LIMIT / LENGTH. */
        atomic_store(&begun, false);
        atomic_store(&left, refused ? 6 : WRITERS * MESSAGES);
        live_threads(ROLES, work, NULL);
        check_once();
        begin_again();
    }
    pthread_barrier_destroy(&all_written);
    ck_assert_int_eq(atomic_load(&early) == 0, refused);
    free_session();
}

/* Accepted and rejected, over a BIO that waits and over a hostile one. */
static const struct wire_kind kinds[] = {
    {.tls13 = true, .adjust = allow, .waits = true},
    {.tls13 = true, .adjust = allow, .hostile = true},
};

START_TEST(beside_each_other)
{
    write_beside(&kinds[_i / 2], _i % 2 != 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("early");
    TCase *alone = live_case(suite, "alone");
    TCase *beside = live_case(suite, "beside");

    tcase_add_test(alone, up_to_the_limit);
    tcase_add_test(alone, comes_again);
    tcase_add_test(alone, written_once_more);
    tcase_add_test(alone, not_indicated);
    tcase_add_loop_test(beside, beside_each_other, 0, 4);
    return live_run(suite);
}

#else

#include <stdio.h>

int main(void)
{
    puts("skipped: this Mbed TLS was built without MBEDTLS_SSL_EARLY_DATA, or has no TLS 1.3");
    return 77;
}

#endif
