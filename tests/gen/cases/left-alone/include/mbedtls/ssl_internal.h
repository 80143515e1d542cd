int mbedtls_case_internal(void);
