#include <stddef.h>
typedef struct mbedtls_case_context {
    int a;
} mbedtls_case_context;
void mbedtls_case_init(mbedtls_case_context *ctx);
void mbedtls_case_free(mbedtls_case_context *ctx);

typedef int mbedtls_case_write_t(void *ctx, unsigned char *output, size_t length);
/** \return 0 on success, or an error code. */
int mbedtls_case_random(void *p_rng, unsigned char *output, size_t length);
/** Declared through a type: its parameters have names only there. */
mbedtls_case_write_t mbedtls_case_write;
int mbedtls_case_nameless(void *, unsigned char *);
