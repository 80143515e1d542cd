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
 * not block; inside a blocking function of the application's a call stays until that returns. Whether
 * a function will block nobody can know before it is called, so that no call is refused for it; the
 * others that wait for this thread keep their own deadlines. Further calls with a deadline are in
 * ssl_deadline.h.
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
 * @return         0 it is over, which every thread is told that calls
 * @return         MBEDTLS_ERR_SSL_TIMEOUT the time is over; or that of the configuration is, or
 *                 DTLS had no answer
 * @return         MBEDTLS_ERR_SSL_WANT_READ, MBEDTLS_ERR_SSL_WANT_WRITE the BIO does not block and
 *                 has nothing, or takes nothing, or the thread holds a lock: repeat the call
 * @return         MBEDTLS_ERR_SSL_ASYNC_IN_PROGRESS, MBEDTLS_ERR_SSL_CRYPTO_IN_PROGRESS,
 *                 MBEDTLS_ERR_SSL_RECEIVED_EARLY_DATA, MBEDTLS_ERR_SSL_HELLO_VERIFY_REQUIRED of a
 *                 handshake, each to the thread that took the step
 * @return         MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET TLS 1.3, client: a ticket came
 * @return         MBEDTLS_ERR_SSL_CONN_EOF, MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY the peer ended it
 * @return         A code of the BIO's receive function, to the thread that was inside it; of its
 *                 send function, to all whose bytes it did not take and to later ones
 * @return         MBEDTLS_ERR_SSL_BAD_INPUT_DATA not set up, or no BIO
 * @return         MBEDTLS_ERR_SSL_ALLOC_FAILED, #MBEDGUARD_ERR_ALLOC_FAILED memory ran out
 * @return         Another MBEDTLS_ERR_* code: the session failed, which all are told until it is
 *                 reset
 * @return         MBEDTLS_ERR_SSL_CLIENT_RECONNECT DTLS, server: the client began anew
 * @return         #MBEDGUARD_ERR_CLOSED another thread closed, reset or freed the connection
 * @return         #MBEDGUARD_ERR_REENTRY from a callback of the connection, or its BIO
 * @return         #MBEDGUARD_ERR_UNSUPPORTED a library without threads, and timeout is not 0
 * @return         Another error of the guard
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
 * @return         A positive number: the bytes read, each told to one reader
 * @return         0 the transport ended, told to the reader that was inside the BIO
 * @return         MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY the peer sends nothing any more, told to one
 *                 reader
 * @return         MBEDTLS_ERR_SSL_TIMEOUT the time is over, or that of the configuration, and
 *                 nothing was read
 * @return         MBEDTLS_ERR_SSL_WANT_READ, MBEDTLS_ERR_SSL_WANT_WRITE the BIO does not block and
 *                 has nothing, or does not take an answer, or the thread holds a lock: repeat the
 *                 call
 * @return         MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET TLS 1.3, client: a ticket came, told
 *                 to one reader
 * @return         MBEDTLS_ERR_SSL_ASYNC_IN_PROGRESS, MBEDTLS_ERR_SSL_CRYPTO_IN_PROGRESS,
 *                 MBEDTLS_ERR_SSL_RECEIVED_EARLY_DATA, MBEDTLS_ERR_SSL_HELLO_VERIFY_REQUIRED of a
 *                 handshake, each to the thread that took the step
 * @return         MBEDTLS_ERR_SSL_CONN_EOF the transport ended in a handshake
 * @return         A code of the BIO's receive function, to the thread that was inside it; of its
 *                 send function, to all whose bytes it did not take and to later ones
 * @return         MBEDTLS_ERR_SSL_BAD_INPUT_DATA not set up, or no BIO
 * @return         MBEDTLS_ERR_SSL_ALLOC_FAILED, #MBEDGUARD_ERR_ALLOC_FAILED memory ran out
 * @return         Another MBEDTLS_ERR_* code: the session failed, which all are told until it is
 *                 reset
 * @return         MBEDTLS_ERR_SSL_CLIENT_RECONNECT DTLS, server: the client began anew
 * @return         #MBEDGUARD_ERR_CLOSED another thread closed, reset or freed the connection
 * @return         #MBEDGUARD_ERR_REENTRY from a callback of the connection, or its BIO
 * @return         #MBEDGUARD_ERR_UNSUPPORTED a library without threads, and timeout is not 0
 * @return         Another error of the guard
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
 * @return         MBEDTLS_ERR_SSL_CONN_EOF the transport ended before
 * @return         MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY the peer sends nothing any more
 * @return         MBEDTLS_ERR_SSL_TIMEOUT, MBEDTLS_ERR_SSL_WANT_READ, MBEDTLS_ERR_SSL_WANT_WRITE,
 *                 MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET as mbedguard_ssl_read_timeout(): if
 *                 *olen is above 0, the rest of the message is whoever's reads next
 * @return         MBEDTLS_ERR_SSL_ASYNC_IN_PROGRESS, MBEDTLS_ERR_SSL_CRYPTO_IN_PROGRESS,
 *                 MBEDTLS_ERR_SSL_RECEIVED_EARLY_DATA, MBEDTLS_ERR_SSL_HELLO_VERIFY_REQUIRED of a
 *                 handshake, each to the thread that took the step
 * @return         #MBEDGUARD_ERR_BAD_INPUT a NULL argument
 * @return         A code of the BIO's receive function, to the thread that was inside it; of its
 *                 send function, to all whose bytes it did not take and to later ones
 * @return         MBEDTLS_ERR_SSL_BAD_INPUT_DATA not set up, or no BIO
 * @return         MBEDTLS_ERR_SSL_ALLOC_FAILED, #MBEDGUARD_ERR_ALLOC_FAILED memory ran out
 * @return         Another MBEDTLS_ERR_* code: the session failed, which all are told until it is
 *                 reset
 * @return         MBEDTLS_ERR_SSL_CLIENT_RECONNECT DTLS, server: the client began anew
 * @return         #MBEDGUARD_ERR_CLOSED another thread closed, reset or freed the connection
 * @return         #MBEDGUARD_ERR_REENTRY from a callback of the connection, or its BIO
 * @return         #MBEDGUARD_ERR_UNSUPPORTED a library without threads, and timeout is not 0
 * @return         Another error of the guard
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
 * @return         A number up to len: so many bytes are in the BIO; fewer than len where the time
 *                 was over, or the BIO took no more, after whole records
 * @return         MBEDTLS_ERR_SSL_TIMEOUT the time is over: repeat it with the same arguments, as
 *                 after MBEDTLS_ERR_SSL_WANT_WRITE, since some of it may have been sealed; or, in a
 *                 handshake, that of the configuration is
 * @return         MBEDTLS_ERR_SSL_WANT_WRITE the BIO does not block and takes nothing, or the
 *                 thread holds a lock: repeat it with the same arguments
 * @return         MBEDTLS_ERR_SSL_WANT_READ a handshake waits for the peer: repeat it as well
 * @return         MBEDTLS_ERR_SSL_ASYNC_IN_PROGRESS, MBEDTLS_ERR_SSL_CRYPTO_IN_PROGRESS,
 *                 MBEDTLS_ERR_SSL_RECEIVED_EARLY_DATA, MBEDTLS_ERR_SSL_HELLO_VERIFY_REQUIRED of a
 *                 handshake, each to the thread that took the step
 * @return         MBEDTLS_ERR_SSL_CONN_EOF, MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY the peer ended the
 *                 handshake
 * @return         MBEDTLS_ERR_SSL_BAD_INPUT_DATA DTLS: len is more than one record takes; or buf is
 *                 NULL
 * @return         A code of the BIO's receive function, to the thread that was inside it; of its
 *                 send function, to all whose bytes it did not take and to later ones
 * @return         MBEDTLS_ERR_SSL_BAD_INPUT_DATA not set up, or no BIO
 * @return         MBEDTLS_ERR_SSL_ALLOC_FAILED, #MBEDGUARD_ERR_ALLOC_FAILED memory ran out
 * @return         Another MBEDTLS_ERR_* code: the session failed, which all are told until it is
 *                 reset
 * @return         MBEDTLS_ERR_SSL_CLIENT_RECONNECT DTLS, server: the client began anew
 * @return         #MBEDGUARD_ERR_CLOSED another thread closed, reset or freed the connection
 * @return         #MBEDGUARD_ERR_REENTRY from a callback of the connection, or its BIO
 * @return         #MBEDGUARD_ERR_UNSUPPORTED a library without threads, and timeout is not 0
 * @return         Another error of the guard
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
 * to be sent, as in Mbed TLS: the peer learns of the end when the socket is closed.
 * @param ssl      [in,out] The connection.
 * @param timeout  [in] Milliseconds for all of it, or 0.
 * @return         0 close_notify was sent, and nobody is inside
 * @return         MBEDTLS_ERR_SSL_TIMEOUT the connection is closed all the same; a blocked thread
 *                 may still be inside
 * @return         MBEDTLS_ERR_SSL_WANT_WRITE the BIO does not take close_notify, or the thread
 *                 holds a lock: it is not sent; the connection is closed all the same
 * @return         A code of f_send, or another MBEDTLS_ERR_* code: close_notify was not sent; the
 *                 connection is closed all the same
 * @return         MBEDTLS_ERR_SSL_BAD_INPUT_DATA not set up, or no BIO
 * @return         MBEDTLS_ERR_SSL_CLIENT_RECONNECT DTLS, server: the client began anew meanwhile;
 *                 the connection is closed all the same
 * @return         #MBEDGUARD_ERR_WOULD_WAIT others are inside, and the thread holds a lock; the
 *                 connection is closed all the same
 * @return         #MBEDGUARD_ERR_UNSUPPORTED others are inside, and the backend cannot wait for
 *                 them; the connection is closed all the same. Without threads, timeout is not 0:
 *                 nothing was done
 * @return         #MBEDGUARD_ERR_CLOSED it was closed before, or is being reset or freed: of
 *                 several threads that close it, one is told 0
 * @return         #MBEDGUARD_ERR_BROKEN a thread ended inside the BIO: nothing was sent, the others
 *                 leave
 * @return         #MBEDGUARD_ERR_REENTRY from a callback of the connection, or its BIO
 * @return         Another error of the guard: nothing was done
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
 * @par Callbacks  f_cancel runs on the thread that closes, resets, frees or sets another BIO, with no
 *                 guard held, beside f_send and f_recv on other threads. It must not wait for these, nor
 *                 call its own connection.
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

