/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The nth allocation and the nth lock fail, Mbed TLS runs out of memory in the middle of a file, the
 * process forks and the thread is cancelled while the library reads, and arguments are wrong: the call
 * says so, of each file all is there or nothing, and all works afterwards. Linked with --wrap.
 */
#if !defined(_POSIX_C_SOURCE)
#define _POSIX_C_SOURCE 200809L
#endif

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <mbedtls/x509_crt.h>

#include "core/enter.h"
#include "modules/x509_crt_path/folder.h"

#define FILES 2u

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void __real_free(void *object);
void __wrap_free(void *object);
int __real_mbedguard_enter(mbedguard_guard *guard, unsigned how, const char *where);
int __wrap_mbedguard_enter(mbedguard_guard *guard, unsigned how, const char *where);
int __real_mbedguard_enter_set(mbedguard_want *set, size_t count, const char *where);
int __wrap_mbedguard_enter_set(mbedguard_want *set, size_t count, const char *where);
int __real_mbedguard_leave(mbedguard_guard *guard, unsigned how);
int __wrap_mbedguard_leave(mbedguard_guard *guard, unsigned how);
int __real_mbedguard_leave_set(mbedguard_want *set, size_t count);
int __wrap_mbedguard_leave_set(mbedguard_want *set, size_t count);
int __real_mbedtls_x509_crt_parse(mbedtls_x509_crt *chain, const unsigned char *buf, size_t buflen);
/* For libraries of Mbed TLS that call it, too. */
__attribute__((visibility("default"))) int
__wrap_mbedtls_x509_crt_parse(mbedtls_x509_crt *chain, const unsigned char *buf, size_t buflen);

/* The nth from now on fails; of this thread. */
static _Thread_local int alloc_fail_in, lock_fail_in, parse_fail_in;

static bool fails(int *in)
{
    return *in > 0 && (*in)-- == 1;
}

void *__wrap_malloc(size_t size)
{
    return fails(&alloc_fail_in) ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails(&alloc_fail_in) ? NULL : __real_calloc(count, size);
}

void __wrap_free(void *object)
{
    __real_free(object);
}

#include "modules/wrapped.h"

int __wrap_mbedguard_enter(mbedguard_guard *guard, unsigned how, const char *where)
{
    return fails(&lock_fail_in) ? MBEDGUARD_ERR_THREADING
                                : __real_mbedguard_enter(guard, how, where);
}

int __wrap_mbedguard_enter_set(mbedguard_want *set, size_t count, const char *where)
{
    return fails(&lock_fail_in) ? MBEDGUARD_ERR_THREADING
                                : __real_mbedguard_enter_set(set, count, where);
}

/* It lets go, and fails. */
int __wrap_mbedguard_leave(mbedguard_guard *guard, unsigned how)
{
    const int ret = __real_mbedguard_leave(guard, how);

    return fails(&lock_fail_in) ? MBEDGUARD_ERR_THREADING : ret;
}

int __wrap_mbedguard_leave_set(mbedguard_want *set, size_t count)
{
    const int ret = __real_mbedguard_leave_set(set, count);

    return fails(&lock_fail_in) ? MBEDGUARD_ERR_THREADING : ret;
}

int __wrap_mbedtls_x509_crt_parse(mbedtls_x509_crt *chain, const unsigned char *buf, size_t buflen)
{
    const int ret = __real_mbedtls_x509_crt_parse(chain, buf, buflen);

    return fails(&parse_fail_in) ? MBEDTLS_ERR_X509_ALLOC_FAILED : ret;
}

static mbedguard_x509_crt chain;
static unsigned reads;

static void make(void)
{
    folder_setup();
    ck_assert_int_eq(mbedguard_x509_crt_init(&chain), 0);
    folder_fill(FILES);
    reads = 0;
}

