/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Several threads in one buffer: storms, objects that change hands, ends, forks. */
#if !defined(_POSIX_C_SOURCE)
#define _POSIX_C_SOURCE 200809L
#endif

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "modules/memory_buffer_alloc/buffer.h"

#define THREADS 4
#define PLACES  256

static void *take(size_t size)
{
    return mbedguard_memory_buffer_calloc(1, size);
}

static void give(void *object)
{
    mbedguard_memory_buffer_free(object);
}

/* An object with its length in front, and behind that a pattern. */
struct parcel {
    size_t size;
    unsigned char fill;
    unsigned char bytes[1];
};

static struct parcel *pack(size_t size, unsigned char fill)
{
    struct parcel *const parcel = take(sizeof(*parcel) + size);
    size_t i;

    if (parcel == NULL)
        return NULL;
    LIVE_EQ(buffer_has(parcel, sizeof(*parcel) + size), 1);
    for (i = 0; i < size; i++)
        LIVE_EQ(parcel->bytes[i], 0);
    parcel->size = size;
    parcel->fill = fill;
    memset(parcel->bytes, fill, size);
    return parcel;
}

static void unpack(struct parcel *parcel)
{
    size_t i;

    if (parcel == NULL)
        return;
    for (i = 0; i < parcel->size; i++)
        LIVE_EQ(parcel->bytes[i], parcel->fill);
    give(parcel);
}

static size_t some_size(uint32_t *dice)
{
    const uint32_t kind = live_dice(dice) % 16;

    return live_dice(dice) % (kind == 0 ? 9000u : kind < 4 ? 1500u : 150u) + 1;
}

/* ---- Storms ----------------------------------------------------------------------------------- */

static struct parcel *places[PLACES];
static pthread_mutex_t place_locks[PLACES];

/* By a mutex: valgrind's tools do not follow a pointer that changes hands by an atomic exchange. */
static struct parcel *exchange(unsigned place, struct parcel *parcel)
{
    struct parcel *before;

    LIVE_EQ(pthread_mutex_lock(&place_locks[place]), 0);
    before = places[place];
    places[place] = parcel;
    LIVE_EQ(pthread_mutex_unlock(&place_locks[place]), 0);
    return before;
}

/* Once for all tests. */
static int make_places(void)
{
    int ret = 0;
    unsigned i;

    for (i = 0; ret == 0 && i < PLACES; i++)
        ret = pthread_mutex_init(&place_locks[i], NULL);
    return ret;
}

/* What one thread puts down another one picks up. */
static void storm(unsigned number, void *data)
{
    uint32_t dice = 17 + number;
    unsigned i;

    (void) data;
    for (i = 0; i < live_rounds(30000) && !live_failed(); i++) {
        struct parcel *const made =
            live_dice(&dice) % 8 < 5 ? pack(some_size(&dice), (unsigned char) i) : NULL;

        unpack(exchange(live_dice(&dice) % PLACES, made));
        if (i % 1024 == number)
            LIVE_EQ(mbedguard_memory_buffer_alloc_verify(), 0);
    }
}

static void clear_places(void)
{
    unsigned i;

    for (i = 0; i < PLACES; i++)
        unpack(exchange(i, NULL));
    live_assert_none();
}

/* With room for all, and with so little that it runs out all the time. */
START_TEST(test_storm)
{
    static const size_t sizes[] = {4u << 20, 120000, 24000};

    buffer_begin(sizes[_i], 8);
    live_threads(THREADS, storm, NULL);
    clear_places();
    buffer_end();
}
END_TEST

static void produce_or_consume(unsigned number, void *data)
{
    uint32_t dice = number + 1;
    unsigned i;

    (void) data;
    for (i = 0; i < live_rounds(20000) && !live_failed(); i++) {
        struct parcel *const made =
            number % 2 == 0 ? pack(live_dice(&dice) % 300 + 1, (unsigned char) i) : NULL;

        unpack(exchange(i % PLACES, made));
    }
}

/* All that one lane takes another gets back: nothing piles up there. */
START_TEST(test_one_way)
{
    buffer_begin(PLACES * 1024, 0);
    live_threads(2, produce_or_consume, NULL);
    clear_places();
    buffer_end();
}
END_TEST

