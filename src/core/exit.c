/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * A thread ends with guards held: by pthread_exit() in a callback, by cancellation under an
 * explicit lock. Nobody may wait for it for ever, and nobody may take what it left for whole.
 */
#include <stdlib.h>

#include "core/guard_state.h"
#include "core/life.h"
#include "core/lockcheck.h"
#include "core/number.h"

#if defined(MBEDGUARD_THREADING_PTHREAD)

void mbedguard_exit_thread(mbedguard_thread *self)
{
    (void) mbedguard_thread_open_list(self);
    self->watched = false;
    while (self->count != 0) {
        mbedguard_hold hold = self->holds[self->count - 1];
        const char *where = mbedguard_hold_where(&hold);

        mbedguard_lockcheck_tell(MBEDGUARD_LOCKCHECK_THREAD_EXIT, hold.guard, where, hold.guard,
                                 where);
        mbedguard_hold_drop(self, &self->holds[self->count - 1]);
        /* The frames of this thread are gone, and this function may stand where the guard was. */
        if (!mbedguard_thread_on_stack(hold.guard))
            mbedguard_guard_abandon(&hold);
    }
    self->locks = 0;
    self->calls_out = 0;
    self->link_count = 0;
    free(self->links);
    self->links = NULL;
    self->link_capacity = 0;
    /* What a callback asked to be freed is broken now. */
    self->dying_count = 0;
    mbedguard_life_settle(self);
    mbedguard_thread_done(self);
    mbedguard_thread_number_leave(self);
}

#endif
