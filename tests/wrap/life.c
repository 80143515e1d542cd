/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* _init, _free, _new and _ref of every guarded type. */
#include <stdio.h>

#include "manual/psa_store.h"
#include "wrap/wrap.h"

#define LOCKS_MAX 200
#define GARBAGE   0xA5

static const wrap_life *life;
static void *object;          /* of the call under test */
static bool with_followed;    /* a configuration is there, and must be held */
static bool must_hold_others; /* no lock is made to fail */

static void about(const char *phase)
{
    check_about(life->name, phase);
}

static bool is(const char *name, const char *other)
{
    return other != NULL && strcmp(name, other) == 0;
}

/* The raw free has the object to itself, with whatever else its call needs. */
static void look_at_guards(const standin_call *call)
{
    const wrap_type *config = scene_config_type();
    const expected_lock *e;
    void *argument;

    memcpy(&argument, call->value[0], sizeof argument);
    check(argument == object || object == NULL, "%s is given the object", call->name);
    if (!is(call->name, life->raw_free))
        return;
    check(mbedguard_held(wrap_guard(argument, life->type)) == 2,
          "the object is held exclusively during %s", call->name);
    if (!must_hold_others)
        return;
    e = expected_for(life->raw_free, -1);
    if (e != NULL && strcmp(e->what, "psa_store") == 0)
        check(mbedguard_held(&mbedguard_psa_store) == (e->mode == EXPECT_SHARED ? 1 : 2),
              "the PSA store is held during %s", call->name);
    if (with_followed)
        check(mbedguard_held(pool_guard(POOL_CONFIG, config)) ==
                  (expected_config_mode == EXPECT_SHARED ? 1 : 2),
              "the configuration is held during %s", call->name);
}

static void begin(const char *phase, int byte)
{
    const wrap_type *config = scene_config_type();

    about(phase);
    pool_reset();
    pool_use(0, life->type);
    memset(pool_object(0), byte, life->type->size);
    object = pool_object(0);
    with_followed = false;
    must_hold_others = true;
    if (byte == 0 && life->type->follow != NULL && config != NULL) {
        pool_use(POOL_CONFIG, config);
        life->type->follow(object, pool_object(POOL_CONFIG));
        with_followed = true;
    }
    standin_reset(NULL, NULL, 0);
    standin_during = look_at_guards;
}

static void end(void)
{
    standin_during = NULL;
    check(backend_locked() == 0 && backend_misuse() == 0, "nothing is locked afterwards");
}

static unsigned calls_of(const char *name)
{
    unsigned i, found = 0;

    for (i = 0; i < standin_calls && i < STANDIN_CALLS; i++)
        found += is(standin_log[i].name, name) ? 1 : 0;
    return found;
}

static void check_usable(void)
{
    const wrap_type *type = life->type;

    check(mbedguard_object_lock(object, type->size, type->rank, "test") == 0, "can be locked");
    check(mbedguard_held(wrap_guard(object, type)) == 2, "is locked");
    check(mbedguard_object_unlock(object, type->size, "test") == 0, "can be unlocked");
}

/* What the raw init is given is not known before. */
static void *create_counted(void)
{
    object = NULL;
    return life->create();
}

static void test_init(void)
{
    if (life->init == NULL)
        return;
    begin("init over garbage", GARBAGE);
    check(life->init(object) == 0, "succeeds");
    check(life->raw_init == NULL || calls_of(life->raw_init) != 0, "the raw init is called");
    check(standin_calls == (life->raw_init != NULL ? calls_of(life->raw_init) : 0),
          "nothing but the raw init is called");
    check_usable();
    end();
    begin("init of NULL", 0);
    check(life->init(NULL) == MBEDGUARD_ERR_BAD_INPUT, "is refused");
    check(standin_calls == 0, "nothing raw is called");
    end();
}

static void check_freed(void)
{
    check(life->raw_free == NULL || calls_of(life->raw_free) == 1,
          "the raw free is called once (%u)", standin_calls);
    check(life->raw_init == NULL || calls_of(life->raw_init) == 1,
          "the object is made empty again by the raw init");
    check_usable();
}

