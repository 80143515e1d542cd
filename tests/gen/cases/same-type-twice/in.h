#include <stddef.h>
typedef struct mbedtls_case_context {
    int a;
} mbedtls_case_context;
void mbedtls_case_init(mbedtls_case_context *ctx);
void mbedtls_case_free(mbedtls_case_context *ctx);

typedef mbedtls_case_context mbedtls_twin_context;
void mbedtls_twin_init(mbedtls_twin_context *ctx);
void mbedtls_twin_free(mbedtls_twin_context *ctx);
/** \return 0 on success, or an error code. */
int mbedtls_twin_use(mbedtls_twin_context *ctx, mbedtls_case_context *other);
