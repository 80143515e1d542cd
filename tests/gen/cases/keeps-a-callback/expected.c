int mbedguard_case_set_rng(mbedguard_case_context *ctx, int (*f_rng)(void *, unsigned char *,
    size_t), void *p_rng)
{
    mbedguard_guard *const guard_ = MBEDGUARD_GUARD_OF(ctx);
    int error_ = mbedguard_enter(guard_,
        MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_CONFIG | MBEDGUARD_CALLS_OUT, __func__);
    if (error_ != 0) {
        return error_;
    }
    unsigned rank0_ = 0;
    mbedguard_guard *const kept0_ = mbedguard_callback_object((void (*)(void)) f_rng, p_rng,
        &rank0_);
    mbedguard_keep keep_[1];
    error_ = mbedguard_keep_begin(&keep_[0], MBEDGUARD_GUARD_OF(ctx), MBEDGUARD_RANK_CONFIG, kept0_,
        rank0_, 1, true, __func__);
    if (error_ != 0) {
        (void) mbedguard_leave(guard_,
        MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_CONFIG | MBEDGUARD_CALLS_OUT);
        return error_;
    }
    (mbedtls_case_set_rng)((mbedtls_case_context *) ctx, f_rng, p_rng);
    mbedguard_keep_commit(&keep_[0]);
    error_ = mbedguard_leave(guard_,
        MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_CONFIG | MBEDGUARD_CALLS_OUT);
    return error_;
}

int mbedguard_case_set_dbg(mbedguard_case_context *ctx, void (*f_dbg)(void *, int), void *p_dbg)
{
    mbedguard_guard *const guard_ = MBEDGUARD_GUARD_OF(ctx);
    int error_ = mbedguard_enter(guard_,
        MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_CONFIG | MBEDGUARD_CALLS_OUT, __func__);
    if (error_ != 0) {
        return error_;
    }
    (mbedtls_case_set_dbg)((mbedtls_case_context *) ctx, f_dbg, p_dbg);
    error_ = mbedguard_leave(guard_,
        MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_CONFIG | MBEDGUARD_CALLS_OUT);
    return error_;
}

mbedguard_guard *mbedguard_callback_object(void (*function)(void), void *data, unsigned *rank)
{
    if (function == (void (*)(void)) mbedguard_case_rng_random) {
        *rank = MBEDGUARD_RANK_RNG;
        return MBEDGUARD_GUARD_OF((mbedguard_case_rng *) data);
    }
    return mbedguard_rng_object(function, data, rank);
}
