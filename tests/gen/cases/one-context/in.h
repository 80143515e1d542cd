#include <stddef.h>

/** A context. */
typedef struct mbedtls_case_context {
    int a;
    unsigned char b[16];
} mbedtls_case_context;

void mbedtls_case_init(mbedtls_case_context *ctx);
void mbedtls_case_free(mbedtls_case_context *ctx);

/**
 * \brief          Do what a case does.
 *
 * \param ctx      The context.
 * \param input    What to do it with.
 * \param length   The length of \p input in Bytes.
 *
 * \return         \c 0 on success.
 * \return         A negative error code on failure.
 */
int mbedtls_case_update(mbedtls_case_context *ctx, const unsigned char *input, size_t length);

/** \brief A call without a result. */
void mbedtls_case_reset(mbedtls_case_context *ctx);
