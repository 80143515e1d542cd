/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Sockets: making connections until a deadline. The thread waits in poll() alone; what it does then
 * cannot wait, whoever was faster.
 */
#include <mbedguard/net_sockets.h>

#if defined(MBEDTLS_NET_C)

#include <errno.h>
#include <limits.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>

#include <mbedtls/ssl.h>

#include <mbedguard/net_access.h>

#include "core/await.h"
#include "core/enter.h"
#include "manual/net_fd.h"

/* Until something can be done, and the descriptor is still the context's: 0, or why not. */
static int await_ready(const mbedtls_net_context *ctx, int fd, short event,
                       const mbedguard_deadline *deadline)
{
    struct pollfd item = {.fd = fd, .events = event};
    int ready;

    do {
        const uint32_t left = mbedguard_deadline_left(deadline);

        ready = poll(&item, 1, left < INT_MAX ? (int) left : INT_MAX);
        if (ready == 0 && left < INT_MAX) {
            return MBEDTLS_ERR_SSL_TIMEOUT;
        }
    } while (ready == 0 || (ready < 0 && errno == EINTR));
    if (ready < 0) {
        return MBEDTLS_ERR_NET_POLL_FAILED;
    }
    return mbedguard_net_load_fd(ctx) == fd ? 0 : MBEDTLS_ERR_NET_INVALID_CONTEXT;
}

int mbedguard_net_await(const mbedtls_net_context *ctx, int fd, short event, uint32_t timeout)
{
    const mbedguard_deadline deadline = mbedguard_deadline_after(timeout);

    return await_ready(ctx, fd, event, &deadline);
}

/* ---- Accepting ----------------------------------------------------------------------------------- */

/*
 * Another thread or process may have taken the client: then this is told so by a socket that does not
 * block, and there is no other way to be told. The client's socket may be that one (UDP), or have it
 * from that one, as the system likes.
 */
static int accept_now(mbedtls_net_context *bind_ctx, mbedtls_net_context *client_ctx,
                      void *client_ip, size_t buf_size, size_t *ip_len)
{
    mbedtls_net_context own = mbedguard_net_snapshot(bind_ctx);
    int ret;

    if (mbedtls_net_set_nonblock(&own) != 0) {
        return MBEDTLS_ERR_NET_ACCEPT_FAILED;
    }
    ret = mbedguard_net_accept_once(bind_ctx, client_ctx, client_ip, buf_size, ip_len);
    if (ret == 0 || ret == MBEDTLS_ERR_NET_BUFFER_TOO_SMALL) {
        own = mbedguard_net_snapshot(client_ctx);
        if (mbedtls_net_set_block(&own) != 0) {
            ret = MBEDTLS_ERR_NET_ACCEPT_FAILED;
        }
    }
    return ret;
}

int mbedguard_net_accept_timeout(mbedguard_net_context *bind_ctx, mbedguard_net_context *client_ctx,
                                 void *client_ip, size_t buf_size, size_t *ip_len,
                                 uint32_t timeout)
{
    mbedguard_deadline deadline;
    int ret;

    if (bind_ctx == NULL || client_ctx == NULL) {
        return MBEDGUARD_ERR_BAD_INPUT;
    }
    if (mbedguard_may_wait(__func__) != 0) {
        return MBEDGUARD_ERR_WOULD_WAIT;
    }
    deadline = mbedguard_deadline_after(timeout);
    do {
        const int fd = mbedguard_net_load_fd(bind_ctx);

        if (fd < 0) {
            return MBEDTLS_ERR_NET_INVALID_CONTEXT;
        }
        ret = await_ready(bind_ctx, fd, POLLIN, &deadline);
        if (ret == 0) {
            ret = accept_now(bind_ctx, client_ctx, client_ip, buf_size, ip_len);
        }
        /* For UDP another thread's client may have taken the socket, and there is a new one. */
    } while (ret == MBEDTLS_ERR_SSL_WANT_READ ||
             (ret == MBEDTLS_ERR_NET_INVALID_CONTEXT && mbedguard_net_load_fd(bind_ctx) >= 0));
    return ret;
}

/* ---- Connecting ---------------------------------------------------------------------------------- */

