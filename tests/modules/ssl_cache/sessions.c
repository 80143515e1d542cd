/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Sessions by number, and the clock. */
#include "modules/ssl_cache/sessions.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <mbedtls/platform.h>
#if defined(MBEDTLS_PLATFORM_TIME_ALT)
#include <mbedtls/platform_time.h>
#endif

static _Atomic int64_t set_time;

static time_t now(time_t *result)
{
    int64_t seconds = atomic_load(&set_time);
    struct timespec real;

    if (seconds == 0 && clock_gettime(CLOCK_REALTIME, &real) == 0)
        seconds = real.tv_sec;
    if (result != NULL)
        *result = (time_t) seconds;
    return (time_t) seconds;
}

#if defined(MBEDTLS_PLATFORM_TIME_ALT)
static mbedtls_time_t now_of_platform(mbedtls_time_t *result)
{
    return now(result);
}
#else
/* That of the C library, for all libraries of this program. */
#pragma GCC visibility push(default)
time_t time(time_t *result)
{
    return now(result);
}
#pragma GCC visibility pop
#endif

void clock_set(int64_t seconds)
{
#if defined(MBEDTLS_PLATFORM_TIME_ALT)
    (void) mbedtls_platform_set_time(now_of_platform);
#endif
    atomic_store(&set_time, seconds);
}

void session_id(unsigned char id[ID], unsigned number)
{
    unsigned i;

    for (i = 0; i < ID; i++)
        id[i] = (unsigned char) ((number >> (i % 4 * 8)) + i);
}

static void fill_master(unsigned char *master, size_t size, unsigned number, unsigned version)
{
    uint32_t dice = number * 7919 + version * 104729 + 1;
    size_t i;

    for (i = 0; i < size; i++)
        master[i] = (unsigned char) live_dice(&dice);
}

void session_make(mbedtls_ssl_session *session, unsigned number, unsigned version)
{
    mbedtls_ssl_session_init(session);
    session_id(session->MBEDTLS_PRIVATE(id), number);
    session->MBEDTLS_PRIVATE(id_len) = ID;
    session->MBEDTLS_PRIVATE(ciphersuite) = MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256;
    session->MBEDTLS_PRIVATE(verify_result) = version;
    fill_master(session->MBEDTLS_PRIVATE(master), sizeof(session->MBEDTLS_PRIVATE(master)), number,
                version);
#if defined(MBEDTLS_HAVE_TIME)
    session->MBEDTLS_PRIVATE(start) = 1000000 + (mbedtls_time_t) number;
#endif
#if defined(MBEDTLS_SSL_ENCRYPT_THEN_MAC)
    session->MBEDTLS_PRIVATE(encrypt_then_mac) = version % 2;
#endif
#if defined(MBEDTLS_SSL_MAX_FRAGMENT_LENGTH)
    session->MBEDTLS_PRIVATE(mfl_code) = (unsigned char) (version % 3);
#endif
#if LIVE_V3
    session->MBEDTLS_PRIVATE(tls_version) = MBEDTLS_SSL_VERSION_TLS1_2;
#endif
}

void session_add_pieces(mbedtls_ssl_session *session)
{
#if defined(MBEDTLS_X509_CRT_PARSE_C) && defined(MBEDTLS_SSL_KEEP_PEER_CERTIFICATE)
    mbedtls_x509_crt *crt = mbedtls_calloc(1, sizeof(*crt));

    ck_assert_ptr_nonnull(crt);
    mbedtls_x509_crt_init(crt);
    ck_assert_int_eq(mbedtls_x509_crt_parse(crt, (const unsigned char *) live_pem[0],
                                            strlen(live_pem[0]) + 1),
                     0);
    session->MBEDTLS_PRIVATE(peer_cert) = crt;
#endif
#if defined(MBEDTLS_SSL_SESSION_TICKETS) && defined(MBEDTLS_SSL_CLI_C)
    session->MBEDTLS_PRIVATE(ticket) = mbedtls_calloc(1, 3000);
    ck_assert_ptr_nonnull(session->MBEDTLS_PRIVATE(ticket));
    memset(session->MBEDTLS_PRIVATE(ticket), 0x5A, 3000);
    session->MBEDTLS_PRIVATE(ticket_len) = 3000;
    session->MBEDTLS_PRIVATE(ticket_lifetime) = 4711;
#endif
    (void) session;
}

