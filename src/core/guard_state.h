/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* One guard: taking it and letting go, without the question of its keepers. */
#ifndef MBEDGUARD_CORE_GUARD_STATE_H
#define MBEDGUARD_CORE_GUARD_STATE_H

#include "core/atomic.h"
#include "core/enter.h"
#include "core/process.h"

/* Flags of the core itself, above those of a call-through. */
#define MBEDGUARD_HOW_EXPLICIT 0x010000u /* a lock, not a call */
#define MBEDGUARD_HOW_TRY 0x020000u      /* WOULD_WAIT rather than wait */
#define MBEDGUARD_HOW_KEEPER 0x080000u   /* taken for what it keeps: counted by its link */
#define MBEDGUARD_HOW_UNSEEN 0x100000u   /* not an acquisition to be counted */

/* Ranks whose objects are read by calls on their keepers: see MBEDGUARD_EXCLUSIVE. */
#define MBEDGUARD_KEPT_RANKS \
    (UINT64_C(1) << MBEDGUARD_RANK_CERT | UINT64_C(1) << MBEDGUARD_RANK_PK |                              \
     UINT64_C(1) << MBEDGUARD_RANK_KEY)

static inline bool mbedguard_rank_is_kept(unsigned rank)
{
    return (MBEDGUARD_KEPT_RANKS >> (rank & 63u) & 1u) != 0;
}

static inline bool mbedguard_how_wants_keepers(unsigned how)
{
    return (how & MBEDGUARD_HOW_MODE) == MBEDGUARD_EXCLUSIVE &&
           mbedguard_rank_is_kept(how & MBEDGUARD_HOW_RANK);
}

/* The guard is the end of a guarded object. const is shed: it is no promise about threads. */
static inline mbedguard_guard *mbedguard_guard_at_end(const void *object, size_t size)
{
    return (mbedguard_guard *) ((uintptr_t) object + size - sizeof(mbedguard_guard));
}

#if !defined(MBEDGUARD_THREADING_NONE)

/* Bits of mbedguard_guard.state. */
#define MBEDGUARD_STATE_HELD 0x01u   /* exclusively: a child of fork() has to know */
#define MBEDGUARD_STATE_BROKEN 0x02u /* left in the middle of a change */

/* Whether so many readers, of whom nobody knows how far they came, leave the object half changed. */
static inline bool mbedguard_guard_is_changed_by(const mbedguard_guard *guard, uint32_t readers)
{
    return readers != 0 && guard->readers_change != 0;
}

/* Zeroed, or initialised here and in this process. Reads only what nobody writes later. */
static inline bool mbedguard_guard_is_usable(const mbedguard_guard *guard)
{
    const mbedguard_guard *self = MBEDGUARD_ATOMIC_LOAD(mbedguard_guard *, &guard->self);

    return (self == guard ? guard->magic == MBEDGUARD_MAGIC : self == NULL && guard->magic == 0) &&
           mbedguard_load(&guard->generation) == mbedguard_process.generation;
}

/* A new guard, whatever the storage held. */
void mbedguard_guard_make(mbedguard_guard *guard, bool counted);
/*
 * Make a guard usable that is moved, or of another process; make its mutex where that is needed;
 * count its user. 0, MBEDGUARD_ERR_NOT_INITIALIZED or MBEDGUARD_ERR_THREADING.
 */
int mbedguard_guard_use(mbedguard_guard *guard);
/* The end of what mbedguard_guard_use() began. */
void mbedguard_guard_unuse(mbedguard_guard *guard);
/* Give back what the backend has in a mutex, if nobody uses it. */
void mbedguard_guard_unmake(mbedguard_guard *guard);

/*
 * What comes before and after the guards of a call: the start, waiting, cancellation. The end takes
 * the same flags, and frees what waited for it.
 */
int mbedguard_call_begin(mbedguard_thread *self, unsigned how, const char *where);
void mbedguard_call_end(mbedguard_thread *self, unsigned how);

/* Take one guard, or count one more call or lock on it. No keepers. */
int mbedguard_guard_acquire(mbedguard_thread *self, mbedguard_guard *guard, unsigned how,
                            const char *where);
/* Undo one acquire, the last one with all that hangs on it. 0, NOT_LOCKED or THREADING. */
int mbedguard_guard_give(mbedguard_thread *self, mbedguard_guard *guard, unsigned how);
/* Let go of a hold that has no counts left, and of keepers that were held for it. */
int mbedguard_guard_release(mbedguard_thread *self, mbedguard_hold *hold);
/* Let go of keepers that were taken for a guard that is not held. */
int mbedguard_guard_release_keepers(mbedguard_thread *self, const mbedguard_guard *kept);
/* The end of a thread: release, leaving the object broken if the hold could change it. */
void mbedguard_guard_abandon(const mbedguard_hold *hold);

/* Take one guard with its keepers as `how` says. */
int mbedguard_guard_enter(mbedguard_thread *self, mbedguard_guard *guard, unsigned how,
                          const char *where);

/* Sets up to here need no heap. */
#define MBEDGUARD_SET_INLINE 16u
/*
 * set.c: guards in order, each once, without NULL; count becomes what is left at the front. 0 or
 * MBEDGUARD_ERR_ALLOC_FAILED.
 */
int mbedguard_set_arrange(mbedguard_want *set, size_t *count);
/* Take an arranged set with all keepers that it needs. All or nothing. */
int mbedguard_set_take(mbedguard_thread *self, mbedguard_want *set, size_t count,
                       const char *where);

#endif

#endif /* MBEDGUARD_CORE_GUARD_STATE_H */
