/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * From 3.x on each handshake of a server is given keys of its own: contexts that point at the key, or, while
 * a step runs and another thread has the key, at a copy of it. (In 2.28 keys do that by themselves.)
 */
#ifndef MBEDGUARD_MANUAL_SSL_OWN_PAIRS_H
#define MBEDGUARD_MANUAL_SSL_OWN_PAIRS_H

#include <stdbool.h>

#include <mbedguard/ssl.h>

#if defined(MBEDTLS_SSL_SRV_C) && defined(MBEDTLS_SSL_SERVER_NAME_INDICATION) &&                      \
    defined(MBEDTLS_X509_CRT_PARSE_C) && defined(MBEDTLS_RSA_C) && defined(MBEDTLS_THREADING_C) &&     \
    MBEDTLS_VERSION_NUMBER >= 0x03020000 && MBEDTLS_VERSION_NUMBER < 0x04000000 &&                     \
    !defined(MBEDGUARD_THREADING_NONE)
#define MBEDGUARD_SSL_OWN_KEYS
#endif

#if MBEDTLS_VERSION_NUMBER >= 0x03000000 && MBEDTLS_VERSION_NUMBER < 0x04000000
/* The end of what a configuration has. The caller has it to itself. */
void mbedguard_ssl_own_pairs_free(mbedguard_ssl_own_pairs *pairs);

#if defined(MBEDTLS_X509_CRT_PARSE_C)
/* mbedtls_ssl_conf_own_cert(), and a note of it; with the configuration held exclusively. */
int mbedguard_ssl_own_pairs_add(mbedguard_ssl_config *conf, mbedguard_x509_crt *cert,
                                mbedguard_pk_context *key);

#if defined(MBEDTLS_SSL_SERVER_NAME_INDICATION)
/*
 * mbedtls_ssl_set_hs_own_cert(), with a key that is the connection's: the program's choice for this
 * handshake, with which those of the configuration are not used. A certificate that is NULL takes all
 * back, and they are. With the connection, which keeps the two, and the key held. in_time is false where
 * Mbed TLS may point into its list: that is added to, and no more.
 */
int mbedguard_ssl_own_keys_give(mbedguard_ssl_context *ssl, mbedguard_x509_crt *cert,
                                mbedguard_pk_context *key, bool in_time);
#endif
#endif
#endif

/* With the configuration held exclusively, after its certificate callback was set: ours calls that one. */
void mbedguard_ssl_own_pairs_chain(mbedguard_ssl_config *conf);

/*
 * Around each step, with connection and configuration held: what the handshake has is up to date, and
 * whatever is idle is its own for that time.
 */
void mbedguard_ssl_own_keys_begin(mbedguard_ssl_context *ssl);
void mbedguard_ssl_own_keys_end(mbedguard_ssl_context *ssl);

/* No handshake points at them any more. */
void mbedguard_ssl_own_keys_free(mbedguard_ssl_companion *companion);

#endif /* MBEDGUARD_MANUAL_SSL_OWN_PAIRS_H */
