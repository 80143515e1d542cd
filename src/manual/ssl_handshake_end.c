/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The end of a handshake: what was kept for it is let go. */
#include "manual/ssl_handshake_end.h"

#include "core/enter.h"
#include "manual/members.h"
#include "manual/ssl_own_pairs.h"
#include "slots.h"

#if !defined(MBEDGUARD_THREADING_NONE)

void mbedguard_ssl_after_handshake(mbedguard_ssl_context *ssl)
{
    mbedguard_guard *const guard = MBEDGUARD_GUARD_OF(ssl);

    if (ssl == NULL || ssl->unguarded.MBEDTLS_PRIVATE(handshake) != NULL) {
        return;
    }
    mbedguard_ssl_own_keys_free(&ssl->companion);
#if defined(MBEDGUARD_SLOT_SSL_CONTEXT_HS_OWN_CERT)
    mbedguard_keep_release(guard, MBEDGUARD_SLOT_SSL_CONTEXT_HS_OWN_CERT);
    mbedguard_keep_release(guard, MBEDGUARD_SLOT_SSL_CONTEXT_HS_OWN_KEY);
#endif
#if defined(MBEDGUARD_SLOT_SSL_CONTEXT_HS_CA_CHAIN)
    mbedguard_keep_release(guard, MBEDGUARD_SLOT_SSL_CONTEXT_HS_CA_CHAIN);
    mbedguard_keep_release(guard, MBEDGUARD_SLOT_SSL_CONTEXT_HS_CA_CRL);
#endif
#if defined(MBEDGUARD_SLOT_SSL_CONTEXT_HS_DN_HINTS)
    mbedguard_keep_release(guard, MBEDGUARD_SLOT_SSL_CONTEXT_HS_DN_HINTS);
#endif
}

#endif /* !MBEDGUARD_THREADING_NONE */
