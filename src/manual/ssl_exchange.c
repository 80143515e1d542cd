/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The queues of a connection and the application's BIO, which is called with no guard held. One
 * thread sends at a time and one receives; whoever needs a role that is taken waits for what its
 * holder brings, and nobody waits for one role while holding the other.
 */
#include "manual/ssl_pump.h"

#if defined(MBEDTLS_SSL_TLS_C) && !defined(MBEDGUARD_THREADING_NONE)

#include "manual/net_bio.h"

/* Codes of a BIO that say "not now": what it was called for is not lost. */
static bool is_not_now(int code)
{
    return code == MBEDTLS_ERR_SSL_WANT_READ || code == MBEDTLS_ERR_SSL_WANT_WRITE ||
           code == MBEDTLS_ERR_SSL_TIMEOUT ||
#if defined(MBEDTLS_ERR_SSL_ASYNC_IN_PROGRESS)
           code == MBEDTLS_ERR_SSL_ASYNC_IN_PROGRESS ||
#endif
#if defined(MBEDTLS_ERR_SSL_CRYPTO_IN_PROGRESS)
           code == MBEDTLS_ERR_SSL_CRYPTO_IN_PROGRESS ||
#endif
           code <= MBEDGUARD_ERR_BAD_INPUT;
}

/* Is the BIO taken by somebody, so that this role cannot be begun? */
static bool is_taken(const mbedguard_ssl_pump *pump, uintptr_t role, uintptr_t other)
{
    return role != 0 || pump->bio_hold != 0 || (pump->one_at_once && other != 0);
}

/* ---- Sending ------------------------------------------------------------------------------------- */

struct sending {
    mbedguard_ssl_call *call;
    mbedguard_ssl_bio bio;
    const mbedguard_ssl_item *item;
    int ret;
};

static int send_item(const struct sending *sending)
{
    const mbedguard_ssl_call *const call = sending->call;
    const mbedguard_ssl_bio *const bio = &sending->bio;
    const unsigned char *const data = sending->item->data + sending->item->taken;
    const size_t length = sending->item->length - sending->item->taken;

    if (bio->f_send == NULL) {
        return MBEDTLS_ERR_SSL_BAD_INPUT_DATA;
    }
    if (call->deadline.set && mbedguard_net_is_send(bio->f_send)) {
        const uint32_t left = mbedguard_deadline_left(&call->deadline);

        return left == 0 ? MBEDTLS_ERR_SSL_TIMEOUT
                         : mbedguard_net_send_timeout(bio->p_bio, data, length, left);
    }
    return bio->f_send(bio->p_bio, data, length);
}

static void run_send(void *context)
{
    struct sending *const sending = (struct sending *) context;

    sending->ret = send_item(sending);
}

/* One call of f_send, as the sender. What it took is counted, whatever else happened meanwhile. */
static int send_once(mbedguard_ssl_call *call)
{
    mbedguard_ssl_pump *const pump = call->pump;
    const mbedguard_ssl_item *const item = pump->out.first;
    struct sending sending = {call, mbedguard_ssl_bio_of(call->ssl), item, 0};
    int overtaken;
    int ret;

    pump->sender = call->self;
    ret = mbedguard_ssl_call_out(call);
    if (ret != 0) {
        if (call->inside) {
            pump->sender = 0;
        }
        return ret;
    }
    mbedguard_ssl_call_run(run_send, &sending);
    ret = sending.ret;
    overtaken = mbedguard_ssl_call_back(call);
    if (!call->inside) {
        return overtaken;
    }
    pump->sender = 0;
    if (call->generation != pump->generation) {
        mbedguard_ssl_queue_drop(&pump->out);
        pump->stalled = false;
        mbedguard_ssl_wake(pump);
        return overtaken;
    }
    if (ret > 0 && (size_t) ret <= item->length - item->taken) {
        mbedguard_ssl_queue_take(&pump->out, (size_t) ret);
        pump->stalled = false;
        ret = 0;
    } else if (ret == 0) {
        /* Mbed TLS would take this for success, with the bytes still there. */
        ret = MBEDTLS_ERR_SSL_WANT_WRITE;
    } else if (ret > 0) {
        ret = MBEDTLS_ERR_SSL_INTERNAL_ERROR;
    }
    if (is_not_now(ret)) {
        pump->stalled = true;
    } else if (ret != 0 && pump->out_error == 0) {
        pump->out_error = ret;
    }
    mbedguard_ssl_wake(pump);
    return overtaken != 0 ? overtaken : ret;
}

