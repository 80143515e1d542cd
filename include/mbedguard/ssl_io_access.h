/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/**
 * @file ssl_io_access.h
 * @brief Input and output of a connection that many threads use: what Mbed TLS has no function for.
 *
 * Any number of threads may read, write and close one connection. None of these calls holds a guard
 * while it waits for the network, and none of them waits under a lock of the thread's: then it does
 * what it can and returns MBEDTLS_ERR_SSL_WANT_READ or MBEDTLS_ERR_SSL_WANT_WRITE.
 *
 * Deadlines are kept where the BIO is mbedguard_net_send() and mbedguard_net_recv() or
 * mbedguard_net_recv_timeout(), where a receive function with time-out is set, and where the BIO does
 * not block; inside a blocking function of the application's a call stays until that returns.
 *
 * Programs built for `--with-threading=none` have the calls of Mbed TLS alone: a time-out other than
 * 0, and all settings, are #MBEDGUARD_ERR_UNSUPPORTED.
 */
/* In front of the guard: these include this file at their end, when all that it needs is declared. */
#include <mbedguard/ssl.h>

#include <mbedguard/base.h>

#ifndef MBEDGUARD_SSL_IO_ACCESS_H
#define MBEDGUARD_SSL_IO_ACCESS_H

#ifdef __cplusplus
extern "C" {
#endif

/**
 * @name Calls with a deadline
 * A time-out is in milliseconds from the call; 0 is none. After MBEDTLS_ERR_SSL_TIMEOUT the
 * connection is as it was, and the call may be repeated.
 * @{
 */

/**
 * @brief          Perform the handshake, until a deadline.
 * @param ssl      [in,out] The connection.
 * @param timeout  [in] Milliseconds, or 0.
 * @return         As mbedguard_ssl_handshake()
 * @return         MBEDTLS_ERR_SSL_TIMEOUT the time is over
 * @par Locking    Takes ssl, and its configuration shared, for each step; none while it waits.
 * @par Callbacks  Those of a handshake, on this thread; the BIO's with no guard held.
 * @since          0.1
 * @see            mbedtls_ssl_handshake()
 */
MBEDGUARD_API int mbedguard_ssl_handshake_timeout(mbedguard_ssl_context *ssl, uint32_t timeout);

/**
 * @brief          Read, until a deadline.
 * @param ssl      [in,out] The connection.
 * @param buf      [out] Room for the data.
 * @param len      [in] Bytes in buf.
 * @param timeout  [in] Milliseconds, or 0.
 * @return         As mbedguard_ssl_read()
 * @return         MBEDTLS_ERR_SSL_TIMEOUT the time is over, and nothing was read
 * @par Locking    As mbedguard_ssl_handshake_timeout().
 * @par Callbacks  As mbedguard_ssl_handshake_timeout().
 * @since          0.1
 * @see            mbedtls_ssl_read()
 */
MBEDGUARD_API int mbedguard_ssl_read_timeout(mbedguard_ssl_context *ssl, unsigned char *buf,
                                             size_t len, uint32_t timeout);

/**
 * @brief          Read so many bytes, none of which goes to another reader in between.
 * @param ssl      [in,out] The connection.
 * @param buf      [out] Room for len bytes.
 * @param len      [in] Bytes wanted.
 * @param timeout  [in] Milliseconds for all of them, or 0.
 * @param olen     [out] Bytes read: len on success, maybe fewer on failure.
 * @return         0
 * @return         MBEDTLS_ERR_SSL_CONN_EOF the peer closed before
 * @return         #MBEDGUARD_ERR_BAD_INPUT a NULL argument
 * @return         As mbedguard_ssl_read_timeout(); after MBEDTLS_ERR_SSL_WANT_READ or
 *                 MBEDTLS_ERR_SSL_TIMEOUT with *olen above 0, the rest of the message is whoever's
 *                 reads next
 * @par Locking    As mbedguard_ssl_handshake_timeout(). Other readers wait until it returns.
 * @par Callbacks  As mbedguard_ssl_handshake_timeout().
 * @since          0.1
 * @see            mbedtls_ssl_read()
 */
MBEDGUARD_API int mbedguard_ssl_read_exact(mbedguard_ssl_context *ssl, unsigned char *buf,
                                           size_t len, uint32_t timeout, size_t *olen);

/**
 * @brief          Write the whole buffer, until a deadline.
 * @param ssl      [in,out] The connection.
 * @param buf      [in] The data.
 * @param len      [in] Bytes in buf.
 * @param timeout  [in] Milliseconds, or 0.
 * @return         As mbedguard_ssl_write(); fewer than len where the time was over in between
 * @return         MBEDTLS_ERR_SSL_TIMEOUT the time is over: repeat it with the same arguments, as after
 *                 MBEDTLS_ERR_SSL_WANT_WRITE, since some of it may have been sealed
 * @par Locking    As mbedguard_ssl_handshake_timeout(). Writers take turns.
 * @par Callbacks  As mbedguard_ssl_handshake_timeout().
 * @since          0.1
 * @see            mbedtls_ssl_write()
 */
MBEDGUARD_API int mbedguard_ssl_write_timeout(mbedguard_ssl_context *ssl, const unsigned char *buf,
                                              size_t len, uint32_t timeout);

/**
 * @brief          Close a connection that others use: send close_notify, and have all others leave.
 *
 * The write that is under way ends at its next record. Calls that wait end with
 * #MBEDGUARD_ERR_CLOSED, and so do all later ones, until mbedguard_ssl_session_reset() or
 * mbedguard_ssl_free(). Who is inside the BIO is woken by its cancel function; without one, a socket
 * of net_sockets.h is shut down. Another BIO is waited for. During a handshake there is no close_notify
 * to be sent, as in Mbed TLS.
 * @param ssl      [in,out] The connection.
 * @param timeout  [in] Milliseconds for all of it, or 0.
 * @return         0 close_notify was sent, and nobody is inside
 * @return         MBEDTLS_ERR_SSL_TIMEOUT the connection is closed all the same; a blocked thread may
 *                 still be inside
 * @return         As mbedguard_ssl_close_notify(); the connection is closed all the same
 * @return         #MBEDGUARD_ERR_CLOSED it was closed before
 * @return         #MBEDGUARD_ERR_BROKEN a thread ended inside the BIO: nothing was sent, the others leave
 * @par Locking    Takes ssl; none while it waits.
 * @par Callbacks  The BIO's and its cancel function, with no guard held.
 * @since          0.1
 * @see            mbedtls_ssl_close_notify()
 */
MBEDGUARD_API int mbedguard_ssl_close(mbedguard_ssl_context *ssl, uint32_t timeout);

/** @} */

/**
 * @name Settings of the BIO
 * Best made before the connection is used; mbedguard_ssl_free() forgets them.
 * @{
 */

/**
 * @brief          Set the function that wakes a thread inside the application's BIO.
 *
 * It is called when the connection is closed, reset, freed or given another BIO. From then on, until
 * that call has returned, f_send, f_recv and f_recv_timeout have to return soon: in calls that are under
 * way, and in those that begin, since a thread may be on its way into one of them and not be there yet.
 * So the function sets something that they look at (a flag, a byte in a pipe, a shut down socket), and
 * does not only wake who waits. What they return then does not matter; MBEDTLS_ERR_SSL_WANT_READ is one
 * possibility. Whoever uses the same BIO afterwards takes it back. It may be called more than once.
 * @param ssl      [in,out] The connection.
 * @param f_cancel [in] The function, given the p_bio of mbedguard_ssl_set_bio(); NULL for none.
 * @return         0
 * @return         #MBEDGUARD_ERR_ALLOC_FAILED
 * @return         An error of the guard
 * @par Locking    Takes ssl.
 * @par Callbacks  f_cancel is called with no guard held, beside f_send and f_recv.
 * @since          0.1
 * @see            mbedtls_ssl_set_bio()
 */
MBEDGUARD_API int mbedguard_ssl_set_bio_cancel(mbedguard_ssl_context *ssl,
                                               void (*f_cancel)(void *p_bio));

/**
 * @brief          Say that the BIO cannot send in one thread while it receives in another.
 * @param ssl      [in,out] The connection.
 * @param on       [in] Not 0: one of its functions is called at a time. 0, the default: one that
 *                 sends and one that receives.
 * @return         0
 * @return         #MBEDGUARD_ERR_ALLOC_FAILED
 * @return         An error of the guard
 * @par Locking    Takes ssl.
 * @since          0.1
 * @see            mbedtls_ssl_set_bio()
 */
MBEDGUARD_API int mbedguard_ssl_set_bio_one_at_once(mbedguard_ssl_context *ssl, int on);

/**
 * @brief          Set how much may be sealed and not yet sent.
 *
 * A writer waits, or is told MBEDTLS_ERR_SSL_WANT_WRITE, while more than that is queued; one record
 * may come on top. The default is 65536 bytes.
 * @param ssl      [in,out] The connection.
 * @param limit    [in] Bytes.
 * @return         0
 * @return         #MBEDGUARD_ERR_ALLOC_FAILED
 * @return         An error of the guard
 * @par Locking    Takes ssl.
 * @since          0.1
 * @see            mbedtls_ssl_write()
 */
MBEDGUARD_API int mbedguard_ssl_set_out_limit(mbedguard_ssl_context *ssl, size_t limit);

/** @} */

#ifdef __cplusplus
}
#endif

#endif /* MBEDGUARD_SSL_IO_ACCESS_H */
