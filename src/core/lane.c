/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Which lane a thread takes, and how. */
#include "core/lane.h"

#if !defined(MBEDGUARD_THREADING_NONE)

#include <unistd.h>

#include "core/atomic.h"
#include "core/await.h"
#include "core/guard_state.h"

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

/* Threads begin at different lanes, and each always at the same one. */
static unsigned home_of_thread(unsigned count)
{
    const uint64_t name = (uint64_t) mbedguard_thread_name();

    return (unsigned) (((name * UINT64_C(0x9E3779B97F4A7C15)) >> 40) % count);
}

/* Whoever finds a lane free says that it is not. */
static mbedguard_lane *choose(void *lanes, size_t stride, unsigned count, bool *claimed)
{
    const unsigned home = home_of_thread(count);
    unsigned i;

    *claimed = true;

    for (i = 0; i < count; i++) {
        mbedguard_lane *const lane = lane_at(lanes, stride, (home + i) % count);
        uint32_t nobody = 0;

        if (mbedguard_load(&lane->busy) == 0 &&
            __atomic_compare_exchange_n(&lane->busy, &nobody, 1, false, __ATOMIC_ACQ_REL,
                                        __ATOMIC_ACQUIRE))
            return lane;
    }
    *claimed = false;
    return lane_at(lanes, stride, home);
}

int mbedguard_lane_enter(void *lanes, size_t stride, unsigned count, unsigned rank,
                         const char *where, mbedguard_lane **lane,
                         bool *broken) MBEDGUARD_NO_ANALYSIS
{
    bool claimed;
    mbedguard_lane *const chosen = choose(lanes, stride, count, &claimed);
    const int ret = mbedguard_enter(&chosen->guard, MBEDGUARD_EVEN_BROKEN | rank, where);

    if (ret != 0) {
        if (claimed)
            mbedguard_store(&chosen->busy, 0);
        return ret;
    }
    /* Who was inside has left, and may have been followed by one who found it free: it waits then. */
    if (!claimed)
        mbedguard_store(&chosen->busy, 1);
    *broken = mbedguard_is_broken(&chosen->guard);
    *lane = chosen;
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
    bool broken;

    if (mbedguard_enter(&lane->guard, MBEDGUARD_EVEN_BROKEN | rank, where) != 0)
        return false;
    broken = mbedguard_is_broken(&lane->guard);
    (void) mbedguard_leave(&lane->guard, MBEDGUARD_EVEN_BROKEN | rank);
    return !broken;
}

#endif
