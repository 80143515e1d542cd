/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * An alternative threading backend on C11 <threads.h>: mutexes, try-lock and
 * condition variables. With conditions, shared mode is shared. The threads are
 * told apart by the compiler's thread-local storage.
 *
 * Four threads then move money between guarded accounts.
 */
#include <assert.h>
#include <stdio.h>
#include <threads.h>

#include <mbedguard/guard.h>
#include <mbedguard/threading.h>

#if defined(MBEDGUARD_THREADING_ALT)

/* What the library gives us is large enough, so no pointer is needed. */
static_assert(sizeof(mtx_t) <= sizeof(mbedguard_threading_mutex_t),
              "a mutex would have to be a pointer");
static_assert(sizeof(cnd_t) <= sizeof(mbedguard_threading_cond_t),
              "a condition would have to be a pointer");

static mtx_t *mtx(mbedguard_threading_mutex_t *mutex)
{
    return (mtx_t *) (void *) mutex;
}

static cnd_t *cnd(mbedguard_threading_cond_t *cond)
{
    return (cnd_t *) (void *) cond;
}

static int lock_init(mbedguard_threading_mutex_t *mutex)
{
    return mtx_init(mtx(mutex), mtx_plain) == thrd_success ? 0 : -1;
}

static int lock_free(mbedguard_threading_mutex_t *mutex)
{
    mtx_destroy(mtx(mutex));
    return 0;
}

static int lock(mbedguard_threading_mutex_t *mutex)
{
    return mtx_lock(mtx(mutex)) == thrd_success ? 0 : -1;
}

static int unlock(mbedguard_threading_mutex_t *mutex)
{
    return mtx_unlock(mtx(mutex)) == thrd_success ? 0 : -1;
}

static int lock_if_free(mbedguard_threading_mutex_t *mutex)
{
    int result = mtx_trylock(mtx(mutex));

    return result == thrd_success ? 0 : result == thrd_busy ? 1 : -1;
}

static int cond_init(mbedguard_threading_cond_t *cond)
{
    return cnd_init(cnd(cond)) == thrd_success ? 0 : -1;
}

static int cond_free(mbedguard_threading_cond_t *cond)
{
    cnd_destroy(cnd(cond));
    return 0;
}

static int cond_wait(mbedguard_threading_cond_t *cond,
                     mbedguard_threading_mutex_t *mutex)
{
    return cnd_wait(cnd(cond), mtx(mutex)) == thrd_success ? 0 : -1;
}

static int cond_broadcast(mbedguard_threading_cond_t *cond)
{
    return cnd_broadcast(cnd(cond)) == thrd_success ? 0 : -1;
}

static const mbedguard_threading_ops c11_threads = {
    .version = MBEDGUARD_THREADING_OPS_VERSION,
    .size = sizeof(mbedguard_threading_ops),
    .mutex_init = lock_init,
    .mutex_free = lock_free,
    .mutex_lock = lock,
    .mutex_unlock = unlock,
    .mutex_trylock = lock_if_free,
    .cond_init = cond_init,
    .cond_free = cond_free,
    .cond_wait = cond_wait,
    .cond_broadcast = cond_broadcast,
};

/* A guarded object of our own, made like those of the library. */
typedef struct account {
    struct {
        long balance;
    } unguarded;
    union {
        mbedguard_guard guard;
        unsigned char guard_rank[MBEDGUARD_RANK_SIZE(MBEDGUARD_RANK_LEAF)];
    };
} account;

/* All-zero bytes are a free guard. */
static account accounts[3];

static int move_money(void *argument)
{
    int from = *(int *) argument;
    int i;

    for (i = 0; i < 10000; i++) {
        account *a = &accounts[(from + i) % 3];
        account *b = &accounts[(from + 2 * i + 1) % 3];
        /* In any order, and the same one twice: the library sorts it out. */
        mbedguard_object both[] = { MBEDGUARD_OBJECT(a), MBEDGUARD_OBJECT(b) };

        if (mbedguard_lock_set(both, 2) != 0)
            return 1;
        a->unguarded.balance--;
        b->unguarded.balance++;
        if (mbedguard_unlock_set(both, 2) != 0)
            return 1;
    }
    return 0;
}

int main(void)
{
    static int numbers[] = { 0, 1, 2, 3 };
    thrd_t threads[4];
    long sum = 0;
    int failed;
    int i;

    /* Before anything else, and before there are other threads. */
    failed = mbedguard_threading_set_alt_ext(&c11_threads);
    if (failed != 0) {
        puts(mbedguard_error_string(failed));
        return 1;
    }
    printf("shared mode is shared: %s\n",
           (mbedguard_threading_features() & MBEDGUARD_FEATURE_SHARED) != 0
               ? "yes" : "no");
    for (i = 0; i < 4; i++) {
        if (thrd_create(&threads[i], move_money, &numbers[i]) != thrd_success)
            return 1;
    }
    for (i = 0; i < 4; i++) {
        int result = 1;

        (void) thrd_join(threads[i], &result);
        failed |= result;
    }
    for (i = 0; i < 3; i++)
        sum += accounts[i].unguarded.balance;
    printf("40000 moves, sum %ld\n", sum);
    failed |= mbedguard_threading_free_alt();
    return failed != 0 || sum != 0;
}

#else

int main(void)
{
    puts("needs mbedguard configured with --with-threading=alt");
    return 77;
}

#endif
