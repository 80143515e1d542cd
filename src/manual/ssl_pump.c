/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* A call on a connection: in and out of its guard, and what it is refused for. */
#include "manual/ssl_pump.h"

#if defined(MBEDTLS_SSL_TLS_C) && !defined(MBEDGUARD_THREADING_NONE)

#include <string.h>

#include <mbedtls/platform.h>
#include <mbedtls/platform_util.h>

#define HOW (MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_SSL)

/*
 * What other threads were doing in the parent of a fork, nobody does here. A thread that forked inside
 * the BIO is there still, with its frames: nothing may go from under it.
 */
static void claim_after_fork(mbedguard_ssl_pump *pump)
{
    const uint32_t now = mbedguard_fork_count();

    if (pump->fork_count == now) {
        return;
    }
    pump->fork_count = now;
    pump->sender = mbedguard_fork_was_by(pump->sender) ? pump->sender : 0;
    pump->receiver = mbedguard_fork_was_by(pump->receiver) ? pump->receiver : 0;
    pump->outside = pump->sender != 0 || pump->receiver != 0;
    pump->outside_stopping = pump->drainers = pump->readers = 0;
    pump->stoppers = pump->bio_hold = 0;
    pump->ending = false;
    pump->ender = 0;
    pump->turn = NULL;
    pump->exact = NULL;
}

mbedguard_ssl_pump *mbedguard_ssl_pump_of(mbedguard_ssl_context *ssl)
{
    mbedguard_ssl_pump *pump = ssl->companion.pump;

    if (pump == NULL) {
        pump = (mbedguard_ssl_pump *) mbedtls_calloc(1, sizeof *pump);
        if (pump == NULL) {
            return NULL;
        }
        pump->fork_count = mbedguard_fork_count();
        pump->out_limit = MBEDGUARD_SSL_OUT_LIMIT;
        ssl->companion.pump = pump;
    }
    claim_after_fork(pump);
    return pump;
}

void mbedguard_ssl_pump_free(mbedguard_ssl_pump *pump)
{
    if (pump != NULL) {
        mbedguard_ssl_queue_clear(&pump->out);
        mbedguard_ssl_queue_clear(&pump->in);
        mbedguard_ssl_pending_clear(pump);
        mbedtls_free(pump);
    }
}

/* A call from inside the connection's own BIO would come between what the BIO was called for. */
static bool is_in_own_bio(const mbedguard_ssl_call *call)
{
    return call->pump->sender == call->self || call->pump->receiver == call->self;
}

static bool is_broken_for(const mbedguard_ssl_call *call)
{
    return call->pump->broken && (call->refused_for & MBEDGUARD_SSL_FOR_CLOSE) == 0;
}

/* Why this call cannot be made, or 0. */
static int refuse(mbedguard_ssl_call *call)
{
    mbedguard_ssl_pump *const pump = call->pump;

    if (is_in_own_bio(call)) {
        return MBEDGUARD_ERR_REENTRY;
    }
    if (pump->ending && pump->ender != call->self) {
        return MBEDGUARD_ERR_CLOSED;
    }
    if ((call->refused_for & MBEDGUARD_SSL_FOR_STOP) != 0) {
        return 0;
    }
    if (pump->stoppers != 0 || pump->closed) {
        return MBEDGUARD_ERR_CLOSED;
    }
    if (is_broken_for(call)) {
        return MBEDGUARD_ERR_BROKEN;
    }
    if (pump->owner == call->self || (call->refused_for & MBEDGUARD_SSL_FOR_START) != 0) {
        pump->owner = 0;
    }
    return (call->refused_for & MBEDGUARD_SSL_FOR_DATA) != 0 && pump->owner != 0 ? pump->owner_code
                                                                                 : 0;
}

/* Not set up, or freed: a pump made for it now would have nobody to free it. */
static bool is_unset(const mbedguard_ssl_context *ssl, unsigned refused_for)
{
    if (ssl->unguarded.MBEDTLS_PRIVATE(conf) != NULL) {
        return false;
    }
    /* Mbed TLS's reset is not made for it. */
    return (refused_for & MBEDGUARD_SSL_FOR_SET_UP) != 0 ||
           (ssl->companion.pump == NULL && (refused_for & MBEDGUARD_SSL_FOR_STOP) == 0);
}

/* The guard of a call is held from its begin to its end, which no analysis of one function sees. */
int mbedguard_ssl_call_begin(mbedguard_ssl_call *call, mbedguard_ssl_context *ssl, uint32_t timeout,
                             unsigned refused_for, const char *where) MBEDGUARD_NO_ANALYSIS
{
    int ret;

    memset(call, 0, sizeof *call);
    if (ssl == NULL) {
        return MBEDGUARD_ERR_BAD_INPUT;
    }
    call->ssl = ssl;
    call->where = where;
    call->refused_for = refused_for;
    call->may_wait = !mbedguard_holds_any();
    ret = mbedguard_thread_watched();
    if (ret != 0) {
        return ret;
    }
    ret = mbedguard_enter(MBEDGUARD_GUARD_OF(ssl), HOW, where);
    if (ret != 0) {
        return ret;
    }
    call->inside = true;
    call->cancel_state = mbedguard_thread_cancel_off();
    call->self = mbedguard_thread_name();
    call->deadline = mbedguard_deadline_after(timeout);
    if (is_unset(ssl, refused_for)) {
        return mbedguard_ssl_call_end(call, MBEDTLS_ERR_SSL_BAD_INPUT_DATA);
    }
    call->pump = mbedguard_ssl_pump_of(ssl);
    if (call->pump == NULL) {
        return mbedguard_ssl_call_end(call, MBEDGUARD_ERR_ALLOC_FAILED);
    }
    call->generation = call->pump->generation;
    ret = refuse(call);
    return ret != 0 ? mbedguard_ssl_call_end(call, ret) : 0;
}

