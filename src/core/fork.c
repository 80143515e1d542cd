/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * fork(): the child has one thread, and whatever the others were doing is half done. The library's
 * own tables are whole, since their locks are held across the fork; guards are claimed one by one
 * as they are used (claim.c).
 *
 * Handlers of the program that were registered before the library's run between its own: in the
 * parent with those locks held, in the child before it knows that it is one. They may call the
 * library all the same. For the length of such a call the thread lets go of the locks, since the
 * call takes them, or waits for somebody who does; and the first such call in the child does what
 * the library's own handler had to do.
 */
#include <string.h>
#include <unistd.h>

#include "core/await.h"
#include "core/gate.h"
#include "core/keep.h"
#include "core/number.h"

#if defined(MBEDGUARD_THREADING_PTHREAD)

/* Raw calls of this thread that have not returned. */
static uint32_t calls_in_progress(const mbedguard_thread *self)
{
    uint32_t calls = 0;
    uint32_t i;

    for (i = 0; i < self->count; i++)
        calls += self->holds[i].calls;
    return calls;
}

static void lock_process(mbedguard_thread *self) MBEDGUARD_NO_ANALYSIS
{
    const mbedguard_fork_locks *locks;

    /* The start may itself run a program. */
    if (!self->starting)
        (void) mbedguard_thread_lock(&mbedguard_process.start.raw);
    (void) mbedguard_thread_lock(&mbedguard_process.claim.raw);
    (void) mbedguard_thread_lock(&mbedguard_process.keep.raw);
    self->gate_shut = mbedguard_gate_shut() == 0;
    for (locks = mbedguard_process.fork_locks; locks != NULL; locks = locks->next)
        locks->lock();
    self->fork_locked = true;
}

static void unlock_process(mbedguard_thread *self) MBEDGUARD_NO_ANALYSIS
{
    const mbedguard_fork_locks *locks;

    if (!self->fork_locked)
        return;
    self->fork_locked = false;
    for (locks = mbedguard_process.fork_locks; locks != NULL; locks = locks->next)
        locks->unlock();
    if (self->gate_shut)
        mbedguard_gate_open();
    (void) mbedguard_thread_unlock(&mbedguard_process.keep.raw);
    (void) mbedguard_thread_unlock(&mbedguard_process.claim.raw);
    if (!self->starting)
        (void) mbedguard_thread_unlock(&mbedguard_process.start.raw);
}

/* What the one thread that is left holds stays its own; all others who were there are gone. */
static void claim_own(mbedguard_thread *self)
{
    uint32_t i;

    for (i = 0; i < self->count; i++) {
        const mbedguard_hold *hold = &self->holds[i];
        mbedguard_guard *guard = hold->guard;
        bool counted = (hold->flags & MBEDGUARD_HOLD_COUNTED) != 0;

        if (mbedguard_guard_is_changed_by(guard, guard->readers - (counted ? 1u : 0u)))
            guard->state |= MBEDGUARD_STATE_BROKEN;
        guard->waiting_exclusive = 0;
        guard->waiting_shared = 0;
        guard->readers = 0;
        if (counted) {
            /* Another thread may have been in the middle of counting itself. */
            memset(&guard->mutex, 0, sizeof(guard->mutex));
            guard->users = 0;
            if ((mbedguard_process.slow & MBEDGUARD_SLOW_MAKE) != 0) {
                guard->generation = mbedguard_process.generation;
                (void) mbedguard_guard_use(guard);
            }
            guard->readers = 1;
        }
        mbedguard_store(&guard->generation, mbedguard_process.generation);
    }
}

static void become_child(mbedguard_thread *self) MBEDGUARD_NO_ANALYSIS
{
    static const pthread_mutex_t free_mutex = PTHREAD_MUTEX_INITIALIZER;
    static const pthread_cond_t nobody_waits = PTHREAD_COND_INITIALIZER;
    unsigned i;

    mbedguard_process.generation++;
    mbedguard_process.forker = mbedguard_thread_name();
    mbedguard_store(&mbedguard_process.pid, (uint32_t) getpid());
    for (i = 0; i < MBEDGUARD_PARK_BUCKETS; i++) {
        mbedguard_process.park[i].mutex.raw = free_mutex;
        mbedguard_process.park[i].cond = nobody_waits;
    }
    mbedguard_keeper_forget_pins();
    mbedguard_thread_number_become_child(self);
    unlock_process(self);
    claim_own(self);
    self->fork = MBEDGUARD_FORK_BORN;
}

static bool is_unknowing_child(const mbedguard_thread *self)
{
    return self->fork == MBEDGUARD_FORK_PREPARED &&
           mbedguard_load(&mbedguard_process.pid) != (uint32_t) getpid();
}

void mbedguard_fork_let_go(mbedguard_thread *self)
{
    if (is_unknowing_child(self))
        become_child(self);
    else
        unlock_process(self);
}

void mbedguard_fork_take_back(mbedguard_thread *self)
{
    if (!self->fork_locked && calls_in_progress(self) <= self->fork_calls)
        lock_process(self);
}

void mbedguard_fork_prepare(void)
{
    mbedguard_thread *self = mbedguard_thread_open_list(&mbedguard_thread_state);

    if (is_unknowing_child(self))
        become_child(self);
    if (self->fork == MBEDGUARD_FORK_PREPARED) {
        /* A handler forks. */
        self->fork_nested++;
        if (!self->fork_locked)
            lock_process(self);
    } else {
        lock_process(self);
        self->fork = MBEDGUARD_FORK_PREPARED;
        self->fork_calls = calls_in_progress(self);
        mbedguard_store(&mbedguard_process.pid, (uint32_t) getpid());
    }
    mbedguard_thread_close_list(self);
}

/* The end of a fork that a handler began: its own goes on. */
static void end_nested(mbedguard_thread *self)
{
    self->fork_nested--;
    self->fork = MBEDGUARD_FORK_PREPARED;
    if (calls_in_progress(self) > self->fork_calls)
        unlock_process(self);
    else if (!self->fork_locked)
        lock_process(self);
}

void mbedguard_fork_parent(void)
{
    mbedguard_thread *self = mbedguard_thread_open_list(&mbedguard_thread_state);

    if (self->fork == MBEDGUARD_FORK_PREPARED && self->fork_nested != 0) {
        end_nested(self);
    } else {
        unlock_process(self);
        self->fork = MBEDGUARD_FORK_NONE;
    }
    mbedguard_thread_close_list(self);
}

void mbedguard_fork_child(void)
{
    mbedguard_thread *self = mbedguard_thread_open_list(&mbedguard_thread_state);
    bool nested = self->fork_nested != 0;

    if (self->fork == MBEDGUARD_FORK_PREPARED)
        become_child(self);
    if (nested)
        end_nested(self);
    else
        self->fork = MBEDGUARD_FORK_NONE;
    mbedguard_thread_close_list(self);
}

#endif

#if !defined(MBEDGUARD_THREADING_NONE)

int mbedguard_fork_watch(mbedguard_fork_locks *locks)
{
    if (mbedguard_core_lock(&mbedguard_process.claim) != 0)
        return MBEDGUARD_ERR_THREADING;
    locks->next = mbedguard_process.fork_locks;
    mbedguard_process.fork_locks = locks;
    mbedguard_core_unlock(&mbedguard_process.claim);
    return 0;
}

#endif
