/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * A session ends, by mbedguard_ssl_session_reset() or mbedguard_ssl_free(), while others read and
 * write: they leave with an error, whatever they were waiting for, and touch nothing afterwards.
 */
#if !defined(_POSIX_C_SOURCE)
#define _POSIX_C_SOURCE 200809L
#endif

#include <pthread.h>
#include <string.h>

#include "live/wire.h"

#define ROUNDS 300

enum role {
    STOPPER,
    STOPPER_2,
    READER,
    READER_2,
    WRITER,
    WRITER_2,
    PEER_READER,
    PEER_WRITER,
    ROLES
};

enum way {
    RESET,
    FREE,
    CLOSE_AND_FREE,
};

static struct wire_link wired;
static enum way way;
static uint32_t timeout; /* for ending it, in milliseconds; 0 for none */
static pthread_barrier_t stoppers, all_sent;

/* A connection that was freed is one that was not set up. */
static bool is_end(int ret)
{
    return ret == MBEDGUARD_ERR_CLOSED || (way != RESET && ret == MBEDTLS_ERR_SSL_BAD_INPUT_DATA);
}

/* The peer is the program's to end, on the wire. */
static void end_peer(void)
{
    wire_shut(&wired.wires[0]);
    wire_cancel(&wired.wires[1]);
}

static int reset_end(void)
{
    return timeout != 0 ? mbedguard_ssl_session_reset_timeout(&wired.ends[0], timeout)
                        : mbedguard_ssl_session_reset(&wired.ends[0]);
}

static int free_end(void)
{
    return timeout != 0 ? mbedguard_ssl_free_timeout(&wired.ends[0], timeout)
                        : mbedguard_ssl_free(&wired.ends[0]);
}

static void stop(unsigned number)
{
    int ret;

    /* A reader waits for what will not come: there is somebody in. */
    pthread_barrier_wait(&all_sent);
    if (number == STOPPER)
        wire_await_waiter(&wired.wires[0], false);
    pthread_barrier_wait(&stoppers);
    if (way == RESET) {
        ret = reset_end();
    } else {
        if (way == CLOSE_AND_FREE) {
            ret = mbedguard_ssl_close(&wired.ends[0], 0);
            LIVE_EQ(ret == 0 || is_end(ret), 1);
        }
        ret = free_end();
        /* The other one is freeing it. */
        if (ret == MBEDGUARD_ERR_CLOSED)
            ret = 0;
    }
    LIVE_EQ(ret, 0);
    end_peer();
}

static void work(unsigned number, void *data)
{
    unsigned char buf[3000];
    unsigned messages = 20;
    int ret;

    (void) data;
    memset(buf, 0x5C, sizeof(buf));
    switch ((enum role) number) {
    case READER:
    case READER_2:
        do {
            ret = mbedguard_ssl_read(&wired.ends[0], buf, sizeof(buf));
        } while (ret > 0 || wire_wants_more(ret));
        LIVE_EQ(is_end(ret) ? MBEDGUARD_ERR_CLOSED : ret, MBEDGUARD_ERR_CLOSED);
        break;
    case WRITER:
    case WRITER_2:
        do {
            ret = mbedguard_ssl_write(&wired.ends[0], buf, sizeof(buf));
        } while (ret > 0 || wire_wants_more(ret));
        LIVE_EQ(is_end(ret) ? MBEDGUARD_ERR_CLOSED : ret, MBEDGUARD_ERR_CLOSED);
        break;
    case PEER_READER:
        do {
            ret = mbedguard_ssl_read(&wired.ends[1], buf, sizeof(buf));
        } while (ret > 0);
        break;
    case PEER_WRITER:
        while (messages-- != 0)
            LIVE_EQ(mbedguard_ssl_write(&wired.ends[1], buf, 100), 100);
        pthread_barrier_wait(&all_sent);
        break;
    default:
        stop(number);
        break;
    }
}

/* A new session works, with nothing of the old one. */
static void check_new_session(void)
{
    unsigned char out[100], in[100];
    unsigned i;
    int ret;

    if (way == RESET)
        ck_assert_int_eq(mbedguard_ssl_session_reset(&wired.ends[0]), 0);
    else
        wire_setup_end(&wired, 0);
    ck_assert_int_eq(mbedguard_ssl_session_reset(&wired.ends[1]), 0);
    wire_renew(&wired);
    wire_connect(&wired);
    for (i = 0; i < 2; i++) {
        memset(out, (int) i, sizeof(out));
        memset(in, 0xFF, sizeof(in));
        ck_assert_int_eq(mbedguard_ssl_write(&wired.ends[i], out, sizeof(out)), sizeof(out));
        ret = mbedguard_ssl_read(&wired.ends[1 - i], in, sizeof(in));
        ck_assert_int_eq(ret, sizeof(in));
        ck_assert_int_eq(memcmp(in, out, sizeof(in)), 0);
    }
}

static void stop_many(enum way how, uint32_t in_time)
{
    static const struct wire_kind kind = {.waits = true, .psk = true};
    const unsigned rounds = live_rounds(ROUNDS);
    unsigned round;

    way = how;
    timeout = in_time;
    pthread_barrier_init(&stoppers, NULL, 2);
    pthread_barrier_init(&all_sent, NULL, 3);
    wire_open(&wired, &kind);
    wire_connect(&wired);
    for (round = 0; round < rounds; round++) {
        ck_assert_int_eq(mbedguard_ssl_set_bio_cancel(&wired.ends[0], wire_cancel), 0);
        live_threads(ROLES, work, NULL);
        check_new_session();
    }
    wire_free(&wired);
    pthread_barrier_destroy(&stoppers);
    pthread_barrier_destroy(&all_sent);
}

START_TEST(reset)
{
    stop_many(RESET, 0);
}
END_TEST

START_TEST(free_twice)
{
    stop_many(FREE, 0);
}
END_TEST

START_TEST(close_and_free)
{
    stop_many(CLOSE_AND_FREE, 0);
}
END_TEST

#if !defined(LIVE_NAIVE)
START_TEST(reset_in_time)
{
    stop_many(RESET, 60000);
}
END_TEST

START_TEST(free_twice_in_time)
{
    stop_many(FREE, 60000);
}
END_TEST
#endif

int main(void)
{
    Suite *suite = suite_create("stop");
    TCase *reset_case = live_case(suite, "reset");
    TCase *free_case = live_case(suite, "free");

    tcase_add_test(reset_case, reset);
    tcase_add_test(free_case, free_twice);
    tcase_add_test(free_case, close_and_free);
#if !defined(LIVE_NAIVE)
    tcase_add_test(reset_case, reset_in_time);
    tcase_add_test(free_case, free_twice_in_time);
#endif
    return live_run(suite);
}
