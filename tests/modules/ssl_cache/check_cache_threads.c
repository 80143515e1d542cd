/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* One session cache and many threads: what they find, bounds, locks, fork, TLS. */
#if !defined(_POSIX_C_SOURCE)
#define _POSIX_C_SOURCE 200809L
#endif

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "modules/ssl_cache/sessions.h"

#define THREADS 4
#define NUMBERS 64 /* sessions that all know */

static mbedguard_ssl_cache_context cache;
static atomic_uint written[NUMBERS]; /* the last version that its writer has stored */
static atomic_uint done;

static void setup(void)
{
    unsigned i;

    live_setup();
    ck_assert_int_eq(mbedguard_ssl_cache_init(&cache), 0);
    for (i = 0; i < NUMBERS; i++)
        atomic_store(&written[i], 0);
    atomic_store(&done, 0);
}

static void teardown(void)
{
    ck_assert_int_eq(mbedguard_ssl_cache_free(&cache), 0);
    live_teardown();
}

/* ---- What is found was stored, and what was stored is found ------------------------------------ */

/* Each session has one writer, so that its versions only go up. */
static void write_and_read(unsigned number, void *data)
{
    uint32_t dice = number + 1;
    unsigned i;

    (void) data;
    for (i = 1; i <= live_rounds(3000); i++) {
        const unsigned own = live_dice(&dice) % (NUMBERS / THREADS) * THREADS + number;
        const unsigned any = live_dice(&dice) % NUMBERS;
        const unsigned before = atomic_load(&written[any]);
        const int found = find(&cache, any);

        LIVE_EQ(found < -1, 0);
        /* All that was stored before the look-up began was stored before it. */
        LIVE_EQ(found < (int) before && before != 0, 0);
        if (live_dice(&dice) % 2 == 0) {
            LIVE_EQ(put(&cache, own, i), 0);
            atomic_store(&written[own], i);
            LIVE_EQ(find(&cache, own), i);
        }
    }
}

START_TEST(versions_go_up)
{
    ck_assert_int_eq(mbedguard_ssl_cache_set_max_entries(&cache, NUMBERS), 0);
    live_threads(THREADS, write_and_read, NULL);
    ck_assert_uint_le(numbers_of(&cache).entries, NUMBERS);
    ck_assert_uint_eq(numbers_of(&cache).evictions, 0);
}
END_TEST

/* All threads the same few identifiers. */
static void put_same(unsigned number, void *data)
{
    unsigned i;

    (void) data;
    for (i = 0; i < live_rounds(2000); i++) {
        LIVE_EQ(put(&cache, i / 10, number), 0);
        LIVE_EQ((unsigned) find(&cache, i / 10) < THREADS, 1);
    }
}

START_TEST(one_entry_per_identifier)
{
    ck_assert_int_eq(mbedguard_ssl_cache_set_max_entries(&cache, 100000), 0);
    live_threads(THREADS, put_same, NULL);
    ck_assert_uint_eq(numbers_of(&cache).entries, live_rounds(2000) / 10);
    ck_assert_uint_eq(numbers_of(&cache).stores, THREADS * live_rounds(2000));
}
END_TEST

/* ---- Bounds, and everything at once ------------------------------------------------------------ */

#define BOUND 20

/* Bounds on bytes: one that entries seldom come to, and one that few entries come to. */
static const struct bytes {
    size_t least, each;
} bytes[] = {{2000, 100}, {1000, 10}};

/* A session comes before the cache: it is locked with it. */
static int lock_both(mbedguard_ssl_cache_context *a_cache, mbedguard_ssl_session *session)
{
    const mbedguard_object set[] = {MBEDGUARD_OBJECT(session), MBEDGUARD_OBJECT(a_cache)};

    return mbedguard_lock_set(set, 2);
}

static void unlock_both(mbedguard_ssl_cache_context *a_cache, mbedguard_ssl_session *session)
{
    LIVE_EQ(mbedguard_unlock(a_cache), 0);
    LIVE_EQ(mbedguard_unlock(session), 0);
}

static void put_with(mbedguard_ssl_session *session, unsigned number, unsigned version)
{
    mbedtls_ssl_session_free(&session->unguarded);
    session_make(&session->unguarded, number, version);
    LIVE_EQ(put_session(&cache, session), 0);
}

