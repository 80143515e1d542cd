/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The order within a rank: whoever keeps comes first, since its calls call what it keeps. A level
 * is only ever raised, and only by a thread that holds the guard: the place of a guard that is
 * held, or waited for from below, is never lost.
 */
#include "core/keep.h"

#if !defined(MBEDGUARD_THREADING_NONE)

/* Generators that are seeded from each other come in twos and threes. */
#define CHAIN_MAX 32u

/* What kept objects lead to within their rank, and the levels that they need. */
typedef struct chain {
    struct {
        mbedguard_guard *guard;
        uint32_t target;
    } nodes[CHAIN_MAX];
    size_t count;
    unsigned rank;
    bool too_long;
} chain;

static unsigned how_to_raise(unsigned rank)
{
    return rank | MBEDGUARD_USE | MBEDGUARD_IN_CALLBACK | MBEDGUARD_HOW_UNSEEN;
}

/* The level that kept needs to come after a keeper of some level. */
static uint32_t level_behind(const mbedguard_guard *keeper, uint32_t level,
                             const mbedguard_guard *kept)
{
    return (uintptr_t) kept > (uintptr_t) keeper ? level : level + 1;
}

static bool is_behind(const mbedguard_edge *edge, uint32_t keeper_level)
{
    return mbedguard_load(&edge->kept->level) >=
           level_behind(edge->keeper, keeper_level, edge->kept);
}

/* Whether an edge counts: one that is not placed yet will be, by the thread that is adding it. */
static bool leads_on(const mbedguard_edge *edge)
{
    return edge->keeper_rank == edge->kept_rank && edge->placed && !edge->gone;
}

/* Note that a guard needs a level; true if that is news. */
static bool chain_need(chain *c, mbedguard_guard *guard, uint32_t target)
{
    size_t i = 0;

    while (i < c->count && c->nodes[i].guard != guard)
        i++;
    if (i == CHAIN_MAX) {
        c->too_long = true;
        return false;
    }
    if (i == c->count) {
        c->nodes[c->count].guard = guard;
        c->nodes[c->count++].target = target;
        return true;
    }
    if (c->nodes[i].target >= target)
        return false;
    c->nodes[i].target = target;
    return true;
}

/*
 * The level that an object needs to come after those that kept it when it was freed where it
 * stands. Whoever raised them since did not dare to touch it; now it is in use again.
 */
static uint32_t level_lost_locked(const mbedguard_guard *kept, unsigned rank)
    MBEDGUARD_REQUIRES(mbedguard_process.keep);

static uint32_t level_lost_locked(const mbedguard_guard *kept, unsigned rank)
{
    const mbedguard_edge *edge = mbedguard_edge_first_locked(kept, MBEDGUARD_BY_KEPT);
    uint32_t level = 0;

    for (; edge != NULL; edge = mbedguard_edge_next_locked(edge, MBEDGUARD_BY_KEPT)) {
        if (edge->gone && edge->keeper_rank == rank && edge->kept_rank == rank) {
            uint32_t behind = level_behind(edge->keeper, mbedguard_load(&edge->keeper->level),
                                           kept);

            if (behind > level)
                level = behind;
        }
    }
    return level;
}

/* The object has that level: from now on it rises with its keepers again. */
static void found_again_locked(const mbedguard_guard *kept, unsigned rank)
    MBEDGUARD_REQUIRES(mbedguard_process.keep);

static void found_again_locked(const mbedguard_guard *kept, unsigned rank)
{
    mbedguard_edge *edge = mbedguard_edge_first_locked(kept, MBEDGUARD_BY_KEPT);

    for (; edge != NULL; edge = mbedguard_edge_next_locked(edge, MBEDGUARD_BY_KEPT)) {
        if (edge->gone && edge->keeper_rank == rank && edge->kept_rank == rank)
            edge->gone = false;
    }
}

static void plan_locked(chain *c, const mbedguard_edge *added)
    MBEDGUARD_REQUIRES(mbedguard_process.keep);

static void plan_locked(chain *c, const mbedguard_edge *added)
{
    bool news = true;

    (void) chain_need(c, added->kept, level_behind(added->keeper,
                                                   mbedguard_load(&added->keeper->level),
                                                   added->kept));
    (void) chain_need(c, added->kept, level_lost_locked(added->kept, c->rank));
    while (news && !c->too_long) {
        size_t i;

        news = false;
        for (i = 0; i < c->count; i++) {
            const mbedguard_edge *edge = mbedguard_edge_first_locked(c->nodes[i].guard,
                                                                     MBEDGUARD_BY_KEEPER);

            for (; edge != NULL; edge = mbedguard_edge_next_locked(edge, MBEDGUARD_BY_KEEPER)) {
                if (leads_on(edge) && chain_need(c, edge->kept,
                                                 level_behind(edge->keeper, c->nodes[i].target,
                                                              edge->kept)))
                    news = true;
            }
        }
    }
}

/* Whether a guard may rise to a level: all that it keeps has to be behind it even then. */
static bool may_rise_locked(const mbedguard_guard *guard, uint32_t level)
    MBEDGUARD_REQUIRES(mbedguard_process.keep);

static bool may_rise_locked(const mbedguard_guard *guard, uint32_t level)
{
    const mbedguard_edge *edge = mbedguard_edge_first_locked(guard, MBEDGUARD_BY_KEEPER);

    for (; edge != NULL; edge = mbedguard_edge_next_locked(edge, MBEDGUARD_BY_KEEPER)) {
        if (leads_on(edge) && !is_behind(edge, level))
            return false;
    }
    return true;
}

