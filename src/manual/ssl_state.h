/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* What Mbed TLS does not look for in a connection before it uses it. */
#ifndef MBEDGUARD_MANUAL_SSL_STATE_H
#define MBEDGUARD_MANUAL_SSL_STATE_H

#include <mbedguard/ssl.h>

/* With the guard held: 0, or MBEDTLS_ERR_SSL_BAD_INPUT_DATA for one that is not set up, or freed. */
int mbedguard_ssl_check_set_up(const mbedguard_ssl_context *ssl);
/* The same for one without a handshake, which begins with its set-up. */
int mbedguard_ssl_check_in_handshake(const mbedguard_ssl_context *ssl);

#endif /* MBEDGUARD_MANUAL_SSL_STATE_H */
