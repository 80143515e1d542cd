/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* See support.h. */
#if !defined(_GNU_SOURCE)
#define _GNU_SOURCE
#endif

#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/atomic.h"

int raw_inits;
int raw_frees;
void (*raw_free_hook)(void *object);
int start_result;
int start_count;

int mbedguard_library_start(void)
{
    start_count++;
    return start_result;
}

int mbedguard_library_locks(void *object, size_t size, unsigned rank)
{
    (void) object;
    (void) size;
    (void) rank;
    return 0;
}

mbedguard_want locks_with;
unsigned locks_with_rank;

mbedguard_want mbedguard_library_locks_with(unsigned rank)
{
    const mbedguard_want nothing = {NULL, 0};

    return rank == locks_with_rank ? locks_with : nothing;
}

void mbedguard_library_unlocks(void *object, size_t size, unsigned rank)
{
    (void) object;
    (void) size;
    (void) rank;
}

static void toy_init(void *object)
{
    memset(object, 0, sizeof(raw_toy));
    ((raw_toy *) object)->alive = 1;
    (void) __atomic_fetch_add(&raw_inits, 1, __ATOMIC_RELAXED);
}

static void toy_free(void *object)
{
    void (*hook)(void *) = raw_free_hook;

    if (hook != NULL) {
        raw_free_hook = NULL;
        hook(object);
    }
    ((raw_toy *) object)->alive = 0;
    (void) __atomic_fetch_add(&raw_frees, 1, __ATOMIC_RELAXED);
}

#define TOY_TYPE(name, rank)                                                                       \
    const mbedguard_type name##_type = { #name, sizeof(name), rank, toy_init, toy_free, { NULL, 0 }, NULL }
TOY_TYPE(toy_ssl, MBEDGUARD_RANK_SSL);
TOY_TYPE(toy_config, MBEDGUARD_RANK_CONFIG);
TOY_TYPE(toy_cert, MBEDGUARD_RANK_CERT);
TOY_TYPE(toy_key, MBEDGUARD_RANK_KEY);
TOY_TYPE(toy_rng, MBEDGUARD_RANK_RNG);
TOY_TYPE(toy_leaf, MBEDGUARD_RANK_LEAF);

void gate_reset(gate *g)
{
    (void) pthread_mutex_lock(&g->mutex);
    g->count = 0;
    (void) pthread_mutex_unlock(&g->mutex);
}

void gate_add(gate *g)
{
    (void) pthread_mutex_lock(&g->mutex);
    g->count++;
    (void) pthread_cond_broadcast(&g->cond);
    (void) pthread_mutex_unlock(&g->mutex);
}

void gate_wait(gate *g, int count)
{
    (void) pthread_mutex_lock(&g->mutex);
    while (g->count < count)
        (void) pthread_cond_wait(&g->cond, &g->mutex);
    (void) pthread_mutex_unlock(&g->mutex);
}

int gate_count(gate *g)
{
    int count;

    (void) pthread_mutex_lock(&g->mutex);
    count = g->count;
    (void) pthread_mutex_unlock(&g->mutex);
    return count;
}

pthread_t start_thread(void *(*body)(void *), void *argument)
{
    pthread_t thread;

    if (pthread_create(&thread, NULL, body, argument) != 0) {
        perror("pthread_create");
        abort();
    }
    return thread;
}

void *join_thread(pthread_t thread)
{
    void *result = NULL;

    if (pthread_join(thread, &result) != 0)
        abort();
    return result;
}

