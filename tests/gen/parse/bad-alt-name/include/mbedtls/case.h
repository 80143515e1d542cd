#include "hardware.h"
void mbedtls_aes_init(mbedtls_aes_context *ctx);
