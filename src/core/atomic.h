/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The few words that are read without a lock. They are declared as what they are, since zeroed bytes
 * are valid and some are Mbed TLS's: so by the builtins of GNU C, and where a compiler has none as the
 * atomic type of C11, which has the same size there. Stores are exchanges: race detectors that watch
 * instructions (helgrind, DRD) tell an atomic store by its being a read-modify-write.
 */
#ifndef MBEDGUARD_CORE_ATOMIC_H
#define MBEDGUARD_CORE_ATOMIC_H

#include <stdbool.h>
#include <stdint.h>

/*
 * place points to a `type`, which is a word or a pointer. EXCHANGE, ADD and OR give what was there; REPLACE
 * puts value in the place of *from, gives whether it did, and tells in *from what is there instead.
 */
#if defined(__GNUC__) && !defined(MBEDGUARD_PLAIN_C11)

#define MBEDGUARD_ATOMIC_LOAD(type, place)         __atomic_load_n((place), __ATOMIC_ACQUIRE)
#define MBEDGUARD_ATOMIC_LOAD_RELAXED(type, place) __atomic_load_n((place), __ATOMIC_RELAXED)
#define MBEDGUARD_ATOMIC_STORE_RELAXED(type, place, value)                                            \
    __atomic_store_n((place), (value), __ATOMIC_RELAXED)
#define MBEDGUARD_ATOMIC_EXCHANGE(type, place, value)                                                 \
    __atomic_exchange_n((place), (value), __ATOMIC_ACQ_REL)
#define MBEDGUARD_ATOMIC_ADD(type, place, value)                                                      \
    __atomic_fetch_add((place), (value), __ATOMIC_ACQ_REL)
#define MBEDGUARD_ATOMIC_OR(type, place, value)                                                       \
    __atomic_fetch_or((place), (value), __ATOMIC_ACQ_REL)
#define MBEDGUARD_ATOMIC_REPLACE(type, place, from, value)                                            \
    __atomic_compare_exchange_n((place), (from), (value), false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)

#elif !defined(__STDC_NO_ATOMICS__)

#include <stdatomic.h>

_Static_assert(sizeof(_Atomic(uint32_t)) == sizeof(uint32_t) &&
                   sizeof(_Atomic(uintptr_t)) == sizeof(uintptr_t) &&
                   sizeof(_Atomic(unsigned long)) == sizeof(unsigned long) &&
                   sizeof(_Atomic(int)) == sizeof(int) &&
                   sizeof(_Atomic(void *)) == sizeof(void *),
               "an atomic word is nothing but the word");

/* The qualifiers of the place go by way of the number: C11 does not load from what is const. */
#define MBEDGUARD_ATOMIC_AS(type, place) ((_Atomic(type) *) (uintptr_t) (place))
#define MBEDGUARD_ATOMIC_LOAD(type, place)                                                            \
    atomic_load_explicit(MBEDGUARD_ATOMIC_AS(type, place), memory_order_acquire)
#define MBEDGUARD_ATOMIC_LOAD_RELAXED(type, place)                                                    \
    atomic_load_explicit(MBEDGUARD_ATOMIC_AS(type, place), memory_order_relaxed)
#define MBEDGUARD_ATOMIC_STORE_RELAXED(type, place, value)                                            \
    atomic_store_explicit(MBEDGUARD_ATOMIC_AS(type, place), (value), memory_order_relaxed)
#define MBEDGUARD_ATOMIC_EXCHANGE(type, place, value)                                                 \
    atomic_exchange_explicit(MBEDGUARD_ATOMIC_AS(type, place), (value), memory_order_acq_rel)
#define MBEDGUARD_ATOMIC_ADD(type, place, value)                                                      \
    atomic_fetch_add_explicit(MBEDGUARD_ATOMIC_AS(type, place), (value), memory_order_acq_rel)
#define MBEDGUARD_ATOMIC_OR(type, place, value)                                                       \
    atomic_fetch_or_explicit(MBEDGUARD_ATOMIC_AS(type, place), (value), memory_order_acq_rel)
#define MBEDGUARD_ATOMIC_REPLACE(type, place, from, value)                                            \
    atomic_compare_exchange_strong_explicit(MBEDGUARD_ATOMIC_AS(type, place), (from), (value),        \
                                            memory_order_acq_rel, memory_order_acquire)

#else
#error "mbedguard needs the atomics of GNU C or of C11"
#endif

#define MBEDGUARD_ATOMIC_STORE(type, place, value)                                                    \
    ((void) MBEDGUARD_ATOMIC_EXCHANGE(type, place, value))

static inline uint32_t mbedguard_load(const uint32_t *word)
{
    return MBEDGUARD_ATOMIC_LOAD(uint32_t, word);
}

static inline void mbedguard_store(uint32_t *word, uint32_t value)
{
    MBEDGUARD_ATOMIC_STORE(uint32_t, word, value);
}

static inline void mbedguard_count_up(uint32_t *word)
{
    (void) MBEDGUARD_ATOMIC_ADD(uint32_t, word, 1u);
}

static inline void mbedguard_count_down(uint32_t *word)
{
    (void) MBEDGUARD_ATOMIC_ADD(uint32_t, word, UINT32_MAX);
}

/* If it is `from`, let it be `to`: whether it was. */
static inline bool mbedguard_replace(uint32_t *word, uint32_t from, uint32_t to)
{
    return MBEDGUARD_ATOMIC_REPLACE(uint32_t, word, &from, to);
}

#endif /* MBEDGUARD_CORE_ATOMIC_H */
