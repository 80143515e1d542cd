/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The two keys of a ticket context, and contexts of Mbed TLS's that have them. */
#include "modules/ssl_ticket/ticket.h"

#if defined(MBEDTLS_SSL_TICKET_C)

#include <string.h>

#include <mbedtls/platform.h>
#include <mbedtls/platform_util.h>
#if defined(MBEDTLS_HAVE_TIME)
#include <mbedtls/platform_time.h>
#endif

int64_t mbedguard_ticket_now(void)
{
#if defined(MBEDTLS_HAVE_TIME)
    return (int64_t) mbedtls_time(NULL);
#else
    return 0;
#endif
}

bool mbedguard_ticket_is_due(const mbedguard_ticket_ring *ring)
{
#if defined(MBEDTLS_HAVE_TIME)
    const mbedguard_ticket_key *const key = &ring->key[ring->active];
    int64_t now;

    if (key->lifetime == 0)
        return false;
    now = mbedguard_ticket_now();
    return now < key->made || (uint64_t) (now - key->made) >= key->lifetime;
#else
    (void) ring;
    return false;
#endif
}

static int draw(const mbedguard_ticket_ring *ring, unsigned char *out, size_t size)
{
#if MBEDTLS_VERSION_NUMBER >= 0x04000000
    (void) ring;
    return (int) psa_generate_random(out, size);
#else
    return ring->f_rng(ring->p_rng, out, size);
#endif
}

int mbedguard_ticket_draw(const mbedguard_ticket_ring *ring, mbedguard_ticket_key *key)
{
    const int ret = draw(ring, key->name, sizeof key->name);

    return ret != 0 ? ret : draw(ring, key->secret, sizeof key->secret);
}

int mbedguard_ticket_renew(mbedguard_ticket_ring *ring)
{
    const unsigned next = 1 - ring->active;
    int ret = mbedguard_ticket_draw(ring, &ring->key[next]);

    if (ret != 0)
        return ret;
    ring->key[next].made = mbedguard_ticket_now();
    ring->key[next].lifetime = ring->lifetime;
    ring->active = next;
    return 0;
}

/* ---- Contexts of Mbed TLS's ------------------------------------------------------------------ */

/* What Mbed TLS looks at beside the keys. */
static void mark(mbedtls_ssl_ticket_context *raw, const mbedguard_ticket_ring *ring)
{
    unsigned i;

    for (i = 0; i < 2; i++) {
        mbedtls_ssl_ticket_key *const key = &raw->MBEDTLS_PRIVATE(keys)[i];

#if MBEDTLS_VERSION_NUMBER < 0x03000000
        key->generation_time = (uint32_t) ring->key[i].made;
#else
#if defined(MBEDTLS_HAVE_TIME)
        key->MBEDTLS_PRIVATE(generation_time) = (mbedtls_time_t) ring->key[i].made;
#endif
        key->MBEDTLS_PRIVATE(lifetime) = ring->key[i].lifetime;
#endif
    }
    raw->MBEDTLS_PRIVATE(active) = (unsigned char) ring->active;
    raw->MBEDTLS_PRIVATE(ticket_lifetime) = ring->lifetime;
#if MBEDTLS_VERSION_NUMBER < 0x04000000
    raw->MBEDTLS_PRIVATE(f_rng) = ring->f_rng;
    raw->MBEDTLS_PRIVATE(p_rng) = ring->p_rng;
#endif
}

#if MBEDTLS_VERSION_NUMBER < 0x04000000

/* A generator that hands out what the ring has, in the order in which Mbed TLS asks. */
struct replay {
    const mbedguard_ticket_ring *ring;
    unsigned step;
};

static int replay(void *context, unsigned char *out, size_t size)
{
    struct replay *const self = context;
    const unsigned step = self->step++;
    const mbedguard_ticket_key *const key = &self->ring->key[step / 2 % 2];

    if (step > 3 || size != (step % 2 == 0 ? sizeof key->name : sizeof key->secret))
        return MBEDTLS_ERR_SSL_INTERNAL_ERROR;
    memcpy(out, step % 2 == 0 ? key->name : key->secret, size);
    return 0;
}

static int set_keys(mbedtls_ssl_ticket_context *raw, const mbedguard_ticket_ring *ring)
{
    struct replay from = {ring, 0};

    return mbedtls_ssl_ticket_setup(raw, replay, &from, ring->cipher, ring->lifetime);
}

#else

/* The set-up makes keys of its own, and begins with the first; a rotation turns to the other one. */
static int set_keys(mbedtls_ssl_ticket_context *raw, const mbedguard_ticket_ring *ring)
{
    int ret = mbedtls_ssl_ticket_setup(raw, ring->alg, ring->key_type,
                                       (psa_key_bits_t) ring->key_bits, ring->lifetime);
    unsigned i;

    for (i = 2; ret == 0 && i > 0; i--)
        ret = mbedtls_ssl_ticket_rotate(raw, ring->key[i - 1].name, sizeof ring->key[i - 1].name,
                                        ring->key[i - 1].secret, (ring->key_bits + 7) / 8,
                                        ring->key[i - 1].lifetime);
    return ret;
}

