#include "aes_alt.h"
/** \return 0 on success, or an error code. */
int mbedtls_aes_setkey(mbedtls_aes_context *ctx);
void mbedtls_aes_init(mbedtls_aes_context *ctx);
void mbedtls_aes_free(mbedtls_aes_context *ctx);
