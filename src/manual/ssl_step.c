/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * One call of Mbed TLS, which finds queues where it expects the network: what it sends is taken at
 * once, and what is not there yet is asked for when the call is over.
 */
#include "manual/ssl_pump.h"

#if defined(MBEDTLS_SSL_TLS_C) && !defined(MBEDGUARD_THREADING_NONE)

#include <string.h>

#include "manual/follow.h"
#include "manual/psa_inside.h"
#include "manual/ssl_handshake_end.h"
#include "manual/ssl_own_pairs.h"

#if defined(MBEDTLS_THREADING_C)
#define CONFIG_MODE MBEDGUARD_SHARED
#else
#define CONFIG_MODE MBEDGUARD_EXCLUSIVE
#endif
#define CONFIG_HOW (CONFIG_MODE | MBEDGUARD_RANK_CONFIG)

/* ---- The queues as a BIO ------------------------------------------------------------------------- */

static int queue_send(void *p_bio, const unsigned char *buf, size_t len)
{
    mbedguard_ssl_pump *const pump = (mbedguard_ssl_pump *) p_bio;
    mbedguard_ssl_item *item;

    if (pump->out_error != 0) {
        return pump->out_error;
    }
    if (len > INT32_MAX) {
        len = INT32_MAX;
    }
    item = mbedguard_ssl_item_new(&pump->out, len);
    if (item == NULL) {
        return MBEDTLS_ERR_SSL_ALLOC_FAILED;
    }
    memcpy(item->data, buf, len);
    mbedguard_ssl_queue_append(&pump->out, item);
    return (int) len;
}

static int take_code(mbedguard_ssl_pump *pump)
{
    const int code = pump->in.first->code;

    mbedguard_ssl_queue_drop(&pump->in);
    pump->fed = code;
    return code;
}

/* A datagram that does not fit is cut off, as by recv(). */
static int queue_recv_timeout(void *p_bio, unsigned char *buf, size_t len, uint32_t timeout)
{
    mbedguard_ssl_pump *const pump = (mbedguard_ssl_pump *) p_bio;
    mbedguard_ssl_item *const item = pump->in.first;
    size_t length;

    if (item == NULL) {
        pump->want = true;
        pump->want_length = len;
        pump->want_timeout = timeout;
        return MBEDTLS_ERR_SSL_WANT_READ;
    }
    if (mbedguard_ssl_queue_at_code(&pump->in)) {
        return take_code(pump);
    }
    length = item->length - item->taken;
    if (length > len) {
        length = len;
    }
    memcpy(buf, item->data + item->taken, length);
    if (pump->datagram) {
        mbedguard_ssl_queue_drop(&pump->in);
    } else {
        mbedguard_ssl_queue_take(&pump->in, length);
    }
    return (int) length;
}

static int queue_recv(void *p_bio, unsigned char *buf, size_t len)
{
    return queue_recv_timeout(p_bio, buf, len, 0);
}

/* ---- The step ------------------------------------------------------------------------------------ */

mbedguard_ssl_bio mbedguard_ssl_bio_of(const mbedguard_ssl_context *ssl)
{
    mbedguard_ssl_bio bio;

    if (ssl->companion.pump != NULL && ssl->companion.pump->in_step) {
        return ssl->companion.pump->app;
    }
    bio.p_bio = ssl->unguarded.MBEDTLS_PRIVATE(p_bio);
    bio.f_send = ssl->unguarded.MBEDTLS_PRIVATE(f_send);
    bio.f_recv = ssl->unguarded.MBEDTLS_PRIVATE(f_recv);
    bio.f_recv_timeout = ssl->unguarded.MBEDTLS_PRIVATE(f_recv_timeout);
    return bio;
}

/*
 * Between steps Mbed TLS has the application's BIO, so that whoever borrows the connection finds what
 * was set. Without a BIO Mbed TLS has to notice that, too.
 */
static void give_queues(mbedguard_ssl_call *call)
{
    mbedguard_ssl_pump *const pump = call->pump;
    const bool sends = pump->app.f_send != NULL;
    const bool receives = pump->app.f_recv != NULL || pump->app.f_recv_timeout != NULL;

    mbedtls_ssl_set_bio(&call->ssl->unguarded, pump, sends ? queue_send : NULL,
                        receives ? queue_recv : NULL, receives ? queue_recv_timeout : NULL);
}

static void give_back(mbedguard_ssl_call *call)
{
    const mbedguard_ssl_bio *const app = &call->pump->app;

    mbedtls_ssl_set_bio(&call->ssl->unguarded, app->p_bio, app->f_send, app->f_recv,
                        app->f_recv_timeout);
}

static bool is_datagram(const mbedguard_ssl_config *conf)
{
    return conf != NULL &&
           conf->unguarded.MBEDTLS_PRIVATE(transport) == MBEDTLS_SSL_TRANSPORT_DATAGRAM;
}

