#include <stddef.h>
typedef struct mbedtls_case_context {
    int a;
} mbedtls_case_context;
void mbedtls_case_init(mbedtls_case_context *ctx);
void mbedtls_case_free(mbedtls_case_context *ctx);

/** \return 0 on success, or an error code. */
int mbedtls_case_draw(mbedtls_case_context *ctx, unsigned char *output);
/** \return 1 if something was drawn, else 0. */
int mbedtls_case_is_drawn(const mbedtls_case_context *ctx);
/** \return 0 on success, or an error code. */
int mbedtls_case_draw_two(mbedtls_case_context *ctx, mbedtls_case_context *other);
