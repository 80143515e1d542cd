/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Get, set and remove: the callbacks of Mbed TLS, with a hash table in the place of its list. */
#include "modules/ssl_cache/inside.h"

#if defined(MBEDTLS_SSL_CACHE_C)

#include <string.h>

#include <mbedtls/platform.h>
#include <mbedtls/platform_util.h>

#include "core/atomic.h"
#include "manual/psa_inside.h"
#include "modules/ssl_cache/session_form.h"

#define SESSION (MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_SESSION)

/* Enough for a session with a certificate of usual size. */
#define BYTES_INLINE 1536u

/* ---- Get ------------------------------------------------------------------------------------- */

enum outcome {
    ABSENT,
    FOUND,
    TOO_LONG, /* for the room that there is: `length` says how long */
    LOCKED    /* explicitly, by some thread */
};

typedef struct look {
    const unsigned char *id;
    size_t id_length;
    int64_t now;
    unsigned char *bytes;
    size_t room, length;
    enum outcome outcome;
} look;

static enum outcome look_in_store(mbedguard_cache_store *store, look *l, uint32_t door)
{
    const mbedguard_cache_table *table = store->table;
    const uint64_t hash = mbedguard_cache_table_hash(table, l->id, l->id_length);
    const mbedguard_cache_entry *entry =
        mbedguard_cache_table_find(table, hash, l->id, l->id_length);

    if (entry == NULL || mbedguard_cache_is_expired(entry, l->now, store->timeout)) {
        store->counts[door].misses++;
        return ABSENT;
    }
    l->length = entry->length;
    if (entry->length > l->room)
        return TOO_LONG;
    memcpy(l->bytes, entry->bytes, entry->length);
    store->counts[door].hits++;
    return FOUND;
}

static int look_once(mbedguard_ssl_cache_context *cache, look *l, bool has_guard)
{
    mbedguard_ssl_cache_companion *const companion = &cache->companion;
    uint32_t door;
    const int ret = mbedguard_gate_enter(&door);

    if (ret != 0)
        return ret;
    if (companion->locked != 0 && !has_guard) {
        l->outcome = LOCKED;
    } else if (companion->store == NULL) {
        mbedguard_count_up(&companion->early_misses);
        l->outcome = ABSENT;
    } else {
        l->outcome = look_in_store(companion->store, l, door);
    }
    mbedguard_gate_leave(door);
    return 0;
}

static void forget_bytes(look *l, const unsigned char *inline_bytes)
{
    if (l->bytes == inline_bytes) {
        mbedtls_platform_zeroize(l->bytes, l->length < l->room ? l->length : l->room);
        return;
    }
    mbedtls_platform_zeroize(l->bytes, l->room);
    mbedtls_free(l->bytes);
}

/* Nothing is allocated inside: with more room look again, and maybe find another session by then. */
static int look_up(mbedguard_ssl_cache_context *cache, look *l, bool has_guard,
                   unsigned char *inline_bytes)
{
    int ret = look_once(cache, l, has_guard);

    while (ret == 0 && l->outcome == TOO_LONG) {
        unsigned char *more = mbedtls_calloc(1, l->length);

        if (more == NULL)
            return MBEDGUARD_CACHE_NO_MEMORY;
        forget_bytes(l, inline_bytes);
        l->bytes = more;
        l->room = l->length;
        ret = look_once(cache, l, has_guard);
    }
    return ret;
}

/* In the order of guards, and after whoever has locked the cache. */
static int look_up_with_guard(mbedguard_ssl_cache_context *cache, look *l,
                              unsigned char *inline_bytes)
{
    int ret = mbedguard_cache_enter(cache, __func__);
    int left;

    if (ret != 0)
        return ret;
    ret = look_up(cache, l, true, inline_bytes);
    left = mbedguard_cache_leave(cache);
    return ret == 0 ? left : ret;
}

