/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* From _init or _new to _free. */
#include "core/life.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/keep.h"
#include "core/lockcheck.h"

static void *object_of(mbedguard_counted *counted)
{
    return (unsigned char *) counted + MBEDGUARD_COUNTED_HEADER;
}

static void make_raw(const mbedguard_type *type, void *object)
{
    if (type->raw_init != NULL)
        type->raw_init(object);
    else
        memset(object, 0, type->size - sizeof(mbedguard_guard));
}

/* How to take an object in order to free it. TLS contexts run callbacks even then. */
static unsigned how_to_free(const mbedguard_type *type)
{
    unsigned how = type->rank;

#if !defined(MBEDGUARD_THREADING_NONE)
    how |= MBEDGUARD_EXCLUSIVE | MBEDGUARD_EVEN_BROKEN;
#endif
    return type->rank == MBEDGUARD_RANK_SSL ? how | MBEDGUARD_CALLS_OUT : how;
}

/* Nobody else is in. What a thread left in the middle is forgotten, not freed. */
static void empty(const mbedguard_type *type, void *object, mbedguard_guard *guard)
{
#if !defined(MBEDGUARD_THREADING_NONE)
    bool broken = (guard->state & MBEDGUARD_STATE_BROKEN) != 0;
#else
    bool broken = false;
#endif

    if (!broken && type->raw_free != NULL)
        type->raw_free(object);
    mbedguard_keep_release(guard, MBEDGUARD_SLOT_ALL);
#if !defined(MBEDGUARD_THREADING_NONE)
    guard->state &= ~MBEDGUARD_STATE_BROKEN;
#endif
}

static void empty_in_place(const mbedguard_type *type, void *object, mbedguard_guard *guard)
{
    empty(type, object, guard);
    mbedguard_keep_note_gone(guard);
    make_raw(type, object);
}

static void give_back(mbedguard_counted *counted, mbedguard_guard *guard)
{
    /* Whatever stands here next must not look like a guard. */
    memset(guard, 0, sizeof(*guard));
    if (mbedguard_counted_remove(counted))
        free(counted);
}

#if defined(MBEDGUARD_THREADING_NONE)

/* Once, before the first object: no guard is there to do it. */
static int start(void)
{
    int ret = mbedguard_process.started ? 0 : mbedguard_library_start();

    mbedguard_process.started = ret == 0;
    return ret;
}

void mbedguard_life_bury(mbedguard_counted *list)
{
    while (list != NULL) {
        mbedguard_counted *next = list->next;
        void *object = object_of(list);
        mbedguard_guard *guard = mbedguard_guard_at_end(object, list->type->size);

        empty(list->type, object, guard);
        give_back(list, guard);
        list = next;
    }
}

/* One thread needs no state. */
struct mbedguard_thread;

static int begin(struct mbedguard_thread **self)
{
    *self = NULL;
    return start();
}

static void end(struct mbedguard_thread *self)
{
    (void) self;
}

static void make_guard(struct mbedguard_thread *self, mbedguard_guard *guard, const char *where)
{
    (void) self;
    (void) where;
    guard->counted = 0;
    mbedguard_keep_release(guard, MBEDGUARD_SLOT_ALL);
}

int mbedguard_object_free(const mbedguard_type *type, void *object, const char *where)
{
    mbedguard_guard *guard;
    mbedguard_counted *counted;

    (void) where;
    (void) how_to_free;
    if (object == NULL)
        return 0;
    guard = mbedguard_guard_at_end(object, type->size);
    counted = mbedguard_counted_of(guard);
    if (counted == NULL) {
        empty_in_place(type, object, guard);
    } else if (--counted->refs == 0) {
        counted->next = NULL;
        mbedguard_life_bury(counted);
    }
    return 0;
}

#else

void mbedguard_life_bury(mbedguard_counted *list)
{
    mbedguard_thread *self;
    mbedguard_counted *last = list;

    if (list == NULL)
        return;
    /* Inside a call it has a state, and finding that does not fail. */
    self = mbedguard_thread_find();
    if (self == NULL)
        self = mbedguard_thread_here();
    /* Without memory for its state the thread holds nothing, and leaks rather than frees. */
    if (self == NULL)
        return;
    while (last->next != NULL)
        last = last->next;
    last->next = self->morgue;
    self->morgue = list;
    if (self->count == 0)
        mbedguard_life_settle(self);
    mbedguard_thread_done(self);
}

static void tell_freed_held(const mbedguard_guard *guard, const char *where,
                            const mbedguard_hold *hold)
{
    mbedguard_lockcheck_tell(MBEDGUARD_LOCKCHECK_FREED_HELD, guard, where, guard,
                             mbedguard_hold_where(hold));
}

