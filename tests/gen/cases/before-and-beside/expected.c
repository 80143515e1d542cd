static void raw_init_case_context(void *object)
{
    mbedguard_case_context *const self = object;
    (mbedtls_case_init)(&self->unguarded);
    mbedguard_case_mark_init(&self->mark);
}

static void raw_free_case_context(void *object)
{
    mbedguard_case_context *const self = object;
    (mbedtls_case_free)(&self->unguarded);
    mbedguard_case_mark_free(&self->mark);
}

int mbedguard_case_free(mbedguard_case_context *object)
{
    const int error_ = mbedguard_case_before_free(object);
    if (error_ != 0) {
        return error_;
    }
    return mbedguard_object_free(&type_case_context, object, __func__);
}

int mbedguard_case_draw(mbedguard_case_context *ctx, unsigned char *output)
{
    mbedguard_guard *const guard_ = MBEDGUARD_GUARD_OF(ctx);
    int error_ = mbedguard_enter(guard_, MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_RNG, __func__);
    if (error_ != 0) {
        return error_;
    }
#if !defined(MBEDGUARD_THREADING_NONE)
    error_ = mbedguard_case_after_fork(ctx);
    if (error_ != 0) {
        (void) mbedguard_leave(guard_, MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_RNG);
        return error_;
    }
#endif
    int result_ = (mbedtls_case_draw)((mbedtls_case_context *) ctx, output);
    error_ = mbedguard_leave(guard_, MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_RNG);
    if (error_ != 0 && result_ >= 0) {
        result_ = error_;
    }
    return result_;
}

int mbedguard_case_is_drawn(const mbedguard_case_context *ctx)
{
    mbedguard_guard *const guard_ = MBEDGUARD_GUARD_OF(ctx);
    int error_ = mbedguard_enter(guard_, MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_RNG, __func__);
    if (error_ != 0) {
        return 0;
    }
    int result_ = (mbedtls_case_is_drawn)((const mbedtls_case_context *) ctx);
    if (result_ == 0) {
        result_ = mbedguard_case_was_drawn(ctx);
    }
    error_ = mbedguard_leave(guard_, MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_RNG);
    if (error_ != 0) {
        result_ = 0;
    }
    return result_;
}

int mbedguard_case_draw_two(mbedguard_case_context *ctx, mbedguard_case_context *other)
{
    if (MBEDGUARD_MISSING(ctx) || MBEDGUARD_MISSING(other)) {
        return MBEDGUARD_ERR_BAD_INPUT;
    }
    mbedguard_want set_[] = {
        { MBEDGUARD_GUARD_OF(ctx), MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_RNG },
        { MBEDGUARD_GUARD_OF(other), MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_RNG },
    };
    int error_ = mbedguard_enter_set(set_, 2, __func__);
    if (error_ != 0) {
        return error_;
    }
#if !defined(MBEDGUARD_THREADING_NONE)
    error_ = mbedguard_case_check_set_up(other);
    if (error_ != 0) {
        (void) mbedguard_leave_set(set_, 2);
        return error_;
    }
    error_ = mbedguard_case_after_fork(ctx);
    if (error_ != 0) {
        (void) mbedguard_leave_set(set_, 2);
        return error_;
    }
#endif
    int result_ = (mbedtls_case_draw_two)((mbedtls_case_context *) ctx,
        (mbedtls_case_context *) other);
    mbedguard_case_drawn(ctx);
    error_ = mbedguard_leave_set(set_, 2);
    if (error_ != 0 && result_ >= 0) {
        result_ = error_;
    }
    return result_;
}
