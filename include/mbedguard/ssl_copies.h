/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/**
 * @file ssl_copies.h
 * @brief What a guarded connection hands out by pointer, and keeps until it is freed.
 */
#ifndef MBEDGUARD_SSL_COPIES_H
#define MBEDGUARD_SSL_COPIES_H

#include <stdint.h>

/**
 * @brief A member of mbedguard_ssl_context; its members are the library's own.
 *
 * All-zero bytes are a valid, empty one.
 */
typedef struct mbedguard_ssl_copies {
    struct mbedguard_ssl_copy *first; /**< Newest copy. */
    union {
        void *p;     /**< As a pointer. */
        uintptr_t n; /**< As a number. */
    } user_data;     /**< Of the program, where the Mbed TLS object has no room for it. */
} mbedguard_ssl_copies;

#endif /* MBEDGUARD_SSL_COPIES_H */
