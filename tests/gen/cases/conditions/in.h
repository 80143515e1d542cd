#include <stddef.h>
typedef struct mbedtls_case_context {
    int a;
} mbedtls_case_context;
void mbedtls_case_init(mbedtls_case_context *ctx);
void mbedtls_case_free(mbedtls_case_context *ctx);

/** \return 0 on success, or an error code. */
int mbedtls_case_one(mbedtls_case_context *ctx);
/** \return 0 on success, or an error code. */
int mbedtls_case_two(mbedtls_case_context *ctx);
/** \return 0 on success, or an error code. */
int mbedtls_case_three(mbedtls_case_context *ctx);
/** \return 0 on success, or an error code. */
int mbedtls_case_four(mbedtls_case_context *ctx);
/** \return 0 on success, or an error code. */
static inline int mbedtls_case_five(mbedtls_case_context *ctx)
{
    return ctx->a;
}
int mbedtls_self_test_off(void);
