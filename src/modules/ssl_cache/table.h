/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Entries, found by their identifier and ordered by their age. No locks here: whoever looks shuts out
 * whoever changes.
 *
 * The hash table is in shards, each with buckets of its own, so that it grows in small steps.
 */
#ifndef MBEDGUARD_SSL_CACHE_TABLE_H
#define MBEDGUARD_SSL_CACHE_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "modules/ssl_cache/keyed_hash.h"

#define MBEDGUARD_CACHE_ID_MAX 32u
#define MBEDGUARD_CACHE_SHARDS 64u
#define MBEDGUARD_CACHE_BUCKETS_MIN 4u

typedef struct mbedguard_cache_entry {
    struct mbedguard_cache_entry *next; /* in its bucket */
    struct mbedguard_cache_entry *older, *newer;
    uint64_t hash;
    int64_t time;  /* it was stored, in seconds */
    size_t length; /* of the bytes */
    unsigned char id_length;
    unsigned char id[MBEDGUARD_CACHE_ID_MAX];
    unsigned char bytes[];
} mbedguard_cache_entry;

typedef struct mbedguard_cache_shard {
    mbedguard_cache_entry **buckets; /* few, or on the heap */
    size_t mask;
    size_t count;
    mbedguard_cache_entry *few[MBEDGUARD_CACHE_BUCKETS_MIN];
} mbedguard_cache_shard;

typedef struct mbedguard_cache_table {
    mbedguard_hash_key key;
    mbedguard_cache_entry *oldest, *newest;
    size_t entries, bytes;
    mbedguard_cache_shard shards[MBEDGUARD_CACHE_SHARDS];
} mbedguard_cache_table;

/* An entry with room for so many bytes, or NULL; what is freed is wiped. */
mbedguard_cache_entry *mbedguard_cache_entry_new(const unsigned char *id, size_t id_length,
                                                 size_t length);
void mbedguard_cache_entry_free(mbedguard_cache_entry *entry);
/* A list of unlinked entries, joined by newer. */
void mbedguard_cache_entries_free(mbedguard_cache_entry *list);

/* The memory of an entry, as bounds count it. */
size_t mbedguard_cache_entry_size(const mbedguard_cache_entry *entry);

/* An empty one, or NULL. Free frees all entries, too. */
mbedguard_cache_table *mbedguard_cache_table_new(void);
void mbedguard_cache_table_free(mbedguard_cache_table *table);

uint64_t mbedguard_cache_table_hash(const mbedguard_cache_table *table, const unsigned char *id,
                                    size_t id_length);

/* The entry, or NULL. */
mbedguard_cache_entry *mbedguard_cache_table_find(const mbedguard_cache_table *table, uint64_t hash,
                                                  const unsigned char *id, size_t id_length);

/*
 * Link an entry that has its hash, and whose identifier is not there: as the newest, or (before not NULL) as
 * the next older one than before.
 */
void mbedguard_cache_table_link(mbedguard_cache_table *table, mbedguard_cache_entry *entry,
                                mbedguard_cache_entry *before);
void mbedguard_cache_table_unlink(mbedguard_cache_table *table, mbedguard_cache_entry *entry);

/*
 * Growth in two steps: new buckets for one more entry with this hash, NULL where there are enough (or
 * there is no memory: then the old ones do, more slowly); and their use, which returns the old ones
 * for free(), or NULL.
 */
mbedguard_cache_entry **mbedguard_cache_table_reserve(const mbedguard_cache_table *table,
                                                      uint64_t hash);
mbedguard_cache_entry **mbedguard_cache_table_grow(mbedguard_cache_table *table, uint64_t hash,
                                                   mbedguard_cache_entry **buckets);

#endif /* MBEDGUARD_SSL_CACHE_TABLE_H */
