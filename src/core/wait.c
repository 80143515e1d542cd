/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Where threads wait for readers to leave. Guards own no condition variable, since objects are
 * dropped without being freed: a fixed set of them serves all.
 */
#include "core/process.h"

#if !defined(MBEDGUARD_THREADING_NONE)

mbedguard_bucket *mbedguard_bucket_of(const void *address)
{
    uintptr_t bits = (uintptr_t) address;

    return &mbedguard_process.park[(bits >> 4 ^ bits >> 11) % MBEDGUARD_PARK_BUCKETS];
}

int mbedguard_park(const void *address, mbedguard_backend_mutex *held)
{
    mbedguard_bucket *bucket = mbedguard_bucket_of(address);
    uint32_t seq;
    int cancel_state;
    int failed = 0;

    if (mbedguard_core_lock(&bucket->mutex) != 0)
        return MBEDGUARD_ERR_THREADING;
    /* A thread cancelled in here would leave its place in the queue taken. */
    cancel_state = mbedguard_thread_cancel_off();
    seq = bucket->seq;
    (void) mbedguard_thread_unlock(held);
    while (failed == 0 && bucket->seq == seq)
        failed = mbedguard_thread_cond_wait(&bucket->cond, &bucket->mutex.raw);
    mbedguard_core_unlock(&bucket->mutex);
    mbedguard_thread_cancel_restore(cancel_state);
    if (mbedguard_thread_lock_stubborn(held) != 0)
        return MBEDGUARD_PARK_LOST;
    return failed == 0 ? 0 : MBEDGUARD_ERR_THREADING;
}

void mbedguard_unpark(const void *address) MBEDGUARD_NO_ANALYSIS
{
    mbedguard_bucket *bucket = mbedguard_bucket_of(address);

    if (mbedguard_thread_lock_stubborn(&bucket->mutex.raw) != 0)
        return;
    bucket->seq++;
    (void) mbedguard_thread_cond_broadcast(&bucket->cond);
    mbedguard_core_unlock(&bucket->mutex);
}

#endif
