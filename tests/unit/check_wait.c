/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Many threads and their guards: readers and writers, crossing sets, random sets. */
#include "support.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LEAF   MBEDGUARD_RANK_LEAF
#define RNG    MBEDGUARD_RANK_RNG
#define SHARED (MBEDGUARD_RANK_LEAF | MBEDGUARD_SHARED)

static toy_leaf leaf[32];
static gate entered;
static gate order;

#if defined(MBEDGUARD_THREADING_ALT)
static void use_all_once(void)
{
    size_t i;

    for (i = 0; i < 32; i++) {
        ck_assert_int_eq(mbedguard_enter(&leaf[i].guard, LEAF, "once"), 0);
        ck_assert_int_eq(mbedguard_leave(&leaf[i].guard, LEAF), 0);
    }
}
#endif

static void setup(void)
{
    watchdog_setup();
    backend_setup();
    memset(leaf, 0, sizeof(leaf));
    gate_reset(&entered);
    gate_reset(&order);
#if defined(MBEDGUARD_THREADING_ALT)
    /* Helgrind does not know the acquire-load by which other threads see that a mutex was made. */
    if (without_fork("first use of a zeroed guard by several threads"))
        use_all_once();
#endif
}

static void teardown(void)
{
    size_t i;

    for (i = 0; i < 32; i++)
        (void) mbedguard_object_free(&toy_leaf_type, &leaf[i], "teardown");
    backend_teardown();
    watchdog_teardown();
}

static bool can_wait(void)
{
    return (mbedguard_threading_features() & MBEDGUARD_FEATURE_WAIT) != 0;
}

/* A member of a guard that its mutex protects, as the mutex's next holder sees it. */
static uint32_t seen(mbedguard_guard *guard, const uint32_t *member)
{
    uint32_t value;

#if defined(MBEDGUARD_THREADING_PTHREAD)
    (void) pthread_mutex_lock(&guard->mutex);
    value = *member;
    (void) pthread_mutex_unlock(&guard->mutex);
#else
    (void) pthread_mutex_lock(guard->mutex.storage.pointer);
    value = *member;
    (void) pthread_mutex_unlock(guard->mutex.storage.pointer);
#endif
    return value;
}

static void wait_until_seen(mbedguard_guard *guard, const uint32_t *member, uint32_t value)
{
    while (seen(guard, member) != value)
        (void) sched_yield();
}

static void *read_once(void *unused)
{
    (void) unused;
    if (mbedguard_enter(&leaf[0].guard, SHARED, "reader") != 0)
        return (void *) 1;
    gate_add(&entered);
    gate_wait(&order, 1);
    (void) mbedguard_leave(&leaf[0].guard, SHARED);
    return NULL;
}

START_TEST(readers_stand_side_by_side)
{
    pthread_t threads[3];
    int i;

    if (!has_shared())
        return;
    ck_assert_int_eq(mbedguard_enter(&leaf[0].guard, SHARED, "a"), 0);
    for (i = 0; i < 3; i++)
        threads[i] = start_thread(read_once, NULL);
    gate_wait(&entered, 3);
    gate_add(&order);
    for (i = 0; i < 3; i++)
        ck_assert_ptr_null(join_thread(threads[i]));
    ck_assert_int_eq(mbedguard_leave(&leaf[0].guard, SHARED), 0);
}
END_TEST

/* Who got in first: each appends its letter. Written with the guard held exclusively or by one. */
static char arrivals[8];
static gate arrived;

static void arrive(char letter)
{
    (void) pthread_mutex_lock(&arrived.mutex);
    arrivals[strlen(arrivals)] = letter;
    (void) pthread_mutex_unlock(&arrived.mutex);
}

static void *writer(void *unused)
{
    (void) unused;
    if (mbedguard_enter(&leaf[0].guard, LEAF, "writer") != 0)
        return (void *) 1;
    arrive('w');
    (void) mbedguard_leave(&leaf[0].guard, LEAF);
    return NULL;
}

static void *late_reader(void *unused)
{
    (void) unused;
    if (mbedguard_enter(&leaf[0].guard, SHARED, "reader") != 0)
        return (void *) 1;
    arrive('r');
    (void) mbedguard_leave(&leaf[0].guard, SHARED);
    return NULL;
}

