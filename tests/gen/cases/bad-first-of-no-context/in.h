#include <stddef.h>
typedef struct mbedtls_case_context {
    int a;
} mbedtls_case_context;
void mbedtls_case_init(mbedtls_case_context *ctx);
void mbedtls_case_free(mbedtls_case_context *ctx);
/** \return 0 on success, or an error code. */
int mbedtls_case_conf(mbedtls_case_context *ctx, const char *name);
