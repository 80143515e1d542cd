/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
// passes
#include <mbedtls/net_sockets.h>
#include <mbedtls/ssl.h>

int f(mbedtls_net_context *server)
{
    mbedtls_net_context copy = *server;

    return copy.fd;
}
