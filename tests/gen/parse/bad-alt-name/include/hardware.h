typedef struct { int x; } mbedtls_aes_context;
