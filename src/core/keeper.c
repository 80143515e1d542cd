/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Finding the keepers of an object for whoever wants to change it. Between finding a keeper in the
 * table and holding its guard, its owner may free it: a pin keeps the storage until then.
 */
#include "core/keep.h"

#if !defined(MBEDGUARD_THREADING_NONE)

/* Protected by process.keep. */
static mbedguard_keeper *pins;
static uint32_t pins_waited_for;

/* Look at one edge of a kept object: is it the better candidate? */
static void consider_locked(const mbedguard_thread *self, const mbedguard_edge *edge,
                            mbedguard_keeper_range range, mbedguard_keeper *best)
    MBEDGUARD_REQUIRES(mbedguard_process.keep);

static void consider_locked(const mbedguard_thread *self, const mbedguard_edge *edge,
                            mbedguard_keeper_range range, mbedguard_keeper *best)
{
    mbedguard_key key = mbedguard_key_of(edge->keeper, edge->keeper_rank);

    if ((range.after != NULL && mbedguard_key_compare(key, *range.after) <= 0) ||
        (range.limit != NULL && mbedguard_key_compare(key, *range.limit) > 0) ||
        (best->keeper != NULL && mbedguard_key_compare(key, best->key) >= 0))
        return;
    /* Those not after the last one taken are not looked up; of the others none is held for long. */
    if (mbedguard_link_has(self, edge->keeper, edge->kept))
        return;
    best->key = key;
    best->keeper = edge->keeper;
    best->kept = edge->kept;
}

static void search_locked(mbedguard_thread *self, const mbedguard_want *set, size_t count,
                          mbedguard_keeper_range range, mbedguard_keeper *best)
    MBEDGUARD_REQUIRES(mbedguard_process.keep);

static void search_locked(mbedguard_thread *self, const mbedguard_want *set, size_t count,
                          mbedguard_keeper_range range, mbedguard_keeper *best)
{
    const mbedguard_edge *edge;
    size_t i;

    for (i = 0; i < count; i++) {
        if (!mbedguard_how_wants_keepers(set[i].how))
            continue;
        for (edge = mbedguard_edge_first_locked(set[i].guard, MBEDGUARD_BY_KEPT); edge != NULL;
             edge = mbedguard_edge_next_locked(edge, MBEDGUARD_BY_KEPT))
            consider_locked(self, edge, range, best);
    }
    best->held = best->keeper != NULL && mbedguard_hold_find(self, best->keeper) != NULL;
}

int mbedguard_keeper_find(mbedguard_thread *self, const mbedguard_want *set, size_t count,
                          mbedguard_keeper_range range, mbedguard_keeper *found)
{
    bool any = false;
    size_t i;

    for (i = 0; i < count; i++)
        any = any || (mbedguard_how_wants_keepers(set[i].how) &&
                      mbedguard_keep_has_keepers(set[i].guard));
    if (!any)
        return 0;
    found->keeper = NULL;
    if (mbedguard_core_lock(&mbedguard_process.keep) != 0)
        return MBEDGUARD_ERR_THREADING;
    search_locked(self, set, count, range, found);
    if (found->keeper != NULL && !found->held) {
        found->next = pins;
        pins = found;
    }
    mbedguard_core_unlock(&mbedguard_process.keep);
    return found->keeper != NULL;
}

static void unpin_locked(mbedguard_keeper *keeper) MBEDGUARD_REQUIRES(mbedguard_process.keep);

static void unpin_locked(mbedguard_keeper *keeper)
{
    mbedguard_keeper **link = &pins;

    while (*link != keeper)
        link = &(*link)->next;
    *link = keeper->next;
    if (pins_waited_for != 0 && mbedguard_thread_can_wait())
        mbedguard_unpark(&pins);
}

bool mbedguard_keeper_confirm(mbedguard_keeper *keeper)
{
    const mbedguard_edge *edge;

    if (!mbedguard_keep_lock())
        return false;
    edge = mbedguard_edge_first_locked(keeper->kept, MBEDGUARD_BY_KEPT);
    while (edge != NULL && edge->keeper != keeper->keeper)
        edge = mbedguard_edge_next_locked(edge, MBEDGUARD_BY_KEPT);
    if (edge != NULL)
        unpin_locked(keeper);
    mbedguard_keep_unlock();
    return edge != NULL;
}

void mbedguard_keeper_unpin(mbedguard_keeper *keeper)
{
    if (!mbedguard_keep_lock())
        return;
    unpin_locked(keeper);
    mbedguard_keep_unlock();
}

void mbedguard_keeper_forget_pins(void)
{
    pins = NULL;
    pins_waited_for = 0;
}

static bool is_pinned_locked(const mbedguard_guard *guard)
    MBEDGUARD_REQUIRES(mbedguard_process.keep);

static bool is_pinned_locked(const mbedguard_guard *guard)
{
    const mbedguard_keeper *pin = pins;

    while (pin != NULL && pin->keeper != guard)
        pin = pin->next;
    /* If it keeps again, it is in use, and there may be no end of those on the way. */
    return pin != NULL && mbedguard_edge_first_locked(guard, MBEDGUARD_BY_KEEPER) == NULL;
}

void mbedguard_keeper_settle(const mbedguard_guard *guard) MBEDGUARD_NO_ANALYSIS
{
    int ret = 0;

    if (!mbedguard_keep_lock())
        return;
    while (ret != MBEDGUARD_PARK_LOST && is_pinned_locked(guard)) {
        pins_waited_for++;
        if (mbedguard_thread_can_wait()) {
            ret = mbedguard_park(&pins, &mbedguard_process.keep.raw);
        } else {
            /* Whoever pinned it waits for nothing but this guard, which is free. */
            mbedguard_keep_unlock();
            if (!mbedguard_keep_lock())
                return;
        }
        pins_waited_for--;
    }
    if (ret != MBEDGUARD_PARK_LOST)
        mbedguard_keep_unlock();
}

#endif
