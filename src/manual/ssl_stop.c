/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * What ends a session or takes the BIO away: the threads that are inside the BIO, or wait, leave
 * first. Nobody new comes in meanwhile.
 */
#include "manual/ssl_pump.h"

#if defined(MBEDTLS_SSL_TLS_C)

#include <string.h>

#include <mbedtls/platform.h>

#include <mbedguard/ssl_io_access.h>

#include "manual/net_bio.h"
#include "manual/ssl_companion.h"
#include "manual/ssl_copies.h"
#include "manual/ssl_own_pairs.h"

#if defined(MBEDGUARD_THREADING_NONE)

void mbedguard_ssl_companion_free(mbedguard_ssl_companion *companion)
{
    mbedguard_ssl_copies_free(&companion->copies);
}

int mbedguard_ssl_before_free(mbedguard_ssl_context *ssl)
{
    (void) ssl;
    return 0;
}

int mbedguard_ssl_free_timeout(mbedguard_ssl_context *ssl, uint32_t timeout)
{
    return timeout != 0 ? MBEDGUARD_ERR_UNSUPPORTED : mbedguard_ssl_free(ssl);
}

int mbedguard_ssl_session_reset(mbedguard_ssl_context *ssl)
{
    return mbedtls_ssl_session_reset(&ssl->unguarded);
}

int mbedguard_ssl_session_reset_timeout(mbedguard_ssl_context *ssl, uint32_t timeout)
{
    return timeout != 0 ? MBEDGUARD_ERR_UNSUPPORTED : mbedtls_ssl_session_reset(&ssl->unguarded);
}

int mbedguard_ssl_set_bio(mbedguard_ssl_context *ssl, void *p_bio, mbedtls_ssl_send_t *f_send,
                          mbedtls_ssl_recv_t *f_recv, mbedtls_ssl_recv_timeout_t *f_recv_timeout)
{
    mbedtls_ssl_set_bio(&ssl->unguarded, p_bio, f_send, f_recv, f_recv_timeout);
    return 0;
}

int mbedguard_ssl_set_bio_timeout(mbedguard_ssl_context *ssl, void *p_bio,
                                  mbedtls_ssl_send_t *f_send, mbedtls_ssl_recv_t *f_recv,
                                  mbedtls_ssl_recv_timeout_t *f_recv_timeout, uint32_t timeout)
{
    return timeout != 0 ? MBEDGUARD_ERR_UNSUPPORTED
                        : mbedguard_ssl_set_bio(ssl, p_bio, f_send, f_recv, f_recv_timeout);
}

int mbedguard_ssl_close(mbedguard_ssl_context *ssl, uint32_t timeout)
{
    return timeout != 0 ? MBEDGUARD_ERR_UNSUPPORTED : mbedtls_ssl_close_notify(&ssl->unguarded);
}

int mbedguard_ssl_set_bio_cancel(mbedguard_ssl_context *ssl, void (*f_cancel)(void *p_bio))
{
    (void) ssl;
    (void) f_cancel;
    return MBEDGUARD_ERR_UNSUPPORTED;
}

int mbedguard_ssl_set_bio_one_at_once(mbedguard_ssl_context *ssl, int on)
{
    (void) ssl;
    (void) on;
    return MBEDGUARD_ERR_UNSUPPORTED;
}

int mbedguard_ssl_set_out_limit(mbedguard_ssl_context *ssl, size_t limit)
{
    (void) ssl;
    (void) limit;
    return MBEDGUARD_ERR_UNSUPPORTED;
}

#else

void mbedguard_ssl_companion_free(mbedguard_ssl_companion *companion)
{
    mbedguard_ssl_pump *const pump = companion->pump;

    companion->pump = NULL;
    mbedguard_ssl_pump_free(pump);
    mbedguard_ssl_own_keys_free(companion);
    mbedguard_ssl_copies_free(&companion->copies);
}

/* ---- Having the others leave --------------------------------------------------------------------- */

struct cancelling {
    mbedguard_ssl_call *call;
    void (*f_cancel)(void *p_bio);
    void *p_bio;
};

static void run_cancel(void *context)
{
    const struct cancelling *const cancelling = (const struct cancelling *) context;

    cancelling->f_cancel(cancelling->p_bio);
}

/*
 * Wake who is inside the BIO, with no guard held: as far as the BIO has a way. A socket is of no use
 * afterwards, which only a close may do to it.
 */
