/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * mbedguard_rng and fork(): no block is drawn twice, by the parent or by any of eight children, though
 * the entropy that all of them get is the same. Children tell what they drew through a pipe, and die by
 * a signal, so that no tool looks for leaks in a process that lost the stacks of its threads.
 */
#if !defined(_POSIX_C_SOURCE)
#define _POSIX_C_SOURCE 200809L
#endif

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/number.h"
#include "modules/rng/source.h"

/* ThreadSanitizer bears no threads after a fork of a process with threads. */
#if defined(__SANITIZE_THREAD__)
#define UNDER_TSAN 1
#else
#define UNDER_TSAN 0
#endif
/* The sanitizer's heap may stay locked in a child. */
#if defined(__SANITIZE_ADDRESS__)
#define UNDER_ASAN 1
#else
#define UNDER_ASAN 0
#endif

#define CHILDREN      8
#define THREADS       4
#define BLOCKS        200
#define CHILD_SECONDS (LIVE_SECONDS / 3)

static mbedguard_rng_context rng;
static struct source source;
static unsigned char drawn[(CHILDREN + 2) * BLOCKS][SOURCE_BLOCK];

static void seed_one(void)
{
    memset(&source, 0, sizeof(source));
    atomic_store(&source.constant, true);
    ck_assert_int_eq(mbedguard_rng_init(&rng), 0);
    ck_assert_int_eq(mbedguard_rng_seed(&rng, source_func, &source, NULL, 0), 0);
}

static int draw(unsigned char (*blocks)[SOURCE_BLOCK])
{
    unsigned i;

    for (i = 0; i < BLOCKS; i++) {
        int ret = mbedguard_rng_random(&rng, blocks[i], SOURCE_BLOCK);

        if (ret != 0)
            return ret;
    }
    return 0;
}

static bool move(ssize_t (*step)(int, unsigned char *, size_t), int end, unsigned char *data,
                 size_t len)
{
    while (len != 0) {
        ssize_t moved = step(end, data, len);

        if (moved <= 0)
            return false;
        data += moved;
        len -= (size_t) moved;
    }
    return true;
}

static ssize_t write_some(int end, unsigned char *data, size_t len)
{
    return write(end, data, len);
}

static ssize_t read_some(int end, unsigned char *data, size_t len)
{
    return read(end, data, len);
}

/* One that draws in a child; 0, or what is wrong there. */
typedef int child_body(unsigned char (*blocks)[SOURCE_BLOCK]);

static pid_t start_child(child_body *body, int *end)
{
    static unsigned char blocks[BLOCKS][SOURCE_BLOCK];
    unsigned char result;
    int ends[2];
    pid_t child;

    LIVE_EQ(pipe(ends), 0);
    child = fork();
    LIVE_EQ(child < 0, 0);
    if (child == 0) {
        alarm(CHILD_SECONDS);
        result = body(blocks) == 0 ? 0 : 1;
        if (move(write_some, ends[1], &result, 1) &&
            move(write_some, ends[1], blocks[0], sizeof(blocks)))
            raise(SIGKILL);
        _exit(1);
    }
    close(ends[1]);
    *end = ends[0];
    return child;
}

static void end_child(pid_t child, int end, unsigned char (*blocks)[SOURCE_BLOCK])
{
    unsigned char result = 0xFF;
    int status = 0;

    LIVE_EQ(move(read_some, end, &result, 1), true);
    LIVE_EQ(result, 0);
    LIVE_EQ(move(read_some, end, blocks[0], (size_t) BLOCKS * SOURCE_BLOCK), true);
    close(end);
    LIVE_EQ(waitpid(child, &status, 0), child);
    LIVE_EQ(WIFSIGNALED(status) ? WTERMSIG(status) : -1, SIGKILL);
}

/* Before its first byte a child asks for entropy, once. */
static int draw_as_child(unsigned char (*blocks)[SOURCE_BLOCK])
{
    const unsigned calls = atomic_load(&source.calls);

    if (mbedguard_rng_random(&rng, blocks[0], SOURCE_BLOCK) != 0)
        return -1;
    if (atomic_load(&source.calls) != calls + 1)
        return -2;
    return draw(blocks);
}

/* Eight children of one moment, and the parent, which goes on. */
static void fork_eight(child_body *body)
{
    pid_t children[CHILDREN];
    int ends[CHILDREN];
    unsigned i;

    for (i = 0; i < CHILDREN; i++)
        children[i] = start_child(body, &ends[i]);
    LIVE_EQ(draw(&drawn[BLOCKS]), 0);
    for (i = 0; i < CHILDREN; i++)
        end_child(children[i], ends[i], &drawn[(i + 2) * BLOCKS]);
}

START_TEST(eight_children)
{
    seed_one();
    ck_assert_int_eq(draw(drawn), 0);
    fork_eight(draw_as_child);
    live_assert_none();
    source_assert_different(drawn[0], sizeof(drawn) / SOURCE_BLOCK);
    ck_assert_int_eq(mbedguard_rng_free(&rng), 0);
}
END_TEST

/* The same without any draw before, and of children that are children's. */
static int draw_as_grandchild(unsigned char (*blocks)[SOURCE_BLOCK])
{
    int end;
    pid_t child;

    if (mbedguard_rng_random(&rng, blocks[0], SOURCE_BLOCK) != 0)
        return -1;
    child = start_child(draw_as_child, &end);
    if (child < 0)
        return -2;
    end_child(child, end, blocks);
    /* The last of its own stands among those of its child. */
    return live_failed() ? -3 : mbedguard_rng_random(&rng, blocks[0], SOURCE_BLOCK);
}

