/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
// passes
#include <mbedtls/ssl.h>

typedef int (*reader)(mbedtls_ssl_context *ssl, unsigned char *buf, size_t len);

static const reader readers[] = { mbedtls_ssl_read };

int f(mbedtls_ssl_context *ssl, unsigned char *buf)
{
    reader r = &mbedtls_ssl_read;
    return r(ssl, buf, 1) + readers[0](ssl, buf, 1) + (mbedtls_ssl_read) (ssl, buf, 1);
}
