/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* A lock for what is read much and written little. */
#include "core/gate.h"

#if !defined(MBEDGUARD_THREADING_NONE)

#include <errno.h>
#include <unistd.h>

#include "core/atomic.h"
#include "core/number.h"
#include "core/process.h"

/* Far enough apart for processors that fetch lines by the pair. */
#define DOOR_SIZE 128u
#define DOORS_MIN 8u

union door {
    mbedguard_mutex mutex;
    unsigned char size[DOOR_SIZE];
};

static union door doors[MBEDGUARD_DOORS_MAX + 1]; /* the last one only for the distance */

#if defined(MBEDGUARD_THREADING_ALT)

/* They are made, and made anew, with the mutexes of the core. */
uint32_t mbedguard_gate_doors(void)
{
    return DOORS_MIN;
}

#else

/* A power of two. 0 as long as there are none; protected by process.claim until then. */
static uint32_t doors_made;

/* More than processors, so that threads which are many rarely wait for one that is not running. */
static uint32_t doors_wanted(void)
{
    uint32_t count = DOORS_MIN;
#if defined(_SC_NPROCESSORS_ONLN)
    const int saved_errno = errno;
    const long processors = sysconf(_SC_NPROCESSORS_ONLN);

    errno = saved_errno;
    while (count < MBEDGUARD_DOORS_MAX && (long) count < 4 * processors)
        count *= 2;
#endif
    return count;
}

/* 0, or the number that was made meanwhile, or now. */
static uint32_t make_doors(void)
{
    uint32_t count;
    uint32_t i;

    if (mbedguard_core_lock(&mbedguard_process.claim) != 0)
        return 0;
    count = mbedguard_load(&doors_made);
    if (count == 0) {
        count = doors_wanted();
        for (i = 0; i < count && mbedguard_thread_make(&doors[i].mutex.raw) == 0; i++)
            ;
        count = i == count ? count : 0;
        mbedguard_store(&doors_made, count);
    }
    mbedguard_core_unlock(&mbedguard_process.claim);
    return count;
}

uint32_t mbedguard_gate_doors(void)
{
    const uint32_t count = mbedguard_load(&doors_made);

    return count != 0 ? count : make_doors();
}

#endif

mbedguard_backend_mutex *mbedguard_gate_mutex(uint32_t door)
{
    return &doors[door].mutex.raw;
}

/* In a handler of fork() the thread may have shut it itself, and nobody else is inside. */
static bool is_shut_for_fork(void)
{
#if defined(MBEDGUARD_THREADING_PTHREAD)
    return mbedguard_thread_state.fork_locked && mbedguard_thread_state.gate_shut;
#else
    return false;
#endif
}

int mbedguard_gate_enter(uint32_t *door) MBEDGUARD_NO_ANALYSIS
{
    const uint32_t count = mbedguard_gate_doors();

    if (count == 0)
        return MBEDGUARD_ERR_THREADING;
    *door = mbedguard_thread_number() & (count - 1);
    if (is_shut_for_fork())
        return 0;
    return mbedguard_thread_lock(&doors[*door].mutex.raw) == 0 ? 0 : MBEDGUARD_ERR_THREADING;
}

void mbedguard_gate_leave(uint32_t door) MBEDGUARD_NO_ANALYSIS
{
    if (!is_shut_for_fork())
        (void) mbedguard_thread_unlock(&doors[door].mutex.raw);
}

static void open_first(uint32_t count) MBEDGUARD_NO_ANALYSIS
{
    while (count > 0)
        (void) mbedguard_thread_unlock(&doors[--count].mutex.raw);
}

int mbedguard_gate_shut(void) MBEDGUARD_NO_ANALYSIS
{
    const uint32_t count = mbedguard_gate_doors();
    uint32_t i;

    if (count == 0)
        return MBEDGUARD_ERR_THREADING;
    if (is_shut_for_fork())
        return 0;
    for (i = 0; i < count; i++) {
        if (mbedguard_thread_lock(&doors[i].mutex.raw) != 0) {
            open_first(i);
            return MBEDGUARD_ERR_THREADING;
        }
    }
    return 0;
}

void mbedguard_gate_open(void)
{
    if (!is_shut_for_fork())
        open_first(mbedguard_gate_doors());
}

#endif
