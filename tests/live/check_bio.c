/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The application's BIO and callbacks beside other threads: what they may call, and what is exchanged
 * under them.
 */
#if !defined(_POSIX_C_SOURCE)
#define _POSIX_C_SOURCE 200809L
#endif

#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "live/wire.h"

static struct wire_link wired;

/* ---- Calls from the BIO -------------------------------------------------------------------------- */

static unsigned asked;

/* Mbed TLS would be in the middle of a record; here the record is whole, and its turn is not over. */
static void call_back(void)
{
    mbedguard_ssl_context *ssl = &wired.ends[0];
    unsigned char byte = 0;
    size_t got;

    asked++;
    LIVE_EQ(mbedguard_ssl_read(ssl, &byte, 1), MBEDGUARD_ERR_REENTRY);
    LIVE_EQ(mbedguard_ssl_read_exact(ssl, &byte, 1, 0, &got), MBEDGUARD_ERR_REENTRY);
    LIVE_EQ(mbedguard_ssl_write(ssl, &byte, 1), MBEDGUARD_ERR_REENTRY);
    LIVE_EQ(mbedguard_ssl_handshake(ssl), MBEDGUARD_ERR_REENTRY);
    LIVE_EQ(mbedguard_ssl_close_notify(ssl), MBEDGUARD_ERR_REENTRY);
    LIVE_EQ(mbedguard_ssl_close(ssl, 0), MBEDGUARD_ERR_REENTRY);
    LIVE_EQ(mbedguard_ssl_session_reset(ssl), MBEDGUARD_ERR_REENTRY);
    LIVE_EQ(mbedguard_ssl_set_bio(ssl, NULL, NULL, NULL, NULL), MBEDGUARD_ERR_REENTRY);
    LIVE_EQ(mbedguard_ssl_free(ssl), MBEDGUARD_ERR_REENTRY);
    /* No guard is held: questions, and other connections, are answered. */
    LIVE_EQ(mbedguard_ssl_get_bytes_avail(ssl), 0);
    LIVE_EQ(mbedguard_lock(ssl), 0);
    LIVE_EQ(mbedguard_unlock(ssl), 0);
    LIVE_EQ(mbedguard_ssl_handshake(&wired.ends[1]), 0);
}

static int send_and_call(void *wire, const unsigned char *buf, size_t len)
{
    call_back();
    return wire_send(wire, buf, len);
}

static int recv_and_call(void *wire, unsigned char *buf, size_t len)
{
    call_back();
    return wire_recv(wire, buf, len);
}

START_TEST(calls_from_the_bio)
{
    const struct wire_kind kind = {.psk = true};
    unsigned char out[10] = {1}, in[10];

    wire_open(&wired, &kind);
    wire_connect(&wired);
    asked = 0;
    ck_assert_int_eq(mbedguard_ssl_set_bio(&wired.ends[0], &wired.wires[0], send_and_call,
                                           recv_and_call, NULL),
                     0);
    ck_assert_int_eq(mbedguard_ssl_write(&wired.ends[0], out, 10), 10);
    ck_assert_int_eq(mbedguard_ssl_read(&wired.ends[0], in, 10), MBEDTLS_ERR_SSL_WANT_READ);
    live_assert_none();
    ck_assert_uint_eq(asked, 2);
    ck_assert_int_eq(mbedguard_ssl_read(&wired.ends[1], in, 10), 10);
    wire_free(&wired);
}
END_TEST

/* ---- A fork inside the BIO ------------------------------------------------------------------------ */

#if defined(MBEDGUARD_THREADING_PTHREAD)

static pid_t child;
static int told[2];

/* The thread is in this call in the child, too: its session cannot end under it there either. */
static int send_and_fork(void *wire, const unsigned char *buf, size_t len)
{
    child = fork();
    if (child == 0) {
        alarm(20);
        told[0] = mbedguard_ssl_session_reset(&wired.ends[0]);
        told[1] = mbedguard_ssl_free(&wired.ends[0]);
    }
    return wire_send(wire, buf, len);
}

