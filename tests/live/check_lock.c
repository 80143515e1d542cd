/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * What a program may do with guards itself: lock, try, lock several, borrow, count; and what is
 * refused: wrong order, unlocking what is not locked, waiting for the network.
 */
#if !defined(_POSIX_C_SOURCE)
#define _POSIX_C_SOURCE 200809L
#endif

#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <mbedtls/bignum.h>

#include "live/live.h"

#define THREADS 4

static mbedguard_mpi a, b;
static mbedguard_md_context_t md;
static mbedguard_pk_context pk;

static void make(void)
{
    live_setup();
    ck_assert_int_eq(mbedguard_mpi_init(&a), 0);
    ck_assert_int_eq(mbedguard_mpi_init(&b), 0);
    ck_assert_int_eq(mbedguard_md_init(&md), 0);
    ck_assert_int_eq(mbedguard_pk_init(&pk), 0);
    ck_assert_int_eq(mbedguard_mpi_lset(&a, 0), 0);
    ck_assert_int_eq(mbedguard_mpi_lset(&b, 0), 0);
}

static void unmake(void)
{
    ck_assert_int_eq(mbedguard_pk_free(&pk), 0);
    ck_assert_int_eq(mbedguard_md_free(&md), 0);
    ck_assert_int_eq(mbedguard_mpi_free(&b), 0);
    ck_assert_int_eq(mbedguard_mpi_free(&a), 0);
    live_teardown();
}

START_TEST(nested)
{
    ck_assert_int_eq(mbedguard_unlock(&a), MBEDGUARD_ERR_NOT_LOCKED);
    ck_assert_int_eq(mbedguard_lock(&a), 0);
    ck_assert_int_eq(mbedguard_lock(&a), 0);
    ck_assert_int_eq(mbedguard_trylock(&a), 0);
    ck_assert_int_eq(mbedguard_mpi_lset(&a, 3), 0);
    ck_assert_int_eq(mbedguard_unlock(&a), 0);
    ck_assert_int_eq(mbedguard_unlock(&a), 0);
    ck_assert_int_eq(mbedguard_mpi_cmp_int(&a, 3), 0);
    ck_assert_int_eq(mbedguard_unlock(&a), 0);
    ck_assert_int_eq(mbedguard_unlock(&a), MBEDGUARD_ERR_NOT_LOCKED);
    ck_assert_int_eq(mbedguard_lock((mbedguard_mpi *) NULL), MBEDGUARD_ERR_BAD_INPUT);
    ck_assert_int_eq(mbedguard_trylock((mbedguard_mpi *) NULL), MBEDGUARD_ERR_BAD_INPUT);
    ck_assert_int_eq(mbedguard_unlock((mbedguard_mpi *) NULL), MBEDGUARD_ERR_BAD_INPUT);
}
END_TEST

/* Threads 0 and 1 take turns by barriers: what 1 sees is what 0 holds. */
static void try_against(unsigned number, void *data)
{
    (void) data;
    if (number == 0)
        LIVE_EQ(mbedguard_lock(&a), 0);
    live_meet();
    if (number == 1) {
        LIVE_EQ(mbedguard_trylock(&a), MBEDGUARD_ERR_WOULD_WAIT);
        LIVE_EQ(mbedguard_unlock(&a), MBEDGUARD_ERR_NOT_LOCKED);
        LIVE_EQ(mbedguard_trylock(&b), 0);
        LIVE_EQ(mbedguard_unlock(&b), 0);
    }
    live_meet();
    if (number == 0)
        LIVE_EQ(mbedguard_unlock(&a), 0);
    live_meet();
    if (number == 1) {
        LIVE_EQ(mbedguard_trylock(&a), 0);
        LIVE_EQ(mbedguard_unlock(&a), 0);
    }
}

START_TEST(other_thread)
{
    live_threads(2, try_against, NULL);
}
END_TEST

