/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/**
 * @file ssl_access.h
 * @brief What programs read from members of mbedtls_ssl_context.
 *
 * Functions that Mbed TLS 3.6 has are here under its names for older versions too. Functions that
 * return a pointer into Mbed TLS's connection there, return a copy here which the connection owns
 * until mbedguard_ssl_free() or mbedguard_ssl_release_copies(): renegotiation, reset and other
 * threads do not touch it. The forms named copy write into storage of the caller's.
 *
 * All may be called from the callbacks of a call on the same connection.
 *
 * MBEDGUARD_HAVE_<FUNCTION> is 1 for a function that the Mbed TLS at hand has, and 2 for one that is
 * given to it here.
 */
/* In front of the guard: these include this file at their end, when all that it needs is declared. */
#include <mbedguard/ssl.h>

#include <mbedguard/base.h>
#include <mbedguard/ssl_copies.h>

#ifndef MBEDGUARD_SSL_ACCESS_H
#define MBEDGUARD_SSL_ACCESS_H

#ifdef __cplusplus
extern "C" {
#endif

/**
 * @name Copies of what a connection holds
 * @{
 */

#if defined(MBEDTLS_X509_CRT_PARSE_C)
/**
 * @brief          Append copies of the peer's certificate chain to a chain of the caller's.
 * @param ssl      [in] The connection.
 * @param crt      [in,out] The chain, initialised; unchanged on failure.
 * @return         0
 * @return         #MBEDGUARD_ERR_NOT_FOUND the peer has shown no certificate, or Mbed TLS does not
 *                 keep it
 * @return         MBEDTLS_ERR_X509_* of mbedtls_x509_crt_parse_der()
 * @par Locking    Takes ssl shared and crt, and crt's keepers.
 * @par Ownership  The copies are the caller's chain's.
 * @since          0.1
 * @see            mbedtls_ssl_get_peer_cert()
 */
MBEDGUARD_API int mbedguard_ssl_copy_peer_cert(const mbedguard_ssl_context *ssl,
                                               mbedguard_x509_crt *crt);

/**
 * @brief          Copy the host name that mbedguard_ssl_set_hostname() set.
 * @param ssl      [in] The connection.
 * @param buf      [out] The name and a zero byte; untouched on failure.
 * @param size     [in] Bytes in buf.
 * @param olen     [out] Length of the name, without the zero byte, also when buf is too small.
 * @return         0
 * @return         #MBEDGUARD_ERR_NOT_FOUND no name is set
 * @return         MBEDTLS_ERR_SSL_BUFFER_TOO_SMALL size is not above *olen
 * @return         #MBEDGUARD_ERR_BAD_INPUT a NULL argument
 * @par Locking    Takes ssl shared.
 * @since          0.1
 * @see            mbedtls_ssl_get_hostname()
 */
MBEDGUARD_API int mbedguard_ssl_copy_hostname(const mbedguard_ssl_context *ssl, char *buf,
                                              size_t size, size_t *olen);

#if !defined(MBEDGUARD_HAVE_SSL_GET_HOSTNAME)
/**
 * @brief          Get the host name that mbedguard_ssl_set_hostname() set.
 * @param ssl      [in] The connection.
 * @return         A copy of the name, the same one while the name is the same
 * @return         NULL no name is set, or any failure
 * @par Locking    Takes ssl.
 * @par Ownership  The copy is ssl's.
 * @since          0.1
 * @see            mbedtls_ssl_get_hostname()
 */
MBEDGUARD_API const char *mbedguard_ssl_get_hostname(mbedguard_ssl_context *ssl);
#define MBEDGUARD_HAVE_SSL_GET_HOSTNAME 2 /**< Given here. */
#endif
#endif /* MBEDTLS_X509_CRT_PARSE_C */

#if defined(MBEDGUARD_HAVE_SSL_GET_HS_SNI)
/**
 * @brief          Copy the server name that the client asked for, during the handshake.
 * @param ssl      [in] The connection, in a certificate callback.
 * @param buf      [out] The name, no zero byte; untouched on failure.
 * @param size     [in] Bytes in buf.
 * @param olen     [out] Length of the name, also when buf is too small.
 * @return         0
 * @return         #MBEDGUARD_ERR_NOT_FOUND no name, or no handshake is under way
 * @return         MBEDTLS_ERR_SSL_BUFFER_TOO_SMALL size is below *olen
 * @return         #MBEDGUARD_ERR_BAD_INPUT a NULL argument
 * @par Locking    Takes ssl shared.
 * @since          0.1
 * @see            mbedtls_ssl_get_hs_sni()
 */
MBEDGUARD_API int mbedguard_ssl_copy_hs_sni(const mbedguard_ssl_context *ssl, unsigned char *buf,
                                            size_t size, size_t *olen);
#endif

#if defined(MBEDTLS_SSL_ALPN)
/**
 * @brief          Copy the name of the application protocol that was agreed on.
 * @param ssl      [in] The connection.
 * @param buf      [out] The name and a zero byte; untouched on failure.
 * @param size     [in] Bytes in buf.
 * @param olen     [out] Length of the name, without the zero byte, also when buf is too small.
 * @return         0
 * @return         #MBEDGUARD_ERR_NOT_FOUND none was agreed on
 * @return         MBEDTLS_ERR_SSL_BUFFER_TOO_SMALL size is not above *olen
 * @return         #MBEDGUARD_ERR_BAD_INPUT a NULL argument
 * @par Locking    Takes ssl shared.
 * @since          0.1
 * @see            mbedtls_ssl_get_alpn_protocol()
 */
MBEDGUARD_API int mbedguard_ssl_copy_alpn_protocol(const mbedguard_ssl_context *ssl, char *buf,
                                                   size_t size, size_t *olen);
#endif

/**
 * @brief          Copy the session, of a client or a server.
 *
 * Where mbedguard_ssl_get_session() is for clients, and tells each session once since 3.0, this tells
 * what there is, to all who ask.
 *
 * @param ssl      [in] The connection.
 * @param session  [in,out] An initialised session, whose content is replaced; unchanged on failure.
 * @return         0
 * @return         #MBEDGUARD_ERR_NOT_FOUND no handshake was completed
 * @return         MBEDTLS_ERR_SSL_ALLOC_FAILED memory ran out
 * @return         MBEDTLS_ERR_* of mbedtls_ssl_session_save() or mbedtls_ssl_session_load()
 * @return         #MBEDGUARD_ERR_BAD_INPUT a NULL argument
 * @par Locking    Takes ssl shared and session.
 * @par Ownership  What is copied is the session's, as after mbedguard_ssl_session_load().
 * @since          0.1
 * @see            mbedtls_ssl_get_session()
 */
MBEDGUARD_API int mbedguard_ssl_copy_session(const mbedguard_ssl_context *ssl,
                                             mbedguard_ssl_session *session);

/**
 * @brief          Free all copies that the connection has handed out.
 *
 * For programs that use one context for many connections, one after the other, where the copies
 * would pile up. No pointer got before may be used afterwards, by any thread.
 *
 * @param ssl      [in,out] The connection.
 * @return         0
 * @return         #MBEDGUARD_ERR_BAD_INPUT ssl is NULL
 * @par Locking    Takes ssl, and within it each copy.
 * @since          0.1
 */
MBEDGUARD_API int mbedguard_ssl_release_copies(mbedguard_ssl_context *ssl);

/** @} */

/**
 * @name State of a connection
 * @{
 */

/**
 * @brief          Tell where in the handshake the connection is.
 * @param ssl      [in] The connection.
 * @return         MBEDTLS_SSL_HELLO_REQUEST (0) to MBEDTLS_SSL_HANDSHAKE_OVER and beyond
 * @return         MBEDGUARD_ERR_*, all negative
 * @par Locking    Takes ssl shared.
 * @since          0.1
 * @see            mbedtls_ssl_is_handshake_over()
 */
MBEDGUARD_API int mbedguard_ssl_get_state(const mbedguard_ssl_context *ssl);

/**
 * @brief                Tell what mbedguard_ssl_set_bio() set.
 * @param ssl            [in] The connection.
 * @param p_bio          [out] The context of the functions; may be NULL.
 * @param f_send         [out] The send function; may be NULL.
 * @param f_recv         [out] The receive function; may be NULL.
 * @param f_recv_timeout [out] The receive function with time-out; may be NULL.
 * @return               0
 * @return               MBEDGUARD_ERR_* and NULL in all that is not NULL
 * @par Locking          Takes ssl shared.
 * @since                0.1
 * @see                  mbedtls_ssl_set_bio()
 */
MBEDGUARD_API int mbedguard_ssl_get_bio(const mbedguard_ssl_context *ssl, void **p_bio,
                                        mbedtls_ssl_send_t **f_send, mbedtls_ssl_recv_t **f_recv,
                                        mbedtls_ssl_recv_timeout_t **f_recv_timeout);

/**
 * @brief          Tell how many bytes wait for the send function.
 * @param ssl      [in] The connection.
 * @param pending  [out] Bytes of records made and not sent; 0 on failure.
 * @return         0
 * @return         #MBEDGUARD_ERR_BAD_INPUT a NULL argument
 * @par Locking    Takes ssl shared.
 * @since          0.1
 */
MBEDGUARD_API int mbedguard_ssl_get_out_pending(const mbedguard_ssl_context *ssl, size_t *pending);

#if !defined(MBEDGUARD_HAVE_SSL_CONTEXT_GET_CONFIG)
/**
 * @brief          Get the configuration that mbedguard_ssl_setup() was given.
 *
 * A counted one lives at least as long as the connection keeps it; to go on with it longer, call this and
 * mbedguard_ssl_config_ref() under one mbedguard_lock() of the connection.
 *
 * @param ssl      [in] The connection.
 * @return         The configuration: the application's own object, not a copy
 * @return         NULL none, or any failure
 * @par Locking    Takes ssl shared.
 * @since          0.1
 * @see            mbedtls_ssl_context_get_config()
 */
MBEDGUARD_API const mbedguard_ssl_config *
mbedguard_ssl_context_get_config(const mbedguard_ssl_context *ssl);
#define MBEDGUARD_HAVE_SSL_CONTEXT_GET_CONFIG 2 /**< Given here. */
#endif

#if !defined(MBEDGUARD_HAVE_SSL_IS_HANDSHAKE_OVER)
/**
 * @brief          Tell whether the handshake is over.
 * @param ssl      [in] The connection.
 * @return         1 it is
 * @return         0 it is not, or any failure
 * @par Locking    Takes ssl shared.
 * @since          0.1
 * @see            mbedtls_ssl_is_handshake_over()
 */
MBEDGUARD_API int mbedguard_ssl_is_handshake_over(mbedguard_ssl_context *ssl);
#define MBEDGUARD_HAVE_SSL_IS_HANDSHAKE_OVER 2 /**< Given here. */
#endif

#if !defined(MBEDGUARD_HAVE_SSL_GET_VERSION_NUMBER)
/**
 * @brief          Tell the protocol version, as on the wire.
 * @param ssl      [in] The connection.
 * @return         0x0300 (SSL 3.0) to 0x0303 (TLS 1.2), for DTLS that of the TLS it is made from
 * @return         0 no version is agreed on yet, or any failure
 * @par Locking    Takes ssl shared.
 * @since          0.1
 * @see            mbedtls_ssl_get_version_number()
 */
MBEDGUARD_API int mbedguard_ssl_get_version_number(const mbedguard_ssl_context *ssl);
#define MBEDGUARD_HAVE_SSL_GET_VERSION_NUMBER 2 /**< Given here. */
#endif

#if !defined(MBEDGUARD_HAVE_SSL_GET_CIPHERSUITE_ID_FROM_SSL)
/**
 * @brief          Tell the number of the ciphersuite in use.
 * @param ssl      [in] The connection.
 * @return         The number, above 0
 * @return         0 no session, or any failure
 * @par Locking    Takes ssl shared.
 * @since          0.1
 * @see            mbedtls_ssl_get_ciphersuite_id_from_ssl()
 */
MBEDGUARD_API int mbedguard_ssl_get_ciphersuite_id_from_ssl(const mbedguard_ssl_context *ssl);
#define MBEDGUARD_HAVE_SSL_GET_CIPHERSUITE_ID_FROM_SSL 2 /**< Given here. */
#endif

/** @} */

/**
 * @name User data of a connection, beside the Mbed TLS object where that has no room
 * @{
 */

#if !defined(MBEDGUARD_HAVE_SSL_SET_USER_DATA_P)
/**
 * @brief          Set the user data of a connection to a pointer.
 * @param ssl      [in,out] The connection.
 * @param p        [in] The pointer; kept, never used.
 * @return         0 or MBEDGUARD_ERR_*
 * @par Locking    Takes ssl.
 * @since          0.1
 * @see            mbedtls_ssl_set_user_data_p()
 */
MBEDGUARD_API int mbedguard_ssl_set_user_data_p(mbedguard_ssl_context *ssl, void *p);
#define MBEDGUARD_HAVE_SSL_SET_USER_DATA_P 2 /**< Given here. */

/**
 * @brief          Set the user data of a connection to a number.
 * @param ssl      [in,out] The connection.
 * @param n        [in] The number.
 * @return         0 or MBEDGUARD_ERR_*
 * @par Locking    Takes ssl.
 * @since          0.1
 * @see            mbedtls_ssl_set_user_data_n()
 */
MBEDGUARD_API int mbedguard_ssl_set_user_data_n(mbedguard_ssl_context *ssl, uintptr_t n);
#define MBEDGUARD_HAVE_SSL_SET_USER_DATA_N 2 /**< Given here. */

/**
 * @brief          Get the pointer that is the user data of a connection.
 * @param ssl      [in] The connection.
 * @return         The pointer
 * @return         NULL none was set, or any failure
 * @par Locking    Takes ssl shared.
 * @since          0.1
 * @see            mbedtls_ssl_get_user_data_p()
 */
MBEDGUARD_API void *mbedguard_ssl_get_user_data_p(mbedguard_ssl_context *ssl);
#define MBEDGUARD_HAVE_SSL_GET_USER_DATA_P 2 /**< Given here. */

/**
 * @brief          Get the number that is the user data of a connection.
 * @param ssl      [in] The connection.
 * @return         The number
 * @return         0 none was set, or any failure
 * @par Locking    Takes ssl shared.
 * @since          0.1
 * @see            mbedtls_ssl_get_user_data_n()
 */
MBEDGUARD_API uintptr_t mbedguard_ssl_get_user_data_n(mbedguard_ssl_context *ssl);
#define MBEDGUARD_HAVE_SSL_GET_USER_DATA_N 2 /**< Given here. */
#endif

/** @} */

#ifdef __cplusplus
}
#endif

#include <mbedguard/ssl_conf_access.h>
#include <mbedguard/ssl_config_slot.h>
#include <mbedguard/ssl_io_access.h>
#include <mbedguard/ssl_ticket_keys.h>

#endif /* MBEDGUARD_SSL_ACCESS_H */
