#include <tf-psa-crypto/build_info.h>
#define MBEDTLS_VERSION_STRING "9.8.7"
#define MBEDTLS_VERSION_NUMBER 0x09080700