static void unmake(void)
{
    alloc_fail_in = lock_fail_in = parse_fail_in = 0;
    folder_on_read = NULL;
    ck_assert_int_eq(mbedguard_x509_crt_free(&chain), 0);
    folder_teardown();
}

/* After a failure all is as ever. */
static void expect_all_works(size_t before)
{
    ck_assert_int_eq(mbedguard_held(&chain.guard), 0);
    ck_assert_uint_eq(folder_count(&chain), before);
    ck_assert_int_eq(mbedguard_x509_crt_parse_path(&chain, folder_path), 0);
    ck_assert_uint_eq(folder_count(&chain), before + (size_t) FILES * FOLDER_IN_FILE);
    ck_assert_int_eq(mbedguard_x509_crt_free(&chain), 0);
}

/* ---- The nth fails --------------------------------------------------------------------------- */

/* 0, or how many files failed, or the whole call did. */
static void expect_outcome(int ret)
{
    const size_t count = folder_count(&chain);

    ck_assert_uint_eq(count % FOLDER_IN_FILE, 0);
    if (ret >= 0)
        ck_assert_uint_eq(count, (FILES - (size_t) ret) * FOLDER_IN_FILE);
    else
        ck_assert_msg(ret == MBEDTLS_ERR_X509_ALLOC_FAILED || ret == MBEDGUARD_ERR_ALLOC_FAILED ||
                          ret == MBEDGUARD_ERR_THREADING,
                      "unexpected error %d", ret);
    expect_all_works(count);
}

START_TEST(nth_allocation)
{
    int n, ret, met = 0;

    for (n = 1, alloc_fail_in = 0; alloc_fail_in == 0; n++) {
        alloc_fail_in = n;
        ret = mbedguard_x509_crt_parse_path(&chain, folder_path);
        if (alloc_fail_in != 0)
            break;
        met++;
        ck_assert_int_ne(ret, 0);
        expect_outcome(ret);
    }
    alloc_fail_in = 0;
    ck_assert_int_ge(met, 6);
}
END_TEST

START_TEST(nth_allocation_of_a_file)
{
    int n, ret;

    for (n = 1, alloc_fail_in = 0; alloc_fail_in == 0; n++) {
        alloc_fail_in = n;
        ret = mbedguard_x509_crt_parse_file(&chain, folder_at("f00"));
        if (alloc_fail_in != 0)
            break;
        ck_assert_int_eq(ret, n == 1 ? MBEDTLS_ERR_PK_ALLOC_FAILED : MBEDTLS_ERR_X509_ALLOC_FAILED);
        expect_all_works(0);
    }
    alloc_fail_in = 0;
    ck_assert_int_eq(n, 3);
}
END_TEST

START_TEST(memory_of_mbedtls)
{
    int n;

    for (n = 1; n <= (int) FILES; n++) {
        parse_fail_in = n;
        ck_assert_int_eq(mbedguard_x509_crt_parse_path(&chain, folder_path), 1);
        expect_all_works((FILES - 1) * FOLDER_IN_FILE);
    }
    parse_fail_in = 1;
    ck_assert_int_eq(mbedguard_x509_crt_parse_file(&chain, folder_at("f00")),
                     MBEDTLS_ERR_X509_ALLOC_FAILED);
    expect_all_works(0);
}
END_TEST

/* A guard that cannot be had, or that says so when it is let go: what came before is there. */
START_TEST(nth_lock)
{
    int n, met = 0;

    for (n = 1; n < 1000; n++) {
        int ret;

        lock_fail_in = n;
        ret = mbedguard_x509_crt_parse_path(&chain, folder_path);
        if (lock_fail_in != 0)
            break;
        met++;
        ck_assert_int_eq(ret, MBEDGUARD_ERR_THREADING);
        expect_outcome(ret);
    }
    lock_fail_in = 0;
    /* In and out, for a look, and for parsing and joining each file. */
    ck_assert_int_eq(met, 2 + 4 * (int) FILES);
}
END_TEST

