/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* What a ticket context has beside Mbed TLS's: made and replaced as a whole. */
#include "modules/ssl_ticket/ticket.h"

#if defined(MBEDTLS_SSL_TICKET_C)

#include <string.h>

#include <mbedtls/platform.h>
#include <mbedtls/platform_util.h>

#include "core/atomic.h"
#include "manual/ssl_ticket_store.h"

#if MBEDGUARD_TICKET_LANES

static size_t size_of(unsigned count)
{
    return sizeof(struct mbedguard_ticket_state) + count * sizeof(mbedguard_ticket_lane);
}

/*
 * Wipe and free the keys of a lane that a thread left in the middle. They are in their places from the
 * set-up to the end, whatever a call does with them. The mutex, which may be held, is let be.
 */
static void forget_keys(mbedguard_ticket_lane *lane)
{
    unsigned i;

    if (mbedguard_load(&lane->is_made) == 0)
        return;
    mbedguard_store(&lane->is_made, 0);
    for (i = 0; i < 2; i++)
        mbedtls_cipher_free(&lane->raw.MBEDTLS_PRIVATE(keys)[i].MBEDTLS_PRIVATE(ctx));
}

static int lane_make(mbedguard_ticket_lane *lane, const mbedguard_ticket_ring *ring)
{
    const int ret = mbedguard_ticket_raw_make(&lane->raw, ring);

    if (ret == 0)
        mbedguard_store(&lane->is_made, 1);
    return ret;
}

static void lane_end(mbedguard_ticket_lane *lane)
{
    if (mbedguard_lane_is_whole(&lane->lane, MBEDGUARD_RANK_CACHE, __func__))
        mbedtls_ssl_ticket_free(&lane->raw);
    else
        forget_keys(lane);
    mbedguard_lane_unmake(&lane->lane);
}

static void state_free(struct mbedguard_ticket_state *state)
{
    const unsigned count = state->count;
    unsigned i;

    for (i = 0; i < count; i++)
        lane_end(&state->lanes[i]);
    mbedtls_platform_zeroize(state, size_of(count));
    mbedtls_free(state);
}

static int state_make(struct mbedguard_ticket_state **made, const mbedguard_ticket_ring *ring)
{
    const unsigned count = mbedguard_lane_count();
    struct mbedguard_ticket_state *const state =
        (struct mbedguard_ticket_state *) mbedtls_calloc(1, size_of(count));
    int ret = 0;

    if (state == NULL)
        return MBEDTLS_ERR_SSL_ALLOC_FAILED;
    state->ring = *ring;
    while (ret == 0 && state->count < count) {
        ret = lane_make(&state->lanes[state->count], ring);
        if (ret == 0)
            mbedguard_lane_make(&state->lanes[state->count++].lane);
    }
    if (ret != 0)
        state_free(state);
    else
        *made = state;
    return ret;
}

int mbedguard_ticket_mend(mbedguard_ticket_lane *lane, const mbedguard_ticket_ring *ring)
{
    int ret;

    forget_keys(lane);
    ret = lane_make(lane, ring);
    if (ret == 0)
        mbedguard_make_whole(&lane->lane.guard);
    return ret;
}

#else

static void state_free(struct mbedguard_ticket_state *state)
{
    mbedtls_platform_zeroize(state, sizeof *state);
    mbedtls_free(state);
}

static int state_make(struct mbedguard_ticket_state **made, const mbedguard_ticket_ring *ring)
{
    struct mbedguard_ticket_state *const state =
        (struct mbedguard_ticket_state *) mbedtls_calloc(1, sizeof *state);

    if (state == NULL)
        return MBEDTLS_ERR_SSL_ALLOC_FAILED;
    state->ring = *ring;
    *made = state;
    return 0;
}

#endif

