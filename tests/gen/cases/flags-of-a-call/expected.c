int mbedguard_case_getter(mbedguard_case_context *ctx)
{
    mbedguard_guard *const guard_ = MBEDGUARD_GUARD_OF(ctx);
    int error_ = mbedguard_enter(guard_,
        MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_KEY | MBEDGUARD_IN_CALLBACK, __func__);
    if (error_ != 0) {
        return error_;
    }
    int result_ = (mbedtls_case_getter)((mbedtls_case_context *) ctx);
    error_ = mbedguard_leave(guard_,
        MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_KEY | MBEDGUARD_IN_CALLBACK);
    if (error_ != 0 && result_ >= 0) {
        result_ = error_;
    }
    return result_;
}

int mbedguard_case_wait(mbedguard_case_context *ctx)
{
    mbedguard_guard *const guard_ = MBEDGUARD_GUARD_OF(ctx);
    int error_ = mbedguard_enter(guard_,
        MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_KEY | MBEDGUARD_MAY_WAIT, __func__);
    if (error_ != 0) {
        return error_;
    }
    int result_ = (mbedtls_case_wait)((mbedtls_case_context *) ctx);
    error_ = mbedguard_leave(guard_, MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_KEY | MBEDGUARD_MAY_WAIT);
    if (error_ != 0 && result_ >= 0) {
        result_ = error_;
    }
    return result_;
}

int mbedguard_case_draw(mbedguard_case_context *ctx, int (*f_rng)(void *, unsigned char *, size_t),
    void *p_rng)
{
    mbedguard_guard *const guard_ = MBEDGUARD_GUARD_OF(ctx);
    int error_ = mbedguard_enter(guard_,
        MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_KEY | MBEDGUARD_CALLS_OUT, __func__);
    if (error_ != 0) {
        return error_;
    }
    int result_ = (mbedtls_case_draw)((mbedtls_case_context *) ctx, f_rng, p_rng);
    error_ = mbedguard_leave(guard_,
        MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_KEY | MBEDGUARD_CALLS_OUT);
    if (error_ != 0 && result_ >= 0) {
        result_ = error_;
    }
    return result_;
}

int mbedguard_case_sort(mbedguard_case_context *ctx, int (*f_cmp)(int, int))
{
    mbedguard_guard *const guard_ = MBEDGUARD_GUARD_OF(ctx);
    int error_ = mbedguard_enter(guard_, MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_KEY, __func__);
    if (error_ != 0) {
        return error_;
    }
    int result_ = (mbedtls_case_sort)((mbedtls_case_context *) ctx, f_cmp);
    error_ = mbedguard_leave(guard_, MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_KEY);
    if (error_ != 0 && result_ >= 0) {
        result_ = error_;
    }
    return result_;
}

int mbedguard_case_self_test(int verbose)
{
    mbedguard_want set_[] = {
        { &mbedguard_process_guard, MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_PROCESS },
        { &mbedguard_psa_random, MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_RNG },
    };
    int error_ = mbedguard_enter_set(set_, 2, __func__);
    if (error_ != 0) {
        return error_;
    }
    int result_ = (mbedtls_case_self_test)(verbose);
    error_ = mbedguard_leave_set(set_, 2);
    if (error_ != 0 && result_ >= 0) {
        result_ = error_;
    }
    return result_;
}
