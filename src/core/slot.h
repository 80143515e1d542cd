/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * A small number for each thread, for what is divided among threads. Threads share numbers when there
 * are more of them than numbers, and where the backend does not tell when they end.
 */
#ifndef MBEDGUARD_CORE_SLOT_H
#define MBEDGUARD_CORE_SLOT_H

#include "core/hold.h"

#if defined(MBEDGUARD_THREADING_NONE)

#define MBEDGUARD_SLOTS 1u

static inline int mbedguard_slot_here(unsigned *slot)
{
    *slot = 0;
    return 0;
}
static inline void mbedguard_slot_at_end(void (*ended)(unsigned slot))
{
    (void) ended;
}

#else

#define MBEDGUARD_SLOTS 32u

/* The first time in a thread. */
int mbedguard_slot_take(unsigned *slot);

/* The calling thread's number, below MBEDGUARD_SLOTS: 0, or an error. */
static inline int mbedguard_slot_here(unsigned *slot)
{
#if defined(MBEDGUARD_THREADING_PTHREAD)
    const unsigned own = mbedguard_thread_state.slot;

    if (own != 0) {
        *slot = own - 1;
        return 0;
    }
#endif
    return mbedguard_slot_take(slot);
}

/*
 * Have a function called with the number of each thread that ends, on that thread, when it holds no
 * guard. There is one such function; a backend that does not know when threads end calls none.
 */
void mbedguard_slot_at_end(void (*ended)(unsigned slot));

/* The end of a thread. */
void mbedguard_slot_leave(mbedguard_thread *self);

#if defined(MBEDGUARD_THREADING_PTHREAD)
/* In a child of fork() there is one thread, and it keeps its number. process.claim is held. */
void mbedguard_slot_become_child(const mbedguard_thread *self);
#endif

#endif

#endif /* MBEDGUARD_CORE_SLOT_H */
