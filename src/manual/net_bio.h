/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* What is known of a BIO that is a socket of net_sockets.h. */
#ifndef MBEDGUARD_MANUAL_NET_BIO_H
#define MBEDGUARD_MANUAL_NET_BIO_H

#include <stdbool.h>

#include <mbedguard/ssl.h>
#if defined(MBEDTLS_NET_C)
#include <mbedguard/net_sockets.h>
#else
int mbedguard_net_recv_timeout(void *ctx, unsigned char *buf, size_t len, uint32_t timeout);
int mbedguard_net_send_timeout(void *ctx, const unsigned char *buf, size_t len, uint32_t timeout);
#endif

/* Are these the functions of net_sockets.h, whose p_bio is a socket? */
bool mbedguard_net_is_send(mbedtls_ssl_send_t *f_send);
bool mbedguard_net_is_recv(mbedtls_ssl_recv_t *f_recv);

/* Wake who waits for the socket, for good: nothing is received any more, and nothing sent if `sends`. */
void mbedguard_net_shutdown(const void *ctx, bool sends);

#endif /* MBEDGUARD_MANUAL_NET_BIO_H */
