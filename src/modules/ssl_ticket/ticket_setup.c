/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Setting a ticket context up, and giving it a key of the program's. */
#include "modules/ssl_ticket/ticket.h"

#if defined(MBEDTLS_SSL_TICKET_C)

#include <string.h>

#include <mbedtls/platform_util.h>

#include <mbedguard/ssl_conf_access.h>

#include "callback_object.h"
#include "core/atomic.h"

#define CHANGES (MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_CACHE | MBEDGUARD_CALLS_OUT)

/* ---- Setting up ------------------------------------------------------------------------------ */

#if MBEDTLS_VERSION_NUMBER < 0x04000000

/* The program's generator, whose bytes for Mbed TLS's keys the ring gets, too. */
struct capture {
    mbedguard_ticket_ring *ring;
    unsigned step;
};

static int capture(void *context, unsigned char *out, size_t size)
{
    struct capture *const self = context;
    const unsigned step = self->step++;
    mbedguard_ticket_key *const key = &self->ring->key[step / 2 % 2];
    int ret;

    if (step > 3 || size != (step % 2 == 0 ? sizeof key->name : sizeof key->secret))
        return MBEDTLS_ERR_SSL_INTERNAL_ERROR;
    ret = self->ring->f_rng(self->ring->p_rng, out, size);
    if (ret == 0)
        memcpy(step % 2 == 0 ? key->name : key->secret, out, size);
    return ret;
}

static int make_keys(mbedtls_ssl_ticket_context *raw, mbedguard_ticket_ring *ring)
{
    struct capture into = {ring, 0};

    return mbedtls_ssl_ticket_setup(raw, capture, &into, ring->cipher, ring->lifetime);
}

#else

static int make_keys(mbedtls_ssl_ticket_context *raw, mbedguard_ticket_ring *ring)
{
    int ret = mbedtls_ssl_ticket_setup(raw, ring->alg, ring->key_type,
                                       (psa_key_bits_t) ring->key_bits, ring->lifetime);

    if (ret == 0)
        ret = mbedguard_ticket_draw(ring, &ring->key[0]);
    return ret != 0 ? ret : mbedguard_ticket_draw(ring, &ring->key[1]);
}

#endif

/* Mbed TLS says what it thinks of the parameters; the keys of the ring are new ones. */
static int fill(mbedguard_ticket_ring *ring)
{
    mbedtls_ssl_ticket_context raw;
    unsigned i;
    int ret;

    mbedtls_ssl_ticket_init(&raw);
    ret = make_keys(&raw, ring);
    if (ret == 0)
        ring->key_bits = mbedguard_ticket_raw_key_bits(&raw);
    mbedtls_ssl_ticket_free(&raw);
    for (i = 0; i < 2; i++) {
        ring->key[i].made = mbedguard_ticket_now();
        ring->key[i].lifetime = ring->lifetime;
    }
    return ret;
}

static int set_up_locked(mbedguard_ssl_ticket_context *ctx, mbedguard_ticket_ring *ring)
{
    int ret = fill(ring);

    if (ret == 0)
        ret = mbedguard_ticket_install(ctx, ring);
    mbedtls_platform_zeroize(ring, sizeof *ring);
    return ret;
}

#if MBEDTLS_VERSION_NUMBER < 0x04000000

static int set_up_and_keep(mbedguard_ssl_ticket_context *ctx, mbedguard_ticket_ring *ring,
                           const char *where)
{
    unsigned rank = 0;
    mbedguard_guard *const kept =
        mbedguard_callback_object((void (*)(void)) ring->f_rng, ring->p_rng, &rank);
    mbedguard_keep keep;
    int ret = mbedguard_keep_begin(&keep, MBEDGUARD_GUARD_OF(ctx), MBEDGUARD_RANK_CACHE, kept, rank,
                                   1, true, where);

    if (ret != 0)
        return ret;
    ret = set_up_locked(ctx, ring);
    if (ret == 0)
        mbedguard_keep_commit(&keep);
    else
        mbedguard_keep_abort(&keep);
    return ret;
}

