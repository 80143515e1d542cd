/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Guards as one would write them at first. Tests that check_broken.sh links with this instead of
 * core have to fail: a test that cannot fail proves nothing. $NAIVE says which mistake is made:
 *
 *     no-lock        nothing is locked
 *     reader-first   readers pass a writer that waits
 *     writer-first   readers queue behind a writer that waits, nested ones too
 *
 * and in all of them the guards of a set are taken in the order in which they come.
 */
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "core/enter.h"

static bool naive(const char *mistake)
{
    const char *wanted = getenv("NAIVE");

    return wanted != NULL && strcmp(wanted, mistake) == 0;
}

static void let_others(mbedguard_guard *guard)
{
    (void) pthread_mutex_unlock(&guard->mutex);
    (void) sched_yield();
    (void) pthread_mutex_lock(&guard->mutex);
}

int mbedguard_enter(mbedguard_guard *guard, unsigned how, const char *where) MBEDGUARD_NO_ANALYSIS
{
    bool shared = (how & MBEDGUARD_HOW_MODE) == MBEDGUARD_SHARED;

    (void) where;
    if (naive("no-lock"))
        return 0;
    (void) pthread_mutex_lock(&guard->mutex);
    if (shared) {
        while (naive("writer-first") && guard->waiting_exclusive != 0)
            let_others(guard);
        guard->readers++;
        (void) pthread_mutex_unlock(&guard->mutex);
        return 0;
    }
    if (guard->readers != 0) {
        guard->waiting_exclusive++;
        while (guard->readers != 0)
            let_others(guard);
        guard->waiting_exclusive--;
    }
    return 0;
}

int mbedguard_leave(mbedguard_guard *guard, unsigned how) MBEDGUARD_NO_ANALYSIS
{
    if (naive("no-lock"))
        return 0;
    if ((how & MBEDGUARD_HOW_MODE) == MBEDGUARD_SHARED) {
        (void) pthread_mutex_lock(&guard->mutex);
        guard->readers--;
    }
    (void) pthread_mutex_unlock(&guard->mutex);
    return 0;
}

int mbedguard_enter_set(mbedguard_want *set, size_t count, const char *where) MBEDGUARD_NO_ANALYSIS
{
    size_t i;

    /* Between two guards anything may happen, and here it does. */
    for (i = 0; i < count; i++) {
        (void) mbedguard_enter(set[i].guard, set[i].how, where);
        (void) sched_yield();
    }
    return 0;
}

int mbedguard_leave_set(mbedguard_want *set, size_t count) MBEDGUARD_NO_ANALYSIS
{
    while (count-- > 0)
        (void) mbedguard_leave(set[count].guard, set[count].how);
    return 0;
}

/* What else the tests call. */

int mbedguard_object_free(const mbedguard_type *type, void *object, const char *where)
{
    (void) type;
    (void) object;
    (void) where;
    return 0;
}

int mbedguard_object_trylock(const void *object, size_t size, unsigned rank, const char *where)
{
    (void) object;
    (void) size;
    (void) rank;
    (void) where;
    return 0;
}

int mbedguard_object_unlock(const void *object, size_t size, const char *where)
{
    (void) object;
    (void) size;
    (void) where;
    return 0;
}

int mbedguard_object_counters(const void *object, size_t size, unsigned rank,
                              mbedguard_counters *counters, const char *where)
{
    (void) object;
    (void) size;
    (void) rank;
    (void) where;
    memset(counters, 0, sizeof(*counters));
    return 0;
}

int mbedguard_count_acquisitions(int on)
{
    (void) on;
    return 0;
}

unsigned mbedguard_threading_features(void)
{
    return MBEDGUARD_FEATURE_THREADS | MBEDGUARD_FEATURE_SHARED | MBEDGUARD_FEATURE_WAIT |
           MBEDGUARD_FEATURE_TRYLOCK;
}