/* The caller has the session. */
static int get(mbedguard_ssl_cache_context *cache, const unsigned char *id, size_t id_length,
               mbedtls_ssl_session *session, bool with_guard)
{
    unsigned char bytes[BYTES_INLINE];
    look l = { id, id_length, mbedguard_cache_now(), bytes, sizeof(bytes), 0, ABSENT };
    int ret = 0;

    if (id_length > MBEDGUARD_CACHE_ID_MAX)
        return MBEDGUARD_CACHE_NOT_FOUND;
    if (!with_guard && mbedguard_is_at_home(MBEDGUARD_GUARD_OF(cache)))
        ret = look_up(cache, &l, false, bytes);
    else
        l.outcome = LOCKED;
    if (ret == 0 && l.outcome == LOCKED)
        ret = look_up_with_guard(cache, &l, bytes);
    if (ret == 0)
        ret = l.outcome == FOUND ? mbedguard_session_unpack(session, l.bytes, l.length)
                                 : MBEDGUARD_CACHE_NOT_FOUND;
    forget_bytes(&l, bytes);
    return ret;
}

/* ---- Set ------------------------------------------------------------------------------------- */

static int make_entry(const mbedtls_ssl_session *session, const unsigned char *id, size_t id_length,
                      mbedguard_cache_entry **entry)
{
    size_t length = 0;
    int ret;

    if (id_length > MBEDGUARD_CACHE_ID_MAX)
        return MBEDGUARD_CACHE_BAD_ID;
    ret = mbedguard_session_measure(session, &length);
    if (ret != 0)
        return ret;
    *entry = mbedguard_cache_entry_new(id, id_length, length);
    if (*entry == NULL)
        return MBEDGUARD_CACHE_NO_MEMORY;
    ret = mbedguard_session_pack(session, (*entry)->bytes, length);
    if (ret != 0)
        mbedguard_cache_entry_free(*entry);
    return ret;
}

/* An entry that comes in, what it replaces, and what goes out for it. */
typedef struct change {
    mbedguard_cache_entry *fresh, *replaced;
    mbedguard_cache_entry **buckets; /* new ones, or old ones when it is done */
    mbedguard_cache_entry *garbage;
    size_t max_entries, max_bytes;
} change;

static bool has_no_room(const mbedguard_cache_table *table, const change *c)
{
    const size_t entries = table->entries - (c->replaced != NULL ? 1 : 0);
    const size_t bytes =
        table->bytes - (c->replaced != NULL ? mbedguard_cache_entry_size(c->replaced) : 0);

    return entries >= c->max_entries ||
           bytes > c->max_bytes - mbedguard_cache_entry_size(c->fresh);
}

static mbedguard_cache_entry *oldest_other(const mbedguard_cache_table *table, const change *c)
{
    return table->oldest == c->replaced && c->replaced != NULL ? c->replaced->newer
                                                               : table->oldest;
}

/* A stored session may keep its time, and with it its place. */
static bool keeps_its_time(const mbedguard_cache_store *store, const change *c)
{
#if MBEDTLS_VERSION_NUMBER < 0x03000000
    return c->replaced != NULL &&
           !mbedguard_cache_is_expired(c->replaced, c->fresh->time, store->timeout);
#else
    (void) store;
    (void) c;
    return false;
#endif
}

/* Whether there is room now; it takes another step where the bound was lowered by much. */
static bool make_room(mbedguard_cache_store *store, change *c)
{
    mbedguard_cache_entry *oldest = oldest_other(store->table, c);
    unsigned i;

    /* Two for one: so that what is past its time does not stay for ever. */
    for (i = 0; i < 2 && oldest != NULL &&
                mbedguard_cache_is_expired(oldest, c->fresh->time, store->timeout);
         i++) {
        mbedguard_cache_take_out(store, oldest, &c->garbage);
        store->numbers.expired++;
        oldest = oldest_other(store->table, c);
    }
    for (; i < MBEDGUARD_CACHE_STEP && oldest != NULL && has_no_room(store->table, c); i++) {
        mbedguard_cache_take_out(store, oldest, &c->garbage);
        store->numbers.evictions++;
        oldest = oldest_other(store->table, c);
    }
    return oldest == NULL || !has_no_room(store->table, c);
}

