_Static_assert(offsetof(struct mbedguard_case_context, unguarded) == 0, "raw first");
_Static_assert(offsetof(struct mbedguard_case_context,
    guard) + sizeof(mbedguard_guard) == sizeof(struct mbedguard_case_context), "guard last");

static void raw_init_case_context(void *object)
{
    mbedguard_case_context *const self = object;
    (mbedtls_case_init)(&self->unguarded);
}

static void raw_free_case_context(void *object)
{
    mbedguard_case_context *const self = object;
    (mbedtls_case_free)(&self->unguarded);
}

static const mbedguard_type type_case_context = {
    .name = "mbedtls_case_context",
    .size = sizeof(mbedguard_case_context),
    .rank = MBEDGUARD_RANK_LEAF,
    .raw_init = raw_init_case_context,
    .raw_free = raw_free_case_context,
};

int mbedguard_case_init(mbedguard_case_context *object)
{
    return mbedguard_object_init(&type_case_context, object, __func__);
}

int mbedguard_case_free(mbedguard_case_context *object)
{
    return mbedguard_object_free(&type_case_context, object, __func__);
}

mbedguard_case_context *mbedguard_case_new(void)
{
    return mbedguard_object_create(&type_case_context, __func__);
}

int mbedguard_case_ref(mbedguard_case_context *object)
{
    return mbedguard_object_ref(&type_case_context, object, __func__);
}

int mbedguard_case_update(mbedguard_case_context *ctx, const unsigned char *input, size_t length)
{
    mbedguard_guard *const guard_ = MBEDGUARD_GUARD_OF(ctx);
    int error_ = mbedguard_enter(guard_, MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_LEAF, __func__);
    if (error_ != 0) {
        return error_;
    }
    int result_ = (mbedtls_case_update)((mbedtls_case_context *) ctx, input, length);
    error_ = mbedguard_leave(guard_, MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_LEAF);
    if (error_ != 0 && result_ >= 0) {
        result_ = error_;
    }
    return result_;
}

int mbedguard_case_reset(mbedguard_case_context *ctx)
{
    mbedguard_guard *const guard_ = MBEDGUARD_GUARD_OF(ctx);
    int error_ = mbedguard_enter(guard_, MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_LEAF, __func__);
    if (error_ != 0) {
        return error_;
    }
    (mbedtls_case_reset)((mbedtls_case_context *) ctx);
    error_ = mbedguard_leave(guard_, MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_LEAF);
    return error_;
}