static void borrow_and_add(unsigned number, void *data)
{
    const unsigned rounds = live_rounds(5000);
    mbedtls_mpi *raw;
    unsigned i;

    (void) data;
    for (i = 0; i < rounds && !live_failed(); i++) {
        if (number % 2 != 0) {
            LIVE_EQ(mbedguard_mpi_add_int(&a, &a, 1), 0);
            continue;
        }
        LIVE_EQ(mbedguard_borrow(&a, &raw), 0);
        LIVE_EQ(mbedtls_mpi_add_int(raw, raw, 3), 0);
        LIVE_EQ(mbedtls_mpi_sub_int(raw, raw, 2), 0);
        LIVE_EQ(mbedguard_unlock(&a), 0);
    }
}

START_TEST(borrowed)
{
    mbedtls_mpi *raw = NULL;

    live_threads(THREADS, borrow_and_add, NULL);
    ck_assert_int_eq(mbedguard_mpi_cmp_int(&a, (mbedtls_mpi_sint) THREADS * live_rounds(5000)), 0);
    ck_assert_int_eq(mbedguard_borrow(&a, &raw), 0);
    ck_assert_ptr_eq(raw, &a.unguarded);
    ck_assert_int_eq(mbedguard_unlock(&a), 0);
    ck_assert_int_eq(mbedguard_borrow((mbedguard_mpi *) NULL, &raw), MBEDGUARD_ERR_BAD_INPUT);
    ck_assert_ptr_null(raw);
}
END_TEST

/* ---- Order ----------------------------------------------------------------------------------- */

START_TEST(wrong_order)
{
    mbedguard_mpi *const low = &a < &b ? &a : &b, *const high = &a < &b ? &b : &a;

    /* Within a rank: by address. */
    ck_assert_int_eq(mbedguard_lock(high), 0);
    ck_assert_int_eq(mbedguard_lock(low), MBEDGUARD_ERR_ORDER);
    ck_assert_int_eq(mbedguard_trylock(low), MBEDGUARD_ERR_ORDER);
    ck_assert_int_eq(mbedguard_mpi_lset(low, 1), MBEDGUARD_ERR_ORDER);
    ck_assert_int_eq(mbedguard_mpi_add_mpi(high, low, high), MBEDGUARD_ERR_ORDER);
    ck_assert_int_eq(mbedguard_mpi_lset(high, 1), 0);
    ck_assert_int_eq(mbedguard_unlock(low), MBEDGUARD_ERR_NOT_LOCKED);
    ck_assert_int_eq(mbedguard_unlock(high), 0);
    ck_assert_int_eq(mbedguard_lock(low), 0);
    ck_assert_int_eq(mbedguard_lock(high), 0);
    ck_assert_int_eq(mbedguard_mpi_add_mpi(high, low, high), 0);
    /* Letting go in the order of taking is as good as the other way round. */
    ck_assert_int_eq(mbedguard_unlock(low), 0);
    ck_assert_int_eq(mbedguard_unlock(high), 0);
    /* Between ranks: a key comes before a number, a number before a hash. */
    ck_assert_int_eq(mbedguard_lock(&a), 0);
    ck_assert_int_eq(mbedguard_lock(&pk), MBEDGUARD_ERR_ORDER);
    ck_assert_int_eq(mbedguard_pk_can_do(&pk, MBEDTLS_PK_RSA), 0);
    ck_assert_int_eq(mbedguard_pk_get_type(&pk), MBEDTLS_PK_NONE);
    ck_assert_int_eq(mbedguard_lock(&md), 0);
    ck_assert_int_eq(mbedguard_unlock(&md), 0);
    ck_assert_int_eq(mbedguard_unlock(&a), 0);
    ck_assert_int_eq(mbedguard_lock(&pk), 0);
    ck_assert_int_eq(mbedguard_lock(&a), 0);
    ck_assert_int_eq(mbedguard_unlock(&pk), 0);
    ck_assert_int_eq(mbedguard_unlock(&a), 0);
    if ((mbedguard_threading_features() & MBEDGUARD_FEATURE_LOCKCHECK) != 0)
        ck_assert_uint_gt(live_findings(), 0);
}
END_TEST

