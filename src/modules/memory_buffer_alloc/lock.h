/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The locks of the allocator. They come after everything: whoever holds one calls nothing but the
 * allocator, so they need no place in the lists of what a thread holds. A backend that a program brings
 * may be exchanged, and with it every mutex: there they are guards, which see to that.
 */
#ifndef MBEDGUARD_MODULES_MEMORY_LOCK_H
#define MBEDGUARD_MODULES_MEMORY_LOCK_H

#include "core/enter.h"
#include "core/hold.h"
#include "core/thread.h"

#if defined(MBEDGUARD_THREADING_ALT)

typedef struct MBEDGUARD_CAPABILITY("mutex") mbedguard_memory_lock {
    mbedguard_guard guard;
} mbedguard_memory_lock;

#define MBEDGUARD_MEMORY_HOW                                                                       \
    (MBEDGUARD_EXCLUSIVE | MBEDGUARD_EVEN_BROKEN | MBEDGUARD_RANK_ALLOCATOR)

static inline int mbedguard_memory_make(mbedguard_memory_lock *lock)
{
    (void) lock;
    return 0;
}

static inline int mbedguard_memory_acquire(mbedguard_memory_lock *lock)
    MBEDGUARD_TRY_ACQUIRE(0, lock) MBEDGUARD_NO_ANALYSIS
{
    return mbedguard_enter(&lock->guard, MBEDGUARD_MEMORY_HOW, "memory_buffer_alloc");
}

static inline int mbedguard_memory_acquire_stubborn(mbedguard_memory_lock *lock)
    MBEDGUARD_TRY_ACQUIRE(0, lock) MBEDGUARD_NO_ANALYSIS
{
    unsigned tries = 0;
    int ret;

    do {
        ret = mbedguard_memory_acquire(lock);
    } while (ret == MBEDGUARD_ERR_THREADING && ++tries < 1000);
    return ret;
}

static inline void mbedguard_memory_release(mbedguard_memory_lock *lock)
    MBEDGUARD_RELEASE(lock) MBEDGUARD_NO_ANALYSIS
{
    (void) mbedguard_leave(&lock->guard, MBEDGUARD_MEMORY_HOW);
}

#else

typedef mbedguard_mutex mbedguard_memory_lock;

static inline int mbedguard_memory_make(mbedguard_memory_lock *lock)
{
#if defined(MBEDGUARD_THREADING_NONE)
    (void) lock;
    return 0;
#else
    return mbedguard_thread_make(&lock->raw) == 0 ? 0 : MBEDGUARD_ERR_THREADING;
#endif
}

static inline int mbedguard_memory_acquire(mbedguard_memory_lock *lock)
    MBEDGUARD_TRY_ACQUIRE(0, lock)
{
    return mbedguard_core_lock(lock);
}

/* Where failure has no way out. */
static inline int mbedguard_memory_acquire_stubborn(mbedguard_memory_lock *lock)
    MBEDGUARD_TRY_ACQUIRE(0, lock) MBEDGUARD_NO_ANALYSIS
{
    int ret = mbedguard_core_lock(lock);

#if !defined(MBEDGUARD_THREADING_NONE)
    if (ret != 0 && mbedguard_thread_lock_stubborn(&lock->raw) == 0)
        ret = 0;
#endif
    return ret;
}

static inline void mbedguard_memory_release(mbedguard_memory_lock *lock) MBEDGUARD_RELEASE(lock)
{
    mbedguard_core_unlock(lock);
}

#endif

/*
 * Handlers of a fork that the program registered may run while this thread holds all locks for that fork:
 * it lets go of them for the length of its call, as for those of the core.
 */
#if defined(MBEDGUARD_THREADING_PTHREAD)
typedef mbedguard_thread *mbedguard_memory_visitor;

static inline mbedguard_memory_visitor mbedguard_memory_come_in(void)
{
    return mbedguard_thread_is_forking() ? mbedguard_thread_find() : NULL;
}

static inline void mbedguard_memory_go_out(mbedguard_memory_visitor self)
{
    if (self != NULL)
        mbedguard_thread_done(self);
}
#else
typedef int mbedguard_memory_visitor;

static inline mbedguard_memory_visitor mbedguard_memory_come_in(void)
{
    return 0;
}

static inline void mbedguard_memory_go_out(mbedguard_memory_visitor self)
{
    (void) self;
}
#endif

#endif /* MBEDGUARD_MODULES_MEMORY_LOCK_H */
