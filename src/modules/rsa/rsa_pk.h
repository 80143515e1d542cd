/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The pool of an RSA key inside a pk context. */
#ifndef MBEDGUARD_MODULES_RSA_PK_H
#define MBEDGUARD_MODULES_RSA_PK_H

#include <mbedguard/pk.h>

#include "modules/rsa/rsa_pool.h"

#if defined(MBEDTLS_PK_C) && defined(MBEDTLS_RSA_C) && MBEDTLS_VERSION_NUMBER < 0x04000000

/* A private operation through pk, on whatever is free. */
typedef struct mbedguard_rsa_pk_use {
    mbedtls_pk_context pk; /* to be called in the place of the original; owns nothing */
    mbedguard_rsa_pool *pool;
    mbedguard_rsa_slot slot;
} mbedguard_rsa_pk_use;

/* NULL where it is no RSA key, or one that was not set up through the guard. The caller holds it. */
mbedguard_rsa_pool *mbedguard_rsa_pk_pool(const mbedguard_pk_context *pk);

/* As mbedguard_rsa_pool_take() and _give(). */
int mbedguard_rsa_pk_take(mbedguard_rsa_pk_use *use, const mbedtls_pk_context *pk,
                          mbedguard_rsa_pool *pool, const char *where);
int mbedguard_rsa_pk_give(mbedguard_rsa_pk_use *use, const char *where);

#if MBEDTLS_VERSION_NUMBER < 0x03000000
/* As Mbed TLS made it, for what compares the kinds of two keys; the copy owns nothing. */
mbedtls_pk_context mbedguard_rsa_pk_plain(const mbedtls_pk_context *pk);
#endif

#endif

#endif /* MBEDGUARD_MODULES_RSA_PK_H */
