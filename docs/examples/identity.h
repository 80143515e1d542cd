/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * What the TLS examples need before they can begin: a generator, and names with
 * certificates. A program of your own reads the latter from files.
 */
#ifndef IDENTITY_H
#define IDENTITY_H

#include <stdatomic.h>

#include <mbedguard/mbedguard.h>

/* Mbed TLS 3 changed a few prototypes. */
#define VERSION_3 (MBEDTLS_VERSION_NUMBER >= 0x03000000)

/* One generator for all threads. */
extern mbedguard_ctr_drbg_context drbg;

/* A key and its certificate. Both are counted: whoever keeps them may outlive
 * identity_free(). */
struct identity {
    mbedguard_pk_context *key;
    mbedguard_x509_crt *certificate;
};

/* Print an error of Mbed TLS or mbedguard; the result is code. */
int failed(int code, const char *what);

/* Begin and end. 0, or an error that was printed. */
int example_begin(void);
void example_end(void);

/*
 * Make a key, and a certificate of name and serial number, signed by issuer, or
 * by itself where issuer is NULL. 0, or an error that was printed; identity_free
 * in either case.
 */
int identity_make(struct identity *identity, const char *name,
                  unsigned char serial, const struct identity *issuer);
void identity_free(struct identity *identity);

/*
 * Fill a configuration for an endpoint and a transport, as in Mbed TLS. A server
 * shows `own`; a client trusts `ca`. 0, or an error that was printed.
 */
int configure(mbedguard_ssl_config *config, int endpoint, int transport,
              const struct identity *own, const struct identity *ca);

/* Threads print an error, and count it in `errors` for main() to see. */
extern atomic_int errors;
void note(int code, const char *what);

/* Not an error: the call has to be made again. */
int is_again(int ret);

/* A handshake, with what has to be called again. */
int handshake(mbedguard_ssl_context *ssl);

/*
 * The BIO of a DTLS connection. A datagram that meets no socket, since a server
 * is about to open one or a client has left, is refused: it is lost, no more.
 */
int send_datagram(void *socket, const unsigned char *buf, size_t len);
int receive_datagram(void *socket, unsigned char *buf, size_t len,
                     uint32_t timeout);

/* The port of a socket that was bound to port 0, as text. 0, or -1. */
int port_of(const mbedguard_net_context *socket, char text[8]);

#endif /* IDENTITY_H */
