/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Several guards at once, in order, with the keepers of those that want them. */
#include "core/guard_state.h"

#if !defined(MBEDGUARD_THREADING_NONE)

#include <errno.h>
#include <stdlib.h>

#include "core/keep.h"

/* Not an error: the set has to be taken anew, because its order or its keepers have changed. */
#define TAKE_AGAIN 1

static mbedguard_key key_of_want(const mbedguard_want *want)
{
    return mbedguard_key_of(want->guard, want->how & MBEDGUARD_HOW_RANK);
}

/*
 * By keys that were read once each: levels rise meanwhile, and an order between two readings is
 * none. Sets are small, and mostly in order already.
 */
static void sort_by(mbedguard_want *set, mbedguard_key *keys, size_t count)
{
    size_t i;

    for (i = 0; i < count; i++) {
        mbedguard_want moved = set[i];
        mbedguard_key key = key_of_want(&moved);
        size_t j = i;

        while (j > 0 && mbedguard_key_compare(key, keys[j - 1]) < 0) {
            set[j] = set[j - 1];
            keys[j] = keys[j - 1];
            j--;
        }
        set[j] = moved;
        keys[j] = key;
    }
}

/* 0 or MBEDGUARD_ERR_ALLOC_FAILED with the set as it was. */
static int sort(mbedguard_want *set, size_t count)
{
    mbedguard_key few[MBEDGUARD_SET_INLINE];
    mbedguard_key *keys = few;

    if (count > MBEDGUARD_SET_INLINE)
        keys = calloc(count, sizeof(*keys));
    if (keys == NULL)
        return MBEDGUARD_ERR_ALLOC_FAILED;
    sort_by(set, keys, count);
    if (keys != few)
        free(keys);
    return 0;
}

static unsigned stronger_mode(unsigned a, unsigned b)
{
    if (a == MBEDGUARD_EXCLUSIVE || b == MBEDGUARD_EXCLUSIVE)
        return MBEDGUARD_EXCLUSIVE;
    return a == MBEDGUARD_USE || b == MBEDGUARD_USE ? MBEDGUARD_USE : MBEDGUARD_SHARED;
}

/* Each guard once, at the front; by address, which is the one thing about it that never changes. */
static size_t merge(mbedguard_want *set, size_t count)
{
    size_t kept = 0;
    size_t i;

    for (i = 0; i < count; i++) {
        mbedguard_want want = set[i];
        size_t j = 0;

        if (want.guard == NULL)
            continue;
        while (j < kept && set[j].guard != want.guard)
            j++;
        if (j == kept) {
            set[kept++] = want;
        } else {
            unsigned mode = stronger_mode(set[j].how & MBEDGUARD_HOW_MODE,
                                          want.how & MBEDGUARD_HOW_MODE);

            set[j].how |= want.how & ~MBEDGUARD_HOW_RANK;
            set[j].how = (set[j].how & ~MBEDGUARD_HOW_MODE) | mode;
        }
    }
    for (i = kept; i < count; i++) {
        set[i].guard = NULL;
        set[i].how = 0;
    }
    return kept;
}

int mbedguard_set_arrange(mbedguard_want *set, size_t *count)
{
    *count = merge(set, *count);
    return sort(set, *count);
}

/* What the thread held before the set; and what the set is. */
typedef struct taking {
    mbedguard_thread *self;
    mbedguard_want *set;
    size_t count;
    size_t taken;
    bool anything; /* was held before */
    mbedguard_key last; /* of what was held before */
    bool climbing;      /* keepers were taken, all in order, up to: */
    mbedguard_key reached;
    const char *where;
} taking;

/* Whether only the set itself stands in the way of a guard that it needs now. */
static bool is_overtaken(const taking *t, const mbedguard_guard *guard, unsigned rank)
{
    const mbedguard_hold *hold = mbedguard_hold_last(t->self);
    mbedguard_key key = mbedguard_key_of(guard, rank);

    if (hold == NULL || mbedguard_hold_find(t->self, guard) != NULL)
        return false;
    if (t->anything && mbedguard_key_compare(key, t->last) <= 0)
        return false;
    return mbedguard_key_compare(key, mbedguard_key_of_hold(hold)) < 0;
}

static int take_held_keeper(const taking *t, const mbedguard_keeper *keeper)
{
    unsigned how = keeper->key.rank | MBEDGUARD_EXCLUSIVE | MBEDGUARD_HOW_KEEPER;
    int ret = mbedguard_guard_acquire(t->self, keeper->keeper, how, t->where);

    return ret != 0 ? ret : mbedguard_link_add(t->self, keeper->keeper, keeper->kept);
}

static void release_if_idle(mbedguard_thread *self, const mbedguard_guard *guard)
{
    mbedguard_hold *hold = mbedguard_hold_find(self, guard);

    if (hold != NULL && hold->calls == 0 && hold->locks == 0 && hold->links == 0)
        (void) mbedguard_guard_release(self, hold);
}

