/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * One connection, many threads: messages of several writers arrive whole, once and in each writer's
 * order at the readers of the other end, over a BIO that does what it may do at worst.
 */
#include <pthread.h>
#include <string.h>

#include "live/wire.h"

static struct wire_link wired;

/* ---- Messages ------------------------------------------------------------------------------------- */

#define WRITERS 4
#define READERS 2
#define HEAD 8
#define LARGEST 40000

/* Each end writes to the other. */
struct side {
    unsigned next[WRITERS];
    unsigned got;
    unsigned expected;
    pthread_mutex_t mutex;
};

static struct side sides[2];
static unsigned messages;
static size_t largest; /* what a BIO that would wait splits is longer than a record */

static size_t size_of(unsigned writer, unsigned number)
{
    uint32_t dice = writer * 1000003u + number * 7919u + 1;
    uint32_t throw = live_dice(&dice);

    return HEAD + throw % (throw % 16 == 0 ? largest - HEAD : 300);
}

static void fill(unsigned char *buf, unsigned writer, unsigned number, size_t len)
{
    size_t i;

    buf[0] = (unsigned char) (len >> 16);
    buf[1] = (unsigned char) (len >> 8);
    buf[2] = (unsigned char) len;
    buf[3] = (unsigned char) writer;
    buf[4] = (unsigned char) (number >> 24);
    buf[5] = (unsigned char) (number >> 16);
    buf[6] = (unsigned char) (number >> 8);
    buf[7] = (unsigned char) number;
    for (i = HEAD; i < len; i++)
        buf[i] = (unsigned char) (writer + number + i);
}

static void write_messages(unsigned end, unsigned writer)
{
    static _Thread_local unsigned char buf[LARGEST];
    unsigned number;

    for (number = 0; number < messages && !live_failed(); number++) {
        const size_t len = size_of(writer, number);
        size_t done = 0;
        int ret;

        fill(buf, writer, number, len);
        while (done < len && !live_failed()) {
            ret = mbedguard_ssl_write(&wired.ends[end], buf + done, len - done);
            if (ret > 0)
                done += (size_t) ret;
            else if (!wire_wants_more(ret)) {
                LIVE_EQ(ret, (int) len);
                return;
            }
        }
    }
}

static void check_message(struct side *side, const unsigned char *buf, size_t len)
{
    static _Thread_local unsigned char expected[LARGEST];
    const unsigned writer = buf[3];
    const unsigned number = (unsigned) buf[4] << 24 | (unsigned) buf[5] << 16 |
                            (unsigned) buf[6] << 8 | buf[7];

    LIVE_EQ(writer < WRITERS, 1);
    if (writer >= WRITERS)
        return;
    LIVE_EQ(number, side->next[writer]);
    side->next[writer] = number + 1;
    LIVE_EQ(len, size_of(writer, number));
    fill(expected, writer, number, len);
    LIVE_EQ(memcmp(buf, expected, len), 0);
    side->got++;
}

static bool read_whole(unsigned end, unsigned char *buf, size_t len)
{
    size_t done = 0;

    while (done < len) {
        const int ret = mbedguard_ssl_read(&wired.ends[end], buf + done, len - done);

        if (ret > 0)
            done += (size_t) ret;
        else if (!wire_wants_more(ret)) {
            LIVE_EQ(ret, (int) len);
            return false;
        }
        if (live_failed())
            return false;
    }
    return true;
}

/* The readers of an end take turns by a lock of the program's, since a message is read in two parts. */
static void read_messages(unsigned end)
{
    static _Thread_local unsigned char buf[LARGEST];
    struct side *side = &sides[end];
    bool more = true;

    while (more && !live_failed()) {
        pthread_mutex_lock(&side->mutex);
        more = side->got < side->expected;
        if (more) {
            more = read_whole(end, buf, HEAD);
            if (more) {
                const size_t len = (size_t) buf[0] << 16 | (size_t) buf[1] << 8 | buf[2];

                more = len >= HEAD && len <= LARGEST && read_whole(end, buf + HEAD, len - HEAD);
                LIVE_EQ(more, 1);
                if (more)
                    check_message(side, buf, len);
            }
        }
        pthread_mutex_unlock(&side->mutex);
    }
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
    largest = kind->hostile ? 16000 : LARGEST;
    wire_open(&wired, kind);
    wire_connect_in_threads(&wired);
    for (i = 0; i < 2; i++) {
        memset(&sides[i], 0, sizeof(sides[i]));
        pthread_mutex_init(&sides[i].mutex, NULL);
        sides[i].expected = WRITERS * messages;
    }
    live_threads(2 * (WRITERS + READERS), talk, NULL);
    ck_assert_uint_eq(sides[0].got, sides[0].expected);
    ck_assert_uint_eq(sides[1].got, sides[1].expected);
    wire_free(&wired);
}

/* A blocking BIO lets each write through whole, whatever its length. */
START_TEST(patient)
{
    static const struct wire_kind kind = {.waits = true};

    duplex(&kind, 1250);
}
END_TEST

#if LIVE_TLS13
START_TEST(patient_13)
{
    static const struct wire_kind kind = {.waits = true, .tls13 = true};

    duplex(&kind, 1250);
}
END_TEST
#endif

/* A write that returned MBEDTLS_ERR_SSL_WANT_WRITE comes again, beside others that do. */
START_TEST(hostile)
{
    static const struct wire_kind kind = {.hostile = true};

    duplex(&kind, 1250);
}
END_TEST

#if LIVE_TLS13
START_TEST(hostile_13)
{
    static const struct wire_kind kind = {.hostile = true, .tls13 = true};

    duplex(&kind, 1250);
}
END_TEST
#endif

/* Receives bring many records, and end in the middle of one. */
START_TEST(ahead)
{
    const struct wire_kind kind = {
        .hostile = _i % 2 != 0, .waits = _i % 2 == 0, .tls13 = _i / 2 != 0, .read_ahead = 16384};

    duplex(&kind, 600);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("duplex");
    TCase *patient_case = live_case(suite, "patient");
    TCase *hostile_case = live_case(suite, "hostile");
    TCase *ahead_case = live_case(suite, "ahead");

    tcase_add_test(patient_case, patient);
    tcase_add_test(hostile_case, hostile);
    tcase_add_loop_test(ahead_case, ahead, 0, 2 + 2 * LIVE_TLS13);
#if LIVE_TLS13
    tcase_add_test(patient_case, patient_13);
    tcase_add_test(hostile_case, hostile_13);
#endif
    return live_run(suite);
}
