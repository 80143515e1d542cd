/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Who keeps a pointer to whom. Edges stand in a table of their own, protected by process.keep, and
 * are found by address: the storage of what is kept may be gone before its keeper lets go. The
 * storage of a keeper is there as long as its edges are.
 */
#ifndef MBEDGUARD_CORE_KEEP_H
#define MBEDGUARD_CORE_KEEP_H

#include "core/guard_state.h"
#include "core/life.h"

/* One edge: `keeper's raw object holds a pointer to kept`. */
typedef struct mbedguard_edge {
    mbedguard_guard *keeper;
    mbedguard_guard *kept;
    mbedguard_counted *counted; /* of kept, which has a reference for this edge; or NULL */
    unsigned slot;
    unsigned keeper_rank;
    unsigned kept_rank;
    bool committed; /* nobody cuts it before but the thread that adds it */
    bool placed; /* kept, of the same rank, stands behind its keeper in the order */
    bool gone;   /* kept was freed where it stands: do not touch it */
    bool busy;   /* keeper has pointers into kept's contents; found by kept, whatever its rank */
    /* In the tables by keeper and by kept: the next one, and what points here. */
    struct mbedguard_edge *next[2];
    struct mbedguard_edge **link[2];
} mbedguard_edge;

/* edge.c: the table. All of it under process.keep. */
#define MBEDGUARD_BY_KEEPER 0u
#define MBEDGUARD_BY_KEPT 1u
void mbedguard_edge_insert_locked(mbedguard_edge *edge)
    MBEDGUARD_REQUIRES(mbedguard_process.keep);
void mbedguard_edge_remove_locked(mbedguard_edge *edge)
    MBEDGUARD_REQUIRES(mbedguard_process.keep);
/* Walk the edges of one guard: the first, and the next after an edge; NULL ends. */
mbedguard_edge *mbedguard_edge_first_locked(const mbedguard_guard *guard, unsigned by)
    MBEDGUARD_REQUIRES(mbedguard_process.keep);
mbedguard_edge *mbedguard_edge_next_locked(const mbedguard_edge *edge, unsigned by)
    MBEDGUARD_REQUIRES(mbedguard_process.keep);

/*
 * How many edges of each table are near a guard, to be read without the lock. Exact enough: an edge
 * is added with kept held, and where keeper is held.
 */
#define MBEDGUARD_HINTS 256u
extern uint32_t mbedguard_edge_hints[2][MBEDGUARD_HINTS] MBEDGUARD_HIDDEN;

static inline size_t mbedguard_edge_hash(const mbedguard_guard *guard)
{
    uintptr_t bits = (uintptr_t) guard;

    return (size_t) (bits >> 4 ^ bits >> 12 ^ bits >> 20);
}

static inline bool mbedguard_edge_any(const mbedguard_guard *guard, unsigned by)
{
    return mbedguard_load(&mbedguard_edge_hints[by][mbedguard_edge_hash(guard) %
                                                    MBEDGUARD_HINTS]) != 0;
}

/* False: nobody keeps the object. True: maybe. The caller holds it, or looks again. */
static inline bool mbedguard_keep_has_keepers(const mbedguard_guard *guard)
{
    return mbedguard_edge_any(guard, MBEDGUARD_BY_KEPT);
}

/* Lock and unlock process.keep where failure has no way out; false if it could not be locked. */
bool mbedguard_keep_lock(void) MBEDGUARD_TRY_ACQUIRE(true, mbedguard_process.keep);
void mbedguard_keep_unlock(void) MBEDGUARD_RELEASE(mbedguard_process.keep);

#if !defined(MBEDGUARD_THREADING_NONE)

/* A keeper that someone who wants to change `kept` has to take. */
typedef struct mbedguard_keeper {
    mbedguard_key key;
    mbedguard_guard *keeper;
    mbedguard_guard *kept;
    bool held;                     /* by this thread already; then not pinned */
    struct mbedguard_keeper *next; /* pinned: the keeper's storage stays until it is unpinned */
} mbedguard_keeper;

/* Where to look for keepers: after one key, not after another; NULL is no bound. */
typedef struct mbedguard_keeper_range {
    const mbedguard_key *after;
    const mbedguard_key *limit;
} mbedguard_keeper_range;

/*
 * The first keeper in the range of those objects of the set that want their keepers, which this
 * thread does not hold for that object yet. 1 and pinned, 0 for none, or MBEDGUARD_ERR_THREADING.
 */
int mbedguard_keeper_find(mbedguard_thread *self, const mbedguard_want *set, size_t count,
                          mbedguard_keeper_range range, mbedguard_keeper *found);
/* With the keeper held: whether it still keeps. If so it needs no pin any more. */
bool mbedguard_keeper_confirm(mbedguard_keeper *keeper);
void mbedguard_keeper_unpin(mbedguard_keeper *keeper);
/*
 * Wait until nobody is on the way to a guard that keeps nothing any more. Not with a later guard
 * held: whoever is on the way may stand behind a thread that waits for that one.
 */
void mbedguard_keeper_settle(const mbedguard_guard *guard);
/* In the child of a fork: whoever was on the way is gone. */
void mbedguard_keeper_forget_pins(void) MBEDGUARD_REQUIRES(mbedguard_process.keep);

/* level.c: bring what an edge within one rank keeps behind its keeper in the order. */
int mbedguard_level_raise(mbedguard_thread *self, mbedguard_edge *edge, const char *where);
/*
 * An object that is held exclusively, and was freed where it stands, is in use again: back behind
 * those that keep it. 0 or MBEDGUARD_ERR_THREADING.
 */
int mbedguard_level_find_again(mbedguard_guard *guard, unsigned rank);
/* The level that an object needs that is made anew where kept objects stand. */
uint32_t mbedguard_level_needed(const mbedguard_guard *guard);

#endif

/* An object was freed where it stands; its keepers go on pointing at it. */
void mbedguard_keep_note_gone(const mbedguard_guard *kept);

#endif /* MBEDGUARD_CORE_KEEP_H */
