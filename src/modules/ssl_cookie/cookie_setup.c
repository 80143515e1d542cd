/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Setting a cookie context up, with a hash for each lane. */
#include "modules/ssl_cookie/cookie.h"

#if defined(MBEDTLS_SSL_COOKIE_C)

#include <string.h>

#include <mbedtls/platform.h>
#include <mbedtls/platform_util.h>

#include "core/atomic.h"
#include "manual/ssl_cookie_store.h"

#define CHANGES (MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_CACHE | MBEDGUARD_CALLS_OUT)

/* Whatever it is that Mbed TLS works with: it changes places; time-out, number and mutex stay. */
static void exchange(mbedtls_ssl_cookie_ctx *a, mbedtls_ssl_cookie_ctx *b)
{
#if MBEDGUARD_COOKIE_PSA
    const mbedtls_svc_key_id_t key = a->MBEDTLS_PRIVATE(psa_hmac_key);

    a->MBEDTLS_PRIVATE(psa_hmac_key) = b->MBEDTLS_PRIVATE(psa_hmac_key);
    a->MBEDTLS_PRIVATE(psa_hmac_alg) = b->MBEDTLS_PRIVATE(psa_hmac_alg);
    b->MBEDTLS_PRIVATE(psa_hmac_key) = key;
#else
    const mbedtls_md_context_t hash = a->MBEDTLS_PRIVATE(hmac_ctx);

    a->MBEDTLS_PRIVATE(hmac_ctx) = b->MBEDTLS_PRIVATE(hmac_ctx);
    b->MBEDTLS_PRIVATE(hmac_ctx) = hash;
#endif
}

#if MBEDGUARD_COOKIE_LANES

static size_t size_of(unsigned count)
{
    return sizeof(struct mbedguard_cookie_state) + count * sizeof(mbedguard_cookie_lane);
}

/* A generator that hands out the key. */
static int replay(void *context, unsigned char *out, size_t size)
{
    const struct mbedguard_cookie_state *const state = context;

    if (size != state->key_size)
        return MBEDTLS_ERR_SSL_INTERNAL_ERROR;
    memcpy(out, state->key, size);
    return 0;
}

static int raw_make(mbedtls_ssl_cookie_ctx *raw, struct mbedguard_cookie_state *state)
{
    int ret;

    mbedtls_ssl_cookie_init(raw);
    ret = mbedtls_ssl_cookie_setup(raw, replay, state);
    if (ret != 0)
        mbedtls_ssl_cookie_free(raw);
    return ret;
}

static int lane_make(mbedguard_cookie_lane *lane, struct mbedguard_cookie_state *state)
{
    const int ret = raw_make(&lane->raw, state);

    if (ret == 0)
        mbedguard_store(&lane->is_made, 1);
    return ret;
}

/*
 * Wipe and free the hash of a lane that a thread left in the middle. It is in its place from the set-up
 * to the end, whatever a call does with it. The mutex, which may be held, is let be.
 */
static void forget_key(mbedguard_cookie_lane *lane)
{
    if (mbedguard_load(&lane->is_made) == 0)
        return;
    mbedguard_store(&lane->is_made, 0);
    mbedtls_md_free(&lane->raw.MBEDTLS_PRIVATE(hmac_ctx));
}

int mbedguard_cookie_mend(mbedguard_cookie_lane *lane, struct mbedguard_cookie_state *state)
{
    int ret;

    forget_key(lane);
    ret = lane_make(lane, state);
    if (ret == 0)
        mbedguard_make_whole(&lane->lane.guard);
    return ret;
}

static void state_free(struct mbedguard_cookie_state *state)
{
    const unsigned count = state->count;
    unsigned i;

    for (i = 0; i < count; i++) {
        mbedguard_cookie_lane *const lane = &state->lanes[i];

        if (mbedguard_lane_is_whole(&lane->lane, MBEDGUARD_RANK_CACHE, __func__))
            mbedtls_ssl_cookie_free(&lane->raw);
        else
            forget_key(lane);
        mbedguard_lane_unmake(&lane->lane);
    }
    mbedtls_platform_zeroize(state, size_of(count));
    mbedtls_free(state);
}

static int make_lanes(struct mbedguard_cookie_state *state, unsigned count)
{
    int ret = 0;

    while (ret == 0 && state->count < count) {
        ret = lane_make(&state->lanes[state->count], state);
        if (ret == 0)
            mbedguard_lane_make(&state->lanes[state->count++].lane);
    }
    return ret;
}

/* The program's generator, whose bytes for the key the state gets, too. */
struct capture {
    int (*f_rng)(void *, unsigned char *, size_t);
    void *p_rng;
    struct mbedguard_cookie_state *state;
};

static int capture(void *context, unsigned char *out, size_t size)
{
    const struct capture *const self = context;
    int ret;

    if (self->state->key_size != 0 || size > sizeof self->state->key)
        return MBEDTLS_ERR_SSL_INTERNAL_ERROR;
    ret = self->f_rng(self->p_rng, out, size);
    if (ret == 0) {
        memcpy(self->state->key, out, size);
        self->state->key_size = size;
    }
    return ret;
}

