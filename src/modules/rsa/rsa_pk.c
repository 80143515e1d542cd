/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * In Mbed TLS 2.28 a pk context is a pointer to functions and one to the key. RSA keys get functions of
 * ours and a larger key, whose end is the pool: so TLS, writers, and whoever else reaches the raw context,
 * use the copies without knowing. Unlike an RSA_ALT key, which the application would see as one, it keeps
 * its type, its key is where mbedtls_pk_rsa() looks for it, and decryption is given a generator.
 *
 * From 3.x on those functions are private: the pool is beside the raw context, and guarded calls work on a
 * context of their own that points at the copy.
 */
#include "modules/rsa/rsa_pk.h"

#if defined(MBEDTLS_PK_C) && defined(MBEDTLS_RSA_C) && MBEDTLS_VERSION_NUMBER < 0x04000000

#include <mbedtls/platform.h>
#include <mbedtls/platform_util.h>

#include "core/enter.h"
#include "manual/rsa_pk.h"
#include "modules/rsa/rsa_blinding.h"

#if defined(MBEDTLS_RSA_ALT) || defined(MBEDGUARD_THREADING_NONE)
#define NO_COPIES
#endif

#if MBEDTLS_VERSION_NUMBER < 0x03000000 && !defined(NO_COPIES)

#include <mbedtls/pk_internal.h>

/* What pk_ctx points at: the key first, where mbedtls_pk_rsa() expects it. */
typedef struct pooled_key {
    mbedtls_rsa_context rsa;
    mbedguard_rsa_pool pool;
} pooled_key;

static const mbedtls_pk_info_t *plain(void)
{
    return mbedtls_pk_info_from_type(MBEDTLS_PK_RSA);
}

static size_t pooled_get_bitlen(const void *ctx)
{
    return plain()->get_bitlen(ctx);
}

static int pooled_can_do(mbedtls_pk_type_t type)
{
    return plain()->can_do(type);
}

static int pooled_verify(void *ctx, mbedtls_md_type_t md_alg, const unsigned char *hash,
                         size_t hash_len, const unsigned char *sig, size_t sig_len)
{
    return plain()->verify_func(ctx, md_alg, hash, hash_len, sig, sig_len);
}

static int pooled_sign(void *ctx, mbedtls_md_type_t md_alg, const unsigned char *hash,
                       size_t hash_len, unsigned char *sig, size_t *sig_len,
                       int (*f_rng)(void *, unsigned char *, size_t), void *p_rng)
{
    pooled_key *const key = (pooled_key *) ctx;
    mbedguard_rsa_slot slot;
    int ret, failed;

    ret = mbedguard_rsa_pool_take(&key->pool, &key->rsa, &slot, __func__);
    if (ret != 0) {
        return ret;
    }
    ret = plain()->sign_func(slot.key, md_alg, hash, hash_len, sig, sig_len, f_rng, p_rng);
    mbedguard_rsa_mend_blinding(slot.key, ret);
    failed = mbedguard_rsa_pool_give(&key->pool, &slot, __func__);
    return ret == 0 ? failed : ret;
}

static int pooled_decrypt(void *ctx, const unsigned char *input, size_t ilen,
                          unsigned char *output, size_t *olen, size_t osize,
                          int (*f_rng)(void *, unsigned char *, size_t), void *p_rng)
{
    pooled_key *const key = (pooled_key *) ctx;
    mbedguard_rsa_slot slot;
    int ret, failed;

    ret = mbedguard_rsa_pool_take(&key->pool, &key->rsa, &slot, __func__);
    if (ret != 0) {
        return ret;
    }
    ret = plain()->decrypt_func(slot.key, input, ilen, output, olen, osize, f_rng, p_rng);
    /* Nothing but the result tells how it ended: not even a branch on it. */
    failed = mbedguard_rsa_pool_give(&key->pool, &slot, __func__);
    return failed != 0 ? failed : ret;
}

static int pooled_encrypt(void *ctx, const unsigned char *input, size_t ilen,
                          unsigned char *output, size_t *olen, size_t osize,
                          int (*f_rng)(void *, unsigned char *, size_t), void *p_rng)
{
    return plain()->encrypt_func(ctx, input, ilen, output, olen, osize, f_rng, p_rng);
}

static int pooled_check_pair(const void *pub, const void *prv)
{
    return plain()->check_pair_func(pub, prv);
}

static void *pooled_alloc(void)
{
    pooled_key *const key = (pooled_key *) mbedtls_calloc(1, sizeof *key);

    if (key != NULL) {
        mbedtls_rsa_init(&key->rsa, MBEDTLS_RSA_PKCS_V15, 0);
    }
    return key;
}

/*
 * A child of fork() may have the key as another thread left it, in the middle of an operation: then it is
 * forgotten, as the core does with broken objects.
 */
static bool is_whole(pooled_key *key)
{
    const unsigned how = MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_KEY_COPY;
    const int ret = mbedguard_enter(&key->pool.original, how, __func__);

    if (ret == 0) {
        (void) mbedguard_leave(&key->pool.original, how);
    }
    return ret != MBEDGUARD_ERR_BROKEN;
}

static void pooled_free(void *ctx)
{
    pooled_key *const key = (pooled_key *) ctx;

    if (!is_whole(key)) {
        return;
    }
    mbedguard_rsa_pool_free(&key->pool);
    mbedtls_rsa_free(&key->rsa);
    mbedtls_platform_zeroize(key, sizeof *key);
    mbedtls_free(key);
}

