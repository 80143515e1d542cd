#ifndef MBEDTLS_CASE_H
#define MBEDTLS_CASE_H
#include <stddef.h>
#ifdef __cplusplus
extern "C" {
#endif

/** A context. */
typedef struct mbedtls_case_context
{
    int mode;
    unsigned char key[2 * 8], *next;
    size_t total[2];
} mbedtls_case_context;

typedef mbedtls_case_context mbedtls_case_alias;

/**
 * \brief  Use it.
 */
int mbedtls_case_use( mbedtls_case_context *ctx, const mbedtls_case_alias *from,
                      /* the key */ const unsigned char key[16], size_t n,
                      char * const * volatile list );

/* Not a documentation comment. */
void mbedtls_case_none( void );
int mbedtls_case_unnamed( mbedtls_case_context *, size_t );
void mbedtls_case_old();
extern const int mbedtls_case_table[3];

#ifdef __cplusplus
}
#endif
#endif
