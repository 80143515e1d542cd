/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * What one thread holds. A thread finds what it owns in its own list and nowhere else: no guard is
 * read without its lock to learn who its owner is.
 */
#ifndef MBEDGUARD_CORE_HOLD_H
#define MBEDGUARD_CORE_HOLD_H

#include <stdbool.h>

#include <mbedguard/guard.h>

#include "core/thread.h"

#if !defined(MBEDGUARD_THREADING_NONE)

/*
 * Enough for the deepest chain of callbacks (connection, configuration, key, two generators,
 * entropy, hash). No more, since the space comes from every thread, and from what the loader sets
 * aside for libraries that are loaded late.
 */
#define MBEDGUARD_HOLDS_INLINE   12u
#define MBEDGUARD_HOLD_COUNT_MAX 0xFFFFu

#define MBEDGUARD_QUICK_OPEN ((mbedguard_guard *) (uintptr_t) 1)

/* The thread asked for readers' access. */
#define MBEDGUARD_HOLD_SHARED 0x01u
/* The guard is taken for readers, not only asked for: a poorer backend takes it exclusively. */
#define MBEDGUARD_HOLD_COUNTED 0x02u
/* What is left of the flags counts those of the calls that are MBEDGUARD_AROUND. */
#define MBEDGUARD_HOLD_AROUND_ONE 0x04u
#define MBEDGUARD_HOLD_AROUND     0xFCu

typedef struct mbedguard_hold {
    mbedguard_guard *guard;
#if defined(MBEDGUARD_LOCKCHECK)
    const char *where; /* it was first taken */
#endif
    uint16_t calls; /* raw calls in progress on the object */
    uint16_t locks; /* explicit locks */
    uint16_t links; /* objects that are held with this one as their keeper */
    uint8_t rank;
    uint8_t flags;
} mbedguard_hold;

static inline const char *mbedguard_hold_where(const mbedguard_hold *hold)
{
#if defined(MBEDGUARD_LOCKCHECK)
    return hold->where;
#else
    (void) hold;
    return NULL;
#endif
}

/* kept is held exclusively, and keeper only because it keeps kept. */
typedef struct mbedguard_link {
    mbedguard_guard *keeper;
    mbedguard_guard *kept;
} mbedguard_link;

/* The order of guards: rank, level, address. */
typedef struct mbedguard_key {
    const mbedguard_guard *guard;
    uint32_t level;
    unsigned rank;
} mbedguard_key;

/*
 * An object whose _free was called while the thread held it: in the middle of a call, or under a
 * lock.
 */
typedef struct mbedguard_dying {
    const struct mbedguard_type *type;
    void *object;
    const char *where;
    bool freed; /* but others may be on the way to it, and its storage has to stay for them */
    mbedguard_key key; /* once freed */
} mbedguard_dying;

struct mbedguard_counted;

/* Where a thread is in the handlers of fork(). */
typedef enum mbedguard_fork_state {
    MBEDGUARD_FORK_NONE,     /* in none */
    MBEDGUARD_FORK_PREPARED, /* past our first one, as far as is known in the parent */
    MBEDGUARD_FORK_BORN,     /* in the child, which knows, before our last one */
} mbedguard_fork_state;

typedef struct mbedguard_thread {
    /*
     * The fast path's part. MBEDGUARD_QUICK_OPEN: the thread holds nothing and may take it. A
     * guard: that is all it holds, by one call; the list says nothing of it yet. NULL: the list is
     * true.
     */
    mbedguard_guard *quick;
    unsigned quick_rank;
    uint32_t users;        /* finds and heres that are not done */
    mbedguard_hold *holds; /* the inline ones, or a larger array on the heap */
    uint32_t count;
    uint32_t capacity;
    uint32_t locks;     /* explicit locks on all guards */
    uint32_t calls_out; /* calls in progress with cancellation off */
    bool started;       /* passed mbedguard_library_start() */
    bool starting;      /* is inside it */
    bool watched;       /* its end will be told */
    bool settling;      /* is freeing what waited for its moment */
    bool fork_locked;   /* holds the locks of the process for a fork */
    bool gate_shut;     /* that of gate.c is among them */
    mbedguard_fork_state fork;
    uint32_t fork_calls;  /* in progress when it was prepared */
    uint32_t fork_nested; /* forks that handlers of it began */
    int cancel_state;     /* before calls_out */
    mbedguard_link *links;
    uint32_t link_count;
    uint32_t link_capacity;
    mbedguard_dying *dying;
    uint32_t dying_count;
    uint32_t dying_capacity;
    struct mbedguard_counted *morgue; /* nobody refers to these any more */
    struct mbedguard_thread *next;    /* in the table of backends that name threads themselves */
    uintptr_t self;                   /* its name there */
    uint32_t number;                  /* its number and one, or 0: see number.h */
    mbedguard_hold inline_holds[MBEDGUARD_HOLDS_INLINE];
} mbedguard_thread;

