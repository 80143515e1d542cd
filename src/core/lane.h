/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Lanes: several copies of one thing, each under a guard of its own, so that as many threads as there
 * are processors use it at once. A lane is taken while its object is held (shared, or exclusively by
 * who changes what the lanes are copies of) and is the last of its rank, so it is in order whatever
 * its address; a thread holds one lane of an object at a time.
 */
#ifndef MBEDGUARD_CORE_LANE_H
#define MBEDGUARD_CORE_LANE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/enter.h"

/* At most so many; at least two where there are threads. */
#define MBEDGUARD_LANES_MAX 16u

/*
 * Put this between what two threads write at once: more than the cache line that they would share, since a
 * processor that reads or writes lines in order fetches those that come next, too.
 */
#define MBEDGUARD_LANE_APART 512u

#if !defined(MBEDGUARD_THREADING_NONE)

typedef struct mbedguard_lane {
    mbedguard_guard guard;
    uint32_t busy; /* a hint: somebody is inside */
} mbedguard_lane;

/* How many lanes to make: as many as there are processors, within the limits. */
unsigned mbedguard_lane_count(void);

void mbedguard_lane_make(mbedguard_lane *lane);
/* The end of a lane that nobody is in, or on the way to. */
void mbedguard_lane_unmake(mbedguard_lane *lane);

/*
 * Take a lane that nobody is in, the one that this thread had last where it can be had; where all
 * are taken, wait for that one. `lanes` is the first lane, `stride` the bytes from one to the next.
 * broken: its thread vanished in the middle: make what it holds anew, then mbedguard_make_whole().
 * 0, or an MBEDGUARD_ERR_* with nothing taken.
 */
int mbedguard_lane_enter(void *lanes, size_t stride, unsigned count, unsigned rank,
                         const char *where, mbedguard_lane **lane, bool *broken);
int mbedguard_lane_leave(mbedguard_lane *lane, unsigned rank);

/*
 * For who does away with the lanes and holds their object exclusively: whether what is in this one is
 * whole. A lane whose guard cannot be had is taken for broken.
 */
bool mbedguard_lane_is_whole(mbedguard_lane *lane, unsigned rank, const char *where);

#endif

#endif /* MBEDGUARD_CORE_LANE_H */