/* A read may begin a handshake of its own accord. */
static bool may_renegotiate(const mbedguard_ssl_config *conf)
{
#if defined(MBEDTLS_SSL_RENEGOTIATION)
    return conf == NULL || conf->unguarded.MBEDTLS_PRIVATE(disable_renegotiation) ==
                               MBEDTLS_SSL_RENEGOTIATION_ENABLED;
#else
    return conf == NULL;
#endif
}

/* A session without a configuration is none that Mbed TLS does anything with: no analysis sees that. */
static int enter_config(const mbedguard_ssl_call *call, mbedguard_ssl_config *conf)
    MBEDGUARD_NO_ANALYSIS
{
    return conf != NULL ? mbedguard_enter(MBEDGUARD_GUARD_OF(conf), CONFIG_HOW, call->where) : 0;
}

static int leave_config(mbedguard_ssl_config *conf) MBEDGUARD_NO_ANALYSIS
{
    return conf != NULL ? mbedguard_leave(MBEDGUARD_GUARD_OF(conf), CONFIG_HOW) : 0;
}

/* In the middle of a handshake, which has pointers into its configuration's list of certificates. */
static bool is_in_handshake(const mbedguard_ssl_context *ssl)
{
    const int state = (int) ssl->unguarded.MBEDTLS_PRIVATE(state);

    return ssl->unguarded.MBEDTLS_PRIVATE(handshake) != NULL &&
           state != MBEDTLS_SSL_HELLO_REQUEST && state != MBEDTLS_SSL_HANDSHAKE_OVER;
}

/* The configuration was freed where it stands, and perhaps filled again: the handshake cannot go on. */
static bool has_lost_config(const mbedguard_ssl_call *call, const mbedguard_ssl_config *conf)
{
    return conf != NULL && (call->refused_for & MBEDGUARD_SSL_FOR_STOP) == 0 &&
           is_in_handshake(call->ssl) &&
           mbedguard_keep_is_lost(MBEDGUARD_GUARD_OF(call->ssl), MBEDGUARD_GUARD_OF(conf));
}

/* Whoever wants to free what the handshake points at has the configuration to himself, and asks. */
static void note_handshake(mbedguard_ssl_call *call, mbedguard_ssl_config *conf)
{
    const bool busy = conf != NULL && is_in_handshake(call->ssl);

    /* A set-up since the last step has made the note anew. */
    if (busy || (call->pump->busy && conf != NULL)) {
        mbedguard_keep_set_busy(MBEDGUARD_GUARD_OF(call->ssl), MBEDGUARD_GUARD_OF(conf), busy);
    }
    call->pump->busy = busy;
}

/* What ends a session, or is an alert, signs nothing; the keys of its handshake may be gone. */
static bool may_use_keys(const mbedguard_ssl_call *call)
{
    return (call->refused_for & MBEDGUARD_SSL_FOR_DATA) != 0;
}

struct stepping {
    mbedguard_ssl_call *call;
    mbedguard_ssl_raw *raw;
    void *arguments;
    int ret;
};

/* Mbed TLS, and the program's callbacks. */
static void run_step(void *context)
{
    struct stepping *const stepping = (struct stepping *) context;

    stepping->ret = stepping->raw(&stepping->call->ssl->unguarded, stepping->arguments);
}

static int step_with_config(mbedguard_ssl_call *call, mbedguard_ssl_config *conf,
                            mbedguard_ssl_raw *raw, void *arguments)
{
    struct stepping stepping = {call, raw, arguments, 0};
    mbedguard_ssl_pump *const pump = call->pump;
    const bool shakes_hands = call->ssl->unguarded.MBEDTLS_PRIVATE(handshake) != NULL;
    int ret;

    if (has_lost_config(call, conf)) {
        return MBEDTLS_ERR_SSL_BAD_INPUT_DATA;
    }
    pump->app = mbedguard_ssl_bio_of(call->ssl);
    pump->datagram = is_datagram(conf);
    pump->plain_reads = !pump->datagram && !may_renegotiate(conf);
    pump->want = false;
    pump->fed = 0;
    pump->in_step = true;
    call->step = ++pump->steps;
    give_queues(call);
    if (may_use_keys(call)) {
        mbedguard_ssl_own_keys_begin(call->ssl);
    }
    mbedguard_ssl_call_run(run_step, &stepping);
    mbedguard_ssl_own_keys_end(call->ssl);
    ret = stepping.ret;
    give_back(call);
    pump->in_step = false;
    /* Nothing is kept for a handshake where none was under way: set_hs_* wants one. */
    if (shakes_hands) {
        mbedguard_ssl_after_handshake(call->ssl);
    }
    /* Mbed TLS may have noticed by its own timer what the receive says. */
    if (mbedguard_ssl_queue_at_code(&pump->in) &&
        pump->in.first->code == MBEDTLS_ERR_SSL_TIMEOUT) {
        mbedguard_ssl_queue_drop(&pump->in);
    }
    note_handshake(call, conf);
    return ret;
}

