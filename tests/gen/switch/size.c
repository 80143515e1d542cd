/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
// passes
#include <stdlib.h>

#include <mbedtls/ssl.h>

mbedtls_ssl_context *f(void)
{
    mbedtls_ssl_context *ssl = malloc(sizeof(mbedtls_ssl_context));
    if (ssl != NULL)
        mbedtls_ssl_init(ssl);
    return ssl;
}
