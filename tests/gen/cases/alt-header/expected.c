int mbedguard_aes_setkey(mbedguard_aes_context *ctx)
{
    mbedguard_guard *const guard_ = MBEDGUARD_GUARD_OF(ctx);
    int error_ = mbedguard_enter(guard_, MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_LEAF, __func__);
    if (error_ != 0) {
        return error_;
    }
    int result_ = (mbedtls_aes_setkey)((mbedtls_aes_context *) ctx);
    error_ = mbedguard_leave(guard_, MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_LEAF);
    if (error_ != 0 && result_ >= 0) {
        result_ = error_;
    }
    return result_;
}
