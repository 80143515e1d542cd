/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Counted objects: their references. */
#include "core/guard_state.h"
#include "core/life.h"

mbedguard_counted *mbedguard_counted_of(mbedguard_guard *guard)
{
    /* What says that an object is counted says its size too, since a guard knows only its end. */
#if defined(MBEDGUARD_THREADING_NONE)
    size_t size = (size_t) guard->counted;
#else
    size_t size = mbedguard_load(&guard->counted);
#endif

    if (size == 0)
        return NULL;
    return (mbedguard_counted *) (void *) ((unsigned char *) guard + sizeof(*guard) - size -
                                           MBEDGUARD_COUNTED_HEADER);
}

#if defined(MBEDGUARD_THREADING_NONE)

int mbedguard_counted_begin(struct mbedguard_thread **self)
{
    *self = NULL;
    return 0;
}

void mbedguard_counted_end(struct mbedguard_thread *self)
{
    (void) self;
}

#else

int mbedguard_counted_begin(mbedguard_thread **self)
{
    *self = mbedguard_thread_here();
    return *self != NULL ? 0 : MBEDGUARD_ERR_ALLOC_FAILED;
}

void mbedguard_counted_end(mbedguard_thread *self)
{
    mbedguard_thread_done(self);
}

#endif

int mbedguard_counted_add_locked(mbedguard_counted *counted)
{
    if (counted->refs == SIZE_MAX)
        return MBEDGUARD_ERR_OVERFLOW;
    counted->refs++;
    return 0;
}

static int add_reference(mbedguard_counted *counted)
{
    struct mbedguard_thread *self;
    int ret = mbedguard_counted_begin(&self);

    if (ret != 0)
        return ret;
    ret = MBEDGUARD_ERR_THREADING;
    if (mbedguard_core_lock(&mbedguard_process.keep) == 0) {
        ret = mbedguard_counted_add_locked(counted);
        mbedguard_core_unlock(&mbedguard_process.keep);
    }
    mbedguard_counted_end(self);
    return ret;
}

int mbedguard_object_ref(const mbedguard_type *type, void *object, const char *where)
{
    mbedguard_counted *counted;

    (void) where;
    if (object == NULL)
        return MBEDGUARD_ERR_BAD_INPUT;
    counted = mbedguard_counted_of(mbedguard_guard_at_end(object, type->size));
    return counted != NULL ? add_reference(counted) : MBEDGUARD_ERR_BAD_INPUT;
}

bool mbedguard_object_is_last(mbedguard_guard *guard)
{
    mbedguard_counted *counted = mbedguard_counted_of(guard);
    bool last = true;

    if (counted == NULL)
        return true;
    if (mbedguard_core_lock(&mbedguard_process.keep) == 0) {
        last = counted->refs == 1;
        mbedguard_core_unlock(&mbedguard_process.keep);
    }
    return last;
}

int mbedguard_counted_drop(mbedguard_counted *counted, bool even_last)
{
    int ret = 0;

    if (mbedguard_core_lock(&mbedguard_process.keep) != 0)
        return MBEDGUARD_ERR_THREADING;
    if (counted->refs > 1 || even_last)
        ret = --counted->refs == 0;
    else
        ret = 1;
    mbedguard_core_unlock(&mbedguard_process.keep);
    return ret;
}
