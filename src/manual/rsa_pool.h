/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The pool of a guarded RSA key, for emitted call-throughs. */
#ifndef MBEDGUARD_MANUAL_RSA_POOL_H
#define MBEDGUARD_MANUAL_RSA_POOL_H

#include <mbedguard/mbedguard.h>

#include "modules/rsa/rsa_pool.h"

#if defined(MBEDTLS_RSA_C) && MBEDTLS_VERSION_NUMBER < 0x04000000

/* With the key held exclusively, before it is changed: its copies are of no use any more. 0. */
int mbedguard_rsa_changes(mbedguard_rsa_context *ctx);

/*
 * With an object held exclusively that is as large as an RSA key, and of its rank, after the program
 * may have done to it whatever it liked: the same, if it is an RSA key.
 */
void mbedguard_rsa_was_locked(void *object);

#else

/* The types are there without the module, too. */
static inline void mbedguard_rsa_pool_free(mbedguard_rsa_pool *pool)
{
    (void) pool;
}

#endif

#endif /* MBEDGUARD_MANUAL_RSA_POOL_H */
