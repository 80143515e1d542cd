/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The nth allocation of a private operation fails, for each n, while another thread is inside, so that
 * a copy of the key has to be made: by Mbed TLS, which allocates most of it. The call waits for the key
 * instead, or says so; what it makes is right. calloc() of the C library is replaced, for Mbed TLS in a
 * shared library, too.
 */
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "modules/rsa/meeting.h"
#include "modules/rsa/one_key.h"
#include "sanitized.h"

#if defined(ONE_KEY_TESTS) && !defined(SANITIZED) && !defined(MBEDTLS_MEMORY_BUFFER_ALLOC_C)

#include <stdatomic.h>

static _Thread_local unsigned fail_in;
static atomic_bool failed;

/* Seen by the compiler as nothing that it could make a calloc() of. */
static void *(*volatile set_bytes)(void *bytes, int value, size_t size) = memset;

#if defined(__GNUC__)
__attribute__((visibility("default")))
#endif
void *
calloc(size_t count, size_t size)
{
    void *bytes;

    if (fail_in > 0 && fail_in-- == 1) {
        atomic_store(&failed, true);
        return NULL;
    }
    if (size != 0 && count > SIZE_MAX / size)
        return NULL;
    bytes = malloc(count * size);
    return bytes == NULL ? NULL : set_bytes(bytes, 0, count * size);
}

#define PATIENCE 20 /* seconds; only so that a failure comes to an end */

static atomic_bool inside, done;

/* Stays until the other one has met its failure, or is through without one. */
static int staying_rng(void *nothing, unsigned char *output, size_t length)
{
    const time_t until = time(NULL) + PATIENCE;

    (void) nothing;
    atomic_store(&inside, true);
    while (!atomic_load(&failed) && !atomic_load(&done) && time(NULL) < until)
        (void) sched_yield();
    return mbedguard_ctr_drbg_random(&live_drbg, output, length);
}

/* Whether the second thread's calls had so many allocations. */
static bool reached;

static void stay_or_fail(unsigned number, void *data)
{
    const unsigned nth = *(const unsigned *) data;
    unsigned char made[LENGTH] = {0};
    int ret;

    if (number == 0) {
        LIVE_EQ(sign(staying_rng, NULL, made), 0);
        LIVE_EQ(memcmp(made, signature[0], LENGTH), 0);
        return;
    }
    while (!atomic_load(&inside))
        (void) sched_yield();
    fail_in = nth;
    ret = sign(mbedguard_ctr_drbg_random, &live_drbg, made);
    reached = fail_in == 0;
    fail_in = 0;
    atomic_store(&done, true);
    LIVE_EQ(ret <= 0, 1);
    LIVE_EQ(reached || ret == 0, 1);
    if (ret == 0)
        LIVE_EQ(memcmp(made, signature[0], LENGTH), 0);
    LIVE_EQ(sign(mbedguard_ctr_drbg_random, &live_drbg, made), 0);
    LIVE_EQ(memcmp(made, signature[0], LENGTH), 0);
}

/* Under valgrind it is that one's. Called by a pointer: the compiler would take it for granted. */
static bool calloc_is_here(void)
{
    void *(*volatile allocate)(size_t count, size_t size) = calloc;
    void *bytes;

    fail_in = 1;
    bytes = allocate(1, 1);
    fail_in = 0;
    free(bytes);
    return bytes == NULL;
}

START_TEST(nth_allocation_fails)
{
    unsigned nth, without_copy = 0;

    if (!calloc_is_here())
        return;
    for (nth = 1;; nth += 1 + nth / 40) {
        atomic_store(&inside, false);
        atomic_store(&failed, false);
        atomic_store(&done, false);
        live_threads(2, stay_or_fail, &nth);
        without_copy += copies() == 0;
        ck_assert_uint_le(copies(), 1);
        if (!reached)
            break;
        /* What was left out is made when it is needed again. */
        meet_and_sign(2, 0);
        ck_assert_uint_eq(copies(), 1);
        ck_assert_int_eq(mbedguard_rsa_copy(&used, &key[0]), 0);
        ck_assert_uint_eq(copies(), 0);
    }
    /* The copy itself at least; of what it is made of, what comes before the other thread has left. */
    ck_assert_uint_gt(without_copy, 0);
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("rsa-memory");
    TCase *const tc = live_case_with(suite, "memory", one_key_setup, one_key_teardown);

    tcase_add_test(tc, nth_allocation_fails);
    return live_run(suite);
}

#else

int main(void)
{
    return 77;
}

#endif
