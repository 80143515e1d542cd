int mbedtls_case_ok(void);
int mbedtls_case_f(int a,
                   mbedtls_lost_context *ctx);
