/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * A whole cache as bytes, and back.
 *
 *     mark, version, form, entries, length    what it is, whose, how much
 *     time, lengths, identifier, bytes        of each entry, oldest first
 *     check                                   of all before it
 *
 * Numbers have 8 bytes, the highest first. The bytes of an entry are of this version and machine.
 */
#include "modules/ssl_cache/inside.h"

#if defined(MBEDTLS_SSL_CACHE_C)

#include <string.h>

#include <mbedtls/platform.h>
#include <mbedtls/platform_util.h>

#include "manual/psa_inside.h"
#include "modules/ssl_cache/session_form.h"

#define NUMBER      8u
#define HEAD        (5 * NUMBER)
#define ENTRY_HEAD  (2 * NUMBER)
#define FORMAT      1u
#define MARK        0x6D62676361636865u /* "mbgcache" */
#define LENGTH_BITS 56u

static unsigned char *write_number(unsigned char *at, uint64_t number)
{
    unsigned i;

    for (i = NUMBER; i > 0; i--) {
        at[i - 1] = (unsigned char) (number & 0xFF);
        number >>= 8;
    }
    return at + NUMBER;
}

static uint64_t read_number(const unsigned char *at)
{
    uint64_t number = 0;
    unsigned i;

    for (i = 0; i < NUMBER; i++)
        number = (number << 8) | at[i];
    return number;
}

/* Known to all: this finds accidents. */
static uint64_t check_of(const unsigned char *bytes, size_t length)
{
    static const mbedguard_hash_key key = { { MARK, FORMAT } };

    return mbedguard_keyed_hash(&key, bytes, length);
}

static uint64_t version(void)
{
    return ((uint64_t) FORMAT << 32) | MBEDTLS_VERSION_NUMBER;
}

/* ---- Save ------------------------------------------------------------------------------------ */

static size_t saved_size(const mbedguard_cache_entry *entry)
{
    return ENTRY_HEAD + entry->id_length + entry->length;
}

static unsigned char *write_entry(unsigned char *at, const mbedguard_cache_entry *entry)
{
    at = write_number(at, (uint64_t) entry->time);
    at = write_number(at, ((uint64_t) entry->id_length << LENGTH_BITS) | entry->length);
    memcpy(at, entry->id, entry->id_length);
    at += entry->id_length;
    memcpy(at, entry->bytes, entry->length);
    return at + entry->length;
}

/* With the guard: entries do not change. */
static int save(const mbedguard_cache_store *store, int64_t now, unsigned char *buf, size_t size,
                size_t *olen)
{
    const mbedguard_cache_entry *entry = store != NULL ? store->table->oldest : NULL;
    const mbedguard_cache_entry *e;
    size_t length = HEAD + NUMBER;
    uint64_t count = 0;
    unsigned char *at = buf;

    for (e = entry; e != NULL; e = e->newer) {
        if (mbedguard_cache_is_expired(e, now, store->timeout))
            continue;
        length += saved_size(e);
        count++;
    }
    *olen = length;
    if (size < length)
        return MBEDTLS_ERR_SSL_BUFFER_TOO_SMALL;
    at = write_number(at, MARK);
    at = write_number(at, version());
    at = write_number(at, mbedguard_session_form());
    at = write_number(at, count);
    at = write_number(at, length);
    for (e = entry; e != NULL; e = e->newer) {
        if (!mbedguard_cache_is_expired(e, now, store->timeout))
            at = write_entry(at, e);
    }
    (void) write_number(at, check_of(buf, length - NUMBER));
    return 0;
}

int mbedguard_ssl_cache_save(mbedguard_ssl_cache_context *cache, unsigned char *buf, size_t size,
                             size_t *olen)
{
    int ret, left;

    if (olen == NULL)
        return MBEDGUARD_ERR_BAD_INPUT;
    *olen = 0;
    if (buf == NULL && size != 0)
        return MBEDGUARD_ERR_BAD_INPUT;
    ret = MBEDGUARD_MISSING(cache) ? MBEDGUARD_ERR_BAD_INPUT : mbedguard_cache_enter(cache, __func__);
    if (ret == 0) {
        ret = save(cache->companion.store, mbedguard_cache_now(), buf, size, olen);
        left = mbedguard_cache_leave(cache);
        if (left != 0) {
            *olen = 0;
            ret = left;
        }
    }
    if (ret != 0 && size != 0)
        mbedtls_platform_zeroize(buf, size);
    return ret;
}

/* ---- Load ------------------------------------------------------------------------------------ */

static int check_head(const unsigned char *buf, size_t len)
{
    if (len < HEAD + NUMBER || read_number(buf) != MARK)
        return MBEDTLS_ERR_SSL_BAD_INPUT_DATA;
    if (read_number(buf + NUMBER) != version() ||
        read_number(buf + 2 * NUMBER) != mbedguard_session_form())
        return MBEDTLS_ERR_SSL_VERSION_MISMATCH;
    if (read_number(buf + 4 * NUMBER) != len ||
        read_number(buf + len - NUMBER) != check_of(buf, len - NUMBER))
        return MBEDTLS_ERR_SSL_BAD_INPUT_DATA;
    return 0;
}

/* What is left of the buffer, without its end. */
typedef struct rest {
    const unsigned char *at;
    size_t length;
} rest;

