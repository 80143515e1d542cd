/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
// fails: mbedguard_x509_crt_foreach
#include <mbedtls/x509_crt.h>

const mbedtls_x509_crt *f(const mbedtls_x509_crt *crt)
{
    return crt->next;
}
