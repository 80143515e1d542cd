/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Input and output: blocking sockets on loopback, with a time limit.
 */
#if !defined(_POSIX_C_SOURCE)
#define _POSIX_C_SOURCE 200809L
#endif

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <mbedtls/net_sockets.h>

#include "demo.h"

int send_bytes(void *context, const unsigned char *buffer, size_t length)
{
    ssize_t n;

    do {
        n = send(*(const int *) context, buffer, length, MSG_NOSIGNAL);
    } while (n < 0 && errno == EINTR);
    return n < 0 ? MBEDTLS_ERR_NET_SEND_FAILED : (int) n;
}

int receive_bytes(void *context, unsigned char *buffer, size_t length)
{
    ssize_t n;

    do {
        n = recv(*(const int *) context, buffer, length, 0);
    } while (n < 0 && errno == EINTR);
    return n < 0 ? MBEDTLS_ERR_NET_RECV_FAILED : (int) n;
}

void prepare_socket(int fd)
{
    const struct timeval limit = {.tv_sec = 10};
    const int on = 1;

    (void) setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    (void) setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    (void) setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
}

static struct sockaddr_in loopback(unsigned number)
{
    struct sockaddr_in address = {.sin_family = AF_INET};

    address.sin_port = htons((uint16_t) number);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

int open_listener(unsigned *port)
{
    struct sockaddr_in address = loopback(0);
    socklen_t length = sizeof(address);
    const int listener = socket(AF_INET, SOCK_STREAM, 0);

    if (listener < 0 ||
        bind(listener, (struct sockaddr *) &address, sizeof(address)) != 0 ||
        listen(listener, 128) != 0 ||
        getsockname(listener, (struct sockaddr *) &address, &length) != 0)
        return failed(0, "cannot listen: %s", strerror(errno));
    *port = ntohs(address.sin_port);
    return listener;
}

int open_connection(unsigned port)
{
    struct sockaddr_in address = loopback(port);
    const int fd = socket(AF_INET, SOCK_STREAM, 0);

    if (fd < 0)
        return -1;
    if (connect(fd, (struct sockaddr *) &address, sizeof(address)) != 0) {
        close(fd);
        return -1;
    }
    prepare_socket(fd);
    return fd;
}
