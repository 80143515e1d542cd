/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* What the tests of tickets share: sessions with a content, generators, a clock, Mbed TLS's own context. */
#ifndef TICKETS_H
#define TICKETS_H

#include <stdatomic.h>

#include "live/live.h"

#ifndef MBEDTLS_PRIVATE
#define MBEDTLS_PRIVATE(member) member
#endif

/* Mbed TLS 2.28 with ciphers of PSA renews no key: it sets up the cipher that has the old one, and fails. */
#if !LIVE_V3 && defined(MBEDTLS_USE_PSA_CRYPTO)
#define RAW_RENEWS false
#else
#define RAW_RENEWS true
#endif

#define TICKET_ROOM 1024
#define LONG_LIFE   86400

/* One ticket. */
struct ticket {
    unsigned char bytes[TICKET_ROOM];
    size_t length;
    uint32_t lifetime;
};

/* Seconds that time() tells everybody in this process; 0: the time that it is. */
extern atomic_long ticket_clock;

/*
 * The look at the clock of this thread with this number, from 1, waits until as many threads look as are
 * to meet; 0: none does. Of a call that seals the first is the session's, and the next tells whether
 * the key is due.
 */
extern _Thread_local unsigned ticket_meets_at_look;
extern unsigned ticket_meeting;
/* How many threads have begun to wait so. */
extern atomic_uint ticket_looks;

/* A generator that tells the same bytes each time it begins anew: each context has its own. */
struct source {
    uint32_t state;
    unsigned calls;
    unsigned fail_at; /* the number of the call that fails, from 1; 0: none does */
};
#define SOURCE_FAILS (-0x1234)
int source_draw(void *source, unsigned char *out, size_t size);

/* Sets up for AES-256-GCM. */
int ticket_set_up(mbedguard_ssl_ticket_context *tickets, struct source *source, uint32_t lifetime);

/* Seal a session whose content is this number, and open a ticket: the number into *content. */
int ticket_seal(mbedguard_ssl_ticket_context *tickets, uint32_t content, struct ticket *ticket);
int ticket_open(mbedguard_ssl_ticket_context *tickets, const struct ticket *ticket,
                uint32_t *content);
/* The same by Mbed TLS. */
int ticket_seal_raw(mbedtls_ssl_ticket_context *tickets, uint32_t content, struct ticket *ticket);
int ticket_open_raw(mbedtls_ssl_ticket_context *tickets, const struct ticket *ticket,
                    uint32_t *content);

/* The key with this number: rotates to it. */
int ticket_rotate(mbedguard_ssl_ticket_context *tickets, uint32_t number, uint32_t lifetime);

#endif /* TICKETS_H */
