int mbedtls_case_f(int a);
int mbedtls_case_g(int a) __attribute__((mode(TI)));
