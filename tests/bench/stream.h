/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* One connection of one side over blocking sockets, and messages of one size over it. */
#ifndef BENCH_STREAM_H
#define BENCH_STREAM_H

#include "bench/side.h"

#define LARGE 16384
#define SMALL 64

/* A connection of one side, its sockets, and the size of messages. */
struct stream {
    const struct bench_side *side;
    struct bench_link *link;
    int fds[BENCH_ENDS];
    size_t size;
};

/* One of the threads of a run. */
struct part {
    const struct stream *stream;
    enum bench_end end;
    unsigned count;
};

/* By TCP on loopback; by datagrams that none is lost of, 0 where this Mbed TLS has none. */
void open_stream(struct stream *stream, const struct bench_side *side);
int open_datagrams(struct stream *stream, const struct bench_side *side);
void close_stream(struct stream *stream);

void write_messages(const struct part *part);
void read_messages(const struct part *part);

/* So many each way: one way after the other, a thread at each end; or at once, two at each end. */
void half_duplex(void *stream, unsigned count);
void duplex(void *stream, unsigned count);

#endif /* BENCH_STREAM_H */
