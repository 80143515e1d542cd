/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * What the core asks of a threading backend: thread_pthread.c, thread_alt.c or thread_none.c.
 * The functions of the pthread backend that every call runs are inline.
 */
#ifndef MBEDGUARD_CORE_THREAD_H
#define MBEDGUARD_CORE_THREAD_H

#include <stdbool.h>

#include <mbedguard/threading.h>

#include "core/annotate.h"

/* A mutex of the core's own, so that clang can follow it; guards use the bare backend type. */
typedef struct MBEDGUARD_CAPABILITY("mutex") mbedguard_mutex {
#if defined(MBEDGUARD_THREADING_NONE)
    unsigned char unused; /* C has no empty struct */
#else
    mbedguard_backend_mutex raw;
#endif
} mbedguard_mutex;

#if defined(MBEDGUARD_THREADING_PTHREAD)

#if defined(__GNUC__) && !defined(__clang__) && !defined(MBEDGUARD_PLAIN_C11)
/* Every call runs these two: spare them the detour through the procedure linkage table. */
extern int pthread_mutex_lock(pthread_mutex_t *mutex) __attribute__((noplt));
extern int pthread_mutex_unlock(pthread_mutex_t *mutex) __attribute__((noplt));
#endif

typedef pthread_cond_t mbedguard_cond;
#define MBEDGUARD_MUTEX_INITIALIZER { PTHREAD_MUTEX_INITIALIZER }

static inline int mbedguard_thread_lock(mbedguard_backend_mutex *mutex)
{
    return pthread_mutex_lock(mutex);
}
static inline int mbedguard_thread_unlock(mbedguard_backend_mutex *mutex)
{
    return pthread_mutex_unlock(mutex);
}
/*
 * The same where who is inside is expected to leave at once, as readers are who count themselves: to
 * sleep and be woken takes longer than they stay.
 */
static inline int mbedguard_thread_lock_brief(mbedguard_backend_mutex *mutex)
{
    unsigned i;

    for (i = 0; i < 40; i++) {
        if (pthread_mutex_trylock(mutex) == 0)
            return 0;
    }
    return pthread_mutex_lock(mutex);
}
/* Shared locks are counted under the mutex. */
static inline bool mbedguard_thread_native_shared(void)
{
    return false;
}
static inline int mbedguard_thread_lock_shared(mbedguard_backend_mutex *mutex)
{
    return pthread_mutex_lock(mutex);
}
static inline int mbedguard_thread_unlock_shared(mbedguard_backend_mutex *mutex)
{
    return pthread_mutex_unlock(mutex);
}
static inline bool mbedguard_thread_can_wait(void)
{
    return true;
}
static inline bool mbedguard_thread_can_try(void)
{
    return true;
}

#elif defined(MBEDGUARD_THREADING_ALT)

typedef mbedguard_threading_cond_t mbedguard_cond;
#define MBEDGUARD_MUTEX_INITIALIZER { { { { 0 } }, 0 } }

int mbedguard_thread_lock(mbedguard_backend_mutex *mutex);
static inline int mbedguard_thread_lock_brief(mbedguard_backend_mutex *mutex)
{
    return mbedguard_thread_lock(mutex);
}
int mbedguard_thread_unlock(mbedguard_backend_mutex *mutex);
bool mbedguard_thread_native_shared(void);
int mbedguard_thread_lock_shared(mbedguard_backend_mutex *mutex);
int mbedguard_thread_unlock_shared(mbedguard_backend_mutex *mutex);
bool mbedguard_thread_can_wait(void);
bool mbedguard_thread_can_try(void);
#else

#define MBEDGUARD_MUTEX_INITIALIZER { 0 }

#endif

#if defined(MBEDGUARD_THREADING_NONE)

static inline int mbedguard_core_lock(mbedguard_mutex *mutex) MBEDGUARD_TRY_ACQUIRE(0, mutex)
    MBEDGUARD_NO_ANALYSIS
{
    (void) mutex;
    return 0;
}
static inline void mbedguard_core_unlock(mbedguard_mutex *mutex) MBEDGUARD_RELEASE(mutex)
    MBEDGUARD_NO_ANALYSIS
{
    (void) mutex;
}

#else

/* Where zeroed storage is no mutex yet, it is made on first use: see claim.c. */
int mbedguard_thread_make(mbedguard_backend_mutex *mutex);
void mbedguard_thread_unmake(mbedguard_backend_mutex *mutex);

/* 0 locked, 1 another thread has it, any other value failed. */
int mbedguard_thread_trylock(mbedguard_backend_mutex *mutex);
int mbedguard_thread_cond_wait(mbedguard_cond *cond, mbedguard_backend_mutex *mutex);
int mbedguard_thread_cond_broadcast(mbedguard_cond *cond);
/*
 * The same for at most so many milliseconds, however it ends: 0, MBEDGUARD_ERR_UNSUPPORTED where the
 * backend has no such thing, or MBEDGUARD_ERR_THREADING.
 */
int mbedguard_thread_cond_wait_ms(mbedguard_cond *cond, mbedguard_backend_mutex *mutex,
                                  uint32_t milliseconds);

/*
 * Lock where failure has no way out: on leaving, and after a wait. Tries again, since a backend
 * that fails now may not fail next time; gives up in the end rather than hang.
 */
int mbedguard_thread_lock_stubborn(mbedguard_backend_mutex *mutex);

static inline int mbedguard_core_lock(mbedguard_mutex *mutex) MBEDGUARD_TRY_ACQUIRE(0, mutex)
    MBEDGUARD_NO_ANALYSIS
{
    return mbedguard_thread_lock(&mutex->raw) == 0 ? 0 : MBEDGUARD_ERR_THREADING;
}
static inline void mbedguard_core_unlock(mbedguard_mutex *mutex) MBEDGUARD_RELEASE(mutex)
    MBEDGUARD_NO_ANALYSIS
{
    (void) mbedguard_thread_unlock(&mutex->raw);
}

/* Once per process, before the first guard is taken, under the start mutex; 0 or an error. */
int mbedguard_thread_start(void);

/* Cancellation off and on again; where there is no cancellation, nothing. */
int mbedguard_thread_cancel_off(void);
void mbedguard_thread_cancel_restore(int state);

/*
 * Have mbedguard_exit_thread(thread) called when the calling thread ends; 0 or an error. Backends
 * that learn nothing of the end of threads return 0.
 */
int mbedguard_thread_watch_exit(void *thread);

/* Whether address lies on the stack of the calling thread, as far as the platform tells. */
bool mbedguard_thread_on_stack(const void *address);

#endif

#endif /* MBEDGUARD_CORE_THREAD_H */
