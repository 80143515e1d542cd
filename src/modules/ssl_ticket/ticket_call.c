/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Sealing and opening a ticket. */
#include "modules/ssl_ticket/ticket.h"

#if defined(MBEDTLS_SSL_TICKET_C)

#include <limits.h>
#include <string.h>

#include <mbedtls/platform.h>
#include <mbedtls/platform_util.h>
#if defined(MBEDTLS_THREADING_C)
#include <mbedtls/threading.h>
#endif

#include "core/atomic.h"

/* One call, of either kind; what Mbed TLS's function is given beside the context. */
struct call {
    mbedguard_ssl_ticket_context *ctx;
    mbedguard_guard *session_guard;
    /* To seal: */
    const mbedtls_ssl_session *session;
    unsigned char *start;
    const unsigned char *end;
    size_t *tlen;
    uint32_t *lifetime;
    /* To open: */
    mbedtls_ssl_session *into;
    unsigned char *buf;
    size_t len;
};

/* ---- Mbed TLS's functions, which do not renew keys here ---------------------------------------- */

#if MBEDTLS_VERSION_NUMBER < 0x03000000

/* Without a lifetime Mbed TLS renews nothing, and tells that lifetime. */
static int seal_ticket(const struct call *call, mbedtls_ssl_ticket_context *raw,
                       const mbedguard_ticket_ring *ring)
{
    uint32_t told = 1;
    int ret;

    raw->ticket_lifetime = 0;
    ret = mbedtls_ssl_ticket_write(raw, call->session, call->start, call->end, call->tlen, &told);
    if (told == 0)
        *call->lifetime = ring->lifetime;
    return ret;
}

static bool is_named(const mbedguard_ticket_ring *ring, const struct call *call)
{
    return call->len >= MBEDGUARD_TICKET_NAME_SIZE &&
           (memcmp(call->buf, ring->key[0].name, MBEDGUARD_TICKET_NAME_SIZE) == 0 ||
            memcmp(call->buf, ring->key[1].name, MBEDGUARD_TICKET_NAME_SIZE) == 0);
}

/* The last thing that Mbed TLS looks at, of a session that it has loaded. */
static int check_age(const mbedtls_ssl_session *session, uint32_t lifetime)
{
#if defined(MBEDTLS_HAVE_TIME)
    const mbedtls_time_t now = mbedtls_time(NULL);

    if (now < session->start || (uint32_t) (now - session->start) > lifetime)
        return MBEDTLS_ERR_SSL_SESSION_TICKET_EXPIRED;
#else
    (void) session;
    (void) lifetime;
#endif
    return 0;
}

/* Without a lifetime each ticket whose key is there seems to be too old, unless it is of this second. */
static int open_ticket(const struct call *call, mbedtls_ssl_ticket_context *raw,
                       const mbedguard_ticket_ring *ring)
{
    const bool named = is_named(ring, call);
    int ret;

    raw->ticket_lifetime = 0;
    ret = mbedtls_ssl_ticket_parse(raw, call->into, call->buf, call->len);
    if (ret == MBEDTLS_ERR_SSL_SESSION_TICKET_EXPIRED && named)
        ret = check_age(call->into, ring->lifetime);
    return ret;
}

#else

/* A key without a lifetime is not renewed; that lifetime is told. */
static int seal_ticket(const struct call *call, mbedtls_ssl_ticket_context *raw,
                       const mbedguard_ticket_ring *ring)
{
    uint32_t told = 1;
    int ret;

    raw->MBEDTLS_PRIVATE(active) = (unsigned char) ring->active;
    raw->MBEDTLS_PRIVATE(keys)[ring->active].MBEDTLS_PRIVATE(lifetime) = 0;
    ret = mbedtls_ssl_ticket_write(raw, call->session, call->start, call->end, call->tlen, &told);
    if (told == 0)
        *call->lifetime = ring->key[ring->active].lifetime;
    return ret;
}