int mbedguard_ticket_install(mbedguard_ssl_ticket_context *ctx, const mbedguard_ticket_ring *ring)
{
    struct mbedguard_ticket_state *const old = ctx->store.state;
    struct mbedguard_ticket_state *state;
    mbedtls_ssl_ticket_context raw;
    uint32_t whole = 0;
    int ret = state_make(&state, ring);

    if (ret != 0)
        return ret;
    ret = mbedguard_ticket_raw_make(&raw, ring);
    if (ret != 0) {
        state_free(state);
        return ret;
    }
    if (old != NULL) {
        whole = mbedguard_load(&old->is_whole);
        mbedguard_store(&old->is_whole, 0);
    }
    /* A child of fork() that was made in between finds nothing that is marked. */
    mbedguard_ticket_raw_exchange(&ctx->unguarded, &raw);
    ctx->store.state = state;
    mbedguard_store(&state->is_whole, whole);
    mbedtls_ssl_ticket_free(&raw);
    if (old != NULL)
        state_free(old);
    return 0;
}

struct mbedguard_ticket_state *mbedguard_ticket_state_of(const mbedguard_ssl_ticket_context *ctx)
{
    struct mbedguard_ticket_state *const state = ctx->store.state;

    return state != NULL && mbedguard_ticket_raw_is_of(&ctx->unguarded, &state->ring) ? state
                                                                                      : NULL;
}

void mbedguard_ssl_ticket_store_free(mbedguard_ssl_ticket_store *store)
{
    if (store->state != NULL)
        state_free(store->state);
    store->state = NULL;
}

#if !defined(MBEDGUARD_THREADING_NONE)

#define BROKEN (MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_CACHE | MBEDGUARD_EVEN_BROKEN)

int mbedguard_ticket_make_whole(mbedguard_ssl_ticket_context *ctx,
                                const char *where) MBEDGUARD_NO_ANALYSIS
{
    mbedguard_guard *const guard = MBEDGUARD_GUARD_OF(ctx);
    struct mbedguard_ticket_state *state;
    int ret = MBEDGUARD_ERR_BROKEN;

    if (mbedguard_enter(guard, BROKEN, where) != 0)
        return ret;
    state = ctx->store.state;
    if (!mbedguard_is_broken(guard)) {
        ret = 0;
    } else if (state != NULL && mbedguard_load(&state->is_whole) != 0) {
        mbedguard_store(&state->is_whole, 0);
        mbedguard_make_whole(guard);
        ret = 0;
    }
    (void) mbedguard_leave(guard, BROKEN);
    return ret;
}

/* The core forgets what is broken; these are keys, and do not stay. Who may not free is told so then. */
int mbedguard_ssl_ticket_before_free(mbedguard_ssl_ticket_context *ctx)
{
    if (!MBEDGUARD_MISSING(ctx))
        (void) mbedguard_ticket_make_whole(ctx, __func__);
    return 0;
}

#else

int mbedguard_ssl_ticket_before_free(mbedguard_ssl_ticket_context *ctx)
{
    (void) ctx;
    return 0;
}

#endif

static int enter_once(mbedguard_ssl_ticket_context *ctx, unsigned how, mbedguard_want set[2],
                      const char *where)
{
    const mbedguard_want wants[2] = {{MBEDGUARD_GUARD_OF(ctx), how}, MBEDGUARD_PSA_INSIDE_WANT};

    set[0] = wants[0];
    set[1] = wants[1];
    return mbedguard_psa_enter_set_inside(set, 2, where);
}

int mbedguard_ticket_enter(mbedguard_ssl_ticket_context *ctx, unsigned how, mbedguard_want set[2],
                           const char *where)
{
    int ret = enter_once(ctx, how, set, where);

#if !defined(MBEDGUARD_THREADING_NONE)
    if (ret == MBEDGUARD_ERR_BROKEN && mbedguard_ticket_make_whole(ctx, where) == 0)
        ret = enter_once(ctx, how, set, where);
#endif
    return ret;
}

#endif /* MBEDTLS_SSL_TICKET_C */
