#include <mbedtls/version.h>
int mbedtls_case_f(mbedtls_case_t *t);