/* With the gate shut: false where others have to be let in before it goes on. */
static bool change_store(mbedguard_cache_store *store, change *c)
{
    mbedguard_cache_entry *before = NULL;

    if (!make_room(store, c))
        return false;
    if (c->replaced != NULL) {
        if (keeps_its_time(store, c)) {
            before = c->replaced->newer;
            c->fresh->time = c->replaced->time;
        }
        mbedguard_cache_take_out(store, c->replaced, &c->garbage);
    }
    if (c->buckets != NULL)
        c->buckets = mbedguard_cache_table_grow(store->table, c->fresh->hash, c->buckets);
    mbedguard_cache_table_link(store->table, c->fresh, before);
    store->numbers.stores++;
    return true;
}

/* With the guard. On failure nothing has changed, but that some were evicted for a lower bound. */
static int put(mbedguard_ssl_cache_context *cache, change *c)
{
    mbedguard_cache_store *store;
    bool done = false;
    int ret;

    c->max_entries = mbedguard_cache_max_entries(cache);
    c->max_bytes = mbedguard_cache_max_bytes(cache);
    if (c->max_entries == 0)
        return MBEDGUARD_CACHE_NO_ROOM;
    if (mbedguard_cache_entry_size(c->fresh) > c->max_bytes)
        return MBEDGUARD_CACHE_NO_MEMORY;
    store = mbedguard_cache_store_of(cache, &ret);
    if (store == NULL)
        return ret;
    c->fresh->time = mbedguard_cache_now();
    c->fresh->hash =
        mbedguard_cache_table_hash(store->table, c->fresh->id, c->fresh->id_length);
    c->replaced = mbedguard_cache_table_find(store->table, c->fresh->hash, c->fresh->id,
                                             c->fresh->id_length);
    if (c->replaced == NULL)
        c->buckets = mbedguard_cache_table_reserve(store->table, c->fresh->hash);
    while (!done) {
        ret = mbedguard_gate_shut();
        if (ret != 0)
            return ret;
        done = change_store(store, c);
        mbedguard_gate_open();
    }
    return 0;
}

/* The caller has the session. */
static int set(mbedguard_ssl_cache_context *cache, const unsigned char *id, size_t id_length,
               const mbedtls_ssl_session *session)
{
    change c = { NULL, NULL, NULL, NULL, 0, 0 };
    int ret = make_entry(session, id, id_length, &c.fresh);
    int left;

    if (ret != 0)
        return ret;
    ret = mbedguard_cache_enter(cache, __func__);
    if (ret != 0) {
        mbedguard_cache_entry_free(c.fresh);
        return ret;
    }
    ret = put(cache, &c);
    left = mbedguard_cache_leave(cache);
    if (ret != 0)
        mbedguard_cache_entry_free(c.fresh);
    mbedguard_cache_entries_free(c.garbage);
    mbedtls_free(c.buckets);
    return ret == 0 ? left : ret;
}

/* ---- The callbacks of each version ----------------------------------------------------------- */

/* To get one is to parse a certificate. */
static int enter_fresh(mbedguard_guard *guard, const char *where) MBEDGUARD_TRY_ACQUIRE(0, guard);

static int enter_fresh(mbedguard_guard *guard, const char *where) MBEDGUARD_NO_ANALYSIS
{
    int ret = mbedguard_psa_enter_certificates(where);

    if (ret != 0)
        return ret;
    ret = mbedguard_enter(guard, SESSION, where);
    if (ret != 0)
        (void) mbedguard_psa_leave_certificates();
    return ret;
}

static int leave_session(mbedguard_guard *guard, int ret) MBEDGUARD_RELEASE(guard);

static int leave_session(mbedguard_guard *guard, int ret)
{
    const int left = mbedguard_leave(guard, SESSION);

    return left != 0 && ret >= 0 ? left : ret;
}

static int leave_fresh(mbedguard_guard *guard, int ret) MBEDGUARD_RELEASE(guard);

static int leave_fresh(mbedguard_guard *guard, int ret)
{
    int left;

    ret = leave_session(guard, ret);
    left = mbedguard_psa_leave_certificates();
    return left != 0 && ret >= 0 ? left : ret;
}

#if MBEDTLS_VERSION_NUMBER < 0x03000000

