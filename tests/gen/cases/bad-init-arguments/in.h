typedef struct mbedtls_case_context {
    int padding;
} mbedtls_case_context;
void mbedtls_case_init(mbedtls_case_context *ctx, int padding, int hash_id);
void mbedtls_case_free(mbedtls_case_context *ctx);
