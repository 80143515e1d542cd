#include <stddef.h>
typedef struct mbedtls_counter_context {
    unsigned long value;
} mbedtls_counter_context;
void mbedtls_counter_init(mbedtls_counter_context *ctx);
void mbedtls_counter_free(mbedtls_counter_context *ctx);
size_t mbedtls_counter_get(const mbedtls_counter_context *ctx);
/** \return 0 on success, or an error code. */
int mbedtls_counter_draw(void *p_rng, unsigned char *output, size_t length);
