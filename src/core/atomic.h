/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The few words of the core that are read without a lock. Stores are exchanges: race detectors that
 * watch instructions (helgrind, DRD) tell an atomic store by its being a read-modify-write.
 */
#ifndef MBEDGUARD_CORE_ATOMIC_H
#define MBEDGUARD_CORE_ATOMIC_H

#include <stdbool.h>
#include <stdint.h>

static inline uint32_t mbedguard_load(const uint32_t *word)
{
    return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}

static inline void mbedguard_store(uint32_t *word, uint32_t value)
{
    (void) __atomic_exchange_n(word, value, __ATOMIC_ACQ_REL);
}

static inline void mbedguard_count_up(uint32_t *word)
{
    (void) __atomic_fetch_add(word, 1u, __ATOMIC_ACQ_REL);
}

static inline void mbedguard_count_down(uint32_t *word)
{
    (void) __atomic_fetch_sub(word, 1u, __ATOMIC_ACQ_REL);
}

/* If it is `from`, let it be `to`: whether it was. */
static inline bool mbedguard_replace(uint32_t *word, uint32_t from, uint32_t to)
{
    return __atomic_compare_exchange_n(word, &from, to, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
}

#endif /* MBEDGUARD_CORE_ATOMIC_H */