int mbedguard_ssl_call_end(mbedguard_ssl_call *call, int ret) MBEDGUARD_NO_ANALYSIS
{
    const int cancel_state = call->cancel_state;

    if (call->inside && mbedguard_leave(MBEDGUARD_GUARD_OF(call->ssl), HOW) != 0 && ret >= 0) {
        ret = MBEDGUARD_ERR_THREADING;
    }
    mbedguard_thread_cancel_restore(cancel_state);
    return ret;
}

/* Has the session that this call is about come to an end meanwhile? */
static int overtaken(const mbedguard_ssl_call *call)
{
    const mbedguard_ssl_pump *const pump = call->pump;

    if (pump->ending && !call->ends) {
        return MBEDGUARD_ERR_CLOSED;
    }
    if ((call->refused_for & MBEDGUARD_SSL_FOR_STOP) != 0) {
        return 0;
    }
    if (pump->stoppers != 0 || pump->closed) {
        return MBEDGUARD_ERR_CLOSED;
    }
    if (is_broken_for(call)) {
        return MBEDGUARD_ERR_BROKEN;
    }
    if (call->generation != pump->generation) {
        return pump->owner != 0 ? pump->owner_code : MBEDGUARD_ERR_CLOSED;
    }
    return 0;
}

/* Who waits for the others to leave is none of them. */
static void count_outside(const mbedguard_ssl_call *call, int change)
{
    uint32_t *const count = call->stops ? &call->pump->outside_stopping : &call->pump->outside;

    if (call->ends || (change < 0 && *count == 0)) {
        return;
    }
    *count = change < 0 ? *count - 1 : *count + 1;
}

int mbedguard_ssl_call_out(mbedguard_ssl_call *call) MBEDGUARD_NO_ANALYSIS
{
    const int ret = overtaken(call);

    if (ret != 0) {
        return ret;
    }
    count_outside(call, 1);
    call->inside = false;
    return mbedguard_leave(MBEDGUARD_GUARD_OF(call->ssl), HOW) == 0 ? 0 : MBEDGUARD_ERR_THREADING;
}

int mbedguard_ssl_call_back(mbedguard_ssl_call *call) MBEDGUARD_NO_ANALYSIS
{
    int ret;

    ret = mbedguard_enter(MBEDGUARD_GUARD_OF(call->ssl), HOW, call->where);
    if (ret != 0) {
        return ret;
    }
    call->inside = true;
    if (call->ssl->companion.pump != call->pump) {
        /* Of several that ended the connection, another one was first. */
        return MBEDGUARD_ERR_CLOSED;
    }
    claim_after_fork(call->pump);
    count_outside(call, -1);
    if (call->pump->stoppers != 0 || call->pump->bio_hold != 0 || call->pump->closed) {
        mbedguard_ssl_wake(call->pump);
    }
    return overtaken(call);
}

/*
 * The thread ends in a function of the program's, and this stack with it. Inside a step the guard is
 * held, and the end of the thread will break it; in the BIO the session alone is broken.
 */
static void end_with_thread(void *context)
{
    mbedguard_ssl_call *const call = *(mbedguard_ssl_call **) context;
    mbedguard_ssl_pump *const pump = call->pump;
    const bool in_step = call->inside;

    if (!in_step) {
        (void) mbedguard_ssl_call_back(call);
        if (!call->inside) {
            return;
        }
        pump->broken = true;
        pump->sender = pump->sender == call->self ? 0 : pump->sender;
        pump->receiver = pump->receiver == call->self ? 0 : pump->receiver;
        pump->ending = pump->ending && !call->ends;
    }
    pump->exact = pump->exact == call ? NULL : pump->exact;
    mbedguard_ssl_reads(call, false);
    if (call->turn != NULL) {
        mbedguard_ssl_turn_give(call, call->turn);
    }
    if (call->raised != NULL) {
        --*call->raised;
    }
    if (call->item != NULL) {
        mbedguard_ssl_item_free(&pump->in, call->item);
    }
    mbedtls_free(call->pending);
    mbedguard_ssl_wake(pump);
    if (!in_step) {
        (void) mbedguard_ssl_call_end(call, 0);
    }
}

void mbedguard_ssl_call_run(void (*f)(void *context), void *context)
{
    mbedguard_thread_run(f, end_with_thread, context);
}

int mbedguard_ssl_call_wait(mbedguard_ssl_call *call)
{
    uint32_t ticket = 0;
    int waited;
    int ret;

    ret = mbedguard_await_ticket(call->pump, &ticket);
    if (ret == 0) {
        ret = mbedguard_ssl_call_out(call);
    }
    if (ret != 0) {
        return ret;
    }
    waited = mbedguard_await(call->pump, ticket, &call->deadline);
    ret = mbedguard_ssl_call_back(call);
    if (ret != 0) {
        return ret;
    }
    return waited == MBEDGUARD_AWAIT_PASSED ? MBEDTLS_ERR_SSL_TIMEOUT : waited;
}

/* Who closes, stops or changes the BIO is none of those that are counted as outside. */
void mbedguard_ssl_wake(const mbedguard_ssl_pump *pump)
{
    if (pump->outside != 0 || pump->stoppers != 0 || pump->bio_hold != 0 || pump->closed) {
        mbedguard_await_wake(pump);
    }
}

#else

/* ISO C wants a translation unit to declare something. */
extern const int mbedguard_ssl_pump_is_empty;

#endif
