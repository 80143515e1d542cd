/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* One call: arguments that can be told apart, the guards that must be held, the checks. */
#include "manual/psa_keys.h"
#include "manual/psa_store.h"
#include "wrap/wrap.h"

/* Callbacks that are passed on as they are: only their addresses matter. */
#define DUMMY(n)                                                                                   \
    static void dummy_##n(void)                                                                    \
    {                                                                                              \
        check(false, "callback %d is called", n);                                                  \
    }
DUMMY(0)
DUMMY(1)
DUMMY(2) DUMMY(3) DUMMY(4) DUMMY(5) DUMMY(6) DUMMY(7) DUMMY(8) DUMMY(9) DUMMY(10) DUMMY(11)

    static void (*const dummies[WRAP_PARAMS])(void) = {
        dummy_0, dummy_1, dummy_2, dummy_3, dummy_4,  dummy_5,
        dummy_6, dummy_7, dummy_8, dummy_9, dummy_10, dummy_11,
};

static scene *running;

const wrap_type *scene_config_type(void)
{
    static const wrap_type *found;
    const wrap_life *const *life;

    for (life = wrap_lives; found == NULL && *life != NULL; life++) {
        if (strcmp((*life)->type->name, "mbedtls_ssl_config") == 0)
            found = (*life)->type;
    }
    return found;
}

/* --- arguments -------------------------------------------------------------------------------- */

static bool takes(const wrap_function *function, const wrap_type *type)
{
    unsigned i;

    for (i = 0; i < function->count; i++) {
        if (function->params[i].type == type)
            return true;
    }
    return false;
}

/* A connection has a configuration, unless that is an argument too: then it is about to get one. */
static void set_followed(const scene *s, void *object, const wrap_type *type)
{
    const wrap_type *config = scene_config_type();

    if (type->follow == NULL || config == NULL || takes(s->call.function, config))
        return;
    type->follow(object, pool_object(POOL_CONFIG));
}

void scene_object(scene *s, unsigned param, void *object)
{
    s->object[param] = object;
    memcpy(s->call.value[param], &object, sizeof object);
}

void scene_set(scene *s, const wrap_function *function)
{
    const void *pointer;
    unsigned i;

    memset(s, 0, sizeof *s);
    pool_reset();
    s->call.function = function;
    if (scene_config_type() != NULL) {
        pool_use(POOL_CONFIG, scene_config_type());
        pool_use(POOL_KEEPER, scene_config_type());
    }
    for (i = 0; i < function->count; i++) {
        const wrap_param *param = &function->params[i];
        unsigned char *value = s->call.value[i];
        void (*dummy)(void) = param->kind == WRAP_TRAMPOLINE ? param->app : dummies[i];
        size_t k;

        switch (param->kind) {
        case WRAP_OBJECT:
            pool_use(i, param->type);
            scene_object(s, i, pool_object(i));
            set_followed(s, pool_object(i), param->type);
            break;
        case WRAP_POINTER:
        case WRAP_DATA:
            pointer = pool_buffer(i);
            memcpy(value, &pointer, sizeof pointer);
            break;
        case WRAP_FUNCTION:
        case WRAP_TRAMPOLINE:
            memcpy(value, &dummy, sizeof dummy);
            break;
        default:
            for (k = 0; k < WRAP_VALUE; k++)
                value[k] = (unsigned char) (i * 16 + k + 1);
            break;
        }
    }
}

/* --- guards ----------------------------------------------------------------------------------- */

static void want(scene *s, mbedguard_guard *guard, unsigned rank, enum expected_mode mode,
                 const char *what)
{
    unsigned i;

    for (i = 0; i < s->locks; i++) {
        if (s->lock[i].guard != guard)
            continue;
        /* The stronger one: exclusive, use, shared. */
        if (mode == EXPECT_EXCLUSIVE || s->lock[i].mode == EXPECT_SHARED)
            s->lock[i].mode = mode;
        return;
    }
    s->lock[s->locks++] = (scene_lock){guard, rank, mode, what, 0};
}

