/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
// passes
#include "mbedtls/ssl.h"

struct mbedtls_ssl_context;
struct mbedtls_ssl_config;

int f(struct mbedtls_ssl_context *ssl, struct mbedtls_ssl_config *conf);

int f(struct mbedtls_ssl_context *ssl, struct mbedtls_ssl_config *conf)
{
    int ret = mbedtls_ssl_setup(ssl, conf);
    return ret != 0 ? ret : mbedtls_ssl_handshake(ssl);
}
