/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* What the tests of cookies share: a context of ours and one of Mbed TLS's under one key, and a clock. */
#ifndef COOKIES_H
#define COOKIES_H

#include <stdatomic.h>

#include "live/live.h"

#ifndef MBEDTLS_PRIVATE
#define MBEDTLS_PRIVATE(member) member
#endif

#define COOKIE_SIZE 64

/*
 * Is the key one of PSA's, which makes it itself? Then no two contexts have the same, unless one has
 * the other's; and a cookie that is not ours has a name.
 */
#if LIVE_V3 && defined(MBEDTLS_USE_PSA_CRYPTO)
#define COOKIE_PSA      1
#define COOKIE_MISMATCH MBEDTLS_ERR_SSL_INVALID_MAC
#else
#define COOKIE_PSA      0
#define COOKIE_MISMATCH (-1)
#endif

struct cookie {
    unsigned char bytes[COOKIE_SIZE];
    size_t length;
};

extern mbedguard_ssl_cookie_ctx cookies_ours;
extern mbedtls_ssl_cookie_ctx cookies_raw;

/* Sets both up with the same key. */
void cookies_set_up(void);
void cookies_tear_down(void);

/* Seconds that time() tells everybody in this process; 0: the time that it is. */
extern atomic_long cookie_clock_set;

/* What the next look at the clock of a thread does beside: Mbed TLS takes it in the middle of a call. */
enum { COOKIE_GO_ON, COOKIE_MEET, COOKIE_STAY };
extern _Thread_local int cookie_at_clock;
extern atomic_uint cookie_inside, cookie_may_leave;
extern atomic_bool cookie_missed;

/* Wait until the number is there; or note that it does not come. */
void cookie_wait_for(atomic_uint *number, unsigned expected);

/* Generators: the same key for each context, and another one. `calls` counts, or is NULL. */
int cookie_draw(void *calls, unsigned char *out, size_t size);
int cookie_draw_another(void *context, unsigned char *out, size_t size);

/* A cookie for a client, and whether it is: ours, and Mbed TLS's. */
int cookie_make(mbedguard_ssl_cookie_ctx *ctx, const char *client, struct cookie *cookie);
int cookie_check(mbedguard_ssl_cookie_ctx *ctx, const char *client, const struct cookie *cookie);
int cookie_make_raw(const char *client, struct cookie *cookie);
int cookie_check_raw(const char *client, const struct cookie *cookie);

#endif /* COOKIES_H */
