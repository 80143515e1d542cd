/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
// passes switched
#include <mbedtls/x509_crt.h>

int f(mbedtls_x509_crt *crt, int *version)
{
    mbedguard_raw_x509_crt *raw;
    int ret = mbedguard_borrow(crt, &raw);
    if (ret != 0)
        return ret;
    *version = raw->version;
    return mbedguard_unlock(crt);
}