/* Nobody is told that there is nothing left while all that is in use leaves room for it. */
static void half_of_it(unsigned number, void *data)
{
    const size_t longest = *(const size_t *) data;
    void *objects[8];
    unsigned i, j;

    for (i = 0; i < live_rounds(4000) && !live_failed(); i++) {
        const size_t size = 40 + (i * 29 + number * 13) % 500;

        for (j = 0; j < 8; j++) {
            objects[j] = take(size);
            LIVE_EQ(objects[j] != NULL, 1);
        }
        for (j = 0; j < 8; j++)
            give(objects[j]);
    }
    if (number == 0 && !live_failed()) {
        /* The others have ended, or hold little. */
        void *const object = take(longest / 4);

        LIVE_EQ(object != NULL, 1);
        give(object);
    }
}

START_TEST(test_enough_is_enough)
{
    size_t longest;

    /* Each of the threads has 8 objects of 540 bytes and their headers; as much again for gaps. */
    buffer_begin(THREADS * 8 * 640 * 3, 0);
    longest = buffer_longest();
    live_threads(THREADS, half_of_it, &longest);
    live_assert_none();
    buffer_end();
}
END_TEST

static void count_up(unsigned number, void *data)
{
    size_t used, peak, blocks;
    unsigned i;

    (void) data;
    for (i = 0; i < live_rounds(3000) && !live_failed(); i++) {
        void *const object = take(100 + number);

        LIVE_EQ(mbedguard_memory_buffer_alloc_cur_get(&used, &blocks), 0);
        LIVE_EQ(used >= 100 && used <= THREADS * 128, 1);
        LIVE_EQ(mbedguard_memory_buffer_alloc_max_get(&peak, &blocks), 0);
        LIVE_EQ(peak >= used && peak <= THREADS * 128, 1);
        give(object);
    }
}

/* Exactly what is there, whoever asks meanwhile; and the peak is one that can have been. */
START_TEST(test_numbers)
{
    size_t peak, blocks, allocs, frees;

    buffer_begin(1u << 20, 0);
    live_threads(THREADS, count_up, NULL);
    live_assert_none();
    ck_assert_int_eq(mbedguard_memory_buffer_alloc_max_get(&peak, &blocks), 0);
    ck_assert_uint_ge(peak, 112);
    ck_assert_int_eq(mbedguard_memory_buffer_alloc_count_get(&allocs, &frees), 0);
    ck_assert_uint_eq(allocs, (size_t) THREADS * live_rounds(3000));
    ck_assert_uint_eq(frees, allocs);
    buffer_end();
}
END_TEST

static void hold_peak(unsigned number, void *data)
{
    void *objects[64];
    unsigned i, round;

    (void) number;
    (void) data;
    for (round = 0; round < live_rounds(200); round++) {
        for (i = 0; i < 64; i++)
            objects[i] = take(112);
        live_meet(); /* all have theirs: the peak */
        live_meet();
        for (i = 0; i < 64; i++)
            give(objects[i]);
    }
}

/* Known to be reached, and never to be passed: lanes have their own numbers, but the sum is right. */
START_TEST(test_peak_of_threads)
{
    size_t peak, blocks;

    buffer_begin(1u << 20, 0);
    live_threads(THREADS, hold_peak, NULL);
    ck_assert_int_eq(mbedguard_memory_buffer_alloc_max_get(&peak, &blocks), 0);
    ck_assert_uint_eq(peak, (size_t) THREADS * 64 * (112 + (sizeof(size_t) == 8 ? 0 : 4)));
    buffer_end();
}
END_TEST

static void take_all(void **objects)
{
    unsigned i;

    for (i = 0; i < 64; i++)
        LIVE_EQ((objects[i] = take(112)) != NULL, 1);
}

static void give_all(void **objects)
{
    unsigned i;

    for (i = 0; i < 64; i++)
        give(objects[i]);
}

/* First one, then the other, then both: what each may use without asking is not what both may. */
static void rise_in_turns(unsigned number, void *data)
{
    void *objects[64];
    unsigned turn;

    (void) data;
    for (turn = 0; turn < 2; turn++) {
        if (turn == number) {
            take_all(objects);
            give_all(objects);
        }
        live_meet();
    }
    take_all(objects);
    live_meet();
    give_all(objects);
}

