/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Private operations through pk. RSA keys are held shared, on the key or a copy of it; all others are taken
 * as the policy would have it, one call at a time.
 */
#include <mbedguard/pk.h>

#if defined(MBEDTLS_PK_C) && MBEDTLS_VERSION_NUMBER < 0x04000000

#include "core/enter.h"
#include "manual/psa_inside.h"
#include "modules/rsa/rsa_blinding.h"
#include "modules/rsa/rsa_pk.h"

#define COMMON (MBEDGUARD_RANK_PK | MBEDGUARD_CALLS_OUT)
#define USE    (MBEDGUARD_SHARED | COMMON)
/* Without mutexes of its own Mbed TLS would meet what keepers do to the key. */
#if defined(MBEDTLS_THREADING_C)
#define ALONE (MBEDGUARD_USE | COMMON)
#else
#define ALONE (MBEDGUARD_EXCLUSIVE | COMMON)
#endif

#if MBEDTLS_VERSION_NUMBER < 0x03000000
#define SIZE_PARAMETER
#define SIZE
#else
#define SIZE_PARAMETER size_t sig_size,
#define SIZE           sig_size,
#endif

typedef struct pk_call {
    mbedguard_pk_context *ctx;
    const char *where;
    unsigned how;
    bool pooled;
    mbedguard_want set[2]; /* the store, where PK uses it inside, and the key if it is taken alone */
    mbedtls_pk_context *pk; /* what to call Mbed TLS with */
#if defined(MBEDTLS_RSA_C)
    mbedguard_rsa_pk_use use;
#endif
} pk_call;

#if defined(MBEDTLS_RSA_C) && defined(MBEDTLS_THREADING_C) && !defined(MBEDGUARD_THREADING_NONE)

/* 1: the call goes on with what was taken; 0: it is no key for this; or an error. */
static int begin_shared(pk_call *call)
    MBEDGUARD_NO_ANALYSIS
{
    mbedguard_guard *const guard = MBEDGUARD_GUARD_OF(call->ctx);
    mbedguard_rsa_pool *pool;
    int ret;

    /* In the f_rng of another operation on the key, or in a call with an RSA_ALT key. */
    if (guard != NULL && mbedguard_held(guard) == 1) {
        return MBEDGUARD_ERR_REENTRY;
    }
    ret = mbedguard_enter(guard, USE, call->where);
    if (ret != 0) {
        return ret;
    }
    pool = mbedguard_rsa_pk_pool(call->ctx);
    if (pool != NULL) {
        ret = mbedguard_rsa_pk_take(&call->use, &call->ctx->unguarded, pool, call->where);
        if (ret == 0) {
            call->how = USE;
            call->pooled = true;
            call->pk = &call->use.pk;
            return 1;
        }
    }
    if (mbedguard_leave(guard, USE) != 0 && ret == 0) {
        ret = MBEDGUARD_ERR_THREADING;
    }
    return ret;
}

static int give_back(pk_call *call)
{
    return call->pooled ? mbedguard_rsa_pk_give(&call->use, call->where) : 0;
}

#else

static int begin_shared(pk_call *call)
{
    (void) call;
    return 0;
}

static int give_back(pk_call *call)
{
    (void) call;
    return 0;
}

#endif

static int begin(pk_call *call, mbedguard_pk_context *ctx,
                 int (*f_rng)(void *, unsigned char *, size_t), const char *where)
    MBEDGUARD_NO_ANALYSIS
{
    int ret;

    if (MBEDGUARD_MISSING(ctx)) {
        return MBEDGUARD_ERR_BAD_INPUT;
    }
    call->ctx = ctx;
    call->where = where;
    call->pooled = false;
    call->set[0] = mbedguard_psa_want_for_keys(f_rng);
    ret = mbedguard_psa_enter_set_inside(call->set, 1, where);
    if (ret != 0) {
        return ret;
    }
    ret = begin_shared(call);
    if (ret > 0) {
        return 0;
    }
    if (mbedguard_leave_set(call->set, 1) != 0 && ret == 0) {
        ret = MBEDGUARD_ERR_THREADING;
    }
    if (ret != 0) {
        return ret;
    }
    /* At once: with the key come its keepers, some of them before the store. */
    call->set[0] = mbedguard_psa_want_for_keys(f_rng);
    call->set[1] = (mbedguard_want){MBEDGUARD_GUARD_OF(ctx), ALONE};
    call->pk = (mbedtls_pk_context *) ctx;
    return mbedguard_psa_enter_set_inside(call->set, 2, where);
}

