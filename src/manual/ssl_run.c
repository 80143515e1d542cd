/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Calls whose result waits for what they produced: handshakes, alerts. A result that cannot be given
 * yet, because the BIO does not take the bytes, is kept for the call that comes again: doing the work
 * twice would send the alert or the request twice.
 */
#include "manual/ssl_pump.h"

#if defined(MBEDTLS_SSL_TLS_C)

#include <mbedguard/ssl_io_access.h>

#if defined(MBEDGUARD_THREADING_NONE)

int mbedguard_ssl_handshake(mbedguard_ssl_context *ssl)
{
    return mbedtls_ssl_handshake(&ssl->unguarded);
}

int mbedguard_ssl_handshake_step(mbedguard_ssl_context *ssl)
{
    return mbedtls_ssl_handshake_step(&ssl->unguarded);
}

int mbedguard_ssl_handshake_timeout(mbedguard_ssl_context *ssl, uint32_t timeout)
{
    return timeout != 0 ? MBEDGUARD_ERR_UNSUPPORTED : mbedtls_ssl_handshake(&ssl->unguarded);
}

int mbedguard_ssl_handshake_step_timeout(mbedguard_ssl_context *ssl, uint32_t timeout)
{
    return timeout != 0 ? MBEDGUARD_ERR_UNSUPPORTED : mbedtls_ssl_handshake_step(&ssl->unguarded);
}

#if defined(MBEDTLS_SSL_RENEGOTIATION)
int mbedguard_ssl_renegotiate(mbedguard_ssl_context *ssl)
{
    return mbedtls_ssl_renegotiate(&ssl->unguarded);
}

int mbedguard_ssl_renegotiate_timeout(mbedguard_ssl_context *ssl, uint32_t timeout)
{
    return timeout != 0 ? MBEDGUARD_ERR_UNSUPPORTED : mbedtls_ssl_renegotiate(&ssl->unguarded);
}
#endif

int mbedguard_ssl_close_notify(mbedguard_ssl_context *ssl)
{
    return mbedtls_ssl_close_notify(&ssl->unguarded);
}

int mbedguard_ssl_close_notify_timeout(mbedguard_ssl_context *ssl, uint32_t timeout)
{
    return timeout != 0 ? MBEDGUARD_ERR_UNSUPPORTED : mbedtls_ssl_close_notify(&ssl->unguarded);
}

int mbedguard_ssl_send_alert_message(mbedguard_ssl_context *ssl, unsigned char level,
                                     unsigned char message)
{
    return mbedtls_ssl_send_alert_message(&ssl->unguarded, level, message);
}

int mbedguard_ssl_send_alert_message_timeout(mbedguard_ssl_context *ssl, unsigned char level,
                                             unsigned char message, uint32_t timeout)
{
    return timeout != 0 ? MBEDGUARD_ERR_UNSUPPORTED
                        : mbedtls_ssl_send_alert_message(&ssl->unguarded, level, message);
}

#else

/* A result is there: send what came with it, or owe it. */
static int deliver(mbedguard_ssl_call *call, mbedguard_ssl_kind kind, int result)
{
    mbedguard_ssl_owed *const owed = &call->pump->owed[kind];
    const uint64_t end = owed->is ? owed->end : call->pump->control_end;
    int ret;

    ret = mbedguard_ssl_drain(call, end);
    if (!call->inside) {
        return ret;
    }
    owed->is = ret == MBEDTLS_ERR_SSL_WANT_WRITE || ret == MBEDTLS_ERR_SSL_WANT_READ ||
               ret == MBEDTLS_ERR_SSL_TIMEOUT;
    owed->result = result;
    owed->end = end;
    if (owed->is) {
        return ret;
    }
    /* The first error is what the caller asked about; the BIO's is told to the next. */
    return result != 0 ? result : ret;
}