static int cancel_bio(mbedguard_ssl_call *call, bool closes)
{
    const mbedguard_ssl_bio bio = mbedguard_ssl_bio_of(call->ssl);
    struct cancelling cancelling = {call, call->pump->f_cancel, bio.p_bio};
    const bool sends = call->pump->sender != 0;
    int ret;

    if ((!sends && call->pump->receiver == 0) || (cancelling.f_cancel == NULL && !closes)) {
        return 0;
    }
    ret = mbedguard_ssl_call_out(call);
    if (ret != 0) {
        return ret;
    }
    if (cancelling.f_cancel != NULL) {
        mbedguard_ssl_call_run(run_cancel, &cancelling);
    } else if (mbedguard_net_is_send(bio.f_send)) {
        mbedguard_net_shutdown(bio.p_bio, sends);
    }
    return mbedguard_ssl_call_back(call);
}

/* Until nobody else is in. The pump may be gone afterwards, with an error. */
static int wait_until_left(mbedguard_ssl_call *call)
{
    int ret = 0;

    while (ret == 0 &&
           (call->pump->outside != 0 || (call->ends && call->pump->outside_stopping != 0))) {
        ret = call->may_wait ? mbedguard_ssl_call_wait(call) : MBEDGUARD_ERR_WOULD_WAIT;
    }
    return ret;
}

static bool has_pump(const mbedguard_ssl_call *call)
{
    return call->inside && call->ssl->companion.pump == call->pump;
}

static bool bio_is_left(const mbedguard_ssl_pump *pump)
{
    return pump->sender == 0 && pump->receiver == 0;
}

/*
 * Until nobody is inside the BIO, where nobody goes in meanwhile; nobody is told anything, so that it
 * may be given up. The caller ends what it begins here with bio_hold--, if has_pump().
 */
static int hold_bio(mbedguard_ssl_call *call)
{
    int ret = 0;

    call->stops = true;
    call->pump->bio_hold++;
    call->raised = &call->pump->bio_hold;
    if (!bio_is_left(call->pump) && call->may_wait) {
        ret = cancel_bio(call, false);
    }
    while (ret == 0 && !bio_is_left(call->pump)) {
        ret = call->may_wait ? mbedguard_ssl_call_wait(call) : MBEDGUARD_ERR_WOULD_WAIT;
    }
    return ret;
}

/*
 * What comes before stop_others() where there is a deadline: afterwards the others only wait, and leave
 * as soon as they are told to, which cannot be taken back. So what is left to do needs no deadline.
 */
static int leave_bio_in_time(mbedguard_ssl_call *call)
{
    int ret;

    if (!call->deadline.set) {
        return 0;
    }
    ret = hold_bio(call);
    call->deadline.set = false;
    call->raised = NULL;
    if (has_pump(call)) {
        call->pump->bio_hold--;
        mbedguard_ssl_wake(call->pump);
    }
    return ret;
}

/* The caller ends what it begins here with stoppers--, if has_pump(). */
static int stop_others(mbedguard_ssl_call *call)
{
    int ret = 0;

    call->stops = true;
    call->pump->stoppers++;
    call->raised = &call->pump->stoppers;
    mbedguard_ssl_wake(call->pump);
    if (call->pump->outside != 0 && call->may_wait) {
        ret = cancel_bio(call, false);
    }
    return ret != 0 ? ret : wait_until_left(call);
}

int mbedguard_ssl_nothing_queued(const mbedguard_ssl_context *ssl)
{
    const mbedguard_ssl_pump *const pump = ssl->companion.pump;

    return pump != NULL && (pump->out.first != NULL || pump->in.first != NULL)
               ? MBEDTLS_ERR_SSL_BAD_INPUT_DATA
               : 0;
}

/* ---- Free ---------------------------------------------------------------------------------------- */

/* The free takes effect when the call that runs this callback ends: nobody may be in then. */
static int before_free_inside(mbedguard_ssl_context *ssl)
{
    mbedguard_ssl_pump *const pump = ssl->companion.pump;

    if (pump == NULL || !mbedguard_object_is_last(MBEDGUARD_GUARD_OF(ssl))) {
        return 0;
    }
    if (pump->outside != 0 || pump->outside_stopping != 0) {
        return MBEDGUARD_ERR_WOULD_WAIT;
    }
    pump->ending = true;
    return 0;
}

/* Nobody comes in until the object is empty, or this free was refused. */
static int end_for_all(mbedguard_ssl_call *call)
{
    int ret;

    ret = leave_bio_in_time(call);
    if (ret != 0) {
        return ret;
    }
    call->ends = true;
    call->pump->ending = true;
    call->pump->ender = call->self;
    ret = stop_others(call);
    if (ret != 0 && has_pump(call)) {
        call->pump->stoppers--;
        call->pump->ending = false;
        call->pump->ender = 0;
    }
    return ret;
}

