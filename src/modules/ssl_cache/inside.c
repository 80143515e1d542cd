/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* In and out of a cache; its beginning and its end. */
#include "modules/ssl_cache/inside.h"

#include <string.h>

#include "manual/ssl_cache_companion.h"

#if defined(MBEDTLS_SSL_CACHE_C)

#include <mbedtls/platform.h>
#include <mbedtls/platform_util.h>
#if defined(MBEDTLS_HAVE_TIME)
#include <mbedtls/platform_time.h>
#endif

#include "core/atomic.h"
#include "modules/ssl_cache/session_form.h"

/* Entropy for a table is read from the system: where threads can be cancelled. */
#define CACHE                                                                                      \
    (MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_CACHE | MBEDGUARD_EVEN_BROKEN | MBEDGUARD_CALLS_OUT)

/* Objects of other types have the rank and may have the size: an explicit lock tells no type. */
static uintptr_t mark_of(const mbedguard_ssl_cache_companion *companion)
{
    return (uintptr_t) companion ^ 0x6D626763u;
}

int mbedguard_cache_enter(mbedguard_ssl_cache_context *cache,
                          const char *where) MBEDGUARD_NO_ANALYSIS
{
    mbedguard_guard *const guard = MBEDGUARD_GUARD_OF(cache);
    int ret = mbedguard_enter(guard, CACHE, where);

    if (ret != 0)
        return ret;
    /* One that was zeroed, and not initialised, has none yet. */
    cache->companion.mark = mark_of(&cache->companion);
    if (!mbedguard_is_broken(guard))
        return 0;
    if (cache->companion.locked != 0) {
        (void) mbedguard_leave(guard, CACHE);
        return MBEDGUARD_ERR_BROKEN;
    }
    mbedguard_make_whole(guard);
    return 0;
}

int mbedguard_cache_leave(mbedguard_ssl_cache_context *cache) MBEDGUARD_NO_ANALYSIS
{
    return mbedguard_leave(MBEDGUARD_GUARD_OF(cache), CACHE);
}

static int timeout_of(const mbedguard_ssl_cache_context *cache)
{
    return cache->unguarded.MBEDTLS_PRIVATE(timeout);
}

static void store_free(mbedguard_cache_store *store)
{
    if (store == NULL)
        return;
    mbedguard_cache_table_free(store->table);
    mbedtls_free(store);
}

mbedguard_cache_store *mbedguard_cache_store_of(mbedguard_ssl_cache_context *cache, int *ret)
{
    mbedguard_cache_store *store = cache->companion.store;

    *ret = 0;
    if (store != NULL)
        return store;
    store = mbedtls_calloc(1, sizeof(*store) + mbedguard_gate_doors() * sizeof(store->counts[0]));
    if (store != NULL)
        store->table = mbedguard_cache_table_new();
    if (store == NULL || store->table == NULL)
        *ret = MBEDGUARD_CACHE_NO_MEMORY;
    else
        *ret = mbedguard_gate_shut();
    if (*ret != 0) {
        store_free(store);
        return NULL;
    }
    store->timeout = timeout_of(cache);
    store->counts[0].misses = mbedguard_load(&cache->companion.early_misses);
    cache->companion.store = store;
    mbedguard_gate_open();
    return store;
}

int64_t mbedguard_cache_now(void)
{
#if defined(MBEDTLS_HAVE_TIME)
    return (int64_t) mbedtls_time(NULL);
#else
    return 0;
#endif
}

/* As Mbed TLS has it: what is stored in the future has time left. */
bool mbedguard_cache_is_expired(const mbedguard_cache_entry *entry, int64_t now, int timeout)
{
#if defined(MBEDTLS_HAVE_TIME)
    return timeout > 0 && now - entry->time > timeout;
#else
    (void) entry;
    (void) now;
    (void) timeout;
    return false;
#endif
}

void mbedguard_cache_take_out(mbedguard_cache_store *store, mbedguard_cache_entry *entry,
                              mbedguard_cache_entry **list)
{
    mbedguard_cache_table_unlink(store->table, entry);
    entry->newer = *list;
    *list = entry;
}

size_t mbedguard_cache_max_entries(const mbedguard_ssl_cache_context *cache)
{
    const int max = cache->unguarded.MBEDTLS_PRIVATE(max_entries);

    return max > 0 ? (size_t) max : 0;
}

size_t mbedguard_cache_max_bytes(const mbedguard_ssl_cache_context *cache)
{
    return cache->companion.max_bytes != 0 ? cache->companion.max_bytes : SIZE_MAX;
}

void mbedguard_ssl_cache_companion_init(mbedguard_ssl_cache_companion *companion)
{
    const bool closed = mbedguard_gate_shut() == 0;

    memset(companion, 0, sizeof(*companion));
    companion->mark = mark_of(companion);
    if (closed)
        mbedguard_gate_open();
}

void mbedguard_ssl_cache_companion_free(mbedguard_ssl_cache_companion *companion)
{
    mbedguard_cache_store *store;

    /* Look-ups may be in there, and cannot be asked to leave: better lost than freed. */
    if (mbedguard_gate_shut() != 0)
        return;
    store = companion->store;
    companion->store = NULL;
    companion->max_bytes = 0;
    mbedguard_gate_open();
    store_free(store);
}

/*
 * The core forgets what is broken, since nobody knows what is in there. Entries are always whole: they
 * hold master secrets, and do not stay. Who frees may not be allowed to take the guard: it is told so then.
 */
int mbedguard_ssl_cache_before_free(mbedguard_ssl_cache_context *cache) MBEDGUARD_NO_ANALYSIS
{
    mbedguard_guard *const guard = MBEDGUARD_GUARD_OF(cache);

    if (MBEDGUARD_MISSING(cache) || mbedguard_enter(guard, CACHE, __func__) != 0)
        return 0;
    if (mbedguard_is_broken(guard)) {
        if (cache->companion.locked != 0)
            mbedguard_ssl_cache_companion_free(&cache->companion);
        else
            mbedguard_make_whole(guard);
    }
    (void) mbedguard_leave(guard, CACHE);
    return 0;
}

int mbedguard_ssl_cache_locks(mbedguard_ssl_cache_context *cache)
{
    int ret;

    if (cache->companion.mark != mark_of(&cache->companion))
        return 0;
    ret = mbedguard_gate_shut();
    if (ret != 0)
        return ret;
    cache->companion.locked = 1;
    mbedguard_gate_open();
    return 0;
}

void mbedguard_ssl_cache_unlocks(mbedguard_ssl_cache_context *cache)
{
    mbedguard_cache_store *store;

    if (cache->companion.mark != mark_of(&cache->companion))
        return;
    /* One of a set that could not be locked as a whole: look-ups go on in it. */
    if (cache->companion.locked == 0)
        return;
    store = cache->companion.store;
    /* Who goes in now looks at `locked`, and no further. */
    if (store != NULL)
        store->timeout = timeout_of(cache);
    /* If the gate cannot be shut, look-ups go on taking the guard: slower, and no less right. */
    if (mbedguard_gate_shut() != 0)
        return;
    cache->companion.locked = 0;
    mbedguard_gate_open();
}

#else

void mbedguard_ssl_cache_companion_init(mbedguard_ssl_cache_companion *companion)
{
    memset(companion, 0, sizeof(*companion));
}

void mbedguard_ssl_cache_companion_free(mbedguard_ssl_cache_companion *companion)
{
    (void) companion;
}

int mbedguard_ssl_cache_before_free(mbedguard_ssl_cache_context *cache)
{
    (void) cache;
    return 0;
}

#endif
