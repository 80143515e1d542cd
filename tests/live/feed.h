/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * A connection whose client reads ahead, of a BIO that gives it as much as it is told; its server says
 * messages, each a record.
 */
#ifndef FEED_H
#define FEED_H

#include "live/wire.h"

#define FEED_SIZE 16384 /* of the read-ahead */
#define MESSAGE   20

extern struct wire_link fed;
extern mbedguard_ssl_context *const client, *const server;

/* What the client asked for since feed_through(). */
extern struct feed {
    size_t calls, asked;
    size_t through;
    int code;
} feed;

/* So many bytes are given, and then a code, once. */
void feed_through(size_t bytes, int code);

/* Connected, and everything is given; the second one reads ahead, over TLS 1.2 or 1.3. */
void feed_open_with(const struct wire_kind *kind);
void feed_open(int tls13);
void feed_close(void);

/* The server says a message: the length of its record. */
size_t say(unsigned number);
void say_all(unsigned first, unsigned count);
/* The client reads it, and nothing else. */
void hear(unsigned number);
void hear_all(unsigned first, unsigned count);
/* What it is told instead. */
int hear_nothing(void);

#endif /* FEED_H */
