/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * How calls go in and out of a cache. Two locks protect its entries:
 *
 * - Whoever changes something holds the guard of the cache, exclusively: so changes come one after
 *   the other, in the order of guards, and the entries stand still for who holds it.
 * - Each change is made with the gate shut (core/gate.h), whole: entries, numbers, the pointer to
 *   the store itself. Whoever looks goes in by a door, and needs no guard. So a look-up writes no memory
 *   in common with others, and a child of fork() finds the entries whole whoever was changing them.
 *
 * A look-up does take the guard, before it goes in, when some thread has locked the cache explicitly;
 * `locked` says so, and is changed with the gate shut, too.
 */
#ifndef MBEDGUARD_SSL_CACHE_INSIDE_H
#define MBEDGUARD_SSL_CACHE_INSIDE_H

#include <mbedguard/ssl_cache.h>

#if defined(MBEDTLS_SSL_CACHE_C)

#include "core/enter.h"
#include "core/gate.h"
#include "manual/members.h"
#include "modules/ssl_cache/table.h"

/* So many entries are unlinked while others wait. */
#define MBEDGUARD_CACHE_STEP 64u

/* What the look-ups by one door count, in memory of its own. */
typedef struct mbedguard_cache_count {
    uint64_t hits, misses;
    unsigned char apart[112];
} mbedguard_cache_count;

typedef struct mbedguard_cache_store {
    mbedguard_cache_table *table;
    int timeout; /* as in the raw object, for look-ups */
    mbedguard_ssl_cache_statistics numbers; /* but for hits, misses, entries and bytes */
    unsigned char apart[64];                /* from what all look-ups read */
    mbedguard_cache_count counts[];         /* one for each door */
} mbedguard_cache_store;

/*
 * Take the guard, for a change; where the process forked in the middle of one, nothing is half done
 * but what an explicit lock was for. 0 or MBEDGUARD_ERR_*.
 */
int mbedguard_cache_enter(mbedguard_ssl_cache_context *cache, const char *where);
int mbedguard_cache_leave(mbedguard_ssl_cache_context *cache);

/* With the guard: the store, made if there is none; NULL without memory or threads (*ret says which). */
mbedguard_cache_store *mbedguard_cache_store_of(mbedguard_ssl_cache_context *cache, int *ret);

/* The time in seconds; 0 where Mbed TLS has none. */
int64_t mbedguard_cache_now(void);
/* Is it past its time? */
bool mbedguard_cache_is_expired(const mbedguard_cache_entry *entry, int64_t now, int timeout);

/* With the gate shut: unlink an entry and put it in front of a list. */
void mbedguard_cache_take_out(mbedguard_cache_store *store, mbedguard_cache_entry *entry,
                              mbedguard_cache_entry **list);

/* Bounds as numbers: 0 entries is a bound, 0 bytes is none. */
size_t mbedguard_cache_max_entries(const mbedguard_ssl_cache_context *cache);
size_t mbedguard_cache_max_bytes(const mbedguard_ssl_cache_context *cache);

#endif

#endif /* MBEDGUARD_SSL_CACHE_INSIDE_H */
