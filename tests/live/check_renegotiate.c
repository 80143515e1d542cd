/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Handshake messages come while both ends write: a renegotiation that the client or the server began,
 * session tickets of TLS 1.3. No byte is lost, and no writer is told what is a reader's.
 */
#if !defined(_POSIX_C_SOURCE)
#define _POSIX_C_SOURCE 200809L
#endif

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>

#include "live/wire.h"

#include <mbedguard/ssl_ticket.h>

static struct wire_link wired;
static unsigned char byte_at[4096 + 251]; /* of the stream, which repeats */
static atomic_size_t sent[2], received[2];
static unsigned tickets;

/* Until so much has come to this end; not a matter of time. */
static void await_received(unsigned end, size_t bytes)
{
    while (atomic_load(&received[end]) < bytes && !live_failed())
        sched_yield();
}

static void write_some(unsigned end, size_t len)
{
    const size_t from = atomic_load(&sent[end]);
    size_t done = 0;

    while (done < len && !live_failed()) {
        const unsigned char *buf = byte_at + (from + done) % 251;
        const int ret = mbedguard_ssl_write(&wired.ends[end], buf, len - done);

        if (ret > 0)
            done += (size_t) ret;
        else if (!wire_wants_more(ret))
            LIVE_EQ(ret, len - done);
    }
    atomic_fetch_add(&sent[end], done);
    if (live_failed())
        wire_shut_both(&wired);
}

/* Until the other end closes. */
static void read_stream(unsigned end)
{
    unsigned char buf[3000];
    int ret;

    do {
        ret = mbedguard_ssl_read(&wired.ends[end], buf, sizeof(buf));
        if (ret > 0) {
            LIVE_EQ(memcmp(buf, byte_at + atomic_load(&received[end]) % 251, (size_t) ret), 0);
            atomic_fetch_add(&received[end], (size_t) ret);
        }
#if defined(MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET)
        if (ret == MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET) {
            tickets++;
            ret = 1;
        }
#endif
    } while ((ret > 0 || wire_wants_more(ret)) && !live_failed());
    LIVE_EQ(ret, MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY);
    if (live_failed())
        wire_shut_both(&wired);
}

static void close_one(unsigned end)
{
    int ret;

    do {
        ret = mbedguard_ssl_close_notify(&wired.ends[end]);
    } while (wire_wants_more(ret));
    LIVE_EQ(ret, 0);
}

static void open_streams(const struct wire_kind *kind)
{
    unsigned i;

    for (i = 0; i < sizeof(byte_at); i++)
        byte_at[i] = (unsigned char) (i % 251);
    for (i = 0; i < 2; i++) {
        atomic_store(&sent[i], 0);
        atomic_store(&received[i], 0);
    }
    tickets = 0;
    wire_open(&wired, kind);
}

#if defined(MBEDTLS_SSL_RENEGOTIATION)

static pthread_barrier_t done; /* writers, and who renegotiates */
static atomic_bool renegotiating;

static void allow(mbedguard_ssl_config *config, unsigned end)
{
    (void) end;
    ck_assert_int_eq(mbedguard_ssl_conf_renegotiation(config, MBEDTLS_SSL_RENEGOTIATION_ENABLED),
                     0);
    /* As many bytes as there are may come before the answer. */
    ck_assert_int_eq(mbedguard_ssl_conf_renegotiation_enforced(
                         config, MBEDTLS_SSL_RENEGOTIATION_NOT_ENFORCED),
                     0);
}

/* A client's call lasts until the handshake is over; a server's asks the client, once for each. */
static unsigned handshakes_over(void)
{
    return wire_records(&wired.wires[1], MBEDTLS_SSL_MSG_CHANGE_CIPHER_SPEC);
}

static void renegotiate(unsigned end)
{
    const unsigned times = live_rounds(5);
    unsigned i;

    for (i = 0; i < times && !live_failed(); i++) {
        const unsigned before = handshakes_over();
        int ret;

        await_received(0, 1000 * (i + 1));
        do {
            ret = mbedguard_ssl_renegotiate(&wired.ends[end]);
        } while ((wire_wants_more(ret) || ret == MBEDTLS_ERR_SSL_WAITING_SERVER_HELLO_RENEGO) &&
                 !live_failed());
        LIVE_EQ(ret, 0);
        while (handshakes_over() == before && !live_failed())
            sched_yield();
    }
    atomic_store(&renegotiating, false);
    if (live_failed())
        wire_shut_both(&wired);
    pthread_barrier_wait(&done);
}

/*
 * A server of Mbed TLS repeats its request for each record that comes before the answer, and a client
 * of Mbed TLS, which has begun the handshake by then, takes that for an error: it must not write.
 */
static bool may_write(unsigned end, unsigned who)
{
    return who == 0 || end == 1 || !atomic_load(&renegotiating);
}

/* The last bytes are written when the last handshake has begun: they come after its end. */
static void write_stream(unsigned end, unsigned who)
{
    while (atomic_load(&renegotiating) && !live_failed()) {
        if (may_write(end, who))
            write_some(end, 1 + atomic_load(&sent[end]) % 4000);
        else
            sched_yield();
    }
    pthread_barrier_wait(&done);
    if (end == 0)
        await_received(0, atomic_load(&sent[1]));
    write_some(0, end == 0 ? 100 : 0);
    await_received(1, end == 0 ? atomic_load(&sent[0]) : 0);
    if (end == 0)
        close_one(0);
}

static void work(unsigned number, void *data)
{
    const unsigned *who = data;

    if (number == 4)
        renegotiate(*who);
    else if (number < 2)
        write_stream(number, *who);
    else
        read_stream(number - 2);
    /* The server's reader was told that the client is done. */
    if (number == 3)
        close_one(1);
}

