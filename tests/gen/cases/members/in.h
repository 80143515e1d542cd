typedef struct mbedtls_case_context {
    int private_state;
    unsigned char raw[4];
    struct { int inner; } within;
} mbedtls_case_context;
void mbedtls_case_init(mbedtls_case_context *ctx);
void mbedtls_case_free(mbedtls_case_context *ctx);
