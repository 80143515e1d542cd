/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Keys, requests, revocation lists and groups from files: the same results as Mbed TLS, and the same
 * objects; nobody waits for the file system, and what was read is wiped. Linked with --wrap.
 */
#if !defined(_XOPEN_SOURCE)
#define _XOPEN_SOURCE 700
#endif

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/enter.h"
#include "modules/x509_crt_path/file_kinds.h"
#include "modules/x509_crt_path/folder.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define CAN_EXHAUST 0 /* they end the program instead */
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define CAN_EXHAUST 0
#endif
#endif
#if !defined(CAN_EXHAUST)
#define CAN_EXHAUST 1
#endif

void *__real_calloc(size_t count, size_t size);
void __real_free(void *object);
void *__wrap_calloc(size_t count, size_t size);
void __wrap_free(void *object);
int __real_mbedguard_enter(mbedguard_guard *guard, unsigned how, const char *where);
int __wrap_mbedguard_enter(mbedguard_guard *guard, unsigned how, const char *where);

/* The nth from now on fails; of this thread. */
static _Thread_local int alloc_fail_in, lock_fail_in;

/* What the library has of the file: of this size, while it is not 0. */
static size_t watched_size;
static unsigned char *watched;
static unsigned wiped, unwiped;

static bool fails(int *in)
{
    return *in > 0 && (*in)-- == 1;
}

void *__wrap_calloc(size_t count, size_t size)
{
    void *const object = fails(&alloc_fail_in) ? NULL : __real_calloc(count, size);

    if (watched_size != 0 && count * size == watched_size)
        watched = object;
    return object;
}

void __wrap_free(void *object)
{
    if (object != NULL && object == watched) {
        size_t i = 0;

        while (i < watched_size && watched[i] == 0)
            i++;
        if (i == watched_size)
            wiped++;
        else
            unwiped++;
        watched = NULL;
    }
    __real_free(object);
}

#include "modules/wrapped.h"

int __wrap_mbedguard_enter(mbedguard_guard *guard, unsigned how, const char *where)
{
    return fails(&lock_fail_in) ? MBEDGUARD_ERR_THREADING
                                : __real_mbedguard_enter(guard, how, where);
}

static const struct file_kind *kind;
static union file_object object;
static unsigned reads;

static void make(void)
{
    folder_setup();
    file_kinds_make();
    watched = NULL;
    watched_size = 0;
    wiped = unwiped = reads = 0;
}

static void unmake(void)
{
    alloc_fail_in = lock_fail_in = 0;
    folder_teardown();
}

static void begin(int which)
{
    kind = &file_kinds[which];
    ck_assert_int_eq(kind->init(&object), 0);
    folder_write("good", kind->good, strlen(kind->good));
}

static void end(void)
{
    ck_assert_int_eq(kind->free(&object), 0);
}

static int parse(const char *name)
{
    return kind->parse(&object, folder_at(name), NULL);
}

/* ---- The same as Mbed TLS -------------------------------------------------------------------- */

/* Returns the result of both. */
static int compare(const char *path, const char *password)
{
    unsigned char ours[FILE_DUMP], theirs[FILE_DUMP];
    size_t our_length = 0, their_length = 0;
    int raw, guarded;

    raw = kind->parse_raw(path, password, theirs, &their_length);
    LIVE_EQ(kind->init(&object), 0);
    guarded = kind->parse(&object, path, password);
    kind->dump(&object, ours, &our_length);
    LIVE_EQ(kind->free(&object), 0);
    LIVE_EQ(guarded, raw);
    LIVE_EQ(our_length, their_length);
    LIVE_EQ(memcmp(ours, theirs, their_length), 0);
    LIVE_EQ(raw != 0 || their_length != 0, 1);
    return guarded;
}

START_TEST(contents)
{
    char cut[FILE_TEXT + 64];

    begin(_i);
    ck_assert_int_eq(compare(folder_at("good"), NULL), 0);
    ck_assert_int_eq(compare(folder_at("missing"), NULL), kind->io_error);
    ck_assert_int_eq(compare("", NULL), kind->io_error);
    folder_write("empty", "", 0);
    ck_assert_int_ne(compare(folder_at("empty"), NULL), 0);
    folder_write("text", "nothing of that kind\n", 21);
    ck_assert_int_ne(compare(folder_at("text"), NULL), 0);
    folder_write("nul", "\0\0-----BEGIN", 12);
    ck_assert_int_ne(compare(folder_at("nul"), NULL), 0);
    /* PEM without an end; and with something else behind it. */
    snprintf(cut, sizeof(cut), "%.*s", (int) (strlen(kind->good) / 2), kind->good);
    folder_write("cut", cut, strlen(cut));
    ck_assert_int_ne(compare(folder_at("cut"), NULL), 0);
    snprintf(cut, sizeof(cut), "%s%s", kind->good, "-----BEGIN SOMETHING-----\n");
    folder_write("more", cut, strlen(cut));
    (void) compare(folder_at("more"), NULL);
    (void) compare("/dev/null", NULL);
    folder_link("good", "link");
    ck_assert_int_eq(compare(folder_at("link"), NULL), 0);
    live_assert_none();
}
END_TEST

