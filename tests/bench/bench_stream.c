/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Data over one connection, per second: blocking sockets, TCP on loopback.
 *
 * echo-*         messages there and back; a thread at each end
 * duplex         messages of 16 KB, as many each way. Raw can only send them one way after the other,
 *                with a thread at each end; guarded both ways at once, two threads at each end.
 * read-ahead-64  messages of 64 bytes that are there, a batch at a time, guarded: with read-ahead, against
 *                without it. Both write them the same way, on the same thread, which counts too.
 * write-latency  writes of 64 bytes. Guarded while another thread waits in a read on the same
 *                connection. With one mutex around each raw call such a write lasts until the peer
 *                says something: there is no rate to compare with. The baseline is what that
 *                program has when nobody reads: the lock, the write, the unlock.
 */
#include "bench/measure.h"
#include "bench/side.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

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

static void open_stream(struct stream *stream, const struct bench_side *side)
{
    stream->side = side;
    open_sockets(stream->fds);
    stream->link = side->connect(stream->fds);
}

static void close_stream(struct stream *stream)
{
    stream->side->disconnect(stream->link);
    (void) close(stream->fds[BENCH_CLIENT]);
    (void) close(stream->fds[BENCH_SERVER]);
}

static void write_messages(const struct part *part)
{
    const struct stream *const stream = part->stream;
    unsigned char message[LARGE];
    unsigned i;

    memset(message, 0x5A, sizeof(message));
    for (i = 0; i < part->count; i++)
        stream->side->write(stream->link, part->end, message, stream->size);
}

static void read_messages(const struct part *part)
{
    const struct stream *const stream = part->stream;
    unsigned char message[LARGE];
    unsigned i;

    for (i = 0; i < part->count; i++)
        stream->side->read(stream->link, part->end, message, stream->size);
}

/* ---- Echo ---------------------------------------------------------------------------------------- */

static void *echo_part(void *context)
{
    struct part part = *(const struct part *) context;
    const unsigned count = part.count;
    unsigned i;

    part.count = 1;
    for (i = 0; i < count; i++) {
        if (part.end == BENCH_CLIENT)
            write_messages(&part);
        read_messages(&part);
        if (part.end == BENCH_SERVER)
            write_messages(&part);
    }
    return NULL;
}

static void echo(void *data, unsigned count)
{
    struct part parts[] = {
        {(const struct stream *) data, BENCH_CLIENT, count},
        {(const struct stream *) data, BENCH_SERVER, count},
    };

    bench_threads(2, echo_part, parts, sizeof(parts[0]));
}

static void compare_echo(const char *name, struct stream *streams, size_t size)
{
    streams[0].size = streams[1].size = size;
    bench_compare(name, echo, &streams[0], echo, &streams[1]);
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

static void half_duplex(void *data, unsigned count)
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

static void duplex(void *data, unsigned count)
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

/* ---- Read-ahead ---------------------------------------------------------------------------------- */

#define BATCH 32

static void batches(void *data, unsigned count)
{
    const struct part out = {(const struct stream *) data, BENCH_CLIENT, BATCH};
    const struct part in = {(const struct stream *) data, BENCH_SERVER, BATCH};
    unsigned i;

    for (i = 0; i < count; i++) {
        write_messages(&out);
        read_messages(&in);
    }
}

static void compare_read_ahead(void)
{
    struct stream streams[2];
    int i;

    for (i = 0; i < 2; i++) {
        open_stream(&streams[i], &bench_guarded);
        streams[i].size = SMALL;
    }
    bench_guarded.read_ahead(streams[1].link, BENCH_SERVER, LARGE);
    bench_compare("read-ahead-64", batches, &streams[0], batches, &streams[1]);
    for (i = 0; i < 2; i++)
        close_stream(&streams[i]);
}

/* ---- Writes while a reader waits ------------------------------------------------------------------ */

static pthread_mutex_t mutex_per_call = PTHREAD_MUTEX_INITIALIZER;

/* The peer has its records taken away unread, so that its speed is of no matter. */
static void *take_away(void *context)
{
    const struct stream *const stream = (const struct stream *) context;
    unsigned char records[LARGE];

    while (recv(stream->fds[BENCH_SERVER], records, sizeof(records), 0) > 0) {
    }
    return NULL;
}

static void *wait_for_input(void *context)
{
    const struct stream *const stream = (const struct stream *) context;

    stream->side->wait(stream->link, BENCH_CLIENT);
    return NULL;
}

static void write_locked(void *data, unsigned count)
{
    const struct part part = {(const struct stream *) data, BENCH_CLIENT, 1};
    unsigned i;

    for (i = 0; i < count; i++) {
        (void) pthread_mutex_lock(&mutex_per_call);
        write_messages(&part);
        (void) pthread_mutex_unlock(&mutex_per_call);
    }
}

static void write_beside_reader(void *data, unsigned count)
{
    const struct part part = {(const struct stream *) data, BENCH_CLIENT, count};

    write_messages(&part);
}

static void compare_writes(struct stream *streams)
{
    pthread_t threads[3];
    int i;

    streams[0].size = streams[1].size = SMALL;
    bench_must(pthread_create(&threads[0], NULL, take_away, &streams[0]), "thread");
    bench_must(pthread_create(&threads[1], NULL, take_away, &streams[1]), "thread");
    bench_must(pthread_create(&threads[2], NULL, wait_for_input, &streams[1]), "thread");
    bench_compare("write-latency", write_locked, &streams[0], write_beside_reader, &streams[1]);
    for (i = 0; i < 2; i++)
        bench_must(shutdown(streams[i].fds[BENCH_CLIENT], SHUT_RDWR), "shutdown");
    for (i = 0; i < 3; i++)
        bench_must(pthread_join(threads[i], NULL), "join");
}

int main(void)
{
    struct stream streams[2];

    bench_make_material();
    bench_raw.open();
    bench_guarded.open();
    open_stream(&streams[0], &bench_raw);
    open_stream(&streams[1], &bench_guarded);
    compare_echo("echo-64", streams, SMALL);
    compare_echo("echo-16k", streams, LARGE);
    bench_compare("duplex", half_duplex, &streams[0], duplex, &streams[1]);
    compare_read_ahead();
    compare_writes(streams);
    close_stream(&streams[0]);
    close_stream(&streams[1]);
    bench_guarded.close();
    bench_raw.close();
    return 0;
}
