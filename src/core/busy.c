/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Keepers that are in the middle of something with what they keep. */
#include "core/keep.h"

#if !defined(MBEDGUARD_THREADING_NONE)

static mbedguard_edge *find_locked(const mbedguard_guard *keeper, const mbedguard_guard *kept)
    MBEDGUARD_REQUIRES(mbedguard_process.keep);

static mbedguard_edge *find_locked(const mbedguard_guard *keeper, const mbedguard_guard *kept)
{
    mbedguard_edge *edge = mbedguard_edge_first_locked(keeper, MBEDGUARD_BY_KEEPER);

    while (edge != NULL && edge->kept != kept)
        edge = mbedguard_edge_next_locked(edge, MBEDGUARD_BY_KEEPER);
    return edge;
}

void mbedguard_keep_set_busy(mbedguard_guard *keeper, mbedguard_guard *kept, bool busy)
{
    mbedguard_edge *edge;

    if (!mbedguard_keep_lock())
        return;
    edge = find_locked(keeper, kept);
    if (edge != NULL && edge->busy != busy) {
        mbedguard_edge_remove_locked(edge);
        edge->busy = busy;
        edge->gone = false;
        mbedguard_edge_insert_locked(edge);
    }
    mbedguard_keep_unlock();
}

int mbedguard_keep_in_use(const mbedguard_guard *kept)
{
    const mbedguard_edge *edge;

    if (!mbedguard_edge_any(kept, MBEDGUARD_BY_KEPT))
        return 0;
    if (!mbedguard_keep_lock())
        return MBEDGUARD_ERR_THREADING;
    edge = mbedguard_edge_first_locked(kept, MBEDGUARD_BY_KEPT);
    while (edge != NULL && !edge->busy)
        edge = mbedguard_edge_next_locked(edge, MBEDGUARD_BY_KEPT);
    mbedguard_keep_unlock();
    return edge != NULL ? MBEDGUARD_ERR_IN_USE : 0;
}

bool mbedguard_keep_is_lost(const mbedguard_guard *keeper, const mbedguard_guard *kept)
{
    const mbedguard_edge *edge;
    bool lost;

    if (!mbedguard_keep_lock())
        return true;
    edge = find_locked(keeper, kept);
    lost = edge != NULL && edge->busy && edge->gone;
    mbedguard_keep_unlock();
    return lost;
}

#else

/* ISO C wants a translation unit to declare something. */
extern const int mbedguard_busy_is_empty;

#endif
