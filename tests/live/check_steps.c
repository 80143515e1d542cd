/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Alerts and close_notify between the steps of a handshake, after each of them, by the thread that
 * takes the steps and by others. Mbed TLS holds a flight of TLS 1.3 back there, and called once would
 * send only that. What goes over the wire is counted, and what the peer makes of it is looked at.
 */
#if !defined(_POSIX_C_SOURCE)
#define _POSIX_C_SOURCE 200809L
#endif

#include <sched.h>
#include <stdatomic.h>
#include <string.h>

#include "live/wire.h"

#include <mbedguard/ssl_ticket.h>

#define CANCELLED MBEDTLS_SSL_ALERT_MSG_USER_CANCELED

static struct wire_link wired;
static mbedguard_ssl_ticket_context ticket_keys;

#if LIVE_TLS13 && defined(MBEDTLS_SSL_SESSION_TICKETS) && defined(MBEDTLS_SSL_TICKET_C)
#define HAS_TICKETS 1
#else
#define HAS_TICKETS 0
#endif

#if HAS_TICKETS
static void give_tickets(mbedguard_ssl_config *config, unsigned end)
{
    if (end == 1) {
        wire_give_tickets(config, &ticket_keys);
        ck_assert_int_eq(mbedguard_ssl_conf_new_session_tickets(config, 2), 0);
    }
}

#endif

static const struct wire_kind kinds[] = {
    {.psk = true},
#if HAS_TICKETS
    {.tls13 = true, .adjust = give_tickets},
#endif
};
static const struct wire_kind kinds_that_wait[] = {
    {.psk = true, .waits = true},
#if HAS_TICKETS
    {.tls13 = true, .adjust = give_tickets, .waits = true},
#endif
};
#define KINDS (int) (sizeof(kinds) / sizeof(kinds[0]))

static void open_wire(const struct wire_kind *kind)
{
    ck_assert_int_eq(mbedguard_ssl_ticket_init(&ticket_keys), 0);
    ck_assert_int_eq(live_ticket_setup(&ticket_keys, 86400), 0);
    wire_open(&wired, kind);
}

static void free_wire(void)
{
    wire_free(&wired);
    ck_assert_int_eq(mbedguard_ssl_ticket_free(&ticket_keys), 0);
}

static bool is_over(unsigned end)
{
    return mbedguard_ssl_get_state(&wired.ends[end]) == MBEDTLS_SSL_HANDSHAKE_OVER;
}

/* Take up to `steps` steps at one end, the other one following; how many there were. */
static unsigned step(unsigned end, unsigned steps)
{
    unsigned taken = 0;
    int ret;

    while (taken < steps && !is_over(end)) {
        ret = mbedguard_ssl_handshake_step(&wired.ends[end]);
        if (ret == 0) {
            taken++;
            continue;
        }
        ck_assert_int_eq(ret, MBEDTLS_ERR_SSL_WANT_READ);
        ret = mbedguard_ssl_handshake(&wired.ends[1 - end]);
        ck_assert(ret == 0 || ret == MBEDTLS_ERR_SSL_WANT_READ);
    }
    return taken;
}

/* Bytes that went out, and those that Mbed TLS holds back. */
static size_t passed(unsigned end)
{
    return wired.channels[end].passed;
}

static size_t held_back(unsigned end)
{
    size_t pending = 0;

    ck_assert_int_eq(mbedguard_ssl_get_out_pending(&wired.ends[end], &pending), 0);
    return pending;
}

/* Until this end is told something else than to wait. */
static int hear(unsigned end)
{
    unsigned char byte = 0;
    unsigned turns;
    int ret = MBEDTLS_ERR_SSL_WANT_READ;

    for (turns = 0; turns < 20 && ret == MBEDTLS_ERR_SSL_WANT_READ; turns++) {
        ret = mbedguard_ssl_handshake(&wired.ends[end]);
        if (ret == 0)
            ret = mbedguard_ssl_read(&wired.ends[end], &byte, 1);
#if defined(MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET)
        if (ret == MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET)
            ret = MBEDTLS_ERR_SSL_WANT_READ;
#endif
    }
    return ret;
}

