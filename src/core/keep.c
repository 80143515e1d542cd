/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Keeping and letting go: what a call-through says about pointers that Mbed TLS keeps. */
#include "core/keep.h"

#include <stdlib.h>

#include "core/lockcheck.h"

/* Chains of objects of one rank that keep each other are short; anything longer is an accident. */
#define CHAIN_MAX 64u

bool mbedguard_keep_lock(void) MBEDGUARD_NO_ANALYSIS
{
#if defined(MBEDGUARD_THREADING_NONE)
    return true;
#else
    return mbedguard_thread_lock_stubborn(&mbedguard_process.keep.raw) == 0;
#endif
}

void mbedguard_keep_unlock(void) MBEDGUARD_NO_ANALYSIS
{
    mbedguard_core_unlock(&mbedguard_process.keep);
}

/* Take an edge out; if kept has no reference left, put it on the list. */
static void cut_locked(mbedguard_edge *edge, mbedguard_counted **unreferenced)
    MBEDGUARD_REQUIRES(mbedguard_process.keep);

static void cut_locked(mbedguard_edge *edge, mbedguard_counted **unreferenced)
{
    mbedguard_edge_remove_locked(edge);
    if (edge->counted != NULL && --edge->counted->refs == 0) {
        edge->counted->next = *unreferenced;
        *unreferenced = edge->counted;
    }
    free(edge);
}

/* Cut what keeper keeps in a slot, but for one edge. */
static void cut_slot_locked(const mbedguard_guard *keeper, unsigned slot,
                            const mbedguard_edge *spared, mbedguard_counted **unreferenced)
    MBEDGUARD_REQUIRES(mbedguard_process.keep);

static void cut_slot_locked(const mbedguard_guard *keeper, unsigned slot,
                            const mbedguard_edge *spared, mbedguard_counted **unreferenced)
{
    mbedguard_edge *edge = mbedguard_edge_first_locked(keeper, MBEDGUARD_BY_KEEPER);

    while (edge != NULL) {
        mbedguard_edge *next = mbedguard_edge_next_locked(edge, MBEDGUARD_BY_KEEPER);

        if (edge != spared && edge->committed &&
            (slot == MBEDGUARD_SLOT_ALL || edge->slot == slot))
            cut_locked(edge, unreferenced);
        edge = next;
    }
}

/* Whether one can get from an object to another along edges within their rank. */
static bool leads_to_locked(const mbedguard_guard *from, const mbedguard_guard *to, unsigned depth)
    MBEDGUARD_REQUIRES(mbedguard_process.keep);

static bool leads_to_locked(const mbedguard_guard *from, const mbedguard_guard *to, unsigned depth)
{
    mbedguard_edge *edge;

    if (from == to || depth == CHAIN_MAX)
        return true;
    for (edge = mbedguard_edge_first_locked(from, MBEDGUARD_BY_KEEPER); edge != NULL;
         edge = mbedguard_edge_next_locked(edge, MBEDGUARD_BY_KEEPER)) {
        if (edge->keeper_rank == edge->kept_rank && leads_to_locked(edge->kept, to, depth + 1))
            return true;
    }
    return false;
}

static int insert_locked(mbedguard_edge *edge) MBEDGUARD_REQUIRES(mbedguard_process.keep);

static int insert_locked(mbedguard_edge *edge)
{
    mbedguard_counted *counted = mbedguard_counted_of(edge->kept);

    if (edge->keeper_rank == edge->kept_rank && leads_to_locked(edge->kept, edge->keeper, 0))
        return MBEDGUARD_ERR_CYCLE;
    if (counted != NULL) {
        int ret = mbedguard_counted_add_locked(counted);

        if (ret != 0)
            return ret;
    }
    edge->counted = counted;
    mbedguard_edge_insert_locked(edge);
    return 0;
}

static int insert(mbedguard_edge *edge)
{
    int ret;

    if (mbedguard_core_lock(&mbedguard_process.keep) != 0)
        return MBEDGUARD_ERR_THREADING;
    ret = insert_locked(edge);
    mbedguard_core_unlock(&mbedguard_process.keep);
    return ret;
}

#if defined(MBEDGUARD_THREADING_NONE)

static int add_edge(mbedguard_edge *edge, const char *where)
{
    (void) where;
    return insert(edge);
}

static int use_keeper(mbedguard_guard *keeper, unsigned rank)
{
    (void) keeper;
    (void) rank;
    return 0;
}

#else

static void take_back(mbedguard_edge *edge)
{
    mbedguard_counted *unreferenced = NULL;

    if (!mbedguard_keep_lock())
        return;
    mbedguard_edge_remove_locked(edge);
    if (edge->counted != NULL && --edge->counted->refs == 0)
        unreferenced = edge->counted;
    mbedguard_keep_unlock();
    if (unreferenced != NULL)
        unreferenced->next = NULL;
    mbedguard_life_bury(unreferenced);
}

/*
 * The object is held for a moment, so that whoever changes it now is let finish, and whoever comes
 * later finds the edge, and its keeper taken by this call.
 */
