size_t mbedguard_case_get_len(const mbedguard_case_context *ctx)
{
    mbedguard_guard *const guard_ = MBEDGUARD_GUARD_OF(ctx);
    int error_ = mbedguard_enter(guard_, MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_LEAF, __func__);
    if (error_ != 0) {
        return 0;
    }
    size_t result_ = (mbedtls_case_get_len)((const mbedtls_case_context *) ctx);
    error_ = mbedguard_leave(guard_, MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_LEAF);
    if (error_ != 0) {
        result_ = 0;
    }
    return result_;
}

mbedtls_case_kind_t mbedguard_case_get_kind(const mbedguard_case_context *ctx)
{
    mbedguard_guard *const guard_ = MBEDGUARD_GUARD_OF(ctx);
    int error_ = mbedguard_enter(guard_, MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_LEAF, __func__);
    if (error_ != 0) {
        return MBEDTLS_CASE_NONE;
    }
    mbedtls_case_kind_t result_ = (mbedtls_case_get_kind)((const mbedtls_case_context *) ctx);
    error_ = mbedguard_leave(guard_, MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_LEAF);
    if (error_ != 0) {
        result_ = MBEDTLS_CASE_NONE;
    }
    return result_;
}

const char *mbedguard_case_get_name(const mbedguard_case_context *ctx)
{
    mbedguard_guard *const guard_ = MBEDGUARD_GUARD_OF(ctx);
    int error_ = mbedguard_enter(guard_, MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_LEAF, __func__);
    if (error_ != 0) {
        return NULL;
    }
    const char *result_ = (mbedtls_case_get_name)((const mbedtls_case_context *) ctx);
    error_ = mbedguard_leave(guard_, MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_LEAF);
    if (error_ != 0) {
        result_ = NULL;
    }
    return result_;
}

const unsigned char *mbedguard_case_get_buffer(const mbedguard_case_context *ctx)
{
    mbedguard_guard *const guard_ = MBEDGUARD_GUARD_OF(ctx);
    int error_ = mbedguard_enter(guard_, MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_LEAF, __func__);
    if (error_ != 0) {
        return NULL;
    }
    const unsigned char *result_ = (mbedtls_case_get_buffer)((const mbedtls_case_context *) ctx);
    error_ = mbedguard_leave(guard_, MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_LEAF);
    if (error_ != 0) {
        result_ = NULL;
    }
    return result_;
}

unsigned char const (*mbedguard_case_get_id(const mbedguard_case_context *ctx))[32]
{
    mbedguard_guard *const guard_ = MBEDGUARD_GUARD_OF(ctx);
    int error_ = mbedguard_enter(guard_, MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_LEAF, __func__);
    if (error_ != 0) {
        return NULL;
    }
    unsigned char const (*result_)[32] = (mbedtls_case_get_id)((const mbedtls_case_context *) ctx);
    error_ = mbedguard_leave(guard_, MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_LEAF);
    if (error_ != 0) {
        result_ = NULL;
    }
    return result_;
}

int mbedguard_case_verify(mbedguard_case_context *ctx, unsigned *flags)
{
    mbedguard_guard *const guard_ = MBEDGUARD_GUARD_OF(ctx);
    int error_ = mbedguard_enter(guard_, MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_LEAF, __func__);
    if (error_ != 0) {
        if (flags != NULL) {
            *flags = 0xFFFFFFFFu;
        }
        return error_;
    }
    int result_ = (mbedtls_case_verify)((mbedtls_case_context *) ctx, flags);
    error_ = mbedguard_leave(guard_, MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_LEAF);
    if (error_ != 0 && result_ >= 0) {
        result_ = error_;
    }
    return result_;
}

int mbedguard_case_undocumented(mbedguard_case_context *ctx)
{
    mbedguard_guard *const guard_ = MBEDGUARD_GUARD_OF(ctx);
    int error_ = mbedguard_enter(guard_, MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_LEAF, __func__);
    if (error_ != 0) {
        return error_;
    }
    int result_ = (mbedtls_case_undocumented)((mbedtls_case_context *) ctx);
    error_ = mbedguard_leave(guard_, MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_LEAF);
    if (error_ != 0 && result_ >= 0) {
        result_ = error_;
    }
    return result_;
}
