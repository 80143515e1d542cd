/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* One ticket context, many threads: side by side, during changes, after fork() and the end of threads. */
#if !defined(_POSIX_C_SOURCE)
#define _POSIX_C_SOURCE 200809L
#endif

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tickets.h"
#if defined(MBEDTLS_PSA_CRYPTO_C)
#include <mbedguard/psa/crypto.h>
#endif

#define MEET_SECONDS 60 /* until those who should meet are given up */
#define THREADS      4
#define CHILD_SECONDS (LIVE_SECONDS / 3)

static mbedguard_ssl_ticket_context tickets;

static int64_t seconds_now(void)
{
    struct timespec now;

    (void) clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec;
}

/* Wait until the number is there; false where it does not come. */
static bool wait_for(atomic_uint *number, unsigned expected)
{
    const int64_t until = seconds_now() + MEET_SECONDS;

    while (atomic_load(number) < expected) {
        if (seconds_now() > until)
            return false;
        (void) sched_yield();
    }
    return true;
}

/* ---- Generators that several threads use ------------------------------------------------------- */

static struct source shared_source;
static pthread_mutex_t source_mutex = PTHREAD_MUTEX_INITIALIZER;
/* What a call of a thread does in the generator beside: 0 nothing. */
enum { GO_ON, MEET, STAY, END };
static _Thread_local int in_generator;
static atomic_uint inside, may_leave;
static atomic_bool missed;

static int shared_draw(void *source, unsigned char *out, size_t size)
{
    const int does = in_generator;
    int ret;

    in_generator = GO_ON;
    if (does == MEET) {
        atomic_fetch_add(&inside, 1);
        if (!wait_for(&inside, 2))
            atomic_store(&missed, true);
    } else if (does == STAY) {
        atomic_fetch_add(&inside, 1);
        if (!wait_for(&may_leave, 1))
            atomic_store(&missed, true);
    } else if (does == END) {
        pthread_exit(NULL);
    }
    if (pthread_mutex_lock(&source_mutex) != 0)
        return SOURCE_FAILS;
    ret = source_draw(source, out, size);
    return pthread_mutex_unlock(&source_mutex) == 0 ? ret : SOURCE_FAILS;
}

static void set_up(void)
{
    memset(&shared_source, 0, sizeof shared_source);
    in_generator = GO_ON;
    atomic_store(&inside, 0);
    atomic_store(&may_leave, 0);
    atomic_store(&missed, false);
    ck_assert_int_eq(mbedguard_ssl_ticket_init(&tickets), 0);
    ck_assert_int_eq(mbedguard_ssl_ticket_setup(&tickets, shared_draw, &shared_source,
                                                MBEDTLS_CIPHER_AES_256_GCM, LONG_LIFE),
                     0);
}

static void tear_down(void)
{
    ck_assert_int_eq(mbedguard_ssl_ticket_free(&tickets), 0);
}

/* ---- Side by side ------------------------------------------------------------------------------ */

static void meet_in_generator(unsigned number, void *data)
{
    struct ticket ticket;
    uint32_t found = 0;

    (void) data;
    in_generator = MEET;
    LIVE_EQ(ticket_seal(&tickets, number, &ticket), 0);
    LIVE_EQ(ticket_open(&tickets, &ticket, &found), 0);
    LIVE_EQ(found, number);
}

START_TEST(two_seal_at_once)
{
    set_up();
    live_threads(2, meet_in_generator, NULL);
    ck_assert(!atomic_load(&missed));
    tear_down();
}
END_TEST

static void stay_or_open(unsigned number, void *data)
{
    const struct ticket *const ticket = data;
    struct ticket mine;
    unsigned char bytes[MBEDGUARD_SSL_TICKET_KEYS_SIZE];
    uint32_t found = 0;
    size_t length;

    if (number == 0) {
        in_generator = STAY;
        LIVE_EQ(ticket_seal(&tickets, 1, &mine), 0);
        return;
    }
    LIVE_EQ(wait_for(&inside, 1), true);
    LIVE_EQ(ticket_open(&tickets, ticket, &found), 0);
    LIVE_EQ(found, 77);
    LIVE_EQ(mbedguard_ssl_ticket_export_keys(&tickets, bytes, sizeof bytes, &length), 0);
    atomic_store(&may_leave, 1);
}

