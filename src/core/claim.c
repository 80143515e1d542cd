/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Guards that are not what they were: moved, inherited through fork(), or with a mutex that has
 * still to be made.
 */
#include <string.h>

#include "core/guard_state.h"

#if !defined(MBEDGUARD_THREADING_NONE)

/* Of mbedguard_guard.users; the other bits count. */
#define MUTEX_MADE 0x80000000u

void mbedguard_guard_make(mbedguard_guard *guard, bool counted)
{
    memset(guard, 0, sizeof(*guard));
    guard->generation = mbedguard_process.generation;
    guard->counted = counted;
    guard->magic = MBEDGUARD_MAGIC;
    guard->self = guard;
}

void mbedguard_view_init(mbedguard_guard *guard)
{
    mbedguard_guard_make(guard, false);
    guard->level = UINT32_MAX;
}

static void reset_locked(mbedguard_guard *guard, uint32_t state)
{
    memset(&guard->mutex, 0, sizeof(guard->mutex));
    guard->users = 0;
    guard->readers = 0;
    guard->waiting_exclusive = 0;
    guard->waiting_shared = 0;
    guard->state = state;
    mbedguard_store(&guard->generation, mbedguard_process.generation);
}

/* Another thread may have been here first. */
static int mend_locked(mbedguard_guard *guard)
{
    const mbedguard_guard *self = MBEDGUARD_ATOMIC_LOAD(mbedguard_guard *, &guard->self);

    if (mbedguard_guard_is_usable(guard))
        return 0;
    if (guard->magic != MBEDGUARD_MAGIC && (guard->magic != 0 || self != NULL))
        return MBEDGUARD_ERR_NOT_INITIALIZED;
    if (guard->magic == MBEDGUARD_MAGIC && self != guard) {
        /* Copied by value, maybe while in use: the copy is a new object that nobody holds. */
        mbedguard_store(&guard->counted, 0);
        mbedguard_store(&guard->level, 0);
        reset_locked(guard, 0);
        MBEDGUARD_ATOMIC_STORE(mbedguard_guard *, &guard->self, guard);
        return 0;
    }
    /*
     * First touched since a fork. What this thread held itself was claimed by the handler; so if it
     * is held, then by a thread that is no more.
     */
    reset_locked(guard, (guard->state & (MBEDGUARD_STATE_HELD | MBEDGUARD_STATE_BROKEN)) != 0 ||
                                mbedguard_guard_is_changed_by(guard, guard->readers)
                            ? MBEDGUARD_STATE_BROKEN
                            : 0);
    return 0;
}

static int mend(mbedguard_guard *guard)
{
    int ret;

    if (mbedguard_core_lock(&mbedguard_process.claim) != 0)
        return MBEDGUARD_ERR_THREADING;
    ret = mend_locked(guard);
    mbedguard_core_unlock(&mbedguard_process.claim);
    return ret;
}

static int make_mutex(mbedguard_guard *guard)
{
    int ret = 0;

    if (mbedguard_core_lock(&mbedguard_process.claim) != 0)
        return MBEDGUARD_ERR_THREADING;
    if ((mbedguard_load(&guard->users) & MUTEX_MADE) == 0) {
        memset(&guard->mutex, 0, sizeof(guard->mutex));
        if (mbedguard_thread_make(&guard->mutex) != 0)
            ret = MBEDGUARD_ERR_THREADING;
        else
            (void) MBEDGUARD_ATOMIC_OR(uint32_t, &guard->users, MUTEX_MADE);
    }
    mbedguard_core_unlock(&mbedguard_process.claim);
    return ret;
}

int mbedguard_guard_use(mbedguard_guard *guard)
{
    int ret;

    if (!mbedguard_guard_is_usable(guard)) {
        ret = mend(guard);
        if (ret != 0)
            return ret;
    }
    if ((mbedguard_process.slow & MBEDGUARD_SLOW_MAKE) == 0)
        return 0;
    /* Counted first: a mutex that is made and has a user is not unmade. */
    if ((MBEDGUARD_ATOMIC_ADD(uint32_t, &guard->users, 1u) & MUTEX_MADE) != 0)
        return 0;
    ret = make_mutex(guard);
    if (ret != 0)
        mbedguard_count_down(&guard->users);
    return ret;
}

void mbedguard_guard_unuse(mbedguard_guard *guard)
{
    if ((mbedguard_process.slow & MBEDGUARD_SLOW_MAKE) != 0)
        mbedguard_count_down(&guard->users);
}

/* The mutex is held, by its only user. */
static bool forget_mutex(mbedguard_guard *guard)
{
    bool forgotten;

    if (mbedguard_core_lock(&mbedguard_process.claim) != 0)
        return false;
    forgotten = mbedguard_replace(&guard->users, MUTEX_MADE | 1u, 0);
    if (forgotten) {
        (void) mbedguard_thread_unlock(&guard->mutex);
        mbedguard_thread_unmake(&guard->mutex);
    }
    mbedguard_core_unlock(&mbedguard_process.claim);
    return forgotten;
}

void mbedguard_guard_unmake(mbedguard_guard *guard)
{
    if ((mbedguard_process.slow & MBEDGUARD_SLOW_MAKE) == 0 || !mbedguard_guard_is_usable(guard))
        return;
    if (!mbedguard_replace(&guard->users, MUTEX_MADE, MUTEX_MADE | 1u))
        return;
    /* The last one to leave is no user any more before it unlocks the mutex: let it do that. */
    if (mbedguard_thread_lock(&guard->mutex) != 0) {
        mbedguard_guard_unuse(guard);
        return;
    }
    if (!forget_mutex(guard)) {
        mbedguard_guard_unuse(guard);
        (void) mbedguard_thread_unlock(&guard->mutex);
    }
}

bool mbedguard_is_at_home(const mbedguard_guard *guard)
{
    return mbedguard_guard_is_usable(guard);
}

bool mbedguard_is_broken(const mbedguard_guard *guard)
{
    return (guard->state & MBEDGUARD_STATE_BROKEN) != 0;
}

void mbedguard_make_whole(mbedguard_guard *guard)
{
    guard->state &= ~MBEDGUARD_STATE_BROKEN;
}

#endif
