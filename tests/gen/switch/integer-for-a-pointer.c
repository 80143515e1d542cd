/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
// fails switched: integer
#include <mbedtls/ssl.h>

int f(long object)
{
    return mbedtls_ssl_handshake(object);
}
