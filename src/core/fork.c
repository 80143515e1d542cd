/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * fork(): the child has one thread, and whatever the others were doing is half done. The library's
 * own tables are whole, since their locks are held across the fork; guards are claimed one by one
 * as they are used (claim.c).
 */
#include <string.h>

#include "core/keep.h"

#if defined(MBEDGUARD_THREADING_PTHREAD)

void mbedguard_fork_prepare(void) MBEDGUARD_NO_ANALYSIS
{
    /* The start may itself run a program. */
    if (!mbedguard_thread_state.starting)
        (void) mbedguard_thread_lock(&mbedguard_process.start.raw);
    (void) mbedguard_thread_lock(&mbedguard_process.claim.raw);
    (void) mbedguard_thread_lock(&mbedguard_process.keep.raw);
}

void mbedguard_fork_parent(void) MBEDGUARD_NO_ANALYSIS
{
    (void) mbedguard_thread_unlock(&mbedguard_process.keep.raw);
    (void) mbedguard_thread_unlock(&mbedguard_process.claim.raw);
    if (!mbedguard_thread_state.starting)
        (void) mbedguard_thread_unlock(&mbedguard_process.start.raw);
}

/* What the one thread that is left holds stays its own; all others who were there are gone. */
static void claim_own(mbedguard_thread *self)
{
    uint32_t i;

    for (i = 0; i < self->count; i++) {
        const mbedguard_hold *hold = &self->holds[i];
        mbedguard_guard *guard = hold->guard;

        guard->waiting_exclusive = 0;
        guard->waiting_shared = 0;
        guard->readers = 0;
        if ((hold->flags & MBEDGUARD_HOLD_COUNTED) != 0) {
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

void mbedguard_fork_child(void) MBEDGUARD_NO_ANALYSIS
{
    static const pthread_mutex_t free_mutex = PTHREAD_MUTEX_INITIALIZER;
    static const pthread_cond_t nobody_waits = PTHREAD_COND_INITIALIZER;
    mbedguard_thread *self;
    unsigned i;

    mbedguard_process.generation++;
    for (i = 0; i < MBEDGUARD_PARK_BUCKETS; i++) {
        mbedguard_process.park[i].mutex.raw = free_mutex;
        mbedguard_process.park[i].cond = nobody_waits;
    }
    mbedguard_keeper_forget_pins();
    mbedguard_fork_parent();
    self = mbedguard_thread_find();
    claim_own(self);
    mbedguard_thread_done(self);
}

#endif
