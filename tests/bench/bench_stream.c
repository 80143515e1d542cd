/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Data over one connection, per second: blocking sockets, TCP on loopback.
 *
 * echo-*         messages there and back; a thread at each end
 * duplex         messages of 16 KB, as many each way. Raw can only send them one way after the other,
 *                with a thread at each end; guarded both ways at once, two threads at each end.
 * read-ahead-64  messages of 64 bytes that are there, a batch at a time, guarded: with read-ahead,
 *                against without it. Both write them the same way, on the same thread, which
 *                counts too.
 * write-latency  writes of 64 bytes. Guarded while another thread waits in a read on the same
 *                connection. With one mutex around each raw call such a write lasts until the peer
 *                says something: there is no rate to compare with. The baseline is what that
 *                program has when nobody reads: the lock, the write, the unlock.
 */
#include "bench/measure.h"
#include "bench/stream.h"

#include <pthread.h>
#include <sys/socket.h>

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
