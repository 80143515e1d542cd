/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* What the core has once per process, and the order in which its own locks nest. */
#ifndef MBEDGUARD_CORE_PROCESS_H
#define MBEDGUARD_CORE_PROCESS_H

#include "core/hold.h"
#include "core/thread.h"

#if defined(MBEDGUARD_THREADING_NONE)

typedef struct mbedguard_process {
    mbedguard_mutex keep; /* nothing, but named so that keep.c reads the same */
    bool started;
} mbedguard_process_state;

typedef struct mbedguard_fork_locks {
    void (*lock)(void);
    void (*unlock)(void);
} mbedguard_fork_locks;

static inline int mbedguard_fork_watch(mbedguard_fork_locks *locks)
{
    (void) locks;
    return 0;
}

#else

#define MBEDGUARD_PARK_BUCKETS  64u

/* Where threads wait for guards; guards hash to buckets, so waking is for whoever it concerns. */
typedef struct mbedguard_bucket {
    mbedguard_mutex mutex; /* inside a guard's mutex or process.keep; nothing inside */
    mbedguard_cond cond;
    uint32_t seq; /* protected by mutex; each wake changes it */
} mbedguard_bucket;

/* Where to wait for what is at this address. */
mbedguard_bucket *mbedguard_bucket_of(const void *address);

/* Reasons why every call has to look closer. */
#define MBEDGUARD_SLOW_COUNTING 0x01u /* acquisitions are counted */
#define MBEDGUARD_SLOW_MAKE     0x02u /* zero bytes are no mutex: made on first use */
void mbedguard_set_slow(uint32_t reasons);

/* What an initialised guard begins with. */
#define MBEDGUARD_MAGIC         0x6D62671Du

/*
 * Locks of a module, inside which nothing is taken: a fork takes them last, so that what they protect is
 * whole in the child. Both functions have no way out.
 */
typedef struct mbedguard_fork_locks {
    void (*lock)(void);
    void (*unlock)(void);
    struct mbedguard_fork_locks *next;
} mbedguard_fork_locks;

typedef struct mbedguard_process {
    /* Taken with no guard held; guards inside it. Protects started and what is started. */
    mbedguard_mutex start;
    /* Inside everything, nothing inside: makes, heals and claims guards. */
    mbedguard_mutex claim;
    /* Inside guards; only buckets inside: edges, references, pins, counted objects. */
    mbedguard_mutex keep;
    mbedguard_bucket park[MBEDGUARD_PARK_BUCKETS];
    bool started;
    uint32_t pid;                     /* in which a fork was last prepared */
    mbedguard_fork_locks *fork_locks; /* of modules; protected by claim */
    /* Written while the process has one thread: by the child of a fork, and by setters. */
    uint32_t generation;
    uintptr_t forker; /* the name of the thread that a child began with */
    uint32_t slow;
    /* The magic of guards that need no closer look: of those that were initialised, and zeroed. */
    uint32_t quick_magic;
    uint32_t quick_zero;
} mbedguard_process_state;

/*
 * Before a thread's first guard: mbedguard_library_start() once per process. Every thread comes by
 * here once, so that what was started is visible to it.
 */
int mbedguard_start(mbedguard_thread *self);

/*
 * Wait until mbedguard_unpark() is called for the address; may return sooner. The caller holds
 * `held`, which protects what it waits for; it is let go meanwhile. Returns 0 or
 * MBEDGUARD_ERR_THREADING with `held` held, or MBEDGUARD_PARK_LOST where it could not be locked
 * again.
 */
#define MBEDGUARD_PARK_LOST     1
int mbedguard_park(const void *address, mbedguard_backend_mutex *held);
/* The caller holds the lock that protects what is waited for. */
void mbedguard_unpark(const void *address);

/* Fork: installed by mbedguard_thread_start() of a backend that has it. */
void mbedguard_fork_prepare(void);
void mbedguard_fork_parent(void);
void mbedguard_fork_child(void);
/* Before and after what a thread does here between those, in handlers of the program's. */
void mbedguard_fork_let_go(mbedguard_thread *self);
void mbedguard_fork_take_back(mbedguard_thread *self);

/* From now on, forks take these; they stay for ever. To be called once. 0 or MBEDGUARD_ERR_THREADING. */
int mbedguard_fork_watch(mbedguard_fork_locks *locks);

/* The end of a thread that was watched. */
void mbedguard_exit_thread(mbedguard_thread *self);

#endif

extern mbedguard_process_state mbedguard_process MBEDGUARD_HIDDEN;

#endif /* MBEDGUARD_CORE_PROCESS_H */