START_TEST(test_peak_of_turns)
{
    size_t peak, blocks;

    buffer_begin(1u << 20, 0);
    live_threads(2, rise_in_turns, NULL);
    live_assert_none();
    ck_assert_int_eq(mbedguard_memory_buffer_alloc_max_get(&peak, &blocks), 0);
    ck_assert_uint_eq(peak, (size_t) 2 * 64 * (112 + (sizeof(size_t) == 8 ? 0 : 4)));
    buffer_end();
}
END_TEST

/* ---- Misuse ----------------------------------------------------------------------------------- */

static void *volatile shared;

static void free_it(unsigned number, void *data)
{
    (void) data;
    if (number == 0)
        shared = take(64);
    live_meet();
    give(shared);
    live_meet();
}

/* Of many who free one object one does, and all others are told; late ones, that nothing begins there. */
START_TEST(test_freed_by_all)
{
    unsigned i;

    buffer_begin(1u << 16, 0);
    for (i = 0; i < live_rounds(200); i++) {
        live_threads(THREADS, free_it, NULL);
        ck_assert_uint_eq(buffer_findings(MBEDGUARD_MEMORY_FAULT_FREED_TWICE) +
                              buffer_findings(MBEDGUARD_MEMORY_FAULT_DAMAGED),
                          THREADS - 1);
    }
    buffer_end();
}
END_TEST

static atomic_uint begun;

static void come_and_go(unsigned number, void *data)
{
    static unsigned char own[2][65536];
    unsigned i;

    (void) data;
    for (i = 0; i < live_rounds(3000); i++) {
        if (number < 2) {
            if (mbedguard_memory_buffer_alloc_init(own[number], sizeof(own[number])) == 0) {
                unsigned char *const bytes = own[number];

                atomic_fetch_add(&begun, 1);
                LIVE_EQ(mbedguard_memory_buffer_alloc_free(), 0);
                /* Nobody is in it any more. */
                memset(bytes, 0x5A, sizeof(own[number]));
            }
        } else {
            give(take(i % 700 + 1));
        }
    }
}

/* Buffers begin and end under threads that allocate: they find one, or none, and never an old one. */
START_TEST(test_buffers_come_and_go)
{
    buffer_begin(4096, 0);
    ck_assert_int_eq(mbedguard_memory_buffer_alloc_free(), 0);
    atomic_store(&begun, 0);
    live_threads(THREADS, come_and_go, NULL);
    live_assert_none();
    ck_assert_uint_ge(atomic_load(&begun), 1);
    /* A free may have found its buffer gone, or another in its place. */
    (void) buffer_findings(MBEDGUARD_MEMORY_FAULT_NO_BUFFER);
    (void) buffer_findings(MBEDGUARD_MEMORY_FAULT_FOREIGN);
    (void) buffer_findings(MBEDGUARD_MEMORY_FAULT_DAMAGED);
    (void) buffer_findings(MBEDGUARD_MEMORY_FAULT_FREED_TWICE);
    buffer_assert_no_findings();
    ck_assert_int_eq(mbedguard_memory_buffer_set_handler(NULL, NULL), 0);
}
END_TEST

/* ---- Ends of threads -------------------------------------------------------------------------- */

static void *leave_some(void *data)
{
    void *objects[50];
    unsigned i;

    (void) data;
    for (i = 0; i < 50; i++)
        objects[i] = take(i * 8 + 1);
    for (i = 0; i < 50; i++)
        give(objects[i]);
    return NULL;
}

START_TEST(test_ended_threads_leave_nothing)
{
    pthread_t thread;
    size_t longest;
    unsigned i;

    buffer_begin(1u << 20, 0);
    longest = buffer_longest();
    for (i = 0; i < 40; i++) {
        ck_assert_int_eq(pthread_create(&thread, NULL, leave_some, NULL), 0);
        ck_assert_int_eq(pthread_join(thread, NULL), 0);
    }
    ck_assert_uint_eq(buffer_longest(), longest);
    buffer_end();
}
END_TEST

/* ---- fork() ----------------------------------------------------------------------------------- */

#define CHILD_SECONDS (LIVE_SECONDS / 3)