START_TEST(sets)
{
    mbedguard_object set[] = {MBEDGUARD_OBJECT(&md), MBEDGUARD_OBJECT(&b),  MBEDGUARD_OBJECT(&a),
                              MBEDGUARD_OBJECT(&b),  MBEDGUARD_OBJECT(&pk), MBEDGUARD_OBJECT(&a)};
    const mbedguard_object absent[] = {MBEDGUARD_OBJECT((mbedguard_mpi *) NULL),
                                       MBEDGUARD_OBJECT(&a)};

    /* In any order, with repetitions; all is held afterwards, and nothing at the end. */
    ck_assert_int_eq(mbedguard_lock_set(set, 6), 0);
    ck_assert_int_eq(mbedguard_mpi_add_mpi(&a, &b, &b), 0);
    ck_assert_int_eq(mbedguard_pk_get_type(&pk), MBEDTLS_PK_NONE);
    ck_assert_int_eq(mbedguard_lock_set(set, 6), 0);
    ck_assert_int_eq(mbedguard_unlock_set(set, 6), 0);
    ck_assert_int_eq(mbedguard_unlock_set(set, 6), 0);
    ck_assert_int_eq(mbedguard_unlock(&a), MBEDGUARD_ERR_NOT_LOCKED);
    ck_assert_int_eq(mbedguard_unlock(&b), MBEDGUARD_ERR_NOT_LOCKED);
    ck_assert_int_eq(mbedguard_unlock(&md), MBEDGUARD_ERR_NOT_LOCKED);
    ck_assert_int_eq(mbedguard_unlock(&pk), MBEDGUARD_ERR_NOT_LOCKED);
    ck_assert_int_eq(mbedguard_lock_set(set, 0), 0);
    ck_assert_int_eq(mbedguard_unlock_set(set, 0), 0);
    ck_assert_int_eq(mbedguard_lock_set(absent, 2), 0);
    ck_assert_int_eq(mbedguard_unlock_set(absent, 2), 0);
    /* One that cannot be had: none is. */
    ck_assert_int_eq(mbedguard_lock(&a), 0);
    ck_assert_int_eq(mbedguard_lock_set(set, 6), MBEDGUARD_ERR_ORDER);
    ck_assert_int_eq(mbedguard_unlock(&md), MBEDGUARD_ERR_NOT_LOCKED);
    ck_assert_int_eq(mbedguard_unlock(&a), 0);
    ck_assert_int_eq(mbedguard_unlock(&a), MBEDGUARD_ERR_NOT_LOCKED);
}
END_TEST

static void sets_of_all_kinds(unsigned number, void *data)
{
    mbedguard_object set[] = {MBEDGUARD_OBJECT(&md), MBEDGUARD_OBJECT(&b), MBEDGUARD_OBJECT(&a),
                              MBEDGUARD_OBJECT(&pk)};
    const unsigned rounds = live_rounds(5000);
    uint32_t dice = number + 77;
    unsigned i, j, k;

    (void) data;
    for (i = 0; i < rounds && !live_failed(); i++) {
        const mbedguard_object last = set[3];

        j = live_dice(&dice) % 4;
        k = 2 + live_dice(&dice) % 3;
        set[3] = set[j];
        set[j] = last;
        LIVE_EQ(mbedguard_lock_set(set, k), 0);
        LIVE_EQ(mbedguard_unlock_set(set, k), 0);
        LIVE_EQ(mbedguard_mpi_swap(&a, &b), 0);
    }
}

START_TEST(sets_cross)
{
    live_threads(THREADS, sets_of_all_kinds, NULL);
}
END_TEST

/* ---- Waiting, counting ----------------------------------------------------------------------- */