/* The key whose age counts is the ticket's; the one that would be renewed, here the other one, has none. */
static int open_ticket(const struct call *call, mbedtls_ssl_ticket_context *raw,
                       const mbedguard_ticket_ring *ring)
{
    unsigned key = 0;

    if (call->len >= MBEDGUARD_TICKET_NAME_SIZE &&
        memcmp(call->buf, ring->key[0].name, MBEDGUARD_TICKET_NAME_SIZE) != 0)
        key = 1;
    raw->MBEDTLS_PRIVATE(active) = (unsigned char) (1 - key);
    raw->MBEDTLS_PRIVATE(keys)[1 - key].MBEDTLS_PRIVATE(lifetime) = 0;
    raw->MBEDTLS_PRIVATE(keys)[key].MBEDTLS_PRIVATE(lifetime) = ring->key[key].lifetime;
    return mbedtls_ssl_ticket_parse(raw, call->into, call->buf, call->len);
}

#endif

static int seal_or_open(const struct call *call, mbedtls_ssl_ticket_context *raw,
                        const mbedguard_ticket_ring *ring)
{
    return call->session != NULL ? seal_ticket(call, raw, ring) : open_ticket(call, raw, ring);
}

/* ---- On which of the contexts with the ring's keys -------------------------------------------- */

#if MBEDGUARD_TICKET_LANES

static int call_on_copy(const struct call *call, struct mbedguard_ticket_state *state)
{
    mbedguard_ticket_lane *mine;
    mbedguard_lane *lane;
    bool broken;
    int ret = mbedguard_lane_enter(state->lanes, sizeof state->lanes[0], state->count,
                                   MBEDGUARD_RANK_CACHE, __func__, &lane, &broken);

    if (ret != 0)
        return ret;
    mine = (mbedguard_ticket_lane *) (void *) lane;
    if (broken)
        ret = mbedguard_ticket_mend(mine, &state->ring);
    if (ret == 0)
        ret = seal_or_open(call, &mine->raw, &state->ring);
    if (mbedguard_lane_leave(lane, MBEDGUARD_RANK_CACHE) != 0 && ret >= 0)
        ret = MBEDGUARD_ERR_THREADING;
    return ret;
}

#else

/* The keys are PSA's, or nobody else is in: a copy of what names them, with a mutex of its own. */
static int call_on_copy(const struct call *call, struct mbedguard_ticket_state *state)
{
    const mbedtls_ssl_ticket_context *const raw = &call->ctx->unguarded;
    mbedtls_ssl_ticket_context copy;
    int ret;

    mbedtls_ssl_ticket_init(&copy);
    memcpy(copy.MBEDTLS_PRIVATE(keys), raw->MBEDTLS_PRIVATE(keys),
           sizeof copy.MBEDTLS_PRIVATE(keys));
    copy.MBEDTLS_PRIVATE(active) = raw->MBEDTLS_PRIVATE(active);
    copy.MBEDTLS_PRIVATE(ticket_lifetime) = raw->MBEDTLS_PRIVATE(ticket_lifetime);
#if MBEDTLS_VERSION_NUMBER < 0x04000000
    copy.MBEDTLS_PRIVATE(f_rng) = raw->MBEDTLS_PRIVATE(f_rng);
    copy.MBEDTLS_PRIVATE(p_rng) = raw->MBEDTLS_PRIVATE(p_rng);
#endif
    ret = seal_or_open(call, &copy, &state->ring);
#if defined(MBEDTLS_THREADING_C)
    mbedtls_mutex_free(&copy.MBEDTLS_PRIVATE(mutex));
#endif
    mbedtls_platform_zeroize(&copy, sizeof copy);
    return ret;
}

#endif

/* ---- The guards of a call --------------------------------------------------------------------- */

/* What has to be done with the context held exclusively: it is not in a state of ours, or due. */
#define NEEDS_ALL INT_MIN

static int call_with(const struct call *call)
{
    struct mbedguard_ticket_state *const state = mbedguard_ticket_state_of(call->ctx);

    if (state == NULL && !mbedguard_ticket_raw_is_set_up(&call->ctx->unguarded))
        return MBEDTLS_ERR_SSL_BAD_INPUT_DATA;
    if (state == NULL || mbedguard_ticket_is_due(&state->ring))
        return NEEDS_ALL;
    return call_on_copy(call, state);
}

static int renew_locked(mbedguard_ssl_ticket_context *ctx, struct mbedguard_ticket_state *state)
{
    mbedguard_ticket_ring ring = state->ring;
    int ret;

    mbedguard_store(&state->is_whole, 1);
    ret = mbedguard_ticket_renew(&ring);
    if (ret == 0)
        ret = mbedguard_ticket_install(ctx, &ring);
    mbedguard_store(&ctx->store.state->is_whole, 0);
    mbedtls_platform_zeroize(&ring, sizeof ring);
    return ret;
}

