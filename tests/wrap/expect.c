/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The table that expected_locks.py made of the headers, and what it says must have a test. */
#include <stdlib.h>

#include "wrap/wrap.h"

static size_t lock_count(void)
{
    static size_t count;

    while (expected_locks[count].function != NULL)
        count++;
    return count;
}

static int compare_lock(const void *key, const void *element)
{
    return strcmp(key, ((const expected_lock *) element)->function);
}

const expected_lock *expected_first(const char *function)
{
    const expected_lock *found =
        bsearch(function, expected_locks, lock_count(), sizeof expected_locks[0], compare_lock);

    while (found != NULL && found != expected_locks && strcmp(found[-1].function, function) == 0)
        found--;
    return found;
}

const expected_lock *expected_for(const char *function, int param)
{
    const expected_lock *e = expected_first(function);

    for (; e != NULL && e->function != NULL && strcmp(e->function, function) == 0; e++) {
        if (e->param == param)
            return e;
    }
    return NULL;
}

bool expected_same(const char *type, const void *a, const void *b)
{
    const expected_value *value;

    for (value = expected_values; value->type != NULL; value++) {
        if (strcmp(value->type, type) == 0)
            return value->same(a, b);
    }
    return false;
}

bool expected_list_has(const char *const *list, const char *function)
{
    for (; *list != NULL; list++) {
        if (strcmp(*list, function) == 0)
            return true;
    }
    return false;
}

static const wrap_type *type_of(const char *name)
{
    const wrap_life *const *life;

    for (life = wrap_lives; *life != NULL; life++) {
        if (strcmp((*life)->type->name, name) == 0)
            return (*life)->type;
    }
    return NULL;
}

/* Every context type of the headers is guarded, and stands where it should in the order. */
void test_types(void)
{
    const expected_rank *e;
    const wrap_type *type;

    for (e = expected_ranks; e->type != NULL; e++) {
        check_about(e->type, "type");
        type = type_of(e->type);
        if (!check(type != NULL, "a context in the headers has no guarded type"))
            continue;
        check(type->rank == e->rank, "the rank is %u, not %u", type->rank, e->rank);
        check(expected_list_has(expected_followed, e->type) == (type->follow != NULL),
              "locks what it points to, or should");
    }
}

static bool has_test(const char *function)
{
    const wrap_function *const *f;
    const wrap_life *const *life;

    for (f = wrap_functions; *f != NULL; f++) {
        if (strcmp((*f)->name, function) == 0)
            return true;
    }
    for (life = wrap_lives; *life != NULL; life++) {
        if (((*life)->raw_init != NULL && strcmp((*life)->raw_init, function) == 0) ||
            ((*life)->raw_free != NULL && strcmp((*life)->raw_free, function) == 0))
            return true;
    }
    return false;
}

/* Every function of the headers that needs a lock has a test here, or a reason not to. */
void test_coverage(void)
{
    const expected_lock *e;
    const wrap_left *left;

    for (e = expected_locks; e->function != NULL; e++) {
        if (e != expected_locks && strcmp(e[-1].function, e->function) == 0)
            continue;
        check_about(e->function, "coverage");
        if (has_test(e->function) || expected_list_has(expected_untested, e->function))
            continue;
        for (left = wrap_left_out; left->name != NULL; left++) {
            if (strcmp(left->name, e->function) == 0)
                break;
        }
        check(left->absent && !expected_list_has(expected_in_library, e->function),
              "needs a lock (%s) and has no call-through: %s", e->what,
              left->name != NULL ? left->decision : "unknown to the plan");
    }
}
