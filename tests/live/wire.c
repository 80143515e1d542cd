/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* BIOs over memory, between threads. */
#if !defined(_POSIX_C_SOURCE)
#define _POSIX_C_SOURCE 200809L
#endif

#include "live/wire.h"

#include <string.h>
#include <time.h>

bool wire_wants_more(int ret)
{
    return ret == MBEDTLS_ERR_SSL_WANT_READ || ret == MBEDTLS_ERR_SSL_WANT_WRITE;
}

/* ---- A direction --------------------------------------------------------------------------------- */

static void store(struct wire_channel *channel, const unsigned char *buf, size_t len)
{
    size_t i;

    for (i = 0; i < len; i++)
        channel->data[(channel->head + channel->count + i) % WIRE_ROOM] = buf[i];
    channel->count += len;
}

static void fetch(struct wire_channel *channel, unsigned char *buf, size_t len)
{
    size_t i;

    for (i = 0; i < len; i++)
        buf[i] = channel->data[(channel->head + i) % WIRE_ROOM];
    channel->head = (channel->head + len) % WIRE_ROOM;
    channel->count -= len;
}

/* Follow the records of a stream: type, version, length, and so many bytes. */
static void tap(struct wire_channel *channel, const unsigned char *buf, size_t len)
{
    while (len != 0) {
        size_t part = channel->skip < len ? channel->skip : len;

        channel->skip -= part;
        buf += part;
        len -= part;
        while (len != 0 && channel->header_len < 5) {
            channel->header[channel->header_len++] = *buf++;
            len--;
        }
        if (channel->header_len == 5 && channel->skip == 0) {
            channel->records[channel->header[0]]++;
            channel->skip = (size_t) channel->header[3] << 8 | channel->header[4];
            channel->header_len = 0;
        }
    }
}

/* Without room it is lost. */
static void store_datagram(struct wire_channel *channel, const unsigned char *buf, size_t len)
{
    const unsigned char head[2] = {(unsigned char) (len >> 8), (unsigned char) len};

    if (channel->room - channel->count >= len + 2) {
        store(channel, head, 2);
        store(channel, buf, len);
    }
}

/* Of 16 datagrams, one is lost, one comes twice, and one is overtaken. */
static void throw_datagram(struct wire_channel *channel, uint32_t throw, const unsigned char *buf,
                           size_t len)
{
    if (throw % 16 == 0)
        return;
    if (throw % 16 == 1 && channel->held_len == 0 && len <= sizeof(channel->held)) {
        memcpy(channel->held, buf, len);
        channel->held_len = len;
        return;
    }
    store_datagram(channel, buf, len);
    if (throw % 16 == 2)
        store_datagram(channel, buf, len);
    if (channel->held_len != 0) {
        store_datagram(channel, channel->held, channel->held_len);
        channel->held_len = 0;
    }
}

/* Wait until there is room for so much. Whether there is. */
static bool await_room(struct wire *wire, size_t len)
{
    struct wire_channel *channel = wire->out;

    while (wire->waits && !wire->stopped[0] && !wire->cancelled && !channel->shut &&
           channel->room - channel->count < len) {
        channel->waiting[0] = true;
        pthread_cond_broadcast(&channel->moved);
        pthread_cond_wait(&channel->moved, &channel->mutex);
        channel->waiting[0] = false;
    }
    return !wire->stopped[0] && !wire->cancelled && channel->room - channel->count >= len;
}

static int put(struct wire *wire, const unsigned char *buf, size_t len)
{
    struct wire_channel *channel = wire->out;
    int ret = MBEDTLS_ERR_SSL_WANT_WRITE;

    if (wire->datagram) {
        if (await_room(wire, len + 2) || (!wire->waits && !wire->stopped[0])) {
            if (wire->lossy)
                throw_datagram(channel, live_dice(&wire->dice[0]), buf, len);
            else
                store_datagram(channel, buf, len);
            channel->passed++;
            ret = (int) len;
        }
    } else if (await_room(wire, 1)) {
        if (len > channel->room - channel->count)
            len = channel->room - channel->count;
        store(channel, buf, len);
        tap(channel, buf, len);
        channel->passed += len;
        ret = (int) len;
    }
    if (ret > 0)
        channel->waiting[1] = false;
    pthread_cond_broadcast(&channel->moved);
    return ret;
}

static bool past(const struct timespec *deadline)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec > deadline->tv_sec ||
           (now.tv_sec == deadline->tv_sec && now.tv_nsec >= deadline->tv_nsec);
}

/*
 * Helgrind reports what the timed wait of glibc does inside, a signal without the mutex. Who has a
 * deadline looks once in a while.
 */
static void wait_a_while(struct wire_channel *channel)
{
    const struct timespec pause = {0, 200000};

    pthread_mutex_unlock(&channel->mutex);
    nanosleep(&pause, NULL);
    pthread_mutex_lock(&channel->mutex);
}

/* Until there is something, or the time is over: false then. */
static bool await_data(struct wire *wire, const struct timespec *deadline)
{
    struct wire_channel *channel = wire->in;

    while (wire->waits && !wire->stopped[1] && !wire->cancelled && !channel->shut &&
           channel->count == 0) {
        if (deadline != NULL && past(deadline))
            return false;
        channel->waiting[1] = true;
        pthread_cond_broadcast(&channel->moved);
        if (deadline == NULL)
            pthread_cond_wait(&channel->moved, &channel->mutex);
        else
            wait_a_while(channel);
        channel->waiting[1] = false;
    }
    return true;
}

