/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* A call on a connection: in and out of its guard, and what it is refused for. */
#include "manual/ssl_pump.h"

#if defined(MBEDTLS_SSL_TLS_C) && !defined(MBEDGUARD_THREADING_NONE)

#include <string.h>

#include <mbedtls/platform.h>
#include <mbedtls/platform_util.h>

#define HOW (MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_SSL)

/* What other threads were doing in the parent of a fork, nobody does here. */
static void claim_after_fork(mbedguard_ssl_pump *pump)
{
    const uint32_t now = mbedguard_fork_count();

    if (pump->fork_count == now) {
        return;
    }
    pump->fork_count = now;
    pump->outside = pump->drainers = pump->stoppers = pump->bio_hold = 0;
    pump->sender = pump->receiver = 0;
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

/* Why this call cannot be made, or 0. */
static int refuse(mbedguard_ssl_call *call)
{
    mbedguard_ssl_pump *const pump = call->pump;

    if (is_in_own_bio(call)) {
        return MBEDGUARD_ERR_REENTRY;
    }
    if ((call->refused_for & MBEDGUARD_SSL_FOR_STOP) != 0) {
        return 0;
    }
    if (pump->stoppers != 0 || pump->closed) {
        return MBEDGUARD_ERR_CLOSED;
    }
    if (pump->owner == call->self || (call->refused_for & MBEDGUARD_SSL_FOR_START) != 0) {
        pump->owner = 0;
    }
    if ((call->refused_for & MBEDGUARD_SSL_FOR_DATA) == 0) {
        return 0;
    }
    return pump->owner != 0 ? pump->owner_code : pump->failed;
}

int mbedguard_ssl_call_begin(mbedguard_ssl_call *call, mbedguard_ssl_context *ssl, uint32_t timeout,
                             unsigned refused_for, const char *where)
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
    call->pump = mbedguard_ssl_pump_of(ssl);
    if (call->pump == NULL) {
        return mbedguard_ssl_call_end(call, MBEDGUARD_ERR_ALLOC_FAILED);
    }
    call->generation = call->pump->generation;
    ret = refuse(call);
    return ret != 0 ? mbedguard_ssl_call_end(call, ret) : 0;
}

int mbedguard_ssl_call_end(mbedguard_ssl_call *call, int ret)
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

    if ((call->refused_for & MBEDGUARD_SSL_FOR_STOP) != 0) {
        return 0;
    }
    if (pump->stoppers != 0 || pump->closed) {
        return MBEDGUARD_ERR_CLOSED;
    }
    if (call->generation != pump->generation) {
        return pump->owner != 0 ? pump->owner_code : MBEDGUARD_ERR_CLOSED;
    }
    return 0;
}

/* Who waits for all others to leave is none of them. */
int mbedguard_ssl_call_out(mbedguard_ssl_call *call)
{
    const int ret = overtaken(call);

    if (ret != 0) {
        return ret;
    }
    if (!call->stops) {
        call->pump->outside++;
    }
    call->inside = false;
    return mbedguard_leave(MBEDGUARD_GUARD_OF(call->ssl), HOW) == 0 ? 0 : MBEDGUARD_ERR_THREADING;
}

int mbedguard_ssl_call_back(mbedguard_ssl_call *call)
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
    if (!call->stops && call->pump->outside != 0) {
        call->pump->outside--;
    }
    if (call->pump->stoppers != 0 || call->pump->bio_hold != 0) {
        mbedguard_ssl_wake(call->pump);
    }
    return overtaken(call);
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

void mbedguard_ssl_wake(const mbedguard_ssl_pump *pump)
{
    if (pump->outside != 0 || pump->stoppers != 0 || pump->bio_hold != 0) {
        mbedguard_await_wake(pump);
    }
}

#else

/* ISO C wants a translation unit to declare something. */
extern const int mbedguard_ssl_pump_is_empty;

#endif