int mbedguard_ssl_run(mbedguard_ssl_call *call, mbedguard_ssl_kind kind, mbedguard_ssl_raw *raw,
                      void *arguments)
{
    mbedguard_ssl_pump *const pump = call->pump;
    unsigned spins;

    if (pump->owed[kind].is) {
        return deliver(call, kind, pump->owed[kind].result);
    }
    if (pump->failed != 0 &&
        (kind == MBEDGUARD_SSL_HANDSHAKE || kind == MBEDGUARD_SSL_RENEGOTIATE)) {
        return pump->failed;
    }
    for (spins = 0; spins < MBEDGUARD_SSL_SPINS; spins++) {
        const uint64_t before = pump->out.in;
        int ret;

        ret = mbedguard_ssl_note(call, mbedguard_ssl_step(call, raw, arguments));
        if (pump->out.in != before) {
            pump->control_end = pump->out.in;
        }
        if (mbedguard_ssl_is_behind_data(ret)) {
            const int waited = mbedguard_ssl_wait_for_reader(call);

            if (waited == 0) {
                spins = 0;
                continue;
            }
            if (waited != MBEDTLS_ERR_SSL_WANT_READ) {
                return waited;
            }
        }
        if (ret == MBEDTLS_ERR_SSL_BAD_INPUT_DATA && pump->out.in == before) {
            /* Not to be done now, and nothing was: no result for another call. */
            return ret;
        }
        if (ret != MBEDTLS_ERR_SSL_WANT_READ) {
            return deliver(call, kind, ret);
        }
        if (pump->want) {
            spins = 0;
        }
        ret = mbedguard_ssl_exchange(call);
        if (ret != 0) {
            return ret;
        }
    }
    return MBEDTLS_ERR_SSL_WANT_READ;
}

/* ---- Handshakes ---------------------------------------------------------------------------------- */

static int raw_handshake(mbedtls_ssl_context *ssl, void *arguments)
{
    (void) arguments;
    return mbedtls_ssl_handshake(ssl);
}

static int raw_handshake_step(mbedtls_ssl_context *ssl, void *arguments)
{
    (void) arguments;
    return mbedtls_ssl_handshake_step(ssl);
}

static int shake_hands(mbedguard_ssl_context *ssl, uint32_t timeout, mbedguard_ssl_raw *raw,
                       const char *where)
{
    mbedguard_ssl_call call;
    int ret;

    ret = mbedguard_ssl_call_begin(&call, ssl, timeout,
                                   MBEDGUARD_SSL_FOR_DATA | MBEDGUARD_SSL_FOR_START, where);
    if (ret != 0) {
        return ret;
    }
    ret = mbedguard_ssl_run(&call, MBEDGUARD_SSL_HANDSHAKE, raw, NULL);
    return mbedguard_ssl_call_end(&call, ret);
}

int mbedguard_ssl_handshake(mbedguard_ssl_context *ssl)
{
    return shake_hands(ssl, 0, raw_handshake, __func__);
}

int mbedguard_ssl_handshake_timeout(mbedguard_ssl_context *ssl, uint32_t timeout)
{
    return shake_hands(ssl, timeout, raw_handshake, __func__);
}

int mbedguard_ssl_handshake_step(mbedguard_ssl_context *ssl)
{
    return shake_hands(ssl, 0, raw_handshake_step, __func__);
}

int mbedguard_ssl_handshake_step_timeout(mbedguard_ssl_context *ssl, uint32_t timeout)
{
    return shake_hands(ssl, timeout, raw_handshake_step, __func__);
}

#if defined(MBEDTLS_SSL_RENEGOTIATION)
static bool goes_on(int ret)
{
    return ret == MBEDTLS_ERR_SSL_WANT_READ || ret == MBEDTLS_ERR_SSL_WANT_WRITE ||
           mbedguard_ssl_is_behind_data(ret);
}

/* What this began, a reader or writer may end: Mbed TLS, asked again, would begin another one. */
static int raw_renegotiate(mbedtls_ssl_context *ssl, void *arguments)
{
    bool *const begun = (bool *) arguments;
    int ret;

    ret = *begun ? mbedtls_ssl_handshake(ssl) : mbedtls_ssl_renegotiate(ssl);
    *begun = goes_on(ret);
    return ret;
}

static int renegotiate(mbedguard_ssl_context *ssl, uint32_t timeout, const char *where)
{
    mbedguard_ssl_call call;
    int ret;

    ret = mbedguard_ssl_call_begin(&call, ssl, timeout, MBEDGUARD_SSL_FOR_DATA, where);
    if (ret != 0) {
        return ret;
    }
    ret = mbedguard_ssl_run(&call, MBEDGUARD_SSL_RENEGOTIATE, raw_renegotiate,
                            &call.pump->renegotiates);
    return mbedguard_ssl_call_end(&call, ret);
}