START_TEST(one_opens_while_another_seals)
{
    struct ticket ticket;

    set_up();
    ck_assert_int_eq(ticket_seal(&tickets, 77, &ticket), 0);
    live_threads(2, stay_or_open, &ticket);
    ck_assert(!atomic_load(&missed));
    tear_down();
}
END_TEST

/* ---- A storm of rotations ---------------------------------------------------------------------- */

static atomic_uint started, completed; /* rotations: each to the key with the number */
static atomic_uint workers_done;

static uint32_t key_of(const struct ticket *ticket)
{
    return (uint32_t) ticket->bytes[0] | (uint32_t) ticket->bytes[1] << 8 |
           (uint32_t) ticket->bytes[2] << 16 | (uint32_t) ticket->bytes[3] << 24;
}

static void rotate_many(void)
{
    unsigned number = 0;

    while (atomic_load(&workers_done) < THREADS - 1) {
        atomic_store(&started, ++number);
        LIVE_EQ(ticket_rotate(&tickets, number, LONG_LIFE), 0);
        atomic_store(&completed, number);
        (void) sched_yield();
    }
}

/* Seal some, and open them later: what they are under tells what has to happen. */
static void seal_and_open_many(uint32_t seed)
{
    static _Thread_local struct ticket kept[8];
    uint32_t contents[8] = {0}, dice = seed, found;
    unsigned i, slot, before, after, key;
    int ret;

    memset(kept, 0, sizeof kept);
    for (i = 0; i < live_rounds(3000); i++) {
        slot = live_dice(&dice) % 8;
        before = atomic_load(&completed);
        if (kept[slot].length == 0 || live_dice(&dice) % 3 == 0) {
            contents[slot] = live_dice(&dice);
            LIVE_EQ(ticket_seal(&tickets, contents[slot], &kept[slot]), 0);
            key = key_of(&kept[slot]);
            LIVE_EQ(key >= before && key <= atomic_load(&started), true);
            continue;
        }
        key = key_of(&kept[slot]);
        found = 0;
        ret = ticket_open(&tickets, &kept[slot], &found);
        after = atomic_load(&started);
        if (key + 1 >= after)
            LIVE_EQ(ret, 0);
        else if (key + 1 < before)
            LIVE_EQ(ret, MBEDTLS_ERR_SSL_SESSION_TICKET_EXPIRED);
        else
            LIVE_EQ(ret == 0 || ret == MBEDTLS_ERR_SSL_SESSION_TICKET_EXPIRED, true);
        if (ret == 0)
            LIVE_EQ(found, contents[slot]);
    }
    atomic_fetch_add(&workers_done, 1);
}

static void storm_body(unsigned number, void *data)
{
    (void) data;
    if (number == 0)
        rotate_many();
    else
        seal_and_open_many(number);
}

START_TEST(rotation_storm)
{
    set_up();
    atomic_store(&workers_done, 0);
    atomic_store(&started, 1);
    ck_assert_int_eq(ticket_rotate(&tickets, 0, LONG_LIFE), 0);
    ck_assert_int_eq(ticket_rotate(&tickets, 1, LONG_LIFE), 0);
    atomic_store(&started, 0);
    atomic_store(&completed, 0);
    ck_assert_int_eq(ticket_rotate(&tickets, 0, LONG_LIFE), 0);
    live_threads(THREADS, storm_body, NULL);
    tear_down();
}
END_TEST

#if defined(MBEDTLS_HAVE_TIME)
/* By lifetime: of all who find a key due, all at once, one makes the new one. */
static void seal_when_due(unsigned number, void *data)
{
    struct ticket ticket;
    unsigned round;

    (void) data;
    for (round = 0; round < 20; round++) {
        live_meet();
        if (number == 0)
            atomic_fetch_add(&ticket_clock, 60);
        live_meet();
        ticket_meets_at_look = 2;
        LIVE_EQ(ticket_seal(&tickets, number, &ticket), 0);
    }
}

START_TEST(renewed_once)
{
    unsigned before;

    atomic_store(&ticket_clock, 1000000);
    set_up();
    ck_assert_int_eq(ticket_rotate(&tickets, 0, 60), 0);
    before = shared_source.calls;
    /* Where they take turns, no two look at once. */
    ticket_meeting = live_takes_turns() ? 1 : THREADS;
    live_threads(THREADS, seal_when_due, NULL);
    /* A name and a key for each round, and a nonce for each ticket. */
    ck_assert_uint_eq(shared_source.calls - before, 20 * (2 + THREADS));
    tear_down();
    atomic_store(&ticket_clock, 0);
}
END_TEST
#endif

