/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The public locks for several calls: behind the macros of guard.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/guard_state.h"
#include "core/lockcheck.h"

#if defined(MBEDGUARD_THREADING_NONE)

int mbedguard_object_lock(const void *object, size_t size, unsigned rank, const char *where)
{
    (void) size;
    (void) rank;
    (void) where;
    return object != NULL ? 0 : MBEDGUARD_ERR_BAD_INPUT;
}

int mbedguard_object_trylock(const void *object, size_t size, unsigned rank, const char *where)
{
    return mbedguard_object_lock(object, size, rank, where);
}

int mbedguard_object_unlock(const void *object, size_t size, const char *where)
{
    return mbedguard_object_lock(object, size, 0, where);
}

int mbedguard_object_lock_set(const mbedguard_object *set, size_t count, const char *where)
{
    (void) where;
    return set != NULL || count == 0 ? 0 : MBEDGUARD_ERR_BAD_INPUT;
}

int mbedguard_object_unlock_set(const mbedguard_object *set, size_t count, const char *where)
{
    return mbedguard_object_lock_set(set, count, where);
}

int mbedguard_object_counters(const void *object, size_t size, unsigned rank,
                              mbedguard_counters *counters, const char *where)
{
    if (counters == NULL)
        return MBEDGUARD_ERR_BAD_INPUT;
    memset(counters, 0, sizeof(*counters));
    return mbedguard_object_lock(object, size, rank, where);
}

int mbedguard_count_acquisitions(int on)
{
    (void) on;
    return MBEDGUARD_ERR_UNSUPPORTED;
}

#else

static unsigned how_to_lock(unsigned rank)
{
    return (rank & MBEDGUARD_HOW_RANK) | MBEDGUARD_EXCLUSIVE | MBEDGUARD_HOW_EXPLICIT;
}

/* The first lock: before the thread goes on. Nothing is said of an object that it has twice. */
static int begin_object(mbedguard_thread *self, const void *object, size_t size)
{
    const mbedguard_hold *hold = mbedguard_hold_find(self, mbedguard_guard_at_end(object, size));

    if (hold == NULL || hold->locks != 1)
        return 0;
    return mbedguard_library_locks((void *) (uintptr_t) object, size, hold->rank);
}

static bool is_linked(mbedguard_thread *self, const mbedguard_want *want, const mbedguard_guard *with)
{
    return mbedguard_library_locks_with(want->how & MBEDGUARD_HOW_RANK).guard != with ||
           mbedguard_link_has(self, with, want->guard);
}

/* As long as the object is held: whoever lets go of it lets go of this, too. */
static int link_to(mbedguard_thread *self, const mbedguard_want *set, size_t count,
                   mbedguard_guard *with)
{
    size_t i;
    int ret = 0;

    for (i = 0; i < count && ret == 0; i++) {
        if (set[i].guard != with && !is_linked(self, &set[i], with))
            ret = mbedguard_link_add(self, with, set[i].guard);
    }
    return ret;
}

static void let_go(mbedguard_thread *self, const mbedguard_want *set, size_t count)
{
    while (count > 0) {
        count--;
        (void) mbedguard_guard_give(self, set[count].guard, set[count].how);
    }
}

/* Objects, and what the library wants beside one of them, for which set has room behind them. */
static int take_with(mbedguard_thread *self, mbedguard_want *set, size_t count,
                     mbedguard_want with, const char *where)
{
    int ret;

    if (with.guard != NULL) {
        with.how |= set[0].how & MBEDGUARD_HOW_TRY;
        set[count++] = with;
    }
    ret = mbedguard_set_arrange(set, &count);
    if (ret == 0)
        ret = mbedguard_set_take(self, set, count, where);
    if (ret != 0 || with.guard == NULL)
        return ret;
    ret = link_to(self, set, count, with.guard);
    if (ret != 0)
        let_go(self, set, count);
    else
        (void) mbedguard_guard_give(self, with.guard, with.how);
    return ret;
}

static int take_one(mbedguard_thread *self, mbedguard_guard *guard, unsigned how, const char *where)
{
    const mbedguard_want with = mbedguard_library_locks_with(how & MBEDGUARD_HOW_RANK);
    mbedguard_want set[2] = {{guard, how}, {NULL, 0}};

    return with.guard == NULL ? mbedguard_guard_enter(self, guard, how, where)
                              : take_with(self, set, 1, with, where);
}

