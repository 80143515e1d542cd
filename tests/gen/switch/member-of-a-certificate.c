/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
// fails: mbedguard_x509_crt_get_version
#include <mbedtls/x509_crt.h>

int f(const mbedtls_x509_crt *crt)
{
    return crt->version;
}
