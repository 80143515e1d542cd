/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Numbers of threads, and the gate whose doors are taken by them. */
#include "support.h"

#include "core/gate.h"
#include "core/number.h"

#define THREADS 20
#define LEAF    MBEDGUARD_RANK_LEAF

static gate come;
static gate go;
static toy_leaf leaf;

static void setup(void)
{
    watchdog_setup();
    backend_setup();
    gate_reset(&come);
    gate_reset(&go);
}

static void teardown(void)
{
    backend_teardown();
    watchdog_teardown();
}

/* ---- Numbers ---------------------------------------------------------------------------------- */

/* Takes no guard: who only allocates has a number, too. */
static void *number_of_thread(void *number)
{
    *(uint32_t *) number = mbedguard_thread_number();
    gate_add(&come);
    gate_wait(&go, 1);
    return mbedguard_thread_number() == *(uint32_t *) number ? number : NULL;
}

static void ask_threads(uint32_t numbers[THREADS])
{
    pthread_t threads[THREADS];
    unsigned i;

    gate_reset(&come);
    gate_reset(&go);
    for (i = 0; i < THREADS; i++)
        threads[i] = start_thread(number_of_thread, &numbers[i]);
    gate_wait(&come, THREADS);
    gate_add(&go);
    for (i = 0; i < THREADS; i++)
        ck_assert_ptr_nonnull(join_thread(threads[i]));
}

START_TEST(threads_have_numbers_to_themselves)
{
    uint32_t numbers[THREADS];
    uint32_t own;
    unsigned round, i, k;

    /* The process is started: from then on ends of threads are told. */
    (void) mbedguard_object_init(&toy_leaf_type, &leaf, "test");
    ck_assert_int_eq(mbedguard_enter(&leaf.guard, LEAF, "test"), 0);
    ck_assert_int_eq(mbedguard_leave(&leaf.guard, LEAF), 0);
    own = mbedguard_thread_number();
    ck_assert_uint_lt(own, MBEDGUARD_THREAD_NUMBERS);
    /* More threads than there are numbers, but not at once. */
    for (round = 0; round < 1 + MBEDGUARD_THREAD_NUMBERS / THREADS; round++) {
        ask_threads(numbers);
        for (i = 0; i < THREADS; i++) {
            ck_assert_uint_lt(numbers[i], MBEDGUARD_THREAD_NUMBERS);
#if defined(MBEDGUARD_THREADING_PTHREAD)
            ck_assert_uint_ne(numbers[i], own);
#endif
            for (k = 0; k < i; k++)
                ck_assert_uint_ne(numbers[i], numbers[k]);
        }
    }
    ck_assert_uint_eq(mbedguard_thread_number(), own);
}
END_TEST

#if defined(MBEDGUARD_THREADING_PTHREAD)

static uint32_t told;
static unsigned told_count;

static void note_end(uint32_t number)
{
    told = number;
    told_count++;
}

static pthread_key_t late_key;
static uint32_t late_number;

/* Runs after ours, where that came first, and before it comes again. */
static void ask_late(void *data)
{
    (void) data;
    late_number = mbedguard_thread_number();
}

static void *ask_and_end(void *number)
{
    if (mbedguard_thread_number_to_end(number) != 0)
        return NULL;
    return pthread_setspecific(late_key, number) == 0 ? number : NULL;
}

START_TEST(ends_are_told_and_destructors_may_ask)
{
    uint32_t own = mbedguard_thread_number();
    uint32_t number = own;
    unsigned i;

    ck_assert_int_eq(mbedguard_thread_number_to_end(&number), 0);
    ck_assert_uint_eq(number, own);
    ck_assert_int_eq(pthread_key_create(&late_key, ask_late), 0);
    mbedguard_thread_number_at_end(note_end);
    for (i = 0; i < 2 * MBEDGUARD_THREAD_NUMBERS; i++) {
        unsigned before = told_count;

        ck_assert_ptr_nonnull(join_thread(start_thread(ask_and_end, &number)));
        ck_assert_uint_gt(told_count, before);
        ck_assert_uint_eq(told, late_number);
        /* The number that was asked for late was given back as well: there is always the same one. */
        ck_assert_uint_eq(number, own == 0 ? 1 : 0);
    }
    mbedguard_thread_number_at_end(NULL);
    ck_assert_int_eq(pthread_key_delete(late_key), 0);
}
END_TEST

static uint32_t number_of_parent;

static int numbers_in_child(void)
{
    uint32_t number = number_of_parent;

    EXPECT(mbedguard_thread_number() == number_of_parent);
    gate_reset(&come);
    gate_reset(&go);
    gate_add(&go);
    EXPECT(join_thread(start_thread(number_of_thread, &number)) != NULL);
    /* The lowest that is free: the other threads of the parent are not here. */
    EXPECT(number == (number_of_parent == 0 ? 1 : 0));
    return 0;
}

