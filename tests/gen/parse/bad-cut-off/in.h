int mbedtls_case_g(void);
int mbedtls_case_f(int a,
