/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* One guard for one call: in and out. */
#include "core/guard_state.h"

#if !defined(MBEDGUARD_THREADING_NONE)

#include <errno.h>

#include "core/keep.h"
#include "core/life.h"
#include "core/lockcheck.h"

/* Kept out of the fast path, whose registers it would cost. */
#define MBEDGUARD_APART MBEDGUARD_GNU_ATTRIBUTES(noinline, cold)

/* The lock checker names the holder to a stranger, who cannot wait for the mutex to read it. */
static void note_holder(mbedguard_guard *guard, const char *where)
{
#if defined(MBEDGUARD_LOCKCHECK)
    MBEDGUARD_ATOMIC_STORE(const char *, &guard->holder, where);
#else
    (void) guard;
    (void) where;
#endif
}

/* Readers that a backend lets in by itself stand side by side here. */
static void count(mbedguard_guard *guard, bool contended, bool native)
{
    if (native && mbedguard_thread_lock(&mbedguard_process.claim.raw) != 0)
        return;
    guard->acquisitions++;
    if (contended)
        guard->contentions++;
    if (native)
        (void) mbedguard_thread_unlock(&mbedguard_process.claim.raw);
}

/* Lock the mutex as `how` says: 0, WOULD_WAIT, UNSUPPORTED or THREADING. */
static int lock_mutex(mbedguard_guard *guard, unsigned how, bool readers, bool *contended)
{
    const bool native = readers && mbedguard_thread_native_shared();
    bool only_try = (how & MBEDGUARD_HOW_TRY) != 0;
    int failed;

    *contended = false;
    /* A backend's own shared locks cannot be tried: they are counted, but never as contended. */
    if (!native && (only_try || (mbedguard_process.slow & MBEDGUARD_SLOW_COUNTING) != 0)) {
        if (!mbedguard_thread_can_try())
            return MBEDGUARD_ERR_UNSUPPORTED;
        failed = mbedguard_thread_trylock(&guard->mutex);
        if (failed == 0)
            return 0;
        if (failed != 1)
            return MBEDGUARD_ERR_THREADING;
        if (only_try)
            return MBEDGUARD_ERR_WOULD_WAIT;
        *contended = true;
    }
    if (native)
        failed = mbedguard_thread_lock_shared(&guard->mutex);
    else if (readers)
        failed = mbedguard_thread_lock_brief(&guard->mutex);
    else
        failed = mbedguard_thread_lock(&guard->mutex);
    return failed == 0 ? 0 : MBEDGUARD_ERR_THREADING;
}

/* Under the mutex: wait until the readers have left. */
static int wait_exclusive_locked(mbedguard_guard *guard)
{
    int ret = 0;

    guard->waiting_exclusive++;
    while (ret == 0 && guard->readers != 0)
        ret = mbedguard_park(guard, &guard->mutex);
    if (ret == MBEDGUARD_PARK_LOST)
        return ret;
    guard->waiting_exclusive--;
    if (ret != 0 && guard->waiting_shared != 0)
        mbedguard_unpark(guard);
    return ret;
}

/* Under the mutex: let an exclusive that waits go first, but one only. */
static int wait_shared_locked(mbedguard_guard *guard)
{
    uint32_t turn = guard->turn;
    int ret = 0;

    guard->waiting_shared++;
    while (ret == 0 && guard->waiting_exclusive != 0 && guard->turn == turn)
        ret = mbedguard_park(guard, &guard->mutex);
    if (ret == MBEDGUARD_PARK_LOST)
        return ret;
    guard->waiting_shared--;
    return ret;
}

static void unlock_mutex(mbedguard_guard *guard, bool shared)
{
    if (shared)
        (void) mbedguard_thread_unlock_shared(&guard->mutex);
    else
        (void) mbedguard_thread_unlock(&guard->mutex);
}

