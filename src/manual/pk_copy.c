/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* A public key is copied by parsing it again: Mbed TLS has no copy for pk contexts. */
#include "manual/pk_copy.h"

#if defined(MBEDTLS_PK_C) && defined(MBEDTLS_PK_PARSE_C)

int mbedguard_pk_replace(mbedtls_pk_context *pk, const unsigned char *der, size_t length)
{
    mbedtls_pk_context parsed;
    int ret;

    mbedtls_pk_init(&parsed);
    ret = mbedtls_pk_parse_public_key(&parsed, der, length);
    if (ret != 0) {
        mbedtls_pk_free(&parsed);
        return ret;
    }
    mbedtls_pk_free(pk);
    *pk = parsed; /* pointers and values: nothing in it points into itself */
    return 0;
}

#endif
