/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * One lock for what is read much and written little: a gate with many doors. Whoever reads goes in by
 * one door, that of its thread number, and shuts it behind; whoever writes shuts all. So readers by
 * different doors write no memory in common, and where there are no more threads than doors, readers
 * never wait for each other.
 *
 * The order: after every guard and every other lock. Inside nothing is taken, nothing called that is
 * not the caller's own, nothing allocated. fork() shuts the gate, so what it protects is whole in the
 * child.
 */
#ifndef MBEDGUARD_CORE_GATE_H
#define MBEDGUARD_CORE_GATE_H

#include <stdint.h>

#include <mbedguard/threading.h>

#define MBEDGUARD_DOORS_MAX 64u

#if defined(MBEDGUARD_THREADING_NONE)

static inline uint32_t mbedguard_gate_doors(void)
{
    return 1;
}
static inline int mbedguard_gate_enter(uint32_t *door)
{
    *door = 0;
    return 0;
}
static inline void mbedguard_gate_leave(uint32_t door)
{
    (void) door;
}
static inline int mbedguard_gate_shut(void)
{
    return 0;
}
static inline void mbedguard_gate_open(void)
{
}

#else

/*
 * How many there are: a power of two, the same for the life of the process; 0 if they cannot be made.
 */
uint32_t mbedguard_gate_doors(void);

/*
 * Read: 0, and *door is what the thread gives back when it leaves, or MBEDGUARD_ERR_THREADING. The thread
 * is not inside.
 */
int mbedguard_gate_enter(uint32_t *door);
void mbedguard_gate_leave(uint32_t door);

/* Write: nobody else is inside. 0, or MBEDGUARD_ERR_THREADING with no door shut. */
int mbedguard_gate_shut(void);
void mbedguard_gate_open(void);

/* For backends that make them. */
mbedguard_backend_mutex *mbedguard_gate_mutex(uint32_t door);

#endif

#endif /* MBEDGUARD_CORE_GATE_H */
