/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The keys of a ticket context as bytes, for other processes. */
#include "modules/ssl_ticket/ticket.h"

#if defined(MBEDTLS_SSL_TICKET_C)

#include <string.h>

#include <mbedtls/platform_util.h>

#include <mbedguard/ssl_ticket_keys.h>

#include "core/atomic.h"

#define SIZE        ((size_t) MBEDGUARD_SSL_TICKET_KEYS_SIZE)
#define FORMAT      1u
#define KEYS_AT     16u
#define KEY_SIZE    48u
#define CHECKED     (SIZE - 4u)
#define MODE_GCM    1u
#define MODE_CCM    2u
#define MODE_POLY   3u
#define BASE_AES    1u
#define BASE_ARIA   2u
#define BASE_CAM    3u
#define BASE_CHACHA 4u

static const unsigned char magic[4] = {'m', 'g', 'T', 'K'};

/* ---- Which cipher, in numbers that no version changes ------------------------------------------- */

typedef struct suite {
    unsigned mode, base, bits; /* mode 0: none that has a number */
} suite;

#if MBEDTLS_VERSION_NUMBER >= 0x04000000

static suite suite_of(const mbedguard_ticket_ring *ring)
{
    suite found = {0, 0, (unsigned) ring->key_bits};

    switch (ring->key_type) {
    case PSA_KEY_TYPE_AES:
        found.base = BASE_AES;
        break;
    case PSA_KEY_TYPE_ARIA:
        found.base = BASE_ARIA;
        break;
    case PSA_KEY_TYPE_CAMELLIA:
        found.base = BASE_CAM;
        break;
    case PSA_KEY_TYPE_CHACHA20:
        found.base = BASE_CHACHA;
        break;
    default:
        return found;
    }
    if (ring->alg == PSA_ALG_GCM)
        found.mode = MODE_GCM;
    else if (ring->alg == PSA_ALG_CCM)
        found.mode = MODE_CCM;
    else if (ring->alg == PSA_ALG_CHACHA20_POLY1305)
        found.mode = MODE_POLY;
    return found;
}

#else

static suite suite_of(const mbedguard_ticket_ring *ring)
{
    static const struct {
        mbedtls_cipher_type_t type;
        suite is;
    } known[] = {
        {MBEDTLS_CIPHER_AES_128_GCM, {MODE_GCM, BASE_AES, 128}},
        {MBEDTLS_CIPHER_AES_192_GCM, {MODE_GCM, BASE_AES, 192}},
        {MBEDTLS_CIPHER_AES_256_GCM, {MODE_GCM, BASE_AES, 256}},
        {MBEDTLS_CIPHER_AES_128_CCM, {MODE_CCM, BASE_AES, 128}},
        {MBEDTLS_CIPHER_AES_192_CCM, {MODE_CCM, BASE_AES, 192}},
        {MBEDTLS_CIPHER_AES_256_CCM, {MODE_CCM, BASE_AES, 256}},
        {MBEDTLS_CIPHER_ARIA_128_GCM, {MODE_GCM, BASE_ARIA, 128}},
        {MBEDTLS_CIPHER_ARIA_192_GCM, {MODE_GCM, BASE_ARIA, 192}},
        {MBEDTLS_CIPHER_ARIA_256_GCM, {MODE_GCM, BASE_ARIA, 256}},
        {MBEDTLS_CIPHER_ARIA_128_CCM, {MODE_CCM, BASE_ARIA, 128}},
        {MBEDTLS_CIPHER_ARIA_192_CCM, {MODE_CCM, BASE_ARIA, 192}},
        {MBEDTLS_CIPHER_ARIA_256_CCM, {MODE_CCM, BASE_ARIA, 256}},
        {MBEDTLS_CIPHER_CAMELLIA_128_GCM, {MODE_GCM, BASE_CAM, 128}},
        {MBEDTLS_CIPHER_CAMELLIA_192_GCM, {MODE_GCM, BASE_CAM, 192}},
        {MBEDTLS_CIPHER_CAMELLIA_256_GCM, {MODE_GCM, BASE_CAM, 256}},
        {MBEDTLS_CIPHER_CAMELLIA_128_CCM, {MODE_CCM, BASE_CAM, 128}},
        {MBEDTLS_CIPHER_CAMELLIA_192_CCM, {MODE_CCM, BASE_CAM, 192}},
        {MBEDTLS_CIPHER_CAMELLIA_256_CCM, {MODE_CCM, BASE_CAM, 256}},
        {MBEDTLS_CIPHER_CHACHA20_POLY1305, {MODE_POLY, BASE_CHACHA, 256}},
    };
    static const suite none = {0, 0, 0};
    size_t i;

    for (i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (known[i].type == ring->cipher)
            return known[i].is;
    }
    return none;
}