/* ---- While the library reads ----------------------------------------------------------------- */

static int child_uses_chain(void)
{
    size_t count = 0;

    if (mbedguard_x509_crt_count(&chain, &count) != 0 || count != FOLDER_IN_FILE)
        return 1;
    if (mbedguard_lock(&chain) != 0 || mbedguard_unlock(&chain) != 0)
        return 2;
    if (mbedguard_x509_crt_parse_file(&chain, folder_at("f01")) != 0)
        return 3;
    if (mbedguard_x509_crt_count(&chain, &count) != 0 || count != FILES * FOLDER_IN_FILE)
        return 4;
    return mbedguard_x509_crt_free(&chain) != 0 ? 5 : 0;
}

static void fork_at_second(void)
{
    if (reads++ == 1)
        folder_in_child(child_uses_chain);
}

START_TEST(fork_in_the_call)
{
    folder_on_read = fork_at_second;
    ck_assert_int_eq(mbedguard_x509_crt_parse_path(&chain, folder_path), 0);
    ck_assert_uint_eq(folder_count(&chain), FILES * FOLDER_IN_FILE);
}
END_TEST

/* One thread is in the second file, which another waits for, to fork. */
static void meet_at_second(void)
{
    if (reads++ == 1) {
        live_meet();
        live_meet();
    }
}

static void read_or_fork(unsigned number, void *data)
{
    (void) data;
    if (number == 0) {
        LIVE_EQ(mbedguard_x509_crt_parse_path(&chain, folder_path), 0);
        return;
    }
    live_meet();
    folder_in_child(child_uses_chain);
    live_meet();
}

START_TEST(fork_beside_the_call)
{
    folder_on_read = meet_at_second;
    live_threads(2, read_or_fork, NULL);
    ck_assert_uint_eq(folder_count(&chain), FILES * FOLDER_IN_FILE);
}
END_TEST

static atomic_int result_of_cancelled;

static void *read_cancelled(void *data)
{
    (void) data;
    (void) pthread_cancel(pthread_self());
    atomic_store(&result_of_cancelled, mbedguard_x509_crt_parse_path(&chain, folder_path));
    pthread_testcancel();
    return NULL;
}

/* It is cancelled when it has done all, and not in the middle. */
START_TEST(cancelled)
{
    pthread_t thread;
    void *end = NULL;

    atomic_store(&result_of_cancelled, -1);
    ck_assert_int_eq(pthread_create(&thread, NULL, read_cancelled, NULL), 0);
    ck_assert_int_eq(pthread_join(thread, &end), 0);
    ck_assert_ptr_eq(end, PTHREAD_CANCELED);
    ck_assert_int_eq(atomic_load(&result_of_cancelled), 0);
    ck_assert_uint_eq(folder_count(&chain), FILES * FOLDER_IN_FILE);
}
END_TEST

/* ---- Misuse ---------------------------------------------------------------------------------- */

static void count_read(void)
{
    reads++;
}

START_TEST(wrong_arguments)
{
    mbedguard_x509_crt storage;

    folder_on_read = count_read;
    ck_assert_int_eq(mbedguard_x509_crt_parse_path(NULL, folder_path), MBEDGUARD_ERR_BAD_INPUT);
    ck_assert_int_eq(mbedguard_x509_crt_parse_file(NULL, "f00"), MBEDGUARD_ERR_BAD_INPUT);
    ck_assert_int_eq(mbedguard_x509_crt_parse_path(&chain, NULL), MBEDGUARD_ERR_BAD_INPUT);
    ck_assert_int_eq(mbedguard_x509_crt_parse_file(&chain, NULL), MBEDGUARD_ERR_BAD_INPUT);
    memset(&storage, 0xA5, sizeof(storage));
    ck_assert_int_eq(mbedguard_x509_crt_parse_path(&storage, folder_path),
                     MBEDGUARD_ERR_NOT_INITIALIZED);
    ck_assert_int_eq(mbedguard_x509_crt_parse_file(&storage, folder_at("f00")),
                     MBEDGUARD_ERR_NOT_INITIALIZED);
    ck_assert_uint_eq(reads, 0);
    /* Zeroed and freed ones are empty chains. */
    memset(&storage, 0, sizeof(storage));
    ck_assert_int_eq(mbedguard_x509_crt_parse_path(&storage, folder_path), 0);
    ck_assert_int_eq(mbedguard_x509_crt_free(&storage), 0);
    ck_assert_int_eq(mbedguard_x509_crt_parse_file(&storage, folder_at("f00")), 0);
    ck_assert_uint_eq(folder_count(&storage), FOLDER_IN_FILE);
    ck_assert_int_eq(mbedguard_x509_crt_free(&storage), 0);
}
END_TEST