static int add_edge_as(mbedguard_thread *self, mbedguard_edge *edge, const char *where)
{
    bool with_guard = mbedguard_rank_is_kept(edge->kept_rank);
    unsigned how = edge->kept_rank | MBEDGUARD_SHARED | MBEDGUARD_IN_CALLBACK;
    int ret;

    if (with_guard) {
        ret = mbedguard_guard_acquire(self, edge->kept, how, where);
        if (ret != 0)
            return ret;
    }
    ret = insert(edge);
    if (with_guard)
        (void) mbedguard_guard_give(self, edge->kept, how);
    if (ret == 0 && edge->keeper_rank == edge->kept_rank) {
        ret = mbedguard_level_raise(self, edge, where);
        if (ret != 0)
            take_back(edge);
    }
    return ret;
}

static int add_edge(mbedguard_edge *edge, const char *where)
{
    mbedguard_thread *self = mbedguard_thread_here();
    int ret;

    if (self == NULL)
        return MBEDGUARD_ERR_ALLOC_FAILED;
    ret = mbedguard_start(self);
    if (ret == 0)
        ret = add_edge_as(self, edge, where);
    mbedguard_thread_done(self);
    return ret;
}

/* It may have been freed where it stands, while others go on keeping it. */
static int use_keeper(mbedguard_guard *keeper, unsigned rank)
{
    return mbedguard_level_find_again(keeper, rank);
}

#endif

int mbedguard_keep_begin(mbedguard_keep *keep, mbedguard_guard *keeper, unsigned keeper_rank,
                         mbedguard_guard *kept, unsigned kept_rank, unsigned slot, bool replace,
                         const char *where)
{
    mbedguard_edge *edge;
    int ret;

    keep->edge = NULL;
    keep->keeper = keeper;
    keep->slot = slot;
    keep->replace = replace;
    if (keeper == NULL || slot == MBEDGUARD_SLOT_ALL)
        return MBEDGUARD_ERR_BAD_INPUT;
    ret = use_keeper(keeper, keeper_rank);
    if (ret != 0 || kept == NULL)
        return ret;
    if (kept_rank < keeper_rank) {
        mbedguard_lockcheck_tell(MBEDGUARD_LOCKCHECK_ORDER, kept, where, keeper, where);
        return MBEDGUARD_ERR_ORDER;
    }
    edge = calloc(1, sizeof(*edge));
    if (edge == NULL)
        return MBEDGUARD_ERR_ALLOC_FAILED;
    edge->keeper = keeper;
    edge->kept = kept;
    edge->slot = slot;
    edge->keeper_rank = keeper_rank;
    edge->kept_rank = kept_rank;
    ret = add_edge(edge, where);
    if (ret == MBEDGUARD_ERR_CYCLE)
        mbedguard_lockcheck_tell(MBEDGUARD_LOCKCHECK_CYCLE, kept, where, keeper, where);
    if (ret != 0) {
        free(edge);
        return ret;
    }
    keep->edge = edge;
    return 0;
}

/* Whether an edge says what another one says already. */
static bool is_double_locked(const mbedguard_edge *edge)
    MBEDGUARD_REQUIRES(mbedguard_process.keep);

static bool is_double_locked(const mbedguard_edge *edge)
{
    const mbedguard_edge *other = mbedguard_edge_first_locked(edge->keeper, MBEDGUARD_BY_KEEPER);

    for (; other != NULL; other = mbedguard_edge_next_locked(other, MBEDGUARD_BY_KEEPER)) {
        if (other != edge && other->kept == edge->kept && other->slot == edge->slot)
            return true;
    }
    return false;
}

void mbedguard_keep_commit(mbedguard_keep *keep)
{
    mbedguard_counted *unreferenced = NULL;

    /* If the lock fails for good, what was kept stays kept: too much, but safe. */
    if (!mbedguard_keep_lock())
        return;
    if (keep->edge != NULL)
        keep->edge->committed = true;
    if (keep->replace)
        cut_slot_locked(keep->keeper, keep->slot, keep->edge, &unreferenced);
    else if (keep->edge != NULL && is_double_locked(keep->edge))
        cut_locked(keep->edge, &unreferenced);
    mbedguard_keep_unlock();
    keep->edge = NULL;
    mbedguard_life_bury(unreferenced);
}

void mbedguard_keep_abort(mbedguard_keep *keep)
{
    mbedguard_counted *unreferenced = NULL;

    if (keep->edge == NULL || !mbedguard_keep_lock())
        return;
    cut_locked(keep->edge, &unreferenced);
    mbedguard_keep_unlock();
    keep->edge = NULL;
    mbedguard_life_bury(unreferenced);
}

void mbedguard_keep_release(mbedguard_guard *keeper, unsigned slot)
{
    mbedguard_counted *unreferenced = NULL;

    if (!mbedguard_edge_any(keeper, MBEDGUARD_BY_KEEPER) || !mbedguard_keep_lock())
        return;
    cut_slot_locked(keeper, slot, NULL, &unreferenced);
    mbedguard_keep_unlock();
    mbedguard_life_bury(unreferenced);
}

void mbedguard_keep_note_gone(const mbedguard_guard *kept)
{
    mbedguard_edge *edge;

    if (!mbedguard_edge_any(kept, MBEDGUARD_BY_KEPT) || !mbedguard_keep_lock())
        return;
    for (edge = mbedguard_edge_first_locked(kept, MBEDGUARD_BY_KEPT); edge != NULL;
         edge = mbedguard_edge_next_locked(edge, MBEDGUARD_BY_KEPT))
        edge->gone = true;
    mbedguard_keep_unlock();
}
