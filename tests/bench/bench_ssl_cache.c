/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Look-ups in a full session cache, of entries in random order: lines `name raw guarded ratio`.
 *
 * cache-get-N   one thread, N entries; the ratio is to mbedtls_ssl_cache
 * cache-2t      guarded, 50000 entries: two threads, and the ratio is to one
 *
 * Sessions have no certificate, whose parsing costs the same on both sides and more than all else.
 */
#include "bench/measure.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mbedguard/ssl_cache.h>

#ifndef MBEDTLS_PRIVATE
#define MBEDTLS_PRIVATE(member) member
#endif

#define ID      32
#define THREADS 2
#define LARGE   50000
/* A list of n entries takes n * n / 2 steps to fill: so it is made of short ones. */
#define SHORT   100

struct cache {
    mbedtls_ssl_cache_context raw;
    mbedguard_ssl_cache_context guarded;
    unsigned entries;
};

/* One look-up after the other. */
struct user {
    struct cache *cache;
    unsigned count;
    uint32_t dice;
    unsigned char apart[128];
};

static uint32_t throw_dice(uint32_t *dice)
{
    *dice ^= *dice << 13;
    *dice ^= *dice >> 17;
    *dice ^= *dice << 5;
    return *dice;
}

/* As an RNG would make them. */
static void make_id(unsigned char id[ID], unsigned number)
{
    uint32_t dice = (number + 1) * 2654435761u;
    unsigned i;

    for (i = 0; i < ID; i++)
        id[i] = (unsigned char) (throw_dice(&dice) >> 11);
}

static void make_session(mbedtls_ssl_session *session, unsigned number)
{
    make_id(session->MBEDTLS_PRIVATE(id), number);
    session->MBEDTLS_PRIVATE(id_len) = ID;
    session->MBEDTLS_PRIVATE(ciphersuite) = MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256;
#if MBEDTLS_VERSION_NUMBER >= 0x03000000
    session->MBEDTLS_PRIVATE(tls_version) = MBEDTLS_SSL_VERSION_TLS1_2;
#endif
}

static int set_raw(mbedtls_ssl_cache_context *cache, unsigned number)
{
    mbedtls_ssl_session session;
    unsigned char id[ID];
    int ret;

    mbedtls_ssl_session_init(&session);
    make_session(&session, number);
    make_id(id, number);
#if MBEDTLS_VERSION_NUMBER < 0x03000000
    ret = mbedtls_ssl_cache_set(cache, &session);
#else
    ret = mbedtls_ssl_cache_set(cache, id, ID, &session);
#endif
    mbedtls_ssl_session_free(&session);
    return ret;
}

static int set_guarded(struct cache *cache, unsigned number)
{
    mbedguard_ssl_session session;
    unsigned char id[ID];
    int ret;

    bench_must(mbedguard_ssl_session_init(&session), "session");
    make_session(&session.unguarded, number);
    make_id(id, number);
#if MBEDTLS_VERSION_NUMBER < 0x03000000
    ret = mbedguard_ssl_cache_set(&cache->guarded, &session);
#else
    ret = mbedguard_ssl_cache_set(&cache->guarded, id, ID, &session);
#endif
    (void) mbedguard_ssl_session_free(&session);
    return ret;
}

/* Entries first to last in front of what there is. */
static void put_in_front(mbedtls_ssl_cache_context *cache, unsigned first, unsigned last)
{
    mbedtls_ssl_cache_context part;
    mbedtls_ssl_cache_entry *end;

    mbedtls_ssl_cache_init(&part);
    mbedtls_ssl_cache_set_max_entries(&part, SHORT);
    for (; first < last; first++)
        bench_must(set_raw(&part, first), "store, raw");
    end = part.MBEDTLS_PRIVATE(chain);
    while (end->MBEDTLS_PRIVATE(next) != NULL)
        end = end->MBEDTLS_PRIVATE(next);
    end->MBEDTLS_PRIVATE(next) = cache->MBEDTLS_PRIVATE(chain);
    cache->MBEDTLS_PRIVATE(chain) = part.MBEDTLS_PRIVATE(chain);
    part.MBEDTLS_PRIVATE(chain) = NULL;
    mbedtls_ssl_cache_free(&part);
}

