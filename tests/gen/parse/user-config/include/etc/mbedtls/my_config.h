#define MBEDTLS_CASE_C
typedef struct { int x; } mbedtls_case_t;
