/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* One RSA key, many threads: misuse, faults, and threads and processes that end. */
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "modules/rsa/meeting.h"
#include "modules/rsa/one_key.h"

#if defined(ONE_KEY_TESTS)

/* ---- Misuse ------------------------------------------------------------------------------------ */

START_TEST(null_empty_and_freed_keys_are_refused)
{
    static mbedguard_rsa_context empty;
    unsigned char made[LENGTH];
    unsigned count = 3;

    ck_assert_int_eq(mbedguard_rsa_pkcs1_sign(NULL, mbedguard_ctr_drbg_random, &live_drbg,
                                              PRIVATE MBEDTLS_MD_SHA256, HASH, hash, made),
                     MBEDGUARD_ERR_BAD_INPUT);
    ck_assert_int_eq(mbedguard_rsa_private(NULL, NULL, NULL, made, made), MBEDGUARD_ERR_BAD_INPUT);
    ck_assert_int_eq(mbedguard_rsa_count_copies(NULL, &count), MBEDGUARD_ERR_BAD_INPUT);
    ck_assert_int_eq(mbedguard_rsa_count_copies(&used, NULL), MBEDGUARD_ERR_BAD_INPUT);
    ck_assert_int_eq(INIT(&empty), 0);
    memset(made, 0, sizeof made);
    ck_assert_int_ne(mbedguard_rsa_private(&empty, mbedguard_ctr_drbg_random, &live_drbg, made, made),
                     0);
    mbedguard_rsa_free(&empty);
    mbedguard_rsa_free(&used);
    ck_assert_int_ne(sign(mbedguard_ctr_drbg_random, &live_drbg, made), 0);
}
END_TEST

static int reentered, upgraded, asked;

static int calling_back(void *nothing, unsigned char *output, size_t length)
{
    unsigned char made[LENGTH];
    unsigned count;

    (void) nothing;
    reentered = mbedguard_rsa_pkcs1_sign(&used, mbedguard_ctr_drbg_random, &live_drbg,
                                         PRIVATE MBEDTLS_MD_SHA256, HASH, hash, made);
    upgraded = mbedguard_rsa_complete(&used);
    asked = mbedguard_rsa_get_len(&used) == LENGTH ? mbedguard_rsa_count_copies(&used, &count) : -1;
    return mbedguard_ctr_drbg_random(&live_drbg, output, length);
}

START_TEST(a_call_back_to_the_key_is_refused)
{
    unsigned char made[LENGTH];

    ck_assert_int_eq(sign(calling_back, NULL, made), 0);
    ck_assert_int_eq(reentered, MBEDGUARD_ERR_REENTRY);
    ck_assert_int_eq(asked, 0);
#if !defined(MBEDGUARD_LOCKCHECK)
    ck_assert_int_eq(upgraded, MBEDGUARD_ERR_UPGRADE);
#endif
    ck_assert_mem_eq(made, signature[0], LENGTH);
    ck_assert_int_eq(mbedguard_rsa_complete(&used), 0);
}
END_TEST

START_TEST(under_a_lock_the_key_itself_is_used)
{
    unsigned char made[LENGTH];

    ck_assert_int_eq(mbedguard_lock(&used), 0);
    ck_assert_int_eq(sign(mbedguard_ctr_drbg_random, &live_drbg, made), 0);
    ck_assert_mem_eq(made, signature[0], LENGTH);
    ck_assert_int_eq(mbedguard_unlock(&used), 0);
    ck_assert_uint_eq(copies(), 0);
}
END_TEST

/* ---- Ends and forks ---------------------------------------------------------------------------- */

static int ending_rng(void *nothing, unsigned char *output, size_t length)
{
    (void) nothing;
    (void) output;
    (void) length;
    pthread_exit(NULL);
}

static void *end_inside(void *nothing)
{
    unsigned char made[LENGTH];

    (void) sign(ending_rng, NULL, made);
    return nothing;
}

