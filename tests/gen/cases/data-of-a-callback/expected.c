int mbedguard_case_random(void *p_rng, unsigned char *output, size_t length)
{
    mbedguard_guard *const guard_ = MBEDGUARD_GUARD_OF(((mbedguard_case_context *) p_rng));
    int error_ = mbedguard_enter(guard_,
        MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_RNG | MBEDGUARD_CALLS_OUT, __func__);
    if (error_ != 0) {
        return error_;
    }
    int result_ = (mbedtls_case_random)((void *) p_rng, output, length);
    error_ = mbedguard_leave(guard_,
        MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_RNG | MBEDGUARD_CALLS_OUT);
    if (error_ != 0 && result_ >= 0) {
        result_ = error_;
    }
    return result_;
}

int mbedguard_case_write(void *ctx, unsigned char *output, size_t length)
{
    mbedguard_guard *const guard_ = MBEDGUARD_GUARD_OF(((mbedguard_case_context *) ctx));
    int error_ = mbedguard_enter(guard_, MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_RNG, __func__);
    if (error_ != 0) {
        return error_;
    }
    int result_ = (mbedtls_case_write)((void *) ctx, output, length);
    error_ = mbedguard_leave(guard_, MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_RNG);
    if (error_ != 0 && result_ >= 0) {
        result_ = error_;
    }
    return result_;
}

int mbedguard_case_nameless(void *p0, unsigned char *p1)
{
    mbedguard_guard *const guard_ = MBEDGUARD_GUARD_OF(((mbedguard_case_context *) p0));
    int error_ = mbedguard_enter(guard_, MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_RNG, __func__);
    if (error_ != 0) {
        return error_;
    }
    int result_ = (mbedtls_case_nameless)((void *) p0, p1);
    error_ = mbedguard_leave(guard_, MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_RNG);
    if (error_ != 0 && result_ >= 0) {
        result_ = error_;
    }
    return result_;
}

mbedguard_guard *mbedguard_callback_object(void (*function)(void), void *data, unsigned *rank)
{
    if (function == (void (*)(void)) mbedguard_case_random) {
        *rank = MBEDGUARD_RANK_RNG;
        return MBEDGUARD_GUARD_OF((mbedguard_case_context *) data);
    }
    if (function == (void (*)(void)) mbedguard_case_write) {
        *rank = MBEDGUARD_RANK_RNG;
        return MBEDGUARD_GUARD_OF((mbedguard_case_context *) data);
    }
    if (function == (void (*)(void)) mbedguard_case_nameless) {
        *rank = MBEDGUARD_RANK_RNG;
        return MBEDGUARD_GUARD_OF((mbedguard_case_context *) data);
    }
    return mbedguard_rng_object(function, data, rank);
}