static void want_named(scene *s, const expected_lock *e)
{
    if (strcmp(e->what, "psa_store") == 0)
        want(s, &mbedguard_psa_store, MBEDGUARD_RANK_PSA_STORE, e->mode, e->what);
    else if (strcmp(e->what, "psa_random") == 0)
        want(s, &mbedguard_psa_random, MBEDGUARD_RANK_RNG, e->mode, e->what);
    else if (strcmp(e->what, "process") == 0)
        want(s, &mbedguard_process_guard, MBEDGUARD_RANK_PROCESS, e->mode, e->what);
    else
        check(false, "a guard of an unknown name is expected: %s", e->what);
}

static void want_object(scene *s, const expected_lock *e)
{
    const wrap_type *config = scene_config_type();
    const wrap_param *param = &s->call.function->params[e->param];
    void *object = s->object[e->param];

    if (!check((unsigned) e->param < s->call.function->count && param->kind == WRAP_OBJECT,
               "parameter %d is a %s in the header, and has no guard here", e->param, e->what))
        return;
    check(strcmp(param->type->name, e->what) == 0, "parameter %d is a %s, not a %s", e->param,
          e->what, param->type->name);
    check(expected_list_has(expected_followed, e->what) == (param->type->follow != NULL),
          "the connection's configuration is locked with it");
    if (object == NULL)
        return;
    want(s, wrap_guard(object, param->type), param->type->rank, e->mode, param->type->name);
    if (param->type->follow != NULL && !takes(s->call.function, config))
        want(s, pool_guard(POOL_CONFIG, config), config->rank, expected_config_mode,
             "the connection's configuration");
}

#if defined(MBEDTLS_PSA_CRYPTO_C)

/* The last volatile identifier of 2.28, as any other of later versions. */
static mbedtls_svc_key_id_t resident_key(void)
{
    return mbedtls_svc_key_id_make(0, PSA_KEY_ID_VENDOR_MAX);
}

static void want_key(scene *s, const expected_lock *e)
{
    mbedtls_svc_key_id_t key;
    mbedguard_guard *guard;
    unsigned i;

    memcpy(&key, s->call.value[e->param], sizeof key);
    guard = mbedguard_psa_key_guard(key);
    check(guard != NULL || !s->resident, "the key has a guard of its own");
    if (guard == NULL)
        return;
    want(s, guard, MBEDGUARD_RANK_PSA_KEY, e->mode, "the key");
    for (i = 0; i < s->locks; i++) {
        if (s->lock[i].guard == &mbedguard_psa_store)
            s->lock[i].mode = EXPECT_SHARED;
    }
}

void scene_resident_key(scene *s)
{
    const psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
    const expected_lock *e = expected_first(s->call.function->name);
    const mbedtls_svc_key_id_t key = resident_key();

    for (; e != NULL && e->function != NULL && strcmp(e->function, s->call.function->name) == 0;
         e++) {
        if (e->param >= 0 && strcmp(e->what, "psa_key") == 0)
            memcpy(s->call.value[e->param], &key, sizeof key);
    }
    mbedguard_psa_key_made(&attributes, key);
    s->resident = true;
}

/* The key was ended: where the guard keeps account of keys, others are kept out from now on. */
static void end_key(void)
{
    unsigned i;

    mbedguard_psa_keys_end();
    if (mbedguard_psa_key_guard(resident_key()) != NULL)
        return;
    for (i = 0; i < running->locks; i++) {
        if (running->lock[i].guard == &mbedguard_psa_store)
            running->lock[i].mode = EXPECT_EXCLUSIVE;
        if (running->lock[i].rank == MBEDGUARD_RANK_PSA_KEY)
            running->lock[i] = running->lock[--running->locks];
    }
}

void scene_forget_keys(void)
{
    mbedguard_psa_keys_end();
}

#else

static void want_key(scene *s, const expected_lock *e)
{
    check(false, "%s takes a key of PSA as parameter %d", s->call.function->name, e->param);
}

static void end_key(void)
{
}

void scene_resident_key(scene *s)
{
    (void) s;
}

void scene_forget_keys(void)
{
}

#endif

