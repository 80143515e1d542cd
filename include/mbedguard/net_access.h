/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/**
 * @file net_access.h
 * @brief The descriptor of a network context, and calls with a deadline.
 *
 * A mbedguard_net_context is a mbedtls_net_context and has no guard: programs copy it by value and
 * close it in signal handlers. Two threads may use one, each as the raw functions allow; of two that
 * close it only one closes the descriptor. A program that closes a descriptor while another thread
 * waits for it gets what the system gives, as ever.
 *
 * A time-out is in milliseconds from the call; 0 is none. These calls are there without threads, too.
 */
/* In front of the guard: these include this file at their end, when all that it needs is declared. */
#include <mbedguard/net_sockets.h>

#include <mbedguard/base.h>

#ifndef MBEDGUARD_NET_ACCESS_H
#define MBEDGUARD_NET_ACCESS_H

#ifdef __cplusplus
extern "C" {
#endif

#if defined(MBEDTLS_NET_C)
/**
 * @brief       Tell the descriptor of a network context.
 * @param ctx   [in] The context; may be NULL.
 * @return      The descriptor; -1 where there is none, or ctx is NULL
 * @par Locking None: the descriptor is read in one step.
 * @since       0.1
 * @see         mbedtls_net_context
 */
MBEDGUARD_API int mbedguard_net_get_fd(const mbedguard_net_context *ctx);

/**
 * @brief          Connect to a server, until a deadline.
 *
 * Each address of the host is given its part of the time that is left. Finding the addresses is the
 * system's, and not ended by a deadline; the time that it takes counts. SIGPIPE is ignored from then
 * on, as by mbedtls_net_connect().
 * @param ctx      [in,out] The context; what it held is forgotten, not closed.
 * @param host     [in] Its name or address.
 * @param port     [in] Its number or name.
 * @param proto    [in] MBEDTLS_NET_PROTO_TCP or MBEDTLS_NET_PROTO_UDP.
 * @param timeout  [in] Milliseconds, or 0.
 * @return         0 ctx has a socket, which blocks
 * @return         MBEDTLS_ERR_SSL_TIMEOUT the time is over, and ctx as it was
 * @return         MBEDTLS_ERR_NET_UNKNOWN_HOST host or port has no address, and ctx is as it was
 * @return         MBEDTLS_ERR_NET_SOCKET_FAILED, MBEDTLS_ERR_NET_CONNECT_FAILED,
 *                 MBEDTLS_ERR_NET_POLL_FAILED no address let itself be connected to; of the last one
 * @return         #MBEDGUARD_ERR_WOULD_WAIT the thread holds a lock
 * @return         #MBEDGUARD_ERR_BAD_INPUT ctx is NULL
 * @par Locking    None.
 * @par Ownership  The socket is ctx's: mbedguard_net_free().
 * @since          0.1
 * @see            mbedtls_net_connect()
 */
MBEDGUARD_API int mbedguard_net_connect_timeout(mbedguard_net_context *ctx, const char *host,
                                                const char *port, int proto, uint32_t timeout);

/**
 * @brief          Accept a client, until a deadline.
 *
 * Any number of threads may wait for clients of one socket: each client is given to one, and the others
 * go on waiting (TCP; for UDP, where the listening socket becomes the client's, one thread should).
 * When somebody is there, the listening socket is made non-blocking, since the client may be gone to
 * another thread or process by then; it stays so, and mbedguard_net_accept() on it returns
 * MBEDTLS_ERR_SSL_WANT_READ where nobody is there. The client's socket blocks.
 *
 * mbedguard_net_free() of the listening socket wakes those who wait.
 * @param bind_ctx   [in,out] The listening socket.
 * @param client_ctx [in,out] The context for the client; what it held is forgotten, not closed.
 * @param client_ip  [out] Room for the client's address; or NULL.
 * @param buf_size   [in] Bytes in client_ip.
 * @param ip_len     [out] Bytes written to client_ip; may be NULL where that is.
 * @param timeout    [in] Milliseconds, or 0.
 * @return         0
 * @return         MBEDTLS_ERR_SSL_TIMEOUT the time is over, and the contexts are as they were
 * @return         MBEDTLS_ERR_NET_INVALID_CONTEXT there is no descriptor, or another thread freed it
 * @return         MBEDTLS_ERR_NET_ACCEPT_FAILED, MBEDTLS_ERR_NET_SOCKET_FAILED,
 *                 MBEDTLS_ERR_NET_BIND_FAILED, MBEDTLS_ERR_NET_POLL_FAILED the system refused; also
 *                 where another thread shut the socket down
 * @return         MBEDTLS_ERR_NET_BUFFER_TOO_SMALL the client's address is longer than buf_size;
 *                 client_ctx has its socket
 * @return         #MBEDGUARD_ERR_WOULD_WAIT the thread holds a lock
 * @return         #MBEDGUARD_ERR_BAD_INPUT a context is NULL
 * @par Locking    None.
 * @par Ownership  The socket is client_ctx's: mbedguard_net_free().
 * @since          0.1
 * @see            mbedtls_net_accept()
 */
MBEDGUARD_API int mbedguard_net_accept_timeout(mbedguard_net_context *bind_ctx,
                                               mbedguard_net_context *client_ctx, void *client_ip,
                                               size_t buf_size, size_t *ip_len, uint32_t timeout);

/**
 * @brief          Send what there is room for, waiting for room until a deadline.
 * @param ctx      [in] A mbedguard_net_context.
 * @param buf      [in] The data.
 * @param len      [in] Bytes in buf.
 * @param timeout  [in] Milliseconds, or 0.
 * @return         The bytes sent, maybe fewer than len
 * @return         MBEDTLS_ERR_SSL_TIMEOUT the time is over, and nothing was sent
 * @return         MBEDTLS_ERR_SSL_WANT_WRITE another thread took the room, or there is none and the
 *                 thread holds a lock: repeat the call
 * @return         MBEDTLS_ERR_NET_CONN_RESET the peer is gone
 * @return         MBEDTLS_ERR_NET_SEND_FAILED, MBEDTLS_ERR_NET_POLL_FAILED the system refused
 * @return         MBEDTLS_ERR_NET_INVALID_CONTEXT there is no descriptor, or another thread freed it
 * @return         #MBEDGUARD_ERR_BAD_INPUT ctx is NULL
 * @par Locking    None.
 * @since          0.1
 * @see            mbedtls_net_send()
 */
MBEDGUARD_API int mbedguard_net_send_timeout(void *ctx, const unsigned char *buf, size_t len,
                                             uint32_t timeout);
#endif

#ifdef __cplusplus
}
#endif

#endif /* MBEDGUARD_NET_ACCESS_H */