START_TEST(fork_inside_the_bio)
{
    const struct wire_kind kind = {.psk = true};
    unsigned char bytes[10] = {1};
    int status = 0;
    int sent;

    wire_open(&wired, &kind);
    wire_connect(&wired);
    ck_assert_int_eq(mbedguard_ssl_set_bio(&wired.ends[0], &wired.wires[0], send_and_fork, wire_recv,
                                           NULL),
                     0);
    sent = mbedguard_ssl_write(&wired.ends[0], bytes, sizeof bytes);
    if (child == 0) {
        /* By a signal, so that no tool looks for leaks in it. */
        if (sent == (int) sizeof bytes && told[0] == MBEDGUARD_ERR_REENTRY &&
            told[1] == MBEDGUARD_ERR_REENTRY && mbedguard_ssl_free(&wired.ends[0]) == 0)
            raise(SIGKILL);
        _exit(1);
    }
    ck_assert_int_gt(child, 0);
    ck_assert_int_eq(sent, (int) sizeof bytes);
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFSIGNALED(status));
    ck_assert_int_eq(WTERMSIG(status), SIGKILL);
    wire_free(&wired);
}
END_TEST

#endif

/* ---- Another BIO --------------------------------------------------------------------------------- */

static struct wire_channel way_back;
static struct wire aside;
static int lingers;

/* Who was told to come out takes its time. */
static int recv_and_linger(void *wire, unsigned char *buf, size_t len)
{
    unsigned i;
    int ret;

    __atomic_store_n(&lingers, 1, __ATOMIC_SEQ_CST);
    ret = wire_recv(wire, buf, len);
    for (i = 0; i < 1000; i++)
        sched_yield();
    __atomic_store_n(&lingers, 0, __ATOMIC_SEQ_CST);
    return ret;
}

/* The reader waits in the old BIO, and reads from the new one. */
static void read_or_exchange(unsigned number, void *data)
{
    unsigned char byte = 0;
    void *p_bio = NULL;

    (void) data;
    if (number == 0) {
        int ret;

        do {
            ret = mbedguard_ssl_read(&wired.ends[0], &byte, 1);
        } while (wire_wants_more(ret));
        LIVE_EQ(ret, 1);
        LIVE_EQ(byte, 9);
        return;
    }
    wire_await_waiter(&aside, false);
    LIVE_EQ(mbedguard_ssl_set_bio(&wired.ends[0], &wired.wires[0], wire_send, wire_recv, NULL), 0);
    /* Nobody is inside what the program may free now. */
    LIVE_EQ(__atomic_load_n(&lingers, __ATOMIC_SEQ_CST), 0);
    LIVE_EQ(mbedguard_ssl_get_bio(&wired.ends[0], &p_bio, NULL, NULL, NULL), 0);
    LIVE_EQ(p_bio == &wired.wires[0], 1);
    byte = 9;
    LIVE_EQ(mbedguard_ssl_write(&wired.ends[1], &byte, 1), 1);
}

START_TEST(another_bio)
{
    const struct wire_kind kind = {.psk = true, .waits = true};

    wire_open(&wired, &kind);
    wire_connect(&wired);
    /* Nothing ever comes by this wire. */
    memset(&way_back, 0, sizeof(way_back));
    pthread_mutex_init(&way_back.mutex, NULL);
    pthread_cond_init(&way_back.moved, NULL);
    aside = wired.wires[0];
    aside.in = &way_back;
    ck_assert_int_eq(
        mbedguard_ssl_set_bio(&wired.ends[0], &aside, wire_send, recv_and_linger, NULL), 0);
    ck_assert_int_eq(mbedguard_ssl_set_bio_cancel(&wired.ends[0], wire_cancel), 0);
    live_threads(2, read_or_exchange, NULL);
    wire_free(&wired);
    pthread_mutex_destroy(&way_back.mutex);
    pthread_cond_destroy(&way_back.moved);
}
END_TEST

/* ---- One at once --------------------------------------------------------------------------------- */

static int inside;

