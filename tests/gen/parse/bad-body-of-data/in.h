int mbedtls_case_x { 1 };
