/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
// fails: incompatible
// before: 4.0
#include <mbedtls/pk.h>
#include <mbedtls/rsa.h>

size_t f(mbedtls_pk_context *key)
{
    mbedtls_rsa_context *rsa = mbedtls_pk_rsa(*key);
    return mbedtls_rsa_get_len(rsa);
}
