/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * What call-throughs, emitted and hand-written, use of the core: enter, leave, keep, object life.
 * Nothing here is exported.
 */
#ifndef MBEDGUARD_CORE_ENTER_H
#define MBEDGUARD_CORE_ENTER_H

#include <stdbool.h>

#include <mbedguard/guard.h>

#include "core/annotate.h"

/*
 * How a guard is taken: the rank in the low byte, one mode, flags. Constants of the call-through,
 * so that a decision of the policy is visible in the emitted code and costs nothing to pass.
 */
#define MBEDGUARD_HOW_RANK 0x00FFu
/* Mode: nobody else is in. A kept certificate, CRL or key is taken with all its keepers. */
#define MBEDGUARD_EXCLUSIVE 0x0000u
/* Mode: only readers are in. */
#define MBEDGUARD_SHARED 0x0100u
/*
 * Mode: exclusive on the object, but its keepers go on: for calls whose effect on the object is one
 * that a keeper's call (a TLS handshake) bears, since Mbed TLS protects it or does the same itself.
 */
#define MBEDGUARD_USE 0x0200u
#define MBEDGUARD_HOW_MODE 0x0300u
/* The call may be made from a callback of a call that is in progress on the same object. */
#define MBEDGUARD_IN_CALLBACK 0x0400u
/* The call runs code of the application, or is a cancellation point. */
#define MBEDGUARD_CALLS_OUT 0x0800u
/* The call may wait for the network: refused under an explicit lock. */
#define MBEDGUARD_MAY_WAIT 0x1000u
/* A broken object will do: for calls that make it whole, or leave it as it is. */
#define MBEDGUARD_EVEN_BROKEN 0x2000u
/*
 * The call holds this guard for what it does inside: its callbacks may enter calls on the same
 * guard, as under an explicit lock. It is none of the calls that MBEDGUARD_ERR_REENTRY is about.
 */
#define MBEDGUARD_AROUND 0x4000u

/* One guard of a call that takes several; guard NULL is an optional argument that is absent. */
typedef struct mbedguard_want {
    mbedguard_guard *guard;
    unsigned how;
} mbedguard_want;

/* The guard of an object that may be NULL; const is no promise about threads, so it is shed. */
#define MBEDGUARD_GUARD_OF(object) \
    ((object) != NULL ? (mbedguard_guard *) (uintptr_t) &(object)->guard : NULL)

/* A required object that is not there; a single-threaded program leaves that to Mbed TLS. */
#if defined(MBEDGUARD_THREADING_NONE)
#define MBEDGUARD_MISSING(object) 0
#else
#define MBEDGUARD_MISSING(object) ((object) == NULL)
#endif

/* What the life of an object needs to know of its type. */
typedef struct mbedguard_type {
    const char *name;               /* of the Mbed TLS type */
    size_t size;                    /* of the guarded type; the guard is its end */
    unsigned rank;
    void (*raw_init)(void *object); /* Mbed TLS's init, or NULL where zero bytes are the init */
    void (*raw_free)(void *object); /* Mbed TLS's free, or NULL */
    mbedguard_want around;          /* also held while it is freed; guard NULL: nothing */
    bool (*wants_around)(const void *object); /* whether it is needed; NULL: always */
} mbedguard_type;

#if defined(MBEDGUARD_THREADING_NONE)

/* A single-threaded program pays nothing: these fold away and leave the raw call. */
static inline int mbedguard_enter(mbedguard_guard *guard, unsigned how, const char *where)
{
    (void) guard;
    (void) how;
    (void) where;
    return 0;
}
static inline int mbedguard_leave(mbedguard_guard *guard, unsigned how)
{
    (void) guard;
    (void) how;
    return 0;
}
static inline int mbedguard_enter_set(mbedguard_want *set, size_t count, const char *where)
{
    (void) set;
    (void) count;
    (void) where;
    return 0;
}
static inline int mbedguard_leave_set(mbedguard_want *set, size_t count)
{
    (void) set;
    (void) count;
    return 0;
}
static inline int mbedguard_may_wait(const char *where)
{
    (void) where;
    return 0;
}
static inline int mbedguard_may_enter(mbedguard_guard *guard, unsigned how, const char *where)
{
    (void) guard;
    (void) how;
    (void) where;
    return 0;
}
static inline bool mbedguard_is_broken(const mbedguard_guard *guard)
{
    (void) guard;
    return false;
}
static inline void mbedguard_make_whole(mbedguard_guard *guard)
{
    (void) guard;
}
static inline bool mbedguard_is_at_home(const mbedguard_guard *guard)
{
    (void) guard;
    return true;
}

