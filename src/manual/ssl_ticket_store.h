/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The end of what a ticket context has beside Mbed TLS's; called by the emitted free. */
#ifndef MBEDGUARD_MANUAL_SSL_TICKET_STORE_H
#define MBEDGUARD_MANUAL_SSL_TICKET_STORE_H

#include <mbedguard/ssl_ticket_store.h>

/* Wipe and free all of it. The caller has the context to itself. */
void mbedguard_ssl_ticket_store_free(mbedguard_ssl_ticket_store *store);

#endif /* MBEDGUARD_MANUAL_SSL_TICKET_STORE_H */