/* What the table says must be held. */
static void work_out_locks(scene *s)
{
    const wrap_function *f = s->call.function;
    const expected_lock *e = expected_first(f->name);
    unsigned i;

#if defined(MBEDTLS_PSA_CRYPTO_C)
    mbedguard_psa_note_init(true);
#endif
    s->locks = 0;
    for (; e != NULL && e->function != NULL && strcmp(e->function, f->name) == 0; e++) {
        if (e->param < 0)
            want_named(s, e);
        else if (strcmp(e->what, "psa_key") != 0)
            want_object(s, e);
    }
    for (e = expected_first(f->name);
         e != NULL && e->function != NULL && strcmp(e->function, f->name) == 0; e++) {
        if (strcmp(e->what, "psa_key") == 0)
            want_key(s, e);
    }
    for (i = 0; i < f->count; i++) {
        if (f->params[i].kind == WRAP_OBJECT)
            check(expected_for(f->name, (int) i) != NULL,
                  "parameter %u is guarded as a %s, and no context in the header", i,
                  f->params[i].type->name);
    }
}

static bool rank_is_kept(unsigned rank)
{
    return rank == MBEDGUARD_RANK_CERT || rank == MBEDGUARD_RANK_PK || rank == MBEDGUARD_RANK_KEY;
}

/* Have the keeper of the pool keep every certificate, CRL and key of the call. */
static void add_keepers(scene *s)
{
    mbedguard_guard *keeper = pool_guard(POOL_KEEPER, scene_config_type());
    const unsigned how = MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_CONFIG;
    unsigned i;

    s->wants_keeper = false;
    for (i = 0; i < s->locks; i++) {
        mbedguard_keep keep;

        if (!rank_is_kept(s->lock[i].rank))
            continue;
        if (!check(mbedguard_enter(keeper, how, "test") == 0, "the keeper can be taken"))
            return;
        if (check(mbedguard_keep_begin(&keep, keeper, MBEDGUARD_RANK_CONFIG, s->lock[i].guard,
                                       s->lock[i].rank, 1, false, "test") == 0,
                  "%s can be kept", s->lock[i].what))
            mbedguard_keep_commit(&keep);
        check(mbedguard_leave(keeper, how) == 0, "the keeper can be let go");
        s->wants_keeper |= s->lock[i].mode == EXPECT_EXCLUSIVE;
    }
}

/* --- the call --------------------------------------------------------------------------------- */

static void look_at_guards(const standin_call *call)
{
    static const char *const words[] = {"not held", "held shared", "held exclusively"};
    unsigned i;

    running->raw_calls++;
    for (i = 0; i < running->locks; i++) {
        const scene_lock *lock = &running->lock[i];
        const int held = mbedguard_held(lock->guard);
        const int expected = lock->mode == EXPECT_SHARED ? 1 : 2;

        check(held == expected, "%s is %s during %s, not %s", lock->what, words[held], call->name,
              words[expected]);
    }
    if (running->keepers) {
        const int held = mbedguard_held(pool_guard(POOL_KEEPER, scene_config_type()));

        check(held == (running->wants_keeper ? 2 : 0), "the keeper is %s during %s", words[held],
              call->name);
    }
    check(backend_locked() == running->locks + (running->wants_keeper ? 1 : 0),
          "%u mutexes are locked during %s, not %u", backend_locked(), call->name, running->locks);
    if (running->call.function->callbacks != NULL && !running->no_callbacks &&
        (running->call.function->flags & WRAP_STACK) != 0)
        running->call.function->callbacks(&running->call);
}

void scene_run(scene *s)
{
    unsigned i;

    work_out_locks(s);
    if (s->keepers)
        add_keepers(s);
    for (i = 0; i < s->locks; i++)
        s->lock[i].before = wrap_acquisitions(s->lock[i].guard, s->lock[i].rank);
    s->raw_calls = 0;
    running = s;
    standin_during = look_at_guards;
    if (s->goes)
        backend_before_lock(end_key);
    backend_fail(s->fail_unlock ? 0 : s->fail_at);
    backend_fail_unlock(s->fail_unlock ? s->fail_at : 0);
    s->call.function->call(&s->call);
    s->failed = backend_has_failed();
    backend_fail(0);
    backend_fail_unlock(0);
    standin_during = NULL;
}

/* --- checks ----------------------------------------------------------------------------------- */