/* DER has no 0 behind it. */
START_TEST(without_pem)
{
    begin(_i);
    folder_write("der", kind->der, kind->der_length);
    ck_assert_int_eq(compare(folder_at("der"), NULL), 0);
    live_assert_none();
}
END_TEST

START_TEST(passwords)
{
    begin(FILE_PRIVATE_KEY);
    folder_write("closed", file_closed_key, strlen(file_closed_key));
    /* Whether such keys can be read at all is a question to Mbed TLS's configuration. */
    if (compare(folder_at("closed"), "open") == 0) {
        ck_assert_int_eq(compare(folder_at("closed"), "wrong"), MBEDTLS_ERR_PK_PASSWORD_MISMATCH);
        ck_assert_int_eq(compare(folder_at("closed"), NULL), MBEDTLS_ERR_PK_PASSWORD_REQUIRED);
        ck_assert_int_ne(compare(folder_at("closed"), ""), 0);
    }
    ck_assert_int_eq(compare(folder_at("good"), "unneeded"), 0);
    live_assert_none();
}
END_TEST

/* Mbed TLS would wait for a writer of the FIFO, and allocate for a directory what seeking says. */
START_TEST(special_files)
{
    begin(_i);
    ck_assert_int_eq(mkfifo(folder_at("fifo"), 0600), 0);
    ck_assert_int_eq(parse("fifo"), kind->io_error);
    ck_assert_int_eq(kind->parse(&object, folder_path, NULL), kind->io_error);
    ck_assert_int_eq(parse("good"), 0);
    end();
}
END_TEST

START_TEST(huge_file)
{
    char shared[64];

    begin(_i);
    snprintf(shared, sizeof(shared), "/dev/shm/mbedguard-file-%ld", (long) getpid());
    if (!CAN_EXHAUST)
        fprintf(stderr, "huge_file: left out, memory cannot be exhausted here\n");
    else if (folder_make_huge(folder_at("huge")))
        ck_assert_int_eq(compare(folder_at("huge"), NULL), kind->alloc_error);
    else if (folder_make_huge(shared))
        ck_assert_int_eq(compare(shared, NULL), kind->alloc_error);
    else
        fprintf(stderr, "huge_file: left out, no file system has room for it\n");
    (void) unlink(shared);
    live_assert_none();
}
END_TEST

static int child_without_permission(void)
{
    if (getuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0))
        return 1;
    if (compare(folder_at("closed"), NULL) != kind->io_error)
        return 2;
    return live_failed() ? 3 : 0;
}

START_TEST(without_permission)
{
    begin(_i);
    ck_assert_int_eq(chmod(folder_path, 0755), 0);
    folder_write("closed", kind->good, strlen(kind->good));
    ck_assert_int_eq(chmod(folder_at("closed"), 0), 0);
    folder_in_child(child_without_permission);
    end();
}
END_TEST

/* ---- While the library reads ----------------------------------------------------------------- */

/* Another thread uses the object now. */
static void let_another_use_it(void)
{
    LIVE_EQ(mbedguard_held(kind->guard(&object)), 0);
    live_meet();
    live_meet();
    reads++;
}

static void read_or_use(unsigned number, void *data)
{
    (void) data;
    if (number == 0) {
        LIVE_EQ(parse("good"), 0);
        return;
    }
    live_meet();
    /* It does not wait, so who reads has nothing. */
    LIVE_EQ(kind->use(&object), 0);
    live_meet();
}

START_TEST(others_use_it)
{
    begin(_i);
    folder_on_read = let_another_use_it;
    live_threads(2, read_or_use, NULL);
    folder_on_read = NULL;
    live_assert_none();
    ck_assert_uint_eq(reads, 1);
    end();
}
END_TEST

static void look_under_lock(void)
{
    LIVE_EQ(mbedguard_held(kind->guard(&object)), 2);
    reads++;
}

/* An explicit lock stays. */
START_TEST(under_a_lock)
{
    begin(_i);
    ck_assert_int_eq(kind->lock(&object), 0);
    folder_on_read = look_under_lock;
    ck_assert_int_eq(parse("good"), 0);
    folder_on_read = NULL;
    ck_assert_int_eq(kind->unlock(&object), 0);
    live_assert_none();
    ck_assert_uint_eq(reads, 1);
    end();
}
END_TEST

static atomic_int result_of_cancelled;

static void *read_cancelled(void *data)
{
    (void) data;
    (void) pthread_cancel(pthread_self());
    atomic_store(&result_of_cancelled, parse("good"));
    pthread_testcancel();
    return NULL;
}