START_TEST(children_of_children)
{
    seed_one();
    fork_eight(draw_as_grandchild);
    ck_assert_int_eq(draw(drawn), 0);
    live_assert_none();
    source_assert_different(drawn[0], sizeof(drawn) / SOURCE_BLOCK);
    ck_assert_int_eq(mbedguard_rng_free(&rng), 0);
}
END_TEST

/* ---- Others are inside ------------------------------------------------------------------------- */

static atomic_bool forked;

static uint32_t number_of_other;

/* Threads of a child are its own, too, and each has its generator. */
static void *draw_in_thread(void *blocks)
{
    number_of_other = mbedguard_thread_number();
    return draw(blocks) == 0 ? blocks : NULL;
}

static int draw_in_threads(unsigned char (*blocks)[SOURCE_BLOCK])
{
    static unsigned char others[BLOCKS][SOURCE_BLOCK];
    pthread_t thread;
    void *result = NULL;
    const uint32_t number = mbedguard_thread_number();
    int ret;

    if (pthread_create(&thread, NULL, draw_in_thread, others) != 0)
        return -1;
    ret = draw(blocks);
    if (pthread_join(thread, &result) != 0 || result == NULL || number == number_of_other)
        return -2;
    /* Half of what is told is the other thread's. */
    memcpy(blocks, others, sizeof(others) / 2);
    if (mbedguard_rng_reseed(&rng, NULL, 0) != 0)
        return -3;
    return ret;
}

static void draw_or_fork(unsigned number, void *data)
{
    child_body *const *body = data;
    unsigned char out[SOURCE_BLOCK];
    unsigned i;

    if (number == 0) {
        for (i = live_rounds(10); i != 0 && !live_failed(); i--)
            fork_eight(*body);
        atomic_store(&forked, true);
        return;
    }
    while (!atomic_load(&forked)) {
        LIVE_EQ(mbedguard_rng_random(&rng, out, sizeof(out)), 0);
        if (number == 1)
            LIVE_EQ(mbedguard_rng_reseed(&rng, NULL, 0), 0);
    }
}

static void with_others(child_body *body, int resistance)
{
    seed_one();
    atomic_store(&forked, false);
    ck_assert_int_eq(mbedguard_rng_set_prediction_resistance(&rng, resistance), 0);
    ck_assert_int_eq(draw(drawn), 0);
    live_threads(THREADS, draw_or_fork, &body);
    source_assert_different(drawn[0], sizeof(drawn) / SOURCE_BLOCK);
    ck_assert_int_eq(mbedguard_rng_free(&rng), 0);
}

START_TEST(others_draw)
{
    with_others(draw, 0);
}
END_TEST

/* They are in the middle of a reseed as often as not: what they left is seeded from scratch. */
START_TEST(others_reseed)
{
    with_others(draw, 1);
}
END_TEST

START_TEST(threads_in_children)
{
    with_others(draw_in_threads, 0);
}
END_TEST

static int free_and_seed(unsigned char (*blocks)[SOURCE_BLOCK])
{
    int ret = mbedguard_rng_free(&rng);

    if (ret == 0)
        ret = mbedguard_rng_seed(&rng, source_func, &source, NULL, 0);
    return ret != 0 ? ret : draw(blocks);
}

START_TEST(freed_in_children)
{
    with_others(free_and_seed, 0);
}
END_TEST

/* ---- The entropy function forks ---------------------------------------------------------------- */

static atomic_bool forks;
static pid_t born;

static void fork_inside(void *data)
{
    bool yes = true;

    (void) data;
    if (atomic_compare_exchange_strong(&forks, &yes, false))
        born = fork();
}

START_TEST(fork_in_entropy)
{
    unsigned char out[2][SOURCE_BLOCK], calls;
    int ends[2], status = 0;

    seed_one();
    source.inside = fork_inside;
    ck_assert_int_eq(mbedguard_rng_set_prediction_resistance(&rng, 1), 0);
    ck_assert_int_eq(pipe(ends), 0);
    atomic_store(&forks, true);
    if (mbedguard_rng_random(&rng, out[0], SOURCE_BLOCK) != 0)
        memset(out[0], 0, SOURCE_BLOCK);
    calls = (unsigned char) atomic_load(&source.calls);
    if (born == 0) {
        if (move(write_some, ends[1], &calls, 1) && move(write_some, ends[1], out[0], SOURCE_BLOCK))
            raise(SIGKILL);
        _exit(1);
    }
    ck_assert_uint_eq(calls, 2);
    /* What the child came back with was its parent's, too: it asks again. */
    ck_assert(move(read_some, ends[0], &calls, 1));
    ck_assert_uint_eq(calls, 3);
    ck_assert(move(read_some, ends[0], out[1], SOURCE_BLOCK));
    ck_assert_int_eq(waitpid(born, &status, 0), born);
    close(ends[0]);
    close(ends[1]);
    source_assert_different(out[0], 2);
    ck_assert_int_eq(mbedguard_rng_free(&rng), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("rng of many threads, and fork");
    TCase *tc = live_case(suite, "children");

    tcase_add_test(tc, eight_children);
    tcase_add_test(tc, children_of_children);
    tcase_add_test(tc, fork_in_entropy);
    tc = live_case(suite, "others");
    if (!UNDER_TSAN) {
        tcase_add_test(tc, others_draw);
        tcase_add_test(tc, others_reseed);
        tcase_add_test(tc, freed_in_children);
    }
    if (!UNDER_TSAN && !UNDER_ASAN)
        tcase_add_test(tc, threads_in_children);
    return live_run(suite);
}
