/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#if !defined(_POSIX_C_SOURCE)
#define _POSIX_C_SOURCE 200809L
#endif

#include "cookies.h"

#include <sched.h>
#include <string.h>
#include <time.h>

mbedguard_ssl_cookie_ctx cookies_ours;
mbedtls_ssl_cookie_ctx cookies_raw;

atomic_long cookie_clock_set;

_Thread_local int cookie_at_clock;
atomic_uint cookie_inside, cookie_may_leave;
atomic_bool cookie_missed;

/* Wait until the number is there; or note that it does not come. */
void cookie_wait_for(atomic_uint *number, unsigned expected)
{
    struct timespec now, from;

    (void) clock_gettime(CLOCK_MONOTONIC, &from);
    while (atomic_load(number) < expected) {
        (void) clock_gettime(CLOCK_MONOTONIC, &now);
        if (now.tv_sec - from.tv_sec > 60) {
            atomic_store(&cookie_missed, true);
            return;
        }
        (void) sched_yield();
    }
}

static void wait_at_clock(void)
{
    const int does = cookie_at_clock;

    cookie_at_clock = COOKIE_GO_ON;
    if (does == COOKIE_GO_ON)
        return;
    atomic_fetch_add(&cookie_inside, 1);
    if (does == COOKIE_MEET)
        cookie_wait_for(&cookie_inside, 2);
    else
        cookie_wait_for(&cookie_may_leave, 1);
}

/* In the place of the C library's, for Mbed TLS, too, which finds what the program exports. */
__attribute__((visibility("default"))) time_t time(time_t *into)
{
    const long set = atomic_load(&cookie_clock_set);
    struct timespec now = {set, 0};

    wait_at_clock();
    if (set == 0)
        (void) clock_gettime(CLOCK_REALTIME, &now);
    if (into != NULL)
        *into = now.tv_sec;
    return now.tv_sec;
}

/* The same key for each context that begins anew. */
int cookie_draw(void *calls, unsigned char *out, size_t size)
{
    size_t i;

    if (calls != NULL)
        ++*(unsigned *) calls;
    for (i = 0; i < size; i++)
        out[i] = (unsigned char) (i * 5 + 1);
    return 0;
}

int cookie_draw_another(void *context, unsigned char *out, size_t size)
{
    (void) context;
    memset(out, 0x77, size);
    return 0;
}

int cookie_make(mbedguard_ssl_cookie_ctx *ctx, const char *client, struct cookie *cookie)
{
    unsigned char *p = cookie->bytes;
    const int ret = mbedguard_ssl_cookie_write(ctx, &p, cookie->bytes + COOKIE_SIZE,
                                               (const unsigned char *) client, strlen(client));

    cookie->length = (size_t) (p - cookie->bytes);
    return ret;
}

int cookie_make_raw(const char *client, struct cookie *cookie)
{
    unsigned char *p = cookie->bytes;
    const int ret = mbedtls_ssl_cookie_write(&cookies_raw, &p, cookie->bytes + COOKIE_SIZE,
                                             (const unsigned char *) client, strlen(client));

    cookie->length = (size_t) (p - cookie->bytes);
    return ret;
}

int cookie_check(mbedguard_ssl_cookie_ctx *ctx, const char *client, const struct cookie *cookie)
{
    return mbedguard_ssl_cookie_check(ctx, cookie->bytes, cookie->length,
                                      (const unsigned char *) client, strlen(client));
}

int cookie_check_raw(const char *client, const struct cookie *cookie)
{
    return mbedtls_ssl_cookie_check(&cookies_raw, cookie->bytes, cookie->length,
                                    (const unsigned char *) client, strlen(client));
}

void cookies_set_up(void)
{
    atomic_store(&cookie_inside, 0);
    atomic_store(&cookie_may_leave, 0);
    atomic_store(&cookie_missed, false);
    ck_assert_int_eq(mbedguard_ssl_cookie_init(&cookies_ours), 0);
    ck_assert_int_eq(mbedguard_ssl_cookie_setup(&cookies_ours, cookie_draw, NULL), 0);
    mbedtls_ssl_cookie_init(&cookies_raw);
#if COOKIE_PSA
    cookies_raw.MBEDTLS_PRIVATE(psa_hmac_key) = cookies_ours.unguarded.MBEDTLS_PRIVATE(psa_hmac_key);
    cookies_raw.MBEDTLS_PRIVATE(psa_hmac_alg) = cookies_ours.unguarded.MBEDTLS_PRIVATE(psa_hmac_alg);
#else
    ck_assert_int_eq(mbedtls_ssl_cookie_setup(&cookies_raw, cookie_draw, NULL), 0);
#endif
}

void cookies_tear_down(void)
{
    ck_assert_int_eq(mbedguard_ssl_cookie_free(&cookies_ours), 0);
#if COOKIE_PSA
    cookies_raw.MBEDTLS_PRIVATE(psa_hmac_key) = MBEDTLS_SVC_KEY_ID_INIT;
#endif
    mbedtls_ssl_cookie_free(&cookies_raw);
    cookie_clock_set = 0;
}
