#include <stddef.h>
typedef struct mbedtls_case_context {
    int a;
} mbedtls_case_context;
void mbedtls_case_init(mbedtls_case_context *ctx);
void mbedtls_case_free(mbedtls_case_context *ctx);

typedef struct mbedtls_pair {
    mbedtls_case_context inner;
} mbedtls_pair;
mbedtls_case_context *mbedtls_case_inner(const mbedtls_pair pair);
void mbedtls_pair_init(mbedtls_pair *pair);
void mbedtls_pair_free(mbedtls_pair *pair);
