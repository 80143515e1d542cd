#include "config.h"
#include "psa/crypto_config.h"
#define MBEDTLS_VERSION_STRING "9.8.7"
#define MBEDTLS_VERSION_NUMBER 0x09080700
