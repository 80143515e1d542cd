/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Which lane a thread takes, and how: it looks first at that of its number. */
#include "core/lane.h"

#if !defined(MBEDGUARD_THREADING_NONE)

#include <unistd.h>

#include "core/atomic.h"
#include "core/guard_state.h"
#include "core/number.h"

unsigned mbedguard_lane_count(void)
{
#if defined(_SC_NPROCESSORS_ONLN)
    const long processors = sysconf(_SC_NPROCESSORS_ONLN);
#else
    const long processors = 4;
#endif

    if (processors < 2)
        return 2;
    return processors > (long) MBEDGUARD_LANES_MAX ? MBEDGUARD_LANES_MAX : (unsigned) processors;
}

void mbedguard_lane_make(mbedguard_lane *lane)
{
    mbedguard_view_init(&lane->guard);
    lane->busy = 0;
}

void mbedguard_lane_unmake(mbedguard_lane *lane)
{
    mbedguard_guard_unmake(&lane->guard);
}

static mbedguard_lane *lane_at(void *lanes, size_t stride, unsigned number)
{
    return (mbedguard_lane *) (void *) ((unsigned char *) lanes + stride * number);
}

/* Whoever finds a lane free says that it is not. Its number, or count where none is free. */
static unsigned claim(void *lanes, size_t stride, unsigned count, unsigned home)
{
    unsigned i;

    for (i = 0; i < count; i++) {
        mbedguard_lane *const lane = lane_at(lanes, stride, (home + i) % count);

        if (mbedguard_load(&lane->busy) == 0 && mbedguard_replace(&lane->busy, 0, 1))
            return (home + i) % count;
    }
    return count;
}

/* All seem taken: one may have been left just now, or in the middle by a thread that is no more. */
static int enter_any(void *lanes, size_t stride, unsigned count, unsigned rank, const char *where,
                     mbedguard_lane **lane) MBEDGUARD_NO_ANALYSIS
{
    const unsigned home = mbedguard_thread_number() % count;
    unsigned i;

    for (i = 0; i < count; i++) {
        *lane = lane_at(lanes, stride, (home + i) % count);
        if (mbedguard_enter(&(*lane)->guard, MBEDGUARD_EVEN_BROKEN | MBEDGUARD_HOW_TRY | rank,
                            where) == 0)
            return 0;
    }
    *lane = lane_at(lanes, stride, home);
    return mbedguard_enter(&(*lane)->guard, MBEDGUARD_EVEN_BROKEN | rank, where);
}

int mbedguard_lane_enter(void *lanes, size_t stride, unsigned count, unsigned rank,
                         const char *where, mbedguard_lane **lane,
                         bool *broken) MBEDGUARD_NO_ANALYSIS
{
    const unsigned claimed = claim(lanes, stride, count, mbedguard_thread_number() % count);
    int ret;

    if (claimed == count) {
        ret = enter_any(lanes, stride, count, rank, where, lane);
        if (ret != 0)
            return ret;
        mbedguard_store(&(*lane)->busy, 1);
    } else {
        *lane = lane_at(lanes, stride, claimed);
        ret = mbedguard_enter(&(*lane)->guard, MBEDGUARD_EVEN_BROKEN | rank, where);
        if (ret != 0) {
            mbedguard_store(&(*lane)->busy, 0);
            return ret;
        }
    }
    *broken = mbedguard_is_broken(&(*lane)->guard);
    return 0;
}

int mbedguard_lane_leave(mbedguard_lane *lane, unsigned rank) MBEDGUARD_NO_ANALYSIS
{
    mbedguard_store(&lane->busy, 0);
    return mbedguard_leave(&lane->guard, MBEDGUARD_EVEN_BROKEN | rank);
}

bool mbedguard_lane_is_whole(mbedguard_lane *lane, unsigned rank,
                             const char *where) MBEDGUARD_NO_ANALYSIS
{
    unsigned tries = 4; /* a backend that fails now may not fail next time */
    bool broken;

    while (mbedguard_enter(&lane->guard, MBEDGUARD_EVEN_BROKEN | rank, where) != 0) {
        if (--tries == 0)
            return false;
    }
    broken = mbedguard_is_broken(&lane->guard);
    (void) mbedguard_leave(&lane->guard, MBEDGUARD_EVEN_BROKEN | rank);
    return !broken;
}

#endif
