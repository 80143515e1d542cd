/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Calls one call-through in every way that this test knows, and checks what came of it. */
#include <stdio.h>

#include "wrap/wrap.h"

#define LOCKS_MAX 200 /* of one call; no call comes near it */

/* The stand-in's answer: success, an error of Mbed TLS, or a value that no other function returns. */
enum answer { ANSWER_ZERO, ANSWER_ERROR, ANSWER_SENTINEL };

static void set_answer(const wrap_function *f, enum answer answer)
{
    unsigned char bytes[WRAP_VALUE];
    int number = 0;

    standin_sentinel(f->name, bytes, sizeof bytes);
    standin_sentinel(f->name, &number, sizeof number);
    if (f->result == WRAP_OTHER || f->result == WRAP_VOID) {
        standin_reset(NULL, NULL, 0);
        return;
    }
    if (answer == ANSWER_ZERO)
        number = 0;
    else if (answer == ANSWER_ERROR)
        number = -1 - number % 0x7000;
    standin_reset(f->name, &number, sizeof number);
}

static bool result_is(const scene *s, enum answer answer)
{
    const wrap_function *f = s->call.function;
    unsigned char bytes[WRAP_VALUE];
    int number = 0;

    standin_sentinel(f->name, bytes, s->call.result_size);
    if (f->result == WRAP_OTHER)
        return memcmp(s->call.result, bytes, s->call.result_size) == 0;
    memcpy(&number, bytes, sizeof number);
    if (answer == ANSWER_ZERO || f->result == WRAP_VOID)
        number = 0;
    else if (answer == ANSWER_ERROR)
        number = -1 - number % 0x7000;
    return memcmp(s->call.result, &number, sizeof number) == 0;
}

static void run(scene *s, enum answer answer)
{
    set_answer(s->call.function, answer);
    scene_run(s);
    scene_check_passed(s);
    check(result_is(s, answer), "the result is unchanged");
    scene_check_idle(s);
    scene_check_acquisitions(s);
}

static void about(const wrap_function *f, const char *phase)
{
    check_about(f->name, phase);
}

/* --- calls that succeed ----------------------------------------------------------------------- */

/* Whether the first object keeps the parameter: then it is held by whoever locks what it keeps. */
static void check_keeps(scene *s, bool succeeded)
{
    const wrap_function *f = s->call.function;
    unsigned i;

    for (i = 1; i < f->count; i++) {
        const expected_lock *e = expected_for(f->name, (int) i);
        const wrap_type *type = f->params[i].type;
        int held;

        if (e == NULL || !e->keeps || s->object[i] == NULL)
            continue;
        if (!check(mbedguard_object_lock(s->object[i], type->size, type->rank, "test") == 0,
                   "parameter %u can be locked afterwards", i))
            continue;
        held = mbedguard_held(wrap_guard(s->object[0], f->params[0].type));
        check(held == (succeeded ? 2 : 0),
              succeeded ? "parameter %u is kept"
                        : "parameter %u is "
                          "not kept after a failure",
              i);
        check(mbedguard_object_unlock(s->object[i], type->size, "test") == 0, "unlocks");
    }
}

static void test_plain_calls(scene *s, const wrap_function *f)
{
    static const char *const phases[] = {"success", "error", "sentinel"};
    unsigned answer;

    for (answer = ANSWER_ZERO; answer <= ANSWER_SENTINEL; answer++) {
        if (f->result != WRAP_ERROR && f->result != WRAP_STATUS && answer != ANSWER_SENTINEL)
            continue;
        about(f, phases[answer]);
        scene_set(s, f);
        run(s, (enum answer) answer);
        check_keeps(s, f->result == WRAP_VOID || answer == ANSWER_ZERO);
    }
}

static void test_keepers(scene *s, const wrap_function *f)
{
    if (scene_config_type() == NULL)
        return;
    about(f, "with keepers");
    scene_set(s, f);
    s->keepers = true;
    run(s, ANSWER_ZERO);
}

