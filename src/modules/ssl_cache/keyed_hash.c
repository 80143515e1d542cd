/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* SipHash-2-4, as J.-P. Aumasson and D. J. Bernstein describe it, and where its key comes from. */
#include "modules/ssl_cache/keyed_hash.h"

#include <mbedguard/ssl_cache.h>

#if defined(MBEDTLS_SSL_CACHE_C)

#include <string.h>

#include <mbedtls/platform_util.h>
#if defined(MBEDTLS_HAVE_TIME)
#include <mbedtls/platform_time.h>
#endif

#if MBEDTLS_VERSION_NUMBER >= 0x04000000
#include <mbedguard/psa/crypto.h>
#elif defined(MBEDTLS_ENTROPY_C)
#include <mbedtls/entropy.h>
#endif

typedef struct state {
    uint64_t v0, v1, v2, v3;
} state;

static uint64_t rotate(uint64_t x, unsigned bits)
{
    return (x << bits) | (x >> (64 - bits));
}

static void mix(state *s)
{
    s->v0 += s->v1;
    s->v2 += s->v3;
    s->v1 = rotate(s->v1, 13) ^ s->v0;
    s->v3 = rotate(s->v3, 16) ^ s->v2;
    s->v0 = rotate(s->v0, 32);
    s->v2 += s->v1;
    s->v0 += s->v3;
    s->v1 = rotate(s->v1, 17) ^ s->v2;
    s->v3 = rotate(s->v3, 21) ^ s->v0;
    s->v2 = rotate(s->v2, 32);
}

static void take_in(state *s, uint64_t word)
{
    s->v3 ^= word;
    mix(s);
    mix(s);
    s->v0 ^= word;
}

/* Little endian, as the description has it; at most 8 bytes. */
static uint64_t word_of(const unsigned char *data, size_t length)
{
    uint64_t word = 0;

    while (length > 0)
        word = (word << 8) | data[--length];
    return word;
}

uint64_t mbedguard_keyed_hash(const mbedguard_hash_key *key, const unsigned char *data,
                              size_t length)
{
    const uint64_t k0 = key->word[0], k1 = key->word[1];
    const uint64_t end = (uint64_t) (length & 0xFF) << 56;
    state s = { k0 ^ 0x736F6D6570736575u, k1 ^ 0x646F72616E646F6Du, k0 ^ 0x6C7967656E657261u,
                k1 ^ 0x7465646279746573u };

    for (; length >= 8; length -= 8, data += 8)
        take_in(&s, word_of(data, 8));
    take_in(&s, end | word_of(data, length));
    s.v2 ^= 0xFF;
    mix(&s);
    mix(&s);
    mix(&s);
    mix(&s);
    return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}

/* Where the program never set Mbed TLS up for it there is none. A seed file is the program's. */
static void gather(unsigned char *bytes, size_t length)
{
#if MBEDTLS_VERSION_NUMBER >= 0x04000000
    /* The store comes after the cache. Whoever holds it already does without. */
    (void) mbedguard_psa_generate_random(bytes, length);
#elif defined(MBEDTLS_ENTROPY_C) && !defined(MBEDTLS_ENTROPY_NV_SEED)
    mbedtls_entropy_context entropy;

    mbedtls_entropy_init(&entropy);
    (void) mbedtls_entropy_func(&entropy, bytes, length);
    mbedtls_entropy_free(&entropy);
#else
    (void) bytes;
    (void) length;
#endif
}

void mbedguard_hash_key_draw(mbedguard_hash_key *key)
{
    struct {
        unsigned char gathered[16];
        const void *stack, *data, *heap;
        int64_t now;
    } seed;
    mbedguard_hash_key first = { { 0, 1 } }, second = { { 2, 3 } };
    static const unsigned char somewhere;

    memset(&seed, 0, sizeof(seed));
    gather(seed.gathered, sizeof(seed.gathered));
    seed.stack = &seed;
    seed.data = &somewhere;
    seed.heap = key;
#if defined(MBEDTLS_HAVE_TIME)
    seed.now = (int64_t) mbedtls_time(NULL);
#endif
    key->word[0] = mbedguard_keyed_hash(&first, (const unsigned char *) &seed, sizeof(seed));
    key->word[1] = mbedguard_keyed_hash(&second, (const unsigned char *) &seed, sizeof(seed));
    mbedtls_platform_zeroize(&seed, sizeof(seed));
}

#endif