static int lock_one(const void *object, size_t size, unsigned how, const char *where)
{
    mbedguard_thread *self;
    int saved_errno = errno;
    int ret;

    if (object == NULL || size < sizeof(mbedguard_guard))
        return MBEDGUARD_ERR_BAD_INPUT;
    self = mbedguard_thread_here();
    if (self == NULL)
        return MBEDGUARD_ERR_ALLOC_FAILED;
    ret = mbedguard_call_begin(self, how, where);
    if (ret == 0) {
        ret = take_one(self, mbedguard_guard_at_end(object, size), how, where);
        if (ret == 0) {
            ret = begin_object(self, object, size);
            if (ret != 0)
                (void) mbedguard_guard_give(self, mbedguard_guard_at_end(object, size), how);
        }
        if (ret != 0)
            mbedguard_call_end(self, how);
    }
    mbedguard_thread_done(self);
    errno = saved_errno;
    return ret;
}

int mbedguard_object_lock(const void *object, size_t size, unsigned rank, const char *where)
{
    return lock_one(object, size, how_to_lock(rank), where);
}

int mbedguard_object_trylock(const void *object, size_t size, unsigned rank, const char *where)
{
    if (object != NULL && !mbedguard_thread_can_try())
        return MBEDGUARD_ERR_UNSUPPORTED;
    return lock_one(object, size, how_to_lock(rank) | MBEDGUARD_HOW_TRY, where);
}

/* A stranger may not read the guard: who holds it is told only where it is kept for that. */
static int not_locked(mbedguard_thread *self, const mbedguard_guard *guard, const char *where)
{
#if defined(MBEDGUARD_LOCKCHECK)
    const mbedguard_hold *hold = self != NULL ? mbedguard_hold_find(self, guard) : NULL;
    const char *holder = hold != NULL ? mbedguard_hold_where(hold)
                                      : MBEDGUARD_ATOMIC_LOAD(const char *, &guard->holder);

    mbedguard_lockcheck_tell(MBEDGUARD_LOCKCHECK_NOT_LOCKED, guard, where,
                             holder != NULL ? guard : NULL, holder);
#else
    (void) self;
    (void) guard;
    (void) where;
#endif
    return MBEDGUARD_ERR_NOT_LOCKED;
}

static int unlock_one(mbedguard_thread *self, mbedguard_guard *guard, const char *where)
{
    int ret = self != NULL ? mbedguard_guard_give(self, guard, MBEDGUARD_HOW_EXPLICIT)
                           : MBEDGUARD_ERR_NOT_LOCKED;

    return ret == MBEDGUARD_ERR_NOT_LOCKED ? not_locked(self, guard, where) : ret;
}

/* The last lock: before others come in. */
static void finish_object(mbedguard_thread *self, const void *object, size_t size)
{
    const mbedguard_hold *hold = mbedguard_hold_find(self, mbedguard_guard_at_end(object, size));

    if (hold != NULL && hold->locks == 1)
        mbedguard_library_unlocks((void *) (uintptr_t) object, size, hold->rank);
}

int mbedguard_object_unlock(const void *object, size_t size, const char *where)
{
    mbedguard_thread *self;
    int saved_errno = errno;
    int ret;

    if (object == NULL || size < sizeof(mbedguard_guard))
        return MBEDGUARD_ERR_BAD_INPUT;
    self = mbedguard_thread_find();
    if (self != NULL)
        finish_object(self, object, size);
    ret = unlock_one(self, mbedguard_guard_at_end(object, size), where);
    if (self != NULL)
        mbedguard_call_end(self, 0);
    mbedguard_thread_done(self);
    errno = saved_errno;
    return ret;
}

/* What one of the objects wants beside it; all that want anything want the same. */
static mbedguard_want with_any(const mbedguard_want *wants, size_t count)
{
    mbedguard_want with = {NULL, 0};
    size_t i;

    for (i = 0; i < count && with.guard == NULL; i++) {
        if (wants[i].guard != NULL)
            with = mbedguard_library_locks_with(wants[i].how & MBEDGUARD_HOW_RANK);
    }
    return with;
}

/* wants has room for one more. */
static int lock_wants(mbedguard_want *wants, size_t count, const char *where)
{
    mbedguard_thread *self = mbedguard_thread_here();
    int ret;

    if (self == NULL)
        return MBEDGUARD_ERR_ALLOC_FAILED;
    ret = mbedguard_call_begin(self, MBEDGUARD_HOW_EXPLICIT, where);
    if (ret == 0) {
        ret = take_with(self, wants, count, with_any(wants, count), where);
        if (ret != 0)
            mbedguard_call_end(self, MBEDGUARD_HOW_EXPLICIT);
    }
    mbedguard_thread_done(self);
    return ret;
}

/* An object that stands in the set twice was locked once. */
static bool is_repeated(const mbedguard_object *set, size_t index)
{
    size_t i;

    for (i = 0; i < index; i++) {
        if (set[i].object == set[index].object)
            return true;
    }
    return false;
}