static void test_aliases(scene *s, const wrap_function *f)
{
    unsigned i, j;

    for (i = 0; i < f->count; i++) {
        for (j = i + 1; j < f->count; j++) {
            if (f->params[i].kind != WRAP_OBJECT || f->params[j].type != f->params[i].type)
                continue;
            about(f, "two parameters are one object");
            scene_set(s, f);
            scene_object(s, j, s->object[i]);
            run(s, ANSWER_SENTINEL);
        }
    }
}

static void test_absent(scene *s, const wrap_function *f)
{
    unsigned i, optional = 0;

    for (i = 0; i < f->count; i++) {
        if (f->params[i].kind != WRAP_OBJECT || !f->params[i].optional)
            continue;
        optional++;
        about(f, "an optional parameter is NULL");
        scene_set(s, f);
        scene_object(s, i, NULL);
        run(s, ANSWER_ZERO);
    }
    if (optional < 2)
        return;
    about(f, "all optional parameters are NULL");
    scene_set(s, f);
    for (i = 0; i < f->count; i++) {
        if (f->params[i].kind == WRAP_OBJECT && f->params[i].optional)
            scene_object(s, i, NULL);
    }
    run(s, ANSWER_ZERO);
}

static void test_callbacks(scene *s, const wrap_function *f)
{
    unsigned i;

    if (f->callbacks == NULL)
        return;
    about(f, "callbacks");
    scene_set(s, f);
    run(s, ANSWER_ZERO);
    if ((f->flags & WRAP_STACK) == 0)
        f->callbacks(&s->call);
    about(f, "a callback is NULL");
    scene_set(s, f);
    for (i = 0; i < f->count; i++) {
        if (f->params[i].kind == WRAP_TRAMPOLINE)
            memset(s->call.value[i], 0, sizeof s->call.value[i]);
    }
    s->no_callbacks = true;
    run(s, ANSWER_ZERO);
}

/* --- calls that are refused ------------------------------------------------------------------- */

static void test_missing(scene *s, const wrap_function *f)
{
    unsigned i;

    for (i = 0; i < f->count; i++) {
        if (f->params[i].kind != WRAP_OBJECT || f->params[i].optional)
            continue;
        about(f, "a required parameter is NULL");
        scene_set(s, f);
        scene_object(s, i, NULL);
        set_answer(f, ANSWER_ZERO);
        scene_run(s);
        scene_check_failed(s, MBEDGUARD_ERR_BAD_INPUT);
        scene_check_idle(s);
    }
}

/* A callback of a call in progress on the first object calls this function. */
static void test_reentry(scene *s, const wrap_function *f)
{
    const bool allowed = expected_list_has(expected_in_callback, f->name);
    unsigned first = 0;
    mbedguard_guard *guard;
    unsigned how;

    while (first < f->count && f->params[first].kind != WRAP_OBJECT)
        first++;
    if (first == f->count)
        return;
    about(f, "from a callback of the object");
    scene_set(s, f);
    set_answer(f, ANSWER_ZERO);
    guard = wrap_guard(s->object[first], f->params[first].type);
    how = MBEDGUARD_EXCLUSIVE | f->params[first].type->rank;
    if (!check(mbedguard_enter(guard, how, "test") == 0, "a call can be begun"))
        return;
    f->call(&s->call);
    if (allowed)
        check(standin_calls == 1, "a function that is made for callbacks is let in");
    else
        scene_check_failed(s, 0);
    check(mbedguard_leave(guard, how) == 0, "the call can be ended");
    s->locks = 0;
    scene_check_idle(s);
}

static void set_scene(scene *s, const wrap_function *f, bool resident)
{
    scene_set(s, f);
    if (resident)
        scene_resident_key(s);
}

static void test_lock_failures(scene *s, const wrap_function *f, bool resident)
{
    char phase[64];
    unsigned long n;
    unsigned refused = 0;

    for (n = 1; n < LOCKS_MAX; n++) {
        (void) snprintf(phase, sizeof phase, "lock %lu fails", n);
        about(f, phase);
        set_scene(s, f, resident);
        set_answer(f, ANSWER_ZERO);
        s->fail_at = n;
        scene_run(s);
        scene_check_idle(s);
        if (!s->failed)
            break;
        if (s->raw_calls != 0) {
            /* Tried again by the core: then all must be as if nothing had failed. */
            scene_check_passed(s);
            continue;
        }
        refused++;
        scene_check_failed(s, 0);
    }
    check(n < LOCKS_MAX, "takes ever more locks");
    check(refused != 0 || s->locks == 0, "no failure of a lock was noticed");
}

