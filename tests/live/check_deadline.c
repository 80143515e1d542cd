/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * What mbedguard/ssl_deadline.h adds: each call ends when its time is over, although the peer, the BIO
 * or another thread holds it up, and changes nothing then; with time enough it does what it is for.
 */
#if !defined(_POSIX_C_SOURCE)
#define _POSIX_C_SOURCE 200809L
#endif

#include <sched.h>
#include <stdatomic.h>
#include <string.h>

#include "live/wire.h"

#define SHORT  20    /* milliseconds, of a call that is held up */
#define ENOUGH 60000 /* of one that is not, however busy the machine */

static struct wire_link wired;
static mbedguard_net_context sockets[2];

static void open_wire(bool timeouts)
{
    const struct wire_kind kind = {.psk = true, .waits = true, .timeouts = timeouts};

    wire_open(&wired, &kind);
    wire_connect(&wired);
}

/* ---- Bad input ----------------------------------------------------------------------------------- */

START_TEST(no_connection)
{
    const int bad = MBEDGUARD_ERR_BAD_INPUT;

    ck_assert_int_eq(mbedguard_ssl_handshake_step_timeout(NULL, SHORT), bad);
#if defined(MBEDTLS_SSL_RENEGOTIATION)
    ck_assert_int_eq(mbedguard_ssl_renegotiate_timeout(NULL, SHORT), bad);
#endif
    ck_assert_int_eq(mbedguard_ssl_close_notify_timeout(NULL, SHORT), bad);
    ck_assert_int_eq(mbedguard_ssl_send_alert_message_timeout(NULL, 1, 90, SHORT), bad);
#if defined(MBEDTLS_SSL_EARLY_DATA)
    ck_assert_int_eq(mbedguard_ssl_read_early_data_timeout(NULL, NULL, 0, SHORT), bad);
    ck_assert_int_eq(mbedguard_ssl_write_early_data_timeout(NULL, NULL, 0, SHORT), bad);
#endif
    ck_assert_int_eq(mbedguard_ssl_session_reset_timeout(NULL, SHORT), bad);
    ck_assert_int_eq(mbedguard_ssl_set_bio_timeout(NULL, NULL, NULL, NULL, NULL, SHORT), bad);
    ck_assert_int_eq(mbedguard_ssl_free_timeout(NULL, SHORT), 0);
}
END_TEST

START_TEST(not_set_up)
{
    const int bad = MBEDTLS_ERR_SSL_BAD_INPUT_DATA;
    mbedguard_ssl_context ssl;

    ck_assert_int_eq(mbedguard_ssl_init(&ssl), 0);
    ck_assert_int_eq(mbedguard_ssl_handshake_step_timeout(&ssl, SHORT), bad);
#if defined(MBEDTLS_SSL_RENEGOTIATION)
    ck_assert_int_eq(mbedguard_ssl_renegotiate_timeout(&ssl, SHORT), bad);
#endif
    ck_assert_int_eq(mbedguard_ssl_close_notify_timeout(&ssl, SHORT), bad);
    ck_assert_int_eq(mbedguard_ssl_send_alert_message_timeout(&ssl, 1, 90, SHORT), bad);
    ck_assert_int_eq(mbedguard_ssl_session_reset_timeout(&ssl, SHORT), bad);
    ck_assert_int_eq(mbedguard_ssl_session_reset(&ssl), bad);
    ck_assert_ptr_null(ssl.companion.pump);
    ck_assert_int_eq(mbedguard_ssl_set_bio_timeout(&ssl, NULL, NULL, NULL, NULL, SHORT), 0);
    ck_assert_int_eq(mbedguard_ssl_session_reset(&ssl), bad);
    ck_assert_int_eq(mbedguard_ssl_free_timeout(&ssl, SHORT), 0);
    ck_assert_int_eq(mbedguard_ssl_session_reset(&ssl), bad);
    ck_assert_int_eq(mbedguard_ssl_free_timeout(&ssl, 0), 0);
}
END_TEST

/* ---- Held up by the peer ------------------------------------------------------------------------- */

