int mbedtls_case_f(int (*(*table)[3])(void));