/* A connection that does not block is under way when this is interrupted, too. */
static int begin_connect(const mbedtls_net_context *own, const struct addrinfo *address,
                         const mbedguard_deadline *deadline)
{
    int error = 0;
    socklen_t length = sizeof error;
    int ret;

    if (connect(own->fd, address->ai_addr, address->ai_addrlen) == 0) {
        return 0;
    }
    if (errno != EINPROGRESS && errno != EINTR) {
        return MBEDTLS_ERR_NET_CONNECT_FAILED;
    }
    ret = await_ready(own, own->fd, POLLOUT, deadline);
    if (ret != 0) {
        return ret;
    }
    return getsockopt(own->fd, SOL_SOCKET, SO_ERROR, &error, &length) == 0 && error == 0
               ? 0
               : MBEDTLS_ERR_NET_CONNECT_FAILED;
}

static int connect_to(mbedtls_net_context *own, const struct addrinfo *address,
                      const mbedguard_deadline *deadline)
{
    int ret;

    own->fd = socket(address->ai_family, address->ai_socktype, address->ai_protocol);
    if (own->fd < 0) {
        return MBEDTLS_ERR_NET_SOCKET_FAILED;
    }
    ret = mbedtls_net_set_nonblock(own) != 0 ? MBEDTLS_ERR_NET_SOCKET_FAILED
                                             : begin_connect(own, address, deadline);
    if (ret == 0 && mbedtls_net_set_block(own) != 0) {
        ret = MBEDTLS_ERR_NET_SOCKET_FAILED;
    }
    if (ret != 0) {
        mbedtls_net_close(own);
    }
    return ret;
}

/* An address that does not answer leaves the others their part of the time. */
static int connect_to_any(mbedtls_net_context *own, const struct addrinfo *list,
                          const mbedguard_deadline *deadline)
{
    const struct addrinfo *address;
    uint32_t count = 0;
    int ret = MBEDTLS_ERR_NET_UNKNOWN_HOST;

    for (address = list; address != NULL; address = address->ai_next) {
        count++;
    }
    for (address = list; address != NULL; address = address->ai_next) {
        mbedguard_deadline part = *deadline;

        if (deadline->set) {
            const uint32_t left = mbedguard_deadline_left(deadline);

            if (left == 0) {
                return MBEDTLS_ERR_SSL_TIMEOUT;
            }
            part = mbedguard_deadline_after(left / count != 0 ? left / count : 1);
        }
        ret = connect_to(own, address, &part);
        if (ret == 0) {
            break;
        }
        count--;
    }
    return ret;
}

int mbedguard_net_connect_timeout(mbedguard_net_context *ctx, const char *host, const char *port,
                                  int proto, uint32_t timeout)
{
    const struct addrinfo hints = {
        .ai_family = AF_UNSPEC,
        .ai_socktype = proto == MBEDTLS_NET_PROTO_UDP ? SOCK_DGRAM : SOCK_STREAM,
        .ai_protocol = proto == MBEDTLS_NET_PROTO_UDP ? IPPROTO_UDP : IPPROTO_TCP,
    };
    mbedguard_deadline deadline;
    mbedtls_net_context own;
    struct addrinfo *list;
    int ret;

    if (ctx == NULL) {
        return MBEDGUARD_ERR_BAD_INPUT;
    }
    if (mbedguard_may_wait(__func__) != 0) {
        return MBEDGUARD_ERR_WOULD_WAIT;
    }
    deadline = mbedguard_deadline_after(timeout);
    /* As mbedtls_net_connect(): sockets are written to without a flag that would do. */
    (void) signal(SIGPIPE, SIG_IGN);
    if (getaddrinfo(host, port, &hints, &list) != 0) {
        return MBEDTLS_ERR_NET_UNKNOWN_HOST;
    }
    mbedtls_net_init(&own);
    ret = connect_to_any(&own, list, &deadline);
    freeaddrinfo(list);
    if (ret != MBEDTLS_ERR_SSL_TIMEOUT) {
        mbedguard_net_publish(ctx, &own, ret);
    }
    return ret;
}

#else

/* ISO C wants a translation unit to declare something. */
extern const int mbedguard_net_deadline_is_empty;

#endif /* MBEDTLS_NET_C */
