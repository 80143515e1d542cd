/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Mutexes of the program's own, as Mbed TLS has them. The backend does the work; a flag beside its
 * mutex remembers whether there is one, since init has no result.
 */
#include <string.h>

#include "core/thread.h"

#if defined(MBEDGUARD_THREADING_NONE)

static int make(mbedguard_threading_mutex_t *mutex)
{
    (void) mutex;
    return 0;
}

static void unmake(mbedguard_threading_mutex_t *mutex)
{
    (void) mutex;
}

static int lock(mbedguard_threading_mutex_t *mutex)
{
    (void) mutex;
    return 0;
}

static int unlock(mbedguard_threading_mutex_t *mutex)
{
    (void) mutex;
    return 0;
}

static bool has_backend(void)
{
    return true;
}

#else

/* The codes of the program's own functions are passed on. */
static int result(int failed)
{
#if defined(MBEDGUARD_THREADING_ALT)
    return failed;
#else
    return failed == 0 ? 0 : MBEDGUARD_MUTEX_ERROR;
#endif
}

static mbedguard_backend_mutex *backend(mbedguard_threading_mutex_t *mutex)
{
#if defined(MBEDGUARD_THREADING_ALT)
    return mutex;
#else
    return &mutex->mutex;
#endif
}

static int make(mbedguard_threading_mutex_t *mutex)
{
    return mbedguard_thread_make(backend(mutex));
}

static void unmake(mbedguard_threading_mutex_t *mutex)
{
    mbedguard_thread_unmake(backend(mutex));
}

static int lock(mbedguard_threading_mutex_t *mutex)
{
    return result(mbedguard_thread_lock(backend(mutex)));
}

static int unlock(mbedguard_threading_mutex_t *mutex)
{
    return result(mbedguard_thread_unlock(backend(mutex)));
}

/* An alternative one may have been taken out again, and its functions with it. */
static bool has_backend(void)
{
    return (mbedguard_threading_features() & MBEDGUARD_FEATURE_THREADS) != 0;
}

#endif

static bool is_usable(const mbedguard_threading_mutex_t *mutex)
{
    return mutex != NULL && mutex->is_valid != 0 && has_backend();
}

void mbedguard_mutex_init(mbedguard_threading_mutex_t *mutex)
{
    if (mutex == NULL)
        return;
    memset(mutex, 0, sizeof(*mutex));
    mutex->is_valid = make(mutex) == 0;
}

void mbedguard_mutex_free(mbedguard_threading_mutex_t *mutex)
{
    if (mutex == NULL)
        return;
    if (is_usable(mutex))
        unmake(mutex);
    mutex->is_valid = 0;
}

int mbedguard_mutex_lock(mbedguard_threading_mutex_t *mutex)
{
    return is_usable(mutex) ? lock(mutex) : MBEDGUARD_MUTEX_BAD_INPUT_DATA;
}

int mbedguard_mutex_unlock(mbedguard_threading_mutex_t *mutex)
{
    return is_usable(mutex) ? unlock(mutex) : MBEDGUARD_MUTEX_BAD_INPUT_DATA;
}