int in_child(int (*body)(void))
{
    int status = -1;
    pid_t child;

    (void) fflush(NULL);
    child = fork();
    if (child == 0) {
        (void) alarm(TEST_SECONDS - 10);
        _exit(body());
    }
    ck_assert_int_gt(child, 0);
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static bool is_slow(void)
{
    return getenv("CK_FORK") != NULL && strcmp(getenv("CK_FORK"), "no") == 0;
}

void watchdog_setup(void)
{
    (void) alarm(is_slow() ? 3 * TEST_SECONDS : TEST_SECONDS + 10);
    raw_inits = 0;
    raw_frees = 0;
    raw_free_hook = NULL;
    start_result = 0;
}

void watchdog_teardown(void)
{
    (void) alarm(0);
}

bool without_fork(const char *what)
{
    if (is_slow())
        (void) printf("skipped: %s (CK_FORK=no)\n", what);
    return is_slow();
}

#if defined(__SANITIZE_THREAD__)
#define TSAN 1
#elif defined(__SANITIZE_ADDRESS__)
#define ASAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define TSAN 1
#elif __has_feature(address_sanitizer)
#define ASAN 1
#endif
#endif

bool with_tsan(const char *what)
{
#if defined(TSAN)
    (void) printf("skipped: %s (ThreadSanitizer)\n", what);
    return true;
#else
    (void) what;
    return false;
#endif
}

bool with_asan(const char *what)
{
#if defined(ASAN)
    (void) printf("skipped: %s (AddressSanitizer)\n", what);
    return true;
#else
    (void) what;
    return false;
#endif
}

int rounds(int normal)
{
    return is_slow() ? (normal + 49) / 50 : normal;
}

#if defined(MBEDGUARD_THREADING_ALT)

const char *const backend_names[BACKENDS] = { "four", "wait", "shared", "self" };
backend backend_wanted;
int backend_fail_in;
int backend_held;
int backend_made;

/* Whether this call is the one that fails. */
static bool fails(void)
{
    return __atomic_load_n(&backend_fail_in, __ATOMIC_RELAXED) > 0 &&
           __atomic_fetch_sub(&backend_fail_in, 1, __ATOMIC_RELAXED) == 1;
}

typedef enum kind { MUTEX, RWLOCK, COND } kind;

/*
 * In the storage of the backend's mutex or condition stands a pointer to one of POSIX. Tests write
 * over objects, as programs do; what they forget is destroyed at the end, as what it is: helgrind
 * takes the next lock at the same address for the one that it knows.
 */
typedef union thing {
    struct {
        union thing *next;
        union thing **link;
        kind kind;
        union {
            pthread_mutex_t mutex;
            pthread_rwlock_t rwlock;
            pthread_cond_t cond;
        } posix;
    } in;
} thing;

static pthread_mutex_t things_mutex = PTHREAD_MUTEX_INITIALIZER;
static thing *things;

/* -1 and NULL in `posix`, or 0. */
static int new_thing(kind which, void **posix)
{
    thing *made = fails() ? NULL : malloc(sizeof(*made));

    *posix = NULL;
    if (made == NULL)
        return -1;
    made->in.kind = which;
    if (which == MUTEX)
        (void) pthread_mutex_init(&made->in.posix.mutex, NULL);
    else if (which == RWLOCK)
        (void) pthread_rwlock_init(&made->in.posix.rwlock, NULL);
    else
        (void) pthread_cond_init(&made->in.posix.cond, NULL);
    (void) pthread_mutex_lock(&things_mutex);
    made->in.next = things;
    made->in.link = &things;
    if (things != NULL)
        things->in.link = &made->in.next;
    things = made;
    backend_made++;
    (void) pthread_mutex_unlock(&things_mutex);
    *posix = &made->in.posix;
    return 0;
}

static void free_thing(void *posix)
{
    thing *made = (thing *) ((uintptr_t) posix - offsetof(thing, in.posix));

    if (made->in.kind == MUTEX)
        (void) pthread_mutex_destroy(&made->in.posix.mutex);
    else if (made->in.kind == RWLOCK)
        (void) pthread_rwlock_destroy(&made->in.posix.rwlock);
    else
        (void) pthread_cond_destroy(&made->in.posix.cond);
    (void) pthread_mutex_lock(&things_mutex);
    *made->in.link = made->in.next;
    if (made->in.next != NULL)
        made->in.next->in.link = made->in.link;
    backend_made--;
    (void) pthread_mutex_unlock(&things_mutex);
    free(made);
}

static int make(mbedguard_threading_mutex_t *mutex)
{
    return new_thing(MUTEX, &mutex->storage.pointer);
}

static int unmake(mbedguard_threading_mutex_t *mutex)
{
    free_thing(mutex->storage.pointer);
    mutex->storage.pointer = NULL;
    return 0;
}

static int lock(mbedguard_threading_mutex_t *mutex)
{
    if (fails() || pthread_mutex_lock(mutex->storage.pointer) != 0)
        return -1;
    (void) __atomic_fetch_add(&backend_held, 1, __ATOMIC_RELAXED);
    return 0;
}

static int unlock(mbedguard_threading_mutex_t *mutex)
{
    (void) __atomic_fetch_sub(&backend_held, 1, __ATOMIC_RELAXED);
    return pthread_mutex_unlock(mutex->storage.pointer);
}

static int try(mbedguard_threading_mutex_t *mutex)
{
    if (pthread_mutex_trylock(mutex->storage.pointer) != 0)
        return 1;
    (void) __atomic_fetch_add(&backend_held, 1, __ATOMIC_RELAXED);
    return 0;
}

static int rw_make(mbedguard_threading_mutex_t *mutex)
{
    return new_thing(RWLOCK, &mutex->storage.pointer);
}

static int rw_lock(mbedguard_threading_mutex_t *mutex)
{
    if (fails() || pthread_rwlock_wrlock(mutex->storage.pointer) != 0)
        return -1;
    (void) __atomic_fetch_add(&backend_held, 1, __ATOMIC_RELAXED);
    return 0;
}

static int rw_lock_shared(mbedguard_threading_mutex_t *mutex)
{
    if (fails() || pthread_rwlock_rdlock(mutex->storage.pointer) != 0)
        return -1;
    (void) __atomic_fetch_add(&backend_held, 1, __ATOMIC_RELAXED);
    return 0;
}

static int rw_unlock(mbedguard_threading_mutex_t *mutex)
{
    (void) __atomic_fetch_sub(&backend_held, 1, __ATOMIC_RELAXED);
    return pthread_rwlock_unlock(mutex->storage.pointer);
}

static int rw_try(mbedguard_threading_mutex_t *mutex)
{
    if (pthread_rwlock_trywrlock(mutex->storage.pointer) != 0)
        return 1;
    (void) __atomic_fetch_add(&backend_held, 1, __ATOMIC_RELAXED);
    return 0;
}

static int cond_make(mbedguard_threading_cond_t *cond)
{
    return new_thing(COND, &cond->storage.pointer);
}

static int cond_unmake(mbedguard_threading_cond_t *cond)
{
    free_thing(cond->storage.pointer);
    return 0;
}

static int cond_wait(mbedguard_threading_cond_t *cond, mbedguard_threading_mutex_t *mutex)
{
    return fails() ? -1 : pthread_cond_wait(cond->storage.pointer, mutex->storage.pointer);
}

static int cond_broadcast(mbedguard_threading_cond_t *cond)
{
    return pthread_cond_broadcast(cond->storage.pointer);
}

static uintptr_t name_of_thread(void)
{
    return (uintptr_t) pthread_self();
}

void backend_ops(mbedguard_threading_ops *ops, backend which)
{
    memset(ops, 0, sizeof(*ops));
    ops->version = MBEDGUARD_THREADING_OPS_VERSION;
    ops->size = sizeof(*ops);
    if (which == BACKEND_SHARED) {
        ops->mutex_init = rw_make;
        ops->mutex_free = unmake;
        ops->mutex_lock = rw_lock;
        ops->mutex_unlock = rw_unlock;
        ops->mutex_trylock = rw_try;
        ops->mutex_lock_shared = rw_lock_shared;
        ops->mutex_unlock_shared = rw_unlock;
        return;
    }
    ops->mutex_init = make;
    ops->mutex_free = unmake;
    ops->mutex_lock = lock;
    ops->mutex_unlock = unlock;
    if (which == BACKEND_FOUR)
        return;
    ops->mutex_trylock = try;
    ops->cond_init = cond_make;
    ops->cond_free = cond_unmake;
    ops->cond_wait = cond_wait;
    ops->cond_broadcast = cond_broadcast;
    if (which == BACKEND_SELF)
        ops->thread_self = name_of_thread;
}

/* This form of init cannot fail. */
static void make_void(mbedguard_threading_mutex_t *mutex)
{
    while (make(mutex) != 0)
        ;
}

static void unmake_void(mbedguard_threading_mutex_t *mutex)
{
    (void) unmake(mutex);
}

void backend_setup(void)
{
    mbedguard_threading_ops ops;
    int ret;

    backend_fail_in = 0;
    if (backend_wanted == BACKEND_FOUR) {
        ret = mbedguard_threading_set_alt(make_void, unmake_void, lock, unlock);
    } else {
        backend_ops(&ops, backend_wanted);
        ret = mbedguard_threading_set_alt_ext(&ops);
    }
    ck_assert_int_eq(ret, 0);
}

void backend_teardown(void)
{
    backend_fail_in = 0;
    ck_assert_int_eq(mbedguard_threading_free_alt(), 0);
    ck_assert_int_eq(backend_held, 0);
    while (things != NULL)
        free_thing(&things->in.posix);
}

#else

void backend_setup(void)
{
}

void backend_teardown(void)
{
}

#endif

bool has_shared(void)
{
    return (mbedguard_threading_features() & MBEDGUARD_FEATURE_SHARED) != 0;
}

void add_case(Suite *suite, const char *name, const TTest *test, void (*setup)(void),
              void (*teardown)(void))
{
    TCase *one = tcase_create(name);

    tcase_add_checked_fixture(one, setup, teardown);
    tcase_set_timeout(one, TEST_SECONDS);
    tcase_add_test(one, test);
    suite_add_tcase(suite, one);
}

int run_suites(Suite *(*make_suite)(const char *), const char *name)
{
    SRunner *runner;
    int failed;

#if defined(MBEDGUARD_THREADING_ALT)
    static char names[BACKENDS][64];
    int b;

    failed = 0;
    for (b = 0; b < BACKENDS; b++) {
        backend_wanted = (backend) b;
        (void) snprintf(names[b], sizeof(names[b]), "%s, alt %s", name, backend_names[b]);
        runner = srunner_create(make_suite(names[b]));
        srunner_run_all(runner, CK_ENV);
        failed += srunner_ntests_failed(runner);
        srunner_free(runner);
    }
#else
    runner = srunner_create(make_suite(name));
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
#endif
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