#else

/*
 * Take one guard for one raw call. guard NULL: MBEDGUARD_ERR_BAD_INPUT. Returns 0, or an
 * MBEDGUARD_ERR_* with nothing taken. `where` is the name of the call-through.
 */
int mbedguard_enter(mbedguard_guard *guard, unsigned how, const char *where)
    MBEDGUARD_TRY_ACQUIRE(0, guard);

/* End the call that mbedguard_enter() began. Returns 0, or MBEDGUARD_ERR_THREADING. */
int mbedguard_leave(mbedguard_guard *guard, unsigned how) MBEDGUARD_RELEASE(guard);

/*
 * Take several guards for one raw call, in order, each once: sorts the set, drops NULL and aliases
 * (the stronger mode and all flags win). All or nothing. The set stays as sorted for the leave.
 */
int mbedguard_enter_set(mbedguard_want *set, size_t count, const char *where);

/* End the call that mbedguard_enter_set() began, with the same set. */
int mbedguard_leave_set(mbedguard_want *set, size_t count);

/*
 * For calls without a guard that may wait: MBEDGUARD_ERR_WOULD_WAIT under an explicit lock, or 0.
 */
int mbedguard_may_wait(const char *where);

/*
 * For calls that take a guard only now and then: what mbedguard_enter() would refuse because of what
 * this thread holds, is refused (ORDER, REENTRY, UPGRADE). Takes nothing. The guard is usable.
 */
int mbedguard_may_enter(mbedguard_guard *guard, unsigned how, const char *where);

/*
 * With the guard held exclusively and MBEDGUARD_EVEN_BROKEN: whether its object was left in the
 * middle of a change; and that it no longer is.
 */
bool mbedguard_is_broken(const mbedguard_guard *guard);
void mbedguard_make_whole(mbedguard_guard *guard);

/*
 * For calls that go by a guard which they do not take: it was initialised, or zeroed, where it stands, and
 * used since the last fork. Otherwise they take it, which says what is wrong, or puts it right.
 */
bool mbedguard_is_at_home(const mbedguard_guard *guard);

#endif

/*
 * Keeping. A keep is an edge "keeper's raw object holds a pointer to kept". It makes a counted kept
 * object live until the keeper lets go, and makes whoever changes the kept object exclude the
 * keeper. Edges live in a table of their own and are found by address, never through the kept
 * object, whose storage may be gone before its keeper is freed.
 *
 *     begin (may fail: nothing changed) - raw call - commit or abort
 *
 * The caller holds the keeper exclusively throughout. kept NULL is allowed: where it replaces, the slot
 * is empty on commit; where it does not, nothing changes.
 */
typedef struct mbedguard_keep {
    struct mbedguard_edge *edge; /* reserved by begin */
    mbedguard_guard *keeper;
    unsigned slot;
    bool replace;
} mbedguard_keep;

/* replace: the new edge takes the place of all others with this slot of this keeper. */
int mbedguard_keep_begin(mbedguard_keep *keep, mbedguard_guard *keeper, unsigned keeper_rank,
                         mbedguard_guard *kept, unsigned kept_rank, unsigned slot, bool replace,
                         const char *where);
void mbedguard_keep_commit(mbedguard_keep *keep);
void mbedguard_keep_abort(mbedguard_keep *keep);
/* Let go of what the keeper keeps in one slot, or of everything. */
#define MBEDGUARD_SLOT_ALL 0u
void mbedguard_keep_release(mbedguard_guard *keeper, unsigned slot);

/*
 * A keeper that has pointers into the contents of what it keeps, from one of its calls to the next, is
 * busy with it (a handshake with the configuration's list of certificates). The caller holds both.
 * in_use: 0, MBEDGUARD_ERR_IN_USE if any keeper is busy with it, or MBEDGUARD_ERR_THREADING.
 * is_lost: the keeper is busy with it, and it was freed where it stands since.
 */