/* The same with nobody else inside. */
static int call_with_all(const struct call *call)
{
    mbedtls_ssl_ticket_context *const raw = &call->ctx->unguarded;
    struct mbedguard_ticket_state *state = mbedguard_ticket_state_of(call->ctx);
    int ret = 0;

    if (state == NULL && !mbedguard_ticket_raw_is_set_up(raw))
        return MBEDTLS_ERR_SSL_BAD_INPUT_DATA;
    if (state == NULL) /* The program has set it up itself, where it had borrowed it. */
        return call->session != NULL
                   ? mbedtls_ssl_ticket_write(raw, call->session, call->start, call->end,
                                              call->tlen, call->lifetime)
                   : mbedtls_ssl_ticket_parse(raw, call->into, call->buf, call->len);
    if (mbedguard_ticket_is_due(&state->ring))
        ret = renew_locked(call->ctx, state);
    if (ret != 0)
        return ret;
    state = call->ctx->store.state;
    mbedguard_store(&state->is_whole, MBEDGUARD_TICKET_LANES);
    ret = call_on_copy(call, state);
    mbedguard_store(&state->is_whole, 0);
    return ret;
}

static int in_guards(const struct call *call, unsigned mode, int (*body)(const struct call *),
                     const char *where)
{
    mbedguard_want set[3] = {
        {call->session_guard, MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_SESSION | MBEDGUARD_CALLS_OUT},
        {MBEDGUARD_GUARD_OF(call->ctx), mode | MBEDGUARD_RANK_CACHE | MBEDGUARD_CALLS_OUT},
        MBEDGUARD_PSA_INSIDE_WANT,
    };
    int ret = mbedguard_psa_enter_set_inside(set, 3, where);

    if (ret != 0)
        return ret;
    ret = body(call);
    if (mbedguard_leave_set(set, 3) != 0 && ret >= 0)
        ret = MBEDGUARD_ERR_THREADING;
    return ret;
}

static int run(const struct call *call, const char *where)
{
    int ret;

#if !defined(MBEDGUARD_THREADING_NONE)
    /* From the generator that another call on it runs: another lane would be there, or not. */
    if (mbedguard_held(MBEDGUARD_GUARD_OF(call->ctx)) == 1)
        return MBEDGUARD_ERR_REENTRY;
#endif
    ret = in_guards(call, MBEDGUARD_TICKET_MODE, call_with, where);
#if !defined(MBEDGUARD_THREADING_NONE)
    if (ret == MBEDGUARD_ERR_BROKEN && mbedguard_ticket_make_whole(call->ctx, where) == 0)
        ret = in_guards(call, MBEDGUARD_TICKET_MODE, call_with, where);
#endif
    return ret == NEEDS_ALL ? in_guards(call, MBEDGUARD_EXCLUSIVE, call_with_all, where) : ret;
}

int mbedguard_ssl_ticket_write(void *p_ticket, const mbedguard_ssl_session *session,
                               unsigned char *start, const unsigned char *end, size_t *tlen,
                               uint32_t *lifetime)
{
    struct call call = {0};

    if (tlen != NULL)
        *tlen = 0;
    if (p_ticket == NULL || session == NULL || start == NULL || end == NULL || tlen == NULL ||
        lifetime == NULL)
        return MBEDGUARD_ERR_BAD_INPUT;
    call.ctx = (mbedguard_ssl_ticket_context *) p_ticket;
    call.session_guard = MBEDGUARD_GUARD_OF(session);
    call.session = &session->unguarded;
    call.start = start;
    call.end = end;
    call.tlen = tlen;
    call.lifetime = lifetime;
    return run(&call, __func__);
}

int mbedguard_ssl_ticket_parse(void *p_ticket, mbedguard_ssl_session *session, unsigned char *buf,
                               size_t len)
{
    struct call call = {0};

    if (p_ticket == NULL || session == NULL || (buf == NULL && len != 0))
        return MBEDGUARD_ERR_BAD_INPUT;
    call.ctx = (mbedguard_ssl_ticket_context *) p_ticket;
    call.session_guard = MBEDGUARD_GUARD_OF(session);
    call.into = &session->unguarded;
    call.buf = buf;
    call.len = len;
    return run(&call, __func__);
}

#endif /* MBEDTLS_SSL_TICKET_C */
