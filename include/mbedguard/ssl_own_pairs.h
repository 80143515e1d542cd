/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/**
 * @file ssl_own_pairs.h
 * @brief What a guarded configuration has beside the configuration of Mbed TLS 3.
 */
#ifndef MBEDGUARD_SSL_OWN_PAIRS_H
#define MBEDGUARD_SSL_OWN_PAIRS_H

#include <mbedguard/base.h>

/**
 * @brief A member of mbedguard_ssl_config; its members are the library's own.
 *
 * All-zero bytes are a valid one.
 */
typedef struct mbedguard_ssl_own_pairs {
    struct mbedguard_ssl_own_pair *first; /**< Certificates and keys, in the order of Mbed TLS's list. */
    void (*chained)(void);                /**< The callback that ours took the place of. */
} mbedguard_ssl_own_pairs;

#endif /* MBEDGUARD_SSL_OWN_PAIRS_H */
