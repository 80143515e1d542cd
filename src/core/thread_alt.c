/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Threads as the program brings them. */
#include "core/await.h"
#include "core/gate.h"
#include "core/process.h"

#if defined(MBEDGUARD_THREADING_ALT)

#include <stdlib.h>
#include <string.h>

/* A backend that fails this often is not going to recover. */
#define STUBBORN_TRIES 1000u
#define TABLE_SIZE 64u

/* Set while the program has one thread. */
static struct alt {
    bool set;
    mbedguard_threading_ops ops;
    /* Of the four-function form, whose functions return nothing here. */
    void (*void_init)(mbedguard_threading_mutex_t *);
    void (*void_free)(mbedguard_threading_mutex_t *);
    mbedguard_mutex table; /* protects threads and spare; nothing inside */
    mbedguard_thread *threads[TABLE_SIZE];
    mbedguard_thread *spare;
} alt;

int mbedguard_thread_lock(mbedguard_threading_mutex_t *mutex)
{
    return alt.set ? alt.ops.mutex_lock(mutex) : -1;
}

int mbedguard_thread_unlock(mbedguard_threading_mutex_t *mutex)
{
    return alt.ops.mutex_unlock(mutex);
}

int mbedguard_thread_lock_stubborn(mbedguard_threading_mutex_t *mutex)
{
    unsigned tries = 0;
    int failed;

    do {
        failed = mbedguard_thread_lock(mutex);
    } while (failed != 0 && ++tries < STUBBORN_TRIES);
    return failed;
}

int mbedguard_thread_trylock(mbedguard_threading_mutex_t *mutex)
{
    return alt.ops.mutex_trylock(mutex);
}

bool mbedguard_thread_can_try(void)
{
    return alt.ops.mutex_trylock != NULL;
}

bool mbedguard_thread_native_shared(void)
{
    return alt.ops.mutex_lock_shared != NULL;
}

int mbedguard_thread_lock_shared(mbedguard_threading_mutex_t *mutex)
{
    return alt.ops.mutex_lock_shared(mutex);
}

int mbedguard_thread_unlock_shared(mbedguard_threading_mutex_t *mutex)
{
    return alt.ops.mutex_unlock_shared(mutex);
}

bool mbedguard_thread_can_wait(void)
{
    return alt.ops.cond_wait != NULL;
}

int mbedguard_thread_cond_wait(mbedguard_cond *cond, mbedguard_threading_mutex_t *mutex)
{
    return alt.ops.cond_wait(cond, mutex);
}

int mbedguard_thread_cond_broadcast(mbedguard_cond *cond)
{
    return alt.ops.cond_broadcast(cond);
}

int mbedguard_thread_make(mbedguard_threading_mutex_t *mutex)
{
    return alt.set ? alt.ops.mutex_init(mutex) : -1;
}

void mbedguard_thread_unmake(mbedguard_threading_mutex_t *mutex)
{
    (void) alt.ops.mutex_free(mutex);
}

/* The program has set the backend, or there is none. */
int mbedguard_thread_start(void)
{
    return alt.set ? 0 : MBEDGUARD_ERR_THREADING;
}

int mbedguard_thread_cancel_off(void)
{
    return 0;
}

void mbedguard_thread_cancel_restore(int state)
{
    (void) state;
}

/* How threads end is the program's affair. */
void mbedguard_thread_run(void (*f)(void *context), void (*lost)(void *context), void *context)
{
    (void) lost;
    f(context);
}

int mbedguard_thread_watch_exit(void *thread)
{
    (void) thread;
    return 0;
}

bool mbedguard_thread_on_stack(const void *address)
{
    (void) address;
    return false;
}

/* Threads that the backend names: their states stand in a table. */

static mbedguard_thread **place_locked(uintptr_t name) MBEDGUARD_REQUIRES(alt.table);

static mbedguard_thread **place_locked(uintptr_t name)
{
    mbedguard_thread **link = &alt.threads[(name >> 4 ^ name) % TABLE_SIZE];

    while (*link != NULL && (*link)->self != name)
        link = &(*link)->next;
    return link;
}

static mbedguard_thread *find_named(uintptr_t name) MBEDGUARD_NO_ANALYSIS
{
    mbedguard_thread *self;

    if (mbedguard_thread_lock_stubborn(&alt.table.raw) != 0)
        return NULL;
    self = *place_locked(name);
    if (self != NULL)
        self->users++;
    mbedguard_core_unlock(&alt.table);
    return self;
}

static mbedguard_thread *make_named_locked(uintptr_t name) MBEDGUARD_REQUIRES(alt.table);

static mbedguard_thread *make_named_locked(uintptr_t name)
{
    mbedguard_thread **link = place_locked(name);
    mbedguard_thread *self = *link;

    if (self == NULL) {
        self = alt.spare;
        if (self != NULL)
            alt.spare = self->next;
        else
            self = malloc(sizeof(*self));
        if (self == NULL)
            return NULL;
        memset(self, 0, sizeof(*self));
        self->self = name;
        *link = self;
    }
    self->users++;
    return self;
}

