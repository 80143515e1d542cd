/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * A thread ends, by pthread_exit(), inside a function of the program's that a connection called. Others
 * neither wait for it nor take what it left for whole: they are told so until a reset or free.
 */
#if !defined(_POSIX_C_SOURCE)
#define _POSIX_C_SOURCE 200809L
#endif

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "live/wire.h"

#if defined(MBEDGUARD_THREADING_PTHREAD)

#define ROUNDS 50

static struct wire_link wired;
static atomic_bool ends_thread;

static void end_thread(void)
{
    bool yes = true;

    if (atomic_compare_exchange_strong(&ends_thread, &yes, false))
        pthread_exit(NULL);
}

static int send_or_end(void *wire, const unsigned char *buf, size_t len)
{
    end_thread();
    return wire_send(wire, buf, len);
}

static int recv_or_end(void *wire, unsigned char *buf, size_t len)
{
    end_thread();
    return wire_recv(wire, buf, len);
}

static void cancel_or_end(void *wire)
{
    wire_cancel(wire);
    end_thread();
}

static void open_wire(mbedtls_ssl_send_t *f_send, mbedtls_ssl_recv_t *f_recv)
{
    static const struct wire_kind kind = {.psk = true, .waits = true};

    atomic_store(&ends_thread, false);
    wire_open(&wired, &kind);
    ck_assert_int_eq(mbedguard_ssl_set_bio(&wired.ends[0], &wired.wires[0], f_send, f_recv, NULL), 0);
    ck_assert_int_eq(mbedguard_ssl_set_bio_cancel(&wired.ends[0], cancel_or_end), 0);
    wire_connect(&wired);
}

/* A reset makes it whole. */
static void connect_anew(void)
{
    unsigned char byte = 1;

    ck_assert_int_eq(mbedguard_ssl_session_reset(&wired.ends[0]), 0);
    ck_assert_int_eq(mbedguard_ssl_session_reset(&wired.ends[1]), 0);
    wire_renew(&wired);
    wire_connect(&wired);
    ck_assert_int_eq(mbedguard_ssl_write(&wired.ends[0], &byte, 1), 1);
    ck_assert_int_eq(mbedguard_ssl_read(&wired.ends[1], &byte, 1), 1);
}

static void expect_broken(void)
{
    unsigned char byte = 0;
    size_t got;

    LIVE_EQ(mbedguard_ssl_write(&wired.ends[0], &byte, 1), MBEDGUARD_ERR_BROKEN);
    LIVE_EQ(mbedguard_ssl_read(&wired.ends[0], &byte, 1), MBEDGUARD_ERR_BROKEN);
    LIVE_EQ(mbedguard_ssl_read_exact(&wired.ends[0], &byte, 1, 0, &got), MBEDGUARD_ERR_BROKEN);
    LIVE_EQ(mbedguard_ssl_handshake(&wired.ends[0]), MBEDGUARD_ERR_BROKEN);
    LIVE_EQ(mbedguard_ssl_close_notify(&wired.ends[0]), MBEDGUARD_ERR_BROKEN);
}

/* A reader is inside until the connection is closed, or told that it is not whole. */
static void read_to_the_end(void)
{
    unsigned char byte = 0;
    const int ret = mbedguard_ssl_read(&wired.ends[0], &byte, 1);

    LIVE_EQ(ret == MBEDGUARD_ERR_BROKEN ? MBEDGUARD_ERR_CLOSED : ret, MBEDGUARD_ERR_CLOSED);
}

/* ---- Sending ------------------------------------------------------------------------------------- */

/* Two threads write, and one of them ends. */
static void write_and_end(unsigned number, void *data)
{
    unsigned char buf[1000] = {0};
    int ret;

    (void) data;
    if (number == 0) {
        read_to_the_end();
    } else if (number == 1) {
        while (mbedguard_ssl_read(&wired.ends[1], buf, sizeof(buf)) > 0) {
        }
    } else {
        wire_await_waiter(&wired.wires[0], false);
        if (number == 2)
            atomic_store(&ends_thread, true);
        do {
            ret = mbedguard_ssl_write(&wired.ends[0], buf, sizeof(buf));
        } while (ret > 0);
        LIVE_EQ(ret, MBEDGUARD_ERR_BROKEN);
        expect_broken();
        LIVE_EQ(mbedguard_ssl_close(&wired.ends[0], 0), MBEDGUARD_ERR_BROKEN);
        wire_shut(&wired.wires[0]);
    }
}

START_TEST(in_send)
{
    unsigned rounds = live_rounds(ROUNDS);

    open_wire(send_or_end, wire_recv);
    while (rounds-- != 0) {
        live_threads(4, write_and_end, NULL);
        connect_anew();
    }
    wire_free(&wired);
}
END_TEST

/* ---- Receiving ----------------------------------------------------------------------------------- */

