/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
// fails: incompatible
struct mbedtls_ssl_context;
struct holder {
    struct mbedtls_ssl_context *ssl;
};

#include <mbedtls/ssl.h>

int f(struct holder *holder)
{
    return mbedtls_ssl_handshake(holder->ssl);
}
