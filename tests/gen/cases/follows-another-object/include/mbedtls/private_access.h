#define MBEDTLS_PRIVATE(member) member
