#include <stddef.h>
typedef struct mbedtls_case_context {
    int a;
} mbedtls_case_context;
void mbedtls_case_init(mbedtls_case_context *ctx);
void mbedtls_case_free(mbedtls_case_context *ctx);

typedef struct mbedtls_leaf_context {
    int b;
} mbedtls_leaf_context;
void mbedtls_leaf_init(mbedtls_leaf_context *ctx);
void mbedtls_leaf_free(mbedtls_leaf_context *ctx);

/** \return 0 on success, or an error code. */
int mbedtls_case_sign(mbedtls_case_context *ctx);
/** \return 0 on success, or an error code. */
int mbedtls_case_look(mbedtls_case_context *ctx);
/** \return 0 on success, or an error code. */
int mbedtls_case_step(mbedtls_case_context *ctx);
/** \return 0 on success, or an error code. */
int mbedtls_case_prf(unsigned char *out, size_t length);
/** \return 0 on success, or an error code. */
int mbedtls_case_draw(mbedtls_case_context *ctx, int (*f_rng)(void *, unsigned char *, size_t),
                      void *p_rng);
/** \return 0 on success, or an error code. */
int mbedtls_case_set_rng(mbedtls_case_context *ctx, int (*f_rng)(void *, unsigned char *, size_t),
                         void *p_rng);
/** \return 0 on success, or an error code. */
int mbedtls_leaf_crypt(mbedtls_leaf_context *ctx, unsigned char *out);
