struct stack_case_verify {
    int (*f_vrfy)(void *, mbedguard_case_context *, int, unsigned *);
    void *p_vrfy;
};

static int call_case_verify_f_vrfy(void *a0, mbedtls_case_context *a1, int a2, unsigned *a3)
{
    const struct stack_case_verify *const self = a0;
    mbedguard_case_context view_a1;
    memset(&view_a1, 0, sizeof view_a1);
    mbedguard_view_init(&view_a1.guard);
    view_a1.unguarded = *a1;
    int result = self->f_vrfy(self->p_vrfy, &view_a1, a2, a3);
    mbedtls_platform_zeroize(&view_a1, sizeof view_a1);
    return result;
}

int mbedguard_case_verify(mbedguard_case_context *ctx, int (*f_vrfy)(void *,
    mbedguard_case_context *, int, unsigned *), void *p_vrfy)
{
    mbedguard_guard *const guard_ = MBEDGUARD_GUARD_OF(ctx);
    int error_ = mbedguard_enter(guard_,
        MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_LEAF | MBEDGUARD_CALLS_OUT, __func__);
    if (error_ != 0) {
        return error_;
    }
    struct stack_case_verify stack_ = { f_vrfy, p_vrfy };
    int result_ = (mbedtls_case_verify)((mbedtls_case_context *) ctx,
        f_vrfy != NULL ? call_case_verify_f_vrfy : NULL, &stack_);
    error_ = mbedguard_leave(guard_,
        MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_LEAF | MBEDGUARD_CALLS_OUT);
    if (error_ != 0 && result_ >= 0) {
        result_ = error_;
    }
    return result_;
}

static int call_case_conf_sni_f_sni(void *a0, mbedtls_case_context *a1, const char *a2)
{
    mbedguard_case_context *const owner = a0;
    int result = owner->case_conf_sni.f_sni(owner->case_conf_sni.p_sni,
        (mbedguard_case_context *) a1, a2);
    return result;
}

int mbedguard_case_conf_sni(mbedguard_case_context *ctx, int (*f_sni)(void *,
    mbedguard_case_context *, const char *), void *p_sni)
{
    mbedguard_guard *const guard_ = MBEDGUARD_GUARD_OF(ctx);
    int error_ = mbedguard_enter(guard_,
        MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_LEAF | MBEDGUARD_CALLS_OUT, __func__);
    if (error_ != 0) {
        return error_;
    }
    ctx->case_conf_sni.f_sni = f_sni;
    ctx->case_conf_sni.p_sni = p_sni;
    (mbedtls_case_conf_sni)((mbedtls_case_context *) ctx,
        f_sni != NULL ? call_case_conf_sni_f_sni : NULL, (void *) ctx);
    error_ = mbedguard_leave(guard_,
        MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_LEAF | MBEDGUARD_CALLS_OUT);
    return error_;
}

static int call_case_conf_cache_f_get(void *a0, mbedtls_case_context *a1)
{
    mbedguard_case_context *const owner = a0;
    mbedguard_case_context view_a1;
    memset(&view_a1, 0, sizeof view_a1);
    mbedguard_view_init(&view_a1.guard);
    view_a1.unguarded = *a1;
    int result = owner->case_conf_cache.f_get(owner->case_conf_cache.p_cache, &view_a1);
    *a1 = view_a1.unguarded;
    mbedtls_platform_zeroize(&view_a1, sizeof view_a1);
    return result;
}

static int call_case_conf_cache_f_set(void *a0, const mbedtls_case_context *a1)
{
    mbedguard_case_context *const owner = a0;
    mbedguard_case_context view_a1;
    memset(&view_a1, 0, sizeof view_a1);
    mbedguard_view_init(&view_a1.guard);
    view_a1.unguarded = *a1;
    int result = owner->case_conf_cache.f_set(owner->case_conf_cache.p_cache, &view_a1);
    mbedtls_platform_zeroize(&view_a1, sizeof view_a1);
    return result;
}

int mbedguard_case_conf_raw(mbedguard_case_context *ctx, int (*f_ca)(mbedtls_case_context **))
{
    mbedguard_guard *const guard_ = MBEDGUARD_GUARD_OF(ctx);
    int error_ = mbedguard_enter(guard_,
        MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_LEAF | MBEDGUARD_CALLS_OUT, __func__);
    if (error_ != 0) {
        return error_;
    }
    (mbedtls_case_conf_raw)((mbedtls_case_context *) ctx, f_ca);
    error_ = mbedguard_leave(guard_,
        MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_LEAF | MBEDGUARD_CALLS_OUT);
    return error_;
}
