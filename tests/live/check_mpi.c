/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Calls on several objects: the same object in several roles, and objects that threads name in
 * opposite orders. Taking a lock for each argument in turn hangs on the first and deadlocks on
 * the second.
 */
#include <stdlib.h>

#include "live/live.h"

#define NUMBERS 6
#define THREADS 6
#define START   1000000

static void assert_value(mbedguard_mpi *x, mbedtls_mpi_sint expected)
{
    ck_assert_int_eq(mbedguard_mpi_cmp_int(x, expected), 0);
}

START_TEST(one_object_in_every_role)
{
    mbedguard_mpi x;

    ck_assert_int_eq(mbedguard_mpi_init(&x), 0);
    ck_assert_int_eq(mbedguard_mpi_lset(&x, 21), 0);
    ck_assert_int_eq(mbedguard_mpi_add_mpi(&x, &x, &x), 0);
    assert_value(&x, 42);
    ck_assert_int_eq(mbedguard_mpi_mul_mpi(&x, &x, &x), 0);
    assert_value(&x, 42 * 42);
    ck_assert_int_eq(mbedguard_mpi_swap(&x, &x), 0);
    assert_value(&x, 42 * 42);
    ck_assert_int_eq(mbedguard_mpi_copy(&x, &x), 0);
    assert_value(&x, 42 * 42);
    ck_assert_int_eq(mbedguard_mpi_safe_cond_swap(&x, &x, 1), 0);
    ck_assert_int_eq(mbedguard_mpi_safe_cond_assign(&x, &x, 1), 0);
    assert_value(&x, 42 * 42);
    ck_assert_int_eq(mbedguard_mpi_cmp_mpi(&x, &x), 0);
    ck_assert_int_eq(mbedguard_mpi_cmp_abs(&x, &x), 0);
    ck_assert_int_eq(mbedguard_mpi_gcd(&x, &x, &x), 0);
    assert_value(&x, 42 * 42);
    ck_assert_int_eq(mbedguard_mpi_sub_mpi(&x, &x, &x), 0);
    assert_value(&x, 0);
    ck_assert_int_eq(mbedguard_mpi_free(&x), 0);
}
END_TEST

START_TEST(absent_and_aliased_results)
{
    mbedguard_mpi a, b;

    mbedguard_mpi_init(&a);
    mbedguard_mpi_init(&b);
    ck_assert_int_eq(mbedguard_mpi_lset(&a, 47), 0);
    ck_assert_int_eq(mbedguard_mpi_lset(&b, 10), 0);
    /* The remainder takes the place of the dividend; there is no quotient. */
    ck_assert_int_eq(mbedguard_mpi_div_mpi(NULL, &a, &a, &b), 0);
    assert_value(&a, 7);
    ck_assert_int_eq(mbedguard_mpi_lset(&a, 47), 0);
    ck_assert_int_eq(mbedguard_mpi_div_mpi(&a, NULL, &a, &b), 0);
    assert_value(&a, 4);
    ck_assert_int_eq(mbedguard_mpi_div_mpi(&a, &b, &b, &a), 0);
    assert_value(&a, 2);
    assert_value(&b, 2);
    /* 3^7 mod 7: the result in the base, one number in two roles, no place for the helper value. */
    ck_assert_int_eq(mbedguard_mpi_lset(&a, 3), 0);
    ck_assert_int_eq(mbedguard_mpi_lset(&b, 7), 0);
    ck_assert_int_eq(mbedguard_mpi_exp_mod(&a, &a, &b, &b, NULL), 0);
    assert_value(&a, 2187 % 7);
    mbedguard_mpi_free(&a);
    mbedguard_mpi_free(&b);
}
END_TEST

START_TEST(null_is_an_error)
{
    mbedguard_mpi a;

    mbedguard_mpi_init(&a);
    ck_assert_int_eq(mbedguard_mpi_lset(NULL, 1), MBEDGUARD_ERR_BAD_INPUT);
    ck_assert_int_eq(mbedguard_mpi_add_mpi(&a, NULL, &a), MBEDGUARD_ERR_BAD_INPUT);
    ck_assert_int_eq(mbedguard_mpi_add_mpi(&a, &a, NULL), MBEDGUARD_ERR_BAD_INPUT);
    /* No result of a comparison, and above all not "equal". */
    ck_assert_int_lt(mbedguard_mpi_cmp_mpi(&a, NULL), -1);
    ck_assert_int_eq(mbedguard_mpi_lset(&a, 5), 0);
    assert_value(&a, 5);
    mbedguard_mpi_free(&a);
}
END_TEST

/* ---- Opposite orders ------------------------------------------------------------------------- */

static mbedguard_mpi numbers[NUMBERS];
static mbedguard_mpi counter;

static void make_numbers(void)
{
    unsigned i;

    for (i = 0; i < NUMBERS; i++) {
        ck_assert_int_eq(mbedguard_mpi_init(&numbers[i]), 0);
        ck_assert_int_eq(mbedguard_mpi_lset(&numbers[i], START), 0);
    }
    ck_assert_int_eq(mbedguard_mpi_init(&counter), 0);
    ck_assert_int_eq(mbedguard_mpi_lset(&counter, 0), 0);
}