/* A guard that could not be given back: the call was made, and must not look like a success. */
static void test_unlock_failures(scene *s, const wrap_function *f, bool resident)
{
    unsigned long n;
    unsigned told = 0;

    for (n = 1; n < LOCKS_MAX; n++) {
        about(f, "an unlock fails");
        set_scene(s, f, resident);
        set_answer(f, ANSWER_ZERO);
        s->fail_at = n;
        s->fail_unlock = true;
        scene_run(s);
        scene_check_idle(s);
        scene_check_passed(s);
        if (!s->failed)
            break;
        if (scene_says_failure(s))
            told++;
        else
            check(result_is(s, ANSWER_ZERO), "the result is neither Mbed TLS's nor a failure");
    }
    check(told != 0 || s->locks == 0, "no failure of an unlock was noticed");
}

/* Under a lock of a rank: calls whose guards come later are made, others are refused. */
static void test_under_lock(scene *s, const wrap_function *f, unsigned rank, bool refused)
{
    mbedguard_guard other;

    about(f, refused ? "under a lock that comes later" : "under a lock that comes before");
    memset(&other, 0, sizeof other);
    scene_set(s, f);
    set_answer(f, ANSWER_ZERO);
    if (!check(mbedguard_object_lock(&other, sizeof other, rank, "test") == 0, "can be locked"))
        return;
    f->call(&s->call);
    check(mbedguard_object_unlock(&other, sizeof other, "test") == 0, "can be unlocked");
    if (refused) {
        scene_check_failed(s, MBEDGUARD_ERR_ORDER);
    } else {
        scene_check_passed(s);
        check(result_is(s, ANSWER_ZERO), "the result is unchanged");
    }
    scene_check_idle(s);
}

static void test_order(scene *s, const wrap_function *f)
{
    unsigned i, rank;

    scene_set(s, f);
    scene_run(s);
    if (s->locks == 0)
        return;
    rank = s->lock[0].rank;
    for (i = 1; i < s->locks; i++)
        rank = s->lock[i].rank < rank ? s->lock[i].rank : rank;
    test_under_lock(s, f, rank - 1, false);
#if defined(MBEDGUARD_PSA_INSIDE)
    /* A lock on what calls need the store for takes it as well. */
    if (rank == MBEDGUARD_RANK_PSA_STORE)
        rank = MBEDGUARD_RANK_PSA_OPERATION;
#endif
    test_under_lock(s, f, rank + 1, true);
}

/* Of the calls on a key of PSA those that need not keep others out. */
static void test_resident_key(scene *s, const wrap_function *f)
{
    const expected_lock *e = expected_first(f->name);

    while (e != NULL && e->function != NULL && strcmp(e->function, f->name) == 0 &&
           strcmp(e->what, "psa_key") != 0)
        e++;
    if (e == NULL || e->function == NULL || strcmp(e->function, f->name) != 0)
        return;
    about(f, "with a key that the guard knows");
    set_scene(s, f, true);
    run(s, ANSWER_ZERO);
    about(f, "with a key that goes meanwhile");
    set_scene(s, f, true);
    s->goes = true;
    set_answer(f, ANSWER_ZERO);
    scene_run(s);
    scene_check_passed(s);
    scene_check_idle(s);
    test_lock_failures(s, f, true);
    test_unlock_failures(s, f, true);
    scene_forget_keys();
}

void test_function(const wrap_function *f)
{
    static scene s;

    test_plain_calls(&s, f);
    test_keepers(&s, f);
    test_aliases(&s, f);
    test_absent(&s, f);
    test_callbacks(&s, f);
    test_missing(&s, f);
    test_reentry(&s, f);
    test_order(&s, f);
    test_lock_failures(&s, f, false);
    test_unlock_failures(&s, f, false);
    test_resident_key(&s, f);
}
