/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
// passes switched
#include <mbedtls/ssl.h>

_Static_assert(sizeof(mbedtls_ssl_context) >= sizeof(mbedguard_raw_ssl_context) + sizeof(mbedguard_guard),
               "the switched type is the guarded one");
_Static_assert(sizeof(mbedtls_ssl_context) == sizeof(mbedguard_ssl_context), "the same type");
