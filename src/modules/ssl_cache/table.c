/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Entries, found by their identifier and ordered by their age. */
#include "modules/ssl_cache/table.h"

#include <mbedguard/ssl_cache.h>

#if defined(MBEDTLS_SSL_CACHE_C)

#include <string.h>

#include <mbedtls/platform.h>
#include <mbedtls/platform_util.h>

/* ---- Entries --------------------------------------------------------------------------------- */

size_t mbedguard_cache_entry_size(const mbedguard_cache_entry *entry)
{
    return sizeof(*entry) + entry->length;
}

mbedguard_cache_entry *mbedguard_cache_entry_new(const unsigned char *id, size_t id_length,
                                                 size_t length)
{
    mbedguard_cache_entry *entry;

    if (id_length > MBEDGUARD_CACHE_ID_MAX || length > SIZE_MAX - sizeof(*entry))
        return NULL;
    entry = mbedtls_calloc(1, sizeof(*entry) + length);
    if (entry == NULL)
        return NULL;
    entry->length = length;
    entry->id_length = (unsigned char) id_length;
    if (id_length != 0)
        memcpy(entry->id, id, id_length);
    return entry;
}

void mbedguard_cache_entry_free(mbedguard_cache_entry *entry)
{
    if (entry == NULL)
        return;
    mbedtls_platform_zeroize(entry, mbedguard_cache_entry_size(entry));
    mbedtls_free(entry);
}

void mbedguard_cache_entries_free(mbedguard_cache_entry *list)
{
    while (list != NULL) {
        mbedguard_cache_entry *next = list->newer;

        mbedguard_cache_entry_free(list);
        list = next;
    }
}

/* ---- The table ------------------------------------------------------------------------------- */

mbedguard_cache_table *mbedguard_cache_table_new(void)
{
    mbedguard_cache_table *table = mbedtls_calloc(1, sizeof(*table));
    unsigned i;

    if (table == NULL)
        return NULL;
    for (i = 0; i < MBEDGUARD_CACHE_SHARDS; i++) {
        table->shards[i].buckets = table->shards[i].few;
        table->shards[i].mask = MBEDGUARD_CACHE_BUCKETS_MIN - 1;
    }
    mbedguard_hash_key_draw(&table->key);
    return table;
}

void mbedguard_cache_table_free(mbedguard_cache_table *table)
{
    unsigned i;

    if (table == NULL)
        return;
    mbedguard_cache_entries_free(table->oldest);
    for (i = 0; i < MBEDGUARD_CACHE_SHARDS; i++) {
        if (table->shards[i].buckets != table->shards[i].few)
            mbedtls_free(table->shards[i].buckets);
    }
    mbedtls_platform_zeroize(table, sizeof(*table));
    mbedtls_free(table);
}

uint64_t mbedguard_cache_table_hash(const mbedguard_cache_table *table, const unsigned char *id,
                                    size_t id_length)
{
    return mbedguard_keyed_hash(&table->key, id, id_length);
}

/* The shard goes by other bits than the bucket. */
static size_t shard_of(uint64_t hash)
{
    return (size_t) (hash >> 32) % MBEDGUARD_CACHE_SHARDS;
}

static size_t bucket_of(uint64_t hash, size_t mask)
{
    return (size_t) hash & mask;
}

mbedguard_cache_entry *mbedguard_cache_table_find(const mbedguard_cache_table *table, uint64_t hash,
                                                  const unsigned char *id, size_t id_length)
{
    const mbedguard_cache_shard *shard = &table->shards[shard_of(hash)];
    mbedguard_cache_entry *entry = shard->buckets[bucket_of(hash, shard->mask)];

    while (entry != NULL && (entry->hash != hash || entry->id_length != id_length ||
                             (id_length != 0 && memcmp(entry->id, id, id_length) != 0)))
        entry = entry->next;
    return entry;
}

void mbedguard_cache_table_link(mbedguard_cache_table *table, mbedguard_cache_entry *entry,
                                mbedguard_cache_entry *before)
{
    mbedguard_cache_shard *shard = &table->shards[shard_of(entry->hash)];
    mbedguard_cache_entry **bucket = &shard->buckets[bucket_of(entry->hash, shard->mask)];

    entry->next = *bucket;
    *bucket = entry;
    shard->count++;
    entry->newer = before;
    entry->older = before != NULL ? before->older : table->newest;
    if (entry->older != NULL)
        entry->older->newer = entry;
    else
        table->oldest = entry;
    if (before != NULL)
        before->older = entry;
    else
        table->newest = entry;
    table->entries++;
    table->bytes += mbedguard_cache_entry_size(entry);
}

void mbedguard_cache_table_unlink(mbedguard_cache_table *table, mbedguard_cache_entry *entry)
{
    mbedguard_cache_shard *shard = &table->shards[shard_of(entry->hash)];
    mbedguard_cache_entry **link = &shard->buckets[bucket_of(entry->hash, shard->mask)];

    while (*link != entry)
        link = &(*link)->next;
    *link = entry->next;
    shard->count--;
    if (entry->older != NULL)
        entry->older->newer = entry->newer;
    else
        table->oldest = entry->newer;
    if (entry->newer != NULL)
        entry->newer->older = entry->older;
    else
        table->newest = entry->older;
    entry->next = entry->older = entry->newer = NULL;
    table->entries--;
    table->bytes -= mbedguard_cache_entry_size(entry);
}

/* ---- Growth ---------------------------------------------------------------------------------- */

mbedguard_cache_entry **mbedguard_cache_table_reserve(const mbedguard_cache_table *table,
                                                      uint64_t hash)
{
    const mbedguard_cache_shard *shard = &table->shards[shard_of(hash)];

    if (shard->count <= shard->mask || shard->mask > SIZE_MAX / sizeof(*shard->buckets) / 2 - 1)
        return NULL;
    return mbedtls_calloc(2 * (shard->mask + 1), sizeof(*shard->buckets));
}

mbedguard_cache_entry **mbedguard_cache_table_grow(mbedguard_cache_table *table, uint64_t hash,
                                                   mbedguard_cache_entry **buckets)
{
    mbedguard_cache_shard *shard = &table->shards[shard_of(hash)];
    mbedguard_cache_entry **old = shard->buckets;
    const size_t mask = 2 * shard->mask + 1;
    size_t i;

    for (i = 0; i <= shard->mask; i++) {
        mbedguard_cache_entry *entry = old[i];

        while (entry != NULL) {
            mbedguard_cache_entry *next = entry->next;
            mbedguard_cache_entry **bucket = &buckets[bucket_of(entry->hash, mask)];

            entry->next = *bucket;
            *bucket = entry;
            entry = next;
        }
    }
    shard->buckets = buckets;
    shard->mask = mask;
    return old != shard->few ? old : NULL;
}

#endif
