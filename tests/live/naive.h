/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * What programs do about threads without this library: a mutex of the connection around each call of
 * Mbed TLS. A test of one connection in many threads is compiled with it once more, and has to fail.
 */
#ifndef NAIVE_H
#define NAIVE_H

#include <mbedguard/mbedguard.h>

int naive_ssl_handshake(mbedguard_ssl_context *ssl);
int naive_ssl_handshake_step(mbedguard_ssl_context *ssl);
int naive_ssl_read(mbedguard_ssl_context *ssl, unsigned char *buf, size_t len);
int naive_ssl_write(mbedguard_ssl_context *ssl, const unsigned char *buf, size_t len);
int naive_ssl_close_notify(mbedguard_ssl_context *ssl);
int naive_ssl_send_alert_message(mbedguard_ssl_context *ssl, unsigned char level,
                                 unsigned char message);
int naive_ssl_close(mbedguard_ssl_context *ssl, uint32_t timeout);
int naive_ssl_session_reset(mbedguard_ssl_context *ssl);
int naive_ssl_renegotiate(mbedguard_ssl_context *ssl);
#if defined(MBEDTLS_SSL_EARLY_DATA)
int naive_ssl_write_early_data(mbedguard_ssl_context *ssl, const unsigned char *buf, size_t len);
int naive_ssl_read_early_data(mbedguard_ssl_context *ssl, unsigned char *buf, size_t len);
#endif

#define mbedguard_ssl_handshake          naive_ssl_handshake
#define mbedguard_ssl_handshake_step     naive_ssl_handshake_step
#define mbedguard_ssl_read               naive_ssl_read
#define mbedguard_ssl_write              naive_ssl_write
#define mbedguard_ssl_close_notify       naive_ssl_close_notify
#define mbedguard_ssl_send_alert_message naive_ssl_send_alert_message
#define mbedguard_ssl_close              naive_ssl_close
#define mbedguard_ssl_session_reset      naive_ssl_session_reset
#define mbedguard_ssl_renegotiate        naive_ssl_renegotiate
#define mbedguard_ssl_write_early_data   naive_ssl_write_early_data
#define mbedguard_ssl_read_early_data    naive_ssl_read_early_data

#endif /* NAIVE_H */