START_TEST(no_waiting_under_a_lock)
{
    mbedtls_net_context net, other;
    unsigned char byte = 'x';
    int ends[2];

    mbedtls_net_init(&net);
    mbedtls_net_init(&other);
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    net.fd = ends[0];
    ck_assert_int_eq(mbedguard_lock(&a), 0);
    /* Nothing has come: no call waits for it. */
    ck_assert_int_eq(mbedguard_net_recv(&net, &byte, 1), MBEDTLS_ERR_SSL_WANT_READ);
    ck_assert_int_eq(mbedguard_net_recv_timeout(&net, &byte, 1, 60000), MBEDTLS_ERR_SSL_WANT_READ);
    ck_assert_int_eq(mbedguard_net_accept(&net, &other, NULL, 0, NULL), MBEDGUARD_ERR_WOULD_WAIT);
    ck_assert_int_eq(mbedguard_net_connect(&other, "127.0.0.1", "9", MBEDTLS_NET_PROTO_TCP),
                     MBEDGUARD_ERR_WOULD_WAIT);
    ck_assert_int_eq(write(ends[1], &byte, 1), 1);
    ck_assert_int_eq(mbedguard_net_recv(&net, &byte, 1), 1);
    ck_assert_int_eq(byte, 'x');
    ck_assert_int_eq(mbedguard_net_send(&net, &byte, 1), 1);
    ck_assert_int_eq(read(ends[1], &byte, 1), 1);
    ck_assert_int_eq(mbedguard_unlock(&a), 0);
    /* Without the lock it does. */
    ck_assert_int_eq(mbedguard_net_recv_timeout(&net, &byte, 1, 1), MBEDTLS_ERR_SSL_TIMEOUT);
    close(ends[1]);
    ck_assert_int_eq(mbedguard_net_recv(&net, &byte, 1), 0);
    mbedguard_net_free(&net);
}
END_TEST

static void add_often(unsigned number, void *data)
{
    const unsigned rounds = live_rounds(2000);
    unsigned i;

    (void) number;
    (void) data;
    for (i = 0; i < rounds; i++)
        LIVE_EQ(mbedguard_mpi_add_int(&a, &a, 1), 0);
}

START_TEST(counters)
{
    mbedguard_counters before, after;

    ck_assert_int_eq(mbedguard_get_counters(&a, &before), 0);
    ck_assert_int_eq(mbedguard_count_acquisitions(1), 0);
    ck_assert_int_eq(mbedguard_get_counters(&a, &before), 0);
    live_threads(THREADS, add_often, NULL);
    ck_assert_int_eq(mbedguard_get_counters(&a, &after), 0);
    ck_assert_uint_ge(after.acquisitions - before.acquisitions, THREADS * live_rounds(2000));
    ck_assert_uint_le(after.contentions, after.acquisitions);
    ck_assert_int_eq(mbedguard_count_acquisitions(0), 0);
    ck_assert_int_eq(mbedguard_get_counters((mbedguard_mpi *) NULL, &after),
                     MBEDGUARD_ERR_BAD_INPUT);
}
END_TEST

/* ---- A thread that ends in the middle of a call ---------------------------------------------- */

static int rng_that_ends_the_thread(void *context, unsigned char *out, size_t length)
{
    (void) context;
    (void) out;
    (void) length;
    pthread_exit(NULL);
}

static void *end_in_a_call(void *data)
{
    (void) mbedguard_mpi_fill_random(&a, 4, rng_that_ends_the_thread, NULL);
    return data;
}