/* Under the mutex: become the exclusive holder, or one reader. */
static int occupy_locked(mbedguard_guard *guard, unsigned how, bool readers, bool *contended)
{
    int ret = 0;

    if (!readers && guard->readers != 0) {
        if ((how & MBEDGUARD_HOW_TRY) != 0)
            return MBEDGUARD_ERR_WOULD_WAIT;
        *contended = true;
        ret = wait_exclusive_locked(guard);
    } else if (readers && guard->waiting_exclusive != 0 && !mbedguard_thread_native_shared()) {
        *contended = true;
        ret = wait_shared_locked(guard);
    }
    if (ret != 0)
        return ret;
    /* A backend's own readers are in side by side, and one that ends breaks it beside the others. */
    if ((mbedguard_load(&guard->state) & MBEDGUARD_STATE_BROKEN) != 0 &&
        (how & MBEDGUARD_EVEN_BROKEN) == 0)
        return MBEDGUARD_ERR_BROKEN;
    if (readers && !mbedguard_thread_native_shared()) {
        if (guard->readers == UINT32_MAX)
            return MBEDGUARD_ERR_OVERFLOW;
        guard->readers++;
    }
    if (!readers)
        guard->state |= MBEDGUARD_STATE_HELD;
    return 0;
}

/*
 * Whether readers can stand side by side: they need somewhere to wait, or a backend that does it.
 */
static bool readers_possible(void)
{
    return mbedguard_thread_native_shared() || mbedguard_thread_can_wait();
}

/* From free to held, in the backend's terms. */
static int take(mbedguard_guard *guard, unsigned how, const char *where)
{
    bool readers = (how & MBEDGUARD_HOW_MODE) == MBEDGUARD_SHARED && readers_possible();
    bool native = readers && mbedguard_thread_native_shared();
    bool contended;
    int ret = lock_mutex(guard, how, readers, &contended);

    if (ret != 0)
        return ret;
    ret = occupy_locked(guard, how, readers, &contended);
    if (ret == MBEDGUARD_PARK_LOST)
        return MBEDGUARD_ERR_THREADING;
    if (ret != 0) {
        unlock_mutex(guard, native);
        return ret;
    }
    if ((mbedguard_process.slow & MBEDGUARD_SLOW_COUNTING) != 0 &&
        (how & MBEDGUARD_HOW_UNSEEN) == 0)
        count(guard, contended, native);
    if (!readers)
        note_holder(guard, where);
    else if (!native)
        unlock_mutex(guard, false);
    return 0;
}

/*
 * From held to free. Whoever takes the guard next may do away with it, so that nothing of it is
 * touched after its mutex is unlocked; whoever unmakes the mutex has held it after that.
 */
static int drop_readers(mbedguard_guard *guard, uint32_t broken)
{
    if (mbedguard_thread_native_shared()) {
        if (broken != 0)
            (void) MBEDGUARD_ATOMIC_OR(uint32_t, &guard->state, broken);
        mbedguard_guard_unuse(guard);
        return mbedguard_thread_unlock_shared(&guard->mutex) == 0 ? 0 : MBEDGUARD_ERR_THREADING;
    }
    if (mbedguard_thread_lock_brief(&guard->mutex) != 0 &&
        mbedguard_thread_lock_stubborn(&guard->mutex) != 0)
        return MBEDGUARD_ERR_THREADING;
    guard->readers--;
    guard->state |= broken;
    if (guard->readers == 0 && guard->waiting_exclusive != 0)
        mbedguard_unpark(guard);
    mbedguard_guard_unuse(guard);
    return mbedguard_thread_unlock(&guard->mutex) == 0 ? 0 : MBEDGUARD_ERR_THREADING;
}

/* broken: MBEDGUARD_STATE_BROKEN, or 0. */
static int drop(mbedguard_guard *guard, unsigned flags, uint32_t broken)
{
    if ((flags & MBEDGUARD_HOLD_COUNTED) != 0)
        return drop_readers(guard, broken);
    guard->state = (guard->state & ~MBEDGUARD_STATE_HELD) | broken;
    note_holder(guard, NULL);
    /* Only who waits looks at the turn. */
    if ((guard->waiting_exclusive | guard->waiting_shared) != 0) {
        guard->turn++;
        mbedguard_unpark(guard);
    }
    mbedguard_guard_unuse(guard);
    return mbedguard_thread_unlock(&guard->mutex) == 0 ? 0 : MBEDGUARD_ERR_THREADING;
}

