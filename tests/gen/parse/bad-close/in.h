int mbedtls_case_f(void);
}
int mbedtls_case_g(void);
