/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * What the parts of the demo know of each other; demo_server.c says what it is.
 */
#ifndef DEMO_H
#define DEMO_H

#include <stdatomic.h>
#include <stdint.h>

#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>
#include <mbedtls/pk.h>
#include <mbedtls/ssl.h>
#include <mbedtls/ssl_cache.h>
#include <mbedtls/ssl_ticket.h>
#include <mbedtls/version.h>
#include <mbedtls/x509_crt.h>

/* Mbed TLS 3 changed a few prototypes, and brought TLS 1.3. */
#define VERSION_3 (MBEDTLS_VERSION_NUMBER >= 0x03000000)
#if VERSION_3 && defined(MBEDTLS_SSL_PROTO_TLS1_3)
#define HAVE_TLS13 1
#else
#define HAVE_TLS13 0
#endif

/* What a client does in one connection; the order is that of one round. */
enum kind {
    FULL_ID,     /* full handshake, TLS 1.2; the server's cache keeps it */
    BY_ID,       /* the session above, resumed from the server's cache */
    BY_ID_AGAIN, /* and once more */
    FULL_TICKET, /* full handshake, TLS 1.2; the client gets a ticket */
    BY_TICKET,   /* the session above, resumed by its ticket */
    BY_TICKET_AGAIN,
#if HAVE_TLS13
    FULL_13, /* the same in TLS 1.3 */
    BY_TICKET_13,
#endif
    KINDS
};

/* The client's configurations: one for each way of resuming. */
enum flavour { WITH_ID, WITH_TICKET, WITH_TLS13, FLAVOURS };

/* All that the threads share. Nobody in the demo locks any of it. */
struct demo_shared {
    mbedtls_entropy_context entropy;
    mbedtls_ctr_drbg_context drbg;
    mbedtls_pk_context key;
    mbedtls_x509_crt certificate;
    mbedtls_ssl_cache_context cache;
    mbedtls_ssl_ticket_context tickets;
    mbedtls_ssl_config server_config;
    mbedtls_ssl_config client_config[FLAVOURS];
    char certificate_pem[4096];
};

/* What happened, counted by all threads. */
struct demo_counts {
    atomic_uint errors;
    atomic_uint served;         /* connections, by the server */
    atomic_uint full;           /* handshakes, by the client */
    atomic_uint resumed_id;     /* the same */
    atomic_uint resumed_ticket; /* the same */
    atomic_uint cache_hits;     /* by the server */
    atomic_uint ticket_hits;    /* the same */
    atomic_uint strangers;      /* connections of a client of others */
    atomic_ullong bytes;        /* received, compared and right */
};

extern struct demo_shared shared;
extern struct demo_counts counts;

/* Print and count an error; the result is code, or -1 where code is 0. */
__attribute__((format(printf, 2, 3))) int failed(int code, const char *format,
                                                 ...);

/* demo_shared.c: make and free what is shared. */
int make_shared(unsigned connections);
void print_shared(void);
void free_shared(void);

/* demo_socket.c: blocking sockets on loopback, and their callbacks. */
int open_listener(unsigned *port);
int open_connection(unsigned port);
void prepare_socket(int fd);
int send_bytes(void *fd, const unsigned char *buffer, size_t length);
int receive_bytes(void *fd, unsigned char *buffer, size_t length);

/* demo_stream.c: data that both sides can compute. */
#define LONGEST_LINE 64
unsigned char stream_byte(uint32_t seed, uint32_t offset);
int shake_hands(mbedtls_ssl_context *ssl);
int write_all(mbedtls_ssl_context *ssl, const unsigned char *data,
              size_t length);
int read_some(mbedtls_ssl_context *ssl, unsigned char *data, size_t size,
              mbedtls_ssl_session *session);
int write_stream(mbedtls_ssl_context *ssl, uint32_t seed, uint32_t length);
int check_stream(mbedtls_ssl_context *ssl, uint32_t seed, uint32_t length,
                 mbedtls_ssl_session *session);

/* demo_client.c: one connection, counted; and the client of others. */
int is_full(enum kind kind);
int resumes_by_id(enum kind kind);
void one_connection(unsigned port, uint32_t number, enum kind kind,
                    mbedtls_ssl_session *session);
void stranger(unsigned port, const char *option, uint32_t seed,
              uint32_t length);

#endif /* DEMO_H */
