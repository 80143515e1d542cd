/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Writing. Writers take turns, so that a buffer stays whole. A count is returned when the BIO has
 * taken all of those bytes. Where it would wait, what is sealed is remembered with its writer, who
 * comes again as Mbed TLS asks and is then told the count, without anything being sealed twice.
 */
#include "manual/ssl_pump.h"

#if defined(MBEDTLS_SSL_TLS_C)

#include <string.h>

#include <mbedtls/platform.h>
#include <mbedtls/platform_util.h>

#include <mbedguard/ssl_io_access.h>

#if defined(MBEDGUARD_THREADING_NONE)

int mbedguard_ssl_write(mbedguard_ssl_context *ssl, const unsigned char *buf, size_t len)
{
    return mbedtls_ssl_write(&ssl->unguarded, buf, len);
}

int mbedguard_ssl_write_timeout(mbedguard_ssl_context *ssl, const unsigned char *buf, size_t len,
                                uint32_t timeout)
{
    return timeout != 0 ? MBEDGUARD_ERR_UNSUPPORTED : mbedtls_ssl_write(&ssl->unguarded, buf, len);
}

#if defined(MBEDTLS_SSL_EARLY_DATA) && defined(MBEDTLS_SSL_CLI_C)
int mbedguard_ssl_write_early_data(mbedguard_ssl_context *ssl, const unsigned char *buf, size_t len)
{
    return mbedtls_ssl_write_early_data(&ssl->unguarded, buf, len);
}

int mbedguard_ssl_write_early_data_timeout(mbedguard_ssl_context *ssl, const unsigned char *buf,
                                           size_t len, uint32_t timeout)
{
    return timeout != 0 ? MBEDGUARD_ERR_UNSUPPORTED
                        : mbedtls_ssl_write_early_data(&ssl->unguarded, buf, len);
}
#endif

#else

/* ---- Turns --------------------------------------------------------------------------------------- */

int mbedguard_ssl_turn_take(mbedguard_ssl_call *call, mbedguard_ssl_turn *turn)
{
    mbedguard_ssl_turn **end = &call->pump->turn;
    int ret = 0;

    turn->next = NULL;
    while (*end != NULL) {
        end = &(*end)->next;
    }
    *end = turn;
    call->turn = turn;
    while (ret == 0 && call->pump->turn != turn) {
        ret = call->may_wait ? mbedguard_ssl_call_wait(call) : MBEDTLS_ERR_SSL_WANT_WRITE;
    }
    if (ret != 0 && call->inside) {
        mbedguard_ssl_turn_give(call, turn);
    }
    return ret == MBEDGUARD_ERR_UNSUPPORTED ? MBEDTLS_ERR_SSL_WANT_WRITE : ret;
}

void mbedguard_ssl_turn_give(mbedguard_ssl_call *call, mbedguard_ssl_turn *turn)
{
    mbedguard_ssl_turn **place = &call->pump->turn;

    if (!call->inside) {
        return;
    }
    while (*place != NULL && *place != turn) {
        place = &(*place)->next;
    }
    call->turn = NULL;
    if (*place == turn) {
        *place = turn->next;
        mbedguard_ssl_wake(call->pump);
    }
}

/* ---- Writes that were not sent at once ------------------------------------------------------------ */

static void free_pending(mbedguard_ssl_pending *pending)
{
    if (pending->copy != NULL) {
        mbedtls_platform_zeroize(pending->copy, pending->taken);
        mbedtls_free(pending->copy);
    }
    mbedtls_free(pending);
}

void mbedguard_ssl_pending_clear(mbedguard_ssl_pump *pump)
{
    while (pump->pending != NULL) {
        mbedguard_ssl_pending *const pending = pump->pending;

        pump->pending = pending->next;
        free_pending(pending);
    }
}

static void forget(mbedguard_ssl_pump *pump, mbedguard_ssl_pending *pending)
{
    mbedguard_ssl_pending **place = &pump->pending;

    while (*place != NULL && *place != pending) {
        place = &(*place)->next;
    }
    if (*place == pending) {
        *place = pending->next;
        free_pending(pending);
    }
}

static bool has_content(const mbedguard_ssl_pending *pending, const unsigned char *buf, size_t len)
{
    return pending->copy != NULL && buf != NULL && len >= pending->taken &&
           memcmp(pending->copy, buf, pending->taken) == 0;
}

/*
 * Programs come again with the same buffer, with NULL, with a buffer that is free by now, or with a
 * copy elsewhere that may have grown: the first three are known by thread and length, and not read.
 */
static bool is_of_this_thread(const mbedguard_ssl_pending *pending, const unsigned char *buf,
                              size_t len)
{
    if (buf == NULL || buf == pending->buf) {
        return len == pending->len;
    }
    return has_content(pending, buf, len);
}

