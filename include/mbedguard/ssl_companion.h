/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/**
 * @file ssl_companion.h
 * @brief What a guarded connection has beside the connection of Mbed TLS.
 */
#ifndef MBEDGUARD_SSL_COMPANION_H
#define MBEDGUARD_SSL_COMPANION_H

#include <mbedguard/ssl_copies.h>

/**
 * @brief A member of mbedguard_ssl_context; its members are the library's own.
 *
 * All-zero bytes are a valid one.
 */
typedef struct mbedguard_ssl_companion {
    mbedguard_ssl_copies copies;     /**< What was handed out by pointer. */
    struct mbedguard_ssl_pump *pump; /**< Input and output; NULL before the first of either. */
    struct mbedguard_ssl_own_key *own_keys; /**< Of a handshake: stand for its configuration's. */
    int own_keys_given;                     /**< The program has given others. */
} mbedguard_ssl_companion;

#endif /* MBEDGUARD_SSL_COMPANION_H */
