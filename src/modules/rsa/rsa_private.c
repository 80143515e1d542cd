/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Private operations of an RSA key: on the key or a copy of it, with the key held shared. */
#include "manual/rsa_pool.h"

#if defined(MBEDTLS_RSA_C) && MBEDTLS_VERSION_NUMBER < 0x04000000

#include "core/enter.h"
#include "manual/psa_inside.h"
#include "modules/rsa/rsa_blinding.h"

#define USE   (MBEDGUARD_SHARED | MBEDGUARD_RANK_KEY | MBEDGUARD_CALLS_OUT)
#define ALONE (MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_KEY | MBEDGUARD_CALLS_OUT)

/* No object has it by accident. */
#define MARK UINT64_C(0x6d62675273614b79)

/* In 2.28 most calls say which key they mean. Those that mean the public one go the same way. */
#if MBEDTLS_VERSION_NUMBER < 0x03000000
#define MODE_PARAMETER int mode,
#define MODE           mode,
#else
#define MODE_PARAMETER
#define MODE
#endif

/* A private operation. */
typedef struct private_call {
    mbedguard_rsa_context *ctx;
    const char *where;
    unsigned how;
    mbedguard_want store[1]; /* for f_rng, around it all */
    mbedguard_rsa_slot slot;
} private_call;

#if !defined(MBEDGUARD_THREADING_NONE)

int mbedguard_rsa_changes(mbedguard_rsa_context *ctx)
{
    mbedguard_rsa_pool_forget(&ctx->pool);
    /* Who vanishes in a private operation may have been at work on the key itself. */
    ctx->guard.readers_change = 1;
    ctx->pool.mark = MARK;
    return 0;
}

void mbedguard_rsa_was_locked(void *object)
{
    mbedguard_rsa_context *const ctx = (mbedguard_rsa_context *) object;

    if (ctx->pool.mark == MARK) {
        mbedguard_rsa_pool_forget(&ctx->pool);
    }
}

/* The guard: shared, if what is needed for that has been seen to by who set the key up. */
static int enter(private_call *call)
    MBEDGUARD_NO_ANALYSIS
{
    mbedguard_guard *const guard = MBEDGUARD_GUARD_OF(call->ctx);
    int ret;

    /* In the f_rng of another operation on the key: Mbed TLS would wait for itself. */
    if (guard != NULL && mbedguard_held(guard) == 1) {
        return MBEDGUARD_ERR_REENTRY;
    }
    call->how = USE;
    ret = mbedguard_enter(guard, USE, call->where);
    if (ret != 0 || call->ctx->pool.mark == MARK) {
        return ret;
    }
    ret = mbedguard_leave(guard, USE);
    if (ret != 0) {
        return ret;
    }
    call->how = ALONE;
    return mbedguard_enter(guard, ALONE, call->where);
}

static int begin_key(private_call *call)
    MBEDGUARD_NO_ANALYSIS
{
    mbedguard_rsa_context *const ctx = call->ctx;
    int ret = enter(call);

    if (ret != 0) {
        return ret;
    }
    ret = mbedguard_rsa_pool_take(&ctx->pool, &ctx->unguarded, &call->slot, call->where);
    if (ret != 0) {
        (void) mbedguard_leave(MBEDGUARD_GUARD_OF(ctx), call->how);
    }
    return ret;
}

static int begin(private_call *call, mbedguard_rsa_context *ctx,
                 int (*f_rng)(void *, unsigned char *, size_t), const char *where)
    MBEDGUARD_NO_ANALYSIS
{
    int ret;

    call->ctx = ctx;
    call->where = where;
    call->store[0] = mbedguard_psa_want_for(f_rng);
    ret = mbedguard_enter_set(call->store, 1, where);
    if (ret != 0) {
        return ret;
    }
    ret = begin_key(call);
    if (ret != 0) {
        (void) mbedguard_leave_set(call->store, 1);
    }
    return ret;
}

/* The result of the call, given Mbed TLS's. */
static int end(private_call *call, int result)
    MBEDGUARD_NO_ANALYSIS
{
    int ret = mbedguard_rsa_pool_give(&call->ctx->pool, &call->slot, call->where);
    const int left = mbedguard_leave(MBEDGUARD_GUARD_OF(call->ctx), call->how);
    const int left_store = mbedguard_leave_set(call->store, 1);

    if (ret == 0) {
        ret = left != 0 ? left : left_store;
    }
    return ret != 0 && result >= 0 ? ret : result;
}

#else

int mbedguard_rsa_changes(mbedguard_rsa_context *ctx)
{
    (void) ctx;
    return 0;
}

void mbedguard_rsa_was_locked(void *object)
{
    (void) object;
}

static int begin(private_call *call, mbedguard_rsa_context *ctx,
                 int (*f_rng)(void *, unsigned char *, size_t), const char *where)
{
    (void) f_rng;
    (void) where;
    call->slot.key = &ctx->unguarded;
    return 0;
}

static int end(private_call *call, int result)
{
    (void) call;
    return result;
}

#endif

/* The same of what is no decryption. */
static int end_signature(private_call *call, int result)
{
    mbedguard_rsa_mend_blinding(call->slot.key, result);
    return end(call, result);
}