static int get(struct wire *wire, unsigned char *buf, size_t len, const struct timespec *deadline)
{
    struct wire_channel *channel = wire->in;
    unsigned char head[2];
    size_t whole;

    if (!await_data(wire, deadline))
        return MBEDTLS_ERR_SSL_TIMEOUT;
    if (wire->stopped[1] || wire->cancelled)
        return MBEDTLS_ERR_SSL_WANT_READ;
    if (channel->count == 0)
        return channel->shut ? 0 : MBEDTLS_ERR_SSL_WANT_READ;
    if (wire->datagram) {
        fetch(channel, head, 2);
        whole = (size_t) head[0] << 8 | head[1];
        if (len > whole)
            len = whole;
        fetch(channel, buf, len);
        channel->head = (channel->head + whole - len) % WIRE_ROOM;
        channel->count -= whole - len;
    } else {
        if (len > channel->count)
            len = channel->count;
        fetch(channel, buf, len);
    }
    channel->waiting[0] = false;
    pthread_cond_broadcast(&channel->moved);
    return (int) len;
}

/* ---- The BIO ------------------------------------------------------------------------------------- */

/* What a hostile BIO does about a call: refuse it, take some of it, or do it. */
static bool refuses(uint32_t *dice, bool whole, size_t *len)
{
    const uint32_t throw = live_dice(dice);

    if (throw % 3 == 1 && *len > 1 && !whole)
        *len = 1 + (throw >> 4) % (*len < 700 ? *len : 700);
    return throw % 3 == 0;
}

int wire_send(void *context, const unsigned char *buf, size_t len)
{
    struct wire *wire = context;
    int ret = MBEDTLS_ERR_SSL_WANT_WRITE;

    LIVE_EQ(__atomic_add_fetch(&wire->senders, 1, __ATOMIC_SEQ_CST), 1);
    pthread_mutex_lock(&wire->out->mutex);
    if (!wire->hostile || !refuses(&wire->dice[0], wire->datagram, &len))
        ret = put(wire, buf, len);
    pthread_mutex_unlock(&wire->out->mutex);
    __atomic_sub_fetch(&wire->senders, 1, __ATOMIC_SEQ_CST);
    return ret;
}

int wire_recv_timeout(void *context, unsigned char *buf, size_t len, uint32_t timeout)
{
    struct wire *wire = context;
    struct timespec deadline;
    int ret = MBEDTLS_ERR_SSL_WANT_READ;

    clock_gettime(CLOCK_REALTIME, &deadline);
    deadline.tv_sec += timeout / 1000;
    deadline.tv_nsec += (long) (timeout % 1000) * 1000000;
    if (deadline.tv_nsec >= 1000000000) {
        deadline.tv_sec++;
        deadline.tv_nsec -= 1000000000;
    }
    LIVE_EQ(__atomic_add_fetch(&wire->receivers, 1, __ATOMIC_SEQ_CST), 1);
    pthread_mutex_lock(&wire->in->mutex);
    if (!wire->hostile || !refuses(&wire->dice[1], wire->datagram, &len))
        ret = get(wire, buf, len, timeout != 0 ? &deadline : NULL);
    pthread_mutex_unlock(&wire->in->mutex);
    __atomic_sub_fetch(&wire->receivers, 1, __ATOMIC_SEQ_CST);
    return ret;
}

int wire_recv(void *context, unsigned char *buf, size_t len)
{
    return wire_recv_timeout(context, buf, len, 0);
}

static void lock_both(struct wire *wire)
{
    /* Always in the order of their addresses. */
    pthread_mutex_lock(wire->out < wire->in ? &wire->out->mutex : &wire->in->mutex);
    pthread_mutex_lock(wire->out < wire->in ? &wire->in->mutex : &wire->out->mutex);
}

static void unlock_both(struct wire *wire)
{
    pthread_cond_broadcast(&wire->out->moved);
    pthread_cond_broadcast(&wire->in->moved);
    pthread_mutex_unlock(&wire->out->mutex);
    pthread_mutex_unlock(&wire->in->mutex);
}

void wire_cancel(void *context)
{
    struct wire *wire = context;

    lock_both(wire);
    wire->cancelled = true;
    unlock_both(wire);
}

void wire_stop(struct wire *wire, bool sending, bool stop)
{
    lock_both(wire);
    wire->stopped[sending ? 0 : 1] = stop;
    unlock_both(wire);
}

void wire_shut(struct wire *wire)
{
    lock_both(wire);
    wire->out->shut = true;
    unlock_both(wire);
}

void wire_await_waiter(struct wire *wire, bool sending)
{
    struct wire_channel *channel = sending ? wire->out : wire->in;

    pthread_mutex_lock(&channel->mutex);
    while (!channel->waiting[sending ? 0 : 1])
        pthread_cond_wait(&channel->moved, &channel->mutex);
    pthread_mutex_unlock(&channel->mutex);
}

void wire_await_passed(struct wire *wire, size_t passed)
{
    pthread_mutex_lock(&wire->out->mutex);
    while (wire->out->passed < passed)
        pthread_cond_wait(&wire->out->moved, &wire->out->mutex);
    pthread_mutex_unlock(&wire->out->mutex);
}

unsigned wire_records(struct wire *wire, unsigned type)
{
    unsigned records;

    pthread_mutex_lock(&wire->out->mutex);
    records = wire->out->records[type];
    pthread_mutex_unlock(&wire->out->mutex);
    return records;
}
