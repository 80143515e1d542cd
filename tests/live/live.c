/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Running tests, threads, and what threads note. */
#if !defined(_POSIX_C_SOURCE)
#define _POSIX_C_SOURCE 200809L
#endif

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "live/live.h"

#define MAX_THREADS      64
#define WATCHDOG_SECONDS 900 /* without fork: for the whole program, under valgrind */

static atomic_uint findings;

/* Tests provoke what the lock checker aborts for; returning gives the error code to the caller. */
static void on_finding(const mbedguard_lockcheck_report *report, void *data)
{
    (void) report;
    (void) data;
    atomic_fetch_add(&findings, 1);
}

bool live_takes_turns(void)
{
    return (mbedguard_threading_features() & MBEDGUARD_FEATURE_PSA_INSIDE) != 0;
}

unsigned live_findings(void)
{
    return atomic_load(&findings);
}

int live_run(Suite *suite)
{
    SRunner *runner = srunner_create(suite);
    int failed;

    (void) mbedguard_lockcheck_set_handler(on_finding, NULL);
    if (srunner_fork_status(runner) == CK_NOFORK)
        alarm(WATCHDOG_SECONDS);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

TCase *live_case_with(Suite *suite, const char *name, void (*setup)(void), void (*teardown)(void))
{
    TCase *tc = tcase_create(name);

    tcase_set_timeout(tc, LIVE_SECONDS);
    tcase_add_checked_fixture(tc, setup, teardown);
    suite_add_tcase(suite, tc);
    return tc;
}

TCase *live_case(Suite *suite, const char *name)
{
    return live_case_with(suite, name, live_setup, live_teardown);
}

unsigned live_rounds(unsigned full)
{
    const char *text = getenv("MBEDGUARD_SHORT");

    if (text == NULL || *text == '\0' || strcmp(text, "0") == 0)
        return full;
    return full / 10 < 2 ? 2 : full / 10;
}

uint32_t live_dice(uint32_t *state)
{
    /* Marsaglia's xorshift: never 0 again once it is not. */
    uint32_t x = *state != 0 ? *state : 1;

    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    *state = x;
    return x;
}

/* ---- Threads --------------------------------------------------------------------------------- */

struct crew {
    void (*body)(unsigned number, void *data);
    void *data;
};

struct member {
    const struct crew *crew;
    unsigned number;
};

static pthread_barrier_t barrier;
static pthread_mutex_t note_mutex = PTHREAD_MUTEX_INITIALIZER;
static char first_note[512];

void live_note(const char *file, int line, const char *what, long long got, long long expected)
{
    pthread_mutex_lock(&note_mutex);
    if (first_note[0] == '\0')
        snprintf(first_note, sizeof(first_note), "%s:%d: %s is %lld (-0x%llX), expected %lld", file,
                 line, what, got, (unsigned long long) -got, expected);
    pthread_mutex_unlock(&note_mutex);
}

bool live_failed(void)
{
    bool failed;

    pthread_mutex_lock(&note_mutex);
    failed = first_note[0] != '\0';
    pthread_mutex_unlock(&note_mutex);
    return failed;
}

void live_assert_none(void)
{
    char note[sizeof(first_note)];

    pthread_mutex_lock(&note_mutex);
    memcpy(note, first_note, sizeof(note));
    first_note[0] = '\0';
    pthread_mutex_unlock(&note_mutex);
    ck_assert_msg(note[0] == '\0', "%s", note);
}

void live_meet(void)
{
    pthread_barrier_wait(&barrier);
}

static void *member_main(void *context)
{
    const struct member *member = context;

    live_meet();
    member->crew->body(member->number, member->crew->data);
    return NULL;
}

void live_threads(unsigned count, void (*body)(unsigned number, void *data), void *data)
{
    const struct crew crew = {body, data};
    struct member members[MAX_THREADS];
    pthread_t threads[MAX_THREADS];
    unsigned i;

    ck_assert_uint_le(count, MAX_THREADS);
    ck_assert_int_eq(pthread_barrier_init(&barrier, NULL, count), 0);
    for (i = 0; i < count; i++) {
        members[i] = (struct member){&crew, i};
        /* Those that run already wait for all: giving up here could not be cleaned up. */
        if (pthread_create(&threads[i], NULL, member_main, &members[i]) != 0)
            abort();
    }
    for (i = 0; i < count; i++)
        pthread_join(threads[i], NULL);
    pthread_barrier_destroy(&barrier);
    live_assert_none();
}
