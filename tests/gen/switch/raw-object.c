/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
// fails switched: incompatible
#include <mbedtls/ssl.h>

int f(mbedguard_raw_ssl_context *raw)
{
    return mbedtls_ssl_handshake(raw);
}
