/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Functions that are inline in the headers of Mbed TLS: no stand-in sees them. The call-through and
 * the raw function are run on equal objects, and must leave equal objects and equal results; that the
 * guards were taken is seen by their counters, and in what the inline function itself calls.
 */
#include "wrap/wrap.h"

#define OBJECT_MAX 65536

static scene s;
static unsigned char after[OBJECT_MAX]; /* the first object after the guarded call */

/* Equal objects for each call, all of whose members are set. */
static void set(const wrap_function *f)
{
    const wrap_type *config = scene_config_type();
    unsigned i;

    scene_set(&s, f);
    standin_reset(NULL, NULL, 0);
    for (i = 0; i < f->count; i++) {
        if (f->params[i].kind != WRAP_OBJECT)
            continue;
        pool_fill(i, f->params[i].type);
        if (f->params[i].type->follow != NULL)
            f->params[i].type->follow(s.object[i],
                                      config != NULL ? pool_object(POOL_CONFIG) : NULL);
    }
}

static unsigned first_object(const wrap_function *f)
{
    unsigned i = 0;

    while (i < f->count && f->params[i].kind != WRAP_OBJECT)
        i++;
    return i;
}

/* Where in the first object the raw function keeps the callback that is argument i; or SIZE_MAX. */
static size_t place_of(const wrap_function *f, unsigned i)
{
    const unsigned char *object = s.object[0];
    const size_t size = s.call.size[i];
    size_t place;

    for (place = 0; place + size <= f->params[0].type->raw_size; place += sizeof(void *)) {
        if (memcmp(object + place, s.call.value[i], size) == 0)
            return place;
    }
    return SIZE_MAX;
}

/* Where the function keeps a callback: find the trampoline in the object, and have it called. */
static void test_kept_callback(const wrap_function *f)
{
    size_t place[WRAP_PARAMS];
    unsigned i;

    check_about(f->name, "callbacks");
    set(f);
    f->raw(&s.call);
    for (i = 0; i < f->count; i++)
        place[i] = f->params[i].kind == WRAP_TRAMPOLINE ? place_of(f, i) : SIZE_MAX;
    set(f);
    scene_run(&s);
    standin_enter(f->name);
    for (i = 0; i < f->count; i++) {
        const unsigned char *object = s.object[0];
        const bool kept = f->params[i].kind == WRAP_TRAMPOLINE;

        if (kept && !check(place[i] != SIZE_MAX, "the raw function keeps callback %u", i))
            return;
        standin_argument(kept ? object + place[i] : s.call.value[i], s.call.size[i]);
    }
    f->callbacks(&s.call);
}

static void test_equal(const wrap_function *f)
{
    const unsigned first = first_object(f);
    wrap_call ours, raw;

    check_about(f->name, "beside the inline function");
    set(f);
    scene_run(&s);
    scene_check_idle(&s);
    scene_check_acquisitions(&s);
    if (f->callbacks != NULL)
        return; /* what is kept differs, and is checked by test_kept_callback() */
    if (first < f->count)
        memcpy(after, s.object[first], f->params[first].type->raw_size);
    ours = raw = s.call;
    set(f);
    f->raw(&raw);
    if (first < f->count)
        check(memcmp(after, s.object[first], f->params[first].type->raw_size) == 0,
              "the object is as after the raw function");
    if (f->result == WRAP_VOID) {
        static const unsigned char success[sizeof(int)];

        check(memcmp(ours.result, success, sizeof success) == 0, "the result is 0");
    } else {
        check(memcmp(ours.result, raw.result, raw.result_size) == 0, "the result is the same");
    }
}

static void check_refused(const wrap_function *f, int code)
{
    const unsigned first = first_object(f);

    scene_check_failed(&s, code);
    if (first < f->count && s.object[first] != NULL) {
        memcpy(after, s.object[first], f->params[first].type->raw_size);
        set(f);
        check(memcmp(after, s.object[first], f->params[first].type->raw_size) == 0,
              "the object is as before");
    }
}

static void test_missing_inline(const wrap_function *f)
{
    unsigned i;

    for (i = 0; i < f->count; i++) {
        if (f->params[i].kind != WRAP_OBJECT || f->params[i].optional)
            continue;
        check_about(f->name, "a required parameter is NULL");
        set(f);
        scene_object(&s, i, NULL);
        scene_run(&s);
        scene_check_failed(&s, MBEDGUARD_ERR_BAD_INPUT);
        scene_check_idle(&s);
    }
}

static void test_reentry_inline(const wrap_function *f)
{
    const unsigned first = first_object(f);
    const bool allowed = expected_list_has(expected_in_callback, f->name);
    wrap_call outside;
    mbedguard_guard *guard;
    unsigned how;

    if (first == f->count)
        return;
    check_about(f->name, "from a callback of the object");
    set(f);
    scene_run(&s);
    outside = s.call;
    set(f);
    guard = wrap_guard(s.object[first], f->params[first].type);
    how = MBEDGUARD_EXCLUSIVE | f->params[first].type->rank;
    if (!check(mbedguard_enter(guard, how, "test") == 0, "a call can be begun"))
        return;
    f->call(&s.call);
    if (allowed)
        check(memcmp(s.call.result, outside.result, outside.result_size) == 0,
              "a function that is made for callbacks is let in");
    check(mbedguard_leave(guard, how) == 0, "the call can be ended");
    s.locks = 0;
    scene_check_idle(&s);
    if (!allowed)
        check_refused(f, 0);
}

/* Nobody sees whether the inline function ran: either all is as before, or all is as after success. */
static void test_failures_inline(const wrap_function *f)
{
    static unsigned char success[OBJECT_MAX];
    const unsigned first = first_object(f);
    const size_t size = first < f->count ? f->params[first].type->raw_size : 0;
    wrap_call outside;
    unsigned long n;
    unsigned refused = 0;

    set(f);
    scene_run(&s);
    outside = s.call;
    memcpy(success, pool_object(first), size);
    for (n = 1; n < 200; n++) {
        check_about(f->name, "a lock fails");
        set(f);
        s.fail_at = n;
        scene_run(&s);
        scene_check_idle(&s);
        if (!s.failed)
            break;
        if (scene_says_failure(&s)) {
            refused++;
            check_refused(f, 0);
        } else {
            check(memcmp(s.call.result, outside.result, outside.result_size) == 0 &&
                      memcmp(success, pool_object(first), size) == 0,
                  "a failure that the result does not show changed something");
        }
    }
    check(refused != 0 || s.locks == 0, "no failure of a lock was noticed");
}

void test_inline(const wrap_function *f)
{
    test_equal(f);
    if (f->callbacks != NULL)
        test_kept_callback(f);
    test_missing_inline(f);
    test_reentry_inline(f);
    test_failures_inline(f);
}
