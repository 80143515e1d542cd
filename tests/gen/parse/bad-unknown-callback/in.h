#include <stddef.h>
void mbedtls_case_set(int (*f)(const psa_lost_t *, size_t), void *p);
