/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Reading. */
#include "manual/ssl_pump.h"

#if defined(MBEDTLS_SSL_TLS_C)

#include <mbedguard/ssl_io_access.h>

#include "manual/members.h"

#if defined(MBEDGUARD_THREADING_NONE)

int mbedguard_ssl_read(mbedguard_ssl_context *ssl, unsigned char *buf, size_t len)
{
    return mbedtls_ssl_read(&ssl->unguarded, buf, len);
}

int mbedguard_ssl_read_timeout(mbedguard_ssl_context *ssl, unsigned char *buf, size_t len,
                               uint32_t timeout)
{
    return timeout != 0 ? MBEDGUARD_ERR_UNSUPPORTED : mbedtls_ssl_read(&ssl->unguarded, buf, len);
}

int mbedguard_ssl_read_exact(mbedguard_ssl_context *ssl, unsigned char *buf, size_t len,
                             uint32_t timeout, size_t *olen)
{
    int ret = timeout != 0 ? MBEDGUARD_ERR_UNSUPPORTED : 1;

    if (olen == NULL || (buf == NULL && len != 0)) {
        return MBEDGUARD_ERR_BAD_INPUT;
    }
    *olen = 0;
    while (ret > 0 && *olen < len) {
        ret = mbedtls_ssl_read(&ssl->unguarded, buf + *olen, len - *olen);
        *olen += ret > 0 ? (size_t) ret : 0;
    }
    return ret > 0 ? 0 : ret == 0 ? MBEDTLS_ERR_SSL_CONN_EOF : ret;
}

#if defined(MBEDTLS_SSL_EARLY_DATA) && defined(MBEDTLS_SSL_SRV_C)
int mbedguard_ssl_read_early_data(mbedguard_ssl_context *ssl, unsigned char *buf, size_t len)
{
    return mbedtls_ssl_read_early_data(&ssl->unguarded, buf, len);
}

int mbedguard_ssl_read_early_data_timeout(mbedguard_ssl_context *ssl, unsigned char *buf,
                                          size_t len, uint32_t timeout)
{
    return timeout != 0 ? MBEDGUARD_ERR_UNSUPPORTED
                        : mbedtls_ssl_read_early_data(&ssl->unguarded, buf, len);
}
#endif

#else

struct room {
    unsigned char *buf;
    size_t len;
};

static int raw_read(mbedtls_ssl_context *ssl, void *arguments)
{
    const struct room *const room = (const struct room *) arguments;

    return mbedtls_ssl_read(ssl, room->buf, room->len);
}

/* A ticket that came while another thread wrote is told to whoever reads next. */
static bool take_ticket(mbedguard_ssl_pump *pump)
{
    const bool ticket = pump->ticket;

    pump->ticket = false;
    return ticket;
}

bool mbedguard_ssl_is_behind_data(int ret)
{
#if defined(MBEDTLS_ERR_SSL_WAITING_SERVER_HELLO_RENEGO)
    return ret == MBEDTLS_ERR_SSL_WAITING_SERVER_HELLO_RENEGO;
#else
    (void) ret;
    return false;
#endif
}

void mbedguard_ssl_reads(mbedguard_ssl_call *call, bool reads)
{
    mbedguard_ssl_pump *const pump = call->pump;

    if (!call->inside || call->reads == reads) {
        return;
    }
    call->reads = reads;
    if (reads) {
        pump->readers++;
    } else if (pump->readers != 0 && --pump->readers == 0 && pump->data_first) {
        /* Who waits for one of them waits in vain. */
        mbedguard_ssl_wake(pump);
    }
}

int mbedguard_ssl_wait_for_reader(mbedguard_ssl_call *call)
{
    int ret;

    if (!call->may_wait || call->pump->readers == 0) {
        return MBEDTLS_ERR_SSL_WANT_READ;
    }
    call->pump->data_first = true;
    mbedguard_ssl_wake(call->pump);
    ret = mbedguard_ssl_call_wait(call);
    return ret == MBEDGUARD_ERR_UNSUPPORTED ? MBEDTLS_ERR_SSL_WANT_READ : ret;
}

