/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Places that hold a reference to a counted object. Reading the pointer and adding a reference are one
 * step under the lock of all references: between two steps the last reference could go.
 */
#include "core/keep.h"
#include "core/life.h"

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
        int ret = mbedguard_counted_add_locked(next);

        if (ret != 0)
            return ret;
    }
    *unreferenced = drop_locked(before);
    *place = object;
    return 0;
}

int mbedguard_place_put(void **place, void *object, unsigned rank)
{
    mbedguard_counted *unreferenced = NULL;
    struct mbedguard_thread *self;
    int ret = mbedguard_counted_begin(&self);

    if (ret != 0)
        return ret;
    ret = MBEDGUARD_ERR_THREADING;
    if (mbedguard_core_lock(&mbedguard_process.keep) == 0) {
        ret = put_locked(place, object, rank, &unreferenced);
        mbedguard_core_unlock(&mbedguard_process.keep);
    }
    mbedguard_life_bury(unreferenced);
    mbedguard_counted_end(self);
    return ret;
}

static int take_locked(void *const *place, unsigned rank, void **object)
    MBEDGUARD_REQUIRES(mbedguard_process.keep);

static int take_locked(void *const *place, unsigned rank, void **object)
{
    mbedguard_counted *counted;
    int ret;

    if (*place == NULL)
        return MBEDGUARD_ERR_NOT_FOUND;
    counted = mbedguard_counted_at_locked(*place, rank);
    if (counted == NULL)
        return MBEDGUARD_ERR_NOT_INITIALIZED;
    ret = mbedguard_counted_add_locked(counted);
    if (ret == 0)
        *object = *place;
    return ret;
}

int mbedguard_place_take(void *const *place, unsigned rank, void **object)
{
    struct mbedguard_thread *self;
    int ret = mbedguard_counted_begin(&self);

    if (ret != 0)
        return ret;
    ret = MBEDGUARD_ERR_THREADING;
    if (mbedguard_core_lock(&mbedguard_process.keep) == 0) {
        ret = take_locked(place, rank, object);
        mbedguard_core_unlock(&mbedguard_process.keep);
    }
    mbedguard_counted_end(self);
    return ret;
}

void mbedguard_place_let_go(void *object, unsigned rank)
{
    mbedguard_counted *unreferenced = NULL;
    struct mbedguard_thread *self;

    if (mbedguard_counted_begin(&self) != 0)
        return;
    if (mbedguard_keep_lock()) {
        unreferenced = drop_locked(mbedguard_counted_at_locked(object, rank));
        mbedguard_keep_unlock();
    }
    mbedguard_life_bury(unreferenced);
    mbedguard_counted_end(self);
}