static int find_with(mbedguard_ssl_session *session, unsigned number)
{
    const int ret = find_into(&cache, number, session);

    return ret == 0 ? session_version(&session->unguarded, number) : ret;
}

static void put_and_find_locked(unsigned number)
{
    mbedguard_ssl_session session;

    LIVE_EQ(mbedguard_ssl_session_init(&session), 0);
    LIVE_EQ(lock_both(&cache, &session), 0);
    put_with(&session, number, 5);
    LIVE_EQ(find_with(&session, number), 5);
    unlock_both(&cache, &session);
    LIVE_EQ(mbedguard_ssl_session_free(&session), 0);
}

static void do_anything(unsigned number, void *data)
{
    static unsigned char image[THREADS][100000];
    const size_t least = ((const struct bytes *) data)->least;
    const size_t each = ((const struct bytes *) data)->each;
    uint32_t dice = number + 77;
    size_t length;
    unsigned i;

    for (i = 0; i < live_rounds(1500); i++) {
        const unsigned any = live_dice(&dice) % NUMBERS;
        const mbedguard_ssl_cache_statistics numbers = numbers_of(&cache);

        LIVE_EQ(numbers.entries <= BOUND, 1);
        LIVE_EQ(numbers.bytes <= least + NUMBERS * each, 1);
        switch (live_dice(&dice) % 12) {
        case 0:
            LIVE_EQ(take(&cache, any), 0);
            break;
        case 1:
            LIVE_EQ(mbedguard_ssl_cache_expire(&cache, 3, NULL), 0);
            break;
        case 2:
#if defined(MBEDTLS_HAVE_TIME)
            LIVE_EQ(mbedguard_ssl_cache_set_timeout(&cache, 100 + (int) any), 0);
#endif
            break;
        case 3:
            LIVE_EQ(mbedguard_ssl_cache_set_max_entries(&cache, 1 + (int) any % BOUND), 0);
            break;
        case 4:
            LIVE_EQ(mbedguard_ssl_cache_save(&cache, image[number], sizeof(image[number]), &length),
                    0);
            LIVE_EQ(mbedguard_ssl_cache_load(&cache, image[number], length), 0);
            break;
        case 5:
            put_and_find_locked(any);
            break;
        case 6:
            LIVE_EQ(mbedguard_ssl_cache_set_max_bytes(&cache, least + any * each), 0);
            break;
        case 7:
        case 8:
            LIVE_EQ(put(&cache, any, number), 0);
            break;
        default:
            LIVE_EQ(find(&cache, any) >= -1, 1);
        }
    }
}

START_TEST(everything_at_once)
{
    struct bytes bound = bytes[_i];

    ck_assert_int_eq(mbedguard_ssl_cache_set_max_entries(&cache, BOUND), 0);
    ck_assert_int_eq(mbedguard_ssl_cache_set_max_bytes(&cache, bound.least), 0);
    live_threads(THREADS, do_anything, &bound);
}
END_TEST

static void use_or_free(unsigned number, void *data)
{
    unsigned i;

    (void) data;
    for (i = 0; i < live_rounds(2000); i++) {
        if (number == 0) {
            LIVE_EQ(mbedguard_ssl_cache_free(&cache), 0);
        } else {
            LIVE_EQ(put(&cache, i % NUMBERS, number), 0);
            LIVE_EQ(find(&cache, i % NUMBERS) >= -1, 1);
        }
    }
}

START_TEST(freed_in_use)
{
    live_threads(THREADS, use_or_free, NULL);
    ck_assert_int_eq(put(&cache, 1, 3), 0);
    ck_assert_int_eq(find(&cache, 1), 3);
}
END_TEST

/* ---- Explicit locks ---------------------------------------------------------------------------- */

/* Who holds the lock may leave things half done: nobody else ever finds an odd version. */
static void lock_or_look(unsigned number, void *data)
{
    mbedguard_ssl_session session;
    unsigned i;

    (void) data;
    if (number == 0) {
        LIVE_EQ(mbedguard_ssl_session_init(&session), 0);
        for (i = 0; i < live_rounds(2000); i++) {
            LIVE_EQ(lock_both(&cache, &session), 0);
            put_with(&session, 1, 2 * i + 1);
            sched_yield();
            LIVE_EQ(find_with(&session, 1), 2 * i + 1);
            put_with(&session, 1, 2 * i + 2);
            unlock_both(&cache, &session);
        }
        LIVE_EQ(mbedguard_ssl_session_free(&session), 0);
        atomic_store(&done, 1);
        return;
    }
    while (atomic_load(&done) == 0 && !live_failed())
        LIVE_EQ(find(&cache, 1) % 2, 0);
}

