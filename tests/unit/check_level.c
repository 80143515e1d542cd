/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The order within a rank: a generator comes before the one that it is seeded from. */
#include "support.h"

#include <string.h>

#define RNG  MBEDGUARD_RANK_RNG
#define RNGS 6

#define TESTS 16

/*
 * Each test has its own: their orders differ, and where tests share a process, lock-order detectors
 * would complain.
 */
static toy_rng toys[TESTS][RNGS];
static toy_rng *rng;
static int tests;

static void setup(void)
{
    int i;

    watchdog_setup();
    backend_setup();
    rng = toys[tests++ % TESTS];
    for (i = 0; i < RNGS; i++)
        (void) mbedguard_object_init(&toy_rng_type, &rng[i], "setup");
}

static void teardown(void)
{
    int i;

    for (i = 0; i < RNGS; i++)
        ck_assert_int_eq(mbedguard_object_free(&toy_rng_type, &rng[i], "teardown"), 0);
    backend_teardown();
    watchdog_teardown();
}

/* A whole call that seeds a generator from another, or from nothing guarded: 0 or its error. */
static int seed(int child, mbedguard_guard *parent)
{
    mbedguard_keep edge;
    int ret = mbedguard_enter(&rng[child].guard, RNG, "seed");

    if (ret != 0)
        return ret;
    ret = mbedguard_keep_begin(&edge, &rng[child].guard, RNG, parent, RNG, 1, true, "seed");
    if (ret == 0)
        mbedguard_keep_commit(&edge);
    (void) mbedguard_leave(&rng[child].guard, RNG);
    return ret;
}

static int seed_from(int child, int parent)
{
    return seed(child, &rng[parent].guard);
}

/* Enters a chain as callbacks would, and says whether that was in order. */
static bool in_order(const int *chain, int count)
{
    int ret = 0;
    int n = 0;

    while (n < count && (ret = mbedguard_enter(&rng[chain[n]].guard, RNG, "chain")) == 0)
        n++;
    while (n-- > 0)
        ck_assert_int_eq(mbedguard_leave(&rng[chain[n]].guard, RNG), 0);
    return ret == 0;
}

START_TEST(child_comes_before_parent_at_any_address)
{
    const int up[] = { 1, 4 };
    const int down[] = { 3, 2 };
    const int down_reversed[] = { 2, 3 };

    ck_assert_int_eq(seed_from(1, 4), 0);
    ck_assert(in_order(up, 2));
    ck_assert(!in_order(down, 2));
    ck_assert_int_eq(seed_from(3, 2), 0);
    ck_assert(in_order(down, 2));
    ck_assert(!in_order(down_reversed, 2));
}
END_TEST

START_TEST(a_chain_rises_together)
{
    const int chain[] = { 5, 3, 1, 0 };

    ck_assert_int_eq(seed_from(1, 0), 0);
    ck_assert_int_eq(seed_from(3, 1), 0);
    ck_assert_int_eq(seed_from(5, 3), 0);
    ck_assert(in_order(chain, 4));
    ck_assert_int_eq(seed_from(0, 5), MBEDGUARD_ERR_CYCLE);
    ck_assert_int_eq(seed_from(1, 3), MBEDGUARD_ERR_CYCLE);
    ck_assert(in_order(chain, 4));
    /* A parent that is made anew where it stands keeps its place. */
    ck_assert_int_eq(mbedguard_object_free(&toy_rng_type, &rng[1], "a"), 0);
    ck_assert_int_eq(mbedguard_object_init(&toy_rng_type, &rng[1], "a"), 0);
    ck_assert(in_order(chain, 3));
}
END_TEST

/* Freed where it stands and seeded again, without _init, while another is seeded from it. */
START_TEST(freed_and_seeded_again_before_its_child_rises)
{
    const int chain[] = { 2, 1, 0, 5 };

    ck_assert_int_eq(seed_from(1, 0), 0);
    ck_assert_int_eq(mbedguard_object_free(&toy_rng_type, &rng[0], "a"), 0);
    ck_assert_int_eq(seed_from(0, 5), 0);
    ck_assert_int_eq(seed_from(2, 1), 0);
    ck_assert(in_order(chain, 4));
}
END_TEST

START_TEST(freed_and_seeded_again_after_its_child_rose)
{
    const int chain[] = { 2, 1, 0, 5 };

    ck_assert_int_eq(seed_from(1, 0), 0);
    ck_assert_int_eq(mbedguard_object_free(&toy_rng_type, &rng[0], "a"), 0);
    ck_assert_int_eq(seed_from(2, 1), 0);
    ck_assert(!in_order(chain, 3));
    ck_assert_int_eq(seed_from(0, 5), 0);
    ck_assert(in_order(chain, 4));
}
END_TEST