/* All are held; if one cannot be begun, none is. */
static int begin_set(const mbedguard_object *set, size_t count, const char *where)
{
    mbedguard_thread *self = mbedguard_thread_find();
    size_t i;
    int ret = 0;

    for (i = 0; self != NULL && i < count && ret == 0; i++) {
        if (set[i].object != NULL && !is_repeated(set, i))
            ret = begin_object(self, set[i].object, set[i].size);
    }
    mbedguard_thread_done(self);
    if (ret != 0)
        (void) mbedguard_object_unlock_set(set, count, where);
    return ret;
}

int mbedguard_object_lock_set(const mbedguard_object *set, size_t count, const char *where)
{
    mbedguard_want few[MBEDGUARD_SET_INLINE + 1];
    mbedguard_want *wants = few;
    int saved_errno = errno;
    size_t i;
    int ret;

    if (set == NULL || count == 0)
        return count == 0 ? 0 : MBEDGUARD_ERR_BAD_INPUT;
    if (count > MBEDGUARD_SET_INLINE)
        wants = calloc(count + 1, sizeof(*wants));
    if (wants == NULL)
        return MBEDGUARD_ERR_ALLOC_FAILED;
    for (i = 0; i < count; i++) {
        wants[i].guard = set[i].object != NULL
                             ? mbedguard_guard_at_end(set[i].object, set[i].size)
                             : NULL;
        wants[i].how = how_to_lock(set[i].rank);
    }
    ret = lock_wants(wants, count, where);
    if (wants != few)
        free(wants);
    if (ret == 0)
        ret = begin_set(set, count, where);
    errno = saved_errno;
    return ret;
}

int mbedguard_object_unlock_set(const mbedguard_object *set, size_t count, const char *where)
{
    size_t i;
    int ret = 0;

    if (set == NULL && count != 0)
        return MBEDGUARD_ERR_BAD_INPUT;
    for (i = count; i > 0; i--) {
        int failed;

        if (set[i - 1].object == NULL || is_repeated(set, i - 1))
            continue;
        failed = mbedguard_object_unlock(set[i - 1].object, set[i - 1].size, where);
        if (ret == 0)
            ret = failed;
    }
    return ret;
}

static int read_counters(mbedguard_thread *self, mbedguard_guard *guard, unsigned how,
                         mbedguard_counters *counters, const char *where)
{
    int ret = mbedguard_guard_enter(self, guard, how, where);

    if (ret != 0)
        return ret;
    counters->acquisitions = guard->acquisitions;
    counters->contentions = guard->contentions;
    return mbedguard_guard_give(self, guard, how);
}

int mbedguard_object_counters(const void *object, size_t size, unsigned rank,
                              mbedguard_counters *counters, const char *where)
{
    /* Reading them is no acquisition. */
    unsigned how = (rank & MBEDGUARD_HOW_RANK) | MBEDGUARD_USE | MBEDGUARD_IN_CALLBACK |
                   MBEDGUARD_HOW_UNSEEN;
    mbedguard_thread *self;
    int saved_errno = errno;
    int ret;

    if (object == NULL || size < sizeof(mbedguard_guard) || counters == NULL)
        return MBEDGUARD_ERR_BAD_INPUT;
    memset(counters, 0, sizeof(*counters));
    self = mbedguard_thread_here();
    if (self == NULL)
        return MBEDGUARD_ERR_ALLOC_FAILED;
    ret = mbedguard_call_begin(self, how, where);
    if (ret == 0) {
        ret = read_counters(self, mbedguard_guard_at_end(object, size), how, counters, where);
        mbedguard_call_end(self, how);
    }
    mbedguard_thread_done(self);
    errno = saved_errno;
    return ret;
}

int mbedguard_count_acquisitions(int on)
{
    if (!mbedguard_thread_can_try())
        return MBEDGUARD_ERR_UNSUPPORTED;
    if (on != 0)
        mbedguard_set_slow(mbedguard_process.slow | MBEDGUARD_SLOW_COUNTING);
    else
        mbedguard_set_slow(mbedguard_process.slow & ~MBEDGUARD_SLOW_COUNTING);
    return 0;
}

#endif

int mbedguard_object_borrow(const void *object, size_t size, unsigned rank, void *raw,
                            size_t raw_size, const char *where)
{
    int ret = mbedguard_object_lock(object, size, rank, where);

    (void) raw_size;
    /*
     * The raw object is the first member. All pointers to structs look alike, but *raw has its
     * own type.
     */
    if (ret == 0)
        memcpy(raw, &object, sizeof(object));
    else
        memset(raw, 0, sizeof(object));
    return ret;
}