START_TEST(a_lock_excludes_looks)
{
    ck_assert_int_eq(put(&cache, 1, 0), 0);
    live_threads(THREADS, lock_or_look, NULL);
}
END_TEST

/* Two caches, locked against the order: refused, and never waited for. */
static void two_caches(unsigned number, void *data)
{
    mbedguard_ssl_cache_context *const caches = data;
    const unsigned first = number % 2;
    mbedguard_ssl_session session;
    unsigned i;

    LIVE_EQ(mbedguard_ssl_session_init(&session), 0);
    for (i = 0; i < live_rounds(500); i++) {
        LIVE_EQ(lock_both(&caches[first], &session), 0);
        LIVE_EQ(find_into(&caches[1 - first], 1, &session), first == 0 ? 0 : MBEDGUARD_ERR_ORDER);
        unlock_both(&caches[first], &session);
    }
    LIVE_EQ(mbedguard_ssl_session_free(&session), 0);
}

START_TEST(locks_keep_the_order)
{
    static mbedguard_ssl_cache_context caches[2];
    unsigned i;

    for (i = 0; i < 2; i++) {
        ck_assert_int_eq(mbedguard_ssl_cache_init(&caches[i]), 0);
        ck_assert_int_eq(put(&caches[i], 1, 7), 0);
    }
    live_threads(THREADS, two_caches, caches);
    for (i = 0; i < 2; i++)
        ck_assert_int_eq(mbedguard_ssl_cache_free(&caches[i]), 0);
}
END_TEST

static void *end_with_lock(void *data)
{
    LIVE_EQ(mbedguard_lock(&cache), 0);
    pthread_exit(data);
}

START_TEST(a_thread_ends_with_the_lock)
{
    pthread_t thread;

    if (live_findings() != 0)
        return;
    ck_assert_int_eq(put(&cache, 1, 1), 0);
    ck_assert_int_eq(pthread_create(&thread, NULL, end_with_lock, NULL), 0);
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
    ck_assert_int_eq(find(&cache, 1), MBEDGUARD_ERR_BROKEN);
    ck_assert_int_eq(put(&cache, 1, 2), MBEDGUARD_ERR_BROKEN);
    ck_assert_int_eq(mbedguard_ssl_cache_free(&cache), 0);
    ck_assert_int_eq(put(&cache, 1, 3), 0);
    ck_assert_int_eq(find(&cache, 1), 3);
}
END_TEST

/* ---- fork() ------------------------------------------------------------------------------------ */

#define CHILD_EQ(got, expected)                                                                    \
    do {                                                                                           \
        if ((got) != (expected))                                                                   \
            return __LINE__ & 0xFF;                                                                \
    } while (0)

/* Its result must be 0, or names the line that is wrong. No tool looks for leaks in there. */
static void in_child(int (*body)(void))
{
    unsigned char result = 0xFF;
    int ends[2], status = 0;
    pid_t child;

    LIVE_EQ(pipe(ends), 0);
    child = fork();
    LIVE_EQ(child < 0, 0);
    if (child == 0) {
        alarm(LIVE_SECONDS / 3);
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
    }
    close(ends[0]);
}

/* Whatever others were doing: all entries are there, and there may be more. */
static int child_of_users(void)
{
    unsigned i;

    for (i = 0; i < NUMBERS; i++) {
        const int found = find(&cache, i);

        CHILD_EQ(found >= 0, 1);
        CHILD_EQ(put(&cache, i, 1000), 0);
        CHILD_EQ(find(&cache, i), 1000);
    }
    CHILD_EQ(numbers_of(&cache).entries, NUMBERS);
    CHILD_EQ(mbedguard_lock(&cache), 0);
    CHILD_EQ(mbedguard_unlock(&cache), 0);
    CHILD_EQ(mbedguard_ssl_cache_free(&cache), 0);
    CHILD_EQ(find(&cache, 1), -1);
    return 0;
}