static void finish(unsigned number, void *data)
{
    int ret;

    (void) data;
    do {
        ret = number == 1 ? mbedguard_ssl_handshake(&wired.ends[1])
                          : mbedguard_ssl_handshake_step_timeout(&wired.ends[0], ENOUGH);
    } while (wire_wants_more(ret) ||
             (ret == 0 && !mbedguard_ssl_is_handshake_over(&wired.ends[number])));
    LIVE_EQ(ret, 0);
}

START_TEST(step_with_nobody)
{
    const struct wire_kind kind = {.psk = true};
    int ret;

    wire_open(&wired, &kind);
    wire_use_sockets(&wired, sockets, NULL);
    do {
        ret = mbedguard_ssl_handshake_step_timeout(&wired.ends[0], SHORT);
    } while (ret == 0);
    ck_assert_int_eq(ret, MBEDTLS_ERR_SSL_TIMEOUT);
    /* It goes on where it was. */
    live_threads(2, finish, NULL);
    wire_free(&wired);
    wire_close_sockets(sockets);
}
END_TEST

#if defined(MBEDTLS_SSL_RENEGOTIATION)

static void allow(mbedguard_ssl_config *config, unsigned end)
{
    (void) end;
    ck_assert_int_eq(mbedguard_ssl_conf_renegotiation(config, MBEDTLS_SSL_RENEGOTIATION_ENABLED),
                     0);
}

static void renegotiate_or_read(unsigned number, void *data)
{
    unsigned char byte = 7;

    (void) data;
    if (number == 0) {
        LIVE_EQ(mbedguard_ssl_renegotiate_timeout(&wired.ends[0], ENOUGH), 0);
        LIVE_EQ(mbedguard_ssl_write(&wired.ends[0], &byte, 1), 1);
    } else {
        LIVE_EQ(mbedguard_ssl_read(&wired.ends[1], &byte, 1), 1);
    }
}

START_TEST(renegotiation_with_nobody)
{
    const struct wire_kind kind = {.psk = true, .waits = true, .timeouts = true, .adjust = allow};
    unsigned before;

    wire_open(&wired, &kind);
    wire_connect(&wired);
    before = wire_records(&wired.wires[0], MBEDTLS_SSL_MSG_HANDSHAKE);
    ck_assert_int_eq(mbedguard_ssl_renegotiate_timeout(&wired.ends[0], SHORT),
                     MBEDTLS_ERR_SSL_TIMEOUT);
    ck_assert_int_eq(mbedguard_ssl_renegotiate_timeout(&wired.ends[0], SHORT),
                     MBEDTLS_ERR_SSL_TIMEOUT);
    /* One was begun, which goes on. */
    ck_assert_uint_eq(wire_records(&wired.wires[0], MBEDTLS_SSL_MSG_HANDSHAKE), before + 1);
    live_threads(2, renegotiate_or_read, NULL);
    wire_free(&wired);
}
END_TEST

#endif

/* ---- Held up by another writer, and by a full socket ---------------------------------------------- */

static unsigned char big[3 * WIRE_ROOM];

static void expect_big(void)
{
    static unsigned char in[sizeof(big)];
    size_t got = 0;

    LIVE_EQ(mbedguard_ssl_read_exact(&wired.ends[1], in, sizeof(in), 0, &got), 0);
    LIVE_EQ(memcmp(in, big, sizeof(in)), 0);
}

static void write_or_alert(unsigned number, void *data)
{
    mbedguard_ssl_context *ssl = &wired.ends[0];

    (void) data;
    if (number == 0) {
        LIVE_EQ(mbedguard_ssl_write(ssl, big, sizeof(big)), sizeof(big));
        return;
    }
    /* The writer is inside a function that blocks, and it is its turn. */
    wire_await_waiter(&wired.wires[0], true);
    LIVE_EQ(mbedguard_ssl_send_alert_message_timeout(ssl, 1, 90, SHORT), MBEDTLS_ERR_SSL_TIMEOUT);
    LIVE_EQ(mbedguard_ssl_close_notify_timeout(ssl, SHORT), MBEDTLS_ERR_SSL_TIMEOUT);
    LIVE_EQ(wire_records(&wired.wires[0], MBEDTLS_SSL_MSG_ALERT), 0);
    expect_big();
}

