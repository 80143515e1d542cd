/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
// fails switched: incompatible
#include <mbedtls/ssl.h>

int f(mbedtls_ssl_config *conf)
{
    return mbedtls_ssl_handshake(conf);
}
