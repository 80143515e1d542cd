#include <stddef.h>
typedef struct mbedtls_case_context {
    int a;
} mbedtls_case_context;
void mbedtls_case_init(mbedtls_case_context *ctx);
void mbedtls_case_free(mbedtls_case_context *ctx);

typedef enum { MBEDTLS_CASE_NONE = 0, MBEDTLS_CASE_SOME } mbedtls_case_kind_t;
size_t mbedtls_case_get_len(const mbedtls_case_context *ctx);
mbedtls_case_kind_t mbedtls_case_get_kind(const mbedtls_case_context *ctx);
const char *mbedtls_case_get_name(const mbedtls_case_context *ctx);
const unsigned char *mbedtls_case_get_buffer(const mbedtls_case_context *ctx);
unsigned char const (*mbedtls_case_get_id(const mbedtls_case_context *ctx))[32];
/** \return 0 on success, or an error code. */
int mbedtls_case_verify(mbedtls_case_context *ctx, unsigned *flags);
int mbedtls_case_undocumented(mbedtls_case_context *ctx);
