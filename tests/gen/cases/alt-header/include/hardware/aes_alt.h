typedef struct mbedtls_aes_context {
    void *engine;
} mbedtls_aes_context;