/* ---- The calls ----------------------------------------------------------------------------------- */

enum call { ALERT, CLOSE_NOTIFY, CLOSE };

struct action {
    enum call call;
    unsigned end;
    int ret;
};

static void act(unsigned number, void *data)
{
    struct action *action = data;
    mbedguard_ssl_context *ssl = &wired.ends[action->end];

    (void) number;
    switch (action->call) {
    case ALERT:
        action->ret =
            mbedguard_ssl_send_alert_message(ssl, MBEDTLS_SSL_ALERT_LEVEL_FATAL, CANCELLED);
        break;
    case CLOSE_NOTIFY:
        action->ret = mbedguard_ssl_close_notify(ssl);
        break;
    default:
        action->ret = mbedguard_ssl_close(ssl, 0);
        break;
    }
}

static int act_by(bool another, struct action *action)
{
    if (another)
        live_threads(1, act, action);
    else
        act(0, action);
    return action->ret;
}

/* What was held back, and one record more of that alert: plain, or sealed and maybe padded. */
static void expect_one_record(unsigned end, size_t before)
{
    const size_t record = passed(end) - before;

    ck_assert_msg(record == 7 || (record >= 23 && record <= 37), "a record of %zu bytes", record);
}

/*
 * After so many steps, over a BIO that takes everything or, at first, nothing: the result is 0 when
 * all is sent. Whether there were that many.
 */
static bool act_after(const struct wire_kind *kind, struct action *action, unsigned steps,
                      bool another, bool stalls)
{
    const unsigned end = action->end;
    const enum call call = action->call;
    bool reached, over, sends;
    size_t before, held;
    int ret;

    open_wire(kind);
    reached = step(end, steps) == steps;
    over = mbedguard_ssl_is_handshake_over(&wired.ends[end]) != 0;
    before = passed(end);
    held = held_back(end);
    /* As Mbed TLS has it: close_notify is a session's, and there is none before. */
    sends = call == ALERT || over;
    if (stalls && sends) {
        wire_stop(&wired.wires[end], true, true);
        ck_assert_int_eq(act_by(another, action), MBEDTLS_ERR_SSL_WANT_WRITE);
        if (call != CLOSE)
            ck_assert_int_eq(act_by(another, action), MBEDTLS_ERR_SSL_WANT_WRITE);
        ck_assert_uint_eq(passed(end), before);
        wire_stop(&wired.wires[end], true, false);
        /* It is closed: what is left goes with a close_notify, which is due already. */
        if (call == CLOSE) {
            ck_assert_int_eq(act_by(another, action), MBEDGUARD_ERR_CLOSED);
            free_wire();
            return reached;
        }
    }
    ck_assert_int_eq(act_by(another, action), 0);
    if (sends) {
        expect_one_record(end, before + held);
        ck_assert_uint_eq(held_back(end), 0);
        ret = hear(1 - end);
        /* While keys change the peer may take it for a record that it cannot read. */
        if (call == ALERT && !over)
            ck_assert_msg(ret < 0 && !wire_wants_more(ret), "after %u steps: %d", steps, ret);
        else
            ck_assert_int_eq(ret, call == ALERT ? MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE
                                                : MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY);
    } else {
        ck_assert_uint_eq(passed(end), before);
        if (call == CLOSE_NOTIFY)
            wire_connect(&wired);
    }
    free_wire();
    return reached;
}

