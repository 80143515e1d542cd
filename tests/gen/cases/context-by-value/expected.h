MBEDGUARD_API mbedtls_case_context *mbedguard_case_inner(mbedguard_pair *pair);
