/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * One lock for what is read much and written little. Whoever reads takes one lane, a thread always
 * the same; whoever writes takes all. So readers in different lanes write no memory in common, and
 * where there are no more threads than lanes, readers never wait for each other.
 *
 * The order: after every guard and every other lock but the backend's. Inside it nothing is taken,
 * nothing called that is not the caller's own, nothing allocated. fork() takes all lanes, so what
 * they protect is whole in the child.
 */
#ifndef MBEDGUARD_CORE_LANE_H
#define MBEDGUARD_CORE_LANE_H

#include <stdint.h>

#include <mbedguard/threading.h>

#define MBEDGUARD_LANES_MAX 64u

#if defined(MBEDGUARD_THREADING_NONE)

static inline uint32_t mbedguard_lane_count(void)
{
    return 1;
}
static inline int mbedguard_lane_enter(uint32_t *lane)
{
    *lane = 0;
    return 0;
}
static inline void mbedguard_lane_leave(uint32_t lane)
{
    (void) lane;
}
static inline int mbedguard_lanes_close(void)
{
    return 0;
}
static inline void mbedguard_lanes_open(void)
{
}

#else

/* How many there are: the same for the life of the process, once a guard was taken. */
uint32_t mbedguard_lane_count(void);

/*
 * Read: 0, and *lane is what the thread is in and gives back, or MBEDGUARD_ERR_THREADING. The thread
 * has taken a guard in its life, and is not in a lane.
 */
int mbedguard_lane_enter(uint32_t *lane);
void mbedguard_lane_leave(uint32_t lane);

/* Write: nobody else is in any lane. 0, or MBEDGUARD_ERR_THREADING with none taken. */
int mbedguard_lanes_close(void);
void mbedguard_lanes_open(void);

/* For backends: their number (at most the maximum; before the first is taken), and their mutexes. */
void mbedguard_lanes_set(uint32_t count);
mbedguard_backend_mutex *mbedguard_lane_mutex(uint32_t lane);

#endif

#endif /* MBEDGUARD_CORE_LANE_H */
