typedef mbedguard_case_context mbedguard_twin_context;

MBEDGUARD_API int mbedguard_twin_init(mbedguard_case_context *object);
