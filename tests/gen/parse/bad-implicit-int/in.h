mbedtls_case_f(int);
