MBEDGUARD_API MBEDGUARD_DEPRECATED int mbedguard_case_old(mbedguard_case_context *ctx);

MBEDGUARD_API MBEDGUARD_MUST_CHECK int mbedguard_case_must(mbedguard_case_context *ctx,
    const unsigned char iv[16]);