static void act_after_each(const struct wire_kind *kind, enum call call)
{
    /* Short, still of each end, of each thread, and over each BIO. */
    const unsigned stride = live_rounds(20) == 20 ? 1 : 3;
    unsigned way;

    for (way = 0; way < 8; way += stride) {
        struct action action = {call, way & 1, 0};
        unsigned steps = 0;

        while (act_after(kind, &action, steps, (way & 2) != 0, (way & 4) != 0))
            steps++;
        ck_assert_uint_ge(steps, 8);
    }
}

/* ---- Beside the steps ---------------------------------------------------------------------------- */

#define ROUNDS 50

static atomic_uint steps_taken;
static unsigned due_after;
static atomic_bool acted;

static void take_steps(unsigned end)
{
    int ret;

    do {
        ret = mbedguard_ssl_handshake_step(&wired.ends[end]);
        atomic_fetch_add(&steps_taken, 1);
    } while ((ret == 0 && !is_over(end)) || wire_wants_more(ret));
    /* Who has had enough steps does not wait for more of them. */
    atomic_store(&steps_taken, UINT32_MAX / 2);
    while (!atomic_load(&acted))
        sched_yield();
}

static void act_beside(struct action *action)
{
    while (atomic_load(&steps_taken) < due_after)
        sched_yield();
    do {
        act(0, action);
    } while (wire_wants_more(action->ret));
    LIVE_EQ(action->ret, 0);
    if (action->call == CLOSE)
        wire_shut(&wired.wires[action->end]);
    atomic_store(&acted, true);
}

static void work(unsigned number, void *data)
{
    struct action *action = data;
    int ret;

    if (number == 0) {
        take_steps(action->end);
    } else if (number == 1) {
        act_beside(action);
    } else {
        ret = hear(1 - action->end);
        LIVE_EQ(wire_wants_more(ret) || ret > (action->call == CLOSE ? 0 : -1), 0);
        wire_shut_both(&wired);
    }
}

static void act_beside_steps(const struct wire_kind *kind, enum call call)
{
    const unsigned rounds = live_rounds(ROUNDS);
    uint32_t dice = 5;
    unsigned round;

    for (round = 0; round < rounds; round++) {
        struct action action = {call, round & 1, 0};

        open_wire(kind);
        ck_assert_int_eq(mbedguard_ssl_set_bio_cancel(&wired.ends[action.end], wire_cancel), 0);
        atomic_store(&steps_taken, 0);
        atomic_store(&acted, false);
        due_after = live_dice(&dice) % 18;
        live_threads(3, work, &action);
        free_wire();
    }
}

/* ---- Of each version ----------------------------------------------------------------------------- */

START_TEST(alert)
{
    act_after_each(&kinds[_i], ALERT);
}
END_TEST

START_TEST(close_notify)
{
    act_after_each(&kinds[_i], CLOSE_NOTIFY);
}
END_TEST

START_TEST(close_all)
{
    act_after_each(&kinds[_i], CLOSE);
}
END_TEST

START_TEST(alert_beside)
{
    act_beside_steps(&kinds_that_wait[_i], ALERT);
}
END_TEST

START_TEST(close_beside)
{
    act_beside_steps(&kinds_that_wait[_i], CLOSE);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("steps");
    TCase *steps12 = live_case(suite, "tls12");
    TCase *beside = live_case(suite, "beside");

    tcase_add_loop_test(steps12, alert, 0, 1);
    tcase_add_loop_test(steps12, close_notify, 0, 1);
    tcase_add_loop_test(steps12, close_all, 0, 1);
    if (KINDS > 1) {
        TCase *alert13 = live_case(suite, "alert13");
        TCase *close13 = live_case(suite, "close13");

        tcase_add_loop_test(alert13, alert, 1, KINDS);
        tcase_add_loop_test(close13, close_notify, 1, KINDS);
        tcase_add_loop_test(close13, close_all, 1, KINDS);
    }
    tcase_add_loop_test(beside, alert_beside, 0, KINDS);
    tcase_add_loop_test(beside, close_beside, 0, KINDS);
    return live_run(suite);
}