/* ---- Locked, freed, set up while in use --------------------------------------------------------- */

static atomic_uint locked, sealed;

static void lock_or_seal(unsigned number, void *data)
{
    struct ticket ticket;
    unsigned i;

    (void) data;
    if (number != 0) {
        LIVE_EQ(wait_for(&locked, 1), true);
        LIVE_EQ(ticket_seal(&tickets, 1, &ticket), 0);
        atomic_fetch_add(&sealed, 1);
        return;
    }
    LIVE_EQ(mbedguard_lock(&tickets), 0);
    atomic_store(&locked, 1);
    for (i = 0; i < 2000; i++) {
        (void) sched_yield();
        LIVE_EQ(atomic_load(&sealed), 0);
    }
    LIVE_EQ(mbedguard_unlock(&tickets), 0);
}

START_TEST(lock_keeps_others_out)
{
    set_up();
    atomic_store(&locked, 0);
    atomic_store(&sealed, 0);
    live_threads(3, lock_or_seal, NULL);
    ck_assert_uint_eq(atomic_load(&sealed), 2);
    tear_down();
}
END_TEST

static bool is_of_change(int ret)
{
    return ret == 0 || ret == MBEDTLS_ERR_SSL_BAD_INPUT_DATA ||
           ret == MBEDTLS_ERR_SSL_SESSION_TICKET_EXPIRED;
}

static void change_or_use(unsigned number, void *data)
{
    struct ticket ticket;
    uint32_t found;
    unsigned i;

    (void) data;
    for (i = 0; i < live_rounds(400); i++) {
        if (number == 0) {
            LIVE_EQ(mbedguard_ssl_ticket_free(&tickets), 0);
            (void) sched_yield();
            LIVE_EQ(mbedguard_ssl_ticket_setup(&tickets, shared_draw, &shared_source,
                                               MBEDTLS_CIPHER_AES_256_GCM, LONG_LIFE),
                    0);
        } else if (ticket_seal(&tickets, i, &ticket) == 0) {
            const int ret = ticket_open(&tickets, &ticket, &found);

            LIVE_EQ(is_of_change(ret), true);
            if (ret == 0)
                LIVE_EQ(found, i);
        }
    }
}

START_TEST(freed_while_in_use)
{
    set_up();
    live_threads(THREADS, change_or_use, NULL);
    tear_down();
}
END_TEST

/* ---- Threads that end, and that are gone ----------------------------------------------------------- */

#if !defined(__SANITIZE_THREAD__)
static void *end_while_sealing(void *data)
{
    struct ticket ticket;

    in_generator = END;
    (void) ticket_seal(&tickets, 1, &ticket);
    return data;
}

/* Where it used PSA inside, without locks, the store is broken, and with it all that needs it. */
static void assert_all_broken(const struct ticket *ticket)
{
    struct ticket mine;
    uint32_t found;

    ck_assert_int_eq(ticket_open(&tickets, ticket, &found), MBEDGUARD_ERR_BROKEN);
    ck_assert_int_eq(ticket_seal(&tickets, 7, &mine), MBEDGUARD_ERR_BROKEN);
    ck_assert_int_eq(ticket_rotate(&tickets, 2, 100), MBEDGUARD_ERR_BROKEN);
}

START_TEST(ended_in_turn)
{
    struct ticket ticket;
    pthread_t thread;

    set_up();
    ck_assert_int_eq(ticket_seal(&tickets, 5, &ticket), 0);
    ck_assert_int_eq(pthread_create(&thread, NULL, end_while_sealing, NULL), 0);
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
    assert_all_broken(&ticket);
#if defined(MBEDTLS_PSA_CRYPTO_C)
    ck_assert_int_eq(mbedguard_psa_crypto_init(), PSA_ERROR_SERVICE_FAILURE);
#endif
}
END_TEST

