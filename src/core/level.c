/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The order within a rank: whoever keeps comes first, since its calls call what it keeps. A level is
 * only ever raised, and only by a thread that holds the guard: the place of a guard that is held, or
 * waited for from below, is never lost.
 */
#include "core/keep.h"

#if !defined(MBEDGUARD_THREADING_NONE)

/* For the moment of raising. */
static unsigned how_to_raise(unsigned rank)
{
    return rank | MBEDGUARD_USE | MBEDGUARD_IN_CALLBACK | MBEDGUARD_HOW_UNSEEN;
}

/* Something of the same rank that guard keeps and that does not lie above a level; or NULL. */
static mbedguard_guard *too_low(const mbedguard_guard *guard, uint32_t level)
{
    mbedguard_edge *edge;
    mbedguard_guard *found = NULL;

    if (!mbedguard_keep_lock())
        return NULL;
    edge = mbedguard_edge_first_locked(guard, MBEDGUARD_BY_KEEPER);
    for (; edge != NULL && found == NULL;
         edge = mbedguard_edge_next_locked(edge, MBEDGUARD_BY_KEEPER)) {
        if (edge->keeper_rank == edge->kept_rank && !edge->gone &&
            mbedguard_load(&edge->kept->level) <= level)
            found = edge->kept;
    }
    mbedguard_keep_unlock();
    return found;
}

/* guard is held exclusively. */
static int raise_held(mbedguard_thread *self, mbedguard_guard *guard, unsigned rank, uint32_t level,
                      const char *where)
{
    mbedguard_guard *kept;
    int ret = 0;

    if (mbedguard_load(&guard->level) >= level)
        return 0;
    while (ret == 0 && (kept = too_low(guard, level)) != NULL) {
        ret = mbedguard_guard_acquire(self, kept, how_to_raise(rank), where);
        if (ret == 0) {
            ret = raise_held(self, kept, rank, level + 1, where);
            (void) mbedguard_guard_give(self, kept, how_to_raise(rank));
        }
    }
    if (ret == 0)
        mbedguard_store(&guard->level, level);
    return ret;
}

/*
 * kept comes before keeper by address. Nothing has been done in this call yet: if all the thread has
 * of keeper is this call, it steps back and takes both in order.
 */
static int acquire_before(mbedguard_thread *self, mbedguard_guard *keeper, mbedguard_guard *kept,
                          unsigned rank, const char *where)
{
    mbedguard_hold *hold = mbedguard_hold_find(self, keeper);
    const char *since;
    int ret;

    if (hold == NULL || (hold->flags & MBEDGUARD_HOLD_SHARED) != 0 || hold->calls != 1 ||
        hold->locks != 0 || hold->links != 0)
        return mbedguard_guard_acquire(self, kept, how_to_raise(rank), where);
    since = mbedguard_hold_where(hold);
    ret = mbedguard_guard_release(self, hold);
    if (ret == 0)
        ret = mbedguard_guard_acquire(self, kept, how_to_raise(rank), where);
    if (ret != 0) {
        int again = mbedguard_guard_enter(self, keeper, rank, since);

        return again != 0 ? again : ret;
    }
    ret = mbedguard_guard_enter(self, keeper, rank, since);
    if (ret != 0)
        (void) mbedguard_guard_give(self, kept, how_to_raise(rank));
    return ret;
}

int mbedguard_level_raise(mbedguard_thread *self, mbedguard_guard *keeper, mbedguard_guard *kept,
                          unsigned rank, const char *where)
{
    uint32_t level = mbedguard_load(&keeper->level);
    mbedguard_key keeper_key = mbedguard_key_of(keeper, rank);
    int ret = mbedguard_guard_use(kept);

    if (ret != 0)
        return ret;
    mbedguard_guard_unuse(kept);
    if (mbedguard_load(&kept->level) > level)
        return 0;
    if (mbedguard_hold_find(self, kept) != NULL ||
        mbedguard_key_compare(mbedguard_key_of(kept, rank), keeper_key) > 0)
        ret = mbedguard_guard_acquire(self, kept, how_to_raise(rank), where);
    else
        ret = acquire_before(self, keeper, kept, rank, where);
    if (ret != 0)
        return ret;
    /* Both are held now; the keeper may have risen while it was not. */
    ret = raise_held(self, kept, rank, mbedguard_load(&keeper->level) + 1, where);
    (void) mbedguard_guard_give(self, kept, how_to_raise(rank));
    return ret;
}

uint32_t mbedguard_level_needed(const mbedguard_guard *guard)
{
    mbedguard_edge *edge;
    uint32_t level = 0;

    if (!mbedguard_edge_any(guard, MBEDGUARD_BY_KEPT) || !mbedguard_keep_lock())
        return 0;
    for (edge = mbedguard_edge_first_locked(guard, MBEDGUARD_BY_KEPT); edge != NULL;
         edge = mbedguard_edge_next_locked(edge, MBEDGUARD_BY_KEPT)) {
        if (edge->keeper_rank == edge->kept_rank) {
            edge->gone = false;
            if (mbedguard_load(&edge->keeper->level) >= level)
                level = mbedguard_load(&edge->keeper->level) + 1;
        }
    }
    mbedguard_keep_unlock();
    return level;
}

#endif
