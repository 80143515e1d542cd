/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* A copy of a private key. */
#ifndef MBEDGUARD_MODULES_RSA_COPY_H
#define MBEDGUARD_MODULES_RSA_COPY_H

#include <stdbool.h>

#include <mbedtls/rsa.h>

typedef struct mbedguard_rsa_copy {
    struct mbedguard_rsa_copy *next;
    bool busy;   /* a thread works on it */
    bool listed; /* it is in the list of its pool */
    mbedtls_rsa_context key;
} mbedguard_rsa_copy;

/*
 * A copy without blinding values: its first private operation draws its own. The caller keeps others
 * from changing the key, but not from using it. NULL where there is no memory, or where the key has no
 * copy that gives the same results: it is public, incomplete, inconsistent, or cannot be exported.
 */
mbedguard_rsa_copy *mbedguard_rsa_copy_make(const mbedtls_rsa_context *key);

/* Wiped and freed. */
void mbedguard_rsa_copy_free(mbedguard_rsa_copy *copy);

#endif /* MBEDGUARD_MODULES_RSA_COPY_H */
