/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Bounds of a cache, in number, memory and time, and what it tells of itself. */
#include "modules/ssl_cache/inside.h"

#if defined(MBEDTLS_SSL_CACHE_C)

#include <string.h>

#include "core/atomic.h"

/*
 * With the guard: evict until the bounds hold, a step at a time. What was evicted before a failure
 * is.
 */
static int shrink(mbedguard_cache_store *store, size_t max_entries, size_t max_bytes)
{
    const mbedguard_cache_table *table = store->table;

    while (table->entries > max_entries || table->bytes > max_bytes) {
        mbedguard_cache_entry *garbage = NULL;
        const int ret = mbedguard_gate_shut();
        unsigned i;

        if (ret != 0)
            return ret;
        for (i = 0; i < MBEDGUARD_CACHE_STEP &&
                    (table->entries > max_entries || table->bytes > max_bytes);
             i++) {
            mbedguard_cache_take_out(store, table->oldest, &garbage);
            store->numbers.evictions++;
        }
        mbedguard_gate_open();
        mbedguard_cache_entries_free(garbage);
    }
    return 0;
}

static int set_max_entries(mbedguard_ssl_cache_context *cache, int max)
{
    int ret = 0;

    if (cache->companion.store != NULL)
        ret = shrink(cache->companion.store, max > 0 ? (size_t) max : 0,
                     mbedguard_cache_max_bytes(cache));
    if (ret == 0)
        ret = mbedguard_gate_shut();
    if (ret != 0)
        return ret;
    mbedtls_ssl_cache_set_max_entries(&cache->unguarded, max);
    mbedguard_gate_open();
    return 0;
}

int mbedguard_ssl_cache_set_max_entries(mbedguard_ssl_cache_context *cache, int max)
{
    int ret = mbedguard_cache_enter(cache, __func__);
    int left;

    if (ret != 0)
        return ret;
    ret = set_max_entries(cache, max);
    left = mbedguard_cache_leave(cache);
    return ret == 0 ? left : ret;
}

static int set_max_bytes(mbedguard_ssl_cache_context *cache, size_t max)
{
    int ret = 0;

    if (cache->companion.store != NULL)
        ret = shrink(cache->companion.store, SIZE_MAX, max != 0 ? max : SIZE_MAX);
    if (ret == 0)
        ret = mbedguard_gate_shut();
    if (ret != 0)
        return ret;
    cache->companion.max_bytes = max;
    mbedguard_gate_open();
    return 0;
}

int mbedguard_ssl_cache_set_max_bytes(mbedguard_ssl_cache_context *cache, size_t max)
{
    int ret = mbedguard_cache_enter(cache, __func__);
    int left;

    if (ret != 0)
        return ret;
    ret = set_max_bytes(cache, max);
    left = mbedguard_cache_leave(cache);
    return ret == 0 ? left : ret;
}

#if defined(MBEDTLS_HAVE_TIME)

static int set_timeout(mbedguard_ssl_cache_context *cache, int timeout)
{
    const int ret = mbedguard_gate_shut();

    if (ret != 0)
        return ret;
    mbedtls_ssl_cache_set_timeout(&cache->unguarded, timeout);
    if (cache->companion.store != NULL)
        cache->companion.store->timeout = cache->unguarded.MBEDTLS_PRIVATE(timeout);
    mbedguard_gate_open();
    return 0;
}

int mbedguard_ssl_cache_set_timeout(mbedguard_ssl_cache_context *cache, int timeout)
{
    int ret = mbedguard_cache_enter(cache, __func__);
    int left;

    if (ret != 0)
        return ret;
    ret = set_timeout(cache, timeout);
    left = mbedguard_cache_leave(cache);
    return ret == 0 ? left : ret;
}

#if MBEDGUARD_HAVE_SSL_CACHE_GET_TIMEOUT == 2
int mbedguard_ssl_cache_get_timeout(mbedguard_ssl_cache_context *cache)
{
    int timeout;

    if (mbedguard_cache_enter(cache, __func__) != 0)
        return -1;
    timeout = cache->unguarded.timeout;
    return mbedguard_cache_leave(cache) == 0 ? timeout : -1;
}
#endif

#endif

/* With the guard: unlink at most so many that are past their time. */
static int expire_step(mbedguard_cache_store *store, size_t most, int64_t now,
                       mbedguard_cache_entry **garbage, size_t *count)
{
    const mbedguard_cache_table *table = store->table;
    const int ret = mbedguard_gate_shut();

    *count = 0;
    if (ret != 0)
        return ret;
    while (*count < most && table->oldest != NULL &&
           mbedguard_cache_is_expired(table->oldest, now, store->timeout)) {
        mbedguard_cache_take_out(store, table->oldest, garbage);
        store->numbers.expired++;
        ++*count;
    }
    mbedguard_gate_open();
    return 0;
}

/* One acquisition of the guard. */
static int expire_some(mbedguard_ssl_cache_context *cache, size_t most, size_t *count)
{
    mbedguard_cache_entry *garbage = NULL;
    int ret = mbedguard_cache_enter(cache, __func__);
    int left;

    *count = 0;
    if (ret != 0)
        return ret;
    if (cache->companion.store != NULL)
        ret = expire_step(cache->companion.store, most, mbedguard_cache_now(), &garbage, count);
    left = mbedguard_cache_leave(cache);
    mbedguard_cache_entries_free(garbage);
    return ret == 0 ? left : ret;
}

int mbedguard_ssl_cache_expire(mbedguard_ssl_cache_context *cache, size_t most, size_t *removed)
{
    size_t total = 0, count, step;
    int ret;

    do {
        step = most != 0 && most - total < MBEDGUARD_CACHE_STEP ? most - total
                                                                : MBEDGUARD_CACHE_STEP;
        ret = expire_some(cache, step, &count);
        total += count;
    } while (ret == 0 && count == MBEDGUARD_CACHE_STEP && total != most);
    if (removed != NULL)
        *removed = total;
    return ret;
}

/* With the guard. */
static int read_numbers(mbedguard_ssl_cache_context *cache, mbedguard_ssl_cache_statistics *numbers)
{
    const mbedguard_cache_store *store = cache->companion.store;
    int ret;
    uint32_t i;

    if (store == NULL) {
        numbers->misses = mbedguard_load(&cache->companion.early_misses);
        return 0;
    }
    ret = mbedguard_gate_shut();
    if (ret != 0)
        return ret;
    *numbers = store->numbers;
    numbers->entries = store->table->entries;
    numbers->bytes = store->table->bytes;
    for (i = 0; i < mbedguard_gate_doors(); i++) {
        numbers->hits += store->counts[i].hits;
        numbers->misses += store->counts[i].misses;
    }
    mbedguard_gate_open();
    return 0;
}

int mbedguard_ssl_cache_get_statistics(mbedguard_ssl_cache_context *cache,
                                       mbedguard_ssl_cache_statistics *numbers)
{
    int ret, left;

    if (numbers == NULL)
        return MBEDGUARD_ERR_BAD_INPUT;
    memset(numbers, 0, sizeof(*numbers));
    if (MBEDGUARD_MISSING(cache))
        return MBEDGUARD_ERR_BAD_INPUT;
    ret = mbedguard_cache_enter(cache, __func__);
    if (ret != 0)
        return ret;
    ret = read_numbers(cache, numbers);
    left = mbedguard_cache_leave(cache);
    return ret == 0 ? left : ret;
}

#endif
