/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The list of what a thread holds, and the order of guards. */
#include "core/hold.h"

#if !defined(MBEDGUARD_THREADING_NONE)

#include <stdlib.h>
#include <string.h>

#include "core/atomic.h"
#include "core/process.h"

#if defined(MBEDGUARD_HAVE_TLS)
_Thread_local mbedguard_thread mbedguard_thread_state;
#endif

mbedguard_key mbedguard_key_of(const mbedguard_guard *guard, unsigned rank)
{
    mbedguard_key key = {guard, mbedguard_load(&guard->level), rank};

    return key;
}

mbedguard_key mbedguard_key_of_hold(const mbedguard_hold *hold)
{
    return mbedguard_key_of(hold->guard, hold->rank);
}

int mbedguard_key_compare(mbedguard_key a, mbedguard_key b)
{
    if (a.rank != b.rank)
        return a.rank < b.rank ? -1 : 1;
    if (a.level != b.level)
        return a.level < b.level ? -1 : 1;
    if (a.guard != b.guard)
        return (uintptr_t) a.guard < (uintptr_t) b.guard ? -1 : 1;
    return 0;
}

mbedguard_hold *mbedguard_hold_find(mbedguard_thread *self, const mbedguard_guard *guard)
{
    uint32_t i;

    for (i = self->count; i > 0; i--) {
        if (self->holds[i - 1].guard == guard)
            return &self->holds[i - 1];
    }
    return NULL;
}

mbedguard_hold *mbedguard_hold_last(mbedguard_thread *self)
{
    mbedguard_hold *last = NULL;
    mbedguard_key last_key = {NULL, 0, 0};
    uint32_t i;

    for (i = 0; i < self->count; i++) {
        mbedguard_hold *hold = &self->holds[i];
        mbedguard_key key = mbedguard_key_of_hold(hold);

        if (last == NULL || mbedguard_key_compare(key, last_key) > 0) {
            last = hold;
            last_key = key;
        }
    }
    return last;
}

int mbedguard_hold_reserve(mbedguard_thread *self)
{
    mbedguard_hold *larger;
    uint32_t capacity;

    if (self->holds == NULL) {
        self->holds = self->inline_holds;
        self->capacity = MBEDGUARD_HOLDS_INLINE;
    }
    if (self->count < self->capacity)
        return 0;
    capacity = self->capacity * 2;
    larger = calloc(capacity, sizeof(*larger));
    if (larger == NULL)
        return MBEDGUARD_ERR_ALLOC_FAILED;
    memcpy(larger, self->holds, self->count * sizeof(*larger));
    if (self->holds != self->inline_holds)
        free(self->holds);
    self->holds = larger;
    self->capacity = capacity;
    return 0;
}

mbedguard_hold *mbedguard_hold_push(mbedguard_thread *self, mbedguard_guard *guard, unsigned rank,
                                    const char *where)
{
    mbedguard_hold *hold = &self->holds[self->count++];

    memset(hold, 0, sizeof(*hold));
    hold->guard = guard;
#if defined(MBEDGUARD_LOCKCHECK)
    hold->where = where;
#else
    (void) where;
#endif
    hold->rank = (uint8_t) rank;
    return hold;
}

void mbedguard_hold_drop(mbedguard_thread *self, mbedguard_hold *hold)
{
    self->count--;
    if (hold != &self->holds[self->count])
        *hold = self->holds[self->count];
    if (self->count == 0 && self->holds != self->inline_holds) {
        free(self->holds);
        self->holds = self->inline_holds;
        self->capacity = MBEDGUARD_HOLDS_INLINE;
    }
}

int mbedguard_link_add(mbedguard_thread *self, mbedguard_guard *keeper, mbedguard_guard *kept)
{
    mbedguard_hold *hold = mbedguard_hold_find(self, keeper);

    if (hold->links == MBEDGUARD_HOLD_COUNT_MAX)
        return MBEDGUARD_ERR_OVERFLOW;
    if (self->link_count == self->link_capacity) {
        uint32_t capacity = self->link_capacity == 0 ? 8 : self->link_capacity * 2;
        mbedguard_link *larger = calloc(capacity, sizeof(*larger));

        if (larger == NULL)
            return MBEDGUARD_ERR_ALLOC_FAILED;
        if (self->link_count != 0)
            memcpy(larger, self->links, self->link_count * sizeof(*larger));
        free(self->links);
        self->links = larger;
        self->link_capacity = capacity;
    }
    self->links[self->link_count].keeper = keeper;
    self->links[self->link_count].kept = kept;
    self->link_count++;
    hold->links++;
    return 0;
}

bool mbedguard_link_has(const mbedguard_thread *self, const mbedguard_guard *keeper,
                        const mbedguard_guard *kept)
{
    uint32_t i;

    for (i = 0; i < self->link_count; i++) {
        if (self->links[i].keeper == keeper && self->links[i].kept == kept)
            return true;
    }
    return false;
}

mbedguard_guard *mbedguard_link_take(mbedguard_thread *self, const mbedguard_guard *kept)
{
    uint32_t i;

    for (i = self->link_count; i > 0; i--) {
        if (self->links[i - 1].kept == kept) {
            mbedguard_guard *keeper = self->links[i - 1].keeper;
            mbedguard_hold *hold = mbedguard_hold_find(self, keeper);

            self->links[i - 1] = self->links[--self->link_count];
            if (self->link_count == 0) {
                free(self->links);
                self->links = NULL;
                self->link_capacity = 0;
            }
            if (hold != NULL)
                hold->links--;
            return keeper;
        }
    }
    return NULL;
}

mbedguard_thread *mbedguard_thread_open_list(mbedguard_thread *self)
{
    mbedguard_guard *quick = self->quick;

    self->users++;
    self->quick = NULL;
    if (quick != NULL && quick != MBEDGUARD_QUICK_OPEN)
        mbedguard_hold_push(self, quick, self->quick_rank, NULL)->calls = 1;
    return self;
}

void mbedguard_thread_close_list(mbedguard_thread *self)
{
    if (--self->users == 0 && self->started && self->count == 0 && self->dying_count == 0 &&
        self->morgue == NULL && self->fork != MBEDGUARD_FORK_PREPARED)
        self->quick = MBEDGUARD_QUICK_OPEN;
}

#if defined(MBEDGUARD_THREADING_PTHREAD)

mbedguard_thread *mbedguard_thread_find(void)
{
    mbedguard_thread *self = mbedguard_thread_open_list(&mbedguard_thread_state);

    if (self->fork == MBEDGUARD_FORK_PREPARED && self->users == 1)
        mbedguard_fork_let_go(self);
    return self;
}

mbedguard_thread *mbedguard_thread_here(void)
{
    return mbedguard_thread_find();
}

void mbedguard_thread_done(mbedguard_thread *self)
{
    if (self->fork == MBEDGUARD_FORK_PREPARED && self->users == 1)
        mbedguard_fork_take_back(self);
    mbedguard_thread_close_list(self);
}

#endif

#endif