/* What ends a session is given when its alert is sent; data is given at once. */
static int deliver(mbedguard_ssl_call *call, int result)
{
    mbedguard_ssl_owed *const owed = &call->pump->owed[MBEDGUARD_SSL_READ];
    int ret;

    if (call->pump->data_first) {
        call->pump->data_first = false;
        mbedguard_ssl_wake(call->pump);
    }
    ret = mbedguard_ssl_drain_unless_sending(call, call->pump->control_end);
    if (!call->inside || result > 0) {
        return result;
    }
    owed->is = ret == MBEDTLS_ERR_SSL_WANT_WRITE;
    owed->result = result;
    return owed->is ? ret : result;
}

/* Nothing was there: send what Mbed TLS answered, wait for more. */
static int wait_for_input(mbedguard_ssl_call *call)
{
    mbedguard_ssl_pump *const pump = call->pump;
    int ret;

    ret = mbedguard_ssl_drain_unless_sending(call, pump->control_end);
    if (ret != 0) {
        return ret;
    }
    return pump->want ? mbedguard_ssl_fetch(call) : 0;
}

/* Is nothing left in Mbed TLS of what was received? mbedtls_ssl_check_pending(), but it logs. */
static bool is_drained(const mbedtls_ssl_context *ssl)
{
    return ssl->MBEDTLS_PRIVATE(in_left) == 0 && ssl->MBEDTLS_PRIVATE(in_offt) == NULL &&
           ssl->MBEDTLS_PRIVATE(keep_current_message) == 0 &&
           (ssl->MBEDTLS_PRIVATE(in_hslen) == 0 ||
            ssl->MBEDTLS_PRIVATE(in_hslen) >= ssl->MBEDTLS_PRIVATE(in_msglen));
}

/*
 * In a session where nothing is under way Mbed TLS would ask for a header, and need not be asked
 * what it wants. It alone knows time-outs: they are the configuration's, which is not held here.
 */
static bool wants_header(const mbedguard_ssl_call *call)
{
    const mbedtls_ssl_context *const ssl = &call->ssl->unguarded;
    const mbedguard_ssl_pump *const pump = call->pump;

    return pump->plain_reads && pump->in.first == NULL &&
           ssl->MBEDTLS_PRIVATE(handshake) == NULL &&
           ssl->MBEDTLS_PRIVATE(state) == MBEDTLS_SSL_HANDSHAKE_OVER &&
           ssl->MBEDTLS_PRIVATE(f_recv) != NULL && ssl->MBEDTLS_PRIVATE(f_recv_timeout) == NULL &&
           ssl->MBEDTLS_PRIVATE(f_get_timer) == NULL && is_drained(ssl);
}

/* The first step of most reads would only find that nothing is there. */
static int wait_before_first_step(mbedguard_ssl_call *call)
{
    mbedguard_ssl_pump *const pump = call->pump;

    if (pump->ticket || !wants_header(call)) {
        return 0;
    }
    call->step = pump->steps;
    pump->want = true;
    pump->want_length = MBEDGUARD_SSL_HEADER;
    pump->want_timeout = 0;
    return wait_for_input(call);
}

static int read_some(mbedguard_ssl_call *call, mbedguard_ssl_raw *raw, struct room *room)
{
    mbedguard_ssl_pump *const pump = call->pump;
    unsigned spins;
    int ret;

    if (pump->owed[MBEDGUARD_SSL_READ].is) {
        return deliver(call, pump->owed[MBEDGUARD_SSL_READ].result);
    }
    ret = pump->failed != 0 ? pump->failed : wait_before_first_step(call);
    if (ret != 0) {
        return ret;
    }
    for (spins = 0; spins < MBEDGUARD_SSL_SPINS; spins++) {
        const uint64_t before = pump->out.in;

        if (pump->failed != 0) {
            return pump->failed;
        }
#if defined(MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET)
        if (take_ticket(pump)) {
            return MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET;
        }
#else
        (void) take_ticket(pump);
#endif
        ret = mbedguard_ssl_note(call, mbedguard_ssl_step(call, raw, room));
        if (pump->out.in != before) {
            pump->control_end = pump->out.in;
        }
        if (ret != MBEDTLS_ERR_SSL_WANT_READ) {
            return deliver(call, ret);
        }
        if (pump->want) {
            spins = 0;
        }
        ret = wait_for_input(call);
        if (ret != 0) {
            return ret;
        }
    }
    return MBEDTLS_ERR_SSL_WANT_READ;
}

