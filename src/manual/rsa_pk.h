/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* RSA keys inside pk contexts, for call-throughs: all with the pk context held exclusively. */
#ifndef MBEDGUARD_MANUAL_RSA_PK_H
#define MBEDGUARD_MANUAL_RSA_PK_H

#include <mbedguard/pk.h>

#if defined(MBEDTLS_PK_C) && defined(MBEDTLS_RSA_C) && MBEDTLS_VERSION_NUMBER < 0x04000000

/* After it was set up, parsed, or worked on raw: from now on its copies are used where threads meet. */
void mbedguard_rsa_pk_adopt(mbedguard_pk_context *pk);

/* Before it is changed: its copies are of no use any more. */
void mbedguard_rsa_pk_changes(mbedguard_pk_context *pk);

#else

static inline void mbedguard_rsa_pk_adopt(mbedguard_pk_context *pk)
{
    (void) pk;
}
static inline void mbedguard_rsa_pk_changes(mbedguard_pk_context *pk)
{
    (void) pk;
}

#endif

#endif /* MBEDGUARD_MANUAL_RSA_PK_H */