static void test_free(void)
{
    begin("free of zeroes", 0);
    check(life->free(object) == 0, "succeeds");
    check_freed();
    standin_reset(NULL, NULL, 0);
    with_followed = false;
    about("free, twice");
    check(life->free(object) == 0, "succeeds");
    check_usable();
    end();
    begin("free of NULL", 0);
    check(life->free(NULL) == 0, "succeeds");
    check(standin_calls == 0, "nothing raw is called");
    end();
    begin("free of garbage", GARBAGE);
    check(life->free(object) == MBEDGUARD_ERR_NOT_INITIALIZED, "is refused");
    check(standin_calls == 0, "nothing raw is called");
    memset(object, 0, life->type->size);
    end();
}

static void test_counted(void)
{
    begin("new", 0);
    with_followed = false;
    object = create_counted();
    if (!check(object != NULL, "gives an object"))
        return;
    check(life->raw_init == NULL || calls_of(life->raw_init) == 1, "the raw init is called once");
    check_usable();
    about("ref");
    check(life->ref(object) == 0, "succeeds");
    about("free of a reference");
    standin_reset(NULL, NULL, 0);
    check(life->free(object) == 0, "succeeds");
    check(standin_calls == 0, "the raw free is not called yet");
    about("free of the last reference");
    check(life->free(object) == 0, "succeeds");
    check(life->raw_free == NULL || calls_of(life->raw_free) == 1, "the raw free is called once");
    end();
    begin("ref of what is not counted", 0);
    check(life->ref(object) == MBEDGUARD_ERR_BAD_INPUT, "an object in storage is refused");
    check(life->ref(NULL) == MBEDGUARD_ERR_BAD_INPUT, "NULL is refused");
    end();
}

enum step { STEP_INIT, STEP_FREE, STEP_NEW, STEP_REF };

/* Returns 0 for success. */
static int take_step(enum step step)
{
    switch (step) {
    case STEP_INIT:
        return life->init(object);
    case STEP_FREE:
        return life->free(object);
    case STEP_REF:
        return life->ref(object);
    default:
        object = create_counted();
        return object != NULL ? 0 : MBEDGUARD_ERR_THREADING;
    }
}

/* A failure leaves everything as it was, or the step succeeds all the same. */
static void test_failures(enum step step, const char *name)
{
    char phase[64];
    unsigned long n;
    int ret;
    bool failed = true;

    for (n = 1; failed && n < LOCKS_MAX; n++) {
        (void) snprintf(phase, sizeof phase, "%s, lock %lu fails", name, n);
        begin(phase, 0);
        must_hold_others = false;
        if (step == STEP_REF)
            object = create_counted();
        standin_reset(NULL, NULL, 0);
        backend_fail(n);
        ret = take_step(step);
        failed = backend_has_failed();
        backend_fail(0);
        check(failed || ret == 0, "succeeds without a failure");
        check(ret == 0 || standin_calls == 0, "after a failure nothing raw was called (%s)",
              standin_log[0].name);
        check(ret == 0 || (ret <= MBEDGUARD_ERR_BAD_INPUT && ret >= MBEDGUARD_ERR_NOT_FOUND),
              "the error %d is one of ours", ret);
        end();
        if (step == STEP_NEW && object != NULL)
            check(life->free(object) == 0, "what was made can be freed");
        if (step == STEP_REF) {
            check(life->free(object) == 0, "the first reference can be dropped");
            check(ret != 0 || life->free(object) == 0, "the second reference can be dropped");
        }
    }
    check(n < LOCKS_MAX, "takes ever more locks");
}

void test_life(const wrap_life *which)
{
    life = which;
    test_init();
    test_free();
    test_counted();
    if (life->init != NULL)
        test_failures(STEP_INIT, "init");
    test_failures(STEP_FREE, "free");
    test_failures(STEP_NEW, "new");
    test_failures(STEP_REF, "ref");
}
