/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
// passes switched
// before: 4.0
#include <mbedtls/pk.h>

int f(mbedtls_pk_context *key)
{
    mbedguard_raw_rsa_context *rsa = mbedguard_pk_rsa(key);
    return rsa != NULL ? mbedguard_unlock(key) : 0;
}