/* Where the compiler has no thread-local storage, the backend has to name threads. */
#if defined(MBEDGUARD_THREADING_PTHREAD)
#define MBEDGUARD_HAVE_TLS 1
#elif !defined(MBEDGUARD_NO_TLS)
#define MBEDGUARD_HAVE_TLS 1
#endif

#if defined(MBEDGUARD_HAVE_TLS)
/* No call to find it; possible since the struct is small. */
extern _Thread_local mbedguard_thread mbedguard_thread_state
    MBEDGUARD_GNU_ATTRIBUTES(tls_model("initial-exec")) MBEDGUARD_HIDDEN;
#endif

/*
 * The calling thread's state, or NULL where it holds nothing or the backend fails. Each find and
 * each here is ended by a done, and between them the list is true.
 */
mbedguard_thread *mbedguard_thread_find(void);
/* The same, made if there is none; NULL when memory or the backend fails. */
mbedguard_thread *mbedguard_thread_here(void);
/* self may be NULL. */
void mbedguard_thread_done(mbedguard_thread *self);

/* True: the thread holds nothing, as far as that is known without opening its list. */
static inline bool mbedguard_thread_holds_nothing(void)
{
#if defined(MBEDGUARD_THREADING_PTHREAD)
    return mbedguard_thread_state.quick == MBEDGUARD_QUICK_OPEN;
#else
    return false;
#endif
}

/* True: in handlers of a fork, where the thread may hold locks that other calls want. */
static inline bool mbedguard_thread_is_forking(void)
{
#if defined(MBEDGUARD_THREADING_PTHREAD)
    return mbedguard_thread_state.fork == MBEDGUARD_FORK_PREPARED;
#else
    return false;
#endif
}

/* What find and done are in thread-local storage. */
mbedguard_thread *mbedguard_thread_open_list(mbedguard_thread *self);
void mbedguard_thread_close_list(mbedguard_thread *self);

/* The key of a guard that is usable now. */
mbedguard_key mbedguard_key_of(const mbedguard_guard *guard, unsigned rank);
/* The same of a guard that this thread holds: nobody changes its place meanwhile. */
mbedguard_key mbedguard_key_of_hold(const mbedguard_hold *hold);
/* Below 0, 0, above 0: as a comes before, is, comes after b. */
int mbedguard_key_compare(mbedguard_key a, mbedguard_key b);

/* What the thread holds of a guard, or NULL. Valid until the next push or drop. */
mbedguard_hold *mbedguard_hold_find(mbedguard_thread *self, const mbedguard_guard *guard);
/* The hold that comes last in the order, or NULL. */
mbedguard_hold *mbedguard_hold_last(mbedguard_thread *self);
/* Make room for one more hold: 0 or MBEDGUARD_ERR_ALLOC_FAILED. */
int mbedguard_hold_reserve(mbedguard_thread *self);
/* Append a hold without counts; room must have been made. */
mbedguard_hold *mbedguard_hold_push(mbedguard_thread *self, mbedguard_guard *guard, unsigned rank,
                                    const char *where);
/* Take a hold out of the list; what is on the heap goes with the last one. */
void mbedguard_hold_drop(mbedguard_thread *self, mbedguard_hold *hold);

/* Note that keeper (held) is held for kept: 0 or an error. */
int mbedguard_link_add(mbedguard_thread *self, mbedguard_guard *keeper, mbedguard_guard *kept);
bool mbedguard_link_has(const mbedguard_thread *self, const mbedguard_guard *keeper,
                        const mbedguard_guard *kept);
/* Take out one link to kept and return its keeper, or NULL. */
mbedguard_guard *mbedguard_link_take(mbedguard_thread *self, const mbedguard_guard *kept);

#endif

#endif /* MBEDGUARD_CORE_HOLD_H */
