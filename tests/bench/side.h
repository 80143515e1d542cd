/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * One program that uses Mbed TLS raw and guarded: side.c is compiled once as it stands and once
 * switched by the shadow directory. What both sides need is told here without a type of either.
 *
 * All functions end the program when something fails.
 */
#ifndef BENCH_SIDE_H
#define BENCH_SIDE_H

#include <stddef.h>

/* The server's key. */
enum bench_key { BENCH_RSA, BENCH_EC, BENCH_KEYS };

struct bench_der {
    unsigned char data[4096];
    size_t length;
};

/* Keys and self-signed certificates, made by material.c with raw calls. */
struct bench_material {
    struct bench_der key, certificate;
};
extern struct bench_material bench_material[BENCH_KEYS];
void bench_make_material(void);

enum bench_end { BENCH_CLIENT, BENCH_SERVER, BENCH_ENDS };

/* A connection, both its ends. */
struct bench_link;

struct bench_size {
    const char *name;
    size_t size;
};

struct bench_side {
    /* What all threads share: a generator; for each key a configuration of the server and the client. */
    void (*open)(void);
    void (*close)(void);
    /* A full handshake of a new client and a new server, over memory, both on this thread. */
    void (*handshake)(enum bench_key key);
    /* A connection over two blocking sockets, after its handshake. */
    struct bench_link *(*connect)(const int *fds);
    /* The same by datagrams; NULL where this Mbed TLS has none. */
    struct bench_link *(*connect_datagrams)(const int *fds);
    void (*disconnect)(struct bench_link *link);
    void (*write)(struct bench_link *link, enum bench_end end, const unsigned char *buf, size_t len);
    void (*read)(struct bench_link *link, enum bench_end end, unsigned char *buf, size_t len);
    /* Of one end; NULL where there is none. */
    void (*read_ahead)(struct bench_link *link, enum bench_end end, size_t size);
    /* Wait in a read for what does not come, until the socket is shut down. */
    void (*wait)(struct bench_link *link, enum bench_end end);
    /* Of the types that programs have most of; ends with a name of NULL. */
    const struct bench_size *sizes;
};

extern const struct bench_side bench_raw;
extern const struct bench_side bench_guarded;

#endif /* BENCH_SIDE_H */