static int end(pk_call *call, int result)
    MBEDGUARD_NO_ANALYSIS
{
    int ret = give_back(call);
    const int left = call->pooled ? mbedguard_leave(MBEDGUARD_GUARD_OF(call->ctx), call->how) : 0;
    const int left_set = mbedguard_leave_set(call->set, call->pooled ? 1 : 2);

    if (ret == 0) {
        ret = left != 0 ? left : left_set;
    }
    return ret != 0 && result >= 0 ? ret : result;
}

/* The same of a signature. */
static int end_signature(pk_call *call, int result)
{
#if defined(MBEDTLS_RSA_C)
    if (call->pooled) {
        mbedguard_rsa_mend_blinding(call->use.slot.key, result);
    }
#endif
    return end(call, result);
}

int mbedguard_pk_sign(mbedguard_pk_context *ctx, mbedtls_md_type_t md_alg,
                      const unsigned char *hash, size_t hash_len, unsigned char *sig,
                      SIZE_PARAMETER size_t *sig_len,
                      int (*f_rng)(void *, unsigned char *, size_t), void *p_rng)
{
    pk_call call;
    int ret = begin(&call, ctx, f_rng, __func__);

    if (ret != 0) {
        return ret;
    }
    ret = mbedtls_pk_sign(call.pk, md_alg, hash, hash_len, sig, SIZE sig_len, f_rng, p_rng);
    return end_signature(&call, ret);
}

int mbedguard_pk_decrypt(mbedguard_pk_context *ctx, const unsigned char *input, size_t ilen,
                         unsigned char *output, size_t *olen, size_t osize,
                         int (*f_rng)(void *, unsigned char *, size_t), void *p_rng)
{
    pk_call call;
    int ret = begin(&call, ctx, f_rng, __func__);

    if (ret != 0) {
        return ret;
    }
    ret = mbedtls_pk_decrypt(call.pk, input, ilen, output, olen, osize, f_rng, p_rng);
    return end(&call, ret);
}

#if MBEDTLS_VERSION_NUMBER >= 0x03000000

int mbedguard_pk_sign_ext(mbedtls_pk_type_t pk_type, mbedguard_pk_context *ctx,
                          mbedtls_md_type_t md_alg, const unsigned char *hash, size_t hash_len,
                          unsigned char *sig, size_t sig_size, size_t *sig_len,
                          int (*f_rng)(void *, unsigned char *, size_t), void *p_rng)
{
    pk_call call;
    int ret = begin(&call, ctx, f_rng, __func__);

    if (ret != 0) {
        return ret;
    }
    ret = mbedtls_pk_sign_ext(pk_type, call.pk, md_alg, hash, hash_len, sig, sig_size, sig_len,
                              f_rng, p_rng);
    return end_signature(&call, ret);
}

#else

/* Mbed TLS compares the functions of the two, and would take ours for those of another kind. */
int mbedguard_pk_check_pair(const mbedguard_pk_context *pub, const mbedguard_pk_context *prv)
{
    mbedguard_want set[3] = {{MBEDGUARD_GUARD_OF(pub), ALONE},
                             {MBEDGUARD_GUARD_OF(prv), ALONE},
                             mbedguard_psa_want_for_keys(NULL)};
    mbedtls_pk_context public_key, private_key;
    int ret;

    if (pub == NULL || prv == NULL) {
        return MBEDGUARD_ERR_BAD_INPUT;
    }
    ret = mbedguard_psa_enter_set_inside(set, 3, __func__);
    if (ret != 0) {
        return ret;
    }
#if defined(MBEDTLS_RSA_C)
    public_key = mbedguard_rsa_pk_plain(&pub->unguarded);
    private_key = mbedguard_rsa_pk_plain(&prv->unguarded);
#else
    public_key = pub->unguarded;
    private_key = prv->unguarded;
#endif
    ret = mbedtls_pk_check_pair(&public_key, &private_key);
    if (mbedguard_leave_set(set, 3) != 0 && ret >= 0) {
        ret = MBEDGUARD_ERR_THREADING;
    }
    return ret;
}

#endif

#endif