static int take_pinned_keeper(const taking *t, mbedguard_keeper *keeper)
{
    unsigned tried = t->set[0].how & MBEDGUARD_HOW_TRY;
    unsigned how = keeper->key.rank | MBEDGUARD_EXCLUSIVE | MBEDGUARD_HOW_KEEPER |
                   MBEDGUARD_EVEN_BROKEN | tried;
    int ret = TAKE_AGAIN;

    if (!is_overtaken(t, keeper->keeper, keeper->key.rank))
        ret = mbedguard_guard_acquire(t->self, keeper->keeper, how, t->where);
    if (ret != 0) {
        mbedguard_keeper_unpin(keeper);
        /* Its storage was dropped without being freed: nothing can use it, nor what it kept. */
        if (ret == MBEDGUARD_ERR_NOT_INITIALIZED) {
            mbedguard_keep_release(keeper->keeper, MBEDGUARD_SLOT_ALL);
            ret = 0;
        }
        return ret;
    }
    if (!mbedguard_keeper_confirm(keeper)) {
        /* It let go meanwhile. Its owner waits for the pin before the storage may vanish. */
        release_if_idle(t->self, keeper->keeper);
        mbedguard_keeper_unpin(keeper);
        return 0;
    }
    ret = mbedguard_link_add(t->self, keeper->keeper, keeper->kept);
    if (ret != 0)
        release_if_idle(t->self, keeper->keeper);
    return ret;
}

static int take_want(taking *t)
{
    const mbedguard_want *want = &t->set[t->taken];
    int ret;

    if (is_overtaken(t, want->guard, want->how & MBEDGUARD_HOW_RANK))
        return TAKE_AGAIN;
    ret = mbedguard_guard_acquire(t->self, want->guard, want->how, t->where);
    if (ret == 0)
        t->taken++;
    return ret;
}

static int take_keeper(taking *t, mbedguard_keeper *keeper)
{
    int ret = keeper->held ? take_held_keeper(t, keeper) : take_pinned_keeper(t, keeper);

    /* The same keeper may keep another object of the set: look at its key once more, not beyond. */
    if (ret == 0 && t->count == 1) {
        t->reached = keeper->key;
        t->climbing = true;
    }
    return ret;
}

/* Find the next keeper: above those that were taken, or, when there is none, anywhere. */
static int find_keeper(taking *t, mbedguard_keeper *keeper)
{
    mbedguard_keeper_range range = { NULL, NULL };
    bool all = t->taken == t->count;
    mbedguard_key limit;
    int found = 0;

    if (!all) {
        limit = key_of_want(&t->set[t->taken]);
        range.limit = &limit;
    }
    if (t->climbing) {
        range.after = &t->reached;
        found = mbedguard_keeper_find(t->self, t->set, t->count, range, keeper);
        range.after = NULL;
    }
    return found != 0 ? found
                      : mbedguard_keeper_find(t->self, t->set, t->count, range, keeper);
}

/* One more keeper or guard. 0 goes on; done is set when nothing is left to take. */
static int take_next(taking *t, bool *done)
{
    mbedguard_keeper keeper;
    int found = find_keeper(t, &keeper);

    if (found < 0)
        return found;
    if (found != 0)
        return take_keeper(t, &keeper);
    if (t->taken < t->count)
        return take_want(t);
    *done = true;
    return 0;
}

static void undo(taking *t)
{
    size_t i;

    t->climbing = false;
    while (t->taken > 0) {
        t->taken--;
        (void) mbedguard_guard_give(t->self, t->set[t->taken].guard, t->set[t->taken].how);
    }
    for (i = 0; i < t->count; i++) {
        if (mbedguard_hold_find(t->self, t->set[i].guard) == NULL)
            (void) mbedguard_guard_release_keepers(t->self, t->set[i].guard);
    }
}

int mbedguard_set_take(mbedguard_thread *self, mbedguard_want *set, size_t count, const char *where)
{
    const mbedguard_hold *last = mbedguard_hold_last(self);
    taking t = {
        .self = self,
        .set = set,
        .count = count,
        .anything = last != NULL,
        .where = where,
    };
    bool done = count == 0;
    int ret = 0;

    if (last != NULL)
        t.last = mbedguard_key_of_hold(last);
    while (!done && ret == 0) {
        ret = take_next(&t, &done);
        if (ret == 0)
            continue;
        undo(&t);
        if (ret == TAKE_AGAIN)
            ret = sort(set, count);
    }
    return ret;
}

static unsigned flags_of(const mbedguard_want *set, size_t count)
{
    unsigned flags = 0;
    size_t i;

    for (i = 0; i < count; i++)
        flags |= set[i].how & (MBEDGUARD_CALLS_OUT | MBEDGUARD_MAY_WAIT | MBEDGUARD_HOW_EXPLICIT);
    return flags;
}

int mbedguard_enter_set(mbedguard_want *set, size_t count, const char *where)
{
    mbedguard_thread *self = mbedguard_thread_here();
    int saved_errno = errno;
    unsigned flags;
    int ret;

    if (self == NULL)
        return MBEDGUARD_ERR_ALLOC_FAILED;
    ret = mbedguard_set_arrange(set, &count);
    flags = flags_of(set, count);
    if (ret == 0)
        ret = mbedguard_call_begin(self, flags, where);
    if (ret == 0) {
        ret = mbedguard_set_take(self, set, count, where);
        if (ret != 0)
            mbedguard_call_end(self, flags);
    }
    mbedguard_thread_done(self);
    errno = saved_errno;
    return ret;
}

int mbedguard_leave_set(mbedguard_want *set, size_t count)
{
    mbedguard_thread *self;
    int saved_errno = errno;
    unsigned flags;
    int ret = 0;

    while (count > 0 && set[count - 1].guard == NULL)
        count--;
    if (count == 0)
        return 0;
    self = mbedguard_thread_find();
    if (self == NULL)
        return MBEDGUARD_ERR_NOT_LOCKED;
    flags = flags_of(set, count);
    while (count > 0) {
        int failed;

        count--;
        failed = mbedguard_guard_give(self, set[count].guard, set[count].how);
        if (ret == 0)
            ret = failed;
    }
    mbedguard_call_end(self, flags);
    mbedguard_thread_done(self);
    errno = saved_errno;
    return ret;
}

#endif