START_TEST(alerts_behind_a_writer)
{
    mbedguard_ssl_context *ssl = &wired.ends[0];
    unsigned char byte;

    memset(big, 0x5C, sizeof(big));
    open_wire(false);
    live_threads(2, write_or_alert, NULL);
    /* Neither was made. */
    ck_assert_uint_eq(wire_records(&wired.wires[0], MBEDTLS_SSL_MSG_ALERT), 0);
    ck_assert_int_eq(mbedguard_ssl_send_alert_message_timeout(ssl, 1, 90, ENOUGH), 0);
    ck_assert_uint_eq(wire_records(&wired.wires[0], MBEDTLS_SSL_MSG_ALERT), 1);
    ck_assert_int_eq(mbedguard_ssl_close_notify_timeout(ssl, ENOUGH), 0);
    ck_assert_uint_eq(wire_records(&wired.wires[0], MBEDTLS_SSL_MSG_ALERT), 2);
    ck_assert_int_eq(mbedguard_ssl_read(&wired.ends[1], &byte, 1),
                     MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY);
    wire_free(&wired);
}
END_TEST

static void close_or_read(unsigned number, void *data)
{
    static unsigned char in[10000];
    int ret;

    (void) data;
    if (number == 0) {
        LIVE_EQ(mbedguard_ssl_close_notify_timeout(&wired.ends[0], ENOUGH), 0);
        return;
    }
    do {
        ret = mbedguard_ssl_read(&wired.ends[1], in, sizeof(in));
    } while (ret > 0);
    LIVE_EQ(ret, MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY);
}

/* It is made once, and sent by the call that comes again. */
START_TEST(alert_to_a_full_socket)
{
    mbedguard_ssl_context *ssl = &wired.ends[0];

    open_wire(false);
    wire_use_sockets(&wired, sockets, NULL);
    ck_assert_int_eq(wire_fill(&wired, 0, &sockets[0]), MBEDTLS_ERR_SSL_TIMEOUT);
    ck_assert_int_eq(mbedguard_ssl_close_notify_timeout(ssl, SHORT), MBEDTLS_ERR_SSL_TIMEOUT);
    ck_assert_int_eq(mbedguard_ssl_close_notify_timeout(ssl, SHORT), MBEDTLS_ERR_SSL_TIMEOUT);
    live_threads(2, close_or_read, NULL);
    wire_free(&wired);
    wire_close_sockets(sockets);
}
END_TEST

/* ---- Held up by who is inside the BIO -------------------------------------------------------------- */

#define READERS 2

typedef int held_call(void);

static int reset_soon(void)
{
    return mbedguard_ssl_session_reset_timeout(&wired.ends[0], SHORT);
}

static int free_soon(void)
{
    return mbedguard_ssl_free_timeout(&wired.ends[0], SHORT);
}

static int set_bio_soon(void)
{
    return mbedguard_ssl_set_bio_timeout(&wired.ends[0], NULL, wire_send, wire_recv, NULL, SHORT);
}

/* Readers get what is theirs: nobody told them to leave. */
static void read_or_hold_up(unsigned number, void *data)
{
    held_call *const *call = data;
    unsigned char byte = 9;
    void *p_bio = NULL;
    unsigned i;

    if (number < READERS) {
        LIVE_EQ(mbedguard_ssl_read(&wired.ends[0], &byte, 1), 1);
        LIVE_EQ(byte, 9);
        return;
    }
    wire_await_waiter(&wired.wires[0], false);
    LIVE_EQ((*call)(), MBEDTLS_ERR_SSL_TIMEOUT);
    LIVE_EQ(mbedguard_ssl_get_bio(&wired.ends[0], &p_bio, NULL, NULL, NULL), 0);
    LIVE_EQ(p_bio == &wired.wires[0], 1);
    /* Beside who is inside, as before. */
    LIVE_EQ(mbedguard_ssl_write(&wired.ends[0], &byte, 1), 1);
    LIVE_EQ(mbedguard_ssl_read(&wired.ends[1], &byte, 1), 1);
    for (i = 0; i < READERS; i++)
        LIVE_EQ(mbedguard_ssl_write(&wired.ends[1], &byte, 1), 1);
}

