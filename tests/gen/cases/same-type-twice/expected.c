static const mbedguard_type type_twin_context = {
    .name = "mbedtls_twin_context",
    .size = sizeof(mbedguard_case_context),
    .rank = MBEDGUARD_RANK_LEAF,
    .raw_init = raw_init_twin_context,
    .raw_free = raw_free_twin_context,
};

static void raw_init_twin_context(void *object)
{
    mbedguard_case_context *const self = object;
    (mbedtls_twin_init)(&self->unguarded);
}

int mbedguard_twin_init(mbedguard_case_context *object)
{
    return mbedguard_object_init(&type_twin_context, object, __func__);
}

int mbedguard_twin_use(mbedguard_twin_context *ctx, mbedguard_case_context *other)
{
    if (MBEDGUARD_MISSING(ctx) || MBEDGUARD_MISSING(other)) {
        return MBEDGUARD_ERR_BAD_INPUT;
    }
    mbedguard_want set_[] = {
        { MBEDGUARD_GUARD_OF(ctx), MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_LEAF },
        { MBEDGUARD_GUARD_OF(other), MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_LEAF },
    };
    int error_ = mbedguard_enter_set(set_, 2, __func__);
    if (error_ != 0) {
        return error_;
    }
    int result_ = (mbedtls_twin_use)((mbedtls_case_context *) ctx, (mbedtls_case_context *) other);
    error_ = mbedguard_leave_set(set_, 2);
    if (error_ != 0 && result_ >= 0) {
        result_ = error_;
    }
    return result_;
}
