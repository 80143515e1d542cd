int mbedtls_case_init, mbedtls_case_free, mbedtls_case_here;
