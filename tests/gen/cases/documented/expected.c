size_t mbedguard_counter_get(const mbedguard_counter_context *ctx)
{
    mbedguard_guard *const guard_ = MBEDGUARD_GUARD_OF(ctx);
    int error_ = mbedguard_enter(guard_, MBEDGUARD_SHARED | MBEDGUARD_RANK_RNG, __func__);
    if (error_ != 0) {
        return 0;
    }
    size_t result_ = (mbedtls_counter_get)((const mbedtls_counter_context *) ctx);
    error_ = mbedguard_leave(guard_, MBEDGUARD_SHARED | MBEDGUARD_RANK_RNG);
    if (error_ != 0) {
        result_ = 0;
    }
    return result_;
}
