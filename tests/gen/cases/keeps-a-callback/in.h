#include <stddef.h>
typedef struct mbedtls_case_context {
    int a;
} mbedtls_case_context;
void mbedtls_case_init(mbedtls_case_context *ctx);
void mbedtls_case_free(mbedtls_case_context *ctx);

typedef struct mbedtls_case_rng {
    int b;
} mbedtls_case_rng;
void mbedtls_case_rng_init(mbedtls_case_rng *rng);
void mbedtls_case_rng_free(mbedtls_case_rng *rng);
/** \return 0 on success, or an error code. */
int mbedtls_case_rng_random(void *p_rng, unsigned char *output, size_t length);
void mbedtls_case_set_rng(mbedtls_case_context *ctx,
                          int (*f_rng)(void *, unsigned char *, size_t), void *p_rng);
void mbedtls_case_set_dbg(mbedtls_case_context *ctx, void (*f_dbg)(void *, int), void *p_dbg);
