/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
// fails: mbedguard_x509_crt_get_raw
#include <mbedtls/x509_crt.h>

size_t f(const mbedtls_x509_crt *crt)
{
    return crt->raw.len;
}