static void free_numbers(void)
{
    unsigned i;

    for (i = 0; i < NUMBERS; i++)
        ck_assert_int_eq(mbedguard_mpi_free(&numbers[i]), 0);
    ck_assert_int_eq(mbedguard_mpi_free(&counter), 0);
}

/* What all of them hold together never changes, whatever the threads do. */
static void assert_conserved(void)
{
    mbedguard_mpi sum;
    unsigned i;

    mbedguard_mpi_init(&sum);
    for (i = 0; i < NUMBERS; i++)
        ck_assert_int_eq(mbedguard_mpi_add_mpi(&sum, &sum, &numbers[i]), 0);
    assert_value(&sum, (mbedtls_mpi_sint) START * NUMBERS);
    mbedguard_mpi_free(&sum);
}

static void transfer(mbedguard_mpi *from, mbedguard_mpi *to, int amount)
{
    const mbedguard_object both[] = {MBEDGUARD_OBJECT(from), MBEDGUARD_OBJECT(to)};
    int ret = mbedguard_lock_set(both, 2);

    LIVE_EQ(ret, 0);
    if (ret != 0)
        return;
    LIVE_EQ(mbedguard_mpi_sub_int(from, from, amount), 0);
    LIVE_EQ(mbedguard_mpi_add_int(to, to, amount), 0);
    LIVE_EQ(mbedguard_unlock_set(both, 2), 0);
}

static void cross(unsigned number, void *data)
{
    const unsigned rounds = live_rounds(50000);
    uint32_t dice = 0x1234567 * (number + 1);
    mbedguard_mpi own;
    unsigned i;

    (void) data;
    mbedguard_mpi_init(&own);
    for (i = 0; i < rounds && !live_failed(); i++) {
        mbedguard_mpi *a = &numbers[live_dice(&dice) % NUMBERS];
        mbedguard_mpi *b = &numbers[live_dice(&dice) % NUMBERS];

        switch (live_dice(&dice) % 5) {
        case 0:
            LIVE_EQ(mbedguard_mpi_swap(a, b), 0);
            break;
        case 1:
            LIVE_EQ(mbedguard_mpi_safe_cond_swap(a, b, (unsigned char) (i & 1)), 0);
            break;
        case 2:
            transfer(a, b, (int) (i % 7));
            break;
        case 3:
            LIVE_EQ(mbedguard_mpi_add_mpi(&own, a, b), 0);
            LIVE_EQ(mbedguard_mpi_sub_mpi(&own, &own, b), 0);
            break;
        default:
            LIVE_EQ(mbedguard_mpi_cmp_mpi(a, b) < -1, 0);
            break;
        }
        LIVE_EQ(mbedguard_mpi_add_int(&counter, &counter, 1), 0);
    }
    mbedguard_mpi_free(&own);
}

START_TEST(opposite_orders)
{
    make_numbers();
    live_threads(THREADS, cross, NULL);
    assert_conserved();
    /* Read, add and write were one step: no increment is lost. */
    assert_value(&counter, (mbedtls_mpi_sint) THREADS * live_rounds(50000));
    free_numbers();
}
END_TEST

/* Two threads, two objects, exactly opposed: the shortest way into a deadlock. */
static void oppose(unsigned number, void *data)
{
    mbedguard_mpi *a = &numbers[number], *b = &numbers[1 - number];
    const unsigned rounds = live_rounds(50000);
    unsigned i;

    (void) data;
    for (i = 0; i < rounds && !live_failed(); i++) {
        LIVE_EQ(mbedguard_mpi_swap(a, b), 0);
        LIVE_EQ(mbedguard_mpi_gcd(a, a, b), 0);
    }
}

START_TEST(exactly_opposed)
{
    make_numbers();
    live_threads(2, oppose, NULL);
    assert_value(&numbers[0], START);
    assert_value(&numbers[1], START);
    free_numbers();
}
END_TEST

/* An RNG callback takes a guard in the middle of a call; it ranks after the number's. */
static void fill(unsigned number, void *data)
{
    const unsigned rounds = live_rounds(1000);
    mbedguard_mpi *shared = &numbers[number % 2];
    unsigned i;

    (void) data;
    for (i = 0; i < rounds && !live_failed(); i++) {
        LIVE_EQ(mbedguard_mpi_fill_random(shared, 32, mbedguard_ctr_drbg_random, &live_drbg), 0);
        LIVE_EQ(mbedguard_mpi_bitlen(shared) > 256, 0);
        if (i % 16 == 0)
            LIVE_EQ(mbedguard_ctr_drbg_reseed(&live_drbg, NULL, 0), 0);
    }
}

START_TEST(random_numbers)
{
    make_numbers();
    live_threads(4, fill, NULL);
    free_numbers();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("mpi");
    TCase *tc = live_case(suite, "aliases");

    tcase_add_test(tc, one_object_in_every_role);
    tcase_add_test(tc, absent_and_aliased_results);
    tcase_add_test(tc, null_is_an_error);
    tc = live_case(suite, "crossing");
    tcase_add_test(tc, opposite_orders);
    tcase_add_test(tc, exactly_opposed);
    tcase_add_test(tc, random_numbers);
    return live_run(suite);
}
