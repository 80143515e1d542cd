static void raw_free_psa_mac_operation_t(void *object)
{
    mbedguard_psa_mac_operation_t *const self = object;
    (void) (psa_mac_abort)(&self->unguarded);
}

psa_status_t mbedguard_psa_mac_setup(mbedguard_psa_mac_operation_t *operation,
    mbedtls_svc_key_id_t key)
{
    if (MBEDGUARD_MISSING(operation)) {
        return PSA_ERROR_SERVICE_FAILURE;
    }
    mbedguard_want set_[] = {
        { MBEDGUARD_GUARD_OF(operation),
        MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_PSA_OPERATION | MBEDGUARD_CALLS_OUT },
        { &mbedguard_psa_store,
        MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_PSA_STORE | MBEDGUARD_CALLS_OUT },
        { NULL, MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_PSA_KEY | MBEDGUARD_CALLS_OUT },
    };
    int error_ = mbedguard_psa_enter_key(set_, 3, key, __func__);
    if (error_ != 0) {
        return PSA_ERROR_SERVICE_FAILURE;
    }
    psa_status_t result_ = (psa_mac_setup)((psa_mac_operation_t *) operation, key);
    error_ = mbedguard_leave_set(set_, 3);
    if (error_ != 0 && result_ == PSA_SUCCESS) {
        result_ = PSA_ERROR_SERVICE_FAILURE;
    }
    return result_;
}

    psa_status_t apart_;
    if (mbedguard_case_apart(attributes, data, data_length, key, &apart_)) {
        return apart_;
    }

    const bool file_ = mbedguard_psa_makes_file(&attributes->unguarded);
    error_ = mbedguard_psa_files_lock(file_);
    if (error_ != 0) {
        (void) mbedguard_leave_set(set_, 2);
        if (key != NULL) {
            *key = MBEDTLS_SVC_KEY_ID_INIT;
        }
        return PSA_ERROR_SERVICE_FAILURE;
    }
    psa_status_t result_ = (psa_import_key)((const psa_key_attributes_t *) attributes, data,
        data_length, key);
    mbedguard_psa_files_unlock(file_);
    if (result_ == PSA_SUCCESS) {
        mbedguard_psa_key_made(&attributes->unguarded, *key);
    }
    error_ = mbedguard_leave_set(set_, 2);

    if (!mbedguard_psa_has_slots()) {
        (void) mbedguard_leave(guard_,
        MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_PSA_STORE | MBEDGUARD_CALLS_OUT);
        return PSA_ERROR_BAD_STATE;
    }
    mbedguard_psa_key_ends(key);
    psa_status_t result_ = (psa_destroy_key)(key);
