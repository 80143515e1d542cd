/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Waiting with no guard held, with and without a deadline. */
#include "core/await.h"

#include <time.h>

#include "core/guard_state.h"

static uint64_t now_ms(void)
{
    struct timespec now;

    if (clock_gettime(CLOCK_MONOTONIC, &now) != 0)
        return 0;
    return (uint64_t) now.tv_sec * 1000u + (uint64_t) now.tv_nsec / 1000000u;
}

mbedguard_deadline mbedguard_deadline_after(uint32_t milliseconds)
{
    mbedguard_deadline deadline = { milliseconds != 0, 0 };

    if (deadline.set)
        deadline.at = now_ms() + milliseconds;
    return deadline;
}

uint32_t mbedguard_deadline_left(const mbedguard_deadline *deadline)
{
    uint64_t now;

    if (!deadline->set)
        return UINT32_MAX;
    now = now_ms();
    if (now >= deadline->at)
        return 0;
    return deadline->at - now < UINT32_MAX ? (uint32_t) (deadline->at - now) : UINT32_MAX;
}

#if !defined(MBEDGUARD_THREADING_NONE)

int mbedguard_await_ticket(const void *address, uint32_t *ticket)
{
    mbedguard_bucket *bucket = mbedguard_bucket_of(address);

    if (!mbedguard_thread_can_wait())
        return MBEDGUARD_ERR_UNSUPPORTED;
    if (mbedguard_core_lock(&bucket->mutex) != 0)
        return MBEDGUARD_ERR_THREADING;
    *ticket = bucket->seq;
    mbedguard_core_unlock(&bucket->mutex);
    return 0;
}

int mbedguard_await(const void *address, uint32_t ticket, const mbedguard_deadline *deadline)
{
    mbedguard_bucket *bucket = mbedguard_bucket_of(address);
    int cancel_state;
    int ret = 0;

    if (mbedguard_core_lock(&bucket->mutex) != 0)
        return MBEDGUARD_ERR_THREADING;
    cancel_state = mbedguard_thread_cancel_off();
    while (ret == 0 && bucket->seq == ticket) {
        uint32_t left = mbedguard_deadline_left(deadline);

        if (left == 0)
            ret = MBEDGUARD_AWAIT_PASSED;
        else if (!deadline->set)
            ret = mbedguard_thread_cond_wait(&bucket->cond, &bucket->mutex.raw) == 0
                      ? 0
                      : MBEDGUARD_ERR_THREADING;
        else
            ret = mbedguard_thread_cond_wait_ms(&bucket->cond, &bucket->mutex.raw, left);
    }
    mbedguard_core_unlock(&bucket->mutex);
    mbedguard_thread_cancel_restore(cancel_state);
    return ret;
}

void mbedguard_await_wake(const void *address)
{
    if (mbedguard_thread_can_wait())
        mbedguard_unpark(address);
}

bool mbedguard_holds_any(void)
{
    mbedguard_thread *self;
    bool any;

    if (mbedguard_thread_holds_nothing())
        return false;
    self = mbedguard_thread_find();
    any = self != NULL && self->count != 0;
    mbedguard_thread_done(self);
    return any;
}

int mbedguard_thread_watched(void)
{
    mbedguard_thread *self;
    int ret;

#if defined(MBEDGUARD_THREADING_PTHREAD)
    if (mbedguard_thread_state.watched)
        return 0;
#endif
    self = mbedguard_thread_here();
    if (self == NULL)
        return MBEDGUARD_ERR_ALLOC_FAILED;
    /* Of all that it begins for a lock, this is what lasts. */
    ret = mbedguard_call_begin(self, MBEDGUARD_HOW_EXPLICIT, NULL);
    mbedguard_thread_done(self);
    return ret;
}

uint32_t mbedguard_fork_count(void)
{
    return mbedguard_process.generation;
}

bool mbedguard_fork_was_by(uintptr_t thread)
{
    return thread != 0 && thread == mbedguard_process.forker;
}

#endif
