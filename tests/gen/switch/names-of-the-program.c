/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
// passes
#include <mbedtls/ssl.h>

struct mbedtls_backend {
    mbedtls_ssl_context ssl;
};

static int mbedtls_connect_step(struct mbedtls_backend *mbedtls_ssl)
{
    return mbedtls_ssl_read(&mbedtls_ssl->ssl, NULL, 0);
}

int f(struct mbedtls_backend *backend)
{
    return mbedtls_connect_step(backend);
}
