#include <stddef.h>
typedef struct mbedtls_new_context {
    int a;
} mbedtls_new_context;
void mbedtls_new_init(mbedtls_new_context *ctx);
void mbedtls_new_free(mbedtls_new_context *ctx);