/* The storage may hold anything, a guard of a frame that is gone included. */
static void make_guard(mbedguard_thread *self, mbedguard_guard *guard, const char *where)
{
    mbedguard_hold *hold = mbedguard_hold_find(self, guard);

    if (hold != NULL) {
        tell_freed_held(guard, where, hold);
        self->locks -= hold->locks;
        mbedguard_hold_drop(self, hold);
        (void) mbedguard_guard_release_keepers(self, guard);
    }
    mbedguard_guard_make(guard, false);
    mbedguard_keep_release(guard, MBEDGUARD_SLOT_ALL);
    guard->level = mbedguard_level_needed(guard);
}

/* A thread that forks lets go of the core's locks between these. */
static int begin(mbedguard_thread **self)
{
    int ret;

    *self = mbedguard_thread_here();
    if (*self == NULL)
        return MBEDGUARD_ERR_ALLOC_FAILED;
    ret = mbedguard_start(*self);
    if (ret != 0)
        mbedguard_thread_done(*self);
    return ret;
}

static void end(mbedguard_thread *self)
{
    mbedguard_thread_done(self);
}

/* What is held around the free of an object that this thread holds, or does not. */
static bool lacks_around(mbedguard_thread *self, const mbedguard_type *type, const void *object)
{
    return type->around.guard != NULL &&
           (type->wants_around == NULL || type->wants_around(object)) &&
           mbedguard_hold_find(self, type->around.guard) == NULL;
}

/* Take it with its keepers, in order to free it, and what is held around that; set has two places. */
static int take_to_free(mbedguard_thread *self, const mbedguard_type *type, void *object,
                        mbedguard_want *set, const char *where)
{
    mbedguard_guard *guard = mbedguard_guard_at_end(object, type->size);
    const mbedguard_want own = {guard, how_to_free(type)};
    size_t count = 2;
    int ret;

    set[0] = own;
    set[1].guard = NULL;
    set[1].how = 0;
    if (type->around.guard == NULL || type->wants_around != NULL) {
        ret = mbedguard_guard_enter(self, guard, own.how, where);
        if (ret != 0 || !lacks_around(self, type, object))
            return ret;
        (void) mbedguard_guard_give(self, guard, own.how);
    }
    set[1] = type->around;
    ret = mbedguard_set_arrange(set, &count);
    return ret != 0 ? ret : mbedguard_set_take(self, set, count, where);
}

/* The last taken first. */
static int give_freed(mbedguard_thread *self, const mbedguard_want *set)
{
    int ret = 0;
    size_t i;

    for (i = 2; i > 0; i--) {
        int failed = set[i - 1].guard != NULL
                         ? mbedguard_guard_give(self, set[i - 1].guard, set[i - 1].how)
                         : 0;

        if (ret == 0)
            ret = failed;
    }
    return ret;
}

/* Nobody refers to the object any more; the caller has let go of all that comes after it. */
static int destroy_in_call(mbedguard_thread *self, mbedguard_counted *counted, const char *where)
{
    const mbedguard_type *type = counted->type;
    void *object = object_of(counted);
    mbedguard_guard *guard = mbedguard_guard_at_end(object, type->size);
    mbedguard_want set[2];
    int ret = take_to_free(self, type, object, set, where);

    if (ret != 0)
        return ret;
    empty(type, object, guard);
    (void) give_freed(self, set);
    mbedguard_keeper_settle(guard);
    mbedguard_guard_unmake(guard);
    give_back(counted, guard);
    return 0;
}

/* A call of its own: the raw free may call back to a cancellation point, or to the thread's end. */
static int destroy(mbedguard_thread *self, mbedguard_counted *counted, const char *where)
{
    unsigned how = how_to_free(counted->type);
    int ret = mbedguard_call_begin(self, how, where);

    if (ret != 0)
        return ret;
    ret = destroy_in_call(self, counted, where);
    mbedguard_call_end(self, how);
    return ret;
}

/* It could not be taken, and nobody can free it once more: the end of the next call tries again. */
static void bury_again(mbedguard_thread *self, mbedguard_counted *counted)
{
    counted->next = self->morgue;
    self->morgue = counted;
}

/* A thread may end at any time, and its state with it: nothing empty stays on the heap. */
static void free_list_of_dying(mbedguard_thread *self)
{
    if (self->dying_count != 0)
        return;
    free(self->dying);
    self->dying = NULL;
    self->dying_capacity = 0;
}