static int wait_for_sender(mbedguard_ssl_call *call)
{
    int ret;

    call->pump->drainers++;
    ret = mbedguard_ssl_call_wait(call);
    if (call->inside && call->pump->drainers != 0) {
        call->pump->drainers--;
    }
    return ret;
}

/*
 * What is left over and nobody waits for is sent along, as far as the BIO takes it: a reader that left
 * its bytes to the sender may be inside the BIO by now. So nobody who waited for the sender goes
 * without having looked, whether there was anything left to do for it or not.
 */
static void send_rest(mbedguard_ssl_call *call)
{
    mbedguard_ssl_pump *const pump = call->pump;

    while (call->inside && pump->out.first != NULL && pump->drainers == 0 &&
           !is_taken(pump, pump->sender, pump->receiver) && send_once(call) == 0) {
    }
}

int mbedguard_ssl_drain(mbedguard_ssl_call *call, uint64_t end)
{
    mbedguard_ssl_pump *const pump = call->pump;
    bool took_part = false;

    while (pump->out.out < end) {
        int ret;

        if (pump->out_error != 0) {
            return pump->out_error;
        }
        if (!call->may_wait) {
            return MBEDTLS_ERR_SSL_WANT_WRITE;
        }
        if (is_taken(pump, pump->sender, pump->receiver)) {
            ret = wait_for_sender(call);
            /* A backend that cannot wait leaves that to the caller, as a BIO that does not block. */
            ret = ret == MBEDGUARD_ERR_UNSUPPORTED ? MBEDTLS_ERR_SSL_WANT_WRITE : ret;
        } else {
            ret = send_once(call);
        }
        if (ret != 0) {
            return ret;
        }
        took_part = true;
    }
    if (took_part) {
        send_rest(call);
    }
    return 0;
}

int mbedguard_ssl_drain_unless_sending(mbedguard_ssl_call *call, uint64_t end)
{
    return call->pump->sender != 0 ? 0 : mbedguard_ssl_drain(call, end);
}

/* ---- Receiving ----------------------------------------------------------------------------------- */

/* What a receive needs to know while others change the pump. */
struct request {
    mbedguard_ssl_bio bio;
    size_t wanted;
    uint32_t timeout;
    bool with_rest; /* of a record, when its header has come */
};

/*
 * Receive up to so many bytes behind those that the item has. *own: a TIMEOUT would be the call's own,
 * and none that Mbed TLS asked for.
 */
static int receive(const mbedguard_ssl_call *call, const struct request *request,
                   mbedguard_ssl_item *item, size_t wanted, bool *own)
{
    const mbedguard_ssl_bio *const bio = &request->bio;
    const uint32_t timeout = request->timeout;
    const uint32_t left = mbedguard_deadline_left(&call->deadline);
    unsigned char *const place = item->data + item->length;

    *own = false;
    if (left == 0) {
        *own = true;
        return MBEDTLS_ERR_SSL_TIMEOUT;
    }
    if (bio->f_recv_timeout != NULL) {
        *own = call->deadline.set && (timeout == 0 || left < timeout);
        return bio->f_recv_timeout(bio->p_bio, place, wanted, *own ? left : timeout);
    }
    if (bio->f_recv == NULL) {
        return MBEDTLS_ERR_SSL_BAD_INPUT_DATA;
    }
    if (call->deadline.set && mbedguard_net_is_recv(bio->f_recv)) {
        *own = true;
        return mbedguard_net_recv_timeout(bio->p_bio, place, wanted, left);
    }
    return bio->f_recv(bio->p_bio, place, wanted);
}

/* The same, noted in the item: 0, or a code that leaves nothing to note. */
static int receive_into(const mbedguard_ssl_call *call, const struct request *request,
                        mbedguard_ssl_item *item, size_t wanted)
{
    bool own = false;
    const int ret = receive(call, request, item, wanted, &own);

    if (ret > 0 && (size_t) ret <= wanted) {
        item->length += (size_t) ret;
        return 0;
    }
    if (is_not_now(ret) && (ret != MBEDTLS_ERR_SSL_TIMEOUT || own)) {
        return ret;
    }
    item->is_code = true;
    item->code = ret > 0 ? MBEDTLS_ERR_SSL_INTERNAL_ERROR : ret;
    return 0;
}

/*
 * What Mbed TLS asks for next, so that it need not be asked: the rest of a record whose header is
 * all that the item has. 0 where that is not certain, or does not fit.
 */
static size_t rest_of_record(const mbedguard_ssl_item *item)
{
    size_t length;

    if (item->is_code || item->length != MBEDGUARD_SSL_HEADER) {
        return 0;
    }
    length = mbedguard_ssl_record_length(item->data);
    return length <= item->room - MBEDGUARD_SSL_HEADER ? length : 0;
}