/* The next one to raise: the far end of the chain comes first. */
static bool choose_locked(const chain *c, size_t *chosen)
    MBEDGUARD_REQUIRES(mbedguard_process.keep);

static bool choose_locked(const chain *c, size_t *chosen)
{
    size_t i;

    for (i = 0; i < c->count; i++) {
        if (mbedguard_load(&c->nodes[i].guard->level) < c->nodes[i].target &&
            may_rise_locked(c->nodes[i].guard, c->nodes[i].target)) {
            *chosen = i;
            return true;
        }
    }
    return false;
}

/* Raise one guard, if what it keeps still allows; if not, the next plan knows. */
static int raise_one(mbedguard_thread *self, mbedguard_guard *guard, unsigned rank, uint32_t target,
                     const char *where)
{
    int ret = mbedguard_guard_acquire(self, guard, how_to_raise(rank), where);

    if (ret != 0)
        return ret;
    if (mbedguard_keep_lock()) {
        if (mbedguard_load(&guard->level) < target && may_rise_locked(guard, target))
            mbedguard_store(&guard->level, target);
        mbedguard_keep_unlock();
    } else {
        ret = MBEDGUARD_ERR_THREADING;
    }
    (void) mbedguard_guard_give(self, guard, how_to_raise(rank));
    return ret;
}

/*
 * One guard at a time: none is ever held in an order that is about to change. Ends when all is in
 * order as far as the plan can see.
 */
static int raise_chain(mbedguard_thread *self, const mbedguard_edge *added, const char *where)
{
    for (;;) {
        chain c = { .count = 0, .rank = added->kept_rank };
        size_t i = 0;
        bool any;
        int ret;

        if (!mbedguard_keep_lock())
            return MBEDGUARD_ERR_THREADING;
        plan_locked(&c, added);
        any = !c.too_long && choose_locked(&c, &i);
        mbedguard_keep_unlock();
        if (c.too_long)
            return MBEDGUARD_ERR_OVERFLOW;
        if (!any)
            return 0;
        ret = raise_one(self, c.nodes[i].guard, c.rank, c.nodes[i].target, where);
        if (ret != 0)
            return ret;
    }
}

/* With the keeper held: if the kept object is behind it, it will stay there. 1, 0 or an error. */
static int place(mbedguard_edge *added)
{
    bool behind;

    if (!mbedguard_keep_lock())
        return MBEDGUARD_ERR_THREADING;
    behind = is_behind(added, mbedguard_load(&added->keeper->level)) &&
             mbedguard_load(&added->kept->level) >=
                 level_lost_locked(added->kept, added->kept_rank);
    added->placed = behind;
    if (behind)
        found_again_locked(added->kept, added->kept_rank);
    mbedguard_keep_unlock();
    return behind;
}

/* Whether a call has done no more than take its keeper, and can take it again. */
static bool can_step_back(mbedguard_thread *self, const mbedguard_hold *hold)
{
    return hold != NULL && hold == mbedguard_hold_last(self) &&
           (hold->flags & MBEDGUARD_HOLD_SHARED) == 0 && hold->calls == 1 && hold->locks == 0 &&
           hold->links == 0;
}

int mbedguard_level_raise(mbedguard_thread *self, mbedguard_edge *edge, const char *where)
{
    int placed = mbedguard_guard_use(edge->kept);

    if (placed != 0)
        return placed;
    mbedguard_guard_unuse(edge->kept);
    while ((placed = place(edge)) == 0) {
        mbedguard_hold *hold = mbedguard_hold_find(self, edge->keeper);
        bool step_back = can_step_back(self, hold);
        const char *since = step_back ? mbedguard_hold_where(hold) : where;
        int again = 0;
        int ret = 0;

        /* The kept object may come before the keeper now, and nothing has been done yet. */
        if (step_back)
            ret = mbedguard_guard_release(self, hold);
        if (ret == 0)
            ret = raise_chain(self, edge, where);
        if (step_back)
            again = mbedguard_guard_enter(self, edge->keeper, edge->keeper_rank, since);
        if (again != 0 || ret != 0)
            return again != 0 ? again : ret;
    }
    return placed < 0 ? placed : 0;
}

int mbedguard_level_find_again(mbedguard_guard *guard, unsigned rank)
{
    uint32_t level;

    if (!mbedguard_edge_any(guard, MBEDGUARD_BY_KEPT))
        return 0;
    if (mbedguard_core_lock(&mbedguard_process.keep) != 0)
        return MBEDGUARD_ERR_THREADING;
    level = level_lost_locked(guard, rank);
    if (mbedguard_load(&guard->level) < level && may_rise_locked(guard, level))
        mbedguard_store(&guard->level, level);
    if (mbedguard_load(&guard->level) >= level)
        found_again_locked(guard, rank);
    mbedguard_keep_unlock();
    return 0;
}

uint32_t mbedguard_level_needed(const mbedguard_guard *guard)
{
    mbedguard_edge *edge;
    uint32_t level = 0;
    uint32_t needed;

    if (!mbedguard_edge_any(guard, MBEDGUARD_BY_KEPT) || !mbedguard_keep_lock())
        return 0;
    for (edge = mbedguard_edge_first_locked(guard, MBEDGUARD_BY_KEPT); edge != NULL;
         edge = mbedguard_edge_next_locked(edge, MBEDGUARD_BY_KEPT)) {
        if (edge->keeper_rank == edge->kept_rank) {
            edge->gone = false;
            needed = level_behind(edge->keeper, mbedguard_load(&edge->keeper->level), guard);
            if (needed > level)
                level = needed;
        }
    }
    mbedguard_keep_unlock();
    return level;
}

#endif