void scene_check_idle(const scene *s)
{
    unsigned i;

    for (i = 0; i < s->locks; i++)
        check(mbedguard_held(s->lock[i].guard) == 0, "%s is held afterwards", s->lock[i].what);
    check(backend_locked() == 0, "%u mutexes are locked afterwards", backend_locked());
    check(backend_misuse() == 0, "a mutex was misused");
}

void scene_check_acquisitions(const scene *s)
{
    unsigned i;

    for (i = 0; i < s->locks; i++) {
        const scene_lock *lock = &s->lock[i];
        const uint64_t times = wrap_acquisitions(lock->guard, lock->rank) - lock->before;

        if (times == 2 && expected_list_has(expected_looks_first, s->call.function->name))
            continue;
        check(times == 1, "%s was taken %lu times, not once", lock->what, (unsigned long) times);
    }
}

static void check_argument(const scene *s, unsigned i)
{
    const wrap_call *c = &s->call;
    const wrap_param *param = &c->function->params[i];
    const unsigned char *arrived = standin_log[0].value[i];
    static const unsigned char null[sizeof(void *)];

    check(c->size[i] == standin_log[0].size[i], "argument %u has another size", i);
    if (param->kind == WRAP_TRAMPOLINE) {
        const bool is_null = memcmp(c->value[i], null, sizeof(void (*)(void))) == 0;

        check((memcmp(arrived, null, sizeof(void (*)(void))) == 0) == is_null,
              "callback %u is NULL here and not there", i);
    } else if (param->kind != WRAP_DATA) {
        check(memcmp(c->value[i], arrived, c->size[i]) == 0, "argument %u arrives unchanged", i);
    } else if ((c->function->flags & WRAP_STACK) == 0) {
        check(memcmp(c->value[0], arrived, sizeof(void *)) == 0,
              "the data %u of a callback arrives as the object that it is stored in", i);
    }
    if (param->kind == WRAP_POINTER || param->kind == WRAP_DATA)
        check(pool_buffer_untouched(i, 0), "what argument %u points to is left alone", i);
}

void scene_check_passed(const scene *s)
{
    const wrap_call *c = &s->call;
    unsigned i;

    if (!check(standin_calls == 1 && strcmp(standin_log[0].name, c->function->name) == 0,
               "the raw function is called once, and no other (%u calls, first %s)", standin_calls,
               standin_calls != 0 ? standin_log[0].name : "none"))
        return;
    if (!check(standin_log[0].count == c->function->count, "all arguments are passed"))
        return;
    for (i = 0; i < c->function->count; i++)
        check_argument(s, i);
}

static bool returns_code(const wrap_function *f)
{
    return f->result == WRAP_VOID || f->result == WRAP_ERROR;
}

bool scene_says_failure(const scene *s)
{
    const wrap_call *c = &s->call;
    int result;

    if (!returns_code(c->function))
        return memcmp(c->result, c->fail, c->result_size) == 0;
    memcpy(&result, c->result, sizeof result);
    return result <= MBEDGUARD_ERR_BAD_INPUT && result >= MBEDGUARD_ERR_NOT_FOUND;
}

void scene_check_failed(const scene *s, int code)
{
    const wrap_call *c = &s->call;
    unsigned i;

    check(standin_calls == 0, "the raw function %s is called", standin_log[0].name);
    check(scene_says_failure(s), returns_code(c->function) ? "the result is no error of ours"
                                                           : "the result is not the declared "
                                                             "failure value");
    if (code != 0 && returns_code(c->function)) {
        int result;

        memcpy(&result, c->result, sizeof result);
        check(result == code, "the error is %d, not %d", result, code);
    }
    for (i = 0; i < c->function->count; i++) {
        const enum wrap_kind kind = c->function->params[i].kind;

        if ((c->outs >> i & 1u) != 0)
            check(memcmp(pool_buffer(i), c->out[i], c->out_size[i]) == 0,
                  "output %u is set as upstream sets it on failure", i);
        if (kind == WRAP_POINTER || kind == WRAP_DATA)
            check(pool_buffer_untouched(i, (c->outs >> i & 1u) != 0 ? c->out_size[i] : 0),
                  "what argument %u points to is left alone", i);
    }
}
