#include <stddef.h>
typedef struct mbedtls_case_context {
    int a;
} mbedtls_case_context;
void mbedtls_case_init(mbedtls_case_context *ctx);
void mbedtls_case_free(mbedtls_case_context *ctx);

/** \return 0 on success, or an error code. */
int mbedtls_case_getter(mbedtls_case_context *ctx);
/** \return 0 on success, or an error code. */
int mbedtls_case_read_file(mbedtls_case_context *ctx, const char *path);
/** \return 0 on success, or an error code. */
int mbedtls_case_wait(mbedtls_case_context *ctx);
/** \return 0 on success, or an error code. */
int mbedtls_case_receive(mbedtls_case_context *ctx);
/** \return 0 on success, or an error code. */
int mbedtls_case_draw(mbedtls_case_context *ctx, int (*f_rng)(void *, unsigned char *, size_t), void *p_rng);
/** \return 0 on success, or an error code. */
int mbedtls_case_sort(mbedtls_case_context *ctx, int (*f_cmp)(int, int));
/** \return 0 on success, or an error code. */
int mbedtls_case_self_test(int verbose);