static void open_cache(struct cache *cache, unsigned entries)
{
    unsigned i;

    cache->entries = entries;
    mbedtls_ssl_cache_init(&cache->raw);
    mbedtls_ssl_cache_set_max_entries(&cache->raw, (int) entries);
    bench_must(mbedguard_ssl_cache_init(&cache->guarded), "cache");
    bench_must(mbedguard_ssl_cache_set_max_entries(&cache->guarded, (int) entries), "entries");
    for (i = 0; i < entries; i += SHORT)
        put_in_front(&cache->raw, i, entries - i < SHORT ? entries : i + SHORT);
    for (i = 0; i < entries; i++)
        bench_must(set_guarded(cache, i), "store, guarded");
}

static void close_cache(struct cache *cache)
{
    mbedtls_ssl_cache_free(&cache->raw);
    (void) mbedguard_ssl_cache_free(&cache->guarded);
}

static void get_raw(void *data, unsigned count)
{
    struct user *user = data;
    mbedtls_ssl_session session;
    unsigned char id[ID];
    int ret;

    while (count-- > 0) {
        mbedtls_ssl_session_init(&session);
        make_id(id, throw_dice(&user->dice) % user->cache->entries);
#if MBEDTLS_VERSION_NUMBER < 0x03000000
        memcpy(session.id, id, ID);
        session.id_len = ID;
        ret = mbedtls_ssl_cache_get(&user->cache->raw, &session);
#else
        ret = mbedtls_ssl_cache_get(&user->cache->raw, id, ID, &session);
#endif
        bench_must(ret, "look-up, raw");
        mbedtls_ssl_session_free(&session);
    }
}

static void get_guarded(void *data, unsigned count)
{
    struct user *user = data;
    mbedguard_ssl_session session;
    unsigned char id[ID];
    int ret;

    bench_must(mbedguard_ssl_session_init(&session), "session");
    while (count-- > 0) {
        make_id(id, throw_dice(&user->dice) % user->cache->entries);
#if MBEDTLS_VERSION_NUMBER < 0x03000000
        memcpy(session.unguarded.id, id, ID);
        session.unguarded.id_len = ID;
        ret = mbedguard_ssl_cache_get(&user->cache->guarded, &session);
#else
        ret = mbedguard_ssl_cache_get(&user->cache->guarded, id, ID, &session);
#endif
        bench_must(ret, "look-up, guarded");
    }
    (void) mbedguard_ssl_session_free(&session);
}

static void *run_user(void *data)
{
    struct user *user = data;

    get_guarded(user, user->count);
    return NULL;
}

/* count look-ups in all, by so many threads. */
static void by_threads(struct cache *cache, unsigned threads, unsigned count)
{
    struct user users[THREADS];
    unsigned i;

    memset(users, 0, sizeof(users));
    for (i = 0; i < threads; i++) {
        users[i].cache = cache;
        users[i].count = count / threads;
        users[i].dice = 77 + i;
    }
    bench_threads(threads, run_user, users, sizeof(users[0]));
}

static void by_one(void *data, unsigned count)
{
    by_threads(data, 1, count);
}

static void by_two(void *data, unsigned count)
{
    by_threads(data, THREADS, count);
}

int main(void)
{
    static const unsigned sizes[] = { 50, 10000, LARGE };
    static struct cache cache;
    static struct user user;
    char name[32];
    size_t i;

    for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        open_cache(&cache, sizes[i]);
        user.cache = &cache;
        user.dice = 1;
        (void) snprintf(name, sizeof(name), "cache-get-%u", sizes[i]);
        bench_compare(name, get_raw, &user, get_guarded, &user);
        if (sizes[i] == LARGE)
            bench_compare("cache-2t", by_one, &cache, by_two, &cache);
        close_cache(&cache);
    }
    return 0;
}
