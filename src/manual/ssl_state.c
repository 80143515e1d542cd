/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * States without which Mbed TLS would follow a NULL pointer. Another thread may bring them about: it
 * frees the connection, or ends its handshake.
 */
#include "manual/ssl_state.h"

#if defined(MBEDTLS_SSL_TLS_C)

#include "manual/members.h"

int mbedguard_ssl_check_set_up(const mbedguard_ssl_context *ssl)
{
    return ssl->unguarded.MBEDTLS_PRIVATE(conf) != NULL ? 0 : MBEDTLS_ERR_SSL_BAD_INPUT_DATA;
}

int mbedguard_ssl_check_in_handshake(const mbedguard_ssl_context *ssl)
{
    return ssl->unguarded.MBEDTLS_PRIVATE(handshake) != NULL ? 0 : MBEDTLS_ERR_SSL_BAD_INPUT_DATA;
}

/* TLS 1.3 chooses when it comes to send it, and up to then a callback's comes in time. */
static bool has_yet_to_send(const mbedguard_ssl_context *ssl, int state)
{
#if defined(MBEDTLS_SSL_PROTO_TLS1_3) && MBEDTLS_VERSION_NUMBER >= 0x03020000
    return mbedtls_ssl_get_version_number(&ssl->unguarded) == MBEDTLS_SSL_VERSION_TLS1_3 &&
           (state == MBEDTLS_SSL_SERVER_HELLO || state == MBEDTLS_SSL_ENCRYPTED_EXTENSIONS ||
            state == MBEDTLS_SSL_CERTIFICATE_REQUEST || state == MBEDTLS_SSL_SERVER_CERTIFICATE);
#else
    (void) ssl;
    (void) state;
    return false;
#endif
}

bool mbedguard_ssl_has_chosen_cert(const mbedguard_ssl_context *ssl)
{
    const int state = (int) ssl->unguarded.MBEDTLS_PRIVATE(state);

    return state != MBEDTLS_SSL_HELLO_REQUEST && state != MBEDTLS_SSL_CLIENT_HELLO &&
           !has_yet_to_send(ssl, state);
}

#endif
