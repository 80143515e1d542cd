/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The end of what a ticket context has beside Mbed TLS's; called by the emitted free. */
#ifndef MBEDGUARD_MANUAL_SSL_TICKET_STORE_H
#define MBEDGUARD_MANUAL_SSL_TICKET_STORE_H

#include <mbedguard/ssl_ticket.h>

/* Wipe and free all of it. The caller has the context to itself. */
void mbedguard_ssl_ticket_store_free(mbedguard_ssl_ticket_store *store);

/*
 * Before a free: what a thread that is no more left while it drew a key is whole, so that it is wiped,
 * not forgotten. Always 0.
 */
int mbedguard_ssl_ticket_before_free(mbedguard_ssl_ticket_context *ctx);

#endif /* MBEDGUARD_MANUAL_SSL_TICKET_STORE_H */
