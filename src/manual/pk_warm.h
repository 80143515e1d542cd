/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * In Mbed TLS 2.28 the first use of an ECDSA key that was set up by hand (not parsed: parsed keys are
 * copied for each use) fills a table of its group, without a lock. TLS and writers use a kept key with no
 * guard of its own, so the table is filled before: when the key is kept, and after whatever else
 * may have given it a group.
 */
#ifndef MBEDGUARD_MANUAL_PK_WARM_H
#define MBEDGUARD_MANUAL_PK_WARM_H

#include <mbedguard/pk.h>

#if defined(MBEDTLS_PK_C) && defined(MBEDTLS_ECDSA_C) && MBEDTLS_VERSION_NUMBER < 0x03000000 &&        \
    !defined(MBEDGUARD_THREADING_NONE)

/*
 * With the key held exclusively. 0, also where there is nothing to fill; MBEDGUARD_ERR_ALLOC_FAILED where it
 * could not be filled.
 */
int mbedguard_pk_warm(mbedguard_pk_context *pk);

/* With the key held at least shared, by any number of threads: before it is kept. */
int mbedguard_pk_warm_shared(mbedguard_pk_context *pk);

#else

static inline int mbedguard_pk_warm(mbedguard_pk_context *pk)
{
    (void) pk;
    return 0;
}
static inline int mbedguard_pk_warm_shared(mbedguard_pk_context *pk)
{
    return mbedguard_pk_warm(pk);
}

#endif

#endif /* MBEDGUARD_MANUAL_PK_WARM_H */