/* When it has done all, and not in the middle. */
START_TEST(cancelled)
{
    pthread_t thread;
    void *result = NULL;

    begin(_i);
    atomic_store(&result_of_cancelled, -1);
    ck_assert_int_eq(pthread_create(&thread, NULL, read_cancelled, NULL), 0);
    ck_assert_int_eq(pthread_join(thread, &result), 0);
    ck_assert_ptr_eq(result, PTHREAD_CANCELED);
    ck_assert_int_eq(atomic_load(&result_of_cancelled), 0);
    end();
}
END_TEST

/* ---- What fails, and what stays -------------------------------------------------------------- */

static void shrink(void)
{
    if (reads++ == 0)
        LIVE_EQ(truncate(folder_at("good"), 20), 0);
}

START_TEST(wiped_after_all)
{
    begin(_i);
    watched_size = strlen(kind->good) + 1;
    ck_assert_int_eq(parse("good"), 0);
    /* A library of Mbed TLS that has its allocation functions set does not come by here. */
    if (wiped + unwiped == 0)
        fprintf(stderr, "wiped_after_all: left out, calloc() is not seen\n");
    ck_assert_uint_eq(unwiped, 0);
    ck_assert_int_eq(kind->free(&object), 0);
    /* The same when it became shorter meanwhile. */
    folder_on_read = shrink;
    ck_assert_int_eq(parse("good"), kind->io_error);
    folder_on_read = NULL;
    ck_assert_uint_eq(unwiped, 0);
    watched_size = 0;
    end();
}
END_TEST

START_TEST(nth_allocation)
{
    int n, ret;

    begin(_i);
    alloc_fail_in = 1;
    ret = parse("good");
    n = alloc_fail_in;
    alloc_fail_in = 0;
    if (n == 0)
        ck_assert_int_eq(ret, kind->alloc_error);
    else
        fprintf(stderr, "nth_allocation: left out, calloc() is not seen\n");
    ck_assert_int_eq(kind->free(&object), 0);
    ck_assert_int_eq(parse("good"), 0);
    end();
}
END_TEST

START_TEST(nth_lock)
{
    int n, ret = MBEDGUARD_ERR_THREADING;

    begin(_i);
    folder_on_read = NULL;
    for (n = 1; ret != 0 && n < 10; n++) {
        lock_fail_in = n;
        ret = parse("good");
        lock_fail_in = 0;
        ck_assert(ret == 0 || ret == MBEDGUARD_ERR_THREADING);
        ck_assert_int_eq(mbedguard_held(kind->guard(&object)), 0);
    }
    ck_assert_int_eq(ret, 0);
    ck_assert_int_ge(n, 3);
    end();
}
END_TEST

static void count_read(void)
{
    reads++;
}

START_TEST(misuse)
{
    union file_object stray;

    begin(_i);
    folder_on_read = count_read;
    ck_assert_int_eq(kind->parse(NULL, folder_at("good"), NULL), MBEDGUARD_ERR_BAD_INPUT);
    ck_assert_int_eq(kind->parse(&object, NULL, NULL), MBEDGUARD_ERR_BAD_INPUT);
    memset(&stray, 0xA5, sizeof(stray));
    ck_assert_int_eq(kind->parse(&stray, folder_at("good"), NULL), MBEDGUARD_ERR_NOT_INITIALIZED);
    ck_assert_int_eq(kind->parse(&stray, folder_at("missing"), NULL),
                     MBEDGUARD_ERR_NOT_INITIALIZED);
    ck_assert_int_eq(mbedguard_lock(&live_drbg), 0);
    ck_assert_int_eq(parse("good"), MBEDGUARD_ERR_ORDER);
    ck_assert_int_eq(mbedguard_unlock(&live_drbg), 0);
    ck_assert_uint_eq(reads, 0);
    ck_assert_int_eq(parse("good"), 0);
    ck_assert_int_eq(kind->free(&object), 0);
    /* Freed ones are empty. */
    ck_assert_int_eq(parse("good"), 0);
    end();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("parse_file");
    TCase *tc = live_case_with(suite, "the same as Mbed TLS", make, unmake);
    const int kinds = (int) file_kinds_count;

    tcase_add_loop_test(tc, contents, 0, kinds);
    tcase_add_loop_test(tc, without_pem, 0, kinds);
    tcase_add_test(tc, passwords);
    tcase_add_loop_test(tc, special_files, 0, kinds);
    tcase_add_loop_test(tc, huge_file, 0, kinds);
    tcase_add_loop_test(tc, without_permission, 0, kinds);
    tc = live_case_with(suite, "while the library reads", make, unmake);
    tcase_add_loop_test(tc, others_use_it, 0, kinds);
    tcase_add_loop_test(tc, under_a_lock, 0, kinds);
    tcase_add_loop_test(tc, cancelled, 0, kinds);
    tc = live_case_with(suite, "what fails", make, unmake);
    tcase_add_loop_test(tc, wiped_after_all, 0, kinds);
    tcase_add_loop_test(tc, nth_allocation, 0, kinds);
    tcase_add_loop_test(tc, nth_lock, 0, kinds);
    tcase_add_loop_test(tc, misuse, 0, kinds);
    return live_run(suite);
}
