/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Tickets, sealed and opened by as many threads as there are processors.
 *
 * The two keys of a context stand in its ring, which is replaced as a whole with the context held
 * exclusively, and read with it held shared. Tickets are sealed and opened by Mbed TLS's own
 * functions on ticket contexts of Mbed TLS's that have the ring's keys: one in each lane, where a
 * cipher context serves one call at a time, or a passing copy of the one where keys are PSA's, which
 * serve many. These do not renew their keys: the time that Mbed TLS looks at for that is hidden
 * from it, and the ring is replaced instead, before the call.
 */
#ifndef MBEDGUARD_MODULES_SSL_TICKET_TICKET_H
#define MBEDGUARD_MODULES_SSL_TICKET_TICKET_H

#include <mbedguard/ssl_ticket.h>

#if defined(MBEDTLS_SSL_TICKET_C)

#include <stdbool.h>
#include <stdint.h>

#include "core/lane.h"
#include "manual/members.h"
#include "manual/psa_inside.h"

#define MBEDGUARD_TICKET_NAME_SIZE   4u
#define MBEDGUARD_TICKET_SECRET_SIZE 32u

/* Where 4.x has left the code, its value there. */
#if defined(MBEDTLS_ERR_CIPHER_BAD_INPUT_DATA)
#define MBEDGUARD_TICKET_BAD_KEY MBEDTLS_ERR_CIPHER_BAD_INPUT_DATA
#else
#define MBEDGUARD_TICKET_BAD_KEY PSA_ERROR_INVALID_ARGUMENT
#endif

/* Are keys PSA's, which any number of calls use at once? */
#if MBEDTLS_VERSION_NUMBER >= 0x04000000 ||                                                        \
    (MBEDTLS_VERSION_NUMBER >= 0x03000000 && defined(MBEDTLS_USE_PSA_CRYPTO))
#define MBEDGUARD_TICKET_PSA 1
#else
#define MBEDGUARD_TICKET_PSA 0
#endif

/* Are there lanes? Not where calls that use PSA inside have to go one by one, nor without threads. */
#if !MBEDGUARD_TICKET_PSA && !defined(MBEDTLS_USE_PSA_CRYPTO) && !defined(MBEDGUARD_THREADING_NONE)
#define MBEDGUARD_TICKET_LANES 1
#else
#define MBEDGUARD_TICKET_LANES 0
#endif

/* How a call that seals or opens takes the context. */
#if MBEDGUARD_TICKET_PSA || MBEDGUARD_TICKET_LANES
#define MBEDGUARD_TICKET_MODE MBEDGUARD_SHARED
#else
#define MBEDGUARD_TICKET_MODE MBEDGUARD_EXCLUSIVE
#endif

typedef struct mbedguard_ticket_key {
    unsigned char name[MBEDGUARD_TICKET_NAME_SIZE];
    unsigned char secret[MBEDGUARD_TICKET_SECRET_SIZE]; /* key_bits of it are used */
    int64_t made;                                       /* seconds as of mbedtls_time() */
    uint32_t lifetime;                                  /* seconds; 2.28 has one for both keys */
} mbedguard_ticket_key;

typedef struct mbedguard_ticket_ring {
    mbedguard_ticket_key key[2];
    unsigned active;   /* the key that seals */
    uint32_t lifetime; /* what the next key gets */
    size_t key_bits;
#if MBEDTLS_VERSION_NUMBER >= 0x04000000
    psa_algorithm_t alg;
    psa_key_type_t key_type;
#else
    mbedtls_cipher_type_t cipher;
    int (*f_rng)(void *, unsigned char *, size_t);
    void *p_rng;
#endif
} mbedguard_ticket_ring;

#if MBEDGUARD_TICKET_LANES
typedef struct mbedguard_ticket_lane {
    mbedguard_lane lane;
    uint32_t is_made; /* not while its keys come or go */
    mbedtls_ssl_ticket_context raw;
    unsigned char apart[MBEDGUARD_LANE_APART];
} mbedguard_ticket_lane;
#endif

struct mbedguard_ticket_state {
    mbedguard_ticket_ring ring;
    uint32_t
        is_whole; /* whoever has the context exclusively has not begun to change it, or is done */
#if MBEDGUARD_TICKET_LANES
    unsigned count;
    mbedguard_ticket_lane lanes[];
#endif
};

/* ---- ticket_ring.c: keys, and contexts of Mbed TLS's that have them ---------------------------- */

int64_t mbedguard_ticket_now(void);
/* Has the active key come to its end, so that Mbed TLS would make a new one? */
bool mbedguard_ticket_is_due(const mbedguard_ticket_ring *ring);
/* Draw a key of the ring's in the place of the one that does not seal, and have it seal. 0 or an error. */
int mbedguard_ticket_renew(mbedguard_ticket_ring *ring);
/* Draw the random bytes of one key, in the order of Mbed TLS's. 0 or an error of the generator. */
int mbedguard_ticket_draw(const mbedguard_ticket_ring *ring, mbedguard_ticket_key *key);
/* Make a context of Mbed TLS's with the ring's keys. 0 or an error; then there is nothing to free. */
int mbedguard_ticket_raw_make(mbedtls_ssl_ticket_context *raw, const mbedguard_ticket_ring *ring);
/* All but the mutex changes places. */
void mbedguard_ticket_raw_exchange(mbedtls_ssl_ticket_context *a, mbedtls_ssl_ticket_context *b);
/* Does the context have the ring's keys, or has the program borrowed it and set others? */
bool mbedguard_ticket_raw_is_of(const mbedtls_ssl_ticket_context *raw,
                                const mbedguard_ticket_ring *ring);
bool mbedguard_ticket_raw_is_set_up(const mbedtls_ssl_ticket_context *raw);
size_t mbedguard_ticket_raw_key_bits(const mbedtls_ssl_ticket_context *raw);

/* ---- ticket_state.c: what a context has ------------------------------------------------------- */

/*
 * With the context held exclusively: all or nothing. 0 or an error. What was there is wiped. Who has marked
 * what there is as whole unmarks what there is afterwards.
 */
int mbedguard_ticket_install(mbedguard_ssl_ticket_context *ctx, const mbedguard_ticket_ring *ring);
/* The state if the context is in it, else NULL. */
struct mbedguard_ticket_state *mbedguard_ticket_state_of(const mbedguard_ssl_ticket_context *ctx);
/*
 * Take the context and, where calls use PSA inside, its store. What a thread that is gone had not begun to
 * change, or had changed, is whole again. 0 or an MBEDGUARD_ERR_*; to be undone by mbedguard_leave_set().
 */
int mbedguard_ticket_enter(mbedguard_ssl_ticket_context *ctx, unsigned how, mbedguard_want set[2],
                           const char *where);
#if !defined(MBEDGUARD_THREADING_NONE)
/* The second half of that: 0, or MBEDGUARD_ERR_BROKEN. */
int mbedguard_ticket_make_whole(mbedguard_ssl_ticket_context *ctx, const char *where);
#endif
#if MBEDGUARD_TICKET_LANES
/* With the lane held and the context shared: make anew what a thread left in the middle. */
int mbedguard_ticket_mend(mbedguard_ticket_lane *lane, const mbedguard_ticket_ring *ring);
#endif

#endif /* MBEDTLS_SSL_TICKET_C */

#endif /* MBEDGUARD_MODULES_SSL_TICKET_TICKET_H */
