/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * States without which Mbed TLS would follow a NULL pointer. Another thread may bring them about: it
 * frees the connection, or ends its handshake.
 */
#include "manual/ssl_state.h"

#if defined(MBEDTLS_SSL_TLS_C)

#include "manual/members.h"

int mbedguard_ssl_check_set_up(const mbedguard_ssl_context *ssl)
{
    return ssl->unguarded.MBEDTLS_PRIVATE(conf) != NULL ? 0 : MBEDTLS_ERR_SSL_BAD_INPUT_DATA;
}

int mbedguard_ssl_check_in_handshake(const mbedguard_ssl_context *ssl)
{
    return ssl->unguarded.MBEDTLS_PRIVATE(handshake) != NULL ? 0 : MBEDTLS_ERR_SSL_BAD_INPUT_DATA;
}

#endif