START_TEST(freed_and_seeded_again_from_nothing)
{
    const int chain[] = { 3, 2, 1, 0 };

    ck_assert_int_eq(seed_from(1, 0), 0);
    ck_assert_int_eq(mbedguard_object_free(&toy_rng_type, &rng[0], "a"), 0);
    ck_assert_int_eq(seed_from(2, 1), 0);
    ck_assert_int_eq(seed(0, NULL), 0);
    ck_assert(in_order(&chain[1], 3));
    ck_assert_int_eq(seed_from(3, 2), 0);
    ck_assert(in_order(chain, 4));
}
END_TEST

START_TEST(freed_zeroed_and_seeded_again)
{
    const int chain[] = { 1, 0, 5 };

    ck_assert_int_eq(seed_from(1, 0), 0);
    ck_assert_int_eq(mbedguard_object_free(&toy_rng_type, &rng[0], "a"), 0);
    memset(&rng[0], 0, sizeof(rng[0]));
    ck_assert(!in_order(chain, 2));
    ck_assert_int_eq(seed_from(0, 5), 0);
    ck_assert(in_order(chain, 3));
}
END_TEST

START_TEST(freed_and_kept_again)
{
    const int first[] = { 2, 1, 0 };
    const int second[] = { 4, 0 };

    ck_assert_int_eq(seed_from(1, 0), 0);
    ck_assert_int_eq(mbedguard_object_free(&toy_rng_type, &rng[0], "a"), 0);
    ck_assert_int_eq(seed_from(2, 1), 0);
    ck_assert_int_eq(seed_from(4, 0), 0);
    ck_assert(in_order(second, 2));
    ck_assert(in_order(first, 3));
}
END_TEST

START_TEST(parent_before_a_locked_child_is_order)
{
    mbedguard_object both[] = { MBEDGUARD_OBJECT(&rng[1]), MBEDGUARD_OBJECT(&rng[4]) };

    ck_assert_int_eq(mbedguard_lock(&rng[4]), 0);
    ck_assert_int_eq(seed_from(4, 1), MBEDGUARD_ERR_ORDER);
    ck_assert_int_eq(mbedguard_held(&rng[4].guard), 2);
    ck_assert_int_eq(mbedguard_unlock(&rng[4]), 0);
    ck_assert_int_eq(mbedguard_lock_set(both, 2), 0);
    ck_assert_int_eq(seed_from(4, 1), 0);
    ck_assert_int_eq(mbedguard_unlock_set(both, 2), 0);
    ck_assert_int_eq(mbedguard_held(&rng[4].guard), 0);
    ck_assert_int_eq(mbedguard_held(&rng[1].guard), 0);
}
END_TEST

/* Generators that are seeded from each other while others lock them in sets. */
static void *seed_and_lock(void *argument)
{
    unsigned state = (unsigned) (uintptr_t) argument * 2654435761u;
    int i;

    for (i = rounds(400); i > 0; i--) {
        int child;
        int parent;
        int ret;

        state = state * 1103515245u + 12345u;
        child = (int) ((state >> 16) % RNGS);
        parent = (int) ((state >> 20) % RNGS);
        if ((state >> 28) % 2 == 0) {
            mbedguard_want set[] = { { &rng[child].guard, RNG }, { &rng[parent].guard, RNG } };

            if (mbedguard_enter_set(set, 2, "set") != 0 || mbedguard_leave_set(set, 2) != 0)
                return (void *) 1;
            continue;
        }
        ret = seed_from(child, parent);
        if (ret != 0 && ret != MBEDGUARD_ERR_CYCLE)
            return (void *) (intptr_t) ret;
    }
    return NULL;
}

START_TEST(generators_change_places_under_load)
{
    pthread_t threads[6];
    uintptr_t i;

    for (i = 0; i < 6; i++)
        threads[i] = start_thread(seed_and_lock, (void *) (i + 1));
    for (i = 0; i < 6; i++)
        ck_assert_ptr_null(join_thread(threads[i]));
}
END_TEST

static Suite *make_suite(const char *name)
{
    Suite *suite = suite_create(name);

    add_case(suite, "child", child_comes_before_parent_at_any_address, setup, teardown);
    add_case(suite, "chain", a_chain_rises_together, setup, teardown);
    add_case(suite, "again, before", freed_and_seeded_again_before_its_child_rises, setup,
             teardown);
    add_case(suite, "again, after", freed_and_seeded_again_after_its_child_rose, setup, teardown);
    add_case(suite, "again, from nothing", freed_and_seeded_again_from_nothing, setup, teardown);
    add_case(suite, "again, zeroed", freed_zeroed_and_seeded_again, setup, teardown);
    add_case(suite, "again, kept", freed_and_kept_again, setup, teardown);
    add_case(suite, "locked child", parent_before_a_locked_child_is_order, setup, teardown);
    /* Here locks change their order on purpose, and lock-order detectors have to complain. */
    if (!without_fork("generators that change places") &&
        !with_tsan("generators that change places"))
        add_case(suite, "places", generators_change_places_under_load, setup, teardown);
    return suite;
}

int main(void)
{
    return run_suites(make_suite, "order of generators");
}
