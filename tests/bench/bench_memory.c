/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Memory of a connection, in bytes: lines `name raw guarded guarded/raw`.
 *
 * sizeof-*           a type that programs have objects of
 * memory-idle-*      heap of one end of a connection after its handshake, its context included
 * memory-small-*     the most it is while messages of 64 bytes go both ways, and are waited for: raw
 *                    one way after the other, guarded both at once, two threads at each end
 * memory-bulk-*      the same with large messages
 * memory-after-*     and what is left of that when they have gone
 *
 * tls is TCP on loopback and large messages of 16 KB, dtls datagrams and messages that fit one of a
 * network.
 */
#include "bench/heap.h"
#include "bench/measure.h"
#include "bench/stream.h"

#include <stdio.h>

#define DATAGRAM 1200
#define MESSAGES 200

/* Bytes of both ends. */
struct memory {
    size_t idle, small, bulk, after;
};

struct kind {
    const char *name;
    size_t size; /* of messages */
    int datagrams;
};

static int open_kind(struct stream *stream, const struct bench_side *side, const struct kind *kind)
{
    if (kind->datagrams)
        return open_datagrams(stream, side);
    open_stream(stream, side);
    return 1;
}

static int measure(const struct bench_side *side, bench_work *bulk, const struct kind *kind,
                   struct memory *memory)
{
    const size_t before = bench_heap_live();
    struct stream stream;

    if (!open_kind(&stream, side, kind))
        return 0;
    memory->idle = bench_heap_live() - before;
    stream.size = SMALL;
    bench_heap_from_here();
    bulk(&stream, MESSAGES);
    memory->small = bench_heap_peak() - before;
    stream.size = kind->size;
    bench_heap_from_here();
    bulk(&stream, MESSAGES);
    memory->bulk = bench_heap_peak() - before;
    memory->after = bench_heap_live() - before;
    close_stream(&stream);
    return 1;
}

static void print(const char *what, const char *name, size_t raw, size_t guarded)
{
    (void) printf("%s-%s %zu %zu %.3f\n", what, name, raw, guarded,
                  (double) guarded / (double) raw);
}

/* The first connection pays for what its threads and tables keep. */
static void compare(const struct kind *kind)
{
    struct memory raw, guarded;

    if (!measure(&bench_raw, half_duplex, kind, &raw) ||
        !measure(&bench_guarded, duplex, kind, &guarded)) {
        (void) printf("# no %s in this Mbed TLS\n", kind->name);
        return;
    }
    (void) measure(&bench_raw, half_duplex, kind, &raw);
    (void) measure(&bench_guarded, duplex, kind, &guarded);
    print("memory-idle", kind->name, raw.idle / BENCH_ENDS, guarded.idle / BENCH_ENDS);
    print("memory-small", kind->name, raw.small / BENCH_ENDS, guarded.small / BENCH_ENDS);
    print("memory-bulk", kind->name, raw.bulk / BENCH_ENDS, guarded.bulk / BENCH_ENDS);
    print("memory-after", kind->name, raw.after / BENCH_ENDS, guarded.after / BENCH_ENDS);
}

int main(void)
{
    static const struct kind kinds[] = {{"tls", LARGE, 0}, {"dtls", DATAGRAM, 1}};
    size_t i;

    for (i = 0; bench_raw.sizes[i].name != NULL; i++)
        print("sizeof", bench_raw.sizes[i].name, bench_raw.sizes[i].size,
              bench_guarded.sizes[i].size);
    if (!bench_heap_counts()) {
        (void) printf("# heap: counted with glibc, and without sanitizers\n");
        return 0;
    }
    bench_make_material();
    bench_raw.open();
    bench_guarded.open();
    for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        compare(&kinds[i]);
    bench_guarded.close();
    bench_raw.close();
    return 0;
}
