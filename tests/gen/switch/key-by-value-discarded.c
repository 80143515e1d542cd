/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
// fails: mbedguard_pk_ec
// before: 4.0
#include <mbedtls/pk.h>

int f(mbedtls_pk_context *key)
{
    return mbedtls_pk_ec(*key) != NULL;
}
