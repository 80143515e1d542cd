/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
// fails: mbedguard_ssl_get_state
// since: 3.0
#include <mbedtls/ssl.h>

int f(const mbedtls_ssl_context *ssl)
{
    return ssl->MBEDTLS_PRIVATE(state);
}