/* The one that makes a new key is gone: the next one makes it. */
START_TEST(ended_while_renewing)
{
    struct ticket ticket;
    pthread_t thread;
    uint32_t found = 0;

    set_up();
    ck_assert_int_eq(ticket_rotate(&tickets, 1, 100), 0);
    atomic_store(&ticket_clock, (long) time(NULL) + 1000);
    ck_assert_int_eq(pthread_create(&thread, NULL, end_while_sealing, NULL), 0);
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
    ck_assert_int_eq(ticket_seal(&tickets, 7, &ticket), 0);
    ck_assert_int_eq(ticket_open(&tickets, &ticket, &found), 0);
    ck_assert_uint_eq(found, 7);
    ck_assert_int_eq(ticket_rotate(&tickets, 2, 100), 0);
    atomic_store(&ticket_clock, 0);
    tear_down();
}
END_TEST

/* Each lane is left in the middle, and all go on. */
START_TEST(ended_inside)
{
    pthread_t thread;
    struct ticket ticket;
    uint32_t found = 0;
    unsigned i;

    set_up();
    ck_assert_int_eq(ticket_seal(&tickets, 5, &ticket), 0);
    for (i = 0; i < 40; i++) {
        ck_assert_int_eq(pthread_create(&thread, NULL, end_while_sealing, NULL), 0);
        ck_assert_int_eq(pthread_join(thread, NULL), 0);
        ck_assert_int_eq(ticket_open(&tickets, &ticket, &found), 0);
        ck_assert_uint_eq(found, 5);
    }
    live_threads(2, meet_in_generator, NULL);
    ck_assert(!atomic_load(&missed));
    ck_assert_int_eq(ticket_rotate(&tickets, 1, LONG_LIFE), 0);
    ck_assert_int_eq(ticket_open(&tickets, &ticket, &found), 0);
    tear_down();
}
END_TEST
#endif

static void *stay_while_sealing(void *data)
{
    struct ticket ticket;

    in_generator = STAY;
    LIVE_EQ(ticket_seal(&tickets, 1, &ticket), 0);
    return data;
}

/*
 * The end of a child: by a signal where all is well, so that no tool looks for leaks in a process that
 * lost the stacks of its threads.
 */
static void end_child(int result)
{
    if (result == 0)
        (void) raise(SIGKILL);
    _exit(result);
}

/* In the child: everything with a context in whose lanes threads were that are gone. */
static int use_in_child(const struct ticket *ticket)
{
    struct ticket mine;
    uint32_t found = 0;
    unsigned i;

    for (i = 0; i < 40; i++) {
        if (ticket_open(&tickets, ticket, &found) != 0 || found != 9)
            return 1;
        if (ticket_seal(&tickets, i, &mine) != 0)
            return 2;
        if (ticket_open(&tickets, &mine, &found) != 0 || found != i)
            return 3;
    }
    if (ticket_rotate(&tickets, 3, LONG_LIFE) != 0)
        return 4;
    if (ticket_open(&tickets, ticket, &found) != 0 || found != 9)
        return 5;
    return mbedguard_ssl_ticket_free(&tickets) == 0 ? 0 : 6;
}

/* The same where one was in the store alone: it is broken, and all that needs it says so. */
static int use_broken_in_child(const struct ticket *ticket)
{
    struct ticket mine;
    uint32_t found;

    if (ticket_open(&tickets, ticket, &found) != MBEDGUARD_ERR_BROKEN)
        return 1;
    if (ticket_seal(&tickets, 1, &mine) != MBEDGUARD_ERR_BROKEN)
        return 2;
    return ticket_rotate(&tickets, 3, LONG_LIFE) == MBEDGUARD_ERR_BROKEN ? 0 : 3;
}

/* Both lanes taken, where there are two: the child has to mend one. */
START_TEST(forked_while_in_use)
{
    pthread_t threads[16];
    struct ticket ticket;
    int status = 0, result;
    unsigned i;
    pid_t child;

    set_up();
    ck_assert_int_eq(ticket_seal(&tickets, 9, &ticket), 0);
    for (i = 0; i < 2; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, stay_while_sealing, NULL), 0);
    ck_assert(wait_for(&inside, live_takes_turns() ? 1 : 2));
    child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        alarm(CHILD_SECONDS);
        result = live_takes_turns() ? use_broken_in_child(&ticket) : use_in_child(&ticket);
        end_child(result);
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(WIFSIGNALED(status) ? WTERMSIG(status) : -WEXITSTATUS(status), SIGKILL);
    atomic_store(&may_leave, 1);
    for (i = 0; i < 2; i++)
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
    live_assert_none();
    tear_down();
}
END_TEST