int mbedguard_ssl_cache_get(void *data, mbedguard_ssl_session *session)
{
    mbedguard_guard *const guard = MBEDGUARD_GUARD_OF(session);
    bool with_guard;
    unsigned char id[MBEDGUARD_CACHE_ID_MAX];
    int ret;

    if (MBEDGUARD_MISSING(data) || MBEDGUARD_MISSING(session))
        return MBEDGUARD_ERR_BAD_INPUT;
    /* Under an explicit lock whatever is waited for has to come in order. */
    with_guard = mbedguard_may_wait(__func__) != 0;
    ret = enter_fresh(guard, __func__);
    if (ret != 0)
        return ret;
    memcpy(id, session->unguarded.id, sizeof(id));
    ret = get(data, id, session->unguarded.id_len, &session->unguarded, with_guard);
    return leave_fresh(guard, ret);
}

int mbedguard_ssl_cache_set(void *data, const mbedguard_ssl_session *session)
{
    mbedguard_guard *const guard = MBEDGUARD_GUARD_OF(session);
    int ret;

    if (MBEDGUARD_MISSING(data) || MBEDGUARD_MISSING(session))
        return MBEDGUARD_ERR_BAD_INPUT;
    ret = mbedguard_enter(guard, SESSION, __func__);
    if (ret != 0)
        return ret;
    ret = set(data, session->unguarded.id, session->unguarded.id_len, &session->unguarded);
    return leave_session(guard, ret);
}

#else

int mbedguard_ssl_cache_get(void *data, unsigned char const *session_id, size_t session_id_len,
                            mbedguard_ssl_session *session)
{
    mbedguard_guard *const guard = MBEDGUARD_GUARD_OF(session);
    bool with_guard;
    int ret;

    if (MBEDGUARD_MISSING(data) || MBEDGUARD_MISSING(session) ||
        (session_id == NULL && session_id_len != 0))
        return MBEDGUARD_ERR_BAD_INPUT;
    /* Under an explicit lock whatever is waited for has to come in order. */
    with_guard = mbedguard_may_wait(__func__) != 0;
    ret = enter_fresh(guard, __func__);
    if (ret != 0)
        return ret;
    ret = get(data, session_id, session_id_len, &session->unguarded, with_guard);
    return leave_fresh(guard, ret);
}

int mbedguard_ssl_cache_set(void *data, unsigned char const *session_id, size_t session_id_len,
                            const mbedguard_ssl_session *session)
{
    mbedguard_guard *const guard = MBEDGUARD_GUARD_OF(session);
    int ret;

    if (MBEDGUARD_MISSING(data) || MBEDGUARD_MISSING(session) ||
        (session_id == NULL && session_id_len != 0))
        return MBEDGUARD_ERR_BAD_INPUT;
    ret = mbedguard_enter(guard, SESSION, __func__);
    if (ret != 0)
        return ret;
    ret = set(data, session_id, session_id_len, &session->unguarded);
    return leave_session(guard, ret);
}

#endif

/* With the guard: the entry, unlinked, or NULL. */
static int take_entry(mbedguard_cache_store *store, const unsigned char *id, size_t id_length,
                      mbedguard_cache_entry **taken)
{
    const uint64_t hash = mbedguard_cache_table_hash(store->table, id, id_length);
    mbedguard_cache_entry *entry = mbedguard_cache_table_find(store->table, hash, id, id_length);
    int ret;

    if (entry == NULL)
        return 0;
    ret = mbedguard_gate_shut();
    if (ret != 0)
        return ret;
    mbedguard_cache_take_out(store, entry, taken);
    store->numbers.removals++;
    mbedguard_gate_open();
    return 0;
}

int mbedguard_ssl_cache_remove(void *data, unsigned char const *session_id, size_t session_id_len)
{
    mbedguard_ssl_cache_context *const cache = data;
    mbedguard_cache_entry *taken = NULL;
    int ret, left;

    if (MBEDGUARD_MISSING(data) || (session_id == NULL && session_id_len != 0))
        return MBEDGUARD_ERR_BAD_INPUT;
    ret = mbedguard_cache_enter(cache, __func__);
    if (ret != 0)
        return ret;
    if (cache->companion.store != NULL && session_id_len <= MBEDGUARD_CACHE_ID_MAX)
        ret = take_entry(cache->companion.store, session_id, session_id_len, &taken);
    left = mbedguard_cache_leave(cache);
    mbedguard_cache_entries_free(taken);
    return ret == 0 ? left : ret;
}

#endif
