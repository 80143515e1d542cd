#include <stddef.h>
typedef struct mbedtls_case_context {
    int a;
} mbedtls_case_context;
void mbedtls_case_init(mbedtls_case_context *ctx);
void mbedtls_case_free(mbedtls_case_context *ctx);

typedef struct mbedtls_other_context {
    int b;
} mbedtls_other_context;
void mbedtls_other_init(mbedtls_other_context *ctx);
void mbedtls_other_free(mbedtls_other_context *ctx);
/** \return 0 on success, or an error code. */
int mbedtls_case_set_other(mbedtls_case_context *ctx, mbedtls_other_context *other);