static mbedguard_thread *here_named(uintptr_t name)
{
    mbedguard_thread *self;

    if (mbedguard_core_lock(&alt.table) != 0)
        return NULL;
    self = make_named_locked(name);
    mbedguard_core_unlock(&alt.table);
    return self;
}

static bool says_nothing(const mbedguard_thread *self)
{
    return self->users == 0 && self->count == 0 && self->dying_count == 0 &&
           self->morgue == NULL && !self->starting && !self->settling && self->calls_out == 0;
}

static void done_named(mbedguard_thread *self) MBEDGUARD_NO_ANALYSIS
{
    mbedguard_thread **link;

    /* Only the thread itself writes what is read here. */
    if (--self->users != 0 || !says_nothing(self) ||
        mbedguard_thread_lock_stubborn(&alt.table.raw) != 0)
        return;
    link = place_locked(self->self);
    *link = self->next;
    self->next = alt.spare;
    alt.spare = self;
    mbedguard_core_unlock(&alt.table);
}

mbedguard_thread *mbedguard_thread_find(void)
{
#if defined(MBEDGUARD_HAVE_TLS)
    if (alt.ops.thread_self == NULL)
        return mbedguard_thread_open_list(&mbedguard_thread_state);
#endif
    return alt.set ? find_named(alt.ops.thread_self()) : NULL;
}

mbedguard_thread *mbedguard_thread_here(void)
{
#if defined(MBEDGUARD_HAVE_TLS)
    if (alt.ops.thread_self == NULL)
        return mbedguard_thread_open_list(&mbedguard_thread_state);
#endif
    return alt.set ? here_named(alt.ops.thread_self()) : NULL;
}

void mbedguard_thread_done(mbedguard_thread *self)
{
    if (self == NULL)
        return;
    if (alt.ops.thread_self != NULL)
        done_named(self);
    else
        mbedguard_thread_close_list(self);
}

/* Setting and taking back. */

static bool guards_were_taken(void)
{
    const mbedguard_thread *self = mbedguard_thread_find();
    bool taken = mbedguard_process.started || (self != NULL && self->starting);

    mbedguard_thread_done((mbedguard_thread *) (uintptr_t) self);
    return taken;
}

#define FIRST_DOOR   (4u + MBEDGUARD_PARK_BUCKETS)
#define CORE_MUTEXES (FIRST_DOOR + mbedguard_gate_doors())

static mbedguard_threading_mutex_t *core_mutex(unsigned i)
{
    switch (i) {
    case 0:
        return &mbedguard_process.start.raw;
    case 1:
        return &mbedguard_process.claim.raw;
    case 2:
        return &mbedguard_process.keep.raw;
    case 3:
        return &alt.table.raw;
    default:
        return i < FIRST_DOOR ? &mbedguard_process.park[i - 4].mutex.raw
                              : mbedguard_gate_mutex(i - FIRST_DOOR);
    }
}

static void unmake_core(unsigned mutexes, unsigned conds)
{
    while (conds > 0)
        (void) alt.ops.cond_free(&mbedguard_process.park[--conds].cond);
    while (mutexes > 0)
        (void) alt.ops.mutex_free(core_mutex(--mutexes));
    memset(&alt, 0, sizeof(alt));
    mbedguard_set_slow(0);
}

static int make_core(void)
{
    unsigned conds = 0;
    unsigned mutexes;

    for (mutexes = 0; mutexes < CORE_MUTEXES; mutexes++) {
        memset(core_mutex(mutexes), 0, sizeof(mbedguard_threading_mutex_t));
        if (alt.ops.mutex_init(core_mutex(mutexes)) != 0) {
            unmake_core(mutexes, 0);
            return MBEDGUARD_ERR_THREADING;
        }
    }
    for (; alt.ops.cond_init != NULL && conds < MBEDGUARD_PARK_BUCKETS; conds++) {
        memset(&mbedguard_process.park[conds].cond, 0, sizeof(mbedguard_cond));
        if (alt.ops.cond_init(&mbedguard_process.park[conds].cond) != 0) {
            unmake_core(mutexes, conds);
            return MBEDGUARD_ERR_THREADING;
        }
    }
    mbedguard_set_slow(mbedguard_process.slow | MBEDGUARD_SLOW_MAKE);
    alt.set = true;
    return 0;
}

static bool is_complete(const mbedguard_threading_ops *ops)
{
    int conds = (ops->cond_init != NULL) + (ops->cond_free != NULL) + (ops->cond_wait != NULL) +
                (ops->cond_broadcast != NULL);

    return ops->mutex_init != NULL && ops->mutex_free != NULL && ops->mutex_lock != NULL &&
           ops->mutex_unlock != NULL &&
           (ops->mutex_lock_shared != NULL) == (ops->mutex_unlock_shared != NULL) &&
           (conds == 0 || conds == 4);
}