START_TEST(new_reader_queues_behind_a_waiting_writer)
{
    pthread_t w;
    pthread_t r;

    if (!can_wait())
        return;
    memset(arrivals, 0, sizeof(arrivals));
    ck_assert_int_eq(mbedguard_enter(&leaf[0].guard, SHARED, "a"), 0);
    w = start_thread(writer, NULL);
    wait_until_seen(&leaf[0].guard, &leaf[0].guard.waiting_exclusive, 1);
    r = start_thread(late_reader, NULL);
    wait_until_seen(&leaf[0].guard, &leaf[0].guard.waiting_shared, 1);
    ck_assert_int_eq(mbedguard_leave(&leaf[0].guard, SHARED), 0);
    ck_assert_ptr_null(join_thread(w));
    ck_assert_ptr_null(join_thread(r));
    ck_assert_str_eq(arrivals, "wr");
}
END_TEST

START_TEST(nested_reader_does_not_queue)
{
    pthread_t w;

    if (!can_wait())
        return;
    ck_assert_int_eq(mbedguard_enter(&leaf[0].guard, SHARED, "a"), 0);
    w = start_thread(writer, NULL);
    wait_until_seen(&leaf[0].guard, &leaf[0].guard.waiting_exclusive, 1);
    ck_assert_int_eq(mbedguard_enter(&leaf[0].guard, SHARED, "a"), 0);
    ck_assert_int_eq(mbedguard_leave(&leaf[0].guard, SHARED), 0);
    ck_assert_int_eq(mbedguard_leave(&leaf[0].guard, SHARED), 0);
    ck_assert_ptr_null(join_thread(w));
}
END_TEST

START_TEST(try_does_not_wait_for_readers)
{
    pthread_t r;
    int ret;

    if ((mbedguard_threading_features() & MBEDGUARD_FEATURE_TRYLOCK) == 0)
        return;
    r = start_thread(read_once, NULL);
    gate_wait(&entered, 1);
    ret = mbedguard_trylock(&leaf[0]);
    gate_add(&order);
    ck_assert_ptr_null(join_thread(r));
    ck_assert_int_eq(ret, MBEDGUARD_ERR_WOULD_WAIT);
    ck_assert_int_eq(mbedguard_trylock(&leaf[0]), 0);
    ck_assert_int_eq(mbedguard_unlock(&leaf[0]), 0);
}
END_TEST

/* Readers and writers that keep coming, until the other kind has had its turns. */
static uint32_t stop;

static void *keep_reading(void *unused)
{
    (void) unused;
    while (__atomic_load_n(&stop, __ATOMIC_RELAXED) == 0) {
        if (mbedguard_enter(&leaf[0].guard, SHARED, "reader") != 0)
            return (void *) 1;
        if (leaf[0].unguarded.value != leaf[0].unguarded.mirror)
            return (void *) 2;
        (void) mbedguard_leave(&leaf[0].guard, SHARED);
    }
    return NULL;
}

static void *keep_writing(void *unused)
{
    (void) unused;
    while (__atomic_load_n(&stop, __ATOMIC_RELAXED) == 0) {
        if (mbedguard_enter(&leaf[0].guard, LEAF, "writer") != 0)
            return (void *) 1;
        leaf[0].unguarded.value++;
        leaf[0].unguarded.mirror++;
        (void) mbedguard_leave(&leaf[0].guard, LEAF);
    }
    return NULL;
}

static void turns_among(void *(*others)(void *), unsigned how)
{
    pthread_t threads[4];
    int turns = rounds(300);
    int i;

    stop = 0;
    for (i = 0; i < 4; i++)
        threads[i] = start_thread(others, NULL);
    while (turns-- > 0) {
        ck_assert_int_eq(mbedguard_enter(&leaf[0].guard, how, "turn"), 0);
        ck_assert_int_eq(mbedguard_leave(&leaf[0].guard, how), 0);
    }
    (void) __atomic_exchange_n(&stop, 1, __ATOMIC_RELAXED);
    for (i = 0; i < 4; i++)
        ck_assert_ptr_null(join_thread(threads[i]));
}

