/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/**
 * @file ssl_conf_access.h
 * @brief What programs read from members of TLS sessions, configurations and ticket contexts.
 *
 * Functions that Mbed TLS 3.6 has are here under its names for older versions too. All may be called
 * from the callbacks of a call on the same object, but for those that change it.
 */
/* In front of the guard: these include this file at their end, when all that it needs is declared. */
#include <mbedguard/ssl.h>
#include <mbedguard/ssl_ticket.h>

#include <mbedguard/base.h>

#ifndef MBEDGUARD_SSL_CONF_ACCESS_H
#define MBEDGUARD_SSL_CONF_ACCESS_H

#ifdef __cplusplus
extern "C" {
#endif

/**
 * @name Sessions
 * @{
 */

/**
 * @brief          Copy the identifier of a session.
 * @param session  [in] The session.
 * @param buf      [out] The identifier; untouched on failure.
 * @param size     [in] Bytes in buf; 32 always do.
 * @param olen     [out] Length of the identifier, also when buf is too small.
 * @return         0
 * @return         MBEDTLS_ERR_SSL_BUFFER_TOO_SMALL size is below *olen
 * @return         #MBEDGUARD_ERR_BAD_INPUT a NULL argument
 * @par Locking    Takes session shared.
 * @since          0.1
 * @see            mbedtls_ssl_session_get_id()
 */
MBEDGUARD_API int mbedguard_ssl_session_copy_id(const mbedguard_ssl_session *session,
                                                unsigned char *buf, size_t size, size_t *olen);

#if !defined(MBEDGUARD_HAVE_SSL_SESSION_GET_ID)
/**
 * @brief          Get at the identifier of a session, inside the session.
 *
 * What it points to changes when the session is written: where other threads may do that, use
 * mbedguard_ssl_session_copy_id().
 *
 * @param session  [in] The session.
 * @return         A pointer to 32 bytes, of which mbedguard_ssl_session_get_id_len() are in use
 * @return         NULL any failure
 * @par Locking    Takes session shared, for a moment.
 * @since          0.1
 * @see            mbedtls_ssl_session_get_id()
 */
MBEDGUARD_API unsigned const char (
    *mbedguard_ssl_session_get_id(const mbedguard_ssl_session *session))[32];
#define MBEDGUARD_HAVE_SSL_SESSION_GET_ID 2 /**< Given here. */
#endif

#if !defined(MBEDGUARD_HAVE_SSL_SESSION_GET_ID_LEN)
/**
 * @brief          Tell the length of the identifier of a session.
 * @param session  [in] The session.
 * @return         0 to 32; 0 also on any failure
 * @par Locking    Takes session shared.
 * @since          0.1
 * @see            mbedtls_ssl_session_get_id_len()
 */
MBEDGUARD_API size_t mbedguard_ssl_session_get_id_len(const mbedguard_ssl_session *session);
#define MBEDGUARD_HAVE_SSL_SESSION_GET_ID_LEN 2 /**< Given here. */
#endif

#if !defined(MBEDGUARD_HAVE_SSL_SESSION_GET_CIPHERSUITE_ID)
/**
 * @brief          Tell the number of the ciphersuite of a session.
 * @param session  [in] The session.
 * @return         The number; 0 where there is none, or on any failure
 * @par Locking    Takes session shared.
 * @since          0.1
 * @see            mbedtls_ssl_session_get_ciphersuite_id()
 */
MBEDGUARD_API int mbedguard_ssl_session_get_ciphersuite_id(const mbedguard_ssl_session *session);
#define MBEDGUARD_HAVE_SSL_SESSION_GET_CIPHERSUITE_ID 2 /**< Given here. */
#endif

/** @} */

/**
 * @name Configurations and tickets
 * @{
 */

#if !defined(MBEDGUARD_HAVE_SSL_CONF_GET_ENDPOINT)
/**
 * @brief          Tell whether a configuration is for clients or for servers.
 * @param conf     [in] The configuration.
 * @return         MBEDTLS_SSL_IS_CLIENT (0) or MBEDTLS_SSL_IS_SERVER (1)
 * @return         MBEDGUARD_ERR_*, all negative
 * @par Locking    Takes conf shared.
 * @since          0.1
 * @see            mbedtls_ssl_conf_get_endpoint()
 */
MBEDGUARD_API int mbedguard_ssl_conf_get_endpoint(const mbedguard_ssl_config *conf);
#define MBEDGUARD_HAVE_SSL_CONF_GET_ENDPOINT 2 /**< Given here. */
#endif

/**
 * @brief          Tell how a configuration has the peer's certificate checked.
 * @param conf     [in] The configuration.
 * @return         MBEDTLS_SSL_VERIFY_NONE (0), _OPTIONAL, _REQUIRED or _UNSET
 * @return         MBEDGUARD_ERR_*, all negative
 * @par Locking    Takes conf shared.
 * @since          0.1
 * @see            mbedtls_ssl_conf_authmode()
 */
MBEDGUARD_API int mbedguard_ssl_conf_get_authmode(const mbedguard_ssl_config *conf);

#if defined(MBEDTLS_X509_CRT_PARSE_C)
/**
 * @brief          Trust the certificates behind the first one of a chain.
 *
 * What programs write as `mbedtls_ssl_conf_ca_chain(&conf, cert.next, crl)`: the file has the own
 * certificate first and those of its authorities behind it.
 *
 * @param conf     [in,out] The configuration.
 * @param chain    [in] The chain, whose first certificate is left out; one of a single certificate
 *                 is no authority at all.
 * @param ca_crl   [in] Revocation lists, or NULL.
 * @return         As mbedguard_ssl_conf_ca_chain()
 * @return         #MBEDGUARD_ERR_BAD_INPUT conf or chain is NULL
 * @par Locking    Takes conf, chain, ca_crl and the keepers of these, as explicit locks.
 * @par Ownership  conf keeps chain and ca_crl, as mbedguard_ssl_conf_ca_chain(). A chain that is
 *                 freed and parsed anew in place must be given again.
 * @since          0.1
 * @see            mbedtls_ssl_conf_ca_chain()
 */
MBEDGUARD_API int mbedguard_ssl_conf_ca_chain_rest(mbedguard_ssl_config *conf,
                                                   mbedguard_x509_crt *chain,
                                                   mbedguard_x509_crl *ca_crl);
#endif

#if defined(MBEDTLS_SSL_TICKET_C) && !defined(MBEDGUARD_HAVE_SSL_TICKET_ROTATE)
/**
 * @brief          Replace the key that protects new session tickets by one of the program's.
 *
 * Tickets made with the key before still open, until the next rotation.
 *
 * @param ctx      [in,out] The ticket context, set up.
 * @param name     [in] The name of the key, 4 bytes.
 * @param nlength  [in] Bytes in name, at least 4.
 * @param k        [in] The key.
 * @param klength  [in] Bytes in k, at least what the cipher of mbedguard_ssl_ticket_setup() needs.
 * @param lifetime [in] Seconds that tickets are valid.
 * @return         0
 * @return         MBEDTLS_ERR_CIPHER_BAD_INPUT_DATA too short, or ctx is not set up
 * @return         MBEDTLS_ERR_* of setting the key. Nothing changed
 * @return         #MBEDGUARD_ERR_UNSUPPORTED the keys of ctx were set through mbedguard_borrow()
 * @return         #MBEDGUARD_ERR_BAD_INPUT a NULL argument
 * @return         MBEDGUARD_ERR_* ctx cannot be had
 * @par Locking    Takes ctx exclusive: waits for the calls inside. See ssl_ticket_keys.h.
 * @par Ownership  Keeps nothing of name and k.
 * @since          0.1
 * @see            mbedtls_ssl_ticket_rotate()
 */
MBEDGUARD_API int mbedguard_ssl_ticket_rotate(mbedguard_ssl_ticket_context *ctx,
                                              const unsigned char *name, size_t nlength,
                                              const unsigned char *k, size_t klength,
                                              uint32_t lifetime);
#define MBEDGUARD_HAVE_SSL_TICKET_ROTATE 2 /**< Given here. */
#endif

/** @} */

#ifdef __cplusplus
}
#endif

#endif /* MBEDGUARD_SSL_CONF_ACCESS_H */
