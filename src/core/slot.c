/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Which thread has which small number. */
#include "core/slot.h"

#if !defined(MBEDGUARD_THREADING_NONE)

#include <string.h>

#include "core/atomic.h"
#include "core/await.h"
#include "core/process.h"

static void (*told)(unsigned slot);

void mbedguard_slot_at_end(void (*ended)(unsigned slot))
{
    (void) __atomic_exchange_n(&told, ended, __ATOMIC_ACQ_REL);
}

#if defined(MBEDGUARD_THREADING_PTHREAD)

/* How many threads have each number. Protected by process.claim. */
static uint32_t threads[MBEDGUARD_SLOTS];

void mbedguard_slot_become_child(const mbedguard_thread *self)
{
    memset(threads, 0, sizeof(threads));
    if (self->slot != 0)
        threads[self->slot - 1] = 1;
}

static int take_of(mbedguard_thread *self)
{
    unsigned least = 0;
    unsigned i;

    if (mbedguard_core_lock(&mbedguard_process.claim) != 0)
        return MBEDGUARD_ERR_THREADING;
    for (i = 1; i < MBEDGUARD_SLOTS; i++) {
        if (threads[i] < threads[least])
            least = i;
    }
    threads[least]++;
    mbedguard_core_unlock(&mbedguard_process.claim);
    self->slot = least + 1;
    return 0;
}

int mbedguard_slot_take(unsigned *slot)
{
    mbedguard_thread *self;
    int ret = mbedguard_thread_watched();

    if (ret != 0)
        return ret;
    /* A thread that forks lets go of the core's locks between these. */
    self = mbedguard_thread_here();
    ret = take_of(self);
    *slot = self->slot - 1;
    mbedguard_thread_done(self);
    return ret;
}

void mbedguard_slot_leave(mbedguard_thread *self)
{
    void (*ended)(unsigned slot) = __atomic_load_n(&told, __ATOMIC_ACQUIRE);
    unsigned slot;

    if (self->slot == 0)
        return;
    slot = self->slot - 1;
    if (ended != NULL)
        ended(slot);
    self->slot = 0;
    (void) mbedguard_thread_here();
    if (mbedguard_core_lock(&mbedguard_process.claim) == 0) {
        threads[slot]--;
        mbedguard_core_unlock(&mbedguard_process.claim);
    }
    mbedguard_thread_done(self);
}

#else

/* Nobody tells when a thread ends: its number comes from its name. */
int mbedguard_slot_take(unsigned *slot)
{
    uintptr_t name = mbedguard_thread_name();

    *slot = (unsigned) ((name >> 12 ^ name >> 6 ^ name) % MBEDGUARD_SLOTS);
    return 0;
}

void mbedguard_slot_leave(mbedguard_thread *self)
{
    (void) self;
}

#endif

#endif