void mbedguard_life_settle(mbedguard_thread *self)
{
    if (self->settling)
        return;
    self->settling = true;
    while (self->count == 0 && (self->dying_count != 0 || self->morgue != NULL)) {
        if (self->dying_count != 0) {
            mbedguard_dying dying = self->dying[--self->dying_count];

            if (dying.freed)
                mbedguard_keeper_settle(dying.key.guard);
            else
                (void) mbedguard_object_free(dying.type, dying.object, dying.where);
        } else {
            mbedguard_counted *counted = self->morgue;

            self->morgue = counted->next;
            if (destroy(self, counted, counted->type->name) != 0) {
                bury_again(self, counted);
                break;
            }
        }
    }
    self->settling = false;
    free_list_of_dying(self);
}

void mbedguard_life_released(mbedguard_thread *self, mbedguard_guard *guard)
{
    const mbedguard_hold *last = mbedguard_hold_last(self);
    uint32_t i = 0;

    while (i < self->dying_count) {
        mbedguard_dying dying = self->dying[i];

        if (!dying.freed || mbedguard_hold_find(self, dying.key.guard) != NULL ||
            (last != NULL && mbedguard_key_compare(dying.key, mbedguard_key_of_hold(last)) < 0)) {
            i++;
        } else {
            self->dying[i] = self->dying[--self->dying_count];
            mbedguard_keeper_settle(dying.key.guard);
            /* Of what was released before, the storage may be gone. */
            if (dying.key.guard == guard)
                mbedguard_guard_unmake(guard);
        }
    }
    free_list_of_dying(self);
}

/* Make an entry for an object, or find the one that it has: not freed, or to be freed again. */
static int note_dying(mbedguard_thread *self, const mbedguard_type *type, void *object,
                      const char *where, mbedguard_dying **noted)
{
    mbedguard_dying *entry = self->dying;
    uint32_t i = 0;

    while (i < self->dying_count && entry[i].object != object)
        i++;
    if (i == self->dying_capacity) {
        uint32_t capacity = self->dying_capacity + 4;

        entry = calloc(capacity, sizeof(*entry));
        if (entry == NULL)
            return MBEDGUARD_ERR_ALLOC_FAILED;
        if (self->dying_count != 0)
            memcpy(entry, self->dying, self->dying_count * sizeof(*entry));
        free(self->dying);
        self->dying = entry;
        self->dying_capacity = capacity;
    }
    if (i == self->dying_count)
        self->dying_count++;
    entry[i].type = type;
    entry[i].object = object;
    entry[i].where = where;
    entry[i].freed = false;
    *noted = &entry[i];
    return 0;
}

/* This thread has it exclusively, and no call on it in progress. */
static void free_held(mbedguard_thread *self, mbedguard_dying *entry, mbedguard_guard *guard)
{
    mbedguard_hold *hold = mbedguard_hold_find(self, guard);
    const mbedguard_type *type = entry->type;
    void *object = entry->object;

    if (hold->locks != 0)
        tell_freed_held(guard, entry->where, hold);
    entry->freed = true;
    entry->key = mbedguard_key_of_hold(hold);
    hold->calls++;
    empty_in_place(type, object, guard);
    hold = mbedguard_hold_find(self, guard);
    if (hold != NULL)
        hold->calls--;
}

void mbedguard_life_last_call(mbedguard_thread *self, mbedguard_guard *guard)
{
    const mbedguard_hold *hold = mbedguard_hold_find(self, guard);
    unsigned how = hold->rank | MBEDGUARD_EXCLUSIVE;
    uint32_t i = 0;

    while (i < self->dying_count &&
           (self->dying[i].freed ||
            mbedguard_guard_at_end(self->dying[i].object, self->dying[i].type->size) != guard))
        i++;
    /* If others are in, or keepers go on, it has to wait until this thread holds nothing. */
    if (i == self->dying_count || (hold->flags & MBEDGUARD_HOLD_SHARED) != 0 ||
        (mbedguard_how_wants_keepers(how) && mbedguard_keep_has_keepers(guard)) ||
        lacks_around(self, self->dying[i].type, self->dying[i].object))
        return;
    free_held(self, &self->dying[i], guard);
}

static int free_in_storage(mbedguard_thread *self, const mbedguard_type *type, void *object,
                           mbedguard_guard *guard, const char *where)
{
    const mbedguard_hold *hold = mbedguard_hold_find(self, guard);
    mbedguard_dying *entry;
    mbedguard_want set[2];
    int ret;

    if (hold != NULL && hold->calls == 0 && hold->links == 0 && lacks_around(self, type, object))
        return MBEDGUARD_ERR_ORDER;
    if (hold != NULL) {
        ret = note_dying(self, type, object, where, &entry);
        /* Called from a callback of a call on the object: for the end of that call. */
        if (ret == 0 && hold->calls == 0 && hold->links == 0)
            free_held(self, entry, guard);
        return ret;
    }
    ret = take_to_free(self, type, object, set, where);
    if (ret != 0)
        return ret;
    empty_in_place(type, object, guard);
    ret = give_freed(self, set);
    /* The caller may reuse the storage now: nobody may still be on the way to it as a keeper. */
    mbedguard_keeper_settle(guard);
    return ret;
}

