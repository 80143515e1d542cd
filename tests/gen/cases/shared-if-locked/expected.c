int mbedguard_case_read(mbedguard_case_context *ctx)
{
    mbedguard_guard *const guard_ = MBEDGUARD_GUARD_OF(ctx);
    int error_ = mbedguard_enter(guard_, MBEDGUARD_SHARED | MBEDGUARD_RANK_KEY, __func__);
    if (error_ != 0) {
        return error_;
    }
    int result_ = (mbedtls_case_read)((mbedtls_case_context *) ctx);
    error_ = mbedguard_leave(guard_, MBEDGUARD_SHARED | MBEDGUARD_RANK_KEY);
    if (error_ != 0 && result_ >= 0) {
        result_ = error_;
    }
    return result_;
}

int mbedguard_case_sign(mbedguard_case_context *ctx)
{
    mbedguard_guard *const guard_ = MBEDGUARD_GUARD_OF(ctx);
    int error_ = mbedguard_enter(guard_, MBEDGUARD_USE | MBEDGUARD_RANK_KEY, __func__);
    if (error_ != 0) {
        return error_;
    }
    int result_ = (mbedtls_case_sign)((mbedtls_case_context *) ctx);
    error_ = mbedguard_leave(guard_, MBEDGUARD_USE | MBEDGUARD_RANK_KEY);
    if (error_ != 0 && result_ >= 0) {
        result_ = error_;
    }
    return result_;
}

int mbedguard_case_walk(mbedguard_case_context *ctx, mbedguard_other_context *state)
{
    if (MBEDGUARD_MISSING(ctx) || MBEDGUARD_MISSING(state)) {
        return MBEDGUARD_ERR_BAD_INPUT;
    }
    mbedguard_want set_[] = {
        { MBEDGUARD_GUARD_OF(ctx), MBEDGUARD_SHARED | MBEDGUARD_RANK_KEY },
        { MBEDGUARD_GUARD_OF(state), MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_VALUE },
    };
    int error_ = mbedguard_enter_set(set_, 2, __func__);
    if (error_ != 0) {
        return error_;
    }
    int result_ = (mbedtls_case_walk)((mbedtls_case_context *) ctx,
        (mbedtls_other_context *) state);
    error_ = mbedguard_leave_set(set_, 2);
    if (error_ != 0 && result_ >= 0) {
        result_ = error_;
    }
    return result_;
}
