/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
// passes
// since: 3.0
#include "mbedtls/build_info.h"

#if MBEDTLS_VERSION_NUMBER < 0x03000000 || !defined(MBEDTLS_SSL_TLS_C)
#error the probe of the program went wrong
#endif

#include "mbedtls/ssl.h"

int f(mbedtls_ssl_context *ssl)
{
    return mbedtls_ssl_close_notify(ssl);
}
