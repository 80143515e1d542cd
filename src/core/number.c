/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Which thread has which number. */
#include "core/number.h"

#if !defined(MBEDGUARD_THREADING_NONE)

#include <errno.h>

#include "core/atomic.h"

static mbedguard_thread_ended *told;

void mbedguard_thread_number_at_end(mbedguard_thread_ended *ended)
{
    MBEDGUARD_ATOMIC_STORE(mbedguard_thread_ended *, &told, ended);
}

#if defined(MBEDGUARD_HAVE_TLS)

/* How many threads have each number; atomic, since a lock could be held for a fork, or by the asker. */
static uint32_t threads[MBEDGUARD_THREAD_NUMBERS];

/* The number that the fewest have, the lowest of these. */
static uint32_t take_least_used(void)
{
    for (;;) {
        uint32_t fewest = mbedguard_load(&threads[0]);
        uint32_t least = 0;
        uint32_t i;

        for (i = 1; i < MBEDGUARD_THREAD_NUMBERS && fewest != 0; i++) {
            const uint32_t count = mbedguard_load(&threads[i]);

            if (count < fewest) {
                fewest = count;
                least = i;
            }
        }
        if (mbedguard_replace(&threads[least], fewest, fewest + 1))
            return least;
    }
}

uint32_t mbedguard_thread_number_take(void)
{
    mbedguard_thread *const self = &mbedguard_thread_state;

    self->number = take_least_used() + 1;
#if defined(MBEDGUARD_THREADING_PTHREAD)
    /* Whoever is not watched has the number for ever: others have their choice of the rest. */
    if (!self->watched) {
        const int saved_errno = errno;

        self->watched = mbedguard_thread_watch_exit(self) == 0;
        errno = saved_errno;
    }
#endif
    return self->number - 1;
}

#else

/* To find what the backend knows of a thread costs more than threads that meet: its name has to do. */
uint32_t mbedguard_thread_number_take(void)
{
    const uintptr_t name = mbedguard_thread_name();

    return (uint32_t) ((name >> 12 ^ name >> 6 ^ name) % MBEDGUARD_THREAD_NUMBERS);
}

#endif

#if defined(MBEDGUARD_THREADING_PTHREAD)

void mbedguard_thread_number_leave(mbedguard_thread *self)
{
    mbedguard_thread_ended *const ended = MBEDGUARD_ATOMIC_LOAD(mbedguard_thread_ended *, &told);
    uint32_t *count;
    uint32_t have;

    if (self->number == 0)
        return;
    count = &threads[self->number - 1];
    if (ended != NULL)
        ended(self->number - 1);
    self->number = 0;
    /* A child that began this thread before it knew itself for one has forgotten it since. */
    do {
        have = mbedguard_load(count);
    } while (have != 0 && !mbedguard_replace(count, have, have - 1));
}

void mbedguard_thread_number_become_child(const mbedguard_thread *self)
{
    uint32_t i;

    for (i = 0; i < MBEDGUARD_THREAD_NUMBERS; i++)
        mbedguard_store(&threads[i], self->number == i + 1 ? 1 : 0);
}

#endif

#endif