START_TEST(writer_gets_in_among_readers)
{
    /* A backend's own shared locks bring its own fairness. */
    if (has_shared() && !can_wait())
        return;
    turns_among(keep_reading, LEAF);
}
END_TEST

START_TEST(reader_gets_in_among_writers)
{
    turns_among(keep_writing, SHARED);
}
END_TEST

/* A change in two halves, between which others run. */
static void change(raw_toy *toy, unsigned chance)
{
    toy->value++;
    if (chance % 8 == 0)
        (void) sched_yield();
    toy->mirror++;
}

/* Threads begin together, so that they meet. */
static void begin_together(int count)
{
    gate_add(&entered);
    gate_wait(&entered, count);
}

static void *mixed(void *argument)
{
    unsigned seed = (unsigned) (uintptr_t) argument;
    int i;

    begin_together(8);
    for (i = rounds(4000); i > 0; i--) {
        seed = seed * 1103515245u + 12345u;
        if ((seed >> 16) % 4 == 0) {
            if (mbedguard_enter(&leaf[0].guard, LEAF, "w") != 0)
                return (void *) 1;
            change(&leaf[0].unguarded, seed >> 20);
            (void) mbedguard_leave(&leaf[0].guard, LEAF);
        } else {
            if (mbedguard_enter(&leaf[0].guard, SHARED, "r") != 0)
                return (void *) 1;
            if (leaf[0].unguarded.value != leaf[0].unguarded.mirror)
                return (void *) 2;
            (void) mbedguard_leave(&leaf[0].guard, SHARED);
        }
    }
    return NULL;
}

START_TEST(readers_and_writers_exclude_each_other)
{
    pthread_t threads[8];
    uintptr_t i;

    for (i = 0; i < 8; i++)
        threads[i] = start_thread(mixed, (void *) (i + 1));
    for (i = 0; i < 8; i++)
        ck_assert_ptr_null(join_thread(threads[i]));
    ck_assert_int_eq(leaf[0].unguarded.value, leaf[0].unguarded.mirror);
    ck_assert_int_eq(leaf[0].guard.readers, 0);
    ck_assert_int_eq(leaf[0].guard.waiting_exclusive, 0);
    ck_assert_int_eq(leaf[0].guard.waiting_shared, 0);
}
END_TEST

static void *cross(void *argument)
{
    bool backwards = argument != NULL;
    int i;

    begin_together(6);
    for (i = rounds(5000); i > 0; i--) {
        mbedguard_want forth[] = { { &leaf[1].guard, LEAF }, { &leaf[2].guard, LEAF } };
        mbedguard_want back[] = { { &leaf[2].guard, LEAF }, { &leaf[1].guard, LEAF } };
        mbedguard_want *set = backwards ? back : forth;

        if (mbedguard_enter_set(set, 2, "cross") != 0)
            return (void *) 1;
        leaf[1].unguarded.value++;
        leaf[2].unguarded.value++;
        if (mbedguard_leave_set(set, 2) != 0)
            return (void *) 2;
    }
    return NULL;
}

START_TEST(crossing_sets_do_not_deadlock)
{
    pthread_t threads[6];
    uintptr_t i;

    for (i = 0; i < 6; i++)
        threads[i] = start_thread(cross, (void *) (i % 2));
    for (i = 0; i < 6; i++)
        ck_assert_ptr_null(join_thread(threads[i]));
    ck_assert_int_eq(leaf[1].unguarded.value, 6 * rounds(5000));
    ck_assert_int_eq(leaf[2].unguarded.value, 6 * rounds(5000));
}
END_TEST

/* So many of the thousands live at a time. */
#define ALIVE 100