void mbedguard_guard_abandon(const mbedguard_hold *hold)
{
    bool changed = (hold->flags & MBEDGUARD_HOLD_SHARED) == 0 ||
                   mbedguard_guard_is_changed_by(hold->guard, 1);

    (void) drop(hold->guard, hold->flags, changed ? MBEDGUARD_STATE_BROKEN : 0);
}

/* Calls on the object itself, other than those that only hold it around something else. */
static uint32_t calls_proper(const mbedguard_hold *hold)
{
    return hold->calls - (hold->flags & MBEDGUARD_HOLD_AROUND) / MBEDGUARD_HOLD_AROUND_ONE;
}

/* One more call or lock on what this thread holds already. */
static int nest(const mbedguard_hold *hold, unsigned how, const char *where)
{
    bool shared = (how & MBEDGUARD_HOW_MODE) == MBEDGUARD_SHARED;
    bool is_call = (how & (MBEDGUARD_HOW_EXPLICIT | MBEDGUARD_HOW_KEEPER)) == 0;

    if ((hold->flags & MBEDGUARD_HOLD_SHARED) != 0) {
        if (!shared) {
            mbedguard_lockcheck_tell(MBEDGUARD_LOCKCHECK_UPGRADE, hold->guard, where, hold->guard,
                                     mbedguard_hold_where(hold));
            return MBEDGUARD_ERR_UPGRADE;
        }
    } else if (is_call && calls_proper(hold) != 0 && (how & MBEDGUARD_IN_CALLBACK) == 0) {
        mbedguard_lockcheck_tell(MBEDGUARD_LOCKCHECK_REENTRY, hold->guard, where, hold->guard,
                                 mbedguard_hold_where(hold));
        return MBEDGUARD_ERR_REENTRY;
    }
    if (hold->calls == MBEDGUARD_HOLD_COUNT_MAX || hold->locks == MBEDGUARD_HOLD_COUNT_MAX ||
        ((how & MBEDGUARD_AROUND) != 0 &&
         (hold->flags & MBEDGUARD_HOLD_AROUND) == MBEDGUARD_HOLD_AROUND))
        return MBEDGUARD_ERR_OVERFLOW;
    return 0;
}

/* The order of what this thread holds: nothing taken may come before it. */
static int check_order(mbedguard_thread *self, const mbedguard_guard *guard, unsigned rank,
                       const char *where)
{
    mbedguard_hold *last = mbedguard_hold_last(self);

    if (last == NULL)
        return 0;
    if (mbedguard_key_compare(mbedguard_key_of(guard, rank), mbedguard_key_of_hold(last)) > 0)
        return 0;
    mbedguard_lockcheck_tell(MBEDGUARD_LOCKCHECK_ORDER, guard, where, last->guard,
                             mbedguard_hold_where(last));
    return MBEDGUARD_ERR_ORDER;
}

/* What this thread does not hold yet. */
static int acquire_new(mbedguard_thread *self, mbedguard_guard *guard, unsigned how,
                       const char *where)
{
    unsigned rank = how & MBEDGUARD_HOW_RANK;
    bool shared = (how & MBEDGUARD_HOW_MODE) == MBEDGUARD_SHARED;
    mbedguard_hold *hold;
    int ret = mbedguard_hold_reserve(self);

    if (ret == 0)
        ret = mbedguard_guard_use(guard);
    if (ret == MBEDGUARD_ERR_NOT_INITIALIZED)
        mbedguard_lockcheck_tell(MBEDGUARD_LOCKCHECK_UNINITIALIZED, guard, where, NULL, NULL);
    if (ret != 0)
        return ret;
    ret = check_order(self, guard, rank, where);
    if (ret == 0)
        ret = take(guard, how, where);
    if (ret != 0) {
        mbedguard_guard_unuse(guard);
        return ret;
    }
    hold = mbedguard_hold_push(self, guard, rank, where);
    if (shared)
        hold->flags = MBEDGUARD_HOLD_SHARED | (readers_possible() ? MBEDGUARD_HOLD_COUNTED : 0u);
    return 0;
}

