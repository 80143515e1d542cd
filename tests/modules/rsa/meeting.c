/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "modules/rsa/meeting.h"

#include <pthread.h>
#include <time.h>

#include "live/live.h"

/* Only so that a failure comes to an end. */
#define PATIENCE 20

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static unsigned expected, inside;
static bool given_up;
static size_t telling; /* changes while no thread is inside */

static _Thread_local bool is_in;
static _Thread_local size_t drawn;

void meeting_of(unsigned threads)
{
    pthread_mutex_lock(&mutex);
    expected = threads;
    inside = 0;
    given_up = false;
    pthread_mutex_unlock(&mutex);
}

void meeting_at(size_t length)
{
    telling = length;
}

void meeting_next(void)
{
    is_in = false;
    drawn = 0;
}

size_t meeting_drawn(void)
{
    return drawn;
}

bool meeting_took_place(void)
{
    bool all;

    pthread_mutex_lock(&mutex);
    all = inside >= expected && !given_up;
    pthread_mutex_unlock(&mutex);
    return all;
}

static void meet(void)
{
    struct timespec end;

    clock_gettime(CLOCK_REALTIME, &end);
    end.tv_sec += PATIENCE;
    pthread_mutex_lock(&mutex);
    inside++;
    pthread_cond_broadcast(&cond);
    while (inside < expected && !given_up) {
        if (pthread_cond_timedwait(&cond, &mutex, &end) != 0)
            given_up = true;
    }
    pthread_cond_broadcast(&cond);
    pthread_mutex_unlock(&mutex);
}

int meeting_rng(void *nothing, unsigned char *output, size_t length)
{
    (void) nothing;
    drawn += length;
    if (!is_in && length >= telling) {
        is_in = true;
        meet();
    }
    return mbedguard_ctr_drbg_random(&live_drbg, output, length);
}
