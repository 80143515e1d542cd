/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * A threading backend for one thread, which counts and can be told to fail. Since nobody else is
 * there, a mutex that is locked when it is asked for is a deadlock, and any wait is one too.
 */
#include <stdio.h>
#include <stdlib.h>

#include "wrap/wrap.h"

#define MADE 0x57524150u

/* What the backend keeps in the storage of a mutex. */
typedef struct fake_mutex {
    uint32_t made;
    uint32_t exclusive;
    uint32_t shared;
} fake_mutex;

_Static_assert(sizeof(fake_mutex) <= sizeof(mbedguard_threading_mutex_t), "room");

static unsigned long until_failure;
static unsigned long until_unlock_failure;
static bool has_failed;
static void (*before_lock)(void);
static unsigned locked;
static unsigned misuse;

static fake_mutex load(const mbedguard_threading_mutex_t *mutex)
{
    fake_mutex m;

    memcpy(&m, mutex, sizeof m);
    return m;
}

static void store(mbedguard_threading_mutex_t *mutex, fake_mutex m)
{
    memcpy(mutex, &m, sizeof m);
}

static int misused(const char *what)
{
    misuse++;
    fprintf(stderr, "backend: %s\n", what);
    return 1;
}

static bool fails(void)
{
    if (until_failure == 0 || --until_failure != 0)
        return false;
    has_failed = true;
    return true;
}

static int fake_init(mbedguard_threading_mutex_t *mutex)
{
    store(mutex, (fake_mutex){MADE, 0, 0});
    return 0;
}

static int fake_free(mbedguard_threading_mutex_t *mutex)
{
    fake_mutex m = load(mutex);

    if (m.exclusive != 0 || m.shared != 0)
        return misused("a locked mutex is freed");
    store(mutex, (fake_mutex){0, 0, 0});
    return 0;
}

static int take(mbedguard_threading_mutex_t *mutex, bool shared, bool try)
{
    fake_mutex m = load(mutex);
    void (*const now)(void) = before_lock;

    before_lock = NULL;
    if (now != NULL)
        now();
    if (fails())
        return -1;
    if (m.made != MADE)
        return misused("a mutex is locked that was not made");
    if (m.exclusive != 0 || (m.shared != 0 && !shared))
        return try ? 1 : misused("a thread locks what it holds");
    if (shared)
        m.shared++;
    else
        m.exclusive = 1;
    store(mutex, m);
    locked++;
    return 0;
}

static int fake_lock(mbedguard_threading_mutex_t *mutex)
{
    return take(mutex, false, false);
}

static int fake_trylock(mbedguard_threading_mutex_t *mutex)
{
    return take(mutex, false, true);
}

static int fake_lock_shared(mbedguard_threading_mutex_t *mutex)
{
    return take(mutex, true, false);
}

/* A failing unlock lets go all the same: only the program cannot know. */
static int unlock_result(void)
{
    if (until_unlock_failure == 0 || --until_unlock_failure != 0)
        return 0;
    has_failed = true;
    return -1;
}

static int fake_unlock(mbedguard_threading_mutex_t *mutex)
{
    fake_mutex m = load(mutex);

    if (m.exclusive != 1)
        return misused("a mutex is unlocked that is not locked");
    m.exclusive = 0;
    store(mutex, m);
    locked--;
    return unlock_result();
}

static int fake_unlock_shared(mbedguard_threading_mutex_t *mutex)
{
    fake_mutex m = load(mutex);

    if (m.shared == 0)
        return misused("a mutex is unlocked shared that is not locked so");
    m.shared--;
    store(mutex, m);
    locked--;
    return unlock_result();
}

static int fake_cond_init(mbedguard_threading_cond_t *cond)
{
    (void) cond;
    return 0;
}

static int fake_cond_wait(mbedguard_threading_cond_t *cond, mbedguard_threading_mutex_t *mutex)
{
    (void) cond;
    (void) mutex;
    misused("the only thread waits for another");
    exit(3);
}

static uintptr_t fake_self(void)
{
    return 1;
}

int backend_install(void)
{
    const mbedguard_threading_ops ops = {
        .version = MBEDGUARD_THREADING_OPS_VERSION,
        .size = sizeof ops,
        .mutex_init = fake_init,
        .mutex_free = fake_free,
        .mutex_lock = fake_lock,
        .mutex_unlock = fake_unlock,
        .mutex_trylock = fake_trylock,
        .mutex_lock_shared = fake_lock_shared,
        .mutex_unlock_shared = fake_unlock_shared,
        .cond_init = fake_cond_init,
        .cond_free = fake_cond_init,
        .cond_wait = fake_cond_wait,
        .cond_broadcast = fake_cond_init,
        .thread_self = fake_self,
    };

    return mbedguard_threading_set_alt_ext(&ops);
}

void backend_fail(unsigned long nth)
{
    until_failure = nth;
    has_failed = false;
}

void backend_before_lock(void (*now)(void))
{
    before_lock = now;
}

void backend_fail_unlock(unsigned long nth)
{
    until_unlock_failure = nth;
    has_failed = false;
}

bool backend_has_failed(void)
{
    return has_failed;
}

unsigned backend_locked(void)
{
    return locked;
}

unsigned backend_misuse(void)
{
    return misuse;
}
