#include <stddef.h>

#include <stddef.h>
typedef struct mbedtls_case_context {
    int a;
} mbedtls_case_context;
void mbedtls_case_init(mbedtls_case_context *ctx);
void mbedtls_case_free(mbedtls_case_context *ctx);

/** \return 0 on success, or an error code. */
int mbedtls_case_verify(mbedtls_case_context *ctx,
                        int (*f_vrfy)(void *, mbedtls_case_context *, int, unsigned *), void *p_vrfy);
void mbedtls_case_conf_sni(mbedtls_case_context *ctx,
                           int (*f_sni)(void *, mbedtls_case_context *, const char *), void *p_sni);
void mbedtls_case_conf_cache(mbedtls_case_context *ctx,
                             int (*f_get)(void *, mbedtls_case_context *),
                             int (*f_set)(void *, const mbedtls_case_context *), void *p_cache);
void mbedtls_case_conf_raw(mbedtls_case_context *ctx, int (*f_ca)(mbedtls_case_context **));
