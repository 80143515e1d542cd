/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* A lock for what is read much and written little. */
#include "core/lane.h"

#include "core/hold.h"
#include "core/thread.h"

#if !defined(MBEDGUARD_THREADING_NONE)

/* Far enough apart for processors that fetch lines by the pair. */
#define LANE_SIZE 128u
#define LANES_MIN 8u

union lane {
    mbedguard_mutex mutex;
    unsigned char size[LANE_SIZE];
};

static union lane lanes[MBEDGUARD_LANES_MAX + 1]; /* the last one only for the distance */

/* Written before the first guard is taken; threads come by the start mutex. */
static uint32_t lanes_in_use = LANES_MIN;

/* Threads that were given a lane. */
static uint32_t threads;

uint32_t mbedguard_lane_count(void)
{
    return lanes_in_use;
}

void mbedguard_lanes_set(uint32_t count)
{
    if (count < LANES_MIN)
        count = LANES_MIN;
    lanes_in_use = count < MBEDGUARD_LANES_MAX ? count : MBEDGUARD_LANES_MAX;
}

mbedguard_backend_mutex *mbedguard_lane_mutex(uint32_t lane)
{
    return &lanes[lane].mutex.raw;
}

/* In turn, so that threads which begin together do not meet. */
static uint32_t own_lane(void)
{
#if defined(MBEDGUARD_HAVE_TLS)
    mbedguard_thread *self = &mbedguard_thread_state;

    if (self->lane == 0)
        self->lane = 1 + __atomic_fetch_add(&threads, 1u, __ATOMIC_RELAXED) % lanes_in_use;
    return self->lane - 1;
#else
    /* To find what the backend knows of the thread costs more than to meet. */
    (void) threads;
    return 0;
#endif
}

int mbedguard_lane_enter(uint32_t *lane) MBEDGUARD_NO_ANALYSIS
{
    *lane = own_lane();
    return mbedguard_thread_lock(&lanes[*lane].mutex.raw) == 0 ? 0 : MBEDGUARD_ERR_THREADING;
}

void mbedguard_lane_leave(uint32_t lane) MBEDGUARD_NO_ANALYSIS
{
    (void) mbedguard_thread_unlock(&lanes[lane].mutex.raw);
}

static void open_first(uint32_t count) MBEDGUARD_NO_ANALYSIS
{
    while (count > 0)
        (void) mbedguard_thread_unlock(&lanes[--count].mutex.raw);
}

int mbedguard_lanes_close(void) MBEDGUARD_NO_ANALYSIS
{
    uint32_t i;

    for (i = 0; i < lanes_in_use; i++) {
        if (mbedguard_thread_lock(&lanes[i].mutex.raw) != 0) {
            open_first(i);
            return MBEDGUARD_ERR_THREADING;
        }
    }
    return 0;
}

void mbedguard_lanes_open(void)
{
    open_first(lanes_in_use);
}

#endif
