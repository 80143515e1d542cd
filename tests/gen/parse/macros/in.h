#ifndef MBEDTLS_CASE_H
#define MBEDTLS_CASE_H
#define MBEDTLS_CASE_PLAIN 17 /* seventeen */
#define MBEDTLS_CASE_EMPTY
#define MBEDTLS_CASE_MAX(a, b) \
    ((a) > (b) ? \
     (a) : (b))
#define MBEDTLS_CASE_NOARGS() 1
#define MBEDTLS_CASE_VA(x, ...) f(x, __VA_ARGS__)
#define MBEDTLS_CASE_GONE 1
#undef MBEDTLS_CASE_GONE
#define MBEDTLS_CASE_PARENS (1)
/*
#define MBEDTLS_CASE_COMMENT 1
# 99 "elsewhere.h"
*/
enum { MBEDTLS_CASE_E1 = 'x', MBEDTLS_CASE_E2 };
typedef enum mbedtls_case_kind { MBEDTLS_CASE_NONE = 0, MBEDTLS_CASE_SOME } mbedtls_case_kind;
/** Of a macro. */
#define MBEDTLS_CASE_LATE 1
int mbedtls_case_undocumented(mbedtls_case_kind kind);
#endif