int session_version(const mbedtls_ssl_session *session, unsigned number)
{
    const unsigned version = session->MBEDTLS_PRIVATE(verify_result);
    unsigned char id[ID], master[sizeof(session->MBEDTLS_PRIVATE(master))];

    session_id(id, number);
    fill_master(master, sizeof(master), number, version);
    if (session->MBEDTLS_PRIVATE(id_len) != ID ||
        memcmp(session->MBEDTLS_PRIVATE(id), id, ID) != 0 ||
        memcmp(session->MBEDTLS_PRIVATE(master), master, sizeof(master)) != 0)
        return -1;
    return (int) version;
}

int put_session(mbedguard_ssl_cache_context *cache, const mbedguard_ssl_session *session)
{
#if LIVE_V3
    const mbedtls_ssl_session *raw = &session->unguarded;

    return mbedguard_ssl_cache_set(cache, raw->MBEDTLS_PRIVATE(id), raw->MBEDTLS_PRIVATE(id_len),
                                   session);
#else
    return mbedguard_ssl_cache_set(cache, session);
#endif
}

int put_session_raw(mbedtls_ssl_cache_context *cache, const mbedtls_ssl_session *session)
{
#if LIVE_V3
    return mbedtls_ssl_cache_set(cache, session->MBEDTLS_PRIVATE(id),
                                 session->MBEDTLS_PRIVATE(id_len), session);
#else
    return mbedtls_ssl_cache_set(cache, session);
#endif
}

/*
 * For the time of a call. On the stack it would have a place that others have afterwards, and helgrind
 * takes the mutex of a passing entropy context there for the same lock.
 */
static _Thread_local mbedguard_ssl_session passing;

int put(mbedguard_ssl_cache_context *cache, unsigned number, unsigned version)
{
    int ret = mbedguard_ssl_session_init(&passing);

    if (ret != 0)
        return ret;
    session_make(&passing.unguarded, number, version);
    ret = put_session(cache, &passing);
    (void) mbedguard_ssl_session_free(&passing);
    return ret;
}

int put_raw(mbedtls_ssl_cache_context *cache, unsigned number, unsigned version)
{
    mbedtls_ssl_session session;
    int ret;

    session_make(&session, number, version);
    ret = put_session_raw(cache, &session);
    mbedtls_ssl_session_free(&session);
    return ret;
}

int find_into(mbedguard_ssl_cache_context *cache, unsigned number, mbedguard_ssl_session *session)
{
    unsigned char id[ID];

    session_id(id, number);
#if LIVE_V3
    return mbedguard_ssl_cache_get(cache, id, ID, session);
#else
    memcpy(session->unguarded.id, id, ID);
    session->unguarded.id_len = ID;
    return mbedguard_ssl_cache_get(cache, session);
#endif
}

int find_raw_into(mbedtls_ssl_cache_context *cache, unsigned number, mbedtls_ssl_session *session)
{
    unsigned char id[ID];

    session_id(id, number);
#if LIVE_V3
    return mbedtls_ssl_cache_get(cache, id, ID, session);
#else
    memcpy(session->id, id, ID);
    session->id_len = ID;
    return mbedtls_ssl_cache_get(cache, session);
#endif
}

int find(mbedguard_ssl_cache_context *cache, unsigned number)
{
    int ret = mbedguard_ssl_session_init(&passing);

    if (ret != 0)
        return ret;
    ret = find_into(cache, number, &passing);
    if (ret == 0)
        ret = session_version(&passing.unguarded, number);
    else if (ret == NOT_FOUND)
        ret = -1;
    (void) mbedguard_ssl_session_free(&passing);
    return ret;
}

int find_raw(mbedtls_ssl_cache_context *cache, unsigned number)
{
    mbedtls_ssl_session session;
    int ret;

    mbedtls_ssl_session_init(&session);
    ret = find_raw_into(cache, number, &session);
    if (ret == 0)
        ret = session_version(&session, number);
    else if (ret == NOT_FOUND)
        ret = -1;
    mbedtls_ssl_session_free(&session);
    return ret;
}

int take(mbedguard_ssl_cache_context *cache, unsigned number)
{
    unsigned char id[ID];

    session_id(id, number);
    return mbedguard_ssl_cache_remove(cache, id, ID);
}

mbedguard_ssl_cache_statistics numbers_of(mbedguard_ssl_cache_context *cache)
{
    mbedguard_ssl_cache_statistics numbers;

    LIVE_EQ(mbedguard_ssl_cache_get_statistics(cache, &numbers), 0);
    return numbers;
}