static int before_free(mbedguard_ssl_context *ssl, uint32_t timeout, const char *where)
{
    mbedguard_ssl_call call;
    int ret;

    if (ssl == NULL) {
        return 0;
    }
    if (mbedguard_held(MBEDGUARD_GUARD_OF(ssl)) != 0) {
        return before_free_inside(ssl);
    }
    ret = mbedguard_ssl_call_begin(&call, ssl, timeout, MBEDGUARD_SSL_FOR_STOP, where);
    if (ret != 0) {
        /* What has no guard to take, the free itself will judge. */
        return ret == MBEDGUARD_ERR_REENTRY || ret == MBEDGUARD_ERR_CLOSED ? ret : 0;
    }
    /* After a free with a deadline this thread has ended it already. */
    if (!call.pump->ending && mbedguard_object_is_last(MBEDGUARD_GUARD_OF(ssl))) {
        ret = end_for_all(&call);
    }
    return mbedguard_ssl_call_end(&call, ret);
}

int mbedguard_ssl_before_free(mbedguard_ssl_context *ssl)
{
    return before_free(ssl, 0, __func__);
}

int mbedguard_ssl_free_timeout(mbedguard_ssl_context *ssl, uint32_t timeout)
{
    const int ret = timeout != 0 ? before_free(ssl, timeout, __func__) : 0;

    return ret != 0 ? ret : mbedguard_ssl_free(ssl);
}

/* ---- Reset --------------------------------------------------------------------------------------- */

static int raw_session_reset(mbedtls_ssl_context *ssl, void *arguments)
{
    int ret = MBEDTLS_ERR_SSL_BAD_INPUT_DATA;

    (void) arguments;
    /* A load that failed may have freed it while this waited. */
    if (ssl->MBEDTLS_PRIVATE(conf) != NULL) {
        ret = mbedtls_ssl_session_reset(ssl);
        mbedguard_ssl_own_keys_free(&((mbedguard_ssl_context *) ssl)->companion);
    }
    return ret;
}

/* What was queued, remembered or noted was of the session that ended. */
static void forget_session(mbedguard_ssl_call *call, bool others)
{
    mbedguard_ssl_pump *const pump = call->pump;

    mbedguard_ssl_queue_clear(&pump->out);
    mbedguard_ssl_queue_clear(&pump->in);
    pump->control_end = pump->out.in;
    /* Of two that reset it, the second one does not meet those who have not heard of the first. */
    others = others || pump->pending != NULL || pump->owner != 0;
    mbedguard_ssl_pending_clear(pump);
    memset(pump->owed, 0, sizeof pump->owed);
    pump->out_error = pump->failed = 0;
    pump->data_first = pump->renegotiates = false;
    pump->stalled = pump->ticket = pump->closing = pump->closed = pump->broken = false;
    pump->generation++;
    pump->owner = others ? call->self : 0;
    pump->owner_code = MBEDGUARD_ERR_CLOSED;
}

static int reset(mbedguard_ssl_context *ssl, uint32_t timeout, const char *where)
{
    mbedguard_ssl_call call;
    bool others;
    int ret;

    ret = mbedguard_ssl_call_begin(&call, ssl, timeout,
                                   MBEDGUARD_SSL_FOR_STOP | MBEDGUARD_SSL_FOR_SET_UP, where);
    if (ret != 0) {
        return ret;
    }
    others = call.pump->outside != 0;
    ret = leave_bio_in_time(&call);
    if (ret != 0) {
        return mbedguard_ssl_call_end(&call, ret);
    }
    ret = stop_others(&call);
    if (ret == 0) {
        ret = mbedguard_ssl_step(&call, raw_session_reset, NULL);
        if (ret == 0) {
            forget_session(&call, others);
        }
    }
    if (has_pump(&call)) {
        call.pump->stoppers--;
        mbedguard_ssl_wake(call.pump);
    }
    return mbedguard_ssl_call_end(&call, ret);
}

int mbedguard_ssl_session_reset(mbedguard_ssl_context *ssl)
{
    return reset(ssl, 0, __func__);
}

int mbedguard_ssl_session_reset_timeout(mbedguard_ssl_context *ssl, uint32_t timeout)
{
    return reset(ssl, timeout, __func__);
}

/* ---- Close --------------------------------------------------------------------------------------- */