static int read_entry(rest *r, mbedguard_cache_entry **entry)
{
    const unsigned char *id;
    uint64_t time, lengths;
    size_t id_length, length;

    if (r->length < ENTRY_HEAD)
        return MBEDTLS_ERR_SSL_BAD_INPUT_DATA;
    time = read_number(r->at);
    lengths = read_number(r->at + NUMBER);
    id = r->at + ENTRY_HEAD;
    id_length = (size_t) (lengths >> LENGTH_BITS);
    lengths &= ((uint64_t) 1 << LENGTH_BITS) - 1;
    if (id_length > MBEDGUARD_CACHE_ID_MAX || id_length > r->length - ENTRY_HEAD ||
        lengths > r->length - ENTRY_HEAD - id_length || time > INT64_MAX)
        return MBEDTLS_ERR_SSL_BAD_INPUT_DATA;
    length = (size_t) lengths;
    *entry = mbedguard_cache_entry_new(id, id_length, length);
    if (*entry == NULL)
        return MBEDTLS_ERR_SSL_ALLOC_FAILED;
    (*entry)->time = (int64_t) time;
    memcpy((*entry)->bytes, id + id_length, length);
    /* Others may go on writing the buffer, if it is shared: what was looked at is what is kept. */
    if (!mbedguard_session_is_whole((*entry)->bytes, length, (*entry)->id, id_length)) {
        mbedguard_cache_entry_free(*entry);
        return MBEDTLS_ERR_SSL_BAD_INPUT_DATA;
    }
    r->at = id + id_length + length;
    r->length -= ENTRY_HEAD + id_length + length;
    return 0;
}

/* Nobody else knows the table yet. */
static int add_entry(mbedguard_cache_table *table, mbedguard_cache_entry *entry)
{
    mbedguard_cache_entry **buckets;

    entry->hash = mbedguard_cache_table_hash(table, entry->id, entry->id_length);
    if (mbedguard_cache_table_find(table, entry->hash, entry->id, entry->id_length) != NULL) {
        mbedguard_cache_entry_free(entry);
        return MBEDTLS_ERR_SSL_BAD_INPUT_DATA;
    }
    buckets = mbedguard_cache_table_reserve(table, entry->hash);
    if (buckets != NULL)
        mbedtls_free(mbedguard_cache_table_grow(table, entry->hash, buckets));
    mbedguard_cache_table_link(table, entry, NULL);
    return 0;
}

/* Tries it, with what parsing a certificate uses inside. No guard of ours is held. */
static int try_entry(const mbedguard_cache_entry *entry)
{
    int ret = mbedguard_psa_enter_certificates("mbedguard_ssl_cache_load");
    int left;

    if (ret != 0)
        return ret;
    ret = mbedguard_session_try(entry->bytes, entry->length);
    left = mbedguard_psa_leave_certificates();
    return ret == 0 ? left : ret;
}

static int read_entries(mbedguard_cache_table *table, const unsigned char *buf, size_t len)
{
    rest r = { buf + HEAD, len - HEAD - NUMBER };
    uint64_t count = read_number(buf + 3 * NUMBER);
    mbedguard_cache_entry *entry;
    int ret = 0;

    for (; ret == 0 && count > 0; count--) {
        ret = read_entry(&r, &entry);
        /* The first one tells whether Mbed TLS itself takes what it is given; all are of one origin. */
        if (ret == 0 && table->entries == 0) {
            ret = try_entry(entry);
            if (ret != 0)
                mbedguard_cache_entry_free(entry);
        }
        if (ret == 0)
            ret = add_entry(table, entry);
    }
    return ret == 0 && r.length != 0 ? MBEDTLS_ERR_SSL_BAD_INPUT_DATA : ret;
}

static void drop_entry(mbedguard_cache_table *table, mbedguard_cache_entry *entry)
{
    mbedguard_cache_table_unlink(table, entry);
    mbedguard_cache_entry_free(entry);
}

/* With the guard: what this cache would not keep. */
static void fit(mbedguard_cache_table *table, const mbedguard_ssl_cache_context *cache, int timeout)
{
    const int64_t now = mbedguard_cache_now();
    mbedguard_cache_entry *entry = table->oldest;

    while (entry != NULL) {
        mbedguard_cache_entry *newer = entry->newer;

        if (mbedguard_cache_is_expired(entry, now, timeout))
            drop_entry(table, entry);
        entry = newer;
    }
    while (table->entries > mbedguard_cache_max_entries(cache) ||
           table->bytes > mbedguard_cache_max_bytes(cache))
        drop_entry(table, table->oldest);
}

/* With the guard: *table is then what stood there before. */
static int exchange(mbedguard_ssl_cache_context *cache, mbedguard_cache_table **table)
{
    mbedguard_cache_table *fresh = *table;
    mbedguard_cache_store *store;
    int ret;

    store = mbedguard_cache_store_of(cache, &ret);
    if (store == NULL)
        return ret > 0 ? MBEDTLS_ERR_SSL_ALLOC_FAILED : ret;
    fit(fresh, cache, store->timeout);
    ret = mbedguard_gate_shut();
    if (ret != 0)
        return ret;
    *table = store->table;
    store->table = fresh;
    mbedguard_gate_open();
    return 0;
}

int mbedguard_ssl_cache_load(mbedguard_ssl_cache_context *cache, const unsigned char *buf, size_t len)
{
    mbedguard_cache_table *table;
    int ret, left;

    if (MBEDGUARD_MISSING(cache) || buf == NULL)
        return MBEDGUARD_ERR_BAD_INPUT;
    ret = check_head(buf, len);
    if (ret != 0)
        return ret;
    table = mbedguard_cache_table_new();
    if (table == NULL)
        return MBEDTLS_ERR_SSL_ALLOC_FAILED;
    ret = read_entries(table, buf, len);
    if (ret == 0)
        ret = mbedguard_cache_enter(cache, __func__);
    if (ret == 0) {
        ret = exchange(cache, &table);
        left = mbedguard_cache_leave(cache);
        ret = ret == 0 ? left : ret;
    }
    mbedguard_cache_table_free(table);
    return ret;
}

#endif
