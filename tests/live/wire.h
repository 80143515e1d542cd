/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * A connection between threads: both ends, and BIOs over memory that do what BIOs may do at worst.
 *
 * Nothing here depends on time: who has to know that a thread waits inside a BIO waits for that.
 */
#ifndef WIRE_H
#define WIRE_H

#include <pthread.h>

#include "live/live.h"

#include <mbedguard/net_sockets.h>
#include <mbedguard/timing.h>

#define WIRE_ROOM 40000

/* One direction. A datagram has its length in front. */
struct wire_channel {
    pthread_mutex_t mutex; /* of the rest, and of what the wire says about sending or receiving */
    pthread_cond_t moved;
    unsigned char data[WIRE_ROOM];
    unsigned char held[2048]; /* a datagram that its successor overtakes */
    size_t head, count, held_len;
    size_t room;
    size_t passed; /* bytes, or datagrams, that were taken in all */
    bool waiting[2]; /* a thread for room, one for data, with nothing on its way to it */
    bool shut;           /* no more will come: what is there is read, then the end */
    /* What passed, for streams: records by content type. */
    unsigned records[256];
    unsigned char header[5];
    size_t header_len, skip;
};

struct wire {
    struct wire_channel *out, *in;
    bool waits;    /* for room and for data */
    bool hostile;  /* takes and gives a few bytes, and says at random that it would have to wait */
    bool lossy;    /* loses, doubles and swaps datagrams */
    bool datagram;
    bool stopped[2];  /* says that it would have to wait to send, to receive, until told otherwise */
    bool cancelled;
    uint32_t dice[2];
    int senders, receivers; /* one at a time of each */
};

/* The BIO: p_bio is a struct wire. */
int wire_send(void *wire, const unsigned char *buf, size_t len);
int wire_recv(void *wire, unsigned char *buf, size_t len);
int wire_recv_timeout(void *wire, unsigned char *buf, size_t len, uint32_t timeout);
/* Calls under way, and later ones, return that they would have to wait. */
void wire_cancel(void *wire);

/* What one end sends ends here: the other one reads what is there, and then the end. */
void wire_shut(struct wire *wire);
void wire_stop(struct wire *wire, bool sending, bool stop);
/* Until a thread waits for room, or for data; or, with sending, so many bytes have been taken. */
void wire_await_waiter(struct wire *wire, bool sending);
void wire_await_passed(struct wire *wire, size_t passed);
unsigned wire_records(struct wire *wire, unsigned type);

/* A server that gives tickets of these keys, and a client that is told of them. */
#if defined(MBEDTLS_SSL_TICKET_C)
void wire_give_tickets(mbedguard_ssl_config *config, mbedguard_ssl_ticket_context *keys);
#endif
void wire_hear_of_tickets(mbedguard_ssl_config *config);

struct wire_kind {
    bool waits, hostile, lossy, datagram, tls13, timeouts;
    bool psk; /* a handshake without asymmetric cryptography: fast */
    size_t read_ahead; /* of both ends */
    void (*adjust)(mbedguard_ssl_config *config, unsigned end);
};

/* end 0 is the client. */
struct wire_link {
    struct wire_kind kind;
    struct wire_channel channels[2];
    struct wire wires[2];
    mbedguard_ssl_context ends[2];
    mbedguard_ssl_config configs[2];
    mbedguard_timing_delay_context timers[2];
    mbedguard_x509_crt crt;
    mbedguard_pk_context key;
};

bool wire_wants_more(int ret);
/* Neither end has more to say: for who gives up. */
void wire_shut_both(struct wire_link *link);

/* For the main thread: they assert. */
void wire_open(struct wire_link *link, const struct wire_kind *kind);
void wire_setup_end(struct wire_link *link, unsigned end);
/* Both handshakes in turns, and in threads, each on a BIO as it is. */
void wire_connect(struct wire_link *link);
void wire_connect_in_threads(struct wire_link *link);
/* Empties both directions and what the wires were told. */
void wire_renew(struct wire_link *link);
void wire_free(struct wire_link *link);

/* Connect both ends by sockets in the place of the wires; f_recv_timeout may be NULL. */
void wire_use_sockets(struct wire_link *link, mbedguard_net_context sockets[2],
                      mbedtls_ssl_recv_timeout_t *f_recv_timeout);
/* Write at an end until its BIO, or its socket if it is one, takes nothing more: what it was told. */
int wire_fill(struct wire_link *link, unsigned end, mbedguard_net_context *socket);
void wire_close_sockets(mbedguard_net_context sockets[2]);
void wire_free_configs(struct wire_link *link);

#endif /* WIRE_H */
