/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * What full handshakes allocate and free, as it was recorded, for several connections that a thread serves
 * in turns. The baseline of alloc-1t and alloc-2t is Mbed TLS's allocator or, where the library lacks it, as
 * Debian's does, our model of it (tests/modules/memory_buffer_alloc/first_fit.c); a note says which.
 * alloc-scaling-2t has our own for both: two threads, over one.
 */
#include <stdio.h>
#include <stdlib.h>

#include <mbedguard/memory_buffer_alloc.h>

#include "bench/measure.h"
#include "bench/side.h"
#include "modules/memory_buffer_alloc/first_fit.h"
#include "modules/memory_buffer_alloc/interpose.h"
#include "modules/memory_buffer_alloc/upstream_fit.h"

#define MOST_THREADS 2
#define BUFFER       (1u << 22)
#define CONNECTIONS  8   /* of each thread */
#define STEP         997 /* events of one, then of the next */

static unsigned char their_buffer[BUFFER];
static unsigned char our_buffer[BUFFER];
static struct memory_trace trace;

struct allocator {
    void *(*take)(size_t count, size_t size);
    void (*put)(void *object);
    unsigned threads;
};

struct share {
    const struct allocator *with;
    unsigned count;
    void **objects;
};

/* Some events of one connection, from where it was; false if that is its end. */
static bool step(const struct allocator *with, void **objects, size_t *at)
{
    const size_t end = trace.count - *at < STEP ? trace.count : *at + STEP;

    for (; *at < end; ++*at) {
        const struct memory_event event = trace.events[*at];

        if (event.size == 0) {
            with->put(objects[event.object]);
            objects[event.object] = NULL;
        } else {
            objects[event.object] = with->take(1, event.size);
            bench_must(objects[event.object] == NULL, "no memory");
        }
    }
    return end < trace.count;
}

/* Each connection, one after the other, until all are done. */
static void replay(const struct allocator *with, void **objects)
{
    size_t at[CONNECTIONS] = {0};
    bool more;
    size_t i;

    do {
        more = false;
        for (i = 0; i < CONNECTIONS; i++)
            more = step(with, objects + i * trace.objects, &at[i]) || more;
    } while (more);
    for (i = 0; i < (size_t) trace.objects * CONNECTIONS; i++) {
        with->put(objects[i]);
        objects[i] = NULL;
    }
}

static void *replays(void *context)
{
    const struct share *const share = (const struct share *) context;
    unsigned i;

    for (i = 0; i < share->count; i++)
        replay(share->with, share->objects);
    return NULL;
}

/* A thread of its own for one, too: locks are cheaper in a process that never had a second. */
static void work(void *data, unsigned count)
{
    const struct allocator *const with = (const struct allocator *) data;
    struct share shares[MOST_THREADS];
    unsigned i;

    for (i = 0; i < with->threads; i++) {
        shares[i].with = with;
        shares[i].count = count / with->threads;
        shares[i].objects = calloc((size_t) trace.objects * CONNECTIONS, sizeof(*shares[i].objects));
        bench_must(shares[i].objects == NULL, "table");
    }
    bench_threads(with->threads, replays, shares, sizeof(shares[0]));
    for (i = 0; i < with->threads; i++)
        free(shares[i].objects);
}

/* Where nothing can be recorded: sizes of which a handshake has many. */
static void make_up_trace(void)
{
    static const uint32_t sizes[] = {32, 64, 32, 72, 216, 32, 32, 1024, 64, 32, 4096, 512};
    static struct memory_event events[2000];
    unsigned i;

    for (i = 0; i < 1000; i++) {
        events[i + (i / 20) * 20].object = i % 20;
        events[i + (i / 20) * 20].size = sizes[i * 7 % (sizeof(sizes) / sizeof(sizes[0]))];
        events[i + (i / 20) * 20 + 20].object = i * 3 % 20;
    }
    trace.events = events;
    trace.count = 2000;
    trace.objects = 20;
}

static void record(void)
{
    if (!memory_can_interpose()) {
        make_up_trace();
        return;
    }
    bench_make_material();
    bench_raw.open();
    bench_raw.handshake(BENCH_EC);
    memory_record(&trace);
    bench_raw.handshake(BENCH_EC);
    memory_record_end();
    bench_raw.close();
}

/* Before each line that it is about, as tests/bench/collect.py reads it. */
static void say_baseline(const char *name, bool is_real)
{
    (void) printf("# baseline %s: %s\n", name,
                  is_real ? "Mbed TLS's buffer allocator with its mutex"
                          : "our model of Mbed TLS's buffer allocator, which this library lacks");
}

int main(void)
{
    struct allocator model = {first_fit_calloc, first_fit_free, 1};
    struct allocator real = {upstream_fit_calloc, upstream_fit_free, 1};
    struct allocator ours[] = {{mbedguard_memory_buffer_calloc, mbedguard_memory_buffer_free, 1},
                               {mbedguard_memory_buffer_calloc, mbedguard_memory_buffer_free, 2}};
    const bool is_real = upstream_fit_is_there() && upstream_fit_has_mutex();
    struct allocator theirs[2];

    record();
    bench_must(mbedguard_memory_buffer_alloc_init(our_buffer, sizeof(our_buffer)), "init");
    /* Last, since from then on Mbed TLS's allocation functions are its own allocator's. */
    if (is_real)
        upstream_fit_init(their_buffer, sizeof(their_buffer));
    else
        first_fit_init(their_buffer, sizeof(their_buffer));
    theirs[0] = theirs[1] = is_real ? real : model;
    theirs[1].threads = 2;
    say_baseline("alloc-1t", is_real);
    bench_compare("alloc-1t", work, &theirs[0], work, &ours[0]);
    say_baseline("alloc-2t", is_real);
    bench_compare("alloc-2t", work, &theirs[1], work, &ours[1]);
    bench_compare("alloc-scaling-2t", work, &ours[0], work, &ours[1]);
    bench_must(mbedguard_memory_buffer_alloc_free(), "free");
    return 0;
}
