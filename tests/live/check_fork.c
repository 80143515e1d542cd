/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * fork() while other threads are inside guarded calls or hold locks. The child uses objects that
 * were free, gets MBEDGUARD_ERR_BROKEN for those that a thread which it does not have was
 * changing, and never hangs.
 */
#if !defined(_POSIX_C_SOURCE)
#define _POSIX_C_SOURCE 200809L
#endif

#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "live/live.h"

#define CHILD_SECONDS 20

static mbedguard_mpi held, unheld, own, busy;
static mbedguard_ctr_drbg_context busy_drbg;
static atomic_bool finished;

static void make_numbers(void)
{
    ck_assert_int_eq(mbedguard_mpi_init(&held), 0);
    ck_assert_int_eq(mbedguard_mpi_init(&unheld), 0);
    ck_assert_int_eq(mbedguard_mpi_init(&own), 0);
    ck_assert_int_eq(mbedguard_mpi_init(&busy), 0);
    ck_assert_int_eq(mbedguard_mpi_lset(&held, 1), 0);
    ck_assert_int_eq(mbedguard_mpi_lset(&unheld, 1), 0);
    ck_assert_int_eq(mbedguard_mpi_lset(&own, 1), 0);
    ck_assert_int_eq(mbedguard_mpi_lset(&busy, 1), 0);
    atomic_store(&finished, false);
}

static void free_numbers(void)
{
    ck_assert_int_eq(mbedguard_mpi_free(&busy), 0);
    ck_assert_int_eq(mbedguard_mpi_free(&own), 0);
    ck_assert_int_eq(mbedguard_mpi_free(&unheld), 0);
    ck_assert_int_eq(mbedguard_mpi_free(&held), 0);
}

/*
 * Runs body in a child that cannot hang; its result must be 0, or names the line that is wrong.
 * The child tells it through a pipe and dies by a signal, so that no tool looks for leaks in a
 * process that lost the stacks of its threads.
 */
static void in_child(int (*body)(void))
{
    unsigned char result = 0xFF;
    int ends[2], status = 0;
    pid_t child;

    LIVE_EQ(pipe(ends), 0);
    child = fork();
    LIVE_EQ(child < 0, 0);
    if (child == 0) {
        alarm(CHILD_SECONDS);
        result = (unsigned char) body();
        if (write(ends[1], &result, 1) == 1)
            raise(SIGKILL);
        _exit(1);
    }
    close(ends[1]);
    if (child > 0) {
        LIVE_EQ(read(ends[0], &result, 1), 1);
        LIVE_EQ(result, 0);
        LIVE_EQ(waitpid(child, &status, 0), child);
        LIVE_EQ(WIFSIGNALED(status) ? WTERMSIG(status) : -1, SIGKILL);
    }
    close(ends[0]);
}

#define CHILD_EQ(got, expected)                                                                    \
    do {                                                                                           \
        if ((got) != (expected))                                                                   \
            return __LINE__ & 0xFF;                                                                \
    } while (0)

/* ---- One that another thread holds, one that is free, one that the forking thread holds ------ */

static int child_of_holders(void)
{
    CHILD_EQ(mbedguard_mpi_add_int(&unheld, &unheld, 1), 0);
    CHILD_EQ(mbedguard_mpi_cmp_int(&unheld, 2), 0);
    CHILD_EQ(mbedguard_mpi_lset(&held, 2), MBEDGUARD_ERR_BROKEN);
    CHILD_EQ(mbedguard_mpi_lset(&held, 2), MBEDGUARD_ERR_BROKEN);
    CHILD_EQ(mbedguard_lock(&held), MBEDGUARD_ERR_BROKEN);
    /* The thread that forked is here, with what it holds. */
    CHILD_EQ(mbedguard_mpi_lset(&own, 5), 0);
    CHILD_EQ(mbedguard_unlock(&own), 0);
    CHILD_EQ(mbedguard_unlock(&own), MBEDGUARD_ERR_NOT_LOCKED);
    CHILD_EQ(mbedguard_mpi_cmp_int(&own, 5), 0);
    /* A broken object can be made anew. */
    CHILD_EQ(mbedguard_mpi_free(&held), 0);
    CHILD_EQ(mbedguard_mpi_init(&held), 0);
    CHILD_EQ(mbedguard_mpi_lset(&held, 3), 0);
    CHILD_EQ(mbedguard_mpi_cmp_int(&held, 3), 0);
    return 0;
}

