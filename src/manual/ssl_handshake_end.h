/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The end of a handshake: what was kept for it is let go. */
#ifndef MBEDGUARD_MANUAL_SSL_HANDSHAKE_END_H
#define MBEDGUARD_MANUAL_SSL_HANDSHAKE_END_H

#include <mbedguard/ssl.h>

/*
 * Called with the connection held, after a call that may have ended a handshake. Certificates, keys, CA
 * chains and hints of set_hs_* are of no use to Mbed TLS any more, so they may be changed and freed without
 * waiting for this connection.
 */
#if defined(MBEDGUARD_THREADING_NONE)
/* Nobody else waits: what was kept is let go by mbedguard_ssl_free(), and a call is the raw call. */
static inline void mbedguard_ssl_after_handshake(mbedguard_ssl_context *ssl)
{
    (void) ssl;
}
#else
void mbedguard_ssl_after_handshake(mbedguard_ssl_context *ssl);
#endif

#endif /* MBEDGUARD_MANUAL_SSL_HANDSHAKE_END_H */
