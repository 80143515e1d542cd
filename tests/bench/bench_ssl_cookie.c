/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Cookies of one context from two threads: Mbed TLS's own, with its mutex, and ours. Each turn makes a
 * cookie and checks it.
 */
#include <string.h>

#include <mbedguard/mbedguard.h>

#include "bench/measure.h"

#if defined(MBEDTLS_SSL_COOKIE_C) && MBEDTLS_VERSION_NUMBER < 0x04000000

#define THREADS 2

static mbedtls_ssl_cookie_ctx raw;
static mbedguard_ssl_cookie_ctx guarded;
static const unsigned char client[6] = {127, 0, 0, 1, 4, 210};

static int draw(void *context, unsigned char *out, size_t size)
{
    (void) context;
    memset(out, 0x5A, size);
    return 0;
}

static void *raw_body(void *data)
{
    const unsigned count = *(const unsigned *) data;
    unsigned char cookie[64];
    unsigned i;

    for (i = 0; i < count; i++) {
        unsigned char *p = cookie;

        bench_must(mbedtls_ssl_cookie_write(&raw, &p, cookie + sizeof cookie, client, sizeof client),
                   "raw write");
        bench_must(mbedtls_ssl_cookie_check(&raw, cookie, (size_t) (p - cookie), client,
                                            sizeof client),
                   "raw check");
    }
    return NULL;
}

static void *guarded_body(void *data)
{
    const unsigned count = *(const unsigned *) data;
    unsigned char cookie[64];
    unsigned i;

    for (i = 0; i < count; i++) {
        unsigned char *p = cookie;

        bench_must(mbedguard_ssl_cookie_write(&guarded, &p, cookie + sizeof cookie, client,
                                              sizeof client),
                   "guarded write");
        bench_must(mbedguard_ssl_cookie_check(&guarded, cookie, (size_t) (p - cookie), client,
                                              sizeof client),
                   "guarded check");
    }
    return NULL;
}

static void raw_work(void *data, unsigned count)
{
    bench_divide(*(const unsigned *) data, raw_body, count);
}

static void guarded_work(void *data, unsigned count)
{
    bench_divide(*(const unsigned *) data, guarded_body, count);
}

int main(void)
{
    unsigned threads = 1;

    mbedtls_ssl_cookie_init(&raw);
    bench_must(mbedguard_ssl_cookie_init(&guarded), "init");
    bench_must(mbedtls_ssl_cookie_setup(&raw, draw, NULL), "raw set-up");
    bench_must(mbedguard_ssl_cookie_setup(&guarded, draw, NULL), "guarded set-up");
    bench_compare("cookie-1t", raw_work, &threads, guarded_work, &threads);
    threads = THREADS;
    bench_compare("cookie-2t", raw_work, &threads, guarded_work, &threads);
    mbedtls_ssl_cookie_free(&raw);
    bench_must(mbedguard_ssl_cookie_free(&guarded), "free");
    return 0;
}

#else

/* In 4.x the key is PSA's, and the function takes no generator. */
int main(void)
{
    return 0;
}

#endif
