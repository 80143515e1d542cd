typedef struct mbedtls_case {
    int a;
    mbedtls_lost x;
} mbedtls_case;
