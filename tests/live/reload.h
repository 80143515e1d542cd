/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Configurations that take each other's place while threads connect: each has an identity of its own,
 * whose number is in the certificate.
 *
 * Who replaces notes a number before the configuration is in the slot and once more afterwards. A
 * connection that begins and ends between must have been shown a number that it could have: whatever
 * the threads' speed.
 */
#ifndef RELOAD_H
#define RELOAD_H

#include "live/live.h"

#include <mbedguard/ssl_config_slot.h>

struct reload {
    mbedguard_ssl_config_slot slot;
    int endpoint; /* of the configurations */
    bool tls13;
};

/* Numbers between which a connection lies: taken before it begins, checked when it is over. */
struct reload_span {
    uint32_t first;
};

void reload_begin(struct reload *reload, int endpoint, bool tls13);
void reload_end(struct reload *reload);

/*
 * The next identity, with certificate, key and trust of its own: counted, and kept by nobody else. Keys
 * and trusted certificates alternate, so that those of two do not fit together. 0 or an error.
 */
int reload_make(const struct reload *reload, uint32_t number, mbedguard_ssl_config **config);
/* Make the next one and put it in the place of the one before. For one thread at a time. */
int reload_next(struct reload *reload);
/* How many there were. */
uint32_t reload_count(void);

/* Replace it about every 10 ms, until reload_stop(). For a thread. */
void reload_run(struct reload *reload);
void reload_stop(void);

struct reload_span reload_span_begin(void);
/* Was the number in the slot at any time since? */
void reload_span_check(struct reload_span span, uint32_t number);
/* The peer's certificate is of this number. 0 or an error. */
int reload_number_of_peer(const mbedguard_ssl_context *ssl, uint32_t *number);

/* The trusted certificate of a number: live_pem[this]. */
unsigned reload_trusts(uint32_t number);

/* The same with a mutex and two steps in the place of the slot: it has to fail. */
#if defined(LIVE_NAIVE_SWAP)
#include "live/naive_swap.h"
#endif

#endif /* RELOAD_H */
