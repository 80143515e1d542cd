/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Blinding values that a private operation left half made. */
#ifndef MBEDGUARD_MODULES_RSA_BLINDING_H
#define MBEDGUARD_MODULES_RSA_BLINDING_H

#include <mbedtls/version.h>

#if defined(MBEDTLS_RSA_C) && MBEDTLS_VERSION_NUMBER < 0x04000000

#include <mbedtls/rsa.h>

/*
 * Given the result of a signature, or of a bare operation, by the only thread that works on the key or
 * copy. Not for decryption, of which nothing but its result may tell how it ended.
 */
void mbedguard_rsa_mend_blinding(mbedtls_rsa_context *key, int result);

#endif

#endif /* MBEDGUARD_MODULES_RSA_BLINDING_H */