/* One that reads a whole message is not interrupted. */
static int wait_for_message(mbedguard_ssl_call *call)
{
    int ret = 0;

    while (ret == 0 && call->pump->exact != NULL) {
        ret = call->may_wait ? mbedguard_ssl_call_wait(call) : MBEDTLS_ERR_SSL_WANT_READ;
    }
    return ret == MBEDGUARD_ERR_UNSUPPORTED ? MBEDTLS_ERR_SSL_WANT_READ : ret;
}

static int read_with(mbedguard_ssl_context *ssl, mbedguard_ssl_raw *raw, unsigned char *buf,
                     size_t len, uint32_t timeout, const char *where)
{
    struct room room = {buf, len};
    mbedguard_ssl_call call;
    int ret;

    ret = mbedguard_ssl_call_begin(&call, ssl, timeout, MBEDGUARD_SSL_FOR_DATA, where);
    if (ret != 0) {
        return ret;
    }
    mbedguard_ssl_reads(&call, true);
    ret = wait_for_message(&call);
    if (ret == 0) {
        ret = read_some(&call, raw, &room);
    }
    mbedguard_ssl_reads(&call, false);
    return mbedguard_ssl_call_end(&call, ret);
}

int mbedguard_ssl_read(mbedguard_ssl_context *ssl, unsigned char *buf, size_t len)
{
    return read_with(ssl, raw_read, buf, len, 0, __func__);
}

int mbedguard_ssl_read_timeout(mbedguard_ssl_context *ssl, unsigned char *buf, size_t len,
                               uint32_t timeout)
{
    return read_with(ssl, raw_read, buf, len, timeout, __func__);
}

static int read_all(mbedguard_ssl_call *call, unsigned char *buf, size_t len, size_t *olen)
{
    while (*olen < len) {
        struct room room = {buf + *olen, len - *olen};
        const int ret = read_some(call, raw_read, &room);

        if (ret == 0) {
            return MBEDTLS_ERR_SSL_CONN_EOF;
        }
        if (ret < 0) {
            return ret;
        }
        *olen += (size_t) ret;
    }
    return 0;
}

int mbedguard_ssl_read_exact(mbedguard_ssl_context *ssl, unsigned char *buf, size_t len,
                             uint32_t timeout, size_t *olen)
{
    mbedguard_ssl_call call;
    int ret;

    if (olen == NULL || (buf == NULL && len != 0)) {
        return MBEDGUARD_ERR_BAD_INPUT;
    }
    *olen = 0;
    ret = mbedguard_ssl_call_begin(&call, ssl, timeout, MBEDGUARD_SSL_FOR_DATA, __func__);
    if (ret != 0) {
        return ret;
    }
    mbedguard_ssl_reads(&call, true);
    ret = wait_for_message(&call);
    if (ret == 0) {
        call.pump->exact = &call;
        ret = read_all(&call, buf, len, olen);
        if (call.inside) {
            call.pump->exact = NULL;
            mbedguard_ssl_wake(call.pump);
        }
    }
    mbedguard_ssl_reads(&call, false);
    return mbedguard_ssl_call_end(&call, ret);
}

#if defined(MBEDTLS_SSL_EARLY_DATA) && defined(MBEDTLS_SSL_SRV_C)
static int raw_read_early_data(mbedtls_ssl_context *ssl, void *arguments)
{
    const struct room *const room = (const struct room *) arguments;

    return mbedtls_ssl_read_early_data(ssl, room->buf, room->len);
}

int mbedguard_ssl_read_early_data(mbedguard_ssl_context *ssl, unsigned char *buf, size_t len)
{
    return read_with(ssl, raw_read_early_data, buf, len, 0, __func__);
}

int mbedguard_ssl_read_early_data_timeout(mbedguard_ssl_context *ssl, unsigned char *buf,
                                          size_t len, uint32_t timeout)
{
    return read_with(ssl, raw_read_early_data, buf, len, timeout, __func__);
}
#endif

#endif

#endif /* MBEDTLS_SSL_TLS_C */