/* Two threads read, and one of them ends; with whole messages, it kept the other one away. */
static void read_and_end(unsigned number, void *data)
{
    const bool *whole = data;
    unsigned char byte = 0;
    size_t got;
    int ret;

    (void) number;
    ret = *whole ? mbedguard_ssl_read_exact(&wired.ends[0], &byte, 1, 0, &got)
                 : mbedguard_ssl_read(&wired.ends[0], &byte, 1);
    LIVE_EQ(ret, MBEDGUARD_ERR_BROKEN);
    expect_broken();
}

static void end_in_receive(bool whole)
{
    unsigned rounds = live_rounds(ROUNDS);

    open_wire(wire_send, recv_or_end);
    while (rounds-- != 0) {
        atomic_store(&ends_thread, true);
        live_threads(2, read_and_end, &whole);
        connect_anew();
    }
    wire_free(&wired);
}

START_TEST(in_receive)
{
    end_in_receive(false);
}
END_TEST

START_TEST(in_receive_of_a_message)
{
    end_in_receive(true);
}
END_TEST

/* ---- Having others leave ------------------------------------------------------------------------- */

/* Who would have reset it ends before; the reader is out, and the next reset does it. */
static void read_or_reset(unsigned number, void *data)
{
    (void) data;
    if (number == 0) {
        read_to_the_end();
        return;
    }
    wire_await_waiter(&wired.wires[0], false);
    atomic_store(&ends_thread, true);
    LIVE_EQ(mbedguard_ssl_session_reset(&wired.ends[0]), 1);
}

START_TEST(in_cancel)
{
    unsigned rounds = live_rounds(ROUNDS);

    open_wire(wire_send, wire_recv);
    while (rounds-- != 0) {
        live_threads(2, read_or_reset, NULL);
        connect_anew();
    }
    wire_free(&wired);
}
END_TEST

/* ---- In a callback of the handshake -------------------------------------------------------------- */

static int end_in_callback(void *data, mbedguard_ssl_context *ssl, const unsigned char *name,
                           size_t len)
{
    (void) data;
    (void) ssl;
    (void) name;
    (void) len;
    end_thread();
    return 0;
}

static void call_back(mbedguard_ssl_config *config, unsigned end)
{
    if (end == 1)
        ck_assert_int_eq(mbedguard_ssl_conf_sni(config, end_in_callback, NULL), 0);
}

/* The object is half changed then: it is broken, and who waits for a turn to write is told so. */
static void write_in_handshake(unsigned number, void *data)
{
    unsigned char byte = 0;

    (void) data;
    if (number == 0) {
        LIVE_EQ(mbedguard_ssl_handshake(&wired.ends[0]) < 0, 1);
        return;
    }
    LIVE_EQ(mbedguard_ssl_write(&wired.ends[1], &byte, 1), MBEDGUARD_ERR_BROKEN);
    wire_shut_both(&wired);
}

START_TEST(in_callback)
{
    static const struct wire_kind kind = {.waits = true, .adjust = call_back};
    unsigned rounds = live_rounds(ROUNDS / 5);

    wire_open(&wired, &kind);
    while (rounds-- != 0) {
        atomic_store(&ends_thread, true);
        live_threads(4, write_in_handshake, NULL);
        ck_assert_int_eq(mbedguard_ssl_free(&wired.ends[0]), 0);
        ck_assert_int_eq(mbedguard_ssl_free(&wired.ends[1]), 0);
        wire_renew(&wired);
        wire_setup_end(&wired, 0);
        wire_setup_end(&wired, 1);
    }
    wire_free(&wired);
}
END_TEST

/* Where Mbed TLS has none, a handshake holds its configuration exclusively. */
#if defined(MBEDTLS_THREADING_C)
#define HAS_MUTEXES 1
#else
#define HAS_MUTEXES 0
#endif

/* By a sanitizer, or by valgrind, where rounds are fewer. */
static bool leaks_are_told(void)
{
#if defined(__SANITIZE_ADDRESS__)
    return true;
#else
    return live_rounds(20) != 20;
#endif
}

int main(void)
{
    Suite *suite = suite_create("exit");
    TCase *bio = live_case(suite, "bio");
    TCase *callback = live_case(suite, "callback");

    tcase_add_test(bio, in_send);
    tcase_add_test(bio, in_receive);
    tcase_add_test(bio, in_receive_of_a_message);
    tcase_add_test(bio, in_cancel);
    /* What a broken object has is not freed, since it may be half changed. */
    if (leaks_are_told())
        puts("left out: a thread that ends in a callback, which leaves memory behind");
    else if (!HAS_MUTEXES)
        puts("left out: a thread that ends in a callback, which breaks the configuration, too");
    else
        tcase_add_test(callback, in_callback);
    return live_run(suite);
}

#else

int main(void)
{
    puts("skipped: how a thread ends is known of POSIX threads alone");
    return 77;
}

#endif