START_TEST(wrong_order)
{
    mbedguard_pk_context later;

    mbedguard_pk_init(&later);
    folder_on_read = count_read;
    ck_assert_int_eq(mbedguard_lock(&later), 0);
    ck_assert_int_eq(mbedguard_x509_crt_parse_path(&chain, folder_path), MBEDGUARD_ERR_ORDER);
    ck_assert_int_eq(mbedguard_x509_crt_parse_file(&chain, folder_at("f00")), MBEDGUARD_ERR_ORDER);
    ck_assert_int_eq(mbedguard_unlock(&later), 0);
    ck_assert_int_eq(mbedguard_pk_free(&later), 0);
    ck_assert_uint_eq(reads, 0);
    expect_all_works(0);
}
END_TEST

static int parse_in_callback(void *data, mbedguard_x509_crt *crt, int depth, uint32_t *flags)
{
    (void) data;
    (void) crt;
    (void) depth;
    (void) flags;
    reads++;
#if defined(MBEDTLS_THREADING_C)
    LIVE_EQ(mbedguard_x509_crt_parse_path(&chain, folder_path), MBEDGUARD_ERR_UPGRADE);
    LIVE_EQ(mbedguard_x509_crt_parse_file(&chain, folder_at("f00")), MBEDGUARD_ERR_UPGRADE);
#else
    LIVE_EQ(mbedguard_x509_crt_parse_file(&chain, folder_at("f00")), MBEDGUARD_ERR_REENTRY);
#endif
    return 0;
}

START_TEST(in_a_callback)
{
    mbedguard_x509_crt crt;
    uint32_t flags = 0;

    ck_assert_int_eq(mbedguard_x509_crt_init(&crt), 0);
    ck_assert_int_eq(live_parse_crt(&crt, 0), 0);
    ck_assert_int_eq(live_parse_crt(&chain, 0), 0);
    ck_assert_int_eq(
        mbedguard_x509_crt_verify(&crt, &chain, NULL, NULL, &flags, parse_in_callback, NULL), 0);
    ck_assert_uint_gt(reads, 0);
    ck_assert_uint_eq(folder_count(&chain), 1);
    ck_assert_int_eq(mbedguard_x509_crt_free(&crt), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("x509_crt_path");
    TCase *tc = live_case_with(suite, "the nth fails", make, unmake);

    tcase_add_test(tc, nth_allocation);
    tcase_add_test(tc, nth_allocation_of_a_file);
    tcase_add_test(tc, memory_of_mbedtls);
    tcase_add_test(tc, nth_lock);
    tc = live_case_with(suite, "while the library reads", make, unmake);
    tcase_add_test(tc, fork_in_the_call);
    tcase_add_test(tc, fork_beside_the_call);
    tcase_add_test(tc, cancelled);
    tc = live_case_with(suite, "misuse", make, unmake);
    tcase_add_test(tc, wrong_arguments);
    tcase_add_test(tc, wrong_order);
    tcase_add_test(tc, in_a_callback);
    return live_run(suite);
}