/* The number of the line that is wrong, or 0. */
static int use_in_child(void)
{
    void *objects[100];
    size_t used, blocks;
    unsigned i;

    if (mbedguard_memory_buffer_alloc_verify() != 0)
        return __LINE__ & 0xFF;
    for (i = 0; i < 100; i++) {
        objects[i] = take(i * 20 + 1);
        if (objects[i] == NULL)
            return __LINE__ & 0xFF;
    }
    for (i = 0; i < 100; i++)
        give(objects[i]);
    if (mbedguard_memory_buffer_alloc_verify() != 0 ||
        mbedguard_memory_buffer_alloc_cur_get(&used, &blocks) != 0)
        return __LINE__ & 0xFF;
    if (mbedguard_memory_buffer_alloc_free() != 0 || take(1) != NULL ||
        mbedguard_memory_buffer_alloc_init(buffer_start(), buffer_size()) != 0)
        return __LINE__ & 0xFF;
    return 0;
}

/* The child dies by a signal, so that no tool looks for leaks in a process without its threads. */
static void fork_once(void)
{
    unsigned char result = 0xFF;
    int ends[2], status = 0;
    pid_t child;

    LIVE_EQ(pipe(ends), 0);
    child = fork();
    LIVE_EQ(child < 0, 0);
    if (child == 0) {
        (void) alarm(CHILD_SECONDS);
        result = (unsigned char) use_in_child();
        if (write(ends[1], &result, 1) == 1)
            raise(SIGKILL);
        _exit(1);
    }
    (void) close(ends[1]);
    LIVE_EQ(read(ends[0], &result, 1), 1);
    LIVE_EQ(result, 0);
    LIVE_EQ(waitpid(child, &status, 0), child);
    (void) close(ends[0]);
}

static atomic_bool finished;

static void fork_or_storm(unsigned number, void *data)
{
    uint32_t dice = 5 + number;
    unsigned i;

    (void) data;
    if (number != 0) {
        while (!atomic_load(&finished)) {
            give(take(some_size(&dice)));
            if (live_dice(&dice) % 64 == 0)
                (void) mbedguard_memory_buffer_alloc_verify();
        }
        return;
    }
    for (i = 0; i < live_rounds(60); i++)
        fork_once();
    atomic_store(&finished, true);
}

START_TEST(test_fork)
{
    buffer_begin(1u << 19, 0);
    atomic_store(&finished, false);
    live_threads(3, fork_or_storm, NULL);
    live_assert_none();
    buffer_end();
}
END_TEST

/* Handlers of the program that were registered first run while the library's locks are held for the fork. */
static atomic_uint handled;

static void allocate_in_handler(void)
{
    void *const object = take(333);

    if (object != NULL && mbedguard_memory_buffer_alloc_verify() == 0)
        atomic_fetch_add(&handled, 1);
    give(object);
}

START_TEST(test_handlers_of_fork_allocate)
{
    const unsigned before = atomic_load(&handled);

    buffer_begin(1u << 19, 0);
    fork_once();
    ck_assert_uint_eq(atomic_load(&handled), before + 2);
    atomic_store(&finished, false);
    live_threads(3, fork_or_storm, NULL);
    live_assert_none();
    buffer_end();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("buffer threads");
    TCase *tc = tcase_create("buffer threads");
    int ret;

    tcase_set_timeout(tc, LIVE_SECONDS);
    suite_add_tcase(suite, tc);
    tcase_add_loop_test(tc, test_storm, 0, 3);
    tcase_add_test(tc, test_one_way);
    tcase_add_test(tc, test_enough_is_enough);
    tcase_add_test(tc, test_numbers);
    tcase_add_test(tc, test_peak_of_threads);
    tcase_add_test(tc, test_peak_of_turns);
    tcase_add_test(tc, test_freed_by_all);
    tcase_add_test(tc, test_buffers_come_and_go);
    tcase_add_test(tc, test_ended_threads_leave_nothing);
    tcase_add_test(tc, test_fork);
    tcase_add_test(tc, test_handlers_of_fork_allocate);
    /* Before the first guard is taken, and with it the library's own handlers. */
    ret = pthread_atfork(allocate_in_handler, allocate_in_handler, allocate_in_handler);
    if (ret == 0)
        ret = make_places();
    return ret == 0 ? live_run(suite) : ret;
}
