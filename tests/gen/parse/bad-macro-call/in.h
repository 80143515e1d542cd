int mbedtls_case_f(void);
MBEDTLS_NOT_DEFINED(mbedtls_case_g, 3)
int mbedtls_case_h(void);
