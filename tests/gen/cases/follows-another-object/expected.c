static void raw_free_ssl_context(void *object)
{
    mbedguard_ssl_context *const self = object;
    mbedguard_guard *const other = MBEDGUARD_GUARD_OF(mbedguard_ssl_config_of(self));
    if (other != NULL && mbedguard_enter(other, MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_CONFIG | MBEDGUARD_CALLS_OUT, __func__) == 0) {
        (mbedtls_ssl_free)(&self->unguarded);
        (void) mbedguard_leave(other, MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_CONFIG | MBEDGUARD_CALLS_OUT);
    } else {
        (mbedtls_ssl_free)(&self->unguarded);
    }
}

int mbedguard_ssl_handshake(mbedguard_ssl_context *ssl)
{
    mbedguard_guard *const guard_ = MBEDGUARD_GUARD_OF(ssl);
    int error_ = mbedguard_enter(guard_,
        MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_SSL | MBEDGUARD_CALLS_OUT, __func__);
    if (error_ != 0) {
        return error_;
    }
    mbedguard_want set_[] = {
        { MBEDGUARD_GUARD_OF(mbedguard_ssl_config_of(ssl)),
        MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_CONFIG | MBEDGUARD_CALLS_OUT },
    };
    error_ = mbedguard_enter_set(set_, 1, __func__);
    if (error_ != 0) {
        (void) mbedguard_leave(guard_,
        MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_SSL | MBEDGUARD_CALLS_OUT);
        return error_;
    }
    int result_ = (mbedtls_ssl_handshake)((mbedtls_ssl_context *) ssl);
    error_ = mbedguard_leave_set(set_, 1);
    if (mbedguard_leave(guard_,
        MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_SSL | MBEDGUARD_CALLS_OUT) != 0) {
        error_ = MBEDGUARD_ERR_THREADING;
    }
    if (error_ != 0 && result_ >= 0) {
        result_ = error_;
    }
    return result_;
}

int mbedguard_ssl_setup(mbedguard_ssl_context *ssl, const mbedguard_ssl_config *conf)
{
    if (MBEDGUARD_MISSING(conf)) {
        return MBEDGUARD_ERR_BAD_INPUT;
    }
    mbedguard_guard *const guard_ = MBEDGUARD_GUARD_OF(ssl);
    int error_ = mbedguard_enter(guard_, MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_SSL, __func__);
    if (error_ != 0) {
        return error_;
    }
    mbedguard_want set_[] = {
        { MBEDGUARD_GUARD_OF(mbedguard_ssl_config_of(ssl)),
        MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_CONFIG },
        { MBEDGUARD_GUARD_OF(conf), MBEDGUARD_SHARED | MBEDGUARD_RANK_CONFIG },
    };
    error_ = mbedguard_enter_set(set_, 2, __func__);
    if (error_ != 0) {
        (void) mbedguard_leave(guard_, MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_SSL);
        return error_;
    }
    mbedguard_keep keep_[1];
    error_ = mbedguard_keep_begin(&keep_[0], MBEDGUARD_GUARD_OF(ssl), MBEDGUARD_RANK_SSL,
        MBEDGUARD_GUARD_OF(conf), MBEDGUARD_RANK_CONFIG, 1, true, __func__);
    if (error_ != 0) {
        (void) mbedguard_leave_set(set_, 2);
        (void) mbedguard_leave(guard_, MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_SSL);
        return error_;
    }
    int result_ = (mbedtls_ssl_setup)((mbedtls_ssl_context *) ssl,
        (const mbedtls_ssl_config *) conf);
    if (result_ == 0) {
        mbedguard_keep_commit(&keep_[0]);
    } else {
        mbedguard_keep_abort(&keep_[0]);
    }
    error_ = mbedguard_leave_set(set_, 2);
    if (mbedguard_leave(guard_, MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_SSL) != 0) {
        error_ = MBEDGUARD_ERR_THREADING;
    }
    if (error_ != 0 && result_ >= 0) {
        result_ = error_;
    }
    return result_;
}
