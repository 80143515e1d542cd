/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * One connection, many threads: messages of several writers arrive whole, once and in each writer's
 * order at the readers of the other end, over a BIO that does what it may do at worst.
 */
#include <pthread.h>
#include <string.h>

#include "live/live.h"

/* ---- A BIO between threads ----------------------------------------------------------------------- */

enum temper {
    PATIENT, /* waits for data and for room */
    HOSTILE, /* takes and gives a few bytes, and says at random that it would have to wait */
};

struct channel {
    pthread_mutex_t mutex;
    pthread_cond_t moved;
    unsigned char data[40000];
    size_t head, count;
    bool shut;
};

struct wire {
    struct channel *out, *in;
    enum temper temper;
    uint32_t dice[2];
    /* One sender and one receiver at a time. */
    int senders, receivers;
};

static struct channel channels[2];
static struct wire wires[2];
static mbedguard_ssl_context ends[2];
static mbedguard_ssl_config configs[2];
static mbedguard_x509_crt crt;
static mbedguard_pk_context key;

static int channel_put(struct channel *channel, const unsigned char *buf, size_t len, bool wait)
{
    size_t i;

    pthread_mutex_lock(&channel->mutex);
    while (wait && !channel->shut && channel->count == sizeof(channel->data))
        pthread_cond_wait(&channel->moved, &channel->mutex);
    if (len > sizeof(channel->data) - channel->count)
        len = sizeof(channel->data) - channel->count;
    for (i = 0; i < len; i++)
        channel->data[(channel->head + channel->count + i) % sizeof(channel->data)] = buf[i];
    channel->count += len;
    pthread_cond_broadcast(&channel->moved);
    pthread_mutex_unlock(&channel->mutex);
    return len != 0 ? (int) len : MBEDTLS_ERR_SSL_WANT_WRITE;
}

static int channel_get(struct channel *channel, unsigned char *buf, size_t len, bool wait)
{
    size_t i;
    bool shut;

    pthread_mutex_lock(&channel->mutex);
    while (wait && !channel->shut && channel->count == 0)
        pthread_cond_wait(&channel->moved, &channel->mutex);
    if (len > channel->count)
        len = channel->count;
    for (i = 0; i < len; i++)
        buf[i] = channel->data[(channel->head + i) % sizeof(channel->data)];
    channel->head = (channel->head + len) % sizeof(channel->data);
    channel->count -= len;
    shut = channel->shut;
    pthread_cond_broadcast(&channel->moved);
    pthread_mutex_unlock(&channel->mutex);
    return len != 0 ? (int) len : shut ? 0 : MBEDTLS_ERR_SSL_WANT_READ;
}

static int wire_send(void *context, const unsigned char *buf, size_t len)
{
    struct wire *wire = context;
    int ret;

    LIVE_EQ(__atomic_add_fetch(&wire->senders, 1, __ATOMIC_SEQ_CST), 1);
    if (wire->temper == HOSTILE) {
        uint32_t throw = live_dice(&wire->dice[0]);

        if (throw % 3 == 0) {
            ret = MBEDTLS_ERR_SSL_WANT_WRITE;
            goto done;
        }
        if (throw % 3 == 1 && len > 1)
            len = 1 + (throw >> 4) % (len < 700 ? len : 700);
    }
    ret = channel_put(wire->out, buf, len, wire->temper == PATIENT);
done:
    __atomic_sub_fetch(&wire->senders, 1, __ATOMIC_SEQ_CST);
    return ret;
}

static int wire_recv(void *context, unsigned char *buf, size_t len)
{
    struct wire *wire = context;
    int ret;

    LIVE_EQ(__atomic_add_fetch(&wire->receivers, 1, __ATOMIC_SEQ_CST), 1);
    if (wire->temper == HOSTILE) {
        uint32_t throw = live_dice(&wire->dice[1]);

        if (throw % 3 == 0) {
            ret = MBEDTLS_ERR_SSL_WANT_READ;
            goto done;
        }
        if (throw % 3 == 1 && len > 1)
            len = 1 + (throw >> 4) % (len < 700 ? len : 700);
    }
    ret = channel_get(wire->in, buf, len, wire->temper == PATIENT);
done:
    __atomic_sub_fetch(&wire->receivers, 1, __ATOMIC_SEQ_CST);
    return ret;
}

static void shut_wires(void)
{
    unsigned i;

    for (i = 0; i < 2; i++) {
        pthread_mutex_lock(&channels[i].mutex);
        channels[i].shut = true;
        pthread_cond_broadcast(&channels[i].moved);
        pthread_mutex_unlock(&channels[i].mutex);
    }
}

/* ---- Both ends ------------------------------------------------------------------------------------ */

static bool wants_more(int ret)
{
    return ret == MBEDTLS_ERR_SSL_WANT_READ || ret == MBEDTLS_ERR_SSL_WANT_WRITE;
}