/* 0, or the number of what was not so. */
static int end_and_look(void)
{
    unsigned char made[LENGTH];
    pthread_t thread;

    if (pthread_create(&thread, NULL, end_inside, NULL) != 0 || pthread_join(thread, NULL) != 0)
        return 1;
    if (sign(mbedguard_ctr_drbg_random, &live_drbg, made) != MBEDGUARD_ERR_BROKEN)
        return 2;
    if (mbedguard_rsa_complete(&used) != MBEDGUARD_ERR_BROKEN)
        return 3;
    if (mbedguard_rsa_free(&used) != 0 || mbedguard_rsa_get_len(&used) != 0)
        return 4;
    return mbedguard_rsa_set_padding(&used, MBEDTLS_RSA_PKCS_V15, MBEDTLS_MD_NONE) == 0 ? 0 : 5;
}

/*
 * What body says in a child. The child does not exit, since a leak checker would then count what
 * threads had that ended, or are not there, inside.
 */
static int told_by_child(int (*body)(void))
{
    unsigned char told = 255;
    int ends[2];
    pid_t child;

    ck_assert_int_eq(pipe(ends), 0);
    child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        told = (unsigned char) body();
        if (write(ends[1], &told, 1) == 1)
            (void) raise(SIGKILL);
        _exit(1);
    }
    close(ends[1]);
    ck_assert_int_eq(read(ends[0], &told, 1), 1);
    close(ends[0]);
    ck_assert_int_eq(waitpid(child, NULL, 0), child);
    return told;
}

/* In a process of its own: Mbed TLS's mutex stays locked, which race detectors do not like. */
START_TEST(who_ends_inside_leaves_an_error)
{
    ck_assert_int_eq(told_by_child(end_and_look), 0);
}
END_TEST

static int sign_in_child(void)
{
    unsigned char made[LENGTH];
    const int ret = sign(mbedguard_ctr_drbg_random, &live_drbg, made);

    if (ret == 0 && memcmp(made, signature[0], LENGTH) == 0)
        return 1;
    return ret == MBEDGUARD_ERR_BROKEN ? 2 : 3;
}

static int in_child(void)
{
    return told_by_child(sign_in_child);
}

START_TEST(a_child_has_key_and_copies)
{
    meet_and_sign(2, 0);
    ck_assert_int_eq(in_child(), 1);
}
END_TEST

static int forking_rng(void *nothing, unsigned char *output, size_t length)
{
    const bool first = meeting_drawn() == 0;
    const int ret = meeting_rng(nothing, output, length);

    if (first) {
        LIVE_EQ(in_child(), 3); /* its own call is in progress there, too */
        meeting_of(3);
    }
    return ret;
}

static void fork_inside(unsigned number, void *data)
{
    unsigned char made[LENGTH];

    (void) data;
    LIVE_EQ(sign(number == 0 ? forking_rng : meeting_rng, NULL, made), 0);
    LIVE_EQ(memcmp(made, signature[0], LENGTH), 0);
}

START_TEST(a_fork_inside_leaves_the_parent_whole)
{
    meeting_of(2);
    live_threads(2, fork_inside, NULL);
    meet_and_sign(2, 0);
}
END_TEST

static pthread_barrier_t forked;

static int waiting_rng(void *nothing, unsigned char *output, size_t length)
{
    if (meeting_drawn() == 0) {
        pthread_barrier_wait(&forked);
        pthread_barrier_wait(&forked);
    }
    return meeting_rng(nothing, output, length);
}

static void *wait_inside(void *nothing)
{
    unsigned char made[LENGTH];

    LIVE_EQ(sign(waiting_rng, NULL, made), 0);
    return nothing;
}

START_TEST(a_child_is_told_who_was_inside)
{
    pthread_t thread;

    ck_assert_int_eq(pthread_barrier_init(&forked, NULL, 2), 0);
    meeting_of(1);
    ck_assert_int_eq(pthread_create(&thread, NULL, wait_inside, NULL), 0);
    pthread_barrier_wait(&forked);
    ck_assert_int_eq(in_child(), 2);
    pthread_barrier_wait(&forked);
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
    pthread_barrier_destroy(&forked);
    meet_and_sign(2, 0);
}
END_TEST