int mbedguard_rsa_private(mbedguard_rsa_context *ctx,
                          int (*f_rng)(void *, unsigned char *, size_t), void *p_rng,
                          const unsigned char *input, unsigned char *output)
{
    private_call call;
    int ret = begin(&call, ctx, f_rng, __func__);

    if (ret != 0) {
        return ret;
    }
    ret = mbedtls_rsa_private(call.slot.key, f_rng, p_rng, input, output);
    return end_signature(&call, ret);
}

int mbedguard_rsa_pkcs1_decrypt(mbedguard_rsa_context *ctx,
                                int (*f_rng)(void *, unsigned char *, size_t), void *p_rng,
                                MODE_PARAMETER size_t *olen, const unsigned char *input,
                                unsigned char *output, size_t output_max_len)
{
    private_call call;
    int ret = begin(&call, ctx, f_rng, __func__);

    if (ret != 0) {
        return ret;
    }
    ret = mbedtls_rsa_pkcs1_decrypt(call.slot.key, f_rng, p_rng, MODE olen, input, output,
                                    output_max_len);
    return end(&call, ret);
}

#if defined(MBEDTLS_PKCS1_V15)
int mbedguard_rsa_rsaes_pkcs1_v15_decrypt(mbedguard_rsa_context *ctx,
                                          int (*f_rng)(void *, unsigned char *, size_t),
                                          void *p_rng, MODE_PARAMETER size_t *olen,
                                          const unsigned char *input, unsigned char *output,
                                          size_t output_max_len)
{
    private_call call;
    int ret = begin(&call, ctx, f_rng, __func__);

    if (ret != 0) {
        return ret;
    }
    ret = mbedtls_rsa_rsaes_pkcs1_v15_decrypt(call.slot.key, f_rng, p_rng, MODE olen, input, output,
                                              output_max_len);
    return end(&call, ret);
}
#endif

#if defined(MBEDTLS_PKCS1_V21)
int mbedguard_rsa_rsaes_oaep_decrypt(mbedguard_rsa_context *ctx,
                                     int (*f_rng)(void *, unsigned char *, size_t), void *p_rng,
                                     MODE_PARAMETER const unsigned char *label, size_t label_len,
                                     size_t *olen, const unsigned char *input,
                                     unsigned char *output, size_t output_max_len)
{
    private_call call;
    int ret = begin(&call, ctx, f_rng, __func__);

    if (ret != 0) {
        return ret;
    }
    ret = mbedtls_rsa_rsaes_oaep_decrypt(call.slot.key, f_rng, p_rng, MODE label, label_len, olen,
                                         input, output, output_max_len);
    return end(&call, ret);
}
#endif

int mbedguard_rsa_pkcs1_sign(mbedguard_rsa_context *ctx,
                             int (*f_rng)(void *, unsigned char *, size_t), void *p_rng,
                             MODE_PARAMETER mbedtls_md_type_t md_alg, unsigned int hashlen,
                             const unsigned char *hash, unsigned char *sig)
{
    private_call call;
    int ret = begin(&call, ctx, f_rng, __func__);

    if (ret != 0) {
        return ret;
    }
    ret = mbedtls_rsa_pkcs1_sign(call.slot.key, f_rng, p_rng, MODE md_alg, hashlen, hash, sig);
    return end_signature(&call, ret);
}

#if defined(MBEDTLS_PKCS1_V15)
int mbedguard_rsa_rsassa_pkcs1_v15_sign(mbedguard_rsa_context *ctx,
                                        int (*f_rng)(void *, unsigned char *, size_t), void *p_rng,
                                        MODE_PARAMETER mbedtls_md_type_t md_alg,
                                        unsigned int hashlen, const unsigned char *hash,
                                        unsigned char *sig)
{
    private_call call;
    int ret = begin(&call, ctx, f_rng, __func__);

    if (ret != 0) {
        return ret;
    }
    ret = mbedtls_rsa_rsassa_pkcs1_v15_sign(call.slot.key, f_rng, p_rng, MODE md_alg, hashlen, hash,
                                            sig);
    return end_signature(&call, ret);
}
#endif

#if defined(MBEDTLS_PKCS1_V21)
int mbedguard_rsa_rsassa_pss_sign(mbedguard_rsa_context *ctx,
                                  int (*f_rng)(void *, unsigned char *, size_t), void *p_rng,
                                  MODE_PARAMETER mbedtls_md_type_t md_alg, unsigned int hashlen,
                                  const unsigned char *hash, unsigned char *sig)
{
    private_call call;
    int ret = begin(&call, ctx, f_rng, __func__);

    if (ret != 0) {
        return ret;
    }
    ret = mbedtls_rsa_rsassa_pss_sign(call.slot.key, f_rng, p_rng, MODE md_alg, hashlen, hash, sig);
    return end_signature(&call, ret);
}
#endif

#if defined(MBEDTLS_PKCS1_V21)
int mbedguard_rsa_rsassa_pss_sign_ext(mbedguard_rsa_context *ctx,
                                      int (*f_rng)(void *, unsigned char *, size_t), void *p_rng,
                                      mbedtls_md_type_t md_alg, unsigned int hashlen,
                                      const unsigned char *hash, int saltlen, unsigned char *sig)
{
    private_call call;
    int ret = begin(&call, ctx, f_rng, __func__);

    if (ret != 0) {
        return ret;
    }
    ret = mbedtls_rsa_rsassa_pss_sign_ext(call.slot.key, f_rng, p_rng, md_alg, hashlen, hash,
                                          saltlen, sig);
    return end_signature(&call, ret);
}
#endif

#endif
