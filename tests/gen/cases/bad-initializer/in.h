#define MBEDTLS_CASE_CONTEXT_INIT { 1 }
typedef struct mbedtls_case_context {
    int a;
} mbedtls_case_context;
void mbedtls_case_init(mbedtls_case_context *ctx);
void mbedtls_case_free(mbedtls_case_context *ctx);