/* One thread of thousands: a few random sets, with locks, calls and nested calls. */
static void *random_sets(void *argument)
{
    unsigned seed = (unsigned) (uintptr_t) argument * 2654435761u;
    int round;

    gate_wait(&order, (int) ((uintptr_t) argument / ALIVE));
    for (round = 0; round < 6; round++) {
        mbedguard_want set[6];
        size_t count;
        size_t i;

        seed = seed * 1103515245u + 12345u;
        count = (seed >> 16) % 6 + 1;
        for (i = 0; i < count; i++) {
            seed = seed * 1103515245u + 12345u;
            set[i].guard = &leaf[(seed >> 16) % 32].guard;
            set[i].how = (seed >> 24) % 3 == 0 ? SHARED : LEAF;
        }
        if (mbedguard_enter_set(set, count, "random") != 0)
            return (void *) 1;
        for (i = 0; i < count; i++) {
            toy_leaf *toy = (toy_leaf *) ((uintptr_t) set[i].guard - offsetof(toy_leaf, guard));

            if (set[i].guard == NULL)
                continue;
            if ((set[i].how & MBEDGUARD_HOW_MODE) == MBEDGUARD_EXCLUSIVE) {
                change(&toy->unguarded, seed >> 20);
            } else if (toy->unguarded.value != toy->unguarded.mirror) {
                return (void *) 2;
            }
        }
        if (mbedguard_leave_set(set, count) != 0)
            return (void *) 3;
    }
    return NULL;
}

START_TEST(thousands_of_threads_with_random_sets)
{
    pthread_t threads[ALIVE];
    int batches = rounds(30);
    int batch;
    uintptr_t i;

    for (batch = 1; batch <= batches; batch++) {
        for (i = 0; i < ALIVE; i++)
            threads[i] = start_thread(random_sets, (void *) ((uintptr_t) batch * ALIVE + i));
        gate_add(&order);
        for (i = 0; i < ALIVE; i++)
            ck_assert_ptr_null(join_thread(threads[i]));
    }
    for (i = 0; i < 32; i++)
        ck_assert_int_eq(leaf[i].unguarded.value, leaf[i].unguarded.mirror);
}
END_TEST

static void *count_contended(void *unused)
{
    (void) unused;
    gate_add(&entered);
    if (mbedguard_enter(&leaf[0].guard, LEAF, "a") != 0)
        return (void *) 1;
    (void) mbedguard_leave(&leaf[0].guard, LEAF);
    return NULL;
}

START_TEST(contention_is_counted)
{
    mbedguard_counters counters = { 0, 0 };
    pthread_t thread;
    int tries;

    if (mbedguard_count_acquisitions(1) != 0)
        return;
    /* Whether the other thread comes too late is for the scheduler to say. */
    for (tries = 0; tries < 1000 && counters.contentions == 0; tries++) {
        ck_assert_int_eq(mbedguard_enter(&leaf[0].guard, LEAF, "a"), 0);
        thread = start_thread(count_contended, NULL);
        gate_wait(&entered, tries + 1);
        (void) sched_yield();
        ck_assert_int_eq(mbedguard_leave(&leaf[0].guard, LEAF), 0);
        ck_assert_ptr_null(join_thread(thread));
        ck_assert_int_eq(mbedguard_get_counters(&leaf[0], &counters), 0);
    }
    ck_assert_uint_ge(counters.contentions, 1);
    ck_assert_uint_eq(counters.acquisitions, 2 * (unsigned) tries);
    ck_assert_int_eq(mbedguard_count_acquisitions(0), 0);
}
END_TEST

static Suite *make_suite(const char *name)
{
    Suite *suite = suite_create(name);

    add_case(suite, "readers", readers_stand_side_by_side, setup, teardown);
    add_case(suite, "queue", new_reader_queues_behind_a_waiting_writer, setup, teardown);
    add_case(suite, "nested", nested_reader_does_not_queue, setup, teardown);
    add_case(suite, "try", try_does_not_wait_for_readers, setup, teardown);
    add_case(suite, "writer", writer_gets_in_among_readers, setup, teardown);
    add_case(suite, "reader", reader_gets_in_among_writers, setup, teardown);
    add_case(suite, "exclusion", readers_and_writers_exclude_each_other, setup, teardown);
    add_case(suite, "crossing", crossing_sets_do_not_deadlock, setup, teardown);
    add_case(suite, "thousands", thousands_of_threads_with_random_sets, setup, teardown);
    add_case(suite, "contention", contention_is_counted, setup, teardown);
    return suite;
}

int main(void)
{
    return run_suites(make_suite, "waiting");
}