int mbedguard_ssl_ticket_setup(mbedguard_ssl_ticket_context *ctx,
                               int (*f_rng)(void *, unsigned char *, size_t), void *p_rng,
                               mbedtls_cipher_type_t cipher, uint32_t lifetime)
{
    mbedguard_ticket_ring ring = {0};
    mbedguard_want set[2];
    int ret;

    if (ctx == NULL || f_rng == NULL)
        return MBEDGUARD_ERR_BAD_INPUT;
    ring.f_rng = f_rng;
    ring.p_rng = p_rng;
    ring.cipher = cipher;
    ring.lifetime = lifetime;
    ret = mbedguard_ticket_enter(ctx, CHANGES, set, __func__);
    if (ret != 0)
        return ret;
    ret = set_up_and_keep(ctx, &ring, __func__);
    if (mbedguard_leave_set(set, 2) != 0 && ret >= 0)
        ret = MBEDGUARD_ERR_THREADING;
    return ret;
}

#else

int mbedguard_ssl_ticket_setup(mbedguard_ssl_ticket_context *ctx, psa_algorithm_t alg,
                               psa_key_type_t key_type, psa_key_bits_t key_bits, uint32_t lifetime)
{
    mbedguard_ticket_ring ring = {0};
    mbedguard_want set[2];
    int ret;

    if (ctx == NULL)
        return MBEDGUARD_ERR_BAD_INPUT;
    ring.alg = alg;
    ring.key_type = key_type;
    ring.key_bits = key_bits;
    ring.lifetime = lifetime;
    ret = mbedguard_ticket_enter(ctx, CHANGES, set, __func__);
    if (ret != 0)
        return ret;
    ret = set_up_locked(ctx, &ring);
    if (mbedguard_leave_set(set, 2) != 0 && ret >= 0)
        ret = MBEDGUARD_ERR_THREADING;
    return ret;
}

#endif

/* ---- A key of the program's ------------------------------------------------------------------ */

static int rotate_locked(mbedguard_ssl_ticket_context *ctx, const unsigned char *name,
                         size_t nlength, const unsigned char *k, size_t klength, uint32_t lifetime)
{
    struct mbedguard_ticket_state *const state = mbedguard_ticket_state_of(ctx);
    mbedguard_ticket_ring ring;
    mbedguard_ticket_key *key;
    int ret;

    if (state == NULL && mbedguard_ticket_raw_is_set_up(&ctx->unguarded)) {
#if MBEDTLS_VERSION_NUMBER >= 0x03000000
        /* The program has set it up itself, where it had borrowed it. */
        return mbedtls_ssl_ticket_rotate(&ctx->unguarded, name, nlength, k, klength, lifetime);
#else
        return MBEDGUARD_ERR_UNSUPPORTED;
#endif
    }
    if (state == NULL || nlength < sizeof key->name || klength < (state->ring.key_bits + 7) / 8)
        return MBEDGUARD_TICKET_BAD_KEY;
    mbedguard_store(&state->is_whole, 1);
    ring = state->ring;
    ring.active = 1 - ring.active;
    ring.lifetime = lifetime;
    key = &ring.key[ring.active];
    memset(key, 0, sizeof *key);
    memcpy(key->name, name, sizeof key->name);
    memcpy(key->secret, k, (ring.key_bits + 7) / 8);
    key->made = mbedguard_ticket_now();
    key->lifetime = lifetime;
#if MBEDTLS_VERSION_NUMBER < 0x03000000
    ring.key[1 - ring.active].lifetime = lifetime;
#endif
    ret = mbedguard_ticket_install(ctx, &ring);
    mbedguard_store(&ctx->store.state->is_whole, 0);
    mbedtls_platform_zeroize(&ring, sizeof ring);
    return ret;
}

int mbedguard_ssl_ticket_rotate(mbedguard_ssl_ticket_context *ctx, const unsigned char *name,
                                size_t nlength, const unsigned char *k, size_t klength,
                                uint32_t lifetime)
{
    mbedguard_want set[2];
    int ret;

    if (ctx == NULL || name == NULL || k == NULL)
        return MBEDGUARD_ERR_BAD_INPUT;
    ret = mbedguard_ticket_enter(ctx, CHANGES, set, __func__);
    if (ret != 0)
        return ret;
    ret = rotate_locked(ctx, name, nlength, k, klength, lifetime);
    if (mbedguard_leave_set(set, 2) != 0 && ret >= 0)
        ret = MBEDGUARD_ERR_THREADING;
    return ret;
}

#endif /* MBEDTLS_SSL_TICKET_C */
