int mbedtls_case_original(void);
