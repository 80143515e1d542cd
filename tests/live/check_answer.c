/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * A peer that answers only after it was asked, over a BIO that blocks: one thread already waits for
 * the answer when another one asks.
 */
#include <pthread.h>
#include <string.h>

#include "live/wire.h"

#define QUESTIONS 1000
#define LENGTH    400

static struct wire_link wired;
static unsigned questions;
/* Answers that were read; the next question waits for that. */
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t more = PTHREAD_COND_INITIALIZER;
static unsigned answers;

static void ask(void)
{
    unsigned char buf[LENGTH];
    unsigned i;

    for (i = 0; i < questions; i++) {
        memset(buf, (int) (i % 251), sizeof(buf));
        pthread_mutex_lock(&mutex);
        while (answers < i)
            pthread_cond_wait(&more, &mutex);
        pthread_mutex_unlock(&mutex);
        wire_await_waiter(&wired.wires[0], false);
        LIVE_EQ(mbedguard_ssl_write(&wired.ends[0], buf, sizeof(buf)), sizeof(buf));
    }
}

static bool read_whole(unsigned end, unsigned char *buf)
{
    size_t got = 0;

    while (got < LENGTH) {
        const int ret = mbedguard_ssl_read(&wired.ends[end], buf + got, LENGTH - got);

        LIVE_EQ(ret > 0 ? 1 : ret, 1);
        if (ret <= 0)
            return false;
        got += (size_t) ret;
    }
    return true;
}

static void hear(void)
{
    unsigned char buf[LENGTH];
    unsigned i;

    for (i = 0; i < questions && read_whole(0, buf); i++) {
        LIVE_EQ(buf[0], 255 - i % 251);
        LIVE_EQ(buf[LENGTH - 1], 255 - i % 251);
        pthread_mutex_lock(&mutex);
        answers++;
        pthread_cond_broadcast(&more);
        pthread_mutex_unlock(&mutex);
    }
}

static void answer(void)
{
    unsigned char buf[LENGTH];
    unsigned i, k;

    for (i = 0; i < questions && read_whole(1, buf); i++) {
        for (k = 0; k < LENGTH; k++)
            buf[k] = (unsigned char) (255 - buf[k]);
        LIVE_EQ(mbedguard_ssl_write(&wired.ends[1], buf, sizeof(buf)), sizeof(buf));
    }
}

static void work(unsigned number, void *data)
{
    (void) data;
    if (number == 0)
        hear();
    else if (number == 1)
        ask();
    else
        answer();
}

static void converse(const struct wire_kind *kind)
{
    questions = live_rounds(QUESTIONS);
    answers = 0;
    wire_open(&wired, kind);
    wire_connect(&wired);
    live_threads(3, work, NULL);
    ck_assert_uint_eq(answers, questions);
    wire_free(&wired);
}

START_TEST(stream)
{
    static const struct wire_kind kind = {.waits = true};

    converse(&kind);
}
END_TEST

#if LIVE_TLS13
START_TEST(stream_13)
{
    static const struct wire_kind kind = {.waits = true, .tls13 = true};

    converse(&kind);
}
END_TEST
#endif

#if defined(MBEDTLS_SSL_PROTO_DTLS) && defined(MBEDTLS_TIMING_C)
START_TEST(datagrams)
{
    static const struct wire_kind kind = {.waits = true, .datagram = true, .timeouts = true};

    converse(&kind);
}
END_TEST
#endif

int main(void)
{
    Suite *suite = suite_create("answer");
    TCase *tests = live_case(suite, "answer");

    tcase_add_test(tests, stream);
#if LIVE_TLS13
    tcase_add_test(tests, stream_13);
#endif
#if defined(MBEDTLS_SSL_PROTO_DTLS) && defined(MBEDTLS_TIMING_C)
    tcase_add_test(tests, datagrams);
#endif
    return live_run(suite);
}