static void hold_or_fork(unsigned number, void *data)
{
    (void) data;
    if (number == 0)
        LIVE_EQ(mbedguard_lock(&held), 0);
    live_meet();
    if (number == 1) {
        LIVE_EQ(mbedguard_lock(&own), 0);
        in_child(child_of_holders);
        LIVE_EQ(mbedguard_unlock(&own), 0);
    }
    live_meet();
    if (number == 0)
        LIVE_EQ(mbedguard_unlock(&held), 0);
}

START_TEST(held_at_fork)
{
    make_numbers();
    live_threads(2, hold_or_fork, NULL);
    /* The parent noticed nothing. */
    ck_assert_int_eq(mbedguard_mpi_lset(&held, 2), 0);
    ck_assert_int_eq(mbedguard_mpi_cmp_int(&own, 1), 0);
    free_numbers();
}
END_TEST

/* ---- Under load ------------------------------------------------------------------------------ */

static int child_of_load(void)
{
    unsigned char out[32];
    mbedguard_mpi fresh;
    int ret;

    ret = mbedguard_mpi_add_int(&busy, &busy, 1);
    if (ret != MBEDGUARD_ERR_BROKEN)
        CHILD_EQ(ret, 0);
    ret = mbedguard_ctr_drbg_random(&busy_drbg, out, sizeof(out));
    if (ret != MBEDGUARD_ERR_BROKEN)
        CHILD_EQ(ret, 0);
    CHILD_EQ(mbedguard_mpi_add_int(&unheld, &unheld, 1), 0);
    CHILD_EQ(mbedguard_mpi_cmp_int(&unheld, 2), 0);
    CHILD_EQ(mbedguard_mpi_init(&fresh), 0);
    CHILD_EQ(mbedguard_mpi_lset(&fresh, 1), 0);
    CHILD_EQ(mbedguard_mpi_free(&fresh), 0);
    return 0;
}

static void work_or_fork(unsigned number, void *data)
{
    const unsigned rounds = live_rounds(100);
    unsigned char out[32];
    unsigned i;

    (void) data;
    if (number != 0) {
        while (!atomic_load(&finished)) {
            LIVE_EQ(mbedguard_mpi_add_int(&busy, &busy, 1), 0);
            LIVE_EQ(mbedguard_ctr_drbg_random(&busy_drbg, out, sizeof(out)), 0);
        }
        return;
    }
    for (i = 0; i < rounds && !live_failed(); i++)
        in_child(child_of_load);
    atomic_store(&finished, true);
}

START_TEST(fork_under_load)
{
    make_numbers();
    ck_assert_int_eq(mbedguard_ctr_drbg_init(&busy_drbg), 0);
    ck_assert_int_eq(
        mbedguard_ctr_drbg_seed(&busy_drbg, mbedguard_entropy_func, &live_entropy, NULL, 0), 0);
    live_threads(3, work_or_fork, NULL);
    ck_assert_int_eq(mbedguard_ctr_drbg_free(&busy_drbg), 0);
    free_numbers();
}
END_TEST

/* ---- Generators ------------------------------------------------------------------------------ */

static int pipe_to_parent[2];

static int child_that_draws(void)
{
    unsigned char out[32];

    CHILD_EQ(mbedguard_ctr_drbg_random(&live_drbg, out, sizeof(out)), 0);
    CHILD_EQ(write(pipe_to_parent[1], out, sizeof(out)), (ssize_t) sizeof(out));
    return 0;
}

/* 2.28 has no fork detection: raw, both processes draw the same bytes. */
START_TEST(child_draws_other_bytes)
{
    unsigned char child[32] = {0}, parent[32] = {0};

    ck_assert_int_eq(pipe(pipe_to_parent), 0);
    ck_assert_int_eq(mbedguard_ctr_drbg_random(&live_drbg, parent, sizeof(parent)), 0);
    in_child(child_that_draws);
    live_assert_none();
    ck_assert_int_eq(mbedguard_ctr_drbg_random(&live_drbg, parent, sizeof(parent)), 0);
    ck_assert_int_eq(read(pipe_to_parent[0], child, sizeof(child)), (ssize_t) sizeof(child));
    ck_assert_int_ne(memcmp(child, parent, sizeof(child)), 0);
    close(pipe_to_parent[0]);
    close(pipe_to_parent[1]);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("fork");
    TCase *tc = live_case(suite, "fork");

    tcase_add_test(tc, held_at_fork);
    tcase_add_test(tc, fork_under_load);
    tcase_add_test(tc, child_draws_other_bytes);
    return live_run(suite);
}
