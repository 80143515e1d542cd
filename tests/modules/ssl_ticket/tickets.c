/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#if !defined(_POSIX_C_SOURCE)
#define _POSIX_C_SOURCE 200809L
#endif

#include "tickets.h"

#include <sched.h>
#include <string.h>
#include <time.h>

atomic_long ticket_clock;
_Thread_local unsigned ticket_meets_at_look;
unsigned ticket_meeting;
atomic_uint ticket_looks;

/* Gives up in the end, so that nothing hangs. */
static void meet(void)
{
    const unsigned number = atomic_fetch_add(&ticket_looks, 1);
    const unsigned all = (number / ticket_meeting + 1) * ticket_meeting;
    struct timespec from, now;

    (void) clock_gettime(CLOCK_MONOTONIC, &from);
    do {
        (void) sched_yield();
        (void) clock_gettime(CLOCK_MONOTONIC, &now);
    } while (atomic_load(&ticket_looks) < all && now.tv_sec - from.tv_sec < 5);
}

/* In the place of the C library's, for Mbed TLS, too, which finds what the program exports. */
#if defined(__GNUC__)
__attribute__((visibility("default")))
#endif
time_t
time(time_t *into)
{
    const long set = atomic_load(&ticket_clock);
    struct timespec now = {0, 0};

    if (ticket_meets_at_look != 0 && --ticket_meets_at_look == 0)
        meet();
    if (set != 0)
        now.tv_sec = set;
    else
        (void) clock_gettime(CLOCK_REALTIME, &now);
    if (into != NULL)
        *into = now.tv_sec;
    return now.tv_sec;
}

int source_draw(void *source, unsigned char *out, size_t size)
{
    struct source *const self = source;
    size_t i;

    if (++self->calls == self->fail_at)
        return SOURCE_FAILS;
    for (i = 0; i < size; i++) {
        self->state = self->state * 1664525u + 1013904223u;
        out[i] = (unsigned char) (self->state >> 24);
    }
    return 0;
}

int ticket_set_up(mbedguard_ssl_ticket_context *tickets, struct source *source, uint32_t lifetime)
{
    return mbedguard_ssl_ticket_setup(tickets, source_draw, source, MBEDTLS_CIPHER_AES_256_GCM,
                                      lifetime);
}

static void fill(mbedtls_ssl_session *session, uint32_t content)
{
    unsigned i;

#if LIVE_V3
    session->MBEDTLS_PRIVATE(tls_version) = MBEDTLS_SSL_VERSION_TLS1_2;
    session->MBEDTLS_PRIVATE(endpoint) = MBEDTLS_SSL_IS_SERVER;
#if defined(MBEDTLS_HAVE_TIME)
    session->MBEDTLS_PRIVATE(ticket_creation_time) = mbedtls_ms_time();
#endif
#endif
#if defined(MBEDTLS_HAVE_TIME)
    session->MBEDTLS_PRIVATE(start) = time(NULL);
#endif
    session->MBEDTLS_PRIVATE(ciphersuite) = 0xC02B;
    for (i = 0; i < sizeof session->MBEDTLS_PRIVATE(master); i++)
        session->MBEDTLS_PRIVATE(master)[i] = (unsigned char) (content >> (i % 4 * 8));
}

/* -1 where the bytes are not those of one content. */
static int content_of(const mbedtls_ssl_session *session, uint32_t *content)
{
    const unsigned char *const master = session->MBEDTLS_PRIVATE(master);
    unsigned i;

    *content = (uint32_t) master[0] | (uint32_t) master[1] << 8 | (uint32_t) master[2] << 16 |
               (uint32_t) master[3] << 24;
    for (i = 4; i < sizeof session->MBEDTLS_PRIVATE(master); i++) {
        if (master[i] != master[i % 4])
            return -1;
    }
    return 0;
}

int ticket_seal(mbedguard_ssl_ticket_context *tickets, uint32_t content, struct ticket *ticket)
{
    mbedguard_ssl_session session;
    int ret;

    memset(ticket, 0, sizeof *ticket);
    mbedguard_ssl_session_init(&session);
    fill(&session.unguarded, content);
    ret = mbedguard_ssl_ticket_write(tickets, &session, ticket->bytes,
                                     ticket->bytes + sizeof ticket->bytes, &ticket->length,
                                     &ticket->lifetime);
    mbedguard_ssl_session_free(&session);
    return ret;
}

int ticket_open(mbedguard_ssl_ticket_context *tickets, const struct ticket *ticket, uint32_t *content)
{
    struct ticket copy = *ticket;
    mbedguard_ssl_session session;
    int ret;

    mbedguard_ssl_session_init(&session);
    ret = mbedguard_ssl_ticket_parse(tickets, &session, copy.bytes, copy.length);
    if (ret == 0)
        ret = content_of(&session.unguarded, content);
    mbedguard_ssl_session_free(&session);
    return ret;
}

int ticket_seal_raw(mbedtls_ssl_ticket_context *tickets, uint32_t content, struct ticket *ticket)
{
    mbedtls_ssl_session session;
    int ret;

    mbedtls_ssl_session_init(&session);
    fill(&session, content);
    ret = mbedtls_ssl_ticket_write(tickets, &session, ticket->bytes,
                                   ticket->bytes + sizeof ticket->bytes, &ticket->length,
                                   &ticket->lifetime);
    mbedtls_ssl_session_free(&session);
    return ret;
}

int ticket_open_raw(mbedtls_ssl_ticket_context *tickets, const struct ticket *ticket,
                    uint32_t *content)
{
    struct ticket copy = *ticket;
    mbedtls_ssl_session session;
    int ret;

    mbedtls_ssl_session_init(&session);
    ret = mbedtls_ssl_ticket_parse(tickets, &session, copy.bytes, copy.length);
    if (ret == 0)
        ret = content_of(&session, content);
    mbedtls_ssl_session_free(&session);
    return ret;
}

int ticket_rotate(mbedguard_ssl_ticket_context *tickets, uint32_t number, uint32_t lifetime)
{
    unsigned char name[4], key[32];
    unsigned i;

    for (i = 0; i < sizeof name; i++)
        name[i] = (unsigned char) (number >> (8 * i));
    for (i = 0; i < sizeof key; i++)
        key[i] = (unsigned char) (number * 7u + i);
    return mbedguard_ssl_ticket_rotate(tickets, name, sizeof name, key, sizeof key, lifetime);
}