int mbedguard_ssl_renegotiate(mbedguard_ssl_context *ssl)
{
    return renegotiate(ssl, 0, __func__);
}

int mbedguard_ssl_renegotiate_timeout(mbedguard_ssl_context *ssl, uint32_t timeout)
{
    return renegotiate(ssl, timeout, __func__);
}
#endif

/* ---- Alerts -------------------------------------------------------------------------------------- */

struct alert {
    unsigned char level, message;
};

/* Between the steps of a TLS 1.3 handshake Mbed TLS holds a flight back, and would send only that. */
static bool holds_back(const mbedtls_ssl_context *ssl)
{
    return ssl->MBEDTLS_PRIVATE(out_left) != 0;
}

static int raw_alert(mbedtls_ssl_context *ssl, void *arguments)
{
    const struct alert *const alert = (const struct alert *) arguments;
    const bool held = holds_back(ssl);
    int ret;

    ret = mbedtls_ssl_send_alert_message(ssl, alert->level, alert->message);
    return held && ret == 0 ? mbedtls_ssl_send_alert_message(ssl, alert->level, alert->message)
                            : ret;
}

static int raw_close_notify(mbedtls_ssl_context *ssl, void *arguments)
{
    const bool held = holds_back(ssl);
    int ret;

    (void) arguments;
    ret = mbedtls_ssl_close_notify(ssl);
    return held && ret == 0 ? mbedtls_ssl_close_notify(ssl) : ret;
}

/* After a message that is being written, not into it. */
static int run_in_turn(mbedguard_ssl_call *call, mbedguard_ssl_kind kind, mbedguard_ssl_raw *raw,
                       void *arguments)
{
    mbedguard_ssl_turn turn;
    int ret;

    ret = mbedguard_ssl_turn_take(call, &turn);
    if (ret != 0) {
        return ret;
    }
    ret = mbedguard_ssl_run(call, kind, raw, arguments);
    mbedguard_ssl_turn_give(call, &turn);
    return ret;
}

int mbedguard_ssl_close_notify_in_turn(mbedguard_ssl_call *call)
{
    return run_in_turn(call, MBEDGUARD_SSL_CLOSE_NOTIFY, raw_close_notify, NULL);
}

static int close_notify(mbedguard_ssl_context *ssl, uint32_t timeout, const char *where)
{
    mbedguard_ssl_call call;
    int ret;

    ret = mbedguard_ssl_call_begin(&call, ssl, timeout, 0, where);
    if (ret != 0) {
        return ret;
    }
    return mbedguard_ssl_call_end(&call, mbedguard_ssl_close_notify_in_turn(&call));
}

int mbedguard_ssl_close_notify(mbedguard_ssl_context *ssl)
{
    return close_notify(ssl, 0, __func__);
}

int mbedguard_ssl_close_notify_timeout(mbedguard_ssl_context *ssl, uint32_t timeout)
{
    return close_notify(ssl, timeout, __func__);
}

static int send_alert(mbedguard_ssl_context *ssl, struct alert alert, uint32_t timeout,
                      const char *where)
{
    mbedguard_ssl_call call;
    int ret;

    ret = mbedguard_ssl_call_begin(&call, ssl, timeout, 0, where);
    if (ret != 0) {
        return ret;
    }
    ret = run_in_turn(&call, MBEDGUARD_SSL_ALERT, raw_alert, &alert);
    return mbedguard_ssl_call_end(&call, ret);
}

int mbedguard_ssl_send_alert_message(mbedguard_ssl_context *ssl, unsigned char level,
                                     unsigned char message)
{
    const struct alert alert = {level, message};

    return send_alert(ssl, alert, 0, __func__);
}

int mbedguard_ssl_send_alert_message_timeout(mbedguard_ssl_context *ssl, unsigned char level,
                                             unsigned char message, uint32_t timeout)
{
    const struct alert alert = {level, message};

    return send_alert(ssl, alert, timeout, __func__);
}

#endif

#endif /* MBEDTLS_SSL_TLS_C */