int mbedguard_guard_acquire(mbedguard_thread *self, mbedguard_guard *guard, unsigned how,
                            const char *where)
{
    mbedguard_hold *hold = mbedguard_hold_find(self, guard);
    int ret;

    ret = hold != NULL ? nest(hold, how, where) : acquire_new(self, guard, how, where);
    if (ret != 0)
        return ret;
    hold = mbedguard_hold_find(self, guard);
    if ((how & MBEDGUARD_HOW_EXPLICIT) != 0) {
        hold->locks++;
        self->locks++;
    } else if ((how & MBEDGUARD_HOW_KEEPER) == 0) {
        hold->calls++;
        if ((how & MBEDGUARD_AROUND) != 0)
            hold->flags = (uint8_t) (hold->flags + MBEDGUARD_HOLD_AROUND_ONE);
    }
    return 0;
}

int mbedguard_guard_release_keepers(mbedguard_thread *self, const mbedguard_guard *kept)
{
    mbedguard_guard *keeper;
    int ret = 0;

    while ((keeper = mbedguard_link_take(self, kept)) != NULL) {
        mbedguard_hold *hold = mbedguard_hold_find(self, keeper);

        if (hold != NULL && hold->calls == 0 && hold->locks == 0 && hold->links == 0) {
            int failed = mbedguard_guard_release(self, hold);

            if (ret == 0)
                ret = failed;
        }
    }
    return ret;
}

int mbedguard_guard_release(mbedguard_thread *self, mbedguard_hold *hold)
{
    mbedguard_guard *guard = hold->guard;
    unsigned flags = hold->flags;
    int ret;

    mbedguard_hold_drop(self, hold);
    ret = drop(guard, flags, 0);
    if (self->link_count != 0) {
        int failed = mbedguard_guard_release_keepers(self, guard);

        if (ret == 0)
            ret = failed;
    }
    if (self->dying_count != 0)
        mbedguard_life_released(self, guard);
    return ret;
}

int mbedguard_guard_give(mbedguard_thread *self, mbedguard_guard *guard, unsigned how)
{
    mbedguard_hold *hold = mbedguard_hold_find(self, guard);

    if (hold == NULL)
        return MBEDGUARD_ERR_NOT_LOCKED;
    if ((how & MBEDGUARD_HOW_EXPLICIT) != 0) {
        if (hold->locks == 0)
            return MBEDGUARD_ERR_NOT_LOCKED;
        hold->locks--;
        self->locks--;
    } else if (hold->calls == 0) {
        return MBEDGUARD_ERR_NOT_LOCKED;
    } else {
        hold->calls--;
        if ((how & MBEDGUARD_AROUND) != 0)
            hold->flags = (uint8_t) (hold->flags - MBEDGUARD_HOLD_AROUND_ONE);
    }
    if (self->dying_count != 0 && hold->calls == 0 && hold->links == 0) {
        mbedguard_life_last_call(self, guard);
        hold = mbedguard_hold_find(self, guard);
    }
    if (hold->calls != 0 || hold->locks != 0 || hold->links != 0)
        return 0;
    return mbedguard_guard_release(self, hold);
}

