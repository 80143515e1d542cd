/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Certificates that are parsed aside, and joined to a chain in one step. */
#ifndef MBEDGUARD_MODULES_X509_CRT_PATH_JOIN_H
#define MBEDGUARD_MODULES_X509_CRT_PATH_JOIN_H

#include <stddef.h>

#include <mbedguard/x509_crt.h>

#if defined(MBEDTLS_X509_CRT_PARSE_C)

/*
 * Parse with no guard held, then append what was accepted to the chain with its guard held, and those of
 * its keepers. 0, with what mbedtls_x509_crt_parse() returned in *result; or the error of a guard, with
 * the chain as it was.
 *
 * What Mbed TLS accepts of the bytes is the same, with one exception: when memory ran out
 * (MBEDTLS_ERR_X509_ALLOC_FAILED) nothing is appended.
 */
int mbedguard_crt_parse_and_join(mbedguard_x509_crt *chain, const unsigned char *bytes,
                                 size_t length, int *result, const char *where);

#endif

#endif /* MBEDGUARD_MODULES_X509_CRT_PATH_JOIN_H */
