#include <stddef.h>
#define MBEDTLS_ERR_CASE_THERE -1
typedef struct mbedtls_case_context {
    int a;
} mbedtls_case_context;
void mbedtls_case_init(mbedtls_case_context *ctx);
void mbedtls_case_free(mbedtls_case_context *ctx);

/** \return 0 on success, or an error code. */
int mbedtls_case_read(mbedtls_case_context *ctx);
/** \brief Set it. */
void mbedtls_case_set(mbedtls_case_context *ctx, int (*f_it)(void *), void *p_it);
/** \return 0 on success, or an error code. */
int mbedtls_case_other(mbedtls_case_context *ctx);
/** \return Nothing but this. */
int mbedtls_case_count(mbedtls_case_context *ctx);
/** \return 0 on success, or an error code. */
int mbedtls_case_wait(mbedtls_case_context *ctx);