/* ---- Faults: linked with --wrap for calloc, free and mbedguard_enter ----------------------------- */

void *__real_calloc(size_t count, size_t size);
void __real_free(void *pointer);
int __real_mbedguard_enter(mbedguard_guard *guard, unsigned how, const char *where);
void *__wrap_calloc(size_t count, size_t size);
void __wrap_free(void *pointer);
int __wrap_mbedguard_enter(mbedguard_guard *guard, unsigned how, const char *where);

#define MAX_SEEN 16

static pthread_mutex_t seen_mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t seen_cond = PTHREAD_COND_INITIALIZER;
static struct {
    const unsigned char *memory;
    size_t size;
} seen[MAX_SEEN];
static unsigned made_copies, wiped_copies, failed_copies;
static bool watching;
static _Thread_local bool copy_fails;
static _Thread_local unsigned lock_fails_in;

/* Nothing else of that size is allocated by a private operation. */
static bool is_a_copy(size_t size)
{
    return watching && size > sizeof(mbedtls_rsa_context) && size < 2 * sizeof(mbedtls_rsa_context);
}

void *__wrap_calloc(size_t count, size_t size)
{
    void *memory = NULL;

    if (!is_a_copy(count * size))
        return __real_calloc(count, size);
    pthread_mutex_lock(&seen_mutex);
    if (copy_fails) {
        failed_copies++;
        pthread_cond_broadcast(&seen_cond);
    } else if (made_copies < MAX_SEEN) {
        memory = __real_calloc(count, size);
        seen[made_copies].memory = memory;
        seen[made_copies++].size = count * size;
    }
    pthread_mutex_unlock(&seen_mutex);
    return memory;
}

static bool is_wiped(const unsigned char *memory, size_t size)
{
    size_t i = 0;

    while (i < size && memory[i] == 0)
        i++;
    return i == size;
}

void __wrap_free(void *pointer)
{
    unsigned i;

    if (watching && pointer != NULL) {
        pthread_mutex_lock(&seen_mutex);
        for (i = 0; i < made_copies; i++) {
            if (seen[i].memory == pointer) {
                seen[i].memory = NULL;
                if (is_wiped(pointer, seen[i].size))
                    wiped_copies++;
            }
        }
        pthread_mutex_unlock(&seen_mutex);
    }
    __real_free(pointer);
}

#include "modules/wrapped.h"

int __wrap_mbedguard_enter(mbedguard_guard *guard, unsigned how, const char *where)
{
    if (lock_fails_in != 0 && --lock_fails_in == 0)
        return MBEDGUARD_ERR_THREADING;
    return __real_mbedguard_enter(guard, how, where);
}

static void watch(bool on)
{
    pthread_mutex_lock(&seen_mutex);
    watching = on;
    if (on)
        made_copies = wiped_copies = failed_copies = 0;
    pthread_mutex_unlock(&seen_mutex);
}

START_TEST(copies_are_wiped_and_freed)
{
    watch(true);
    meet_and_sign(THREADS, 0);
    ck_assert_uint_eq(made_copies, THREADS - 1);
    ck_assert_uint_eq(wiped_copies, 0);
    ck_assert_int_eq(mbedguard_rsa_copy(&used, &key[1]), 0);
    ck_assert_uint_eq(wiped_copies, THREADS - 1);
    meet_and_sign(2, 1);
    ck_assert_int_eq(mbedguard_rsa_free(&used), 0);
    ck_assert_uint_eq(made_copies, THREADS);
    ck_assert_uint_eq(wiped_copies, THREADS);
    watch(false);
}
END_TEST

/* Stays inside until another thread has had no memory for a copy. */
static int patient_rng(void *nothing, unsigned char *output, size_t length)
{
    struct timespec end;

    (void) nothing;
    clock_gettime(CLOCK_REALTIME, &end);
    end.tv_sec += 20;
    pthread_mutex_lock(&seen_mutex);
    while (failed_copies == 0 && pthread_cond_timedwait(&seen_cond, &seen_mutex, &end) == 0)
        ;
    pthread_mutex_unlock(&seen_mutex);
    return mbedguard_ctr_drbg_random(&live_drbg, output, length);
}