static held_call *const held_calls[] = {reset_soon, free_soon, set_bio_soon};

START_TEST(nothing_changes_in_vain)
{
    held_call *call = held_calls[_i];

    open_wire(false);
    live_threads(READERS + 1, read_or_hold_up, &call);
    wire_free(&wired);
}
END_TEST

static atomic_int left; /* readers that were made to leave */
static atomic_bool over;

static int read_until_told(void)
{
    unsigned char byte;
    int ret;

    do {
        ret = mbedguard_ssl_read(&wired.ends[0], &byte, 1);
    } while (wire_wants_more(ret));
    return ret;
}

static void read_or_reset(unsigned number, void *data)
{
    unsigned char byte;
    int ret;

    (void) data;
    if (number < READERS) {
        ret = mbedguard_ssl_read(&wired.ends[0], &byte, 1);
        while (wire_wants_more(ret) && !atomic_load(&over) && !live_failed())
            sched_yield();
        LIVE_EQ(read_until_told(), MBEDGUARD_ERR_CLOSED);
        atomic_fetch_add(&left, 1);
        return;
    }
    wire_await_waiter(&wired.wires[0], false);
    LIVE_EQ(mbedguard_ssl_session_reset_timeout(&wired.ends[0], ENOUGH), 0);
    atomic_store(&over, true);
}

/* Who was inside is not in the new session, although the BIO told it nothing but to come again. */
START_TEST(reset_in_time)
{
    unsigned char byte = 1;
    unsigned i;

    open_wire(false);
    ck_assert_int_eq(mbedguard_ssl_set_bio_cancel(&wired.ends[0], wire_cancel), 0);
    atomic_store(&left, 0);
    atomic_store(&over, false);
    live_threads(READERS + 1, read_or_reset, NULL);
    ck_assert_int_eq(atomic_load(&left), READERS);
    for (i = 0; i < 2; i++)
        ck_assert_int_eq(mbedguard_ssl_session_reset_timeout(&wired.ends[i], ENOUGH), 0);
    wire_renew(&wired);
    wire_connect(&wired);
    ck_assert_int_eq(mbedguard_ssl_write(&wired.ends[1], &byte, 1), 1);
    ck_assert_int_eq(mbedguard_ssl_read(&wired.ends[0], &byte, 1), 1);
    wire_free(&wired);
}
END_TEST

static void read_or_free(unsigned number, void *data)
{
    int ret;

    (void) data;
    if (number < READERS) {
        ret = read_until_told();
        LIVE_EQ(ret == MBEDGUARD_ERR_CLOSED || ret == MBEDTLS_ERR_SSL_BAD_INPUT_DATA, 1);
        return;
    }
    wire_await_waiter(&wired.wires[0], false);
    LIVE_EQ(mbedguard_ssl_free_timeout(&wired.ends[0], ENOUGH), 0);
}

START_TEST(free_in_time)
{
    open_wire(false);
    ck_assert_int_eq(mbedguard_ssl_set_bio_cancel(&wired.ends[0], wire_cancel), 0);
    live_threads(READERS + 1, read_or_free, NULL);
    ck_assert_ptr_null(mbedguard_ssl_context_get_config(&wired.ends[0]));
    /* It may be set up once more. */
    wire_setup_end(&wired, 0);
    wire_free(&wired);
}
END_TEST

START_TEST(free_of_a_reference)
{
    mbedguard_ssl_context *ssl;

    open_wire(false);
    ssl = mbedguard_ssl_new();
    ck_assert_ptr_nonnull(ssl);
    ck_assert_int_eq(mbedguard_ssl_setup(ssl, &wired.configs[0]), 0);
    ck_assert_int_eq(mbedguard_ssl_ref(ssl), 0);
    ck_assert_int_eq(mbedguard_ssl_free_timeout(ssl, ENOUGH), 0);
    ck_assert_int_eq(mbedguard_ssl_set_bio(ssl, NULL, NULL, NULL, NULL), 0);
    ck_assert_int_eq(mbedguard_ssl_free_timeout(ssl, ENOUGH), 0);
    wire_free(&wired);
}
END_TEST

