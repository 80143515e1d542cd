/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Sets whose guards change their place in the order while they are sorted. Linked with --wrap for
 * mbedguard_key_of, which is where a place is read: right after that it changes.
 */
#include "support.h"

#include "core/guard_state.h"

#define RNG  MBEDGUARD_RANK_RNG
#define RNGS 20

static toy_rng rng[RNGS];
static int readings[RNGS];

/* How many more readings of rng[0] are followed by another thread that raises it. */
static int raises;

mbedguard_key __real_mbedguard_key_of(const mbedguard_guard *guard, unsigned rank);
mbedguard_key __wrap_mbedguard_key_of(const mbedguard_guard *guard, unsigned rank);

mbedguard_key __wrap_mbedguard_key_of(const mbedguard_guard *guard, unsigned rank)
{
    mbedguard_key key = __real_mbedguard_key_of(guard, rank);
    int i;

    for (i = 0; i < RNGS; i++)
        readings[i] += guard == &rng[i].guard;
    if (guard == &rng[0].guard && raises > 0) {
        raises--;
        mbedguard_store(&rng[0].guard.level, key.level + 1);
    }
    return key;
}

static void setup(void)
{
    int i;

    watchdog_setup();
    for (i = 0; i < RNGS; i++) {
        (void) mbedguard_object_init(&toy_rng_type, &rng[i], "setup");
        readings[i] = 0;
    }
}

static void teardown(void)
{
    raises = 0;
    watchdog_teardown();
}

START_TEST(aliases_are_one_whatever_their_place)
{
    mbedguard_want set[] = { { &rng[0].guard, RNG | MBEDGUARD_USE },
                             { &rng[1].guard, RNG },
                             { &rng[0].guard, RNG },
                             { NULL, RNG },
                             { &rng[0].guard, RNG | MBEDGUARD_SHARED | MBEDGUARD_IN_CALLBACK } };
    size_t count = 5;

    raises = 3;
    ck_assert_int_eq(mbedguard_set_arrange(set, &count), 0);
    raises = 0;
    ck_assert_uint_eq(count, 2);
    ck_assert_ptr_eq(set[0].guard, &rng[0].guard);
    ck_assert_uint_eq(set[0].how, RNG | MBEDGUARD_EXCLUSIVE | MBEDGUARD_IN_CALLBACK);
    ck_assert_ptr_eq(set[1].guard, &rng[1].guard);
    ck_assert_ptr_null(set[2].guard);
    ck_assert_ptr_null(set[3].guard);
    ck_assert_ptr_null(set[4].guard);
}
END_TEST

START_TEST(set_is_taken_while_it_changes_places)
{
    mbedguard_want set[] = { { &rng[0].guard, RNG },
                             { &rng[1].guard, RNG },
                             { &rng[0].guard, RNG } };

    raises = 1;
    ck_assert_int_eq(mbedguard_enter_set(set, 3, "a"), 0);
    ck_assert_int_eq(mbedguard_held(&rng[0].guard), 2);
    ck_assert_int_eq(mbedguard_held(&rng[1].guard), 2);
    ck_assert_int_eq(mbedguard_leave_set(set, 3), 0);
    ck_assert_int_eq(mbedguard_held(&rng[0].guard), 0);
    ck_assert_int_eq(mbedguard_held(&rng[1].guard), 0);
    /* The wrapper does what only a holder may do: undo it. */
    mbedguard_store(&rng[0].guard.level, 0);
}
END_TEST

static void sorted(size_t count)
{
    mbedguard_want set[RNGS];
    size_t left = count;
    size_t i;

    for (i = 0; i < count; i++) {
        set[i].guard = &rng[count - 1 - i].guard;
        set[i].how = RNG;
    }
    raises = 100;
    ck_assert_int_eq(mbedguard_set_arrange(set, &left), 0);
    ck_assert_uint_eq(left, count);
    for (i = 0; i < count; i++) {
        ck_assert_ptr_eq(set[i].guard, &rng[i].guard);
        ck_assert_int_eq(readings[i], 1);
    }
}

START_TEST(each_place_is_read_once)
{
    sorted(4);
}
END_TEST

START_TEST(each_place_is_read_once_in_large_sets)
{
    sorted(RNGS);
}
END_TEST

static Suite *make_suite(const char *name)
{
    Suite *suite = suite_create(name);

    add_case(suite, "aliases", aliases_are_one_whatever_their_place, setup, teardown);
    add_case(suite, "taken", set_is_taken_while_it_changes_places, setup, teardown);
    add_case(suite, "once", each_place_is_read_once, setup, teardown);
    add_case(suite, "once, large", each_place_is_read_once_in_large_sets, setup, teardown);
    return suite;
}

int main(void)
{
    return run_suites(make_suite, "sets that change places");
}