#endif

/* ---- Bytes ------------------------------------------------------------------------------------- */

static void put(unsigned char *at, size_t size, uint64_t value)
{
    while (size > 0) {
        at[--size] = (unsigned char) (value & 0xFF);
        value >>= 8;
    }
}

static uint64_t get(const unsigned char *at, size_t size)
{
    uint64_t value = 0;
    size_t i;

    for (i = 0; i < size; i++)
        value = value << 8 | at[i];
    return value;
}

static uint32_t check_of(const unsigned char *bytes)
{
    uint32_t hash = 0x811C9DC5u;
    size_t i;

    for (i = 0; i < CHECKED; i++)
        hash = (hash ^ bytes[i]) * 0x01000193u;
    return hash;
}

static void put_key(unsigned char *at, const mbedguard_ticket_key *key, size_t used)
{
    memcpy(at, key->name, sizeof key->name);
    put(at + 4, 8, (uint64_t) key->made);
    put(at + 12, 4, key->lifetime);
    memcpy(at + 16, key->secret, used);
}

static void get_key(const unsigned char *at, mbedguard_ticket_key *key)
{
    const int64_t now = mbedguard_ticket_now();
    const uint64_t made = get(at + 4, 8);

    memcpy(key->name, at, sizeof key->name);
    key->made = made > (uint64_t) now ? now : (int64_t) made;
    key->lifetime = (uint32_t) get(at + 12, 4);
    memcpy(key->secret, at + 16, sizeof key->secret);
}

/* The part that is the same for all keys of a cipher. */
static void put_head(unsigned char *bytes, suite is)
{
    memcpy(bytes, magic, sizeof magic);
    bytes[4] = FORMAT;
    bytes[5] = (unsigned char) is.mode;
    bytes[6] = (unsigned char) is.base;
    bytes[7] = 0;
    put(bytes + 8, 2, is.bits);
    put(bytes + 10, 2, 0);
}

#define HEAD_SIZE 12u

static int export_locked(const mbedguard_ssl_ticket_context *ctx, unsigned char *buf)
{
    const struct mbedguard_ticket_state *const state = mbedguard_ticket_state_of(ctx);
    const mbedguard_ticket_ring *ring;
    suite is;
    unsigned i;

    if (state == NULL)
        return mbedguard_ticket_raw_is_set_up(&ctx->unguarded) ? MBEDGUARD_ERR_UNSUPPORTED
                                                               : MBEDTLS_ERR_SSL_BAD_INPUT_DATA;
    ring = &state->ring;
    is = suite_of(ring);
    if (is.mode == 0 || is.base == 0)
        return MBEDGUARD_ERR_UNSUPPORTED;
    memset(buf, 0, SIZE);
    put_head(buf, is);
    put(buf + HEAD_SIZE, 4, ring->lifetime);
    for (i = 0; i < 2; i++)
        put_key(buf + KEYS_AT + i * KEY_SIZE, &ring->key[i == 0 ? ring->active : 1 - ring->active],
                (ring->key_bits + 7) / 8);
    put(buf + CHECKED, 4, check_of(buf));
    return 0;
}

static int export_once(const mbedguard_ssl_ticket_context *ctx, unsigned char *buf,
                       const char *where)
{
    const unsigned how = MBEDGUARD_SHARED | MBEDGUARD_RANK_CACHE;
    mbedguard_guard *const guard = MBEDGUARD_GUARD_OF(ctx);
    int ret = mbedguard_enter(guard, how, where);

    if (ret != 0)
        return ret;
    ret = export_locked(ctx, buf);
    if (mbedguard_leave(guard, how) != 0 && ret >= 0)
        ret = MBEDGUARD_ERR_THREADING;
    return ret;
}