int mbedguard_guard_enter(mbedguard_thread *self, mbedguard_guard *guard, unsigned how,
                          const char *where)
{
    mbedguard_want want = { guard, how };
    int ret;

    if (!mbedguard_how_wants_keepers(how))
        return mbedguard_guard_acquire(self, guard, how, where);
    if (!mbedguard_keep_has_keepers(guard)) {
        ret = mbedguard_guard_acquire(self, guard, how, where);
        /* Whoever adds a keeper holds the guard: what is seen under it is true. */
        if (ret != 0 || !mbedguard_keep_has_keepers(guard))
            return ret;
        (void) mbedguard_guard_give(self, guard, how);
    }
    return mbedguard_set_take(self, &want, 1, where);
}

int mbedguard_call_begin(mbedguard_thread *self, unsigned how, const char *where)
{
    int ret = mbedguard_start(self);

    (void) where;
    if (ret != 0)
        return ret;
    if ((how & MBEDGUARD_MAY_WAIT) != 0 && self->locks != 0)
        return MBEDGUARD_ERR_WOULD_WAIT;
    if ((how & (MBEDGUARD_CALLS_OUT | MBEDGUARD_HOW_EXPLICIT)) != 0 && !self->watched) {
        ret = mbedguard_thread_watch_exit(self);
        if (ret != 0)
            return ret;
        self->watched = true;
    }
    if ((how & MBEDGUARD_CALLS_OUT) != 0 && self->calls_out++ == 0)
        self->cancel_state = mbedguard_thread_cancel_off();
    return 0;
}

void mbedguard_call_end(mbedguard_thread *self, unsigned how)
{
    if (self->count == 0 && (self->dying_count != 0 || self->morgue != NULL))
        mbedguard_life_settle(self);
    if ((how & MBEDGUARD_CALLS_OUT) != 0 && self->calls_out != 0 && --self->calls_out == 0)
        mbedguard_thread_cancel_restore(self->cancel_state);
}

static MBEDGUARD_APART int enter_slow(mbedguard_guard *guard, unsigned how, const char *where)
{
    mbedguard_thread *self;
    int saved_errno = errno;
    int ret;

    if (guard == NULL)
        return MBEDGUARD_ERR_BAD_INPUT;
    self = mbedguard_thread_here();
    if (self == NULL)
        return MBEDGUARD_ERR_ALLOC_FAILED;
    ret = mbedguard_call_begin(self, how, where);
    if (ret == 0) {
        ret = mbedguard_guard_enter(self, guard, how, where);
        if (ret != 0)
            mbedguard_call_end(self, how);
    }
    mbedguard_thread_done(self);
    errno = saved_errno;
    return ret;
}

static MBEDGUARD_APART int leave_slow(mbedguard_guard *guard, unsigned how)
{
    mbedguard_thread *self;
    int saved_errno = errno;
    int ret;

    if (guard == NULL)
        return MBEDGUARD_ERR_BAD_INPUT;
    self = mbedguard_thread_find();
    if (self == NULL)
        return MBEDGUARD_ERR_NOT_LOCKED;
    ret = mbedguard_guard_give(self, guard, how);
    mbedguard_call_end(self, how);
    mbedguard_thread_done(self);
    errno = saved_errno;
    return ret;
}

#if defined(MBEDGUARD_THREADING_PTHREAD) && !defined(MBEDGUARD_LOCKCHECK)

/*
 * The fast path: a thread that holds nothing takes a guard that is free. The two locked
 * instructions wait for every store before them, a pushed register included: so little is written,
 * and by the thread for its own slow path to read (quick); what is needed after the lock is read
 * again.
 */
static bool is_quick(const mbedguard_guard *guard)
{
    const mbedguard_guard *self = MBEDGUARD_ATOMIC_LOAD(mbedguard_guard *, &guard->self);
    uint32_t magic = self != NULL ? mbedguard_process.quick_magic : mbedguard_process.quick_zero;

    return (self == guard || self == NULL) && guard->magic == magic &&
           mbedguard_load(&guard->generation) == mbedguard_process.generation;
}

