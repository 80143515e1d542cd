/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* One connection, its sockets, and messages over it. */
#include "bench/stream.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench/measure.h"

/* What is written goes out at once: each echo waits for it. */
static void send_at_once(int fd)
{
    const int on = 1;

    bench_must(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)), "no delay");
}

static void open_sockets(int *fds)
{
    struct sockaddr_in address;
    socklen_t length = sizeof(address);
    const int listener = socket(AF_INET, SOCK_STREAM, 0);

    memset(&address, 0, sizeof(address));
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    bench_must(listener < 0, "socket");
    bench_must(bind(listener, (struct sockaddr *) &address, sizeof(address)), "bind");
    bench_must(listen(listener, 1), "listen");
    bench_must(getsockname(listener, (struct sockaddr *) &address, &length), "port");
    fds[BENCH_CLIENT] = socket(AF_INET, SOCK_STREAM, 0);
    bench_must(fds[BENCH_CLIENT] < 0, "socket");
    bench_must(connect(fds[BENCH_CLIENT], (struct sockaddr *) &address, length), "connect");
    fds[BENCH_SERVER] = accept(listener, NULL, NULL);
    bench_must(fds[BENCH_SERVER] < 0, "accept");
    send_at_once(fds[BENCH_CLIENT]);
    send_at_once(fds[BENCH_SERVER]);
    (void) close(listener);
}

void open_stream(struct stream *stream, const struct bench_side *side)
{
    stream->side = side;
    open_sockets(stream->fds);
    stream->link = side->connect(stream->fds);
}

int open_datagrams(struct stream *stream, const struct bench_side *side)
{
    if (side->connect_datagrams == NULL)
        return 0;
    stream->side = side;
    bench_must(socketpair(AF_UNIX, SOCK_DGRAM, 0, stream->fds), "sockets");
    stream->link = side->connect_datagrams(stream->fds);
    return 1;
}

void close_stream(struct stream *stream)
{
    stream->side->disconnect(stream->link);
    (void) close(stream->fds[BENCH_CLIENT]);
    (void) close(stream->fds[BENCH_SERVER]);
}

void write_messages(const struct part *part)
{
    const struct stream *const stream = part->stream;
    unsigned char message[LARGE];
    unsigned i;

    memset(message, 0x5A, sizeof(message));
    for (i = 0; i < part->count; i++)
        stream->side->write(stream->link, part->end, message, stream->size);
}

void read_messages(const struct part *part)
{
    const struct stream *const stream = part->stream;
    unsigned char message[LARGE];
    unsigned i;

    for (i = 0; i < part->count; i++)
        stream->side->read(stream->link, part->end, message, stream->size);
}

/* ---- Duplex -------------------------------------------------------------------------------------- */

static void *half_duplex_part(void *context)
{
    const struct part *const part = (const struct part *) context;

    if (part->end == BENCH_CLIENT) {
        write_messages(part);
        read_messages(part);
    } else {
        read_messages(part);
        write_messages(part);
    }
    return NULL;
}

void half_duplex(void *data, unsigned count)
{
    struct part parts[] = {
        {(const struct stream *) data, BENCH_CLIENT, count},
        {(const struct stream *) data, BENCH_SERVER, count},
    };

    bench_threads(2, half_duplex_part, parts, sizeof(parts[0]));
}

struct one_way {
    struct part part;
    int writes;
};

static void *one_way(void *context)
{
    const struct one_way *const way = (const struct one_way *) context;

    if (way->writes)
        write_messages(&way->part);
    else
        read_messages(&way->part);
    return NULL;
}

void duplex(void *data, unsigned count)
{
    const struct stream *const stream = (const struct stream *) data;
    struct one_way ways[] = {
        {{stream, BENCH_CLIENT, count}, 1},
        {{stream, BENCH_CLIENT, count}, 0},
        {{stream, BENCH_SERVER, count}, 1},
        {{stream, BENCH_SERVER, count}, 0},
    };

    bench_threads(4, one_way, ways, sizeof(ways[0]));
}
