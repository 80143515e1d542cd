/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
// passes
// before: 3.0
#include <mbedtls/ssl.h>
#include <mbedtls/ssl_internal.h>

int f(mbedtls_ssl_context *ssl)
{
    return mbedtls_ssl_handshake_step(ssl) + MBEDTLS_SSL_MAX_MAJOR_VERSION;
}
