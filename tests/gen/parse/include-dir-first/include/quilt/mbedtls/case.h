int mbedtls_case_patched(void);