int mbedguard_ssl_step(mbedguard_ssl_call *call, mbedguard_ssl_raw *raw, void *arguments)
{
    mbedguard_ssl_config *const conf = mbedguard_ssl_config_of(call->ssl);
    int ret;

    ret = enter_config(call, conf);
    if (ret != 0) {
        return ret;
    }
    ret = mbedguard_psa_enter_inside(call->where);
    if (ret == 0) {
        ret = step_with_config(call, conf, raw, arguments);
        if (mbedguard_psa_leave_inside() != 0 && ret >= 0) {
            ret = MBEDGUARD_ERR_THREADING;
        }
    }
    if (leave_config(conf) != 0 && ret >= 0) {
        ret = MBEDGUARD_ERR_THREADING;
    }
    return ret;
}

/* ---- Results ------------------------------------------------------------------------------------- */

/* Codes after which the session goes on, or never began. */
static bool is_passing(int ret)
{
    static const int passing[] = {
        MBEDTLS_ERR_SSL_WANT_READ,
        MBEDTLS_ERR_SSL_WANT_WRITE,
        MBEDTLS_ERR_SSL_TIMEOUT,
        MBEDTLS_ERR_SSL_BAD_INPUT_DATA,
        MBEDTLS_ERR_SSL_BUFFER_TOO_SMALL,
        MBEDTLS_ERR_SSL_FEATURE_UNAVAILABLE,
        MBEDTLS_ERR_SSL_ALLOC_FAILED,
        MBEDTLS_ERR_SSL_CLIENT_RECONNECT,
        MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY,
        MBEDTLS_ERR_SSL_CONN_EOF,
        MBEDTLS_ERR_SSL_HELLO_VERIFY_REQUIRED,
#if defined(MBEDTLS_ERR_SSL_WAITING_SERVER_HELLO_RENEGO)
        MBEDTLS_ERR_SSL_WAITING_SERVER_HELLO_RENEGO,
#endif
#if defined(MBEDTLS_ERR_SSL_ASYNC_IN_PROGRESS)
        MBEDTLS_ERR_SSL_ASYNC_IN_PROGRESS,
#endif
#if defined(MBEDTLS_ERR_SSL_CRYPTO_IN_PROGRESS)
        MBEDTLS_ERR_SSL_CRYPTO_IN_PROGRESS,
#endif
#if defined(MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET)
        MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET,
#endif
#if defined(MBEDTLS_ERR_SSL_RECEIVED_EARLY_DATA)
        MBEDTLS_ERR_SSL_RECEIVED_EARLY_DATA,
#endif
#if defined(MBEDTLS_ERR_SSL_CANNOT_READ_EARLY_DATA)
        MBEDTLS_ERR_SSL_CANNOT_READ_EARLY_DATA,
#endif
#if defined(MBEDTLS_ERR_SSL_CANNOT_WRITE_EARLY_DATA)
        MBEDTLS_ERR_SSL_CANNOT_WRITE_EARLY_DATA,
#endif
    };
    size_t i;

    /* Codes of our own are below all of Mbed TLS's: they say that nothing was done. */
    if (ret >= 0 || ret <= MBEDGUARD_ERR_BAD_INPUT) {
        return true;
    }
    for (i = 0; i < sizeof passing / sizeof passing[0]; i++) {
        if (passing[i] == ret) {
            return true;
        }
    }
    return false;
}

/* The peer is another one, and what was queued for the old one is not for it. */
static void begin_anew(mbedguard_ssl_call *call)
{
    mbedguard_ssl_pump *const pump = call->pump;

    pump->generation++;
    call->generation = pump->generation;
    pump->owner = call->self;
    pump->owner_code = MBEDTLS_ERR_SSL_CLIENT_RECONNECT;
    mbedguard_ssl_pending_clear(pump);
    /* Who is sending the first one drops it, sent or not. */
    mbedguard_ssl_queue_drop_all(&pump->out, pump->sender != 0);
    pump->control_end = pump->out.in;
    memset(pump->owed, 0, sizeof pump->owed);
    pump->data_first = pump->renegotiates = pump->ticket = false;
    mbedguard_ssl_wake(pump);
}

int mbedguard_ssl_note(mbedguard_ssl_call *call, int ret)
{
    mbedguard_ssl_pump *const pump = call->pump;

    if (ret == MBEDTLS_ERR_SSL_CLIENT_RECONNECT) {
        begin_anew(call);
    } else if (!is_passing(ret) && ret != pump->fed && ret != pump->out_error && pump->failed == 0) {
        pump->failed = ret;
        mbedguard_ssl_wake(pump);
    }
    return ret;
}

#else

/* ISO C wants a translation unit to declare something. */
extern const int mbedguard_ssl_step_is_empty;

#endif
