MBEDGUARD_API int mbedguard_case_init(mbedguard_case_context *object, int padding, int hash_id);