/* Readers are in, or the object is broken. The mutex is held. */
static MBEDGUARD_APART int enter_occupied(void) MBEDGUARD_NO_ANALYSIS
{
    mbedguard_thread *self = &mbedguard_thread_state;
    mbedguard_guard *guard = self->quick;

    self->quick = MBEDGUARD_QUICK_OPEN;
    (void) mbedguard_thread_unlock(&guard->mutex);
    /* What `how` and `where` said besides makes no difference here, and was not kept. */
    return enter_slow(guard, self->quick_rank | MBEDGUARD_USE, NULL);
}

static MBEDGUARD_APART int enter_failed(void)
{
    mbedguard_thread_state.quick = MBEDGUARD_QUICK_OPEN;
    return MBEDGUARD_ERR_THREADING;
}

int mbedguard_enter(mbedguard_guard *guard, unsigned how, const char *where) MBEDGUARD_NO_ANALYSIS
{
    mbedguard_thread *self = &mbedguard_thread_state;

    if (guard == NULL || self->quick != MBEDGUARD_QUICK_OPEN ||
        (how & (MBEDGUARD_SHARED | MBEDGUARD_CALLS_OUT | MBEDGUARD_MAY_WAIT |
                MBEDGUARD_EVEN_BROKEN | MBEDGUARD_AROUND)) != 0 ||
        mbedguard_how_wants_keepers(how) || !is_quick(guard))
        return enter_slow(guard, how, where);
    self->quick_rank = how & MBEDGUARD_HOW_RANK;
    self->quick = guard;
    if (mbedguard_thread_lock(&guard->mutex) != 0)
        return enter_failed();
    guard = self->quick;
    if ((guard->readers | guard->state) != 0)
        return enter_occupied();
    guard->state = MBEDGUARD_STATE_HELD;
    return 0;
}

int mbedguard_leave(mbedguard_guard *guard, unsigned how) MBEDGUARD_NO_ANALYSIS
{
    mbedguard_thread *self = &mbedguard_thread_state;

    if (guard == NULL || self->quick != guard ||
        (guard->waiting_exclusive | guard->waiting_shared) != 0)
        return leave_slow(guard, how);
    self->quick = MBEDGUARD_QUICK_OPEN;
    guard->state = 0;
    /* A plain mutex that is held cannot fail to unlock: what it returns is 0, and so passed on. */
    return mbedguard_thread_unlock(&guard->mutex);
}

#else

int mbedguard_enter(mbedguard_guard *guard, unsigned how, const char *where) MBEDGUARD_NO_ANALYSIS
{
    return enter_slow(guard, how, where);
}

int mbedguard_leave(mbedguard_guard *guard, unsigned how) MBEDGUARD_NO_ANALYSIS
{
    return leave_slow(guard, how);
}

#endif

int mbedguard_may_enter(mbedguard_guard *guard, unsigned how, const char *where)
{
    mbedguard_thread *self;
    const mbedguard_hold *hold;
    int ret = 0;

    if (mbedguard_thread_holds_nothing())
        return 0;
    self = mbedguard_thread_find();
    if (self != NULL) {
        hold = mbedguard_hold_find(self, guard);
        ret = hold != NULL ? nest(hold, how, where)
                           : check_order(self, guard, how & MBEDGUARD_HOW_RANK, where);
    }
    mbedguard_thread_done(self);
    return ret;
}

int mbedguard_may_wait(const char *where)
{
    mbedguard_thread *self;
    bool locked;

    (void) where;
    if (mbedguard_thread_holds_nothing())
        return 0;
    self = mbedguard_thread_find();
    locked = self != NULL && self->locks != 0;
    mbedguard_thread_done(self);
    return locked ? MBEDGUARD_ERR_WOULD_WAIT : 0;
}

int mbedguard_held(const mbedguard_guard *guard)
{
    mbedguard_thread *self = mbedguard_thread_find();
    mbedguard_hold *hold = self != NULL ? mbedguard_hold_find(self, guard) : NULL;
    int held = hold == NULL ? 0 : (hold->flags & MBEDGUARD_HOLD_SHARED) != 0 ? 1 : 2;

    mbedguard_thread_done(self);
    return held;
}

#endif
