typedef struct mbedtls_aes_context { int hw; } mbedtls_aes_context;
