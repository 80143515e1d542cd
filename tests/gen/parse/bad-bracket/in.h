int mbedtls_case_f(unsigned char x[16), int b);
