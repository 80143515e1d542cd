    .raw_free = raw_free_case_context,
    .around = { &mbedguard_psa_store,
        MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_PSA_STORE | MBEDGUARD_AROUND | MBEDGUARD_EVEN_BROKEN },
};

    .around = { &mbedguard_psa_store,
        MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_PSA_STORE | MBEDGUARD_AROUND | MBEDGUARD_EVEN_BROKEN },
    .wants_around = mbedguard_leaf_asks,
};

int mbedguard_leaf_crypt(mbedguard_leaf_context *ctx, unsigned char *out)
{
    if (MBEDGUARD_MISSING(ctx)) {
        return MBEDGUARD_ERR_BAD_INPUT;
    }
    mbedguard_want set_[] = {
        { MBEDGUARD_GUARD_OF(ctx), MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_LEAF },
        { NULL, 0 },
    };
    int error_ = mbedguard_psa_enter_asking(set_, 2, mbedguard_leaf_asks, ctx, __func__);
    if (error_ != 0) {
        return error_;
    }

int mbedguard_case_sign(mbedguard_case_context *ctx)
{
    if (MBEDGUARD_MISSING(ctx)) {
        return MBEDGUARD_ERR_BAD_INPUT;
    }
    mbedguard_want set_[] = {
        { MBEDGUARD_GUARD_OF(ctx), MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_KEY },
        { &mbedguard_psa_store, MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_PSA_STORE | MBEDGUARD_AROUND },
    };
    int error_ = mbedguard_enter_set(set_, 2, __func__);
    if (error_ != 0) {
        return error_;
    }
    error_ = mbedguard_psa_after_fork();
    if (error_ != 0) {
        (void) mbedguard_leave_set(set_, 2);
        return error_;
    }
    int result_ = (mbedtls_case_sign)((mbedtls_case_context *) ctx);
    error_ = mbedguard_leave_set(set_, 2);
    if (error_ != 0 && result_ >= 0) {
        result_ = error_;
    }
    return result_;
}

int mbedguard_case_look(mbedguard_case_context *ctx)
{
    mbedguard_guard *const guard_ = MBEDGUARD_GUARD_OF(ctx);
    int error_ = mbedguard_enter(guard_, MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_KEY, __func__);
    if (error_ != 0) {
        return error_;
    }
    int result_ = (mbedtls_case_look)((mbedtls_case_context *) ctx);
    error_ = mbedguard_leave(guard_, MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_KEY);
    if (error_ != 0 && result_ >= 0) {
        result_ = error_;
    }
    return result_;
}

int mbedguard_case_step(mbedguard_case_context *ctx)
{
    if (MBEDGUARD_MISSING(ctx)) {
        return MBEDGUARD_ERR_BAD_INPUT;
    }
    mbedguard_want set_[] = {
        { MBEDGUARD_GUARD_OF(ctx), MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_KEY },
        { &mbedguard_psa_store, MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_PSA_STORE | MBEDGUARD_AROUND },
    };
    int error_ = mbedguard_enter_set(set_, 2, __func__);
    if (error_ != 0) {
        return error_;
    }
    error_ = mbedguard_psa_after_fork();
    if (error_ != 0) {
        (void) mbedguard_leave_set(set_, 2);
        return error_;
    }
    int result_ = (mbedtls_case_step)((mbedtls_case_context *) ctx);
    error_ = mbedguard_leave_set(set_, 2);
    if (error_ != 0 && result_ >= 0) {
        result_ = error_;
    }
    return result_;
}

int mbedguard_case_prf(unsigned char *out, size_t length)
{
    mbedguard_guard *const guard_ = &mbedguard_psa_store;
    int error_ = mbedguard_enter(guard_, MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_PSA_STORE | MBEDGUARD_AROUND, __func__);
    if (error_ != 0) {
        return error_;
    }
    error_ = mbedguard_psa_after_fork();
    if (error_ != 0) {
        (void) mbedguard_leave(guard_, MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_PSA_STORE | MBEDGUARD_AROUND);
        return error_;
    }
    int result_ = (mbedtls_case_prf)(out, length);
    error_ = mbedguard_leave(guard_, MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_PSA_STORE | MBEDGUARD_AROUND);
    if (error_ != 0 && result_ >= 0) {
        result_ = error_;
    }
    return result_;
}

int mbedguard_case_draw(mbedguard_case_context *ctx, int (*f_rng)(void *, unsigned char *, size_t), void *p_rng)
{
    if (MBEDGUARD_MISSING(ctx)) {
        return MBEDGUARD_ERR_BAD_INPUT;
    }
    mbedguard_want set_[] = {
        { MBEDGUARD_GUARD_OF(ctx), MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_KEY | MBEDGUARD_CALLS_OUT },
        { &mbedguard_psa_store, MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_PSA_STORE | MBEDGUARD_AROUND },
    };
    int error_ = mbedguard_enter_set(set_, 2, __func__);
    if (error_ != 0) {
        return error_;
    }
    error_ = mbedguard_psa_after_fork();
    if (error_ != 0) {
        (void) mbedguard_leave_set(set_, 2);
        return error_;
    }
    int result_ = (mbedtls_case_draw)((mbedtls_case_context *) ctx, f_rng, p_rng);
    error_ = mbedguard_leave_set(set_, 2);
    if (error_ != 0 && result_ >= 0) {
        result_ = error_;
    }
    return result_;
}

int mbedguard_case_set_rng(mbedguard_case_context *ctx, int (*f_rng)(void *, unsigned char *, size_t), void *p_rng)
{
    mbedguard_guard *const guard_ = MBEDGUARD_GUARD_OF(ctx);
    int error_ = mbedguard_enter(guard_, MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_KEY | MBEDGUARD_CALLS_OUT, __func__);
    if (error_ != 0) {
        return error_;
    }
    int result_ = (mbedtls_case_set_rng)((mbedtls_case_context *) ctx, f_rng, p_rng);
    error_ = mbedguard_leave(guard_, MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_KEY | MBEDGUARD_CALLS_OUT);
    if (error_ != 0 && result_ >= 0) {
        result_ = error_;
    }
    return result_;
}