START_TEST(the_child_keeps_its_number_and_forgets_others)
{
    uint32_t others[2];
    pthread_t threads[2];
    unsigned i;

    ck_assert_int_eq(mbedguard_thread_number_to_end(&number_of_parent), 0);
    for (i = 0; i < 2; i++)
        threads[i] = start_thread(number_of_thread, &others[i]);
    gate_wait(&come, 2);
    ck_assert_int_eq(in_child(numbers_in_child), 0);
    gate_add(&go);
    for (i = 0; i < 2; i++)
        ck_assert_ptr_nonnull(join_thread(threads[i]));
}
END_TEST

#endif

/* ---- The gate --------------------------------------------------------------------------------- */

static void *take_a_guard(void *data)
{
    (void) mbedguard_object_init(&toy_leaf_type, &leaf, "test");
    if (mbedguard_enter(&leaf.guard, LEAF, "test") != 0)
        return NULL;
    return mbedguard_leave(&leaf.guard, LEAF) == 0 ? data : NULL;
}

/* Who has it shut keeps it shut while others take their first guard. */
START_TEST(the_start_leaves_the_gate_shut)
{
    uint32_t doors, i;

    ck_assert_int_eq(mbedguard_gate_shut(), 0);
    doors = mbedguard_gate_doors();
    ck_assert_ptr_nonnull(join_thread(start_thread(take_a_guard, &come)));
    ck_assert_uint_eq(mbedguard_gate_doors(), doors);
    if (mbedguard_thread_can_try()) {
        for (i = 0; i < doors; i++)
            ck_assert_int_eq(mbedguard_thread_trylock(mbedguard_gate_mutex(i)), 1);
    }
    mbedguard_gate_open();
}
END_TEST

static long left, right;
static bool torn;
#define ROUNDS 2000

static void *read_much(void *data)
{
    int i;

    for (i = rounds(ROUNDS); i > 0; i--) {
        uint32_t door;

        if (mbedguard_gate_enter(&door) != 0)
            return NULL;
        if (left != right)
            torn = true; /* never, so that readers do not write it at once */
        mbedguard_gate_leave(door);
    }
    return data;
}

static void *write_little(void *data)
{
    int i;

    for (i = rounds(ROUNDS) / 10; i > 0; i--) {
        if (mbedguard_gate_shut() != 0)
            return NULL;
        left++;
        right++;
        mbedguard_gate_open();
    }
    return data;
}

START_TEST(readers_see_changes_whole)
{
    pthread_t threads[6];
    unsigned i;

    left = right = 0;
    for (i = 0; i < 6; i++)
        threads[i] = start_thread(i < 2 ? write_little : read_much, &come);
    for (i = 0; i < 6; i++)
        ck_assert_ptr_nonnull(join_thread(threads[i]));
    ck_assert(!torn);
    ck_assert_int_eq(left, 2 * (rounds(ROUNDS) / 10));
}
END_TEST

#if defined(MBEDGUARD_THREADING_PTHREAD)

static void *read_until_told(void *data)
{
    while (gate_count(&go) == 0) {
        uint32_t door;

        if (mbedguard_gate_enter(&door) != 0)
            return NULL;
        if (gate_count(&come) == 0)
            gate_add(&come);
        mbedguard_gate_leave(door);
    }
    return data;
}

static int use_gate(void)
{
    uint32_t door;

    EXPECT(mbedguard_gate_shut() == 0);
    mbedguard_gate_open();
    EXPECT(mbedguard_gate_enter(&door) == 0);
    mbedguard_gate_leave(door);
    return 0;
}

START_TEST(children_find_the_gate_open)
{
    pthread_t thread;
    int i;

    ck_assert_ptr_nonnull(take_a_guard(&leaf));
    thread = start_thread(read_until_told, &come);
    gate_wait(&come, 1);
    for (i = 0; i < 50; i++)
        ck_assert_int_eq(in_child(use_gate), 0);
    gate_add(&go);
    ck_assert_ptr_nonnull(join_thread(thread));
    ck_assert_int_eq(use_gate(), 0);
}
END_TEST

#endif

static Suite *make_suite(const char *name)
{
    Suite *suite = suite_create(name);

    add_case(suite, "shut", the_start_leaves_the_gate_shut, setup, teardown);
    add_case(suite, "own", threads_have_numbers_to_themselves, setup, teardown);
    add_case(suite, "whole", readers_see_changes_whole, setup, teardown);
#if defined(MBEDGUARD_THREADING_PTHREAD)
    add_case(suite, "ends", ends_are_told_and_destructors_may_ask, setup, teardown);
    if (!without_fork("children of processes with threads") &&
        !with_tsan("children of processes with threads")) {
        add_case(suite, "child", the_child_keeps_its_number_and_forgets_others, setup, teardown);
        add_case(suite, "gate in the child", children_find_the_gate_open, setup, teardown);
    }
#endif
    return suite;
}

int main(void)
{
    return run_suites(make_suite, "numbers of threads");
}
