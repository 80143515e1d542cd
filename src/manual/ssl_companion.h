/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The end of what a connection has beside Mbed TLS's; called by the emitted free. */
#ifndef MBEDGUARD_MANUAL_SSL_COMPANION_H
#define MBEDGUARD_MANUAL_SSL_COMPANION_H

#include <mbedguard/ssl.h>

/* Free all of it. The caller has the connection to itself, and nobody waits in it. */
void mbedguard_ssl_companion_free(mbedguard_ssl_companion *companion);

/*
 * Before a connection is freed, with no guard held: have all others leave it, and nobody enter. 0,
 * or an error with which the free ends.
 */
int mbedguard_ssl_before_free(mbedguard_ssl_context *ssl);

/*
 * Before a connection is serialised, with its guard held: 0, or MBEDTLS_ERR_SSL_BAD_INPUT_DATA as Mbed TLS
 * has it, where something was sealed and is not sent, or was received and is not read.
 */
int mbedguard_ssl_nothing_queued(const mbedguard_ssl_context *ssl);

/*
 * With the guard held: 1 where a whole record was received of which Mbed TLS does not know (or the
 * beginning of one that it would refuse as it stands), else 0.
 */
int mbedguard_ssl_has_record(const mbedguard_ssl_context *ssl);

#endif /* MBEDGUARD_MANUAL_SSL_COMPANION_H */
