/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Sockets. A net context is one int, is copied by value in real programs and closed in signal
 * handlers: it has no guard. Each call reads the descriptor once, works on a context of its own, and
 * writes the descriptor back where Mbed TLS would.
 *
 * Under an explicit lock nothing waits: input and output try, the others are refused.
 */
#include <mbedguard/net_sockets.h>

#if defined(MBEDTLS_NET_C)

#include <errno.h>
#include <poll.h>
#include <sys/select.h>
#include <sys/socket.h>

#include <mbedtls/ssl.h>

#include <mbedguard/net_access.h>

#include "core/atomic.h"
#include "core/enter.h"
#include "manual/net_bio.h"
#include "manual/net_fd.h"

/* Take the descriptor away, so that of two threads that close it only one does. */
static int take_fd(mbedtls_net_context *ctx)
{
    return MBEDGUARD_ATOMIC_EXCHANGE(int, &ctx->fd, -1);
}

/* ---- Making connections ------------------------------------------------------------------------ */

int mbedguard_net_connect(mbedguard_net_context *ctx, const char *host, const char *port, int proto)
{
    mbedtls_net_context own;
    int ret;

    if (ctx == NULL) {
        return MBEDGUARD_ERR_BAD_INPUT;
    }
    if (mbedguard_may_wait(__func__) != 0) {
        return MBEDGUARD_ERR_WOULD_WAIT;
    }
    mbedtls_net_init(&own);
    ret = mbedtls_net_connect(&own, host, port, proto);
    mbedguard_net_publish(ctx, &own, ret);
    return ret;
}

int mbedguard_net_bind(mbedguard_net_context *ctx, const char *bind_ip, const char *port, int proto)
{
    mbedtls_net_context own;
    int ret;

    if (ctx == NULL) {
        return MBEDGUARD_ERR_BAD_INPUT;
    }
    if (mbedguard_may_wait(__func__) != 0) {
        return MBEDGUARD_ERR_WOULD_WAIT;
    }
    mbedtls_net_init(&own);
    ret = mbedtls_net_bind(&own, bind_ip, port, proto);
    mbedguard_net_publish(ctx, &own, ret);
    return ret;
}

/* For UDP, Mbed TLS gives the listening socket to the client and opens another one to listen. */
int mbedguard_net_accept_once(mbedtls_net_context *bind_ctx, mbedtls_net_context *client_ctx,
                              void *client_ip, size_t buf_size, size_t *ip_len)
{
    mbedtls_net_context listener = mbedguard_net_snapshot(bind_ctx);
    mbedtls_net_context client = mbedguard_net_snapshot(client_ctx);
    const int listened = listener.fd;
    const int before = client.fd;
    int ret;

    ret = mbedtls_net_accept(&listener, &client, client_ip, buf_size, ip_len);
    if (listener.fd != listened) {
        mbedguard_net_store_fd(bind_ctx, listener.fd);
    }
    if (client.fd != before) {
        mbedguard_net_store_fd(client_ctx, client.fd);
    }
    return ret;
}

int mbedguard_net_accept(mbedguard_net_context *bind_ctx, mbedguard_net_context *client_ctx,
                         void *client_ip, size_t buf_size, size_t *ip_len)
{
    if (bind_ctx == NULL || client_ctx == NULL) {
        return MBEDGUARD_ERR_BAD_INPUT;
    }
    if (mbedguard_may_wait(__func__) != 0) {
        return MBEDGUARD_ERR_WOULD_WAIT;
    }
    return mbedguard_net_accept_once(bind_ctx, client_ctx, client_ip, buf_size, ip_len);
}

int mbedguard_net_poll(mbedguard_net_context *ctx, uint32_t rw, uint32_t timeout)
{
    mbedtls_net_context own;

    if (ctx == NULL) {
        return MBEDGUARD_ERR_BAD_INPUT;
    }
    if (timeout != 0 && mbedguard_may_wait(__func__) != 0) {
        return MBEDGUARD_ERR_WOULD_WAIT;
    }
    own = mbedguard_net_snapshot(ctx);
    return mbedtls_net_poll(&own, rw, timeout);
}

/* ---- Input and output -------------------------------------------------------------------------- */

/* Would this not wait? A descriptor with an error or a hang-up is ready: the call tells which. */
static int is_ready(int fd, short event)
{
    struct pollfd item;

    item.fd = fd;
    item.events = event;
    item.revents = 0;
    return poll(&item, 1, 0) > 0;
}

#if defined(MSG_DONTWAIT)
/* Mbed TLS's translation of errno. */
static int error_of(int error, int again, int failed)
{
    switch (error) {
    case EAGAIN:
#if EWOULDBLOCK != EAGAIN
    case EWOULDBLOCK:
#endif
    case EINTR:
        return again;
    case EPIPE:
    case ECONNRESET:
        return MBEDTLS_ERR_NET_CONN_RESET;
    default:
        return failed;
    }
}
#endif

/* Receive what is there. Polling alone would not do: another thread may take it in between. */
static int try_recv(mbedtls_net_context *own, unsigned char *buf, size_t len)
{
    const int fd = own->fd;

    if (fd < 0) {
        return MBEDTLS_ERR_NET_INVALID_CONTEXT;
    }
#if defined(MSG_DONTWAIT)
    {
        const ssize_t got = recv(fd, buf, len, MSG_DONTWAIT);

        if (got >= 0 || errno != ENOTSOCK) {
            return got >= 0
                       ? (int) got
                       : error_of(errno, MBEDTLS_ERR_SSL_WANT_READ, MBEDTLS_ERR_NET_RECV_FAILED);
        }
    }
#endif
    return is_ready(fd, POLLIN) ? mbedtls_net_recv(own, buf, len) : MBEDTLS_ERR_SSL_WANT_READ;
}