/* In a session, and not in the middle of a record. A BIO that is cancelled is asked once each time. */
static bool wants_record(const mbedguard_ssl_call *call)
{
    const mbedtls_ssl_context *const ssl = &call->ssl->unguarded;
    const mbedguard_ssl_pump *const pump = call->pump;

    return !pump->datagram && pump->f_cancel == NULL && pump->want_length == MBEDGUARD_SSL_HEADER &&
           ssl->MBEDTLS_PRIVATE(handshake) == NULL && ssl->MBEDTLS_PRIVATE(in_left) == 0;
}

static int receive_record(mbedguard_ssl_call *call, const struct request *request,
                          mbedguard_ssl_item *item)
{
    const int ret = receive_into(call, request, item, request->wanted);
    const size_t rest = request->with_rest && ret == 0 ? rest_of_record(item) : 0;

    if (rest != 0) {
        call->not_now = receive_into(call, request, item, rest);
    }
    return ret;
}

/* With read-ahead, what comes behind it too: that waits in the queue until Mbed TLS asks for it. */
static bool reads_ahead(const mbedguard_ssl_pump *pump)
{
    return !pump->datagram && pump->read_ahead > pump->want_length;
}

struct receiving {
    mbedguard_ssl_call *call;
    const struct request *request;
    int ret;
};

static void run_receive(void *context)
{
    struct receiving *const receiving = (struct receiving *) context;

    receiving->ret = receive_record(receiving->call, receiving->request, receiving->call->item);
}

static int receive_once(mbedguard_ssl_call *call)
{
    mbedguard_ssl_pump *const pump = call->pump;
    const bool ahead = reads_ahead(pump);
    const struct request request = {
        .bio = mbedguard_ssl_bio_of(call->ssl),
        .wanted = ahead ? pump->read_ahead : pump->want_length,
        .timeout = pump->want_timeout,
        .with_rest = !ahead && wants_record(call),
    };
    mbedguard_ssl_item *const item = mbedguard_ssl_item_new(&pump->in, request.wanted);
    struct receiving receiving = {call, &request, 0};
    int overtaken;
    int ret;

    if (item == NULL) {
        return MBEDTLS_ERR_SSL_ALLOC_FAILED;
    }
    item->length = 0;
    pump->receiver = call->self;
    ret = mbedguard_ssl_call_out(call);
    if (ret != 0) {
        if (call->inside) {
            pump->receiver = 0;
        }
        mbedguard_ssl_item_free(call->inside ? &pump->in : NULL, item);
        return ret;
    }
    call->item = item;
    mbedguard_ssl_call_run(run_receive, &receiving);
    call->item = NULL;
    ret = receiving.ret;
    overtaken = mbedguard_ssl_call_back(call);
    if (!call->inside) {
        mbedguard_ssl_item_free(NULL, item);
        return overtaken;
    }
    pump->receiver = 0;
    if (ret == 0) {
        mbedguard_ssl_queue_append(&pump->in, item);
    } else {
        mbedguard_ssl_item_free(&pump->in, item);
    }
    mbedguard_ssl_wake(pump);
    return overtaken != 0 ? overtaken : ret;
}

int mbedguard_ssl_fetch(mbedguard_ssl_call *call)
{
    mbedguard_ssl_pump *const pump = call->pump;
    int ret;

    /* Another thread may have brought about what this one waits for, while it was outside and sent. */
    if (pump->in.first != NULL || call->step != pump->steps) {
        return 0;
    }
    ret = call->not_now;
    call->not_now = 0;
    if (ret != 0) {
        return ret;
    }
    if (!call->may_wait) {
        return MBEDTLS_ERR_SSL_WANT_READ;
    }
    if (is_taken(pump, pump->receiver, pump->sender)) {
        ret = mbedguard_ssl_call_wait(call);
        return ret == MBEDGUARD_ERR_UNSUPPORTED ? MBEDTLS_ERR_SSL_WANT_READ : ret;
    }
    return receive_once(call);
}

int mbedguard_ssl_exchange(mbedguard_ssl_call *call)
{
    mbedguard_ssl_pump *const pump = call->pump;
    int ret;

    ret = mbedguard_ssl_drain(call, pump->control_end);
    if (ret != 0) {
        return ret;
    }
    /* Mbed TLS has something to do that needs no input: a flight to repeat, a ticket to read. */
    return pump->want ? mbedguard_ssl_fetch(call) : 0;
}

#else

/* ISO C wants a translation unit to declare something. */
extern const int mbedguard_ssl_exchange_is_empty;

#endif
