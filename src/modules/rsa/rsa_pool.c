/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Two guards: `entry`, for a moment, says who has what; `original`, for a whole operation, is who works
 * on the key itself. Those who find it taken make a copy, and only where they cannot do they wait. A copy in
 * use is marked, not guarded: nobody ever waits for one. So a thread that vanishes takes no more than a
 * copy with it, unless it had the key itself, which then is broken for those who wait.
 */
#include "modules/rsa/rsa_pool.h"

#if defined(MBEDTLS_RSA_C) && MBEDTLS_VERSION_NUMBER < 0x04000000

#include "core/enter.h"
#include "modules/rsa/rsa_copy.h"

#if !defined(MBEDGUARD_THREADING_NONE)

#define OWN     (MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_KEY_COPY)

static mbedguard_rsa_copy *find_idle_locked(const mbedguard_rsa_pool *pool)
{
    mbedguard_rsa_copy *copy = pool->copies;

    while (copy != NULL && copy->busy) {
        copy = copy->next;
    }
    return copy;
}

static void unlink_locked(mbedguard_rsa_pool *pool, const mbedguard_rsa_copy *gone)
{
    mbedguard_rsa_copy **link = &pool->copies;

    while (*link != NULL && *link != gone) {
        link = &(*link)->next;
    }
    if (*link != NULL) {
        *link = gone->next;
    }
}

/* What a thread is to do that wants the key. */
enum way { WAY_ORIGINAL, WAY_COPY, WAY_NEW_COPY };

/* Whether a thread that finds no copy is one of those who wait for the key itself. */
enum need { NEED_NOW, NEED_IF_IDLE };

static int choose(mbedguard_rsa_pool *pool, enum need need, mbedguard_rsa_slot *slot, enum way *way,
                  const char *where)
{
    unsigned int bound;
    int ret;

    ret = mbedguard_enter(&pool->entry, OWN, where);
    if (ret != 0) {
        return ret;
    }
    *way = WAY_ORIGINAL;
    if (pool->originals != 0) {
        slot->copy = find_idle_locked(pool);
        if (slot->copy != NULL) {
            slot->copy->busy = true;
            *way = WAY_COPY;
        } else if (mbedguard_rsa_get_max_copies(&bound) == 0 && pool->count < bound) {
            pool->count++;
            *way = WAY_NEW_COPY;
        }
    }
    if (*way == WAY_ORIGINAL && (need == NEED_NOW || pool->originals == 0)) {
        pool->originals++;
        slot->counted = true;
    }
    /* If this one fails, nobody gets in any more, but for free. */
    return mbedguard_leave(&pool->entry, OWN);
}

/* The copy could not be made: the thread waits for the key itself. */
static int settle_for_original(mbedguard_rsa_pool *pool, const char *where)
{
    const int ret = mbedguard_enter(&pool->entry, OWN, where);

    if (ret != 0) {
        return ret;
    }
    pool->count--;
    pool->originals++;
    return mbedguard_leave(&pool->entry, OWN);
}

static int give_original_back(mbedguard_rsa_pool *pool, const char *where)
{
    const int ret = mbedguard_enter(&pool->entry, OWN, where);

    if (ret != 0) {
        return ret;
    }
    pool->originals--;
    return mbedguard_leave(&pool->entry, OWN);
}

static int take_original(mbedguard_rsa_pool *pool, const char *where)
    MBEDGUARD_NO_ANALYSIS
{
    const int ret = mbedguard_enter(&pool->original, OWN, where);

    if (ret != 0) {
        (void) give_original_back(pool, where);
    }
    return ret;
}

int mbedguard_rsa_pool_take(mbedguard_rsa_pool *pool, mbedtls_rsa_context *key,
                            mbedguard_rsa_slot *slot, const char *where)
    MBEDGUARD_NO_ANALYSIS
{
    enum way way;
    int ret;

    slot->key = key;
    slot->copy = NULL;
    slot->counted = false;
    ret = choose(pool, NEED_NOW, slot, &way, where);
    if (ret != 0) {
        return ret;
    }
    if (way == WAY_NEW_COPY) {
        slot->copy = mbedguard_rsa_copy_make(key);
        if (slot->copy == NULL) {
            ret = settle_for_original(pool, where);
            way = WAY_ORIGINAL;
        }
    }
    if (way != WAY_ORIGINAL) {
        slot->key = &slot->copy->key;
        return 0;
    }
    return ret == 0 ? take_original(pool, where) : ret;
}

