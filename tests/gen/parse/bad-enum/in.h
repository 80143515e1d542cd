enum mbedtls_case { MBEDTLS_A MBEDTLS_B };
