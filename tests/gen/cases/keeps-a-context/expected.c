int mbedguard_case_conf_own(mbedguard_case_config *conf, mbedguard_case_key *key)
{
    if (MBEDGUARD_MISSING(conf)) {
        return MBEDGUARD_ERR_BAD_INPUT;
    }
    mbedguard_want set_[] = {
        { MBEDGUARD_GUARD_OF(conf), MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_CONFIG },
        { MBEDGUARD_GUARD_OF(key), MBEDGUARD_SHARED | MBEDGUARD_RANK_KEY },
    };
    int error_ = mbedguard_enter_set(set_, 2, __func__);
    if (error_ != 0) {
        return error_;
    }
    error_ = key == NULL ? mbedguard_case_check_unused(conf) : 0;
    if (error_ != 0) {
        (void) mbedguard_leave_set(set_, 2);
        return error_;
    }
    mbedguard_keep keep_[1];
    error_ = mbedguard_keep_begin(&keep_[0], MBEDGUARD_GUARD_OF(conf), MBEDGUARD_RANK_CONFIG,
        MBEDGUARD_GUARD_OF(key), MBEDGUARD_RANK_KEY, 1, false, __func__);
    if (error_ != 0) {
        (void) mbedguard_leave_set(set_, 2);
        return error_;
    }
    int result_ = (mbedtls_case_conf_own)((mbedtls_case_config *) conf, (mbedtls_case_key *) key);
    if (result_ == 0) {
        mbedguard_keep_commit(&keep_[0]);
        if (key == NULL) {
            mbedguard_keep_release(MBEDGUARD_GUARD_OF(conf), 1);
        }
    } else {
        mbedguard_keep_abort(&keep_[0]);
    }
    error_ = mbedguard_leave_set(set_, 2);
    if (error_ != 0 && result_ >= 0) {
        result_ = error_;
    }
    return result_;
}

int mbedguard_case_conf_peer(mbedguard_case_config *conf, mbedguard_case_key *key)
{
    if (MBEDGUARD_MISSING(conf) || MBEDGUARD_MISSING(key)) {
        return MBEDGUARD_ERR_BAD_INPUT;
    }
    mbedguard_want set_[] = {
        { MBEDGUARD_GUARD_OF(conf), MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_CONFIG },
        { MBEDGUARD_GUARD_OF(key), MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_KEY },
    };
    int error_ = mbedguard_enter_set(set_, 2, __func__);
    if (error_ != 0) {
        return error_;
    }
    mbedguard_keep keep_[1];
    error_ = mbedguard_keep_begin(&keep_[0], MBEDGUARD_GUARD_OF(conf), MBEDGUARD_RANK_CONFIG,
        MBEDGUARD_GUARD_OF(key), MBEDGUARD_RANK_KEY, 2, true, __func__);
    if (error_ != 0) {
        (void) mbedguard_leave_set(set_, 2);
        return error_;
    }
    (mbedtls_case_conf_peer)((mbedtls_case_config *) conf, (mbedtls_case_key *) key);
    mbedguard_keep_commit(&keep_[0]);
    error_ = mbedguard_leave_set(set_, 2);
    return error_;
}

int mbedguard_case_set_copy(mbedguard_case_config *conf, const mbedguard_case_key *key)
{
    if (MBEDGUARD_MISSING(conf) || MBEDGUARD_MISSING(key)) {
        return MBEDGUARD_ERR_BAD_INPUT;
    }
    mbedguard_want set_[] = {
        { MBEDGUARD_GUARD_OF(conf), MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_CONFIG },
        { MBEDGUARD_GUARD_OF(key), MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_KEY },
    };
    int error_ = mbedguard_enter_set(set_, 2, __func__);
    if (error_ != 0) {
        return error_;
    }
    int result_ = (mbedtls_case_set_copy)((mbedtls_case_config *) conf,
        (const mbedtls_case_key *) key);
    error_ = mbedguard_leave_set(set_, 2);
    if (error_ != 0 && result_ >= 0) {
        result_ = error_;
    }
    return result_;
}
