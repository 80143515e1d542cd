/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Tickets of one context from two threads: Mbed TLS's own, with its mutex, and ours. Each turn seals
 * a ticket and opens it. The random bytes for the two are of a generator for each thread, so that
 * it is the context that is measured, and not what a shared generator costs.
 */
#include <string.h>

#include <mbedguard/mbedguard.h>

#include "bench/measure.h"

#if defined(MBEDTLS_SSL_TICKET_C) && defined(MBEDTLS_HAVE_TIME) && MBEDTLS_VERSION_NUMBER < 0x04000000

#ifndef MBEDTLS_PRIVATE
#define MBEDTLS_PRIVATE(member) member
#endif

#define THREADS  2
#define LIFETIME 86400

static mbedtls_ssl_ticket_context raw;
static mbedguard_ssl_ticket_context guarded;

/* A xorshift: of the measure only, and the same for both sides. */
static int draw(void *context, unsigned char *out, size_t size)
{
    static _Thread_local uint64_t state;
    size_t i;

    if (state == 0)
        state = (uint64_t) (uintptr_t) &state | 1u;
    (void) context;
    for (i = 0; i < size; i++) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        out[i] = (unsigned char) (state >> 32);
    }
    return 0;
}

static void fill(mbedtls_ssl_session *session)
{
#if MBEDTLS_VERSION_NUMBER >= 0x03000000
    session->MBEDTLS_PRIVATE(tls_version) = MBEDTLS_SSL_VERSION_TLS1_2;
    session->MBEDTLS_PRIVATE(endpoint) = MBEDTLS_SSL_IS_SERVER;
    session->MBEDTLS_PRIVATE(ticket_creation_time) = mbedtls_ms_time();
#endif
    session->MBEDTLS_PRIVATE(ciphersuite) = 0xC02B;
    session->MBEDTLS_PRIVATE(start) = mbedtls_time(NULL);
}

static void *raw_body(void *data)
{
    const unsigned count = *(const unsigned *) data;
    unsigned char ticket[512];
    mbedtls_ssl_session session, back;
    uint32_t lifetime;
    size_t length;
    unsigned i;

    mbedtls_ssl_session_init(&session);
    fill(&session);
    for (i = 0; i < count; i++) {
        mbedtls_ssl_session_init(&back);
        bench_must(mbedtls_ssl_ticket_write(&raw, &session, ticket, ticket + sizeof ticket, &length,
                                            &lifetime),
                   "raw write");
        bench_must(mbedtls_ssl_ticket_parse(&raw, &back, ticket, length), "raw parse");
        mbedtls_ssl_session_free(&back);
    }
    mbedtls_ssl_session_free(&session);
    return NULL;
}

static void *guarded_body(void *data)
{
    const unsigned count = *(const unsigned *) data;
    unsigned char ticket[512];
    mbedguard_ssl_session session, back;
    uint32_t lifetime;
    size_t length;
    unsigned i;

    bench_must(mbedguard_ssl_session_init(&session), "init");
    fill(&session.unguarded);
    for (i = 0; i < count; i++) {
        bench_must(mbedguard_ssl_session_init(&back), "init");
        bench_must(mbedguard_ssl_ticket_write(&guarded, &session, ticket, ticket + sizeof ticket,
                                              &length, &lifetime),
                   "guarded write");
        bench_must(mbedguard_ssl_ticket_parse(&guarded, &back, ticket, length), "guarded parse");
        bench_must(mbedguard_ssl_session_free(&back), "free");
    }
    bench_must(mbedguard_ssl_session_free(&session), "free");
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

    mbedtls_ssl_ticket_init(&raw);
    bench_must(mbedguard_ssl_ticket_init(&guarded), "init");
    bench_must(mbedtls_ssl_ticket_setup(&raw, draw, NULL, MBEDTLS_CIPHER_AES_256_GCM, LIFETIME),
               "raw set-up");
    bench_must(mbedguard_ssl_ticket_setup(&guarded, draw, NULL, MBEDTLS_CIPHER_AES_256_GCM, LIFETIME),
               "guarded set-up");
    bench_compare("ticket-1t", raw_work, &threads, guarded_work, &threads);
    threads = THREADS;
    bench_compare("ticket-2t", raw_work, &threads, guarded_work, &threads);
    mbedtls_ssl_ticket_free(&raw);
    bench_must(mbedguard_ssl_ticket_free(&guarded), "free");
    return 0;
}

#else

/* The generators of 4.x are PSA's, which bench_psa measures. */
int main(void)
{
    return 0;
}

#endif