static struct wire aside;

static void read_or_change(unsigned number, void *data)
{
    unsigned char byte = 9;
    int ret;

    (void) data;
    if (number == 0) {
        do {
            ret = mbedguard_ssl_read(&wired.ends[0], &byte, 1);
        } while (wire_wants_more(ret));
        LIVE_EQ(ret, 1);
        return;
    }
    wire_await_waiter(&wired.wires[0], false);
    LIVE_EQ(mbedguard_ssl_set_bio_timeout(&wired.ends[0], &aside, wire_send, wire_recv, NULL, ENOUGH),
            0);
    /* The other one goes on with the new one. */
    LIVE_EQ(__atomic_load_n(&wired.wires[0].receivers, __ATOMIC_SEQ_CST), 0);
    LIVE_EQ(mbedguard_ssl_write(&wired.ends[1], &byte, 1), 1);
}

START_TEST(another_bio_in_time)
{
    open_wire(false);
    ck_assert_int_eq(mbedguard_ssl_set_bio_cancel(&wired.ends[0], wire_cancel), 0);
    aside = wired.wires[0];
    live_threads(2, read_or_change, NULL);
    wire_free(&wired);
}
END_TEST

/* ---- Under a lock -------------------------------------------------------------------------------- */

static void read_or_lock(unsigned number, void *data)
{
    mbedguard_ssl_context *ssl = &wired.ends[0];
    unsigned char byte = 1;

    (void) data;
    if (number == 0) {
        LIVE_EQ(mbedguard_ssl_read(ssl, &byte, 1), 1);
        return;
    }
    wire_await_waiter(&wired.wires[0], false);
    LIVE_EQ(mbedguard_lock(ssl), 0);
    LIVE_EQ(mbedguard_ssl_session_reset_timeout(ssl, ENOUGH), MBEDGUARD_ERR_WOULD_WAIT);
    LIVE_EQ(mbedguard_ssl_set_bio_timeout(ssl, NULL, NULL, NULL, NULL, ENOUGH),
            MBEDGUARD_ERR_WOULD_WAIT);
    LIVE_EQ(mbedguard_ssl_free_timeout(ssl, ENOUGH), MBEDGUARD_ERR_WOULD_WAIT);
    LIVE_EQ(mbedguard_ssl_close_notify_timeout(ssl, ENOUGH), MBEDTLS_ERR_SSL_WANT_WRITE);
    LIVE_EQ(mbedguard_unlock(ssl), 0);
    LIVE_EQ(mbedguard_ssl_close_notify_timeout(ssl, ENOUGH), 0);
    LIVE_EQ(mbedguard_ssl_write(&wired.ends[1], &byte, 1), 1);
}

START_TEST(nothing_waits_under_a_lock)
{
    open_wire(false);
    live_threads(2, read_or_lock, NULL);
    ck_assert_uint_eq(wire_records(&wired.wires[0], MBEDTLS_SSL_MSG_ALERT), 1);
    wire_free(&wired);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("deadline");
    TCase *bad = live_case(suite, "bad input");
    TCase *peer = live_case(suite, "peer");
    TCase *inside = live_case(suite, "inside the BIO");

    tcase_add_test(bad, no_connection);
    tcase_add_test(bad, not_set_up);
    tcase_add_test(peer, step_with_nobody);
#if defined(MBEDTLS_SSL_RENEGOTIATION)
    tcase_add_test(peer, renegotiation_with_nobody);
#endif
    tcase_add_test(peer, alerts_behind_a_writer);
    tcase_add_test(peer, alert_to_a_full_socket);
    tcase_add_loop_test(inside, nothing_changes_in_vain, 0,
                        (int) (sizeof(held_calls) / sizeof(held_calls[0])));
    tcase_add_test(inside, reset_in_time);
    tcase_add_test(inside, free_in_time);
    tcase_add_test(inside, free_of_a_reference);
    tcase_add_test(inside, another_bio_in_time);
    tcase_add_test(inside, nothing_waits_under_a_lock);
    return live_run(suite);
}
