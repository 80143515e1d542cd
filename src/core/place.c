/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Places that hold a reference to a counted object. Reading the pointer and adding a reference are one
 * step under the lock of all references: between two steps the last reference could go.
 */
#include "core/keep.h"
#include "core/life.h"

#if defined(MBEDGUARD_THREADING_NONE)

/* One thread needs no state. */
struct mbedguard_thread;

static int begin(struct mbedguard_thread **self)
{
    *self = NULL;
    return 0;
}

static void end(struct mbedguard_thread *self)
{
    (void) self;
}

#else

/* A thread that forks lets go of the lock between these. */
static int begin(mbedguard_thread **self)
{
    *self = mbedguard_thread_here();
    return *self != NULL ? 0 : MBEDGUARD_ERR_ALLOC_FAILED;
}

static void end(mbedguard_thread *self)
{
    mbedguard_thread_done(self);
}

#endif

static mbedguard_counted *drop_locked(mbedguard_counted *counted)
    MBEDGUARD_REQUIRES(mbedguard_process.keep);

/* What is to be freed now, or NULL. */
static mbedguard_counted *drop_locked(mbedguard_counted *counted)
{
    if (counted == NULL || --counted->refs != 0)
        return NULL;
    counted->next = NULL;
    return counted;
}

static int put_locked(void **place, void *object, unsigned rank, mbedguard_counted **unreferenced)
    MBEDGUARD_REQUIRES(mbedguard_process.keep);

static int put_locked(void **place, void *object, unsigned rank, mbedguard_counted **unreferenced)
{
    mbedguard_counted *next = NULL;
    mbedguard_counted *before = NULL;

    if (object != NULL) {
        next = mbedguard_counted_at_locked(object, rank);
        if (next == NULL)
            return MBEDGUARD_ERR_BAD_INPUT;
    }
    if (*place != NULL) {
        before = mbedguard_counted_at_locked(*place, rank);
        if (before == NULL)
            return MBEDGUARD_ERR_NOT_INITIALIZED;
    }
    if (next != NULL) {
        if (next->refs == SIZE_MAX)
            return MBEDGUARD_ERR_OVERFLOW;
        next->refs++;
    }
    *unreferenced = drop_locked(before);
    *place = object;
    return 0;
}

int mbedguard_place_put(void **place, void *object, unsigned rank)
{
    mbedguard_counted *unreferenced = NULL;
    struct mbedguard_thread *self;
    int ret = begin(&self);

    if (ret != 0)
        return ret;
    ret = MBEDGUARD_ERR_THREADING;
    if (mbedguard_core_lock(&mbedguard_process.keep) == 0) {
        ret = put_locked(place, object, rank, &unreferenced);
        mbedguard_core_unlock(&mbedguard_process.keep);
    }
    mbedguard_life_bury(unreferenced);
    end(self);
    return ret;
}

static int take_locked(void *const *place, unsigned rank, void **object)
    MBEDGUARD_REQUIRES(mbedguard_process.keep);

static int take_locked(void *const *place, unsigned rank, void **object)
{
    mbedguard_counted *counted;

    if (*place == NULL)
        return MBEDGUARD_ERR_NOT_FOUND;
    counted = mbedguard_counted_at_locked(*place, rank);
    if (counted == NULL)
        return MBEDGUARD_ERR_NOT_INITIALIZED;
    if (counted->refs == SIZE_MAX)
        return MBEDGUARD_ERR_OVERFLOW;
    counted->refs++;
    *object = *place;
    return 0;
}

int mbedguard_place_take(void *const *place, unsigned rank, void **object)
{
    struct mbedguard_thread *self;
    int ret = begin(&self);

    if (ret != 0)
        return ret;
    ret = MBEDGUARD_ERR_THREADING;
    if (mbedguard_core_lock(&mbedguard_process.keep) == 0) {
        ret = take_locked(place, rank, object);
        mbedguard_core_unlock(&mbedguard_process.keep);
    }
    end(self);
    return ret;
}

void mbedguard_place_let_go(void *object, unsigned rank)
{
    mbedguard_counted *unreferenced = NULL;
    struct mbedguard_thread *self;

    if (begin(&self) != 0)
        return;
    if (mbedguard_keep_lock()) {
        unreferenced = drop_locked(mbedguard_counted_at_locked(object, rank));
        mbedguard_keep_unlock();
    }
    mbedguard_life_bury(unreferenced);
    end(self);
}