static pthread_barrier_t is_inside;

static int arriving_rng(void *nothing, unsigned char *output, size_t length)
{
    if (meeting_drawn() == 0) {
        pthread_barrier_wait(&is_inside);
        (void) meeting_rng(NULL, output, length);
    }
    return patient_rng(nothing, output, length);
}

static void first_or_without_memory(unsigned number, void *data)
{
    unsigned char made[LENGTH];

    (void) data;
    meeting_next();
    if (number == 0) {
        LIVE_EQ(sign(arriving_rng, NULL, made), 0);
    } else {
        pthread_barrier_wait(&is_inside);
        copy_fails = true;
        LIVE_EQ(sign(mbedguard_ctr_drbg_random, &live_drbg, made), 0);
        copy_fails = false;
    }
    LIVE_EQ(memcmp(made, signature[0], LENGTH), 0);
}

START_TEST(without_memory_a_thread_waits_for_the_key)
{
    ck_assert_int_eq(pthread_barrier_init(&is_inside, NULL, 2), 0);
    meeting_of(1);
    watch(true);
    live_threads(2, first_or_without_memory, NULL);
    watch(false);
    pthread_barrier_destroy(&is_inside);
    ck_assert_uint_eq(failed_copies, 1);
    ck_assert_uint_eq(copies(), 0);
    meet_and_sign(2, 0);
}
END_TEST

/* The other one is inside; this one's nth lock fails. */
static void lock_fails(unsigned number, void *data)
{
    const unsigned nth = *(const unsigned *) data;
    unsigned char made[LENGTH];
    int ret;

    meeting_next();
    if (number == 0) {
        LIVE_EQ(sign(meeting_rng, NULL, made), 0);
        LIVE_EQ(memcmp(made, signature[0], LENGTH), 0);
        return;
    }
    LIVE_EQ(mbedguard_rsa_get_len(&used), LENGTH);
    lock_fails_in = nth;
    ret = sign(mbedguard_ctr_drbg_random, &live_drbg, made);
    lock_fails_in = 0;
    if (ret == 0)
        LIVE_EQ(memcmp(made, signature[0], LENGTH), 0);
    /* However it ended: it can be done again. */
    LIVE_EQ(sign(meeting_rng, NULL, made), 0);
    LIVE_EQ(memcmp(made, signature[0], LENGTH), 0);
}

START_TEST(a_failed_lock_is_told)
{
    unsigned nth;

    for (nth = 1; nth <= 12; nth++) {
        meeting_of(2);
        live_threads(2, lock_fails, &nth);
        ck_assert(meeting_took_place());
    }
    ck_assert_int_eq(mbedguard_rsa_copy(&used, &key[0]), 0);
    ck_assert_uint_eq(copies(), 0);
    meet_and_sign(THREADS, 0);
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("rsa-ends");
    TCase *tc;

    tc = live_case_with(suite, "misuse", one_key_setup, one_key_teardown);
    tcase_add_test(tc, null_empty_and_freed_keys_are_refused);
    tcase_add_test(tc, a_call_back_to_the_key_is_refused);
    tcase_add_test(tc, under_a_lock_the_key_itself_is_used);

    tc = live_case_with(suite, "ends", one_key_setup, one_key_teardown);
    tcase_add_test(tc, who_ends_inside_leaves_an_error);
    tcase_add_test(tc, a_child_has_key_and_copies);
    tcase_add_test(tc, a_fork_inside_leaves_the_parent_whole);
    tcase_add_test(tc, a_child_is_told_who_was_inside);

    tc = live_case_with(suite, "faults", one_key_setup, one_key_teardown);
    tcase_add_test(tc, copies_are_wiped_and_freed);
    tcase_add_test(tc, without_memory_a_thread_waits_for_the_key);
    tcase_add_test(tc, a_failed_lock_is_told);
    return live_run(suite);
}

#else

int main(void)
{
    return 77;
}

#endif
