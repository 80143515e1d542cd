/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The descriptor of a network context: the one thing that two threads, or a signal handler, may touch
 * at once.
 */
#ifndef MBEDGUARD_MANUAL_NET_FD_H
#define MBEDGUARD_MANUAL_NET_FD_H

#include <mbedguard/net_sockets.h>

#include "core/atomic.h"

static inline int mbedguard_net_load_fd(const mbedtls_net_context *ctx)
{
    return MBEDGUARD_ATOMIC_LOAD(int, &ctx->fd);
}

static inline void mbedguard_net_store_fd(mbedtls_net_context *ctx, int fd)
{
    MBEDGUARD_ATOMIC_STORE(int, &ctx->fd, fd);
}

/* A context of a call's own, to work on. */
static inline mbedtls_net_context mbedguard_net_snapshot(const mbedtls_net_context *ctx)
{
    mbedtls_net_context own;

    own.fd = mbedguard_net_load_fd(ctx);
    return own;
}

/*
 * The result of making a connection. Where Mbed TLS opened a descriptor and closed it again, 2.28 leaves
 * its number behind: freeing the context would close whatever has that number by then. 3.x leaves -1,
 * and so does this.
 */
static inline void mbedguard_net_publish(mbedtls_net_context *ctx, const mbedtls_net_context *own,
                                         int ret)
{
    if (ret == 0) {
        mbedguard_net_store_fd(ctx, own->fd);
    } else if (ret != MBEDTLS_ERR_NET_UNKNOWN_HOST) {
        mbedguard_net_store_fd(ctx, -1);
    }
}

/*
 * Wait in poll() until the descriptor allows what `event` says, so many milliseconds, or without end for 0.
 * 0; MBEDTLS_ERR_SSL_TIMEOUT; MBEDTLS_ERR_NET_POLL_FAILED; MBEDTLS_ERR_NET_INVALID_CONTEXT where it is no
 * longer the context's, and must not be touched.
 */
int mbedguard_net_await(const mbedtls_net_context *ctx, int fd, short event, uint32_t timeout);

/* One call of mbedtls_net_accept(). */
int mbedguard_net_accept_once(mbedtls_net_context *bind_ctx, mbedtls_net_context *client_ctx,
                              void *client_ip, size_t buf_size, size_t *ip_len);

#endif /* MBEDGUARD_MANUAL_NET_FD_H */