static int free_counted(mbedguard_thread *self, mbedguard_counted *counted, mbedguard_guard *guard,
                        const char *where)
{
    const mbedguard_hold *hold = mbedguard_hold_find(self, guard);
    mbedguard_want set[2];
    int ret = mbedguard_counted_drop(counted, false);

    if (ret <= 0)
        return ret;
    /* Before the last reference goes, be sure that the object can be taken. */
    if (hold == NULL) {
        ret = take_to_free(self, counted->type, object_of(counted), set, where);
        if (ret != 0)
            return ret;
        (void) give_freed(self, set);
    } else if (hold->calls == 0 && hold->links == 0) {
        tell_freed_held(guard, where, hold);
    }
    ret = mbedguard_counted_drop(counted, true);
    if (ret <= 0)
        return ret;
    if (hold != NULL) {
        counted->next = NULL;
        mbedguard_life_bury(counted);
    } else if (destroy(self, counted, where) != 0) {
        bury_again(self, counted);
    }
    return 0;
}

int mbedguard_object_free(const mbedguard_type *type, void *object, const char *where)
{
    mbedguard_thread *self;
    mbedguard_guard *guard;
    mbedguard_counted *counted;
    int saved_errno = errno;
    int ret;

    if (object == NULL)
        return 0;
    guard = mbedguard_guard_at_end(object, type->size);
    self = mbedguard_thread_here();
    if (self == NULL)
        return MBEDGUARD_ERR_ALLOC_FAILED;
    ret = mbedguard_call_begin(self, how_to_free(type), where);
    if (ret == 0) {
        ret = mbedguard_guard_use(guard);
        if (ret == MBEDGUARD_ERR_NOT_INITIALIZED)
            mbedguard_lockcheck_tell(MBEDGUARD_LOCKCHECK_UNINITIALIZED, guard, where, NULL, NULL);
        if (ret == 0) {
            mbedguard_guard_unuse(guard);
            counted = mbedguard_counted_of(guard);
            ret = counted != NULL ? free_counted(self, counted, guard, where)
                                  : free_in_storage(self, type, object, guard, where);
            if (counted == NULL && ret == 0 && mbedguard_hold_find(self, guard) == NULL)
                mbedguard_guard_unmake(guard);
        }
        mbedguard_call_end(self, how_to_free(type));
    }
    mbedguard_thread_done(self);
    errno = saved_errno;
    return ret;
}

#endif

int mbedguard_object_init(const mbedguard_type *type, void *object, const char *where)
{
    struct mbedguard_thread *self;
    int ret;

    if (object == NULL)
        return MBEDGUARD_ERR_BAD_INPUT;
    ret = begin(&self);
    if (ret != 0)
        return ret;
    ret = mbedguard_counted_find((uintptr_t) object - MBEDGUARD_COUNTED_HEADER);
    if (ret == 0)
        make_guard(self, mbedguard_guard_at_end(object, type->size), where);
    end(self);
    if (ret != 0)
        return ret < 0 ? ret : MBEDGUARD_ERR_BAD_INPUT;
    make_raw(type, object);
    return 0;
}

/* Registered before the raw init: what that makes would have to be undone. */
static int make_counted(mbedguard_counted *counted, const mbedguard_type *type, const char *where)
{
    mbedguard_guard *guard = mbedguard_guard_at_end(object_of(counted), type->size);
    struct mbedguard_thread *self;
    int ret = begin(&self);

    if (ret != 0)
        return ret;
    counted->type = type;
    counted->refs = 1;
    ret = mbedguard_counted_insert(counted);
    if (ret == 0) {
        make_guard(self, guard, where);
        guard->counted = (uint32_t) type->size;
    }
    end(self);
    return ret;
}

void *mbedguard_object_create(const mbedguard_type *type, const char *where)
{
    mbedguard_counted *counted = calloc(1, MBEDGUARD_COUNTED_HEADER + type->size);

    if (counted == NULL)
        return NULL;
    if (make_counted(counted, type, where) != 0) {
        free(counted);
        return NULL;
    }
    make_raw(type, object_of(counted));
    return object_of(counted);
}