#if defined(MBEDTLS_HAVE_TIME)
static unsigned char carried[MBEDGUARD_SSL_TICKET_KEYS_SIZE];
static size_t carried_length;

static int rotate(void)
{
    return ticket_rotate(&tickets, 3, LONG_LIFE);
}

static int import(void)
{
    return mbedguard_ssl_ticket_import_keys(&tickets, carried, carried_length);
}

static int export(void)
{
    return mbedguard_ssl_ticket_export_keys(&tickets, carried, sizeof carried, &carried_length);
}

static int seal(void)
{
    struct ticket ticket;

    return ticket_seal(&tickets, 1, &ticket);
}

static int (*const changes[])(void) = {rotate, import};
static int (*const first_calls[])(void) = {rotate, import, export, seal};
#define CHANGES ((int) (sizeof changes / sizeof changes[0]))
#define FIRST_CALLS ((int) (sizeof first_calls / sizeof first_calls[0]))

/* It has looked at the clock for the time of the key, and has not made anything of it. */
static void *stay_while_changing(void *change)
{
    ticket_meets_at_look = 1;
    LIVE_EQ(changes[*(const int *) change](), 0);
    return NULL;
}

/* The child goes on with the keys that were there before, whatever it begins with. */
static int go_on_in_child(int call, const struct ticket *ticket)
{
    uint32_t found = 0;

    if (first_calls[call]() != 0)
        return 1;
    if (ticket_open(&tickets, ticket, &found) != 0 || found != 9)
        return 2;
    if (seal() != 0 || rotate() != 0)
        return 3;
    return mbedguard_ssl_ticket_free(&tickets) == 0 ? 0 : 4;
}

START_TEST(forked_while_changing)
{
    int change = _i / FIRST_CALLS, status = 0, result;
    struct ticket ticket;
    unsigned looks;
    pthread_t thread;
    pid_t child;

    set_up();
    ck_assert_int_eq(ticket_seal(&tickets, 9, &ticket), 0);
    ck_assert_int_eq(export(), 0);
    ticket_meeting = 2;
    looks = atomic_load(&ticket_looks);
    ck_assert_int_eq(pthread_create(&thread, NULL, stay_while_changing, &change), 0);
    ck_assert(wait_for(&ticket_looks, looks + 1));
    child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        alarm(CHILD_SECONDS);
        result = go_on_in_child(_i % FIRST_CALLS, &ticket);
        end_child(result);
    }
    ticket_meets_at_look = 1;
    (void) time(NULL);
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(WIFSIGNALED(status) ? WTERMSIG(status) : -WEXITSTATUS(status), SIGKILL);
    live_assert_none();
    tear_down();
}
END_TEST
#endif

int main(void)
{
    Suite *const suite = suite_create("ssl_ticket_threads");
    TCase *const tc = live_case(suite, "threads");

    if (!live_takes_turns()) {
        tcase_add_test(tc, two_seal_at_once);
        tcase_add_test(tc, one_opens_while_another_seals);
    }
    tcase_add_test(tc, rotation_storm);
#if defined(MBEDTLS_HAVE_TIME)
    tcase_add_test(tc, renewed_once);
#endif
    tcase_add_test(tc, lock_keeps_others_out);
    tcase_add_test(tc, freed_while_in_use);
#if !defined(__SANITIZE_THREAD__)
    /* Mbed TLS's mutex stays locked in the lane that is given up, as helgrind and the like say. */
    if (live_rounds(10) == 10 && !live_takes_turns()) {
        tcase_add_test(tc, ended_inside);
        tcase_add_test(tc, ended_while_renewing);
    }
#endif
    tcase_add_test(tc, forked_while_in_use);
#if defined(MBEDTLS_HAVE_TIME)
    if (!live_takes_turns())
        tcase_add_loop_test(tc, forked_while_changing, 0, CHANGES * FIRST_CALLS);
#endif
#if !defined(__SANITIZE_THREAD__)
    if (live_rounds(10) == 10 && live_takes_turns())
        tcase_add_test(tc, ended_in_turn); /* the last: after it nothing of PSA works */
#endif
    return live_run(suite);
}