/* The beginning of the padded key: it tells a key that the program has set where it had borrowed. */
static const void *mark_of(const mbedtls_ssl_cookie_ctx *raw)
{
    return raw->MBEDTLS_PRIVATE(hmac_ctx).MBEDTLS_PRIVATE(hmac_ctx);
}

static int set_up_locked(mbedguard_ssl_cookie_ctx *ctx,
                         int (*f_rng)(void *, unsigned char *, size_t), void *p_rng)
{
    const unsigned count = mbedguard_lane_count();
    struct mbedguard_cookie_state *const state =
        (struct mbedguard_cookie_state *) mbedtls_calloc(1, size_of(count));
    struct capture into = {f_rng, p_rng, state};
    mbedtls_ssl_cookie_ctx raw;
    int ret;

    if (state == NULL)
        return MBEDTLS_ERR_SSL_ALLOC_FAILED;
    mbedtls_ssl_cookie_init(&raw);
    ret = mbedtls_ssl_cookie_setup(&raw, capture, &into);
    if (ret == 0)
        ret = make_lanes(state, count);
    if (ret == 0) {
        memcpy(state->mark, mark_of(&raw), sizeof state->mark);
        exchange(&ctx->unguarded, &raw);
        mbedguard_ssl_cookie_store_free(&ctx->store);
        ctx->store.state = state;
    } else {
        state_free(state);
    }
    mbedtls_ssl_cookie_free(&raw);
    return ret;
}

struct mbedguard_cookie_state *mbedguard_cookie_state_of(const mbedguard_ssl_cookie_ctx *ctx)
{
    struct mbedguard_cookie_state *const state = ctx->store.state;
    const void *const mark = mark_of(&ctx->unguarded);

    return state != NULL && mark != NULL && memcmp(mark, state->mark, sizeof state->mark) == 0
               ? state
               : NULL;
}

void mbedguard_ssl_cookie_store_free(mbedguard_ssl_cookie_store *store)
{
    if (store->state != NULL)
        state_free(store->state);
    store->state = NULL;
}

#else

void mbedguard_ssl_cookie_store_free(mbedguard_ssl_cookie_store *store)
{
    store->state = NULL;
}

#if MBEDTLS_VERSION_NUMBER < 0x04000000
static int set_up_locked(mbedguard_ssl_cookie_ctx *ctx,
                         int (*f_rng)(void *, unsigned char *, size_t), void *p_rng)
{
    mbedtls_ssl_cookie_ctx raw;
    int ret;

    mbedtls_ssl_cookie_init(&raw);
    ret = mbedtls_ssl_cookie_setup(&raw, f_rng, p_rng);
    if (ret == 0)
        exchange(&ctx->unguarded, &raw);
    mbedtls_ssl_cookie_free(&raw);
    return ret;
}
#else
static int set_up_locked(mbedguard_ssl_cookie_ctx *ctx)
{
    mbedtls_ssl_cookie_ctx raw;
    int ret;

    mbedtls_ssl_cookie_init(&raw);
    ret = mbedtls_ssl_cookie_setup(&raw);
    if (ret == 0)
        exchange(&ctx->unguarded, &raw);
    mbedtls_ssl_cookie_free(&raw);
    return ret;
}
#endif

#endif

#if MBEDTLS_VERSION_NUMBER < 0x04000000
int mbedguard_ssl_cookie_setup(mbedguard_ssl_cookie_ctx *ctx,
                               int (*f_rng)(void *, unsigned char *, size_t), void *p_rng)
{
    mbedguard_want set[2] = {{MBEDGUARD_GUARD_OF(ctx), CHANGES}, MBEDGUARD_COOKIE_WANT};
    int ret;

    if (ctx == NULL || (f_rng == NULL && !MBEDGUARD_COOKIE_PSA))
        return MBEDGUARD_ERR_BAD_INPUT;
    if (set[1].guard == NULL)
        set[1] = mbedguard_psa_want_for(f_rng);
    ret = mbedguard_psa_enter_set_inside(set, 2, __func__);
    if (ret != 0)
        return ret;
    ret = set_up_locked(ctx, f_rng, p_rng);
    if (mbedguard_leave_set(set, 2) != 0 && ret >= 0)
        ret = MBEDGUARD_ERR_THREADING;
    return ret;
}
#else
int mbedguard_ssl_cookie_setup(mbedguard_ssl_cookie_ctx *ctx)
{
    mbedguard_want set[2] = {{MBEDGUARD_GUARD_OF(ctx), CHANGES}, MBEDGUARD_COOKIE_WANT};
    int ret;

    if (ctx == NULL)
        return MBEDGUARD_ERR_BAD_INPUT;
    ret = mbedguard_psa_enter_set_inside(set, 2, __func__);
    if (ret != 0)
        return ret;
    ret = set_up_locked(ctx);
    if (mbedguard_leave_set(set, 2) != 0 && ret >= 0)
        ret = MBEDGUARD_ERR_THREADING;
    return ret;
}
#endif

#endif /* MBEDTLS_SSL_COOKIE_C */