static int send_alone(void *wire, const unsigned char *buf, size_t len)
{
    int ret;

    LIVE_EQ(__atomic_add_fetch(&inside, 1, __ATOMIC_SEQ_CST), 1);
    ret = wire_send(wire, buf, len);
    __atomic_sub_fetch(&inside, 1, __ATOMIC_SEQ_CST);
    return ret;
}

static int recv_alone(void *wire, unsigned char *buf, size_t len)
{
    int ret;

    LIVE_EQ(__atomic_add_fetch(&inside, 1, __ATOMIC_SEQ_CST), 1);
    ret = wire_recv(wire, buf, len);
    __atomic_sub_fetch(&inside, 1, __ATOMIC_SEQ_CST);
    return ret;
}

#define ROUNDS 3000

static void ping(unsigned number, void *data)
{
    const unsigned rounds = live_rounds(ROUNDS);
    unsigned char byte = 0;
    unsigned i;
    int ret;

    (void) data;
    for (i = 0; i < rounds && !live_failed(); i++) {
        do {
            /* 0 and 1 write from either end, 2 and 3 read. */
            ret = number < 2 ? mbedguard_ssl_write(&wired.ends[number], &byte, 1)
                             : mbedguard_ssl_read(&wired.ends[number - 2], &byte, 1);
        } while (wire_wants_more(ret) && !live_failed());
        LIVE_EQ(ret, 1);
    }
}

START_TEST(one_at_once)
{
    const struct wire_kind kind = {.psk = true};

    wire_open(&wired, &kind);
    wire_connect(&wired);
    ck_assert_int_eq(
        mbedguard_ssl_set_bio(&wired.ends[0], &wired.wires[0], send_alone, recv_alone, NULL), 0);
    ck_assert_int_eq(mbedguard_ssl_set_bio_one_at_once(&wired.ends[0], 1), 0);
    live_threads(4, ping, NULL);
    wire_free(&wired);
}
END_TEST

/* ---- A callback of the handshake ----------------------------------------------------------------- */

static int named(void *data, mbedguard_ssl_context *ssl, const unsigned char *name, size_t len)
{
    (void) data;
    (void) name;
    LIVE_EQ(len, 5);
    LIVE_EQ(mbedguard_ssl_set_hs_own_cert(ssl, &wired.crt, &wired.key), 0);
    return 0;
}

static void choose_by_name(mbedguard_ssl_config *config, unsigned end)
{
    if (end == 1)
        ck_assert_int_eq(mbedguard_ssl_conf_sni(config, named, NULL), 0);
}

/* A read, a write and a handshake of the server's all run the same handshake. */
static void begin_in_any_way(unsigned number, void *data)
{
    unsigned char byte = 1;
    int ret;

    (void) data;
    do {
        ret = number == 0   ? mbedguard_ssl_handshake(&wired.ends[0])
              : number == 1 ? mbedguard_ssl_handshake(&wired.ends[1])
              : number == 2 ? mbedguard_ssl_write(&wired.ends[1], &byte, 1)
                            : mbedguard_ssl_read(&wired.ends[1], &byte, 1);
    } while (wire_wants_more(ret) && !live_failed());
    LIVE_EQ(ret, number < 2 ? 0 : 1);
    if (number == 0)
        LIVE_EQ(mbedguard_ssl_write(&wired.ends[0], &byte, 1), 1);
}

START_TEST(certificate_by_name)
{
    const struct wire_kind kind = {.waits = true, .adjust = choose_by_name};
    unsigned char byte;

    wire_open(&wired, &kind);
    live_threads(4, begin_in_any_way, NULL);
    ck_assert_int_eq(mbedguard_ssl_read(&wired.ends[0], &byte, 1), 1);
    wire_free(&wired);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("bio");
    TCase *bio = live_case(suite, "bio");
    TCase *peer = live_case(suite, "peer");

    tcase_add_test(bio, calls_from_the_bio);
#if defined(MBEDGUARD_THREADING_PTHREAD)
    tcase_add_test(bio, fork_inside_the_bio);
#endif
    tcase_add_test(bio, another_bio);
    tcase_add_test(bio, one_at_once);
    tcase_add_test(peer, certificate_by_name);
    return live_run(suite);
}
