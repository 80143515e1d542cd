/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * A program that knows Mbed TLS only, and uses its mutexes. With the shadow directory, or with
 * mbedtls_ and mbedtls/ replaced by ours, they are mbedguard's.
 */
#include <mbedtls/threading.h>

#include <pthread.h>
#include <string.h>

#define THREADS 4
#define TURNS   10000

static mbedtls_threading_mutex_t mutex;
static long counter;

static int count_once(void)
{
    if (mbedtls_mutex_lock(&mutex) != 0)
        return MBEDTLS_ERR_THREADING_MUTEX_ERROR;
    counter++;
    return mbedtls_mutex_unlock(&mutex);
}

static void *count(void *failed)
{
    int i;

    for (i = 0; i < TURNS; i++) {
        if (count_once() != 0)
            return failed;
    }
    return NULL;
}

int main(void)
{
    void (*const init)(mbedtls_threading_mutex_t *) = mbedtls_mutex_init;
    pthread_t threads[THREADS];
    void *failed;
    int i;

    init(&mutex);
    for (i = 0; i < THREADS; i++) {
        if (pthread_create(&threads[i], NULL, count, &counter) != 0)
            return 1;
    }
    for (i = 0; i < THREADS; i++) {
        if (pthread_join(threads[i], &failed) != 0 || failed != NULL)
            return 2;
    }
    if (counter != (long) THREADS * TURNS)
        return 3;
    mbedtls_mutex_free(&mutex);
    return count_once() == MBEDTLS_ERR_THREADING_MUTEX_ERROR ? 0 : 4;
}
