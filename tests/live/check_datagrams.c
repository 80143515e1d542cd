/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * One DTLS connection, many threads, over a wire that loses, doubles and swaps datagrams, in the
 * handshake too: a message arrives at most once, and as it was; without losses, once.
 */
#include <pthread.h>
#include <string.h>

#include "live/wire.h"

#if defined(MBEDTLS_SSL_PROTO_DTLS) && defined(MBEDTLS_TIMING_C)

#define WRITERS  4
#define READERS  2
#define HEAD     8
#define LARGEST  400 /* a handshake that repeats itself often takes the path for a narrow one */
#define MESSAGES 1250

struct side {
    pthread_mutex_t mutex;
    unsigned char seen[WRITERS][MESSAGES];
    unsigned next[WRITERS]; /* without losses, what comes next */
    unsigned got;
    unsigned writing;
};

static struct wire_link wired;
static struct side sides[2];
static unsigned messages;

static void fill(unsigned char *buf, unsigned writer, unsigned number, size_t len)
{
    size_t i;

    memset(buf, 0, HEAD);
    buf[3] = (unsigned char) writer;
    buf[6] = (unsigned char) (number >> 8);
    buf[7] = (unsigned char) number;
    for (i = HEAD; i < len; i++)
        buf[i] = (unsigned char) (writer + number + i);
}

static size_t size_of(unsigned writer, unsigned number)
{
    uint32_t dice = writer * 1000003u + number * 7919u + 1;

    return HEAD + live_dice(&dice) % (LARGEST - HEAD);
}

static void write_messages(unsigned end, unsigned writer)
{
    unsigned char buf[LARGEST];
    struct side *side = &sides[end];
    unsigned number, left;

    for (number = 0; number < messages && !live_failed(); number++) {
        const size_t len = size_of(writer, number);
        int ret;

        fill(buf, writer, number, len);
        do {
            ret = mbedguard_ssl_write(&wired.ends[end], buf, len);
        } while (wire_wants_more(ret) && !live_failed());
        LIVE_EQ(ret, (int) len);
    }
    pthread_mutex_lock(&side->mutex);
    left = --side->writing;
    pthread_mutex_unlock(&side->mutex);
    /* What is there is read, then the end. */
    if (left == 0)
        wire_shut(&wired.wires[end]);
}

static void check_message(struct side *side, const unsigned char *buf, size_t len)
{
    unsigned char expected[LARGEST];
    const unsigned writer = buf[3];
    const unsigned number = (unsigned) buf[6] << 8 | buf[7];

    LIVE_EQ(writer < WRITERS && number < messages, 1);
    if (writer >= WRITERS || number >= messages)
        return;
    LIVE_EQ(len, size_of(writer, number));
    if (len != size_of(writer, number))
        return;
    fill(expected, writer, number, len);
    LIVE_EQ(memcmp(buf, expected, len), 0);
    pthread_mutex_lock(&side->mutex);
    LIVE_EQ(side->seen[writer][number], 0);
    side->seen[writer][number] = 1;
    side->got++;
    pthread_mutex_unlock(&side->mutex);
}

/* A datagram is read whole: the readers of an end need no turns. */
static void read_messages(unsigned end)
{
    unsigned char buf[LARGEST + 1];
    int ret;

    do {
        ret = mbedguard_ssl_read(&wired.ends[end], buf, sizeof(buf));
        if (ret >= HEAD)
            check_message(&sides[end], buf, (size_t) ret);
    } while ((ret >= HEAD || wire_wants_more(ret)) && !live_failed());
    LIVE_EQ(ret == 0 || ret == MBEDTLS_ERR_SSL_CONN_EOF, 1);
    if (live_failed())
        wire_shut_both(&wired);
}

static void talk(unsigned number, void *data)
{
    const unsigned end = number / (WRITERS + READERS);
    const unsigned role = number % (WRITERS + READERS);

    (void) data;
    if (role < WRITERS)
        write_messages(end, role);
    else
        read_messages(end);
}

static void duplex(const struct wire_kind *kind, unsigned count)
{
    unsigned i;

    messages = live_rounds(count);
    wire_open(&wired, kind);
    wire_connect_in_threads(&wired);
    memset(sides, 0, sizeof(sides));
    for (i = 0; i < 2; i++) {
        pthread_mutex_init(&sides[i].mutex, NULL);
        sides[i].writing = WRITERS;
    }
    live_threads(2 * (WRITERS + READERS), talk, NULL);
    for (i = 0; i < 2; i++) {
        ck_assert_uint_gt(sides[i].got, 0);
        if (!kind->lossy)
            ck_assert_uint_eq(sides[i].got, WRITERS * messages);
    }
    wire_free(&wired);
}

START_TEST(lossless)
{
    static const struct wire_kind kind = {.datagram = true, .waits = true, .timeouts = true};

    duplex(&kind, MESSAGES);
}
END_TEST

/* The timer of the handshake runs in the receive function. */
START_TEST(lossy)
{
    static const struct wire_kind kind = {
        .datagram = true, .waits = true, .timeouts = true, .lossy = true};

    duplex(&kind, MESSAGES);
}
END_TEST

/* It is asked for, in turns with the BIO. */
START_TEST(hostile)
{
    static const struct wire_kind kind = {.datagram = true, .hostile = true, .lossy = true};

    duplex(&kind, MESSAGES);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("datagrams");
    TCase *patient_case = live_case(suite, "patient");
    TCase *hostile_case = live_case(suite, "hostile");

    tcase_add_test(patient_case, lossless);
    tcase_add_test(patient_case, lossy);
    tcase_add_test(hostile_case, hostile);
    return live_run(suite);
}

#else

int main(void)
{
    return 77;
}

#endif
