/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
// passes
// before: 3.0
#if !defined(MBEDTLS_CONFIG_FILE)
#include "mbedtls/config.h"
#else
#include MBEDTLS_CONFIG_FILE
#endif

#if defined(MBEDTLS_SSL_TLS_C) && defined(MBEDTLS_X509_CRT_PARSE_C)
#include "mbedtls/certs.h"
#include "mbedtls/ssl.h"
#include "mbedtls/version.h"
#endif

#if MBEDTLS_VERSION_NUMBER < 0x02000000 || !defined(MBEDTLS_SSL_TLS_C)
#error the probe of the program went wrong
#endif

int f(mbedtls_ssl_context *ssl)
{
    return mbedtls_ssl_close_notify(ssl);
}