#endif

int mbedguard_ticket_raw_make(mbedtls_ssl_ticket_context *raw, const mbedguard_ticket_ring *ring)
{
    int ret;

    mbedtls_ssl_ticket_init(raw);
    ret = set_keys(raw, ring);
    if (ret != 0)
        mbedtls_ssl_ticket_free(raw);
    else
        mark(raw, ring);
    return ret;
}

void mbedguard_ticket_raw_exchange(mbedtls_ssl_ticket_context *a, mbedtls_ssl_ticket_context *b)
{
    mbedtls_ssl_ticket_context c = *a;

    memcpy(a->MBEDTLS_PRIVATE(keys), b->MBEDTLS_PRIVATE(keys), sizeof a->MBEDTLS_PRIVATE(keys));
    memcpy(b->MBEDTLS_PRIVATE(keys), c.MBEDTLS_PRIVATE(keys), sizeof b->MBEDTLS_PRIVATE(keys));
    a->MBEDTLS_PRIVATE(active) = b->MBEDTLS_PRIVATE(active);
    b->MBEDTLS_PRIVATE(active) = c.MBEDTLS_PRIVATE(active);
    a->MBEDTLS_PRIVATE(ticket_lifetime) = b->MBEDTLS_PRIVATE(ticket_lifetime);
    b->MBEDTLS_PRIVATE(ticket_lifetime) = c.MBEDTLS_PRIVATE(ticket_lifetime);
#if MBEDTLS_VERSION_NUMBER < 0x04000000
    a->MBEDTLS_PRIVATE(f_rng) = b->MBEDTLS_PRIVATE(f_rng);
    b->MBEDTLS_PRIVATE(f_rng) = c.MBEDTLS_PRIVATE(f_rng);
    a->MBEDTLS_PRIVATE(p_rng) = b->MBEDTLS_PRIVATE(p_rng);
    b->MBEDTLS_PRIVATE(p_rng) = c.MBEDTLS_PRIVATE(p_rng);
#endif
    mbedtls_platform_zeroize(&c, sizeof c);
}

static bool key_is_of(const mbedtls_ssl_ticket_key *raw, const mbedguard_ticket_key *key)
{
    if (memcmp(raw->MBEDTLS_PRIVATE(name), key->name, sizeof key->name) != 0)
        return false;
#if MBEDTLS_VERSION_NUMBER < 0x03000000
    return raw->generation_time == (uint32_t) key->made;
#else
#if defined(MBEDTLS_HAVE_TIME)
    if ((int64_t) raw->MBEDTLS_PRIVATE(generation_time) != key->made)
        return false;
#endif
    return raw->MBEDTLS_PRIVATE(lifetime) == key->lifetime;
#endif
}

bool mbedguard_ticket_raw_is_of(const mbedtls_ssl_ticket_context *raw,
                                const mbedguard_ticket_ring *ring)
{
#if MBEDTLS_VERSION_NUMBER < 0x04000000
    if (raw->MBEDTLS_PRIVATE(f_rng) != ring->f_rng || raw->MBEDTLS_PRIVATE(p_rng) != ring->p_rng)
        return false;
#endif
    return raw->MBEDTLS_PRIVATE(active) == ring->active &&
           raw->MBEDTLS_PRIVATE(ticket_lifetime) == ring->lifetime &&
           key_is_of(&raw->MBEDTLS_PRIVATE(keys)[0], &ring->key[0]) &&
           key_is_of(&raw->MBEDTLS_PRIVATE(keys)[1], &ring->key[1]);
}

bool mbedguard_ticket_raw_is_set_up(const mbedtls_ssl_ticket_context *raw)
{
#if MBEDTLS_VERSION_NUMBER < 0x04000000
    return raw->MBEDTLS_PRIVATE(f_rng) != NULL;
#else
    return raw->MBEDTLS_PRIVATE(keys)[0].MBEDTLS_PRIVATE(alg) != 0;
#endif
}

size_t mbedguard_ticket_raw_key_bits(const mbedtls_ssl_ticket_context *raw)
{
#if MBEDGUARD_TICKET_PSA
    return raw->MBEDTLS_PRIVATE(keys)[0].MBEDTLS_PRIVATE(key_bits);
#else
    return (size_t) mbedtls_cipher_get_key_bitlen(
        &raw->MBEDTLS_PRIVATE(keys)[0].MBEDTLS_PRIVATE(ctx));
#endif
}

#endif /* MBEDTLS_SSL_TICKET_C */