static void pooled_debug(const void *ctx, mbedtls_pk_debug_item *items)
{
    plain()->debug_func(ctx, items);
}

static const mbedtls_pk_info_t pooled_info = {
    .type = MBEDTLS_PK_RSA,
    .name = "RSA",
    .get_bitlen = pooled_get_bitlen,
    .can_do = pooled_can_do,
    .verify_func = pooled_verify,
    .sign_func = pooled_sign,
    .decrypt_func = pooled_decrypt,
    .encrypt_func = pooled_encrypt,
    .check_pair_func = pooled_check_pair,
    .ctx_alloc_func = pooled_alloc,
    .ctx_free_func = pooled_free,
    .debug_func = pooled_debug,
};

/* The two change places, but for their mutexes, which cannot be moved; then the other one goes. */
static void move(mbedtls_rsa_context *to, mbedtls_rsa_context *from)
{
    mbedtls_rsa_context empty;
#if defined(MBEDTLS_THREADING_C)
    mbedtls_threading_mutex_t mutex;
#endif

    mbedtls_rsa_init(to, MBEDTLS_RSA_PKCS_V15, 0);
    empty = *to;
    *to = *from;
    *from = empty;
#if defined(MBEDTLS_THREADING_C)
    mutex = to->mutex;
    to->mutex = from->mutex;
    from->mutex = mutex;
#endif
    mbedtls_rsa_free(from);
    mbedtls_free(from);
}

void mbedguard_rsa_pk_adopt(mbedguard_pk_context *pk)
{
    mbedtls_pk_context *const raw = &pk->unguarded;
    pooled_key *key;

    if (raw->pk_info == NULL || raw->pk_info != plain() || raw->pk_ctx == NULL) {
        mbedguard_rsa_pk_changes(pk);
        return;
    }
    /* Without memory it stays as it is: threads take turns. */
    key = (pooled_key *) mbedtls_calloc(1, sizeof *key);
    if (key != NULL) {
        move(&key->rsa, (mbedtls_rsa_context *) raw->pk_ctx);
        raw->pk_ctx = key;
        raw->pk_info = &pooled_info;
        pk->guard.readers_change = 1;
    }
}

mbedguard_rsa_pool *mbedguard_rsa_pk_pool(const mbedguard_pk_context *pk)
{
    return pk->unguarded.pk_info == &pooled_info ? &((pooled_key *) pk->unguarded.pk_ctx)->pool : NULL;
}

mbedtls_pk_context mbedguard_rsa_pk_plain(const mbedtls_pk_context *pk)
{
    mbedtls_pk_context copy = *pk;

    if (copy.pk_info == &pooled_info) {
        copy.pk_info = plain();
    }
    return copy;
}

#elif MBEDTLS_VERSION_NUMBER >= 0x03000000 && !defined(NO_COPIES)

#define MARK UINT64_C(0x6d62675273615069)

void mbedguard_rsa_pk_adopt(mbedguard_pk_context *pk)
{
    mbedguard_rsa_pk_changes(pk);
    if (pk->unguarded.MBEDTLS_PRIVATE(pk_info) != NULL &&
        mbedtls_pk_get_type(&pk->unguarded) == MBEDTLS_PK_RSA) {
        pk->pool.mark = MARK;
        pk->guard.readers_change = 1;
    }
}

mbedguard_rsa_pool *mbedguard_rsa_pk_pool(const mbedguard_pk_context *pk)
{
    return pk->pool.mark == MARK && mbedtls_pk_get_type(&pk->unguarded) == MBEDTLS_PK_RSA
               ? (mbedguard_rsa_pool *) (uintptr_t) &pk->pool
               : NULL;
}

#else

void mbedguard_rsa_pk_adopt(mbedguard_pk_context *pk)
{
    (void) pk;
}

mbedguard_rsa_pool *mbedguard_rsa_pk_pool(const mbedguard_pk_context *pk)
{
    (void) pk;
    return NULL;
}

#if MBEDTLS_VERSION_NUMBER < 0x03000000
mbedtls_pk_context mbedguard_rsa_pk_plain(const mbedtls_pk_context *pk)
{
    return *pk;
}
#endif

#endif

void mbedguard_rsa_pk_changes(mbedguard_pk_context *pk)
{
    mbedguard_rsa_pool *const pool = mbedguard_rsa_pk_pool(pk);

    if (pool != NULL) {
        mbedguard_rsa_pool_forget(pool);
    }
}

#if MBEDTLS_VERSION_NUMBER < 0x03000000
#define PK_CTX pk_ctx
#else
#define PK_CTX MBEDTLS_PRIVATE(pk_ctx)
#endif

int mbedguard_rsa_pk_take(mbedguard_rsa_pk_use *use, const mbedtls_pk_context *pk,
                          mbedguard_rsa_pool *pool, const char *where)
{
    int ret;

#if MBEDTLS_VERSION_NUMBER < 0x03000000
    use->pk = mbedguard_rsa_pk_plain(pk);
#else
    use->pk = *pk;
#endif
    use->pool = pool;
    ret = mbedguard_rsa_pool_take(pool, (mbedtls_rsa_context *) pk->PK_CTX, &use->slot, where);
    if (ret == 0) {
        use->pk.PK_CTX = use->slot.key;
    }
    return ret;
}

int mbedguard_rsa_pk_give(mbedguard_rsa_pk_use *use, const char *where)
{
    return mbedguard_rsa_pool_give(use->pool, &use->slot, where);
}

#endif
