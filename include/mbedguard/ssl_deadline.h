/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/**
 * @file ssl_deadline.h
 * @brief Calls of Mbed TLS on a connection that wait, with a deadline: the rest of ssl_io_access.h's.
 *
 * A time-out is in milliseconds from the call; 0 is none. After MBEDTLS_ERR_SSL_TIMEOUT the connection
 * is as it was, and the call may be repeated, with or without a deadline. What a deadline can do about
 * a BIO, and what is different without threads, is said in ssl_io_access.h. A callback that runs, and
 * a lock that another thread holds, are waited for.
 */
/* In front of the guard: these include this file at their end, when all that it needs is declared. */
#include <mbedguard/ssl.h>

#include <mbedguard/base.h>

#ifndef MBEDGUARD_SSL_DEADLINE_H
#define MBEDGUARD_SSL_DEADLINE_H

#ifdef __cplusplus
extern "C" {
#endif

/**
 * @brief          Take one step of the handshake, until a deadline.
 * @param ssl      [in,out] The connection.
 * @param timeout  [in] Milliseconds, or 0.
 * @return         0 one step was made, and what it had to send is in the BIO; ask
 *                 mbedguard_ssl_is_handshake_over()
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
 * @return         MBEDTLS_ERR_SSL_BAD_INPUT_DATA not set up, or no BIO; or the handshake is over
 * @return         MBEDTLS_ERR_SSL_ALLOC_FAILED, #MBEDGUARD_ERR_ALLOC_FAILED memory ran out
 * @return         Another MBEDTLS_ERR_* code: the session failed, which all are told until it is
 *                 reset
 * @return         MBEDTLS_ERR_SSL_CLIENT_RECONNECT DTLS, server: the client began anew
 * @return         #MBEDGUARD_ERR_CLOSED another thread closed, reset or freed the connection
 * @return         #MBEDGUARD_ERR_REENTRY from a callback of the connection, or its BIO
 * @return         #MBEDGUARD_ERR_BAD_INPUT ssl is NULL
 * @return         #MBEDGUARD_ERR_UNSUPPORTED a library without threads, and timeout is not 0
 * @return         Another error of the guard
 * @par Locking    As mbedguard_ssl_handshake_timeout().
 * @par Callbacks  As mbedguard_ssl_handshake_timeout().
 * @since          0.1
 * @see            mbedtls_ssl_handshake_step()
 */
MBEDGUARD_API int mbedguard_ssl_handshake_step_timeout(mbedguard_ssl_context *ssl,
                                                       uint32_t timeout);

#if defined(MBEDTLS_SSL_RENEGOTIATION)
/**
 * @brief          Renegotiate (TLS 1.2), until a deadline.
 *
 * What was begun when the time is over goes on: any thread that reads or writes may end it, and the
 * next call for it, with or without a deadline, does not begin another one.
 * @param ssl      [in,out] The connection.
 * @param timeout  [in] Milliseconds, or 0.
 * @return         0 it is done (client), or the request is in the BIO (server)
 * @return         MBEDTLS_ERR_SSL_TIMEOUT the time is over; or that of the configuration is, or
 *                 DTLS had no answer
 * @return         MBEDTLS_ERR_SSL_WANT_READ, MBEDTLS_ERR_SSL_WANT_WRITE the BIO does not block and
 *                 has nothing, or takes nothing, or the thread holds a lock: repeat the call
 * @return         MBEDTLS_ERR_SSL_WAITING_SERVER_HELLO_RENEGO client: what the peer wrote before is
 *                 in the way, and no other thread is inside to read it: read, then repeat the call
 * @return         MBEDTLS_ERR_SSL_ASYNC_IN_PROGRESS, MBEDTLS_ERR_SSL_CRYPTO_IN_PROGRESS,
 *                 MBEDTLS_ERR_SSL_RECEIVED_EARLY_DATA, MBEDTLS_ERR_SSL_HELLO_VERIFY_REQUIRED of a
 *                 handshake, each to the thread that took the step
 * @return         MBEDTLS_ERR_SSL_CONN_EOF, MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY the peer ended it
 * @return         A code of the BIO's receive function, to the thread that was inside it; of its
 *                 send function, to all whose bytes it did not take and to later ones
 * @return         MBEDTLS_ERR_SSL_BAD_INPUT_DATA not set up, or no BIO; or no handshake was
 *                 completed
 * @return         MBEDTLS_ERR_SSL_ALLOC_FAILED, #MBEDGUARD_ERR_ALLOC_FAILED memory ran out
 * @return         Another MBEDTLS_ERR_* code: the session failed, which all are told until it is
 *                 reset
 * @return         MBEDTLS_ERR_SSL_CLIENT_RECONNECT DTLS, server: the client began anew
 * @return         #MBEDGUARD_ERR_CLOSED another thread closed, reset or freed the connection
 * @return         #MBEDGUARD_ERR_REENTRY from a callback of the connection, or its BIO
 * @return         #MBEDGUARD_ERR_BAD_INPUT ssl is NULL
 * @return         #MBEDGUARD_ERR_UNSUPPORTED a library without threads, and timeout is not 0
 * @return         Another error of the guard
 * @par Locking    As mbedguard_ssl_handshake_timeout().
 * @par Callbacks  As mbedguard_ssl_handshake_timeout().
 * @since          0.1
 * @see            mbedtls_ssl_renegotiate()
 */
MBEDGUARD_API int mbedguard_ssl_renegotiate_timeout(mbedguard_ssl_context *ssl, uint32_t timeout);
#endif

/**
 * @brief          Send close_notify, until a deadline; nobody is made to leave.
 *
 * It comes after what is being written.
 * @param ssl      [in,out] The connection.
 * @param timeout  [in] Milliseconds, or 0.
 * @return         0 it is in the BIO; or no handshake was completed, and there is nothing to end
 * @return         MBEDTLS_ERR_SSL_TIMEOUT the time is over: another thread still writes, or the BIO
 *                 does not take it. It is made once; whoever calls next is told its result
 * @return         MBEDTLS_ERR_SSL_WANT_WRITE the BIO does not block and does not take it, or the
 *                 thread holds a lock: repeat the call
 * @return         A code of the BIO's send function, to all whose bytes it did not take and to later
 *                 ones
 * @return         MBEDTLS_ERR_SSL_BAD_INPUT_DATA not set up, or no BIO
 * @return         MBEDTLS_ERR_SSL_ALLOC_FAILED, #MBEDGUARD_ERR_ALLOC_FAILED memory ran out
 * @return         Another MBEDTLS_ERR_* code: the session failed, which all are told until it is
 *                 reset
 * @return         MBEDTLS_ERR_SSL_CLIENT_RECONNECT DTLS, server: the client began anew
 * @return         #MBEDGUARD_ERR_CLOSED another thread closed, reset or freed the connection
 * @return         #MBEDGUARD_ERR_REENTRY from a callback of the connection, or its BIO
 * @return         #MBEDGUARD_ERR_BAD_INPUT ssl is NULL
 * @return         #MBEDGUARD_ERR_UNSUPPORTED a library without threads, and timeout is not 0
 * @return         Another error of the guard
 * @par Locking    As mbedguard_ssl_handshake_timeout(). After a write that is under way.
 * @par Callbacks  As mbedguard_ssl_handshake_timeout().
 * @since          0.1
 * @see            mbedtls_ssl_close_notify()
 */
MBEDGUARD_API int mbedguard_ssl_close_notify_timeout(mbedguard_ssl_context *ssl, uint32_t timeout);

/**
 * @brief          Send an alert, until a deadline.
 *
 * It comes after what is being written.
 * @param ssl      [in,out] The connection.
 * @param level    [in] Of the alert: MBEDTLS_SSL_ALERT_LEVEL_WARNING or
 *                 MBEDTLS_SSL_ALERT_LEVEL_FATAL.
 * @param message  [in] MBEDTLS_SSL_ALERT_MSG_*.
 * @param timeout  [in] Milliseconds, or 0.
 * @return         0 the alert is in the BIO
 * @return         MBEDTLS_ERR_SSL_TIMEOUT the time is over: another thread still writes, or the BIO
 *                 does not take it. It is made once; whoever calls next is told its result
 * @return         MBEDTLS_ERR_SSL_WANT_WRITE the BIO does not block and does not take it, or the
 *                 thread holds a lock: repeat the call
 * @return         A code of the BIO's send function, to all whose bytes it did not take and to later
 *                 ones
 * @return         MBEDTLS_ERR_SSL_BAD_INPUT_DATA not set up, or no BIO
 * @return         MBEDTLS_ERR_SSL_ALLOC_FAILED, #MBEDGUARD_ERR_ALLOC_FAILED memory ran out
 * @return         Another MBEDTLS_ERR_* code: the session failed, which all are told until it is
 *                 reset
 * @return         MBEDTLS_ERR_SSL_CLIENT_RECONNECT DTLS, server: the client began anew
 * @return         #MBEDGUARD_ERR_CLOSED another thread closed, reset or freed the connection
 * @return         #MBEDGUARD_ERR_REENTRY from a callback of the connection, or its BIO
 * @return         #MBEDGUARD_ERR_BAD_INPUT ssl is NULL
 * @return         #MBEDGUARD_ERR_UNSUPPORTED a library without threads, and timeout is not 0
 * @return         Another error of the guard
 * @par Locking    As mbedguard_ssl_handshake_timeout(). After a write that is under way.
 * @par Callbacks  As mbedguard_ssl_handshake_timeout().
 * @since          0.1
 * @see            mbedtls_ssl_send_alert_message()
 */
MBEDGUARD_API int mbedguard_ssl_send_alert_message_timeout(mbedguard_ssl_context *ssl,
                                                           unsigned char level,
                                                           unsigned char message,
                                                           uint32_t timeout);

#if defined(MBEDTLS_SSL_EARLY_DATA) && defined(MBEDTLS_SSL_SRV_C)
/**
 * @brief          Read early data (TLS 1.3, server), until a deadline.
 * @param ssl      [in,out] The connection.
 * @param buf      [out] Room for the data.
 * @param len      [in] Bytes in buf.
 * @param timeout  [in] Milliseconds, or 0.
 * @return         A positive number: the bytes read, each told to one thread
 * @return         MBEDTLS_ERR_SSL_CANNOT_READ_EARLY_DATA there is none, or another thread read it, or
 *                 went on with the handshake
 * @return         MBEDTLS_ERR_SSL_TIMEOUT the time is over, or that of the configuration, and nothing
 *                 was read
 * @return         MBEDTLS_ERR_SSL_WANT_READ, MBEDTLS_ERR_SSL_WANT_WRITE the BIO does not block and
 *                 has nothing, or takes nothing, or the thread holds a lock: repeat the call
 * @return         A code of the BIO's receive function, to the thread that was inside it; of its
 *                 send function, to all whose bytes it did not take and to later ones
 * @return         MBEDTLS_ERR_SSL_BAD_INPUT_DATA not set up, or no BIO
 * @return         MBEDTLS_ERR_SSL_ALLOC_FAILED, #MBEDGUARD_ERR_ALLOC_FAILED memory ran out
 * @return         Another MBEDTLS_ERR_* code: the session failed, which all are told until it is
 *                 reset
 * @return         MBEDTLS_ERR_SSL_CLIENT_RECONNECT DTLS, server: the client began anew
 * @return         #MBEDGUARD_ERR_CLOSED another thread closed, reset or freed the connection
 * @return         #MBEDGUARD_ERR_REENTRY from a callback of the connection, or its BIO
 * @return         #MBEDGUARD_ERR_BAD_INPUT ssl is NULL
 * @return         #MBEDGUARD_ERR_UNSUPPORTED a library without threads, and timeout is not 0
 * @return         Another error of the guard
 * @par Locking    As mbedguard_ssl_handshake_timeout().
 * @par Callbacks  As mbedguard_ssl_handshake_timeout().
 * @since          0.1
 * @see            mbedtls_ssl_read_early_data()
 */
MBEDGUARD_API int mbedguard_ssl_read_early_data_timeout(mbedguard_ssl_context *ssl,
                                                        unsigned char *buf, size_t len,
                                                        uint32_t timeout);
#endif

#if defined(MBEDTLS_SSL_EARLY_DATA) && defined(MBEDTLS_SSL_CLI_C)
/**
 * @brief          Write early data (TLS 1.3, client), until a deadline.
 * @param ssl      [in,out] The connection.
 * @param buf      [in] The data.
 * @param len      [in] Bytes in buf.
 * @param timeout  [in] Milliseconds, or 0.
 * @return         A number up to len: so many bytes are in the BIO
 * @return         MBEDTLS_ERR_SSL_CANNOT_WRITE_EARLY_DATA none can be written, or none any more
 * @return         MBEDTLS_ERR_SSL_TIMEOUT the time is over: repeat it with the same arguments, as
 *                 after MBEDTLS_ERR_SSL_WANT_WRITE, since some of it may have been sealed
 * @return         MBEDTLS_ERR_SSL_WANT_WRITE the BIO does not block and takes nothing, or the
 *                 thread holds a lock: repeat it with the same arguments
 * @return         MBEDTLS_ERR_SSL_WANT_READ the handshake waits for the peer: repeat it as well
 * @return         MBEDTLS_ERR_SSL_ASYNC_IN_PROGRESS, MBEDTLS_ERR_SSL_CRYPTO_IN_PROGRESS,
 *                 MBEDTLS_ERR_SSL_RECEIVED_EARLY_DATA, MBEDTLS_ERR_SSL_HELLO_VERIFY_REQUIRED of a
 *                 handshake, each to the thread that took the step
 * @return         MBEDTLS_ERR_SSL_CONN_EOF, MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY the peer ended the
 *                 handshake
 * @return         A code of the BIO's receive function, to the thread that was inside it; of its
 *                 send function, to all whose bytes it did not take and to later ones
 * @return         MBEDTLS_ERR_SSL_BAD_INPUT_DATA not set up, or no BIO, or buf is NULL
 * @return         MBEDTLS_ERR_SSL_ALLOC_FAILED, #MBEDGUARD_ERR_ALLOC_FAILED memory ran out
 * @return         Another MBEDTLS_ERR_* code: the session failed, which all are told until it is
 *                 reset
 * @return         MBEDTLS_ERR_SSL_CLIENT_RECONNECT DTLS, server: the client began anew
 * @return         #MBEDGUARD_ERR_CLOSED another thread closed, reset or freed the connection
 * @return         #MBEDGUARD_ERR_REENTRY from a callback of the connection, or its BIO
 * @return         #MBEDGUARD_ERR_BAD_INPUT ssl is NULL
 * @return         #MBEDGUARD_ERR_UNSUPPORTED a library without threads, and timeout is not 0
 * @return         Another error of the guard
 * @par Locking    As mbedguard_ssl_handshake_timeout(). Writers take turns.
 * @par Callbacks  As mbedguard_ssl_handshake_timeout().
 * @since          0.1
 * @see            mbedtls_ssl_write_early_data()
 */
MBEDGUARD_API int mbedguard_ssl_write_early_data_timeout(mbedguard_ssl_context *ssl,
                                                         const unsigned char *buf, size_t len,
                                                         uint32_t timeout);
#endif

/**
 * @name Calls that have others come out of the BIO
 * Who is inside the BIO is woken by its cancel function, also where the time is over then. The others
 * are told nothing until nobody is inside; so after MBEDTLS_ERR_SSL_TIMEOUT none of them was made to
 * leave, and all go on as they were.
 * @{
 */

/**
 * @brief          Reset a connection to its state after the setup, until a deadline.
 * @param ssl      [in,out] The connection.
 * @param timeout  [in] Milliseconds, or 0.
 * @return         0 the session is gone, with what was queued; of several threads that reset it,
 *                 each is told so
 * @return         MBEDTLS_ERR_SSL_TIMEOUT a thread is still inside the BIO: nothing was reset
 * @return         MBEDTLS_ERR_SSL_BAD_INPUT_DATA not set up, or freed
 * @return         MBEDTLS_ERR_SSL_ALLOC_FAILED, #MBEDGUARD_ERR_ALLOC_FAILED memory ran out
 * @return         MBEDTLS_ERR_SSL_HW_ACCEL_FAILED, MBEDTLS_ERR_SSL_COMPRESSION_FAILED of older
 *                 versions, with those features
 * @return         #MBEDGUARD_ERR_WOULD_WAIT others are inside, and the thread holds a lock: nothing
 *                 was reset
 * @return         #MBEDGUARD_ERR_UNSUPPORTED others are inside, and the backend cannot wait for them
 *                 (with a deadline): nothing was reset. A library without threads, and timeout is
 *                 not 0
 * @return         #MBEDGUARD_ERR_CLOSED another thread is freeing the connection
 * @return         #MBEDGUARD_ERR_REENTRY from a callback of the connection, or its BIO
 * @return         #MBEDGUARD_ERR_BAD_INPUT ssl is NULL
 * @return         Another error of the guard
 * @par Locking    Takes ssl, and its configuration shared; none while it waits.
 * @par Callbacks  The BIO's cancel function, with no guard held.
 * @since          0.1
 * @see            mbedtls_ssl_session_reset()
 */
MBEDGUARD_API int mbedguard_ssl_session_reset_timeout(mbedguard_ssl_context *ssl,
                                                      uint32_t timeout);

/**
 * @brief          Set another BIO, until a deadline.
 * @param ssl            [in,out] The connection.
 * @param p_bio          [in] What its functions are given.
 * @param f_send         [in] Sends; or NULL.
 * @param f_recv         [in] Receives; or NULL.
 * @param f_recv_timeout [in] Receives, with a time-out; or NULL.
 * @param timeout        [in] Milliseconds, or 0.
 * @return         0 those who were inside the old BIO go on with the new one, which is sent what is
 *                 queued
 * @return         MBEDTLS_ERR_SSL_TIMEOUT a thread is still inside the old BIO, which stays
 * @return         #MBEDGUARD_ERR_WOULD_WAIT others are inside the old BIO, and the thread holds a
 *                 lock: it stays
 * @return         #MBEDGUARD_ERR_UNSUPPORTED others are inside the old BIO, and the backend cannot
 *                 wait for them (with a deadline): it stays. A library without threads, and timeout
 *                 is not 0
 * @return         #MBEDGUARD_ERR_CLOSED another thread is freeing the connection
 * @return         #MBEDGUARD_ERR_REENTRY from a callback of the connection, or its BIO
 * @return         #MBEDGUARD_ERR_BAD_INPUT ssl is NULL
 * @return         #MBEDGUARD_ERR_ALLOC_FAILED memory ran out
 * @return         Another error of the guard
 * @par Locking    Takes ssl; none while it waits.
 * @par Callbacks  Now: the cancel function of the old BIO, with no guard held. Later: as
 *                 mbedguard_ssl_set_bio().
 * @par Ownership  p_bio is the application's, for as long as it is set.
 * @since          0.1
 * @see            mbedtls_ssl_set_bio()
 */
MBEDGUARD_API int mbedguard_ssl_set_bio_timeout(mbedguard_ssl_context *ssl, void *p_bio,
                                                mbedtls_ssl_send_t *f_send,
                                                mbedtls_ssl_recv_t *f_recv,
                                                mbedtls_ssl_recv_timeout_t *f_recv_timeout,
                                                uint32_t timeout);

/**
 * @brief          Free a connection, until a deadline.
 *
 * Of one that is counted and has further references, one of them is dropped, and nobody leaves.
 * @param ssl      [in,out] The connection; may be NULL.
 * @param timeout  [in] Milliseconds, or 0.
 * @return         0
 * @return         MBEDTLS_ERR_SSL_TIMEOUT a thread is still inside the BIO: nothing was freed, and the
 *                 reference is still there
 * @return         #MBEDGUARD_ERR_WOULD_WAIT others are inside, and the thread holds a lock, or this
 *                 is a callback of the connection: nothing was freed
 * @return         #MBEDGUARD_ERR_UNSUPPORTED others are inside, and the backend cannot wait for them
 *                 (with a deadline): nothing was freed. A library without threads, and timeout is
 *                 not 0
 * @return         #MBEDGUARD_ERR_CLOSED another thread is freeing the connection
 * @return         #MBEDGUARD_ERR_REENTRY from the BIO
 * @return         Another error of the guard
 * @par Locking    Takes ssl; none while it waits.
 * @par Callbacks  The BIO's cancel function, with no guard held.
 * @par Ownership  Lets go of its configuration, and of what it keeps.
 * @since          0.1
 * @see            mbedtls_ssl_free()
 */
MBEDGUARD_API int mbedguard_ssl_free_timeout(mbedguard_ssl_context *ssl, uint32_t timeout);

/** @} */

#ifdef __cplusplus
}
#endif

#endif /* MBEDGUARD_SSL_DEADLINE_H */
