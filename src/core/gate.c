/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* A lock for what is read much and written little. */
#include "core/gate.h"

#include "core/hold.h"
#include "core/thread.h"

#if !defined(MBEDGUARD_THREADING_NONE)

/* Far enough apart for processors that fetch lines by the pair. */
#define DOOR_SIZE 128u
#define DOORS_MIN 8u

union door {
    mbedguard_mutex mutex;
    unsigned char size[DOOR_SIZE];
};

static union door doors[MBEDGUARD_DOORS_MAX + 1]; /* the last one only for the distance */

/* Written before the first guard is taken; threads come by the start mutex. */
static uint32_t doors_in_use = DOORS_MIN;

/* Threads that were given a door. */
static uint32_t threads;

uint32_t mbedguard_gate_doors(void)
{
    return doors_in_use;
}

void mbedguard_gate_set_doors(uint32_t count)
{
    if (count < DOORS_MIN)
        count = DOORS_MIN;
    doors_in_use = count < MBEDGUARD_DOORS_MAX ? count : MBEDGUARD_DOORS_MAX;
}

mbedguard_backend_mutex *mbedguard_gate_mutex(uint32_t door)
{
    return &doors[door].mutex.raw;
}

/* In turn, so that threads which begin together do not meet. */
static uint32_t own_door(void)
{
#if defined(MBEDGUARD_HAVE_TLS)
    mbedguard_thread *self = &mbedguard_thread_state;

    if (self->door == 0)
        self->door = 1 + __atomic_fetch_add(&threads, 1u, __ATOMIC_RELAXED) % doors_in_use;
    return self->door - 1;
#else
    /* To find what the backend knows of the thread costs more than to meet. */
    (void) threads;
    return 0;
#endif
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
    *door = own_door();
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
    uint32_t i;

    if (is_shut_for_fork())
        return 0;
    for (i = 0; i < doors_in_use; i++) {
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
        open_first(doors_in_use);
}

#endif