/* Back into the list, or out of it where there are more than there may be. */
static int give_copy_back(mbedguard_rsa_pool *pool, mbedguard_rsa_copy *copy, const char *where)
{
    unsigned int bound;
    bool keep;
    int ret;

    ret = mbedguard_enter(&pool->entry, OWN, where);
    if (ret != 0) {
        if (!copy->listed) {
            mbedguard_rsa_copy_free(copy);
        }
        return ret;
    }
    keep = mbedguard_rsa_get_max_copies(&bound) != 0 || pool->count <= bound;
    if (keep && !copy->listed) {
        copy->next = pool->copies;
        copy->listed = true;
        pool->copies = copy;
    } else if (!keep) {
        unlink_locked(pool, copy);
        pool->count--;
    }
    copy->busy = false;
    ret = mbedguard_leave(&pool->entry, OWN);
    if (!keep) {
        mbedguard_rsa_copy_free(copy);
    }
    return ret;
}

int mbedguard_rsa_pool_give(mbedguard_rsa_pool *pool, mbedguard_rsa_slot *slot, const char *where)
    MBEDGUARD_NO_ANALYSIS
{
    int ret, failed;

    if (slot->copy != NULL) {
        return give_copy_back(pool, slot->copy, where);
    }
    ret = mbedguard_leave(&pool->original, OWN);
    failed = give_original_back(pool, where);
    return ret != 0 ? ret : failed;
}

/* The copy could not be made, and is not needed. */
static void do_without(mbedguard_rsa_pool *pool, const char *where)
{
    if (mbedguard_enter(&pool->entry, OWN, where) == 0) {
        pool->count--;
        (void) mbedguard_leave(&pool->entry, OWN);
    }
}

void mbedguard_rsa_pool_take_idle(mbedguard_rsa_pool *pool, mbedtls_rsa_context *key,
                                  mbedguard_rsa_slot *slot, const char *where)
{
    enum way way;

    slot->key = key;
    slot->copy = NULL;
    slot->counted = false;
    if (choose(pool, NEED_IF_IDLE, slot, &way, where) != 0) {
        return;
    }
    if (way == WAY_NEW_COPY) {
        slot->copy = mbedguard_rsa_copy_make(key);
        if (slot->copy == NULL) {
            do_without(pool, where);
        }
    }
    if (slot->copy != NULL) {
        slot->key = &slot->copy->key;
    }
}

void mbedguard_rsa_pool_give_idle(mbedguard_rsa_pool *pool, mbedguard_rsa_slot *slot,
                                  const char *where)
{
    if (slot->copy != NULL) {
        (void) give_copy_back(pool, slot->copy, where);
    } else if (slot->counted) {
        (void) give_original_back(pool, where);
    }
}

int mbedguard_rsa_pool_count(mbedguard_rsa_pool *pool, unsigned int *copies, const char *where)
{
    const int ret = mbedguard_enter(&pool->entry, OWN, where);

    if (ret != 0) {
        return ret;
    }
    *copies = pool->count;
    return mbedguard_leave(&pool->entry, OWN);
}

void mbedguard_rsa_pool_forget(mbedguard_rsa_pool *pool)
{
    while (pool->copies != NULL) {
        mbedguard_rsa_copy *const copy = pool->copies;

        pool->copies = copy->next;
        mbedguard_rsa_copy_free(copy);
    }
    /* What a thread whose lock failed could not give back is not missed any more. */
    pool->count = 0;
    pool->originals = 0;
}

void mbedguard_rsa_pool_free(mbedguard_rsa_pool *pool)
{
    mbedguard_rsa_pool_forget(pool);
    pool->mark = 0;
}

#else

int mbedguard_rsa_pool_take(mbedguard_rsa_pool *pool, mbedtls_rsa_context *key,
                            mbedguard_rsa_slot *slot, const char *where)
{
    (void) pool;
    (void) where;
    slot->key = key;
    slot->copy = NULL;
    return 0;
}

int mbedguard_rsa_pool_give(mbedguard_rsa_pool *pool, mbedguard_rsa_slot *slot, const char *where)
{
    (void) pool;
    (void) slot;
    (void) where;
    return 0;
}

int mbedguard_rsa_pool_count(mbedguard_rsa_pool *pool, unsigned int *copies, const char *where)
{
    (void) pool;
    (void) where;
    *copies = 0;
    return 0;
}

void mbedguard_rsa_pool_forget(mbedguard_rsa_pool *pool)
{
    (void) pool;
}

void mbedguard_rsa_pool_free(mbedguard_rsa_pool *pool)
{
    (void) pool;
}

#endif

#endif
