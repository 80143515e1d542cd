static void raw_init_case_context(void *object)
{
    mbedguard_case_context *const self = object;
    (mbedtls_case_init)(&self->unguarded, 7, 0);
}

int mbedguard_case_init(mbedguard_case_context *object, int padding, int hash_id)
{
    const int error_ = mbedguard_object_init(&type_case_context, object, __func__);
    if (error_ == 0) {
        (mbedtls_case_init)(&object->unguarded, padding, hash_id);
    }
    return error_;
}
