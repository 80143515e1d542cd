/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Making and checking a cookie. */
#include "core/atomic.h"
#include "modules/ssl_cookie/cookie.h"

#if defined(MBEDTLS_SSL_COOKIE_C)

#include <limits.h>
#include <string.h>

#include <mbedtls/platform.h>
#include <mbedtls/platform_util.h>

/* One call, of either kind; what Mbed TLS's function is given beside the context. */
struct call {
    mbedguard_ssl_cookie_ctx *ctx;
    /* To make a cookie: */
    unsigned char **p;
    unsigned char *end;
    /* To check one: */
    const unsigned char *cookie;
    size_t cookie_len;
    /* Both: */
    const unsigned char *info;
    size_t info_len;
};

static int make_or_check(const struct call *call, mbedtls_ssl_cookie_ctx *raw)
{
    return call->p != NULL
               ? mbedtls_ssl_cookie_write(raw, call->p, call->end, call->info, call->info_len)
               : mbedtls_ssl_cookie_check(raw, call->cookie, call->cookie_len, call->info,
                                          call->info_len);
}

#if !defined(MBEDGUARD_THREADING_NONE)

/* With the program's context shared: its time-out, and the next number or, to check, the one to come. */
static void take_along(const struct call *call, mbedtls_ssl_cookie_ctx *raw)
{
#if !defined(MBEDTLS_HAVE_TIME)
    unsigned long *const serial = &call->ctx->unguarded.MBEDTLS_PRIVATE(serial);

    raw->MBEDTLS_PRIVATE(serial) = call->p != NULL
                                       ? MBEDGUARD_ATOMIC_ADD(unsigned long, serial, 1ul)
                                       : MBEDGUARD_ATOMIC_LOAD(unsigned long, serial);
#endif
    raw->MBEDTLS_PRIVATE(timeout) = call->ctx->unguarded.MBEDTLS_PRIVATE(timeout);
}

#endif

/* What has to be done with the context held exclusively: it is not in a state of ours. */
#define NEEDS_ALL INT_MIN

#if MBEDGUARD_COOKIE_LANES

static int call_with(const struct call *call)
{
    struct mbedguard_cookie_state *const state = mbedguard_cookie_state_of(call->ctx);
    mbedguard_cookie_lane *mine;
    mbedguard_lane *lane;
    bool broken;
    int ret;

    if (state == NULL)
        return NEEDS_ALL;
    ret = mbedguard_lane_enter(state->lanes, sizeof state->lanes[0], state->count,
                               MBEDGUARD_RANK_CACHE, __func__, &lane, &broken);
    if (ret != 0)
        return ret;
    mine = (mbedguard_cookie_lane *) (void *) lane;
    if (broken)
        ret = mbedguard_cookie_mend(mine, state);
    if (ret == 0) {
        take_along(call, &mine->raw);
        ret = make_or_check(call, &mine->raw);
    }
    if (mbedguard_lane_leave(lane, MBEDGUARD_RANK_CACHE) != 0 && ret >= 0)
        ret = MBEDGUARD_ERR_THREADING;
    return ret;
}

#elif !defined(MBEDGUARD_THREADING_NONE)

/* The key is PSA's, and Mbed TLS only reads the rest. */
static int call_with(const struct call *call)
{
    mbedtls_ssl_cookie_ctx copy;
    int ret;

    memset(&copy, 0, sizeof copy);
    copy.MBEDTLS_PRIVATE(psa_hmac_key) = call->ctx->unguarded.MBEDTLS_PRIVATE(psa_hmac_key);
    copy.MBEDTLS_PRIVATE(psa_hmac_alg) = call->ctx->unguarded.MBEDTLS_PRIVATE(psa_hmac_alg);
    take_along(call, &copy);
    ret = make_or_check(call, &copy);
    mbedtls_platform_zeroize(&copy, sizeof copy);
    return ret;
}

#else

static int call_with(const struct call *call)
{
    (void) call;
    return NEEDS_ALL;
}

#endif

static int call_with_all(const struct call *call)
{
    return make_or_check(call, &call->ctx->unguarded);
}

static int in_guards(const struct call *call, unsigned mode, int (*body)(const struct call *),
                     const char *where)
{
    mbedguard_want set[2] = {
        {MBEDGUARD_GUARD_OF(call->ctx), mode | MBEDGUARD_RANK_CACHE},
        MBEDGUARD_COOKIE_WANT,
    };
    int ret = mbedguard_enter_set(set, 2, where);

    if (ret != 0)
        return ret;
    ret = body(call);
    if (mbedguard_leave_set(set, 2) != 0 && ret >= 0)
        ret = MBEDGUARD_ERR_THREADING;
    return ret;
}

static int run(const struct call *call, const char *where)
{
    const int ret = in_guards(call, MBEDGUARD_SHARED, call_with, where);

    return ret == NEEDS_ALL ? in_guards(call, MBEDGUARD_EXCLUSIVE, call_with_all, where) : ret;
}

int mbedguard_ssl_cookie_write(void *ctx, unsigned char **p, unsigned char *end,
                               const unsigned char *info, size_t ilen)
{
    struct call call = {0};

    if (ctx == NULL || p == NULL || *p == NULL || end == NULL)
        return MBEDGUARD_ERR_BAD_INPUT;
    call.ctx = (mbedguard_ssl_cookie_ctx *) ctx;
    call.p = p;
    call.end = end;
    call.info = info;
    call.info_len = ilen;
    return run(&call, __func__);
}

int mbedguard_ssl_cookie_check(void *ctx, const unsigned char *cookie, size_t clen,
                               const unsigned char *info, size_t ilen)
{
    struct call call = {0};

    if (ctx == NULL || (cookie == NULL && clen != 0))
        return MBEDGUARD_ERR_BAD_INPUT;
    call.ctx = (mbedguard_ssl_cookie_ctx *) ctx;
    call.cookie = cookie;
    call.cookie_len = clen;
    call.info = info;
    call.info_len = ilen;
    return run(&call, __func__);
}

#endif /* MBEDTLS_SSL_COOKIE_C */