static void use_or_fork(unsigned number, void *data)
{
    uint32_t dice = number;
    unsigned i;

    (void) data;
    if (number == 0) {
        for (i = 0; i < live_rounds(40); i++)
            in_child(child_of_users);
        atomic_store(&done, 1);
        return;
    }
    while (atomic_load(&done) == 0 && !live_failed()) {
        const unsigned any = live_dice(&dice) % NUMBERS;

        LIVE_EQ(put(&cache, any, number), 0);
        LIVE_EQ(find(&cache, any) >= 0, 1);
    }
}

START_TEST(forked_in_use)
{
    unsigned i;

    ck_assert_int_eq(mbedguard_ssl_cache_set_max_entries(&cache, NUMBERS), 0);
    for (i = 0; i < NUMBERS; i++)
        ck_assert_int_eq(put(&cache, i, 1), 0);
    live_threads(THREADS, use_or_fork, NULL);
}
END_TEST

static int child_of_locker(void)
{
    CHILD_EQ(find(&cache, 1), MBEDGUARD_ERR_BROKEN);
    CHILD_EQ(put(&cache, 1, 2), MBEDGUARD_ERR_BROKEN);
    CHILD_EQ(mbedguard_ssl_cache_free(&cache), 0);
    CHILD_EQ(put(&cache, 1, 2), 0);
    CHILD_EQ(find(&cache, 1), 2);
    return 0;
}

static void lock_or_fork(unsigned number, void *data)
{
    (void) data;
    if (number == 0)
        LIVE_EQ(mbedguard_lock(&cache), 0);
    live_meet();
    if (number == 1)
        in_child(child_of_locker);
    live_meet();
    if (number == 0)
        LIVE_EQ(mbedguard_unlock(&cache), 0);
}

START_TEST(forked_while_locked)
{
    ck_assert_int_eq(put(&cache, 1, 1), 0);
    live_threads(2, lock_or_fork, NULL);
    ck_assert_int_eq(find(&cache, 1), 1);
}
END_TEST

/* In a handler that was registered before the library's: between those, with the gate shut. */
static atomic_bool handlers_run;
static atomic_int handled;
static mbedguard_ssl_cache_context made_in_handler;

static void use_in_handler(void)
{
    if (!atomic_load(&handlers_run))
        return;
    LIVE_EQ(mbedguard_ssl_cache_init(&made_in_handler), 0);
    LIVE_EQ(find(&made_in_handler, 1), -1);
    LIVE_EQ(put(&made_in_handler, 1, 1), 0);
    LIVE_EQ(find(&made_in_handler, 1), 1);
    LIVE_EQ(mbedguard_ssl_cache_free(&made_in_handler), 0);
    LIVE_EQ(find(&cache, 1) >= 0, 1);
    LIVE_EQ(put(&cache, 2, 2), 0);
    atomic_fetch_add(&handled, 1);
}

static int child_of_handlers(void)
{
    CHILD_EQ(atomic_load(&handled), 2);
    CHILD_EQ(find(&cache, 2), 2);
    CHILD_EQ(live_failed(), false);
    return 0;
}

START_TEST(used_in_handlers_of_fork)
{
    ck_assert_int_eq(put(&cache, 1, 1), 0);
    atomic_store(&handled, 0);
    atomic_store(&handlers_run, true);
    in_child(child_of_handlers);
    atomic_store(&handlers_run, false);
    ck_assert_int_eq(atomic_load(&handled), 2);
    ck_assert_int_eq(put(&cache, 3, 3), 0);
}
END_TEST

/* ---- TLS --------------------------------------------------------------------------------------- */

static mbedguard_ssl_config client_config, server_config;
static mbedguard_x509_crt crt;
static mbedguard_pk_context key;
static atomic_uint verified;

static int count_verify(void *context, mbedguard_x509_crt *given, int depth, uint32_t *flags)
{
    (void) context;
    (void) given;
    (void) depth;
    (void) flags;
    atomic_fetch_add(&verified, 1);
    return 0;
}

static int connect_once(mbedguard_ssl_session *session, bool resume)
{
    struct live_pair pair;
    int client = 0, server = 0;
    int ret = live_pair_setup(&pair, &client_config, &server_config, "first");

    if (ret == 0 && resume)
        ret = mbedguard_ssl_set_session(&pair.client, session);
    if (ret == 0) {
        live_pair_handshake(&pair, &client, &server);
        ret = client != 0 ? client : server;
    }
    if (ret == 0)
        ret = live_pair_talk(&pair);
    if (ret == 0 && !resume)
        ret = mbedguard_ssl_get_session(&pair.client, session);
    live_pair_free(&pair);
    return ret;
}

