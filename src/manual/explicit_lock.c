/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * What the beginning and the end of an explicit lock mean to the object. A rank and a size tell no type:
 * others of the rank may have the size in some configuration. So caches and RSA keys carry a mark, which
 * is looked for in them; of the rank of a pk context there is no other type (tests/gen/check_counts.py).
 */
#include "core/enter.h"
#include "manual/pk_warm.h"
#include "manual/rsa_pk.h"
#include "manual/rsa_pool.h"
#include "manual/ssl_cache_companion.h"

int mbedguard_library_locks(void *object, size_t size, unsigned rank)
{
#if defined(MBEDTLS_SSL_CACHE_C)
    if (rank == MBEDGUARD_RANK_CACHE && size == sizeof(mbedguard_ssl_cache_context)) {
        return mbedguard_ssl_cache_locks((mbedguard_ssl_cache_context *) object);
    }
#endif
    (void) object;
    (void) size;
    (void) rank;
    return 0;
}

void mbedguard_library_unlocks(void *object, size_t size, unsigned rank)
{
#if defined(MBEDTLS_PK_C)
    if (rank == MBEDGUARD_RANK_PK && size == sizeof(mbedguard_pk_context)) {
        /* Without memory it stays as cold as it is in Mbed TLS. */
        (void) mbedguard_pk_warm((mbedguard_pk_context *) object);
#if MBEDTLS_VERSION_NUMBER < 0x04000000
        if (mbedtls_pk_get_type(&((mbedguard_pk_context *) object)->unguarded) == MBEDTLS_PK_RSA) {
            mbedguard_rsa_pk_adopt((mbedguard_pk_context *) object);
        }
#endif
    }
#endif
#if defined(MBEDTLS_RSA_C) && MBEDTLS_VERSION_NUMBER < 0x04000000
    if (rank == MBEDGUARD_RANK_KEY && size == sizeof(mbedguard_rsa_context)) {
        mbedguard_rsa_was_locked(object);
    }
#endif
#if defined(MBEDTLS_SSL_CACHE_C)
    if (rank == MBEDGUARD_RANK_CACHE && size == sizeof(mbedguard_ssl_cache_context)) {
        mbedguard_ssl_cache_unlocks((mbedguard_ssl_cache_context *) object);
    }
#endif
    (void) object;
    (void) size;
    (void) rank;
}