int mbedguard_ssl_ticket_export_keys(const mbedguard_ssl_ticket_context *ctx, unsigned char *buf,
                                     size_t size, size_t *olen)
{
    int ret;

    if (olen != NULL)
        *olen = 0;
    if (ctx == NULL || buf == NULL || olen == NULL)
        return MBEDGUARD_ERR_BAD_INPUT;
    if (size < SIZE) {
        *olen = SIZE;
        return MBEDTLS_ERR_SSL_BUFFER_TOO_SMALL;
    }
    ret = export_once(ctx, buf, __func__);
#if !defined(MBEDGUARD_THREADING_NONE)
    if (ret == MBEDGUARD_ERR_BROKEN &&
        mbedguard_ticket_make_whole((mbedguard_ssl_ticket_context *) (uintptr_t) ctx, __func__) ==
            0)
        ret = export_once(ctx, buf, __func__);
#endif
    if (ret == 0)
        *olen = SIZE;
    return ret;
}

/* The keys of the bytes in the place of those that the ring has; or an error, and it is as it was. */
static int read_keys(mbedguard_ticket_ring *ring, const unsigned char *bytes)
{
    const suite is = suite_of(ring);
    unsigned char head[HEAD_SIZE];
    unsigned i;

    put_head(head, is);
    if (is.mode == 0 || is.base == 0 || memcmp(bytes, head, sizeof head) != 0 ||
        get(bytes + CHECKED, 4) != check_of(bytes))
        return MBEDTLS_ERR_SSL_BAD_INPUT_DATA;
    ring->lifetime = (uint32_t) get(bytes + HEAD_SIZE, 4);
    ring->active = 0;
    for (i = 0; i < 2; i++) {
        get_key(bytes + KEYS_AT + i * KEY_SIZE, &ring->key[i]);
#if MBEDTLS_VERSION_NUMBER < 0x03000000
        ring->key[i].lifetime = ring->lifetime;
#endif
    }
    return 0;
}

static int import_locked(mbedguard_ssl_ticket_context *ctx, const unsigned char *bytes)
{
    struct mbedguard_ticket_state *const state = mbedguard_ticket_state_of(ctx);
    mbedguard_ticket_ring ring;
    int ret;

    if (state == NULL)
        return mbedguard_ticket_raw_is_set_up(&ctx->unguarded) ? MBEDGUARD_ERR_UNSUPPORTED
                                                               : MBEDTLS_ERR_SSL_BAD_INPUT_DATA;
    mbedguard_store(&state->is_whole, 1);
    ring = state->ring;
    ret = read_keys(&ring, bytes);
    if (ret == 0)
        ret = mbedguard_ticket_install(ctx, &ring);
    mbedguard_store(&ctx->store.state->is_whole, 0);
    mbedtls_platform_zeroize(&ring, sizeof ring);
    return ret;
}

int mbedguard_ssl_ticket_import_keys(mbedguard_ssl_ticket_context *ctx, const unsigned char *buf,
                                     size_t len)
{
    mbedguard_want set[2];
    unsigned char bytes[MBEDGUARD_SSL_TICKET_KEYS_SIZE];
    int ret;

    if (ctx == NULL || buf == NULL)
        return MBEDGUARD_ERR_BAD_INPUT;
    if (len != SIZE)
        return MBEDTLS_ERR_SSL_BAD_INPUT_DATA;
    ret = mbedguard_ticket_enter(ctx, MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_CACHE, set, __func__);
    if (ret != 0)
        return ret;
    /* The program may go on writing there: what was looked at is what is used. */
    memcpy(bytes, buf, SIZE);
    ret = import_locked(ctx, bytes);
    mbedtls_platform_zeroize(bytes, sizeof bytes);
    if (mbedguard_leave_set(set, 2) != 0 && ret >= 0)
        ret = MBEDGUARD_ERR_THREADING;
    return ret;
}

#endif /* MBEDTLS_SSL_TICKET_C */