/* One full handshake, and the rest of them short: no certificate is sent. */
static void connect_often(unsigned number, void *data)
{
    const unsigned *const resumed = data;
    mbedguard_ssl_session session;
    unsigned i;

    (void) number;
    LIVE_EQ(mbedguard_ssl_session_init(&session), 0);
    LIVE_EQ(connect_once(&session, false), 0);
    for (i = 0; i < *resumed; i++)
        LIVE_EQ(connect_once(&session, true), 0);
    LIVE_EQ(mbedguard_ssl_session_free(&session), 0);
}

START_TEST(resumption)
{
    unsigned resumed = live_rounds(20);

    atomic_store(&verified, 0);
    live_identity(&crt, &key, 0);
    ck_assert_int_eq(live_config(&client_config, MBEDTLS_SSL_IS_CLIENT, false), 0);
    ck_assert_int_eq(live_config(&server_config, MBEDTLS_SSL_IS_SERVER, false), 0);
    ck_assert_int_eq(mbedguard_ssl_conf_own_cert(&server_config, &crt, &key), 0);
    ck_assert_int_eq(mbedguard_ssl_conf_ca_chain(&client_config, &crt, NULL), 0);
    ck_assert_int_eq(mbedguard_ssl_conf_verify(&client_config, count_verify, NULL), 0);
#if defined(MBEDTLS_SSL_SESSION_TICKETS)
    ck_assert_int_eq(mbedguard_ssl_conf_session_tickets(&client_config, 0), 0);
#endif
    /* Each way round: the client sends its certificate, and the server keeps it in the cache. */
    if (_i != 0) {
        ck_assert_int_eq(mbedguard_ssl_conf_own_cert(&client_config, &crt, &key), 0);
        ck_assert_int_eq(mbedguard_ssl_conf_ca_chain(&server_config, &crt, NULL), 0);
        ck_assert_int_eq(mbedguard_ssl_conf_authmode(&server_config, MBEDTLS_SSL_VERIFY_REQUIRED),
                         0);
        ck_assert_int_eq(mbedguard_ssl_conf_verify(&server_config, count_verify, NULL), 0);
    }
    ck_assert_int_eq(mbedguard_ssl_conf_session_cache(
                         &server_config, &cache, mbedguard_ssl_cache_get, mbedguard_ssl_cache_set),
                     0);
    live_threads(THREADS, connect_often, &resumed);
    ck_assert_uint_eq(atomic_load(&verified), _i != 0 ? 2 * THREADS : THREADS);
    ck_assert_uint_eq(numbers_of(&cache).stores, THREADS);
    ck_assert_uint_eq(numbers_of(&cache).hits, THREADS * resumed);
    ck_assert_uint_eq(numbers_of(&cache).entries, THREADS);
    ck_assert_int_eq(mbedguard_ssl_config_free(&server_config), 0);
    ck_assert_int_eq(mbedguard_ssl_config_free(&client_config), 0);
    ck_assert_int_eq(mbedguard_pk_free(&key), 0);
    ck_assert_int_eq(mbedguard_x509_crt_free(&crt), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("cache threads");
    TCase *tc = live_case_with(suite, "storm", setup, teardown);

    if (pthread_atfork(use_in_handler, use_in_handler, use_in_handler) != 0)
        return 1;

    tcase_add_test(tc, versions_go_up);
    tcase_add_test(tc, one_entry_per_identifier);
    tcase_add_loop_test(tc, everything_at_once, 0, 2);
    tcase_add_test(tc, freed_in_use);
    tc = live_case_with(suite, "locks", setup, teardown);
    tcase_add_test(tc, a_lock_excludes_looks);
    tcase_add_test(tc, locks_keep_the_order);
    /* There the store is locked with the cache, and broken with it. */
    if (!live_takes_turns())
        tcase_add_test(tc, a_thread_ends_with_the_lock);
    tc = live_case_with(suite, "fork", setup, teardown);
    if (!live_takes_turns()) {
        tcase_add_test(tc, forked_in_use);
        tcase_add_test(tc, forked_while_locked);
    }
    tcase_add_test(tc, used_in_handlers_of_fork);
    tc = live_case_with(suite, "tls", setup, teardown);
    tcase_add_loop_test(tc, resumption, 0, 2);
    return live_run(suite);
}
