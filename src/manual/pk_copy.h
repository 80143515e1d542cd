/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Putting a copy of a public key into a pk context of the program's. */
#ifndef MBEDGUARD_MANUAL_PK_COPY_H
#define MBEDGUARD_MANUAL_PK_COPY_H

#include <mbedtls/pk.h>

#if defined(MBEDTLS_PK_C) && defined(MBEDTLS_PK_PARSE_C)

/*
 * Parse a SubjectPublicKeyInfo (DER) and let its key take the place of what pk held; on an error pk
 * is as it was. The caller holds pk, and the PSA store where parsing uses it.
 */
int mbedguard_pk_replace(mbedtls_pk_context *pk, const unsigned char *der, size_t length);

#endif

/*
 * How a certificate is taken for a verification with its key: alone among callers; but connections
 * that keep the certificate go on where Mbed TLS's own mutex protects what verifying writes, the
 * Montgomery constant of an RSA key.
 */
#if defined(MBEDTLS_THREADING_C)
#define MBEDGUARD_VERIFY_MODE MBEDGUARD_USE
#else
#define MBEDGUARD_VERIFY_MODE MBEDGUARD_EXCLUSIVE
#endif

#endif /* MBEDGUARD_MANUAL_PK_COPY_H */
