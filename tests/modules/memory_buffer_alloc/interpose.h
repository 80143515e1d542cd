/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * calloc() and free() of this program and its libraries: recorded, or served from the buffer, for the time
 * and the thread that it was asked for. Possible with glibc, where nothing else takes their place.
 */
#ifndef MEMORY_INTERPOSE_H
#define MEMORY_INTERPOSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* size 0: the object is freed. Numbers of objects are given again. */
struct memory_event {
    uint32_t object;
    uint32_t size;
};

struct memory_trace {
    struct memory_event *events;
    size_t count;
    size_t room;
    uint32_t objects; /* numbers that were given */
};

/* Whether it works: not under valgrind and sanitizers, which have functions of their own. */
bool memory_can_interpose(void);

/* Events of this thread go to the trace, which is empty. Objects that were there before are left out. */
void memory_record(struct memory_trace *trace);
void memory_record_end(void);
void memory_trace_free(struct memory_trace *trace);

/* calloc() of this thread takes from mbedguard's buffer, until it is told not to. */
void memory_serve(bool on, const unsigned char *buf, size_t len);
/* How many it took. */
size_t memory_served(void);

#endif /* MEMORY_INTERPOSE_H */
