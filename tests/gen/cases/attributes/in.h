#include <stddef.h>
typedef struct mbedtls_case_context {
    int a;
} mbedtls_case_context;
void mbedtls_case_init(mbedtls_case_context *ctx);
void mbedtls_case_free(mbedtls_case_context *ctx);

/**
 * \deprecated Superseded.
 * \return 0 on success, or an error code.
 */
__attribute__((deprecated)) int mbedtls_case_old(mbedtls_case_context *ctx);
/** \return 0 on success, or an error code. */
__attribute__((warn_unused_result)) int mbedtls_case_must(mbedtls_case_context *ctx,
                                                          const unsigned char iv[16]);
