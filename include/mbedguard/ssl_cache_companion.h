/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/**
 * @file ssl_cache_companion.h
 * @brief What a guarded session cache has beside the cache of Mbed TLS.
 */
#ifndef MBEDGUARD_SSL_CACHE_COMPANION_H
#define MBEDGUARD_SSL_CACHE_COMPANION_H

#include <stddef.h>
#include <stdint.h>

/**
 * @brief A member of mbedguard_ssl_cache_context; its members are the library's own.
 *
 * All-zero bytes are a valid one.
 */
typedef struct mbedguard_ssl_cache_companion {
    struct mbedguard_cache_store *store; /**< The entries; NULL before the first one. */
    uintptr_t mark;                      /**< Tells it from what else may stand in such a place. */
    size_t max_bytes;                    /**< Of all entries; 0: no bound. */
    uint32_t locked;                     /**< Explicitly, by some thread: look-ups take the guard. */
    uint32_t early_misses;               /**< Look-ups before there was a store. */
} mbedguard_ssl_cache_companion;

#endif /* MBEDGUARD_SSL_CACHE_COMPANION_H */
