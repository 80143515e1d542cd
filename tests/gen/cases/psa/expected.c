static void raw_init_psa_hash_operation_t(void *object)
{
    mbedguard_psa_hash_operation_t *const self = object;
    memset(&self->unguarded, 0, sizeof self->unguarded);
}

static void raw_free_psa_hash_operation_t(void *object)
{
    mbedguard_psa_hash_operation_t *const self = object;
    mbedguard_guard *const other = &mbedguard_psa_store;
    if (other != NULL && mbedguard_enter(other, MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_PSA_STORE, __func__) == 0) {
        (void) (psa_hash_abort)(&self->unguarded);
        (void) mbedguard_leave(other, MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_PSA_STORE);
    } else {
        (void) (psa_hash_abort)(&self->unguarded);
    }
}

int mbedguard_psa_hash_operation_free(mbedguard_psa_hash_operation_t *object)
{
    return mbedguard_object_free(&type_psa_hash_operation_t, object, __func__);
}

psa_status_t mbedguard_psa_hash_finish(mbedguard_psa_hash_operation_t *operation, uint8_t *hash,
    size_t hash_size, size_t *hash_length)
{
    if (MBEDGUARD_MISSING(operation)) {
        if (hash_length != NULL) {
            *hash_length = 0;
        }
        return PSA_ERROR_SERVICE_FAILURE;
    }
    mbedguard_want set_[] = {
        { MBEDGUARD_GUARD_OF(operation),
        MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_PSA_OPERATION | MBEDGUARD_CALLS_OUT },
        { &mbedguard_psa_store,
        MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_PSA_STORE | MBEDGUARD_CALLS_OUT },
    };
    int error_ = mbedguard_enter_set(set_, 2, __func__);
    if (error_ != 0) {
        if (hash_length != NULL) {
            *hash_length = 0;
        }
        return PSA_ERROR_SERVICE_FAILURE;
    }
    error_ = mbedguard_psa_after_fork_keys_stay();
    if (error_ != 0) {
        (void) mbedguard_leave_set(set_, 2);
        if (hash_length != NULL) {
            *hash_length = 0;
        }
        return PSA_ERROR_SERVICE_FAILURE;
    }
    psa_status_t result_ = (psa_hash_finish)((psa_hash_operation_t *) operation, hash, hash_size,
        hash_length);
    error_ = mbedguard_leave_set(set_, 2);
    if (error_ != 0 && result_ == PSA_SUCCESS) {
        result_ = PSA_ERROR_SERVICE_FAILURE;
    }
    return result_;
}

psa_status_t mbedguard_psa_hash_abort(mbedguard_psa_hash_operation_t *operation)
{
    if (MBEDGUARD_MISSING(operation)) {
        return PSA_ERROR_SERVICE_FAILURE;
    }
    mbedguard_want set_[] = {
        { MBEDGUARD_GUARD_OF(operation),
        MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_PSA_OPERATION | MBEDGUARD_CALLS_OUT },
        { &mbedguard_psa_store,
        MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_PSA_STORE | MBEDGUARD_CALLS_OUT },
    };
    int error_ = mbedguard_enter_set(set_, 2, __func__);
    if (error_ != 0) {
        return PSA_ERROR_SERVICE_FAILURE;
    }
    error_ = mbedguard_psa_after_fork();
    if (error_ != 0) {
        (void) mbedguard_leave_set(set_, 2);
        return PSA_ERROR_SERVICE_FAILURE;
    }
    psa_status_t result_ = (psa_hash_abort)((psa_hash_operation_t *) operation);
    error_ = mbedguard_leave_set(set_, 2);
    if (error_ != 0 && result_ == PSA_SUCCESS) {
        result_ = PSA_ERROR_SERVICE_FAILURE;
    }
    return result_;
}

psa_status_t mbedguard_psa_import_key(const uint8_t *data, size_t data_length,
    mbedtls_svc_key_id_t *key)
{
    mbedguard_guard *const guard_ = &mbedguard_psa_store;
    int error_ = mbedguard_enter(guard_,
        MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_PSA_STORE | MBEDGUARD_CALLS_OUT, __func__);
    if (error_ != 0) {
        if (key != NULL) {
            *key = MBEDTLS_SVC_KEY_ID_INIT;
        }
        return PSA_ERROR_SERVICE_FAILURE;
    }
    error_ = mbedguard_psa_after_fork();
    if (error_ != 0) {
        (void) mbedguard_leave(guard_,
        MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_PSA_STORE | MBEDGUARD_CALLS_OUT);
        if (key != NULL) {
            *key = MBEDTLS_SVC_KEY_ID_INIT;
        }
        return PSA_ERROR_SERVICE_FAILURE;
    }
    psa_status_t result_ = (psa_import_key)(data, data_length, key);
    error_ = mbedguard_leave(guard_,
        MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_PSA_STORE | MBEDGUARD_CALLS_OUT);
    if (error_ != 0 && result_ == PSA_SUCCESS) {
        result_ = PSA_ERROR_SERVICE_FAILURE;
    }
    return result_;
}
