/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/**
 * @file ssl_ticket_store.h
 * @brief What a guarded ticket context has beside that of Mbed TLS.
 */
#ifndef MBEDGUARD_SSL_TICKET_STORE_H
#define MBEDGUARD_SSL_TICKET_STORE_H

/**
 * @brief A member of mbedguard_ssl_ticket_context; its members are the library's own.
 *
 * All-zero bytes are a valid one.
 */
typedef struct mbedguard_ssl_ticket_store {
    struct mbedguard_ticket_state *state; /**< Keys and lanes; NULL before the set-up. */
} mbedguard_ssl_ticket_store;

#endif /* MBEDGUARD_SSL_TICKET_STORE_H */