static void renegotiate_in(const struct wire_kind *kind, unsigned who)
{
    open_streams(kind);
    atomic_store(&renegotiating, true);
    pthread_barrier_init(&done, NULL, 3);
    wire_connect(&wired);
    live_threads(5, work, &who);
    ck_assert_uint_eq(atomic_load(&received[0]), atomic_load(&sent[1]));
    ck_assert_uint_eq(atomic_load(&received[1]), atomic_load(&sent[0]));
    pthread_barrier_destroy(&done);
    wire_free(&wired);
}

static const struct wire_kind patient = {.waits = true, .psk = true, .adjust = allow};
static const struct wire_kind hostile = {.hostile = true, .psk = true, .adjust = allow};

/* After so many records a writer begins a handshake. */
static void allow_soon(mbedguard_ssl_config *config, unsigned end)
{
    static const unsigned char period[8] = {0, 0, 0, 0, 0, 0, 0, 4};

    allow(config, end);
    if (end == 0)
        ck_assert_int_eq(mbedguard_ssl_conf_renegotiation_period(config, period), 0);
}

/* As Mbed TLS tells it: what came has to be read first, and others that write do not read it. */
static void write_without_reader(unsigned number, void *data)
{
    unsigned char byte = 0;
    int ret;

    (void) number;
    (void) data;
    do {
        ret = mbedguard_ssl_write(&wired.ends[0], &byte, 1);
    } while (ret == 1);
    LIVE_EQ(ret, MBEDTLS_ERR_SSL_WANT_READ);
}

START_TEST(without_reader)
{
    static const struct wire_kind kind = {.waits = true, .psk = true, .adjust = allow_soon};
    unsigned rounds = live_rounds(30);

    while (rounds-- != 0) {
        unsigned char byte = 0;

        open_streams(&kind);
        wire_connect(&wired);
        ck_assert_int_eq(mbedguard_ssl_write(&wired.ends[1], &byte, 1), 1);
        live_threads(4, write_without_reader, NULL);
        ck_assert_int_eq(mbedguard_ssl_read(&wired.ends[0], &byte, 1), 1);
        wire_free(&wired);
    }
}
END_TEST

START_TEST(by_client)
{
    renegotiate_in(&patient, 0);
}
END_TEST

START_TEST(by_server)
{
    renegotiate_in(&patient, 1);
}
END_TEST

START_TEST(by_client_hostile)
{
    renegotiate_in(&hostile, 0);
}
END_TEST

START_TEST(by_server_hostile)
{
    renegotiate_in(&hostile, 1);
}
END_TEST

#endif

#if LIVE_TLS13 && defined(MBEDTLS_SSL_SESSION_TICKETS) && defined(MBEDTLS_SSL_TICKET_C)

#define TICKETS 8

static mbedguard_ssl_ticket_context ticket_keys;

static void give_tickets(mbedguard_ssl_config *config, unsigned end)
{
    if (end == 0) {
        wire_hear_of_tickets(config);
        return;
    }
    wire_give_tickets(config, &ticket_keys);
    ck_assert_int_eq(mbedguard_ssl_conf_new_session_tickets(config, TICKETS), 0);
}

static void work_13(unsigned number, void *data)
{
    (void) data;
    if (number == 0) {
        read_stream(0);
        close_one(0);
    } else if (number == 1) {
        read_stream(1);
    } else if (number == 2) {
        while (atomic_load(&sent[0]) < 300000 && !live_failed())
            write_some(0, 1 + atomic_load(&sent[0]) % 4000);
    } else {
        write_some(1, 4000);
        await_received(0, 4000);
        await_received(1, 300000);
        close_one(1);
    }
}

/* They are there before the first data, and a writer may well be the first who comes. */
START_TEST(new_tickets)
{
    static const struct wire_kind kind = {.waits = true, .tls13 = true, .adjust = give_tickets};
    unsigned rounds = live_rounds(50);

    while (rounds-- != 0) {
        ck_assert_int_eq(mbedguard_ssl_ticket_init(&ticket_keys), 0);
        ck_assert_int_eq(live_ticket_setup(&ticket_keys, 86400), 0);
        open_streams(&kind);
        wire_connect(&wired);
        live_threads(4, work_13, NULL);
        ck_assert_uint_eq(atomic_load(&received[0]), atomic_load(&sent[1]));
        ck_assert_uint_eq(atomic_load(&received[1]), atomic_load(&sent[0]));
        ck_assert_uint_ge(tickets, 1);
        ck_assert_uint_le(tickets, TICKETS);
        wire_free(&wired);
        ck_assert_int_eq(mbedguard_ssl_ticket_free(&ticket_keys), 0);
    }
}
END_TEST

#endif

int main(void)
{
    Suite *suite = suite_create("renegotiate");
    TCase *patient_case = live_case(suite, "patient");
    TCase *hostile_case = live_case(suite, "hostile");
    TCase *ticket_case = live_case(suite, "tickets");

#if defined(MBEDTLS_SSL_RENEGOTIATION)
    tcase_add_test(patient_case, without_reader);
    tcase_add_test(patient_case, by_client);
    tcase_add_test(patient_case, by_server);
    tcase_add_test(hostile_case, by_client_hostile);
    tcase_add_test(hostile_case, by_server_hostile);
#else
    (void) patient_case;
    (void) hostile_case;
#endif
#if LIVE_TLS13 && defined(MBEDTLS_SSL_SESSION_TICKETS) && defined(MBEDTLS_SSL_TICKET_C)
    tcase_add_test(ticket_case, new_tickets);
#else
    (void) ticket_case;
#endif
    return live_run(suite);
}
