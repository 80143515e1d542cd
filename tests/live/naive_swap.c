/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* A mutex per call: the pointer is read in one step, the reference taken in another. */
#include <pthread.h>
#include <sched.h>

#include "live/naive_swap.h"

/* How long a thread waits between the steps for others to come between: the window is that wide. */
#define PATIENCE 10000

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static unsigned swaps;

static unsigned count_swaps(void)
{
    unsigned count;

    pthread_mutex_lock(&mutex);
    count = swaps;
    pthread_mutex_unlock(&mutex);
    return count;
}

int naive_ssl_config_swap(mbedguard_ssl_config_slot *slot, mbedguard_ssl_config *conf)
{
    mbedguard_ssl_config *before;
    int ret = mbedguard_ssl_config_ref(conf);

    if (ret != 0)
        return ret;
    pthread_mutex_lock(&mutex);
    before = slot->config;
    slot->config = conf;
    swaps++;
    pthread_mutex_unlock(&mutex);
    return mbedguard_ssl_config_free(before);
}

int naive_ssl_setup_current(mbedguard_ssl_context *ssl, const mbedguard_ssl_config_slot *slot)
{
    mbedguard_ssl_config *config;
    unsigned before, i;

    pthread_mutex_lock(&mutex);
    config = slot->config;
    before = swaps;
    pthread_mutex_unlock(&mutex);
    for (i = 0; i < PATIENCE && count_swaps() == before; i++)
        sched_yield();
    return mbedguard_ssl_setup(ssl, config);
}