#if defined(MBEDGUARD_THREADING_NONE)
static inline void mbedguard_keep_set_busy(mbedguard_guard *keeper, mbedguard_guard *kept, bool busy)
{
    (void) keeper;
    (void) kept;
    (void) busy;
}
static inline int mbedguard_keep_in_use(const mbedguard_guard *kept)
{
    (void) kept;
    return 0;
}
#else
void mbedguard_keep_set_busy(mbedguard_guard *keeper, mbedguard_guard *kept, bool busy);
int mbedguard_keep_in_use(const mbedguard_guard *kept);
bool mbedguard_keep_is_lost(const mbedguard_guard *keeper, const mbedguard_guard *kept);
#endif

/*
 * Life. `object` is the guarded object; NULL is 0 for free and BAD_INPUT for the others.
 * init: makes a fresh guard whatever the storage held, then the raw init. Edges to and from the
 *       address: those where it is the keeper are dropped, those where it is kept stay. BAD_INPUT
 *       with nothing changed for a counted object: its storage is not the caller's.
 * free: counted: drops one reference, and the last one frees object and storage (edges of a keeper
 *       are references). Otherwise waits for the calls inside the object and its keepers, runs the
 *       raw free and init in place; from a callback of a call on the object, when that call ends.
 *       Nobody is on the way to it when the thread holds nothing that comes later in the order.
 *       Zeroed, freed: 0. Garbage: MBEDGUARD_ERR_NOT_INITIALIZED. Broken: forgotten, not freed.
 * create: calloc, init, one reference; NULL when memory or the backend fails.
 */
int mbedguard_object_init(const mbedguard_type *type, void *object, const char *where);
int mbedguard_object_free(const mbedguard_type *type, void *object, const char *where);
void *mbedguard_object_create(const mbedguard_type *type, const char *where);
int mbedguard_object_ref(const mbedguard_type *type, void *object, const char *where);

/*
 * Places: a pointer of the program's that is NULL, or holds a reference to a counted object, and that
 * threads replace while others take what is in it. Both are one step, and take no guard. Each
 * pointer is looked up before it is followed: one to an object that is not counted, is of another
 * rank, or was freed, is refused, and nothing has changed.
 * put:  the place gets a reference of its own, what was there loses one; NULL only empties. BAD_INPUT
 *       for the object, NOT_INITIALIZED for what is in the place.
 * take: adds a reference for the caller. NOT_FOUND if the place is empty, NOT_INITIALIZED as for put.
 * let_go: drops such a reference whatever the thread holds; does not fail, where free may.
 */
int mbedguard_place_put(void **place, void *object, unsigned rank);
int mbedguard_place_take(void *const *place, unsigned rank, void **object);
void mbedguard_place_let_go(void *object, unsigned rank);

/* Would the next free be the end of the object? The caller holds its guard. */
bool mbedguard_object_is_last(mbedguard_guard *guard);

/*
 * Make the guard of a view: of a copy on the stack that a callback is given. Nobody else ever waits
 * for it, so it comes last in its rank, whatever its address.
 */
#if defined(MBEDGUARD_THREADING_NONE)
static inline void mbedguard_view_init(mbedguard_guard *guard)
{
    guard->counted = 0;
}
#else
void mbedguard_view_init(mbedguard_guard *guard);
#endif

/*
 * Called once by the first thread that takes any guard, under a lock of the core, before the guard
 * is taken; core knows nothing of Mbed TLS, so src/manual/ supplies it: it compares versions and
 * warms up lazily initialised state of Mbed TLS. Each thread passes here once; a failure is the
 * result of the call that wanted the guard, and is tried again by the next.
 */
int mbedguard_library_start(void);

/*
 * Called when a thread has the first explicit lock on an object, before it is told. Supplied by
 * src/manual/, too: has those leave, and not come again, who use the object without its guard. What
 * it takes comes after all guards. 0, or an error with which the lock ends.
 */
int mbedguard_library_locks(void *object, size_t size, unsigned rank);

/*
 * Called before the last explicit lock on an object goes, with the object still held exclusively: whatever
 * the program did to it in that time is over. Supplied by src/manual/, too.
 */
void mbedguard_library_unlocks(void *object, size_t size, unsigned rank);

/*
 * What an explicit lock on an object of this rank takes besides, with MBEDGUARD_AROUND: what calls under the
 * lock will need, and could not take after it. Guard NULL: nothing. Supplied by src/manual/, too.
 */
mbedguard_want mbedguard_library_locks_with(unsigned rank);

/*
 * For tests and assertions only: does this thread hold the guard, and how (0 no, 1 shared, 2
 * excl.)?
 */
int mbedguard_held(const mbedguard_guard *guard);

#endif /* MBEDGUARD_CORE_ENTER_H */