/* Send what fits. Polling alone would not do: a blocking socket with some room waits for the rest. */
static int try_send(mbedtls_net_context *own, const unsigned char *buf, size_t len)
{
    const int fd = own->fd;

    if (fd < 0) {
        return MBEDTLS_ERR_NET_INVALID_CONTEXT;
    }
#if defined(MSG_DONTWAIT)
    {
        const ssize_t sent = send(fd, buf, len, MSG_DONTWAIT);

        if (sent >= 0 || errno != ENOTSOCK) {
            return sent >= 0
                       ? (int) sent
                       : error_of(errno, MBEDTLS_ERR_SSL_WANT_WRITE, MBEDTLS_ERR_NET_SEND_FAILED);
        }
    }
#endif
    return is_ready(fd, POLLOUT) ? mbedtls_net_send(own, buf, len) : MBEDTLS_ERR_SSL_WANT_WRITE;
}

int mbedguard_net_recv(void *ctx, unsigned char *buf, size_t len)
{
    mbedtls_net_context own;

    if (ctx == NULL) {
        return MBEDGUARD_ERR_BAD_INPUT;
    }
    own = mbedguard_net_snapshot((const mbedtls_net_context *) ctx);
    return mbedguard_may_wait(__func__) != 0 ? try_recv(&own, buf, len)
                                             : mbedtls_net_recv(&own, buf, len);
}

int mbedguard_net_recv_timeout(void *ctx, unsigned char *buf, size_t len, uint32_t timeout)
{
    mbedtls_net_context own;

    if (ctx == NULL) {
        return MBEDGUARD_ERR_BAD_INPUT;
    }
    own = mbedguard_net_snapshot((const mbedtls_net_context *) ctx);
    return mbedguard_may_wait(__func__) != 0 ? try_recv(&own, buf, len)
                                             : mbedtls_net_recv_timeout(&own, buf, len, timeout);
}

int mbedguard_net_send(void *ctx, const unsigned char *buf, size_t len)
{
    mbedtls_net_context own;

    if (ctx == NULL) {
        return MBEDGUARD_ERR_BAD_INPUT;
    }
    own = mbedguard_net_snapshot((const mbedtls_net_context *) ctx);
    return mbedguard_may_wait(__func__) != 0 ? try_send(&own, buf, len)
                                             : mbedtls_net_send(&own, buf, len);
}

/* A socket that another thread closed meanwhile is not touched: its number may be another's by now. */
int mbedguard_net_send_timeout(void *ctx, const unsigned char *buf, size_t len, uint32_t timeout)
{
    mbedtls_net_context own;
    int ret;

    if (ctx == NULL) {
        return MBEDGUARD_ERR_BAD_INPUT;
    }
    own = mbedguard_net_snapshot((const mbedtls_net_context *) ctx);
    if (own.fd < 0 || mbedguard_may_wait(__func__) != 0) {
        return try_send(&own, buf, len);
    }
    ret = mbedguard_net_await((const mbedtls_net_context *) ctx, own.fd, POLLOUT, timeout);
    return ret != 0 ? ret : try_send(&own, buf, len);
}

/* ---- As the BIO of a connection ------------------------------------------------------------------ */

bool mbedguard_net_is_send(mbedtls_ssl_send_t *f_send)
{
    return f_send == mbedguard_net_send || f_send == mbedtls_net_send;
}

bool mbedguard_net_is_recv(mbedtls_ssl_recv_t *f_recv)
{
    return f_recv == mbedguard_net_recv || f_recv == mbedtls_net_recv;
}

void mbedguard_net_shutdown(const void *ctx, bool sends)
{
    const int fd = mbedguard_net_load_fd((const mbedtls_net_context *) ctx);

    if (fd >= 0) {
        (void) shutdown(fd, sends ? SHUT_RDWR : SHUT_RD);
    }
}

/* ---- Ending ------------------------------------------------------------------------------------ */

/* May run in a signal handler: no lock, and the descriptor is taken in one step. */
int mbedguard_net_free(mbedguard_net_context *ctx)
{
    mbedtls_net_context own;

    if (ctx != NULL) {
        own.fd = take_fd(ctx);
        mbedtls_net_free(&own);
    }
    return 0;
}

int mbedguard_net_close(mbedguard_net_context *ctx)
{
    mbedtls_net_context own;

    if (ctx != NULL) {
        own.fd = take_fd(ctx);
        mbedtls_net_close(&own);
    }
    return 0;
}

int mbedguard_net_get_fd(const mbedguard_net_context *ctx)
{
    return ctx != NULL ? mbedguard_net_load_fd(ctx) : -1;
}

#else

#include "manual/net_bio.h"

/* Without sockets in Mbed TLS no BIO is one. */
bool mbedguard_net_is_send(mbedtls_ssl_send_t *f_send)
{
    (void) f_send;
    return false;
}

bool mbedguard_net_is_recv(mbedtls_ssl_recv_t *f_recv)
{
    (void) f_recv;
    return false;
}

int mbedguard_net_send_timeout(void *ctx, const unsigned char *buf, size_t len, uint32_t timeout)
{
    (void) ctx;
    (void) buf;
    (void) len;
    (void) timeout;
    return MBEDGUARD_ERR_UNSUPPORTED;
}

int mbedguard_net_recv_timeout(void *ctx, unsigned char *buf, size_t len, uint32_t timeout)
{
    (void) ctx;
    (void) buf;
    (void) len;
    (void) timeout;
    return MBEDGUARD_ERR_UNSUPPORTED;
}

void mbedguard_net_shutdown(const void *ctx, bool sends)
{
    (void) ctx;
    (void) sends;
}

#endif /* MBEDTLS_NET_C */
