/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Chains of raw certificates: finding, copying, comparing. The caller holds what the chains belong
 * to; copying takes the PSA store itself where parsing uses it.
 */
#ifndef MBEDGUARD_MANUAL_X509_CHAIN_H
#define MBEDGUARD_MANUAL_X509_CHAIN_H

#include <mbedtls/x509_crt.h>

#include <stdbool.h>

#if defined(MBEDTLS_X509_CRT_PARSE_C)

/* The certificate at this place of a chain, 0 the first; NULL beyond its end or in an empty chain. */
const mbedtls_x509_crt *mbedguard_x509_chain_at(const mbedtls_x509_crt *chain, size_t index);

/* Append copies of up to count certificates; on an error `to` is as it was. 0 or upstream's code. */
int mbedguard_x509_chain_copy(mbedtls_x509_crt *to, const mbedtls_x509_crt *from, size_t count);

/* Are these the same certificates, byte by byte? */
bool mbedguard_x509_chain_equal(const mbedtls_x509_crt *one, const mbedtls_x509_crt *other);

#endif /* MBEDTLS_X509_CRT_PARSE_C */

#endif /* MBEDGUARD_MANUAL_X509_CHAIN_H */