static int set_ops(const mbedguard_threading_ops *ops,
                   void (*void_init)(mbedguard_threading_mutex_t *),
                   void (*void_free)(mbedguard_threading_mutex_t *))
{
    if (alt.set || guards_were_taken())
        return MBEDGUARD_ERR_UNSUPPORTED;
#if !defined(MBEDGUARD_HAVE_TLS)
    if (ops->thread_self == NULL)
        return MBEDGUARD_ERR_UNSUPPORTED;
#endif
    memset(&alt, 0, sizeof(alt));
    alt.ops = *ops;
    alt.void_init = void_init;
    alt.void_free = void_free;
    return make_core();
}

static int init_without_result(mbedguard_threading_mutex_t *mutex)
{
    alt.void_init(mutex);
    return 0;
}

static int free_without_result(mbedguard_threading_mutex_t *mutex)
{
    alt.void_free(mutex);
    return 0;
}

int mbedguard_threading_set_alt(void (*mutex_init)(mbedguard_threading_mutex_t *),
                                void (*mutex_free)(mbedguard_threading_mutex_t *),
                                int (*mutex_lock)(mbedguard_threading_mutex_t *),
                                int (*mutex_unlock)(mbedguard_threading_mutex_t *))
{
    mbedguard_threading_ops ops;

    if (mutex_init == NULL || mutex_free == NULL || mutex_lock == NULL || mutex_unlock == NULL)
        return MBEDGUARD_ERR_BAD_INPUT;
    memset(&ops, 0, sizeof(ops));
    ops.mutex_init = init_without_result;
    ops.mutex_free = free_without_result;
    ops.mutex_lock = mutex_lock;
    ops.mutex_unlock = mutex_unlock;
    return set_ops(&ops, mutex_init, mutex_free);
}

int mbedguard_threading_set_alt_ext(const mbedguard_threading_ops *ops)
{
    mbedguard_threading_ops known;

    if (ops == NULL || ops->version != MBEDGUARD_THREADING_OPS_VERSION ||
        ops->size < offsetof(mbedguard_threading_ops, mutex_trylock))
        return MBEDGUARD_ERR_BAD_INPUT;
    memset(&known, 0, sizeof(known));
    memcpy(&known, ops, ops->size < sizeof(known) ? ops->size : sizeof(known));
    if (!is_complete(&known))
        return MBEDGUARD_ERR_BAD_INPUT;
    return set_ops(&known, NULL, NULL);
}

static void free_threads(mbedguard_thread *list)
{
    while (list != NULL) {
        mbedguard_thread *next = list->next;

        free(list);
        list = next;
    }
}

int mbedguard_threading_free_alt(void)
{
    mbedguard_thread *self;
    bool holding;
    unsigned i;

    if (!alt.set)
        return 0;
    self = mbedguard_thread_find();
    holding = self != NULL && self->count != 0;
    mbedguard_thread_done(self);
    if (holding)
        return MBEDGUARD_ERR_UNSUPPORTED;
    for (i = 0; i < TABLE_SIZE; i++)
        free_threads(alt.threads[i]);
    free_threads(alt.spare);
    unmake_core(CORE_MUTEXES, alt.ops.cond_init != NULL ? MBEDGUARD_PARK_BUCKETS : 0);
    mbedguard_process.started = false;
#if defined(MBEDGUARD_HAVE_TLS)
    mbedguard_thread_state.started = false;
#endif
    return 0;
}

int mbedguard_thread_cond_wait_ms(mbedguard_cond *cond, mbedguard_backend_mutex *mutex,
                                  uint32_t milliseconds)
{
    (void) cond;
    (void) mutex;
    (void) milliseconds;
    return MBEDGUARD_ERR_UNSUPPORTED;
}

uintptr_t mbedguard_thread_name(void)
{
#if defined(MBEDGUARD_HAVE_TLS)
    if (alt.ops.thread_self == NULL)
        return (uintptr_t) &mbedguard_thread_state;
#endif
    /* The allocator may be asked before there is a backend. */
    return alt.set ? alt.ops.thread_self() : 0;
}

unsigned mbedguard_threading_features(void)
{
    unsigned features = alt.set ? MBEDGUARD_FEATURE_THREADS : 0;

    if (mbedguard_thread_native_shared() || mbedguard_thread_can_wait())
        features |= MBEDGUARD_FEATURE_SHARED;
    if (mbedguard_thread_can_try())
        features |= MBEDGUARD_FEATURE_TRYLOCK;
    if (mbedguard_thread_can_wait())
        features |= MBEDGUARD_FEATURE_WAIT;
    if (alt.ops.thread_self != NULL)
        features |= MBEDGUARD_FEATURE_THREAD_SELF;
#if defined(MBEDGUARD_LOCKCHECK)
    features |= MBEDGUARD_FEATURE_LOCKCHECK;
#endif
#if defined(MBEDGUARD_PSA_INSIDE)
    features |= MBEDGUARD_FEATURE_PSA_INSIDE;
#endif
    return features;
}

#endif