/* Another thread of a pool may come in its place, with the same message. */
static mbedguard_ssl_pending *find_pending(const mbedguard_ssl_call *call, mbedguard_ssl_raw *raw,
                                           const unsigned char *buf, size_t len)
{
    mbedguard_ssl_pending *pending;

    for (pending = call->pump->pending; pending != NULL; pending = pending->next) {
        if (pending->thread == call->self) {
            return pending->raw == raw && is_of_this_thread(pending, buf, len) ? pending : NULL;
        }
    }
    for (pending = call->pump->pending; pending != NULL; pending = pending->next) {
        if (pending->raw == raw && len == pending->len && has_content(pending, buf, len)) {
            return pending;
        }
    }
    return NULL;
}

/* A thread that writes something else has given up what it wrote before; it is sent all the same. */
static void give_up(const mbedguard_ssl_call *call)
{
    mbedguard_ssl_pending *pending;

    for (pending = call->pump->pending; pending != NULL; pending = pending->next) {
        if (pending->thread == call->self) {
            forget(call->pump, pending);
            return;
        }
    }
}

static mbedguard_ssl_pending *new_pending(const mbedguard_ssl_call *call, mbedguard_ssl_raw *raw,
                                          const unsigned char *buf, size_t len)
{
    mbedguard_ssl_pending *const pending =
        (mbedguard_ssl_pending *) mbedtls_calloc(1, sizeof *pending);

    if (pending != NULL) {
        pending->thread = call->self;
        pending->raw = raw;
        pending->buf = buf;
        pending->len = len;
    }
    return pending;
}

/* ---- Writing ------------------------------------------------------------------------------------- */

struct data {
    const unsigned char *buf;
    size_t len;
};

static int raw_write(mbedtls_ssl_context *ssl, void *arguments)
{
    const struct data *const data = (const struct data *) arguments;

    return mbedtls_ssl_write(ssl, data->buf, data->len);
}

/* Writers wait for the BIO before they seal more, or the queue would grow without end. */
static int make_room(mbedguard_ssl_call *call)
{
    mbedguard_ssl_pump *const pump = call->pump;

    if (pump->out_error != 0 || pump->failed != 0) {
        return pump->out_error != 0 ? pump->out_error : pump->failed;
    }
    if (pump->closing) {
        return MBEDGUARD_ERR_CLOSED;
    }
    if (!pump->stalled && pump->out.in - pump->out.out <= pump->out_limit && call->may_wait) {
        return 0;
    }
    return mbedguard_ssl_drain(call, pump->out.in);
}

#if defined(MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET)
static bool is_news_for_a_reader(int ret)
{
    return ret == MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET;
}
#else
static bool is_news_for_a_reader(int ret)
{
    (void) ret;
    return false;
}
#endif

/* Seal one record, after any handshake that it takes: bytes of data, or an error. */
static int seal(mbedguard_ssl_call *call, mbedguard_ssl_raw *raw, struct data *data)
{
    mbedguard_ssl_pump *const pump = call->pump;

    for (;;) {
        const uint64_t before = pump->out.in;
        bool shakes_hands;
        int ret;

        ret = make_room(call);
        if (ret != 0) {
            return ret;
        }
        shakes_hands =
            call->ssl->unguarded.MBEDTLS_PRIVATE(state) != MBEDTLS_SSL_HANDSHAKE_OVER;
        ret = mbedguard_ssl_note(call, mbedguard_ssl_step(call, raw, data));
        /* A flight that the data came behind is waited for by all who shake hands or read. */
        if (pump->out.in != before && (ret < 0 || shakes_hands)) {
            pump->control_end = pump->out.in;
        }
        if (ret >= 0) {
            return ret;
        }
        if (is_news_for_a_reader(ret)) {
            pump->ticket = true;
            mbedguard_ssl_wake(pump);
            continue;
        }
        if (mbedguard_ssl_is_behind_data(ret)) {
            ret = mbedguard_ssl_wait_for_reader(call);
            if (ret != 0) {
                return ret;
            }
            continue;
        }
        if (ret != MBEDTLS_ERR_SSL_WANT_READ) {
            const int sent = mbedguard_ssl_drain_unless_sending(call, pump->control_end);

            return ret != MBEDTLS_ERR_SSL_WANT_WRITE || sent == 0 ? ret : sent;
        }
        ret = mbedguard_ssl_exchange(call);
        if (ret != 0) {
            return ret;
        }
    }
}

/* Sealed, and the BIO would wait: remember it. */
static void remember(mbedguard_ssl_call *call, mbedguard_ssl_pending *pending,
                     const struct data *data, size_t taken, uint64_t end)
{
    pending->taken = taken;
    pending->end = end;
    if (taken != 0 && data->buf != NULL) {
        pending->copy = (unsigned char *) mbedtls_calloc(1, taken);
        if (pending->copy != NULL) {
            memcpy(pending->copy, data->buf, taken);
        }
    }
    pending->next = call->pump->pending;
    call->pump->pending = pending;
}

static bool may_come_again(int ret)
{
    return ret == MBEDTLS_ERR_SSL_WANT_WRITE || ret == MBEDTLS_ERR_SSL_WANT_READ ||
           ret == MBEDTLS_ERR_SSL_TIMEOUT;
}

