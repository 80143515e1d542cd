/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
// fails: mbedguard_x509_crt_get_pk
#include <mbedtls/x509_crt.h>

size_t f(mbedtls_x509_crt *crt)
{
    return mbedtls_pk_get_bitlen(&crt->pk);
}