int mbedguard_ssl_close(mbedguard_ssl_context *ssl, uint32_t timeout)
{
    mbedguard_ssl_call call;
    int left;
    int ret;

    ret = mbedguard_ssl_call_begin(&call, ssl, timeout, MBEDGUARD_SSL_FOR_CLOSE, __func__);
    if (ret != 0) {
        return ret;
    }
    call.pump->closing = true;
    mbedguard_ssl_wake(call.pump);
    ret = call.pump->broken ? MBEDGUARD_ERR_BROKEN : mbedguard_ssl_close_notify_in_turn(&call);
    if (has_pump(&call) && call.pump->stoppers == 0) {
        call.refused_for = MBEDGUARD_SSL_FOR_STOP;
        call.stops = true;
        call.pump->closed = true;
        mbedguard_ssl_wake(call.pump);
        left = call.may_wait ? cancel_bio(&call, true) : MBEDGUARD_ERR_WOULD_WAIT;
        if (left == 0) {
            left = wait_until_left(&call);
        }
        ret = ret != 0 ? ret : left;
    }
    return mbedguard_ssl_call_end(&call, ret);
}

/* ---- The BIO ------------------------------------------------------------------------------------- */

/* Those who are in the BIO come out before it is changed; they go on with the new one. */
static int set_bio(mbedguard_ssl_context *ssl, const mbedguard_ssl_bio *bio, uint32_t timeout,
                   const char *where)
{
    mbedguard_ssl_call call;
    int ret;

    ret = mbedguard_ssl_call_begin(&call, ssl, timeout, MBEDGUARD_SSL_FOR_STOP, where);
    if (ret != 0) {
        return ret;
    }
    ret = hold_bio(&call);
    if (has_pump(&call)) {
        call.pump->bio_hold--;
        if (ret == 0) {
            mbedtls_ssl_set_bio(&ssl->unguarded, bio->p_bio, bio->f_send, bio->f_recv,
                                bio->f_recv_timeout);
            call.pump->out_error = 0;
            call.pump->stalled = false;
        }
        mbedguard_ssl_wake(call.pump);
    }
    return mbedguard_ssl_call_end(&call, ret);
}

int mbedguard_ssl_set_bio(mbedguard_ssl_context *ssl, void *p_bio, mbedtls_ssl_send_t *f_send,
                          mbedtls_ssl_recv_t *f_recv, mbedtls_ssl_recv_timeout_t *f_recv_timeout)
{
    const mbedguard_ssl_bio bio = {p_bio, f_send, f_recv, f_recv_timeout};

    return set_bio(ssl, &bio, 0, __func__);
}

int mbedguard_ssl_set_bio_timeout(mbedguard_ssl_context *ssl, void *p_bio,
                                  mbedtls_ssl_send_t *f_send, mbedtls_ssl_recv_t *f_recv,
                                  mbedtls_ssl_recv_timeout_t *f_recv_timeout, uint32_t timeout)
{
    const mbedguard_ssl_bio bio = {p_bio, f_send, f_recv, f_recv_timeout};

    return set_bio(ssl, &bio, timeout, __func__);
}

int mbedguard_ssl_set_bio_cancel(mbedguard_ssl_context *ssl, void (*f_cancel)(void *p_bio))
{
    mbedguard_ssl_call call;
    int ret;

    ret = mbedguard_ssl_call_begin(&call, ssl, 0, MBEDGUARD_SSL_FOR_STOP, __func__);
    if (ret != 0) {
        return ret;
    }
    call.pump->f_cancel = f_cancel;
    return mbedguard_ssl_call_end(&call, 0);
}

int mbedguard_ssl_set_bio_one_at_once(mbedguard_ssl_context *ssl, int on)
{
    mbedguard_ssl_call call;
    int ret;

    ret = mbedguard_ssl_call_begin(&call, ssl, 0, MBEDGUARD_SSL_FOR_STOP, __func__);
    if (ret != 0) {
        return ret;
    }
    call.pump->one_at_once = on != 0;
    mbedguard_ssl_wake(call.pump);
    return mbedguard_ssl_call_end(&call, 0);
}

int mbedguard_ssl_set_out_limit(mbedguard_ssl_context *ssl, size_t limit)
{
    mbedguard_ssl_call call;
    int ret;

    ret = mbedguard_ssl_call_begin(&call, ssl, 0, MBEDGUARD_SSL_FOR_STOP, __func__);
    if (ret != 0) {
        return ret;
    }
    call.pump->out_limit = limit;
    mbedguard_ssl_wake(call.pump);
    return mbedguard_ssl_call_end(&call, 0);
}

#endif

#endif /* MBEDTLS_SSL_TLS_C */
