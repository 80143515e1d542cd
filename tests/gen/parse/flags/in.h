int mbedtls_case_f(int a);
