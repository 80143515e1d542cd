int mbedtls_case_f(void);
42;