START_TEST(broken)
{
    pthread_t thread;

    ck_assert_int_eq(pthread_create(&thread, NULL, end_in_a_call, NULL), 0);
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
    /* Half changed: nobody can use it, and nobody hangs. */
    ck_assert_int_eq(mbedguard_mpi_lset(&a, 1), MBEDGUARD_ERR_BROKEN);
    ck_assert_int_eq(mbedguard_lock(&a), MBEDGUARD_ERR_BROKEN);
    ck_assert_int_lt(mbedguard_mpi_cmp_int(&a, 0), -1);
    /* _free forgets what Mbed TLS allocated, as it may be inconsistent; here it is not. */
    mbedtls_mpi_free(&a.unguarded);
    ck_assert_int_eq(mbedguard_mpi_free(&a), 0);
    ck_assert_int_eq(mbedguard_mpi_init(&a), 0);
    ck_assert_int_eq(mbedguard_mpi_lset(&a, 1), 0);
}
END_TEST

static void *end_with_a_lock(void *data)
{
    LIVE_EQ(mbedguard_lock(&a), 0);
    return data;
}

START_TEST(ended_with_a_lock)
{
    pthread_t thread;
    int ret;

    ck_assert_int_eq(pthread_create(&thread, NULL, end_with_a_lock, NULL), 0);
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
    live_assert_none();
    /* Free again or broken, but no hang. */
    ret = mbedguard_trylock(&a);
    ck_assert(ret == 0 || ret == MBEDGUARD_ERR_BROKEN);
    if (ret == 0)
        ck_assert_int_eq(mbedguard_unlock(&a), 0);
    mbedtls_mpi_free(&a.unguarded);
    ck_assert_int_eq(mbedguard_mpi_free(&a), 0);
    ck_assert_int_eq(mbedguard_mpi_init(&a), 0);
}
END_TEST

/* ---- What is no cache and no key -------------------------------------------------------------- */

#define BYTES_MOST 8192

/* Other types of a rank may have the size of one that means something to a lock: they are left alone. */
static void lock_lookalike(size_t size, unsigned rank)
{
    static _Alignas(128) unsigned char object[BYTES_MOST];
    const size_t before = size - sizeof(mbedguard_guard);
    unsigned fill;

    ck_assert_uint_le(size, sizeof(object));
    for (fill = 0; fill < 256; fill += 85) {
        size_t i;

        memset(object, (int) fill, sizeof(object));
        memset(object + before, 0, sizeof(mbedguard_guard));
        ck_assert_int_eq(mbedguard_object_lock(object, size, rank, "test"), 0);
        for (i = 0; i < before; i++)
            ck_assert_uint_eq(object[i], fill);
        ck_assert_int_eq(mbedguard_object_unlock(object, size, "test"), 0);
        for (i = 0; i < before; i++)
            ck_assert_uint_eq(object[i], fill);
    }
}

START_TEST(lookalikes)
{
#if defined(MBEDTLS_SSL_CACHE_C)
    lock_lookalike(sizeof(mbedguard_ssl_cache_context), MBEDGUARD_RANK_CACHE);
#endif
#if defined(MBEDTLS_RSA_C) && MBEDTLS_VERSION_NUMBER < 0x04000000
    lock_lookalike(sizeof(mbedguard_rsa_context), MBEDGUARD_RANK_KEY);
#endif
    live_assert_none();
}
END_TEST

static TCase *lock_case(Suite *suite, const char *name)
{
    return live_case_with(suite, name, make, unmake);
}

int main(void)
{
    Suite *suite = suite_create("lock");
    TCase *tc = lock_case(suite, "lock");

    tcase_add_test(tc, nested);
    tcase_add_test(tc, other_thread);
    tcase_add_test(tc, borrowed);
    tcase_add_test(tc, lookalikes);
    tc = lock_case(suite, "order");
    tcase_add_test(tc, wrong_order);
    tcase_add_test(tc, sets);
    tcase_add_test(tc, sets_cross);
    tc = lock_case(suite, "waiting and counting");
    tcase_add_test(tc, no_waiting_under_a_lock);
    tcase_add_test(tc, counters);
    tc = lock_case(suite, "threads that end");
    tcase_add_test(tc, broken);
    tcase_add_test(tc, ended_with_a_lock);
    return live_run(suite);
}
