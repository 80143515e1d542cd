int mbedtls_case_f(int (something));
