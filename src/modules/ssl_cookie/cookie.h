/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * DTLS cookies, made and checked by as many threads as there are processors.
 *
 * Cookies are made and checked by Mbed TLS's own functions on cookie contexts of Mbed TLS's that have
 * the same key: one in each lane, where a hash serves one call at a time, or a passing copy of the
 * one where the key is PSA's, which serves many. Time-out and number are those of the program's
 * context: each call takes them along.
 */
#ifndef MBEDGUARD_MODULES_SSL_COOKIE_COOKIE_H
#define MBEDGUARD_MODULES_SSL_COOKIE_COOKIE_H

#include <mbedguard/ssl_cookie.h>

#if defined(MBEDTLS_SSL_COOKIE_C)

#include "core/lane.h"
#include "manual/members.h"
#include "manual/psa_inside.h"

/* Is the key PSA's, which any number of calls use at once? 2.28 never has it there. */
#if MBEDTLS_VERSION_NUMBER >= 0x04000000 ||                                                        \
    (MBEDTLS_VERSION_NUMBER >= 0x03000000 && defined(MBEDTLS_USE_PSA_CRYPTO))
#define MBEDGUARD_COOKIE_PSA  1
#define MBEDGUARD_COOKIE_WANT MBEDGUARD_PSA_INSIDE_WANT
#else
#define MBEDGUARD_COOKIE_PSA 0
#define MBEDGUARD_COOKIE_WANT                                                                      \
    {                                                                                              \
        NULL, MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_PSA_STORE | MBEDGUARD_AROUND                    \
    }
#endif

#if !MBEDGUARD_COOKIE_PSA && !defined(MBEDGUARD_THREADING_NONE)
#define MBEDGUARD_COOKIE_LANES 1
#else
#define MBEDGUARD_COOKIE_LANES 0
#endif

#if MBEDGUARD_COOKIE_LANES

#define MBEDGUARD_COOKIE_KEY_MAX 64u

typedef struct mbedguard_cookie_lane {
    mbedguard_lane lane;
    uint32_t is_made; /* not while its hash comes or goes */
    mbedtls_ssl_cookie_ctx raw;
    unsigned char apart[MBEDGUARD_LANE_APART];
} mbedguard_cookie_lane;

struct mbedguard_cookie_state {
    unsigned char key[MBEDGUARD_COOKIE_KEY_MAX];
    size_t key_size;
    unsigned char mark[16]; /* of the hash of the program's context, as it was set up here */
    unsigned count;
    mbedguard_cookie_lane lanes[];
};

/* With the lane held and the context shared: make anew what a thread left in the middle. */
int mbedguard_cookie_mend(mbedguard_cookie_lane *lane, struct mbedguard_cookie_state *state);

/* The state if the context is in it, or NULL: not set up, or set up where it was borrowed. */
struct mbedguard_cookie_state *mbedguard_cookie_state_of(const mbedguard_ssl_cookie_ctx *ctx);

#endif

#endif /* MBEDTLS_SSL_COOKIE_C */

#endif /* MBEDGUARD_MODULES_SSL_COOKIE_COOKIE_H */