static void connect_one(unsigned number, void *data)
{
    int ret;

    (void) data;
    do {
        ret = mbedguard_ssl_handshake(&ends[number]);
    } while (wants_more(ret));
    LIVE_EQ(ret, 0);
}

static void open_ends(enum temper temper, bool tls13)
{
    unsigned i;

    ck_assert_int_eq(mbedguard_x509_crt_init(&crt), 0);
    ck_assert_int_eq(mbedguard_pk_init(&key), 0);
    ck_assert_int_eq(live_parse_crt(&crt, 0), 0);
    live_parse_key(&key, 0);
    for (i = 0; i < 2; i++) {
        pthread_mutex_init(&channels[i].mutex, NULL);
        pthread_cond_init(&channels[i].moved, NULL);
        channels[i].head = channels[i].count = 0;
        channels[i].shut = false;
        wires[i].out = &channels[i];
        wires[i].in = &channels[1 - i];
        wires[i].temper = temper;
        wires[i].dice[0] = 7 + i;
        wires[i].dice[1] = 77 + i;
        ck_assert_int_eq(mbedguard_ssl_config_init(&configs[i]), 0);
        ck_assert_int_eq(live_config(&configs[i], i == 0 ? MBEDTLS_SSL_IS_CLIENT
                                                         : MBEDTLS_SSL_IS_SERVER, tls13), 0);
        ck_assert_int_eq(mbedguard_ssl_conf_ca_chain(&configs[i], &crt, NULL), 0);
        ck_assert_int_eq(mbedguard_ssl_init(&ends[i]), 0);
    }
    ck_assert_int_eq(mbedguard_ssl_conf_own_cert(&configs[1], &crt, &key), 0);
    for (i = 0; i < 2; i++) {
        ck_assert_int_eq(mbedguard_ssl_setup(&ends[i], &configs[i]), 0);
        ck_assert_int_eq(mbedguard_ssl_set_bio(&ends[i], &wires[i], wire_send, wire_recv, NULL), 0);
    }
    ck_assert_int_eq(mbedguard_ssl_set_hostname(&ends[0], "first"), 0);
    live_threads(2, connect_one, NULL);
}

static void free_ends(void)
{
    unsigned i;

    for (i = 0; i < 2; i++) {
        ck_assert_int_eq(mbedguard_ssl_free(&ends[i]), 0);
        ck_assert_int_eq(mbedguard_ssl_config_free(&configs[i]), 0);
    }
    ck_assert_int_eq(mbedguard_pk_free(&key), 0);
    ck_assert_int_eq(mbedguard_x509_crt_free(&crt), 0);
}

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
            ret = mbedguard_ssl_write(&ends[end], buf + done, len - done);
            if (ret > 0)
                done += (size_t) ret;
            else if (!wants_more(ret)) {
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
        const int ret = mbedguard_ssl_read(&ends[end], buf + done, len - done);

        if (ret > 0)
            done += (size_t) ret;
        else if (!wants_more(ret)) {
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
        shut_wires();
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

static void duplex(enum temper temper, bool tls13, unsigned count)
{
    unsigned i;

    messages = live_rounds(count);
    largest = temper == HOSTILE ? 16000 : LARGEST;
    open_ends(temper, tls13);
    for (i = 0; i < 2; i++) {
        memset(&sides[i], 0, sizeof(sides[i]));
        pthread_mutex_init(&sides[i].mutex, NULL);
        sides[i].expected = WRITERS * messages;
    }
    live_threads(2 * (WRITERS + READERS), talk, NULL);
    ck_assert_uint_eq(sides[0].got, sides[0].expected);
    ck_assert_uint_eq(sides[1].got, sides[1].expected);
    free_ends();
}

/* A blocking BIO lets each write through whole, whatever its length. */
START_TEST(patient)
{
    duplex(PATIENT, false, 1250);
}
END_TEST

#if LIVE_TLS13
START_TEST(patient_13)
{
    duplex(PATIENT, true, 1250);
}
END_TEST
#endif

/* A write that returned MBEDTLS_ERR_SSL_WANT_WRITE comes again, beside others that do. */
START_TEST(hostile)
{
    duplex(HOSTILE, false, 1250);
}
END_TEST

#if LIVE_TLS13
START_TEST(hostile_13)
{
    duplex(HOSTILE, true, 1250);
}
END_TEST
#endif

int main(void)
{
    Suite *suite = suite_create("duplex");
    TCase *tests = live_case(suite, "duplex");

    tcase_add_test(tests, patient);
    tcase_add_test(tests, hostile);
#if LIVE_TLS13
    tcase_add_test(tests, patient_13);
    tcase_add_test(tests, hostile_13);
#endif
    return live_run(suite);
}
