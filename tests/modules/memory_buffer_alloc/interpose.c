/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* calloc() and free() in the place of those of the C library. */
#include "modules/memory_buffer_alloc/interpose.h"

#include <stdlib.h>

#include <mbedguard/memory_buffer_alloc.h>

#include "sanitized.h"

#if defined(__GLIBC__) && !defined(SANITIZED)

#define TABLE (1u << 16) /* places for the objects that are there at once */

struct place {
    void *object;
    uint32_t number;
};

static _Thread_local struct memory_trace *recording;
static struct place places[TABLE];
static uint32_t spare[TABLE];
static uint32_t spares;

static _Thread_local bool serving;
static const unsigned char *served_from;
static const unsigned char *served_to;
static size_t served;

/* glibc's own, for who takes the place of calloc(). */
extern void *__libc_calloc(size_t count, size_t size);
extern void __libc_free(void *object);

static void must(bool good)
{
    if (!good)
        abort();
}

static uint32_t place_of(const void *object)
{
    uint32_t at = (uint32_t) ((uintptr_t) object >> 4) * 2654435761u >> 16;
    uint32_t tries = 0;

    while (places[at].object != NULL && places[at].object != object) {
        at = (at + 1) % TABLE;
        must(++tries < TABLE);
    }
    return at;
}

/* Without a gap in the rows that go over it. */
static void remove_place(uint32_t at)
{
    uint32_t next = at;

    places[at].object = NULL;
    for (;;) {
        struct place moved;

        next = (next + 1) % TABLE;
        moved = places[next];
        if (moved.object == NULL)
            return;
        places[next].object = NULL;
        places[place_of(moved.object)] = moved;
    }
}

static void add_event(uint32_t object, size_t size)
{
    struct memory_trace *const trace = recording;

    if (trace->count == trace->room) {
        trace->room = trace->room == 0 ? 65536 : trace->room * 2;
        trace->events = realloc(trace->events, trace->room * sizeof(*trace->events));
        must(trace->events != NULL);
    }
    trace->events[trace->count].object = object;
    trace->events[trace->count++].size = (uint32_t) size;
}

static void record_calloc(void *object, size_t size)
{
    struct place *place;

    if (object == NULL || size == 0)
        return;
    place = &places[place_of(object)];
    place->object = object;
    place->number = spares > 0 ? spare[--spares] : recording->objects++;
    add_event(place->number, size);
}

static void record_free(const void *object)
{
    const uint32_t at = place_of(object);

    if (places[at].object == NULL)
        return;
    add_event(places[at].number, 0);
    must(spares < TABLE);
    spare[spares++] = places[at].number;
    remove_place(at);
}

static bool is_served(const void *object)
{
    const uintptr_t at = (uintptr_t) object;

    return at >= (uintptr_t) served_from && at < (uintptr_t) served_to;
}

/* The libraries are to find these. */
#pragma GCC visibility push(default)

void *calloc(size_t count, size_t size)
{
    void *object;

    if (serving) {
        object = mbedguard_memory_buffer_calloc(count, size);
        if (object != NULL)
            (void) __atomic_fetch_add(&served, 1u, __ATOMIC_RELAXED);
        return object;
    }
    object = __libc_calloc(count, size);
    if (recording != NULL)
        record_calloc(object, count * size);
    return object;
}

void free(void *object)
{
    if (is_served(object)) {
        mbedguard_memory_buffer_free(object);
        return;
    }
    if (recording != NULL && object != NULL)
        record_free(object);
    __libc_free(object);
}

#pragma GCC visibility pop

void memory_record(struct memory_trace *trace)
{
    uint32_t i;

    for (i = 0; i < TABLE; i++)
        places[i].object = NULL;
    spares = 0;
    recording = trace;
}

void memory_record_end(void)
{
    recording = NULL;
}

void memory_serve(bool on, const unsigned char *buf, size_t len)
{
    served_from = buf;
    served_to = buf == NULL ? NULL : buf + len;
    serving = on;
}

size_t memory_served(void)
{
    return __atomic_load_n(&served, __ATOMIC_RELAXED);
}

/*
 * Valgrind's functions are called in the place of those above. Called by pointers, so that the compiler does
 * not take for granted what such functions leave alone.
 */
bool memory_can_interpose(void)
{
    void *(*volatile take)(size_t count, size_t size) = calloc;
    void (*volatile give)(void *object) = free;
    struct memory_trace trace = {NULL, 0, 0, 0};
    bool works;

    memory_record(&trace);
    give(take(1, 1));
    memory_record_end();
    works = trace.count == 2;
    memory_trace_free(&trace);
    return works;
}

#else

bool memory_can_interpose(void)
{
    return false;
}

void memory_record(struct memory_trace *trace)
{
    (void) trace;
}

void memory_record_end(void)
{
}

void memory_serve(bool on, const unsigned char *buf, size_t len)
{
    (void) on;
    (void) buf;
    (void) len;
}

size_t memory_served(void)
{
    return 0;
}

#endif

void memory_trace_free(struct memory_trace *trace)
{
    free(trace->events);
    trace->events = NULL;
    trace->count = 0;
    trace->room = 0;
    trace->objects = 0;
}