/* After some of it: the count is told first. What did not go early, the caller writes in another way. */
static bool ends_short(int ret)
{
#if defined(MBEDTLS_ERR_SSL_CANNOT_WRITE_EARLY_DATA)
    return may_come_again(ret) || ret == MBEDTLS_ERR_SSL_CANNOT_WRITE_EARLY_DATA;
#else
    return may_come_again(ret);
#endif
}

/* One record, sealed and sent: its bytes, or an error. */
static int write_record(mbedguard_ssl_call *call, mbedguard_ssl_raw *raw, struct data *data)
{
    mbedguard_ssl_pending *const pending = new_pending(call, raw, data->buf, data->len);
    uint64_t end;
    int taken;
    int ret;

    /* Without the means to remember it, nothing may be sealed. */
    if (pending == NULL) {
        return MBEDGUARD_ERR_ALLOC_FAILED;
    }
    call->pending = pending;
    taken = seal(call, raw, data);
    if (taken < 0) {
        call->pending = NULL;
        free_pending(pending);
        return taken;
    }
    end = call->pump->out.in;
    ret = mbedguard_ssl_drain(call, end);
    call->pending = NULL;
    if (call->inside && may_come_again(ret)) {
        remember(call, pending, data, (size_t) taken, end);
        return ret;
    }
    free_pending(pending);
    return ret != 0 ? ret : taken;
}

/* A write that was sealed before: wait until it is sent. Its bytes, or an error. */
static int finish(mbedguard_ssl_call *call, mbedguard_ssl_pending *pending)
{
    const size_t taken = pending->taken;
    int ret;

    /* Whoever else it might be taken for, it is this call's now. */
    pending->thread = call->self;
    ret = mbedguard_ssl_drain(call, pending->end);
    if (!call->inside || may_come_again(ret) || call->generation != call->pump->generation) {
        return ret;
    }
    forget(call->pump, pending);
    return ret != 0 ? ret : (int) taken;
}

static size_t at_most_int(size_t len)
{
    return len < INT32_MAX ? len : INT32_MAX;
}

/* The whole buffer in one turn, as far as the BIO lets it. */
static int write_all(mbedguard_ssl_call *call, mbedguard_ssl_raw *raw, const unsigned char *buf,
                     size_t len)
{
    mbedguard_ssl_pending *const pending = find_pending(call, raw, buf, len);
    struct data data = {buf, at_most_int(len)};
    size_t done = 0;
    int ret;

    if (pending != NULL) {
        /* What is left of the buffer is another call's: it may not be there to be read. */
        return finish(call, pending);
    }
    give_up(call);
    if (buf == NULL && len != 0) {
        return MBEDTLS_ERR_SSL_BAD_INPUT_DATA;
    }
    do {
        data.buf = buf != NULL ? buf + done : NULL;
        data.len = at_most_int(len) - done;
        ret = write_record(call, raw, &data);
        if (ret < 0) {
            return done != 0 && ends_short(ret) ? (int) done : ret;
        }
        done += (size_t) ret;
    } while (ret > 0 && done < at_most_int(len));
    return (int) done;
}

static int write_in_turn(mbedguard_ssl_context *ssl, mbedguard_ssl_raw *raw,
                         const unsigned char *buf, size_t len, uint32_t timeout, const char *where)
{
    mbedguard_ssl_call call;
    mbedguard_ssl_turn turn;
    int ret;

    ret = mbedguard_ssl_call_begin(&call, ssl, timeout, MBEDGUARD_SSL_FOR_DATA, where);
    if (ret != 0) {
        return ret;
    }
    ret = call.pump->closing ? MBEDGUARD_ERR_CLOSED : mbedguard_ssl_turn_take(&call, &turn);
    if (ret == 0) {
        ret = write_all(&call, raw, buf, len);
        mbedguard_ssl_turn_give(&call, &turn);
    }
    return mbedguard_ssl_call_end(&call, ret);
}

int mbedguard_ssl_write(mbedguard_ssl_context *ssl, const unsigned char *buf, size_t len)
{
    return write_in_turn(ssl, raw_write, buf, len, 0, __func__);
}

int mbedguard_ssl_write_timeout(mbedguard_ssl_context *ssl, const unsigned char *buf, size_t len,
                                uint32_t timeout)
{
    return write_in_turn(ssl, raw_write, buf, len, timeout, __func__);
}

#if defined(MBEDTLS_SSL_EARLY_DATA) && defined(MBEDTLS_SSL_CLI_C)
static int raw_write_early_data(mbedtls_ssl_context *ssl, void *arguments)
{
    const struct data *const data = (const struct data *) arguments;

    return mbedtls_ssl_write_early_data(ssl, data->buf, data->len);
}

int mbedguard_ssl_write_early_data(mbedguard_ssl_context *ssl, const unsigned char *buf, size_t len)
{
    return write_in_turn(ssl, raw_write_early_data, buf, len, 0, __func__);
}

int mbedguard_ssl_write_early_data_timeout(mbedguard_ssl_context *ssl, const unsigned char *buf,
                                           size_t len, uint32_t timeout)
{
    return write_in_turn(ssl, raw_write_early_data, buf, len, timeout, __func__);
}
#endif

#endif

#endif /* MBEDTLS_SSL_TLS_C */
