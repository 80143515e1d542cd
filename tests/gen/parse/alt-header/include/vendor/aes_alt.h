#include "hw.h"
typedef struct mbedtls_aes_context { HW_Handle hw; } mbedtls_aes_context;
void mbedtls_aes_init(mbedtls_aes_context *context);
void mbedtls_aes_hw(void);
