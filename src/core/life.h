/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The life of objects: counted ones, and those that are freed in the middle of a call. */
#ifndef MBEDGUARD_CORE_LIFE_H
#define MBEDGUARD_CORE_LIFE_H

#include <stdalign.h>
#include <stddef.h>

#include "core/enter.h"
#include "core/process.h"

/* In front of an object made by mbedguard_object_create(). */
typedef struct mbedguard_counted {
    const mbedguard_type *type;
    struct mbedguard_counted *next; /* in a list of those with no reference left */
    /* Protected by process.keep. */
    size_t refs;
    struct mbedguard_counted *chain; /* in the table of all */
} mbedguard_counted;

/* From there to the object. */
#define MBEDGUARD_COUNTED_HEADER                                                                   \
    ((sizeof(mbedguard_counted) + alignof(max_align_t) - 1) / alignof(max_align_t) *               \
     alignof(max_align_t))

/* counted.c: the table of all counted objects. */
int mbedguard_counted_insert(mbedguard_counted *counted);
/* False if the table could not be locked: it is still there, and its storage has to stay. */
bool mbedguard_counted_remove(mbedguard_counted *counted);
/* Whether a counted object has its head at an address: 1, 0, or MBEDGUARD_ERR_THREADING. */
int mbedguard_counted_find(uintptr_t address);
/* The counted object of a rank that begins at an address and has references; or NULL. Any address. */
mbedguard_counted *mbedguard_counted_at_locked(const void *object, unsigned rank)
    MBEDGUARD_REQUIRES(mbedguard_process.keep);

/* reference.c: the counted object that a guard is the end of, or NULL. */
mbedguard_counted *mbedguard_counted_of(mbedguard_guard *guard);
/*
 * Around what a thread does to references outside of any call: one that is about to fork lets go of
 * process.keep between these. 0 or MBEDGUARD_ERR_ALLOC_FAILED; one thread needs no state.
 */
struct mbedguard_thread;
int mbedguard_counted_begin(struct mbedguard_thread **self);
void mbedguard_counted_end(struct mbedguard_thread *self);
/* Add a reference: 0 or MBEDGUARD_ERR_OVERFLOW. */
int mbedguard_counted_add_locked(mbedguard_counted *counted)
    MBEDGUARD_REQUIRES(mbedguard_process.keep);
/* Drop a reference: 1 if it was the last one, 0 if not, or an error with the last one kept. */
int mbedguard_counted_drop(mbedguard_counted *counted, bool even_last);

/* Free what has no reference left, now or, if this thread holds guards, when it holds none. */
void mbedguard_life_bury(mbedguard_counted *list);

#if !defined(MBEDGUARD_THREADING_NONE)
/* The last call of this thread on an object that it holds ends: free it if that was asked for. */
void mbedguard_life_last_call(mbedguard_thread *self, mbedguard_guard *guard);
/*
 * This thread let go of a guard: wait for those who are still on the way to what it freed under
 * it. They may stand behind a thread that waits for a later guard, so not while this one holds any.
 */
void mbedguard_life_released(mbedguard_thread *self, mbedguard_guard *guard);
/* This thread holds nothing: free all that waited for this. */
void mbedguard_life_settle(mbedguard_thread *self);
#endif

#endif /* MBEDGUARD_CORE_LIFE_H */
