int mbedtls_case_f(int a int b);