/**
 * @brief          Set how much a receive may ask for: one for many records.
 *
 * Off (0) by default: the BIO is asked for exactly what Mbed TLS asks for, a record's header and
 * then its rest. With more, each receive asks for this many bytes, where Mbed TLS does not ask for
 * more itself. What comes behind the record at hand is kept, and read before the BIO is asked again:
 * in order, and before the end or the error that follows it. 16384 suits most.
 *
 * What a program must know that turns it on:
 * - Before it waits for its socket (poll(), select()) it asks mbedguard_ssl_check_pending(), after
 *   a handshake, too: records that were read ahead do not make the socket readable.
 *   mbedguard_ssl_get_bytes_avail() is as in Mbed TLS, and knows of the record at hand only. Where
 *   several threads wait for one socket, the one that reads goes on while there is something: the
 *   others are not told.
 * - Its receive function returns what is there, and does not wait until all of len is.
 * - What follows the close_notify of the peer may have been read as well, and cannot be had: not
 *   for protocols that go on in plain text on the same socket.
 * - mbedguard_ssl_session_reset() drops what was read ahead. mbedguard_ssl_set_bio() keeps it: it
 *   is read before what the new BIO brings. So does turning read-ahead off.
 * - A receive under way, and bytes not read yet, take size bytes of memory, never more.
 *
 * No effect with datagrams: each of them is one receive in any case.
 * @param ssl      [in,out] The connection.
 * @param size     [in] Bytes, at most INT32_MAX; 0 for no read-ahead. From the next receive on.
 * @return         0
 * @return         #MBEDGUARD_ERR_BAD_INPUT ssl is NULL, or size too large
 * @return         #MBEDGUARD_ERR_ALLOC_FAILED
 * @return         An error of the guard
 * @par Locking    Takes ssl.
 * @since          0.1
 * @see            mbedtls_ssl_set_bio()
 */
MBEDGUARD_API int mbedguard_ssl_set_read_ahead(mbedguard_ssl_context *ssl, size_t size);

/** @} */

#ifdef __cplusplus
}
#endif

#include <mbedguard/ssl_deadline.h>

#endif /* MBEDGUARD_SSL_IO_ACCESS_H */
