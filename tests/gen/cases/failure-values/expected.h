MBEDGUARD_API unsigned char const (*mbedguard_case_get_id(const mbedguard_case_context *ctx))[32];

MBEDGUARD_API const unsigned char *mbedguard_case_get_buffer(const mbedguard_case_context *ctx);
